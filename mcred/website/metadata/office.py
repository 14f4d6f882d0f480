"""Metadata of documents that are zip files (Word, Excel, PowerPoint, LibreOffice, Pages): their authors.

The document's properties are emptied; pictures inside are cleaned like any other. All other files are copied
byte for byte.
"""

from __future__ import annotations

import html
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

_TEXTS: Mapping[str, str] = {
    **dict.fromkeys(("dc:creator", "cp:lastModifiedBy", "meta:initial-creator", "meta:printed-by"), "name"),
    **dict.fromkeys(("Company", "Manager"), "name"),
    **dict.fromkeys(("Application", "meta:generator"), "device"),
    **dict.fromkeys(("dcterms:created", "dcterms:modified", "meta:creation-date", "dc:date"), "date"),
}
_EMPTIED = tuple(tag for tag, kind in _TEXTS.items() if kind == "name")
_ABOUT = frozenset({"docprops/core.xml", "docprops/app.xml", "meta.xml"})
"""In lower case, as all names are compared: case has no meaning in a package."""


def _attributes(names: str) -> re.Pattern[str]:
    """The values of attributes."""
    return re.compile(
        rf"""(?P<before>\s(?:{names})\s*=\s*(?P<quote>["']))(?P<words>(?:(?!(?P=quote))[^<])*)"""
    )


def _elements(names: str) -> re.Pattern[str]:
    """The text of elements. Excel's `tc=` names no person: it refers to a conversation."""
    return re.compile(rf"(?P<before><(?P<tag>{names})\b[^<>]*>)(?P<words>(?!tc=)[^<]*)(?=</(?P=tag)>)")


_AUTHORS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(path), who)
    for path, who in (
        (r"word/.+\.xml", _attributes(r"\w+:(?:author|initials|userId)")),
        (r"ppt/(?:commentauthors|authors)\.xml", _attributes("name|initials|userId")),
        (r"xl/persons/.+\.xml", _attributes("displayName|userId")),
        (r"xl/comments.*\.xml", _elements(r"(?:\w+:)?author")),
        (r"(?:.+/)?(?:content|styles)\.xml", _elements("dc:creator|meta:creator-initials")),
    )
)
"""Authors of comments and changes: the files, in lower case, and the pattern of the names."""
_MEDIA = (".heic", ".jpeg", ".jpg", ".m4v", ".mov", ".mp4", ".png", ".tif", ".tiff", ".webp")
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError, RuntimeError),
    *(EOFError, ValueError, OSError),
)
_MOST = 60 * 1024 * 1024
"""The most bytes that are unpacked of one package."""
_FILES = 5000

Read = Callable[[bytes], Iterable[tuple[str, str]]]
Clean = Callable[[bytes], bytes | None]


def find_words(content: bytes, read: Read) -> tuple[tuple[str, str], ...]:
    """The metadata found, by kind. `read`: reads that of one picture inside."""
    try:
        with _open(content) as package:
            return tuple(said for name, data in _unpack(package) for said in _say(name, data, read))
    except _BROKEN:
        return ()


def clean(content: bytes, clean_one: Clean) -> bytes | None:
    """The package without its metadata; None for one that is signed, or that cannot be read in full."""
    written = io.BytesIO()
    try:
        with _open(content) as package, zipfile.ZipFile(written, "w") as again:
            if any(name.startswith("_xmlsignatures/") for name in package.namelist()):
                return None
            changed = {name: _without(name, data, clean_one) for name, data in _unpack(package)}
            for info in package.infolist():
                data = changed.get(info.filename) if info.filename in changed else package.read(info)
                if data is None:
                    return None
                fresh = zipfile.ZipInfo(info.filename, info.date_time)
                fresh.compress_type, fresh.external_attr = info.compress_type, info.external_attr
                again.writestr(fresh, data)
    except _BROKEN:
        return None
    return written.getvalue()


def _open(content: bytes) -> zipfile.ZipFile:
    package = zipfile.ZipFile(io.BytesIO(content))
    sizes = [info.file_size for info in package.infolist()]
    if len(sizes) > _FILES or sum(sizes) > _MOST:
        raise ValueError("too much is packed in it")
    return package


def _unpack(package: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """The files that may contain metadata."""
    for info in package.infolist():
        name = info.filename.lower()
        if name in _ABOUT or name.endswith(_MEDIA) or _who_in(name):
            yield info.filename, package.read(info)


def _who_in(name: str) -> re.Pattern[str] | None:
    """The pattern of people's names in a file of a package, None where it has none."""
    return next((who for path, who in _AUTHORS if path.fullmatch(name.lower())), None)


def _say(name: str, data: bytes, read: Read) -> Iterator[tuple[str, str]]:
    if name.lower().endswith(_MEDIA):
        yield from read(data)
        return
    text = data.decode("utf-8", "replace")
    for tag, kind in _TEXTS.items() if name.lower() in _ABOUT else ():
        for found in re.findall(rf"<{tag}\b[^<>]*>([^<]*)</{tag}>", text):
            yield kind, html.unescape(found)
    for found in who.finditer(text) if (who := _who_in(name)) else ():
        yield "name", html.unescape(found["words"])


def _without(name: str, data: bytes, clean_one: Clean) -> bytes | None:
    if name.lower().endswith(_MEDIA):
        return clean_one(data)
    text = data.decode("utf-8", "surrogateescape")
    if who := _who_in(name):
        text = who.sub(r"\g<before>", text)
    for tag in _EMPTIED if name.lower() in _ABOUT else ():
        text = re.sub(rf"(<{tag}\b[^<>]*>)[^<]*(</{tag}>)", r"\1\2", text)
    return text.encode("utf-8", "surrogateescape")
