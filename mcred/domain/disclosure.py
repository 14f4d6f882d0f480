"""Salted disclosures and their digests, in the form of SD-JWT (RFC 9901, section 4.2).

A disclosure is the base64url text of a JSON array of a salt, a name and a value, and its digest, here called
a commitment, is the base64url text of the SHA-256 of that text. Whoever is given one disclosure can check one
value and learns nothing of the others.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

Digest = Annotated[str, Meta(max_length=43)]
"""A commitment: 32 bytes in base64url."""
SALT_BYTES = 16
"""The length of a salt in bytes: 128 bits (RFC 9901, section 9.3)."""


def disclose(salt: str, name: str, value: Mapping[str, Any]) -> str:
    """The disclosure of a named value (RFC 9901, section 4.2.1)."""
    said = json.dumps([salt, name, value], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _base64url(said.encode("utf-8", "surrogatepass"))


def commitment_of(disclosure: str) -> str:
    """The digest of a disclosure (RFC 9901, section 4.2.3).

    >>> commitment_of("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0")
    'X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0'
    """
    return _base64url(hashlib.sha256(disclosure.encode("utf-8", "surrogatepass")).digest())


def read_disclosure(disclosure: str) -> tuple[str, Mapping[str, Any]] | None:
    """The name and the value that a disclosure opens; None where it is none."""
    try:
        data = base64.b64decode(disclosure + "=" * (-len(disclosure) % 4), b"-_", validate=True)
        found = json.loads(data)
    except (ValueError, binascii.Error, RecursionError):
        return None
    match found:
        case [str(), str() as name, dict() as value]:
            return name, value
    return None


def new_salt(random: bytes) -> str:
    """A salt from `SALT_BYTES` random bytes.

    >>> new_salt(bytes(16))
    'AAAAAAAAAAAAAAAAAAAAAA'
    """
    return _base64url(random)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
