"""Identifying files that are not Open Badges 3.0 with an embedded proof, and where to verify them.

Goes by a file's content alone; verifies nothing, so no result counts against a badge. Older badges are baked
under their own keywords (Open Badges 2.0, "Baking"; 1.x alike).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from msgspec import Struct

from mcred.badges.bake import find_older
from mcred.badges.json_reader import JsonObject, read_json
from mcred.problems import McredError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(~[A-Za-z0-9_.~-]*)?")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG photo"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture or a sound"),
    (b"%PDF", "a PDF"),
    (b"PK", "a zip file"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
)
_VC_1 = "https://www.w3.org/2018/credentials/v1"
_NO_BADGE = "ask for the original badge file: JSON, PNG, or SVG"


class FileKind(Struct, frozen=True, kw_only=True):
    """A kind of file as text, and a hint how to verify it."""

    what: str
    remedy: str = _NO_BADGE


def name_file(data: bytes) -> FileKind | None:
    """The kind of a file that is not a JSON document; None when unknown."""
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        return FileKind(what="the file is empty")
    text = data.decode("utf-8-sig", "ignore").strip() if len(data) < 2**20 else ""
    if _TOKEN.fullmatch(text):
        return _name_token(text)
    if data.startswith(b"\x89PNG") or text.startswith("<"):
        if older := find_older(data):
            return _name_baked(older)
        if text[:300].lower().find("<html") >= 0:
            what = "a web page, not a badge"
            return FileKind(
                what=what, remedy=f"{_NO_BADGE}; or the page's address: mcred verify URL --online"
            )
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1"):
        return FileKind(what="a HEIC photo, not a badge")
    found = next((name for magic, name in _MAGIC if data.startswith(magic)), None)
    if found is not None:
        return FileKind(what=f"{found}, not a badge")
    return None


def name_document(document: JsonObject) -> FileKind | None:
    """The kind of a JSON document; None for an Open Badge 3.0 or an unknown one."""
    contexts, types = _texts(document.get("@context")), _texts(document.get("type"))
    if any("openbadges/v2" in c or "openbadges/v2p" in c or "/ob/v2" in c for c in contexts):
        return _older("an Open Badge 2.0", document)
    if any("openbadges/v1" in c for c in contexts):
        return _older("an Open Badge 1.1", document)
    if not contexts and "badge" in document and "recipient" in document:
        kind = "an Open Badge 1.0" if isinstance(document["badge"], dict) else "an Open Badge 1.x"
        return _older(kind, document)
    if _VC_1 in contexts:
        what = f"a credential of the older Verifiable Credentials 1.1{_secured(document)}"
        return FileKind(what=f"{what}, which mcred cannot check", remedy=_ask_issuer(document))
    if "EnvelopedVerifiableCredential" in types:
        token = str(document.get("id")).partition(",")[2]
        return _name_token(token) if _TOKEN.fullmatch(token) else _jwt("")
    for kind, name in _OTHERS.items():
        if kind in types:
            return FileKind(what=f"{name}, not a badge")
    if isinstance(document.get("verificationMethod"), list):
        return FileKind(what="an issuer's keys (did.json), not a badge")
    return None


_OTHERS = {
    "VerifiablePresentation": "a presentation of credentials",
    "ClrCredential": "a record of several badges (CLR)",
    "EndorsementCredential": "an endorsement",
    "BitstringStatusListCredential": "a list of revoked badges",
}


def _older(kind: str, document: JsonObject) -> FileKind:
    """The kind for a badge of an older version, hosted or signed."""
    how = document.get("verification") or document.get("verify")
    how = how if isinstance(how, dict) else {}
    address = next(
        (
            str(place)
            for place in (document.get("id"), how.get("url"), how.get("creator"))
            if _ADDRESS.fullmatch(str(place))
        ),
        "",
    )
    return FileKind(what=f"{kind}, which mcred cannot check", remedy=_look_at(address))


def _look_at(address: str) -> str:
    if address:
        return f"the file names {address}; open it only if you know that this is the issuer's site"
    return "its issuer, or the site that showed it to you"


def _name_token(text: str) -> FileKind:
    """A compact JWS: an older badge, or a credential secured as a JWT."""
    head, body = (_decode(part) for part in text.split("~")[0].split(".")[:2])
    if "badge" in body and "recipient" in body:
        kind = name_document(body) or _older("an Open Badge 2.0", body)
        return FileKind(what=kind.what.replace(", which", ", signed as a JWS, which"), remedy=kind.remedy)
    if not head:
        return FileKind(what="text that is not a badge")
    return _jwt(str(head.get("alg", "")))


def _jwt(algorithm: str) -> FileKind:
    what = f"secured in a way that mcred cannot check (a JWT{f', {algorithm}' if algorithm else ''})"
    return FileKind(what=what, remedy="ask its issuer, or a program that checks credentials secured as a JWT")


def _name_baked(text: str) -> FileKind:
    """The kind for an older baked image's content: the badge, a JWS, or a URL."""
    if _TOKEN.fullmatch(text):
        kind = _name_token(text)
    elif _ADDRESS.fullmatch(text):
        kind = FileKind(what="an Open Badge 1.x or 2.0, which mcred cannot check", remedy=_look_at(text))
    else:
        try:
            document = read_json(text.encode())
        except McredError:
            document = {}
        kind = name_document(document) or _older("an Open Badge 1.x or 2.0", document)
    return FileKind(what=f"a picture with {kind.what}", remedy=kind.remedy)


def _decode(part: str) -> JsonObject:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def _secured(document: JsonObject) -> str:
    proof = document.get("proof")
    proofs = proof if isinstance(proof, list) else [proof]
    names = [str(p.get("cryptosuite") or p.get("type")) for p in proofs if isinstance(p, dict)]
    return f" ({', '.join(names)})" if names else ""


def _ask_issuer(document: JsonObject) -> str:
    issuer = document.get("issuer")
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    return _look_at(str(name)) if _ADDRESS.fullmatch(str(name)) else _look_at("")


def _texts(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
