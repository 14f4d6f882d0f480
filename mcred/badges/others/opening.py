"""What a file or picture holds: a JSON document, a compact JWS or JWT, or the address of a hosted badge.

A picture may hold a badge of any version, under the keyword or element of its version; one of 3.0 comes
first. A JWT's document is what it signs, with the claims of its envelope in the members they stand for.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from mcred.badges.bake import extract, find_older, is_image
from mcred.badges.checks import BEGINS, ENDS, read_moment
from mcred.badges.json_reader import JsonObject, as_utf8, read_json
from mcred.problems import McredError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(~[A-Za-z0-9_.~-]*)?")
ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_ENVELOPE = re.compile(r"data:application/(vc\+|vp\+)?(ld\+)?(json\+)?(jwt|jose)[^,]{0,40},")
_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})


class Token(Struct, frozen=True, kw_only=True):
    """A compact JWS in its parts."""

    text: str
    head: JsonObject
    is_partial: bool
    """Whether its members are disclosed one by one (SD-JWT)."""


class OpenedFile(Struct, frozen=True, kw_only=True):
    """What is in a file: a document, with the token that it came in, or an address."""

    document: JsonObject
    token: Token | None = None
    address: str = ""


def open_any(data: bytes) -> OpenedFile:
    """Open a file. Raises McredError when there is nothing in it that looks like a badge."""
    plain = as_utf8(data)
    if not is_image(plain):
        return _open_text(plain)
    try:
        inside = extract(plain)
    except McredError as error:
        older = find_older(plain)
        if not older:
            raise
        if ADDRESS.fullmatch(older):
            return OpenedFile(document={}, address=older)
        try:
            return _open_text(older.encode("utf-8", "replace"))
        except McredError:
            raise error from None
    return _open_text(inside)


def _open_text(data: bytes) -> OpenedFile:
    text = data.strip()
    if len(text) < 2**20 and _TOKEN.fullmatch(found := text.decode("ascii", "replace")):
        return _open_token(found)
    document = read_json(data)
    if token := find_envelope(document):
        return _open_token(token)
    return OpenedFile(document=document)


def find_envelope(document: JsonObject) -> str:
    """The token in an `EnvelopedVerifiableCredential`, or in a JWS written as JSON; '' when it is neither."""
    name = document.get("id")
    if isinstance(name, str) and (found := _ENVELOPE.match(name)):
        token = name[found.end() :]
        return token if _TOKEN.fullmatch(token) else ""
    signatures = document.get("signatures")
    one = signatures[0] if isinstance(signatures, list) and len(signatures) == 1 else document
    parts = [*(one.get(n) if isinstance(one, dict) else None for n in ("protected", "signature"))]
    parts.insert(1, document.get("payload"))
    if not all(isinstance(part, str) for part in parts):
        return ""
    token = ".".join(map(str, parts))
    return token if _TOKEN.fullmatch(token) else ""


def _open_token(text: str) -> OpenedFile:
    """A token with the document that it signs. Raises McredError when it is no token of a JSON object."""
    plain = text.partition("~")[0]
    head, body = (_decode(part) for part in plain.split(".")[:2])
    token = Token(text=plain, head=head, is_partial="~" in text)
    return OpenedFile(document=_read_claims(body), token=token)


def _decode(part: str) -> dict[str, Any]:
    try:
        return read_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error):
        raise McredError("this is text that is not a badge", hint="ask for the original badge file") from None


def _read_claims(body: Mapping[str, Any]) -> dict[str, Any]:
    """The credential that a JWT signs (VC Data Model 1.1, §6.3.1; Open Badges 3.0, §8.2)."""
    inner = body.get("vc")
    found = dict(inner) if isinstance(inner, dict) else {k: v for k, v in body.items() if k not in _CLAIMS}
    if "credentialSubject" not in found:
        return dict(body)
    for name in (*BEGINS, *ENDS):
        if name in found and found[name] is None:
            del found[name]  # which would hide the envelope's
    old = "validFrom" not in found and "issuanceDate" in found
    begins, ends = (names[1 if old else 0] for names in (BEGINS, ENDS))
    _fill(found, "issuer", body.get("iss"))
    _fill(found, "id", body.get("jti"))
    _narrow(found, begins, body.get("nbf"), later=True)
    _narrow(found, ends, body.get("exp"), later=False)
    if begins not in found:
        _narrow(found, begins, body.get("iat"), later=True)
    return found


def _fill(found: dict[str, Any], name: str, value: Any) -> None:
    if name not in found and isinstance(value, str) and value:
        found[name] = value


def _narrow(found: dict[str, Any], name: str, claim: Any, *, later: bool) -> None:
    """Put the NumericDate of a claim into a member that has none, or one that leaves more time.

    A claim that is no NumericDate makes the member unreadable; one that is unreadable already stays so.
    """
    if claim is None:
        return
    moment, inside = _moment(claim), read_moment(found.get(name))
    if moment is None:
        found[name] = f"not a NumericDate: {claim}"
    elif name not in found or (inside is not None and (moment > inside if later else moment < inside)):
        found[name] = moment.isoformat().replace("+00:00", "Z")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
