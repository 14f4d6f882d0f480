"""Names what is not a badge, and kinds of credentials that are something else, with where to verify them.

Goes by a file's content alone; verifies nothing, so no result counts against anyone.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from mcred.badges.json_reader import JsonObject

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG photo"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a picture or a sound"),
    (b"%PDF", "a PDF"),
    (b"PK", "a zip file"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
)
_NO_BADGE = "ask for the original badge file: JSON, PNG, or SVG"
_EUROPASS = "a European Digital Credential (Europass)"
_VIEWER = "the viewer of the European Union: https://europa.eu/europass/digital-credentials/viewer"


class FileKind(Struct, frozen=True, kw_only=True):
    """A kind of file as text, and a hint how to verify it."""

    what: str
    remedy: str = _NO_BADGE


def name_file(data: bytes) -> FileKind | None:
    """The kind of a file that holds no badge; None when unknown."""
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        return FileKind(what="the file is empty")
    text = data[:20_000].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        if "data.europa.eu/" in text:
            return FileKind(what=f"{_EUROPASS}, as XML, which mcred cannot check", remedy=_VIEWER)
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


_OTHERS = {
    "VerifiablePresentation": "a presentation of credentials, not a badge",
    "BitstringStatusListCredential": "a list of revoked badges, not a badge",
    "BadgeClass": "the description of an older badge, not a badge that someone holds",
    "Issuer": "the profile of a badge's issuer, not a badge",
    "Profile": "the profile of a badge's issuer, not a badge",
    "RevocationList": "a list of revoked badges, not a badge",
    "CryptographicKey": "an issuer's key, not a badge",
}


def name_document(document: JsonObject) -> FileKind | None:
    """The kind of a JSON document; None for an Open Badge 3.0 or an unknown one."""
    types = [text for text in _list(document.get("type")) if isinstance(text, str)]
    if "EuropeanDigitalCredential" in types:
        return FileKind(what=f"{_EUROPASS}, whose seal mcred cannot judge", remedy=_VIEWER)
    if "EnvelopedVerifiableCredential" in types:
        what = "secured in a way that mcred cannot check (an enveloped credential)"
        return FileKind(what=what, remedy="ask its issuer, or use software that knows this kind of badge")
    for kind, what in _OTHERS.items():
        if kind in types:
            return FileKind(what=what)
    if isinstance(document.get("verificationMethod"), list):
        return FileKind(what="an issuer's keys (did.json), not a badge")
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
