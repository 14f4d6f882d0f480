"""EXIF, the words of cameras: read, and blanked where they stand so that nothing around them moves.

Found by its own first bytes, whatever holds it: JPEG, PNG, WebP, TIFF, HEIC, or a photo within a PDF.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any

_START = re.compile(rb"(?:Exif\0\0|eXIf|EXIF....|\A)(?P<tiff>II\*\0|MM\0\*)", re.DOTALL)
_EXIF, _GPS, _NEXT = 0x8769, 0x8825, 50
"""The tags that lead to more entries; no more lists than so many are followed."""
_WORDS: Mapping[int, str] = {
    **dict.fromkeys((0x013B, 0x8298, 0x9C9D, 0xA430), "name"),
    **dict.fromkeys((0x010F, 0x0110, 0x0131, 0x013C, 0xA431, 0xA434, 0xA435), "device"),
    **dict.fromkeys((0x0132, 0x9003, 0x9004), "date"),
}
_BLANKED = frozenset({*_WORDS, 0x9010, 0x9011, 0x9012, 0x927C, 0x9286, 0x83BB, 0x8649})
"""What is taken out: the words that are read, and the notes that only a maker of cameras can read."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def find_exif(content: bytes) -> tuple[int, ...]:
    """Where blocks of it begin."""
    return tuple(found.start("tiff") for found in _START.finditer(content))


def read_exif(content: bytes, at: int) -> Iterator[tuple[str, str]]:
    """What one block says, by kind."""
    from PIL import Image

    exif: Any = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + content[at:])
        listed = {**dict(exif), **exif.get_ifd(_EXIF)}
        place = _place(exif.get_ifd(_GPS))
    except Exception:
        # Pillow's readers fail in as many ways as bytes can be wrong.
        return
    yield from ([("place", place)] if place else ())
    for tag, kind in _WORDS.items():
        if text := _text(listed.get(tag)):
            yield kind, text


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-16-le", "replace").strip("\0 ")
    return value.strip("\0 ") if isinstance(value, str) else ""


def _place(gps: Mapping[int, Any]) -> str:
    """Where a photo was taken: degrees north and east, or that it says so in another way."""
    try:
        north, east = (_degrees(gps[number]) for number in (2, 4))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return "a position" if {tag for tag, value in gps.items() if value} - {0} else ""
    south, west = str(gps.get(1, "N"))[:1] == "S", str(gps.get(3, "E"))[:1] == "W"
    return f"{-north if south else north:.4f}, {-east if west else east:.4f}"


def _degrees(parts: Any) -> float:
    whole, minutes, seconds = (float(part) for part in parts)
    return whole + minutes / 60 + seconds / 3600


def blank_exif(content: bytes) -> bytes:
    """The same bytes, as many, without places, names, devices and dates."""
    data = bytearray(content)
    for at in find_exif(content):
        order = "<" if content[at : at + 1] == b"I" else ">"
        (first,) = struct.unpack_from(f"{order}I", data, at + 4)
        todo, seen = [first], set[int]()
        while todo and len(seen) < _NEXT:
            place = todo.pop()
            if place and place not in seen:
                seen.add(place)
                todo += _blank_list(data, at, place, order)
    return bytes(data)


def _blank_list(data: bytearray, at: int, place: int, order: str) -> list[int]:
    """Blank one list of entries; where those begin that it leads to."""
    leads: list[int] = []
    for tag, begin, size, value in _entries(data, at, place, order):
        if tag == _GPS:
            entries = list(_entries(data, at, value, order))
            for _, inner, length, _ in entries:
                data[inner : inner + length] = bytes(length)
            length = 2 + 12 * len(entries) + 4 if entries else 0
            data[at + value : at + value + length] = bytes(length)
        elif tag in _BLANKED:
            data[begin : begin + size] = bytes(size)
        elif tag == _EXIF:
            leads.append(value)
    try:
        (count,) = struct.unpack_from(f"{order}H", data, at + place)
        return [*leads, *struct.unpack_from(f"{order}I", data, at + place + 2 + 12 * count)]
    except struct.error:
        return leads


def _entries(data: bytearray, at: int, place: int, order: str) -> Iterator[tuple[int, int, int, int]]:
    """Of each whole entry: tag, where its value begins, its length, and the value as a number."""
    try:
        (count,) = struct.unpack_from(f"{order}H", data, at + place)
        for number in range(count):
            entry = at + place + 2 + 12 * number
            tag, kind, many, value = struct.unpack_from(f"{order}HHII", data, entry)
            size = _SIZES.get(kind, 0) * many
            begin = entry + 8 if size <= 4 else at + value
            if begin + size <= len(data):
                yield tag, begin, size, value
    except struct.error:
        return
