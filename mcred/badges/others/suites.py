"""Data Integrity suites besides `eddsa-rdfc-2022`: verifying a proof with `openvc`.

The two JCS suites sign the JSON text itself (RFC 8785), so every member is covered whatever its context. The
RDF suite `ecdsa-rdfc-2019` signs statements, like our own; its cost on hostile graphs is bounded by the check
of coverage, which has to come first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcred.badges.json_reader import JsonObject
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
        suite.verify(secured, public_key_jwk=dict(jwk), check_temporal=False)
    except SignatureInvalid as error:
        # With a cause, the signature could not even be read.
        return False if error.__cause__ is None else None
    except (OpenvcError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return True


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


def all_contexts() -> dict[str, Any]:
    """URL → every context that is bundled."""
    from openbadgeslib.ob3 import bundled_clr_contexts
    from openbadgeslib.ob3.contexts import bundled_contexts

    return {**bundled_contexts(), **bundled_clr_contexts()}


def _with_context(document: JsonObject, proof: Mapping[str, Any]) -> dict[str, Any] | None:
    """The document as it was hashed; None when it is not the one that was signed.

    A JCS proof may have an `@context` of its own: the document's has to begin with it (§3.3.2).
    """
    own = proof.get("@context")
    if own is None:
        return dict(document)
    begins, whole = (c if isinstance(c, list) else [c] for c in (own, document.get("@context")))
    if proof.get("cryptosuite") not in JCS or whole[: len(begins)] != begins:
        return None
    return {**document, "@context": own}
