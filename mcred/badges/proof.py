"""Data Integrity proofs of the suite `eddsa-rdfc-2022`: signing and verifying a badge.

Signing and signature verification are `openbadgeslib`'s; contexts are bundled with it, never fetched. This
module adds strict checks of what the signature covers:

1. `@context` is exactly one of the known lists (Data Integrity 1.0, §2.4.1 "Validating Contexts").
2. The proof has exactly the six members of the suite, in their plain form (EdDSA Cryptosuites 1.0, §3.2).
3. Every member of the document is covered: an undefined, renamed or doubled one is rejected (§2.4.1).
4. The method is exactly one assertion method of the issuer, and the issuer controls it (Controlled
   Identifiers 1.0, §3.3 "Retrieve Verification Method").
5. The signature verifies (EdDSA Cryptosuites 1.0, §3.2.2).

The signature covers statements, not the order of JSON arrays: a reversed array still verifies. No meaning
here depends on order. Does not check dates, revocation or what a badge should say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar, cast

from mcred.badges.json_reader import JsonObject
from mcred.badges.keys import IssuerKey, make_issuer_key
from mcred.badges.signable_text import texts_of
from mcred.problems import McredError, Problem

BADGE_CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
)
LIST_CONTEXTS = ("https://www.w3.org/ns/credentials/v2",)
READ_CONTEXTS = frozenset(
    (LIST_CONTEXTS[0], f"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.{n}.json", *more)
    for n in (2, 3)
    for more in ((), BADGE_CONTEXTS[2:])
)
"""Contexts accepted in badges of other issuers; ours have `BADGE_CONTEXTS`. 3.0.1 is not for VC 2.0."""

T = TypeVar("T")

_FIXED = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_VALUE = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{80,90}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNCOVERED = re.compile(r"not in compacted form|spells a property|signed dataset drops|is described")
"""The library's messages for members that a signature does not cover; others are its own limits."""


def sign(document: JsonObject, key: IssuerKey, method: str, created: datetime) -> dict[str, Any]:
    """The document with its proof; deterministic. McredError when it cannot be signed.

    `method` is the key's absolute id (`keys.method_id`).
    """
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import OB3LdpSigner

    if _contexts(document) is None:
        raise McredError(
            "the document's @context is not one that can be signed",
            hint="send us the badge: this is a bug in mcred",
        )
    try:
        signer = OB3LdpSigner(key.pem, verification_method=method)
        return signer.sign(cast(Any, _AsItIs(document)), created=created)
    except LibOpenBadgesException as error:
        raise McredError(
            f"the badge cannot be signed: {error}", hint="send us the badge: this is a bug in mcred"
        ) from error


def check(
    document: JsonObject, did_document: JsonObject | None, contexts: tuple[str, ...] = BADGE_CONTEXTS
) -> tuple[Problem, ...]:
    """Every reason why the proof is not valid for the document; empty when it is."""
    reasons = list(find_uncovered(document, contexts))
    multibase, doubts = find_key(document, did_document)
    reasons.extend(doubts)
    if not reasons and not signature_holds(document, multibase):
        reasons.append("the signature is not valid: something was changed, or another key signed it")
    return tuple(Problem(what=reason) for reason in reasons)


def find_uncovered(document: JsonObject, contexts: tuple[str, ...] = BADGE_CONTEXTS) -> tuple[str, ...]:
    """The parts of a document that its proof does not cover (rules 1 to 3)."""
    if doubts := find_strange(document, (contexts,)):
        return doubts
    covered, what = read_coverage(document)
    return () if covered else (what,)


def find_strange(document: JsonObject, contexts: Collection[tuple[str, ...]]) -> tuple[str, ...]:
    """Why a proof is of an unsupported form (rules 1 and 2); empty when it can be verified."""
    if doubts := tuple(_odd_proof(document.get("proof"))):
        return doubts
    found = document.get("@context")
    if not isinstance(found, list) or tuple(map(str, found)) not in contexts:
        names = set(map(str, found)) if isinstance(found, list) else set()
        odd = sorted(names - {name for known in contexts for name in known})
        which = f": {', '.join(odd)}" if odd else ""
        return (f"its @context is not the list that mcred knows for this kind of document{which}",)
    # N-Quads escapes these, but not every program does: the signer may have signed other bytes.
    for path, text in texts_of(document):
        if control := _CONTROL.search(text):
            return (f"{path} holds U+{ord(control[0]):04X}, which not all software signs the same way",)
    return ()


def read_coverage(document: JsonObject) -> tuple[bool | None, str]:
    """Whether the proof covers every member (rule 3), and why not; None when unknown."""
    return _once(_read_coverage, document)


def _read_coverage(document: JsonObject) -> tuple[bool | None, str]:
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import OB3LdpSigner

    unsigned = {name: value for name, value in document.items() if name != "proof"}
    # The library offers its check of coverage only as the last step of signing, so a key that means nothing
    # signs a copy that is thrown away.
    signer = OB3LdpSigner(make_issuer_key(bytes(32)).pem)
    created = datetime.fromisoformat(document["proof"]["created"])
    try:
        signer.sign(cast(Any, _AsItIs(unsigned)), created=created)
    except LibOpenBadgesException as error:
        if not _UNCOVERED.search(str(error)):
            return None, "it is too large, or built in a way that mcred does not check"
        place = re.search(r"\(at (/[^)\s]*)\)", str(error))
        where = f" (at {place[1]})" if place else ""
        what = f"the proof does not cover all of it: a member was added, renamed or respelled{where}"
        return False, what
    return True, ""


def find_key(document: JsonObject, did_document: JsonObject | None) -> tuple[str, tuple[str, ...]]:
    """The key that the issuer lists for this proof, and why there is none (rule 4)."""
    issuer = issuer_of(document)
    method = (
        document.get("proof", {}).get("verificationMethod") if _is_object(document.get("proof")) else None
    )
    if did_document is None or did_document.get("id") != issuer or not issuer.startswith("did:"):
        return "", ("the issuer's own DID document is not at hand",)
    if not isinstance(method, str) or method.partition("#")[0] != issuer or method.count("#") != 1:
        return "", ("the proof names a key that is not one of the issuer's",)
    allowed = did_document.get("assertionMethod")
    if not isinstance(allowed, list) or method not in [name for name in allowed if isinstance(name, str)]:
        return "", ("the proof names a key that the issuer does not list for awards",)
    listed = did_document.get("verificationMethod")
    entries = [m for m in listed if _is_object(m)] if isinstance(listed, list) else []
    named = [m for m in entries if m.get("id") == method]
    if len(named) != 1:
        return "", ("the issuer's DID document does not describe that key exactly once",)
    if named[0].get("controller") != issuer or named[0].get("type") != "Multikey":
        return "", ("the key is not under the issuer's control",)
    multibase = named[0].get("publicKeyMultibase")
    return (multibase, ()) if isinstance(multibase, str) else ("", ("the issuer's key cannot be read",))


def signature_holds(document: JsonObject, multibase: str) -> bool:
    """Whether the document's proof was made with this key over exactly these statements (rule 5)."""
    return compute_signature(document, multibase) is True


def compute_signature(
    document: JsonObject, multibase: str, more: Mapping[str, Any] | None = None
) -> bool | None:
    """The same, or None when the signature could not be computed, which does not count against it.

    `more`: URL → further contexts that the document may have.
    """
    if more is not None:
        return _compute_signature(document, multibase, more)
    return _once(_compute_signature, document, multibase)


def _compute_signature(
    document: JsonObject, multibase: str, more: Mapping[str, Any] | None = None
) -> bool | None:
    from cryptography.exceptions import InvalidSignature
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import resolve_did, verify_data_integrity_proof

    try:
        key = resolve_did(f"did:key:{multibase}")
        verify_data_integrity_proof(dict(document), key, extra_contexts=more)
    except LibOpenBadgesException as error:
        return False if isinstance(error.__context__, InvalidSignature) else None
    return True


def _once(answer: Callable[..., T], document: JsonObject, *more: str) -> T:
    """An answer that follows from a document and a key alone, computed once per process for the same text.

    Many badges name the same status list, and one answer takes a twentieth of a second.
    """
    try:
        text = json.dumps(document)
    except (TypeError, ValueError, RecursionError):
        return answer(document, *more)
    if '"expires"' in text:  # the clock answers, too
        return answer(document, *more)
    key = (answer, sha256(text.encode()).digest(), *more)
    if (known := _ANSWERS.get(key)) is None:
        if len(_ANSWERS) >= _KEPT:
            _ANSWERS.clear()
        known = _ANSWERS[key] = (answer(document, *more),)
    return cast(T, known[0])


_KEPT = 512
_ANSWERS: dict[tuple[Any, ...], Any] = {}


def issuer_of(document: JsonObject) -> str:
    """The id of a document's issuer, '' when it has none."""
    issuer = document.get("issuer")
    name = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return name if isinstance(name, str) else ""


class _AsItIs:
    """Wraps a finished document for the library's signer, which expects its own model."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document

    def to_vc(self) -> dict[str, Any]:
        return dict(self._document)


def _contexts(document: JsonObject) -> tuple[str, ...] | None:
    found = document.get("@context")
    known = (BADGE_CONTEXTS, LIST_CONTEXTS)
    return tuple(found) if isinstance(found, list) and found in [list(one) for one in known] else None


def _odd_proof(proof: Any) -> list[str]:
    if not _is_object(proof):
        names = ", ".join(_suite(p) for p in proof) if isinstance(proof, list) and proof else "no proof"
        return [f"secured in a way that mcred cannot check (not exactly one proof: {names})"]
    if any(proof.get(name) != _FIXED[name] for name in ("type", "cryptosuite")):
        return [f"secured in a way that mcred cannot check ({_suite(proof)})"]
    odd = []
    if proof.get("proofPurpose") != _FIXED["proofPurpose"]:
        odd.append(f"the proof's proofPurpose is not '{_FIXED['proofPurpose']}'")
    if set(proof) != {*_FIXED, "created", "verificationMethod", "proofValue"}:
        odd.append("the proof has members it should not have, or is missing one")
    for name, form in (("created", _MOMENT), ("proofValue", _VALUE)):
        if not isinstance(proof.get(name), str) or not form.fullmatch(proof[name]):
            odd.append(f"the proof's {name} is not readable")
    if not odd:
        try:
            datetime.fromisoformat(proof["created"])
        except ValueError:
            odd.append("the proof's created is not a date and time")
    return odd


def _suite(proof: Any) -> str:
    """A proof's type and cryptosuite as text."""
    found = proof if _is_object(proof) else {}
    kind = str(found.get("type", "unknown"))
    return f"cryptosuite {found.get('cryptosuite')}" if kind == _FIXED["type"] else f"proof of type {kind}"


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
