"""The two proofs that every badge has: `eddsa-rdfc-2022`, and beside it `eddsa-jcs-2022`, with the same key.

They are a proof set (Data Integrity 1.0, §2.1.1): each covers the badge without any proof. Most readers of
Open Badges verify the first. The second signs the JSON text (RFC 8785) and not its statements, which browsers
can compute: `templates/site/proof.js`. It has an `@context` of its own, the badge's (EdDSA Cryptosuites 1.0,
§3.3.1). Badges from before have the first alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from mcred.badges.json_reader import JsonObject
from mcred.badges.keys import IssuerKey
from mcred.badges.proof import odd_members, sign

JCS = "eddsa-jcs-2022"


def sign_badge(document: JsonObject, key: IssuerKey, method: str, created: datetime) -> dict[str, Any]:
    """The document with both proofs; deterministic. McredError when it cannot be signed."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from openvc.multibase import encode_multibase

    first = sign(document, key, method, created)
    # Ours are spelled alike but for the suite, so that neither says more than the other.
    options = {**_without(first["proof"], "proofValue"), "cryptosuite": JCS}
    options["@context"] = list(document["@context"])
    private: Any = load_pem_private_key(key.pem, password=None)
    value = encode_multibase(private.sign(_digest(options) + _digest(document)))
    return {**first, "proof": [first["proof"], {**options, "proofValue": value}]}


def proofs_of(document: JsonObject) -> tuple[JsonObject, ...]:
    """A document's proofs, whether it has one or a list; none where it is neither."""
    found = document.get("proof")
    several = found if isinstance(found, list) else [found]
    return tuple(proof for proof in several if isinstance(proof, Mapping))


def is_pair(document: JsonObject) -> bool:
    """Whether a document's proofs are exactly the two that `sign_badge` makes, in their order; nothing is
    computed."""
    found = document.get("proof")
    if not isinstance(found, list) or len(found) != 2 or odd_members(found[0]):
        return False
    first, second = found
    if not isinstance(second, Mapping):
        return False
    due = {**first, "cryptosuite": JCS, "@context": document.get("@context")}
    alike = _without(second, "proofValue") == _without(due, "proofValue")
    return alike and not odd_members({**first, "proofValue": second.get("proofValue")})


def second_holds(document: JsonObject, multibase: str) -> bool:
    """Whether the second of the two proofs, where there are two, was made with this key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from openbadgeslib.ob3 import resolve_did
    from openvc.multibase import decode_multibase

    if not isinstance(document.get("proof"), list):
        return True
    second = document["proof"][1]
    signed = _digest(_without(second, "proofValue")) + _digest(_without(document, "proof"))
    try:
        key: Any = load_pem_public_key(resolve_did(f"did:key:{multibase}"))
        key.verify(decode_multibase(second["proofValue"]), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def digest_content(document: JsonObject) -> str:
    """The SHA-256, in hex, of what a badge says, its proofs left out: the same however it is spelled."""
    return _digest(_without(document, "proof")).hex()


def _digest(document: JsonObject) -> bytes:
    """The SHA-256 of a document as RFC 8785 writes it, which is what `json` writes where every name is ASCII
    and the only fractions are credit hours."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).digest()


def _without(document: JsonObject, name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}
