"""XMP, metadata that programs add to pictures, films and documents: read, and blanked in place.

Only its usual spelling is parsed, as text: a packet that cannot be read reveals nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

_BEGIN, _END = b"<x:xmpmeta", b"</x:xmpmeta>"
_WORDS: Mapping[str, tuple[str, ...]] = {
    "place": (
        *("exif:GPSLatitude", "exif:GPSLongitude", "photoshop:City", "photoshop:State", "photoshop:Country"),
        *("Iptc4xmpCore:Location", "Iptc4xmpExt:City", "Iptc4xmpExt:Sublocation"),
    ),
    "name": (
        *("dc:creator", "xmpRights:Owner", "Iptc4xmpExt:PersonInImage", "mwg-rs:Name", "aux:OwnerName"),
        *("exifEX:CameraOwnerName", "MPReg:PersonDisplayName"),
    ),
    "device": ("tiff:Make", "tiff:Model", "xmp:CreatorTool", "aux:SerialNumber", "pdf:Producer"),
    "date": ("xmp:CreateDate", "exif:DateTimeOriginal", "photoshop:DateCreated"),
}


def read_xmp(content: bytes) -> Iterator[tuple[str, str]]:
    """The metadata of every packet in some bytes, by kind."""
    for begin, end in _packets(content):
        text = content[begin:end].decode("utf-8", "replace")
        for kind, names in _WORDS.items():
            for name in names:
                said = (*re.findall(rf'\b{name}="([^"]*)"', text), *_elements(text, name))
                yield from ((kind, html.unescape(one)) for one in said)


def blank_xmp(content: bytes) -> bytes:
    """The bytes, of the same length, with packets replaced by spaces."""
    data = bytearray(content)
    for begin, end in _packets(content):
        data[begin:end] = b" " * (end - begin)
    return bytes(data)


def _packets(content: bytes) -> Iterator[tuple[int, int]]:
    """The start and end of each packet; an unclosed one ends the search, since no later one is closed
    either."""
    end = 0
    while (begin := content.find(_BEGIN, end)) >= 0 and (closed := content.find(_END, begin)) >= 0:
        end = closed + len(_END)
        yield begin, end


def _elements(text: str, name: str) -> Iterator[str]:
    """The content of the elements with a name: each entry of a list, otherwise the text."""
    opens, end = re.compile(rf"<{name}\b[^<>]*>"), 0
    while (found := opens.search(text, end)) and (closed := text.find(f"</{name}>", found.end())) >= 0:
        inner, end = text[found.end() : closed], closed
        yield from re.findall(r"<rdf:li\b[^<>]*>([^<]*)<", inner) or [re.sub("<[^<>]*>", " ", inner)]
