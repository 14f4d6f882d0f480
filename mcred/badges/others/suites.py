"""Data Integrity suites besides `eddsa-rdfc-2022`: verifying a proof with `openvc`.

The two JCS suites sign the JSON text itself (RFC 8785), so every member is covered whatever its context. The
RDF suite `ecdsa-rdfc-2019` signs statements, like our own; its cost on hostile graphs is bounded by the check
of coverage, which has to come first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mcred.badges.json_reader import JsonObject
from mcred.badges.keys import make_issuer_key
from mcred.badges.others.contexts import all_contexts
from mcred.badges.others.public_keys import read_multikey

RDF = frozenset({"eddsa-rdfc-2022", "ecdsa-rdfc-2019"})
JCS = frozenset({"eddsa-jcs-2022", "ecdsa-jcs-2019"})


def compute_other(document: JsonObject, multibase: str) -> bool | None:
    """Whether a document's one proof was made with this key; None when it could not be computed."""
    from openvc.errors import OpenvcError
    from openvc.proof.errors import SignatureInvalid

    proof, jwk = document.get("proof"), read_multikey(multibase)
    if not isinstance(proof, dict) or jwk is None:
        return None
    suite = _suite(str(proof.get("cryptosuite")))
    secured = _with_context(document, proof)
    if suite is None or secured is None:
        return None
    try:
        suite.verify(secured, public_key_jwk=dict(jwk), check_temporal=False, now=_ANY_DAY)
    except SignatureInvalid as error:
        # With a cause, the signature could not even be read.
        return False if error.__cause__ is None else None
    except (OpenvcError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return True


_ANY_DAY = datetime(9999, 1, 1, tzinfo=UTC)
"""A day after any on which a badge begins. Dates are judged elsewhere, by a clock that the caller has."""


def _suite(name: str) -> Any:
    from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite
    from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite

    if name == "ecdsa-rdfc-2019":
        return _WithContexts(EcdsaRdfcProofSuite())
    return {"eddsa-jcs-2022": EddsaJcsProofSuite, "ecdsa-jcs-2019": EcdsaJcsProofSuite}.get(
        name, lambda: None
    )()


class _WithContexts:
    """A suite that resolves the bundled contexts alone."""

    def __init__(self, suite: Any) -> None:
        self._suite = suite

    def verify(self, secured: dict[str, Any], **options: Any) -> None:
        self._suite.verify(secured, extra_contexts=all_contexts(), **options)


def read_other_coverage(document: JsonObject) -> tuple[bool | None, str]:
    """Whether an RDF proof over this document covers every member, and why not; None when unknown.

    `openvc` tells only while it verifies, so a key that means nothing signs a copy that is thrown away;
    `openbadgeslib`, which signs, bounds what a hostile document costs.
    """
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import add_data_integrity_proof
    from openvc.errors import OpenvcError
    from openvc.proof.data_integrity import DataIntegrityProofSuite

    key, contexts = make_issuer_key(bytes(32)), all_contexts()
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    unsigned["@context"] = [*unsigned["@context"], _INTEGRITY]  # which has the terms of that copy's proof
    method = f"did:key:{key.multibase}#{key.multibase}"
    created = datetime(2020, 1, 1, tzinfo=UTC)
    try:
        signed = add_data_integrity_proof(unsigned, key.pem, method, created=created, extra_contexts=contexts)
        DataIntegrityProofSuite().verify(signed, extra_contexts=contexts, check_temporal=False)
    except (LibOpenBadgesException, OpenvcError) as error:
        if not UNCOVERED.search(str(error)):
            return None, "it is too large, or built in a way that mcred does not check"
        return False, say_uncovered(str(error))
    return True, ""


_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
UNCOVERED = re.compile(r"not in compacted form|spells a property|signed dataset drops|is described")
"""The libraries' messages for members that a signature does not cover; others are their own limits."""


def say_uncovered(message: str) -> str:
    """The sentence on a member that is not covered, from a library's message."""
    place = re.search(r"\(at (/[^)\s]*)\)", message)
    where = f" (at {place[1]})" if place else ""
    return f"the proof does not cover all of it: a member was added, renamed or respelled{where}"


def _with_context(document: JsonObject, proof: Mapping[str, Any]) -> dict[str, Any] | None:
    """The document as it was hashed; None when it is not the one that was signed.

    A JCS proof may have an `@context` of its own. The document's may go on after it by the standard (§3.3.2),
    but what follows is not signed and could give every member another meaning, so it has to be the same.
    """
    own = proof.get("@context")
    if own is None:
        return dict(document)
    signed, whole = (c if isinstance(c, list) else [c] for c in (own, document.get("@context")))
    if proof.get("cryptosuite") not in JCS or whole != signed:
        return None
    return {**document, "@context": own}
