"""Which files an assessor's browser cannot open, and what helps.

A file is recognised by its content, where that has a mark of its own, and else by its name.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from mcred.website.metadata.large_films import read_skeleton

HEAD = 64 * 1024
"""So many bytes of a file are read for its mark."""
_MOST_COMPATIBLE = "on an iPhone or iPad, Settings > Camera > Formats > Most Compatible"


class Unshown(Struct, frozen=True):
    """A format that most browsers cannot show: what it is called, in the plural, and what helps."""

    what: str
    help: str


_HEIC = Unshown("photos in the HEIC format", f"Add it as a JPEG: {_MOST_COMPATIBLE} takes JPEG photos")
_HEVC = Unshown(
    "videos in the HEVC (H.265) format",
    f"Export it as an MP4 with H.264, then add that: {_MOST_COMPATIBLE} records such videos from the start",
)
_RAW = Unshown("a camera's raw photos", "Export it as a JPEG, then add that")
_IWORK = Unshown(
    "files of Pages, Numbers and Keynote", "There, choose File > Export To > PDF, then add the PDF"
)
_LINK = Unshown(
    "files that only link to a document online",
    "In Google Docs, Sheets or Slides, choose File > Download > PDF, then add the PDF",
)
_SHORTCUT = Unshown("files that only open another one on your computer", "Add that file itself")
_OFFICE = Unshown("files of older Office programs", "There, choose File > Save As > PDF, then add the PDF")


def _photos(name: str) -> Unshown:
    return Unshown(f"{name} files", "Export it as a JPEG, then add that")


def _films(name: str) -> Unshown:
    return Unshown(f"{name} videos", "Export it as an MP4 with H.264, then add that")


def _sounds(name: str) -> Unshown:
    return Unshown(f"{name} recordings", "Export it as an MP3 or M4A, then add that")


def _archives(name: str) -> Unshown:
    return Unshown(f"{name} archives", "Take the files out of it, and add each of them")


_MARKS: tuple[tuple[bytes, Unshown], ...] = (
    (rb"RIFF.{4}AVI ", _films("AVI")),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _films("Windows Media (WMV)")),
    (rb"FLV\x01", _films("Flash")),
    (rb"\x00\x00\x01[\xb3\xba]|(?:G.{187}){4}G|(?:.{4}G.{187}){4}", _films("MPEG")),
    (rb".{4}ftyp3g", _films("3GP")),
    (rb".{4}ftypcrx |II\*\x00.{4}CR|FUJIFILMCCD-RAW|IIRO\x08|IIU\x00", _RAW),
    (rb"II\*\x00|MM\x00\*", _photos("TIFF")),
    (rb"8BPS\x00\x01", _photos("Photoshop")),
    (rb"%!PS|\xc5\xd0\xd3\xc6", _photos("PostScript")),
    (rb"\x00\x00\x00\x0cjP  ", _photos("JPEG 2000")),
    (rb"FORM.{4}AIF[FC]", _sounds("AIFF")),
    (rb"#!AMR", _sounds("AMR")),
    (rb"caff\x00\x01", _sounds("CAF")),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE),
    (rb"\{\\rtf", Unshown("RTF files", "Save it as a PDF, then add the PDF")),
    (rb"L\x00\x00\x00\x01\x14\x02\x00|book\x00\x00\x00\x00mark", _SHORTCUT),
    (rb"Rar!\x1a\x07", _archives("RAR")),
    (rb"7z\xbc\xaf\x27\x1c", _archives("7z")),
    (rb"\x1f\x8b\x08", _archives("gzip")),
    (rb"\[InternetShortcut\]|\s*\{[^{}]*\"(?:doc_id|url)\"[^{}]*\}\s*\Z", _LINK),
)
"""How a file begins, and its format. The first one that fits counts."""
_RAW_ENDINGS = ("arw", "cr2", "cr3", "dng", "nef", "orf", "raf", "rw2")
"""Most cameras' raw photos are TIFF files by their content."""
_ENDINGS: Mapping[str, Unshown] = {
    **dict.fromkeys(_RAW_ENDINGS, _RAW),
    **dict.fromkeys(("heic", "heif", "hif"), _HEIC),
    **dict.fromkeys(("key", "numbers", "pages"), _IWORK),
    **dict.fromkeys(("gdoc", "gform", "gsheet", "gslides", "url", "webloc"), _LINK),
    **dict.fromkeys(("doc", "one", "ppt", "pub", "vsd", "xls"), _OFFICE),
    **{e: _photos(f".{e}") for e in ("bmp", "eps", "jp2", "psd", "tif", "tiff")},
    **{e: _films(f".{e}") for e in ("3gp", "avi", "flv", "m2ts", "mkv", "mpeg", "mpg", "mts", "vob", "wmv")},
    **{e: _sounds(f".{e}") for e in ("aif", "aiff", "amr", "caf", "wma")},
    **{e: _archives(f".{e}") for e in ("7z", "gz", "rar", "tar", "zip")},
}
_SHOWN: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (rb"\xff\xd8\xff", "JPEG", ("jpg", "jpeg")),
    (rb"\x89PNG\r\n\x1a\n", "PNG", ("png",)),
    (rb"GIF8[79]a", "GIF", ("gif",)),
    (rb"%PDF-", "PDF", ("pdf",)),
    (rb"RIFF.{4}WEBP", "WebP", ("webp",)),
)
"""How files begin that browsers show, what they are, and how they are named."""
_PHOTO_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_CODECS: Mapping[bytes, Unshown] = {
    **dict.fromkeys((b"hvc1", b"hev1"), _HEVC),
    **dict.fromkeys((b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"), _films("ProRes")),
    **dict.fromkeys(
        (b"mp4v", b"SVQ1", b"SVQ3", b"mjpa", b"mjpb", b"jpeg", b"s263"), _films("older QuickTime")
    ),
}
"""How the pictures of a film are stored, where browsers cannot play that."""


def explain_unshown(source: Path) -> Unshown | None:
    """The format of a file that most browsers cannot show; None for any other file, also for one that is
    not known."""
    with source.open("rb") as file:
        head = file.read(HEAD)
    ending = source.suffix[1:].lower()
    for mark, name, endings in _SHOWN:
        if re.match(mark, head, re.DOTALL):
            return None if ending in endings else _misnamed(name, source, endings[0])
    if ending in _RAW_ENDINGS and head.startswith((b"II", b"MM")):
        return _RAW
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") and (found := _film_or_photo(source, head)):
        return found
    if head.startswith(b"PK\x03\x04"):
        return _package(source, ending)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return None if b"webm" in head[:64] else _films("Matroska (MKV)")
    for mark, unshown in _MARKS:
        if re.match(mark, head, re.DOTALL):
            return unshown
    return _ENDINGS.get(ending)


def _misnamed(name: str, source: Path, ending: str) -> Unshown:
    called = f"has the extension {source.suffix}" if source.suffix else "has no file extension"
    return Unshown(f"a {name} that {called}", f"Rename it to {source.stem}.{ending}, then add that")


def _film_or_photo(source: Path, head: bytes) -> Unshown | None:
    if head[4:8] == b"ftyp" and head[8:12] in _PHOTO_BRANDS and b"avif" not in head[12:64]:
        return _HEIC
    return next((_CODECS[c] for _, box in read_skeleton(source) for c in _codecs(box) if c in _CODECS), None)


def _codecs(box: bytes) -> Iterator[bytes]:
    """How each track of a film is stored: the first entry of its table of descriptions."""
    if box[4:8] == b"moov":
        yield from (box[found.end() + 12 : found.end() + 16] for found in re.finditer(b"stsd", box))


def _package(source: Path, ending: str) -> Unshown | None:
    """A zip file: a document, or an archive."""
    try:
        with zipfile.ZipFile(source) as package:
            names = {*package.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return _ENDINGS.get(ending)
    if any(name.endswith((".iwa", "Index.zip", "buildVersionHistory.plist")) for name in names):
        return _IWORK
    documents = ("[Content_Types].xml", "docProps/", "mimetype", "ppt/", "word/", "xl/")
    if any(name.startswith(documents) for name in names):
        return None
    return _archives("zip")
