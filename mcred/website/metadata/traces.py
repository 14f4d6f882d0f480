"""Hidden metadata of a file: where, by whom, with what device, when; and the file without it.

Photos, films, PDFs and office documents are recognised by their first bytes, not by their names. A file that
cannot be parsed has no traces; one that cannot be written without them is not written (None).
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterable, Mapping

from msgspec import Struct

from mcred.website.metadata import office as packages
from mcred.website.metadata import quicktime as films
from mcred.website.metadata.exif import blank_exif, find_exif, read_exif
from mcred.website.metadata.photos import copy_photo
from mcred.website.metadata.xmp import blank_xmp, read_xmp

TracedWords = tuple[str, str]
"""One finding: `place`, `name`, `device` or `date`, and its text."""
_PICTURES: Mapping[bytes, str] = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif"}
_TIFF = (b"II*\0", b"MM\0*")
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
_IPTC: Mapping[tuple[int, int], str] = {
    **dict.fromkeys(((2, 26), (2, 90), (2, 92), (2, 95), (2, 101)), "place"),
    **dict.fromkeys(((2, 80), (2, 85), (2, 122)), "name"),
}
_PNG_TEXT: Mapping[str, str] = {
    "Author": "name",
    "Artist": "name",
    "Software": "device",
    "Creation Time": "date",
}
_PDF: Mapping[str, str] = {
    "/Author": "name",
    "/Title": "title",
    "/Creator": "device",
    "/Producer": "device",
    "/CreationDate": "date",
}


_BLOCKS = 200
"""The most EXIF blocks that are read in one file: a PDF has one for each of its photos."""


class Traces(Struct, frozen=True, kw_only=True):
    """The hidden metadata of a file."""

    place: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    device: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    title: tuple[str, ...] = ()

    @property
    def personal(self) -> bool:
        """Whether it reveals where a person was, or who they are."""
        return bool(self.place or self.names)


def kind_of(content: bytes) -> str:
    """The kind of a file by its first bytes, '' for files without known metadata.

    >>> kind_of(b"%PDF-1.7"), kind_of(bytes(4) + b"ftypheic"), kind_of(b"Wait three seconds.")
    ('pdf', 'heif', '')
    """
    found = next((kind for first, kind in _PICTURES.items() if content.startswith(first)), "")
    if found:
        return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return "heif" if content[4:8] == b"ftyp" and content[8:12] in _HEIF else "film"
    if content.startswith(b"PK\x03\x04"):
        return "package"
    if b"%PDF-" in content[:1024]:
        return "pdf"
    return "tiff" if content.startswith(_TIFF) else ""


def find_traces(content: bytes) -> Traces:
    """The metadata found in a file."""
    with warnings.catch_warnings(action="ignore"):  # libraries log every oddity to stderr
        return _gather(_find(content, kind_of(content)))


def take_out(content: bytes) -> bytes | None:
    """The file without the places and people that `find_traces` finds; None where that cannot be done."""
    with warnings.catch_warnings(action="ignore"):
        clean = _clean(content, kind_of(content))
    return clean if clean is not None and not find_traces(clean).personal else None


def _find(content: bytes, kind: str) -> Iterable[TracedWords]:
    if kind == "film":
        return (*films.find_words(content), *read_xmp(content))
    if kind == "package":
        return packages.find_words(content, lambda inner: _find(inner, _kind_inside(inner)))
    if not kind:
        return ()
    blocks = find_exif(content)[:_BLOCKS]
    inside = (*(said for at, end in blocks for said in read_exif(content[at:end])), *read_xmp(content))
    if kind == "pdf":
        return (*_read_pdf(content), *inside)
    return (*inside, *(_read_picture(content) if kind in ("jpeg", "png", "webp") else ()))


def _clean(content: bytes, kind: str) -> bytes | None:
    if kind == "film":
        return blank_xmp(films.blank_words(content))
    if kind == "package":
        return packages.clean(content, _clean_inside)
    if kind == "pdf":
        return _clean_pdf(blanked) if (blanked := _blank(content)) is not None else None
    again = copy_photo(content, kind, longest=None) if kind in ("jpeg", "png", "webp", "gif") else None
    if again is not None:
        return again
    return _blank(content) if kind in ("jpeg", "heif", "tiff") else None


def _clean_inside(content: bytes) -> bytes | None:
    """A picture within a document; one without metadata stays unchanged."""
    kind = _kind_inside(content)
    return _clean(content, kind) if _gather(_find(content, kind)).personal else content


def _kind_inside(content: bytes) -> str:
    """The kind of a file within a package; nested packages are not opened, since they may be endless."""
    kind = kind_of(content)
    return "" if kind == "package" else kind


def _blank(content: bytes) -> bytes | None:
    without = blank_exif(content)
    return blank_xmp(without) if without is not None else None


def _gather(found: Iterable[TracedWords]) -> Traces:
    words: dict[str, dict[str, None]] = {}
    for kind, text in found:
        plain = " ".join(text.replace("\0", " ").split())[:120]
        if plain:
            words.setdefault(kind, {})[plain] = None
    fields = {"place": "place", "names": "name", "device": "device", "dates": "date", "title": "title"}
    return Traces(**{field: tuple(words.get(kind, ())) for field, kind in fields.items()})


def _read_picture(content: bytes) -> Iterable[TracedWords]:
    """The metadata of a picture beside EXIF and XMP: IPTC, the text chunks of PNG."""
    from PIL import Image, IptcImagePlugin

    found: list[TracedWords] = []
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as opened:
            for key, value in (IptcImagePlugin.getiptcinfo(opened) or {}).items():
                for one in value if isinstance(value, list) else [value]:
                    if key in _IPTC:
                        found.append((_IPTC[key], one.decode("utf-8", "replace")))
            texts = {str(k): v for k, v in opened.info.items() if isinstance(v, str)}
            found.extend((_PNG_TEXT[key], text) for key, text in texts.items() if key in _PNG_TEXT)
    except Exception:
        # Pillow's readers raise many kinds of errors on invalid bytes.
        return ()
    return found


def _read_pdf(content: bytes) -> Iterable[TracedWords]:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    try:
        reader = PdfReader(io.BytesIO(content))
        metadata: Mapping[str, object] = reader.metadata or {}
        found = [(kind, str(metadata[key])) for key, kind in _PDF.items() if metadata.get(key)]
        stream = reader.root_object.get("/Metadata")
        return (*found, *(read_xmp(stream.get_object().get_data()) if stream is not None else ()))
    except Exception:
        # pypdf raises many kinds of errors on invalid bytes.
        return ()


def _clean_pdf(content: bytes) -> bytes | None:
    """The same pages without the document's metadata; None for one that is encrypted or signed."""
    from pypdf import PdfReader, PdfWriter

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # it logs every oddity to stderr
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted or re.search(rb"/SigFlags\s+[13]|/ByteRange\s*\[", content):
            return None
        writer = PdfWriter(clone_from=reader)
        writer.metadata = None
        writer.root_object.pop("/Metadata", None)
        written = io.BytesIO()
        writer.write(written)
        return written.getvalue()
    except Exception:
        # pypdf raises many kinds of errors on invalid bytes.
        return None
