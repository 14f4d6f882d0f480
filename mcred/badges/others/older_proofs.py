"""Ed25519Signature2020, the proof of credentials from before Data Integrity 1.0, as wallets still hold them.

No library verifies it, so its two hashes are made here; the canonical form is pyld's. What a hostile document
costs is bounded by the check of coverage, which has to come first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

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
        data = b"".join(hashlib.sha256(_canonize(part)).digest() for part in (config, unsigned))
    except (MultibaseError, ValueError):
        return None
    if len(signature) != 64:
        return None
    try:
        open_key(jwk).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _canonize(document: Mapping[str, Any]) -> bytes:
    """The canonical statements of a document (RDFC-1.0). Raises ValueError when it has none."""
    from openbadgeslib.ob3.contexts import document_loader
    from pyld import jsonld

    loader = document_loader(all_contexts())
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
    try:
        found: str = jsonld.normalize(dict(document), options)
        return found.encode("utf-8")
    except (jsonld.JsonLdError, UnicodeError, RecursionError) as error:
        raise ValueError("no canonical form") from error
