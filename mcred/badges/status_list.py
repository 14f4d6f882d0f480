"""Status lists: signed bit strings of revoked badges (W3C Bitstring Status List 1.0).

A list has 131,072 entries, the standard's minimum, so that a lookup does not reveal which badge is checked.
Output is reproducible with the same compressor: the gzip header has no time or system. A badge's index is
drawn at random among the free ones; the random number is an argument. Does not know why a badge was revoked,
where lists are stored, or who may revoke.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from mcred.badges.keys import IssuerKey
from mcred.badges.proof import sign
from mcred.problems import McredError

SIZE = 131_072
PURPOSE = "revocation"
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
"""No name, no time, best compression, unknown system (RFC 1952, §2.3)."""


def choose_index(used: Collection[int], draw: int) -> int:
    """The index of the `draw`-th free entry, wrapping around; deterministic.

    >>> choose_index({0, 1, 3}, draw=1)
    4
    """
    taken = sorted({n for n in used if 0 <= n < SIZE})
    if len(taken) == SIZE:
        raise McredError("this status list is full", hint="begin another status list")
    place = draw % (SIZE - len(taken))
    for n in taken:
        if n > place:
            break
        place += 1
    return place


def sign_list(
    address: str, revoked: Iterable[int], key: IssuerKey, method: str, issued: datetime
) -> dict[str, Any]:
    """A signed list at a URL, with the bits of the revoked indexes set; `method` is the key's absolute id."""
    return sign(describe_list(address, revoked, method.partition("#")[0], issued), key, method, issued)


def describe_list(address: str, revoked: Iterable[int], issuer: str, issued: datetime) -> dict[str, Any]:
    """A list without a proof (§2.2 "BitstringStatusListCredential")."""
    from openbadgeslib.ob3 import build_status_list_credential

    document = build_status_list_credential(issuer, address, PURPOSE, (), issued=issued.astimezone(UTC))
    # The library's own compression writes the current time into the list.
    document["credentialSubject"]["encodedList"] = pack_bits(revoked)
    return document


def read_bits(document: Mapping[str, Any]) -> frozenset[int]:
    """The index of every set bit; McredError when the list is damaged or shorter than the standard allows."""
    from openbadgeslib.ob3 import set_indices

    return frozenset(set_indices(_unpack(document)))


def read_bit(document: Mapping[str, Any], index: int) -> bool:
    """Whether the bit at an index is set (§3.2 "Validate Algorithm")."""
    bits = _unpack(document)
    if not 0 <= index < len(bits) * 8:
        raise McredError(f"the status list has no place {index}", hint="ask the issuer for the badge again")
    return bool(bits[index // 8] & (0x80 >> (index % 8)))


def parse_index(value: object) -> int | None:
    """Parse a status entry's index; None when it is not a plain number."""
    return int(value) if isinstance(value, str) and _INDEX.fullmatch(value) else None


def pack_bits(revoked: Iterable[int]) -> str:
    """The `encodedList` (§3.3): gzip, base64url, prefixed with `u`; index 0 is the highest bit."""
    bits = bytearray(SIZE // 8)
    for index in revoked:
        if not 0 <= index < SIZE:
            raise McredError(f"a status list has no place {index}", hint="begin another status list")
        bits[index // 8] |= 0x80 >> (index % 8)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(bytes(bits)) + packer.flush()
    whole = _GZIP_HEAD + body + struct.pack("<LL", zlib.crc32(bits), len(bits))
    return "u" + base64.urlsafe_b64encode(whole).decode("ascii").rstrip("=")


def _unpack(document: Mapping[str, Any]) -> bytes:
    """The bits of a list, inflated within the library's limit."""
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import decode_encoded_list

    subject = document.get("credentialSubject")
    packed = subject.get("encodedList") if isinstance(subject, Mapping) else None
    if not isinstance(packed, str) or not packed.startswith("u"):
        raise McredError("the status list has no bits", hint="ask the issuer for the complete status list")
    try:
        bits = decode_encoded_list(packed)
    except (ValueError, LibOpenBadgesException) as error:
        what = "the status list's bits are damaged"
        raise McredError(what, hint="ask the issuer for the complete status list") from error
    if len(bits) * 8 < SIZE:
        what = f"the status list is too short: {len(bits) * 8} places instead of {SIZE}"
        raise McredError(what, hint="ask the issuer for the complete status list")
    return bits
