"""Which embedded proofs of other issuers can be verified here, by their form; nothing is computed.

`@context` is a list of contexts that are bundled (Data Integrity 1.0, §2.4.1 "Validating Contexts"): one that
is not is never fetched. The JCS suites sign the text, so there any will do. A proof that is one of a chain
depends on another one, which is not checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mcred.badges.checks import read_moment
from mcred.badges.json_reader import JsonObject
from mcred.badges.others.contexts import OLDER, SUITE_2020, SUITE_CONTEXT
from mcred.badges.others.suites import JCS, RDF
from mcred.badges.proof import LIST_CONTEXTS, find_control, name_contexts, name_suite

_OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/"
CONTEXTS = frozenset(
    (
        *LIST_CONTEXTS,
        *(f"{_OB3}context-3.0.{n}.json" for n in (1, 2, 3)),
        f"{_OB3}extensions.json",
        "https://w3id.org/security/data-integrity/v2",
        "https://w3id.org/security/multikey/v1",
    )
)
"""The contexts of today. The unversioned one of Open Badges is not: what is there has changed."""
_CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
_ALL = CONTEXTS | {_CLR} | set(OLDER)
_TEXTS = ("verificationMethod", "proofValue", "proofPurpose")
_MAY = frozenset({"id", "created", "expires", "nonce", "domain", "challenge"})
_VALUE = re.compile(r"z[1-9A-HJ-NP-Za-km-z]{80,140}")


def find_unreadable(document: JsonObject) -> tuple[str, ...]:
    """Why a document's one proof cannot be verified here; empty when it can."""
    proof = document.get("proof")
    if not isinstance(proof, dict):
        return ("its proof is not in a form that mcred can check",)
    suite = proof.get("cryptosuite")
    if proof.get("type") == SUITE_2020:
        return tuple(_odd_members(proof, SUITE_2020)) or _odd_contexts(document) or _unnamed_suite(document)
    if proof.get("type") != "DataIntegrityProof" or not isinstance(suite, str) or suite not in RDF | JCS:
        return (f"secured in a way that mcred cannot check ({name_suite(proof)})",)
    if odd := tuple(_odd_members(proof, suite)):
        return odd
    if suite in JCS:
        return ()
    return _odd_contexts(document)


def _odd_contexts(document: JsonObject) -> tuple[str, ...]:
    found = document.get("@context")
    if not isinstance(found, list) or not found:
        return (name_contexts(found, _ALL),)
    if not all(isinstance(name, str) and name in _ALL for name in found) or len(set(found)) < len(found):
        return (name_contexts(found, _ALL),)
    return find_control(document)


def _unnamed_suite(document: JsonObject) -> tuple[str, ...]:
    """Why the members of an `Ed25519Signature2020` are not signed: no other context here has its terms, so
    whoever passes the badge on could change the proof's purpose and end."""
    if SUITE_CONTEXT in document["@context"]:
        return ()
    return (f"its @context lacks {SUITE_CONTEXT}, without which the proof's own members are not signed",)


def is_usual(document: JsonObject) -> bool:
    """Whether a document has today's contexts of Open Badges alone."""
    return set(document["@context"]) <= CONTEXTS


def is_clr(document: JsonObject) -> bool:
    """Whether it is a record of several badges (CLR 2.0)."""
    types = document.get("type")
    return isinstance(types, list) and "ClrCredential" in types


def _known(suite: str) -> frozenset[str]:
    """The members of an RDF proof that are signed statements in its suite's context; others are dropped."""
    return _MAY.union(_TEXTS, ("type",) if suite == SUITE_2020 else ("type", "cryptosuite"))


def _odd_members(proof: dict[str, Any], suite: str) -> Iterator[str]:
    if "previousProof" in proof:
        yield "secured in a way that mcred cannot check (a proof in a chain of proofs)"
    elif any(not isinstance(proof.get(name), str) for name in _TEXTS) or (
        suite not in JCS
        and not all(isinstance(value, str) and name in _known(suite) for name, value in proof.items())
    ):
        yield "the proof has members it should not have, or is missing one"
    if proof.get("proofPurpose") != "assertionMethod":
        yield "the proof's proofPurpose is not 'assertionMethod'"
    if not _VALUE.fullmatch(str(proof.get("proofValue"))):
        yield "the proof's proofValue is not readable"
    for name in ("created", "expires"):
        if name in proof and read_moment(proof[name]) is None:
            yield f"the proof's {name} is not readable"
