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
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar, cast

from mcred.badges.json_reader import JsonObject
from mcred.badges.keys import IssuerKey, make_issuer_key
from mcred.badges.others.public_keys import read_method, spell_multikey
from mcred.badges.others.suites import UNCOVERED, compute_other, say_uncovered
from mcred.badges.signable_text import texts_of
from mcred.problems import McredError, Problem

BADGE_CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
)
LIST_CONTEXTS = ("https://www.w3.org/ns/credentials/v2",)

MAX_PROOFS = 8
"""The most proofs of one document that are computed."""

T = TypeVar("T")

_FIXED = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_VALUE = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{80,90}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


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
    """Why a proof is not of our own form (rules 1 and 2); empty when it can be verified."""
    if doubts := tuple(odd_members(document.get("proof"))):
        return doubts
    found = document.get("@context")
    if not isinstance(found, list) or tuple(map(str, found)) not in contexts:
        return (name_contexts(found, {name for known in contexts for name in known}),)
    return find_control(document)


def name_contexts(found: Any, known: Collection[str]) -> str:
    """The sentence on an `@context` that is not known here."""
    names = set(map(str, found)) if isinstance(found, list) else set()
    odd = sorted(names - set(known))
    which = f": {', '.join(odd)}" if odd else ""
    return f"its @context is not the list that mcred knows for this kind of document{which}"


def find_control(document: JsonObject) -> tuple[str, ...]:
    """The first text with a control character; N-Quads escapes it, but not every program does, so the signer
    may have signed other bytes."""
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
    try:
        signer.sign(cast(Any, _AsItIs(unsigned)), created=datetime(2020, 1, 1, tzinfo=UTC))
    except LibOpenBadgesException as error:
        if not UNCOVERED.search(str(error)):
            return None, "it is too large, or built in a way that mcred does not check"
        return False, say_uncovered(str(error))
    return True, ""


def find_key(document: JsonObject, did_document: JsonObject | None) -> tuple[str, tuple[str, ...]]:
    """The key that the issuer lists for this proof, and why there is none (rule 4)."""
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, Mapping) else None
    found, doubts = find_method(issuer_of(document), method, did_document)
    if found is None:
        return "", doubts
    multibase = found.get("publicKeyMultibase")
    if not isinstance(multibase, str) and (jwk := read_method(found)) is not None:
        multibase = spell_multikey(jwk)
    return (multibase, ()) if isinstance(multibase, str) else ("", (_NO_KEY,))


def find_method(
    issuer: str, method: Any, did_document: JsonObject | None
) -> tuple[JsonObject | None, tuple[str, ...]]:
    """The entry of the issuer's DID document for a verification method, and why there is none (rule 4)."""
    named = issuer.startswith(("did:", "https://"))
    if did_document is None or did_document.get("id") != issuer or not named:
        return None, ("the issuer's own DID document is not at hand",)
    if not isinstance(method, str) or method.partition("#")[0] != issuer or method.count("#") != 1:
        return None, ("the proof names a key that is not one of the issuer's",)
    allowed = did_document.get("assertionMethod")
    names = [_absolute(m, issuer) for m in allowed] if isinstance(allowed, list) else []
    if method not in names:
        return None, ("the proof names a key that the issuer does not list for awards",)
    listed = did_document.get("verificationMethod")
    described = [*(listed if isinstance(listed, list) else ()), *(allowed or ())]
    found = [m for m in described if _is_object(m) and _absolute(m, issuer) == method]
    if len(found) != 1:
        return None, ("the issuer's DID document does not describe that key exactly once",)
    form = _KEY_FORMS.get(str(found[0].get("type")))
    if found[0].get("controller") != issuer or form is None or (len(_KEY_MEMBERS & set(found[0])) > 1):
        return None, ("the key is not under the issuer's control",)
    return (found[0], ()) if form in found[0] else (None, (_NO_KEY,))


_KEY_FORMS = {
    "Multikey": "publicKeyMultibase",
    "Ed25519VerificationKey2020": "publicKeyMultibase",
    "JsonWebKey": "publicKeyJwk",
    "JsonWebKey2020": "publicKeyJwk",
}
_KEY_MEMBERS = frozenset(_KEY_FORMS.values())
_NO_KEY = "the issuer's key cannot be read"


def _absolute(method: Any, issuer: str) -> str:
    """The absolute id of a verification method, or of a reference to one; DID documents may shorten it."""
    name = method.get("id") if _is_object(method) else method
    name = name if isinstance(name, str) else ""
    return f"{issuer}{name}" if name.startswith("#") else name


def signature_holds(document: JsonObject, multibase: str) -> bool:
    """Whether each of the document's proofs was made with this key over exactly its content (rule 5)."""
    found = document.get("proof")
    proofs = found if isinstance(found, list) else [found]
    return 0 < len(proofs) <= MAX_PROOFS and all(
        compute_signature({**document, "proof": proof}, multibase) is True for proof in proofs
    )


def compute_signature(
    document: JsonObject, multibase: str, more: Mapping[str, Any] | None = None
) -> bool | None:
    """The same, or None when the signature could not be computed, which does not count against it.

    `more`: URL → further contexts that the document may have.
    """
    proof = document.get("proof")
    if isinstance(proof, Mapping) and proof.get("cryptosuite") != _FIXED["cryptosuite"]:
        return _once(compute_other, document, multibase)
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


def odd_members(proof: Any) -> list[str]:
    """What is not in the plain form of the suite in one proof (rule 2)."""
    if not _is_object(proof):
        names = ", ".join(name_suite(p) for p in proof) if isinstance(proof, list) and proof else "no proof"
        return [f"secured in a way that mcred cannot check (not exactly one proof: {names})"]
    if any(proof.get(name) != _FIXED[name] for name in ("type", "cryptosuite")):
        return [f"secured in a way that mcred cannot check ({name_suite(proof)})"]
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


def name_suite(proof: Any) -> str:
    """A proof's type and cryptosuite as text."""
    found = proof if _is_object(proof) else {}
    kind = str(found.get("type", "unknown"))
    return f"cryptosuite {found.get('cryptosuite')}" if kind == _FIXED["type"] else f"proof of type {kind}"


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
