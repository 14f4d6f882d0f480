"""XMP, the words that programs put into pictures, films and documents: read, and blanked where they stand.

Read by its usual spelling only, as a text: a packet that nobody can read tells nobody anything.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

_PACKET = re.compile(rb"<x:xmpmeta\b.*?</x:xmpmeta>", re.DOTALL)
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
    """What every packet in some bytes says, by kind."""
    for packet in _PACKET.findall(content):
        text = packet.decode("utf-8", "replace")
        for kind, names in _WORDS.items():
            for name in names:
                for found in re.findall(
                    rf'\b{name}="([^"]*)"|<{name}\b[^>]*>(.*?)</{name}>', text, re.DOTALL
                ):
                    inner = re.findall(r"<rdf:li\b[^>]*>([^<]*)<", found[1]) or [
                        re.sub("<[^>]*>", " ", "".join(found))
                    ]
                    yield from ((kind, html.unescape(one)) for one in inner)


def blank_xmp(content: bytes) -> bytes:
    """The same bytes, as many, with spaces where packets were."""
    return _PACKET.sub(lambda packet: b" " * len(packet[0]), content)
