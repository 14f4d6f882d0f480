"""Ed25519Signature2020, the proof of credentials from before Data Integrity 1.0, as wallets still hold them.

No library verifies it, so its two hashes are made here. `openbadgeslib` makes the canonical form and bounds
what a hostile document costs: canonizing is factorial in blank nodes that cannot be told apart.
"""

from __future__ import annotations

import hashlib

from mcred.badges.json_reader import JsonObject
from mcred.badges.others.contexts import all_contexts
from mcred.badges.others.public_keys import open_key, read_multikey


def compute_older(document: JsonObject, multibase: str) -> bool | None:
    """Whether a document's one proof was made with this key; None when it could not be computed."""
    from cryptography.exceptions import InvalidSignature
    from openvc.multibase import MultibaseError, decode_multibase

    proof, jwk = document.get("proof"), read_multikey(multibase)
    if not isinstance(proof, dict) or jwk is None or jwk.get("crv") != "Ed25519":
        return None
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    config["@context"] = document["@context"]
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    try:
        signature = decode_multibase(str(proof.get("proofValue")))
        data = b"".join(hashlib.sha256(part).digest() for part in _canonize(config, unsigned))
    except (MultibaseError, ValueError):
        return None
    if len(signature) != 64:
        return None
    try:
        open_key(jwk).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _canonize(*documents: JsonObject) -> tuple[bytes, ...]:
    """The canonical statements of documents (RDFC-1.0), within one budget for all of them.

    Raises ValueError when one has none, or costs too much.
    """
    from openbadgeslib.ob3 import _canon_guard as guard
    from openbadgeslib.ob3.contexts import document_loader
    from pyld import jsonld

    loader, budget = document_loader(all_contexts()), guard.WorkBudget()
    try:
        return tuple(guard.canonize(jsonld, dict(one), loader, budget).encode("utf-8") for one in documents)
    except (
        guard.CanonicalizationWorkExceeded,
        guard.CanonicalizationGuardUnavailable,
        jsonld.JsonLdError,
        UnicodeError,
        RecursionError,
    ) as error:
        raise ValueError("no canonical form") from error
