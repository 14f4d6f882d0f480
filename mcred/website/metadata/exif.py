"""EXIF, the metadata of cameras: read, and blanked in place so that no offset changes.

Found by its signature in any container: JPEG, PNG, WebP, TIFF, HEIC, or a photo within a PDF.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

_START = re.compile(rb"(?:Exif\0\0|eXIf|EXIF....|\A)(?P<tiff>II\*\0|MM\0\*)", re.DOTALL)
_EXIF, _GPS, _NEXT = 0x8769, 0x8825, 50
"""The tags that refer to further lists of entries; the most lists that are followed."""
_WORDS: Mapping[int, str] = {
    **dict.fromkeys((0x013B, 0x8298, 0x9C9D, 0xA430), "name"),
    **dict.fromkeys((0x010F, 0x0110, 0x0131, 0x013C, 0xA431, 0xA434, 0xA435), "device"),
    **dict.fromkeys((0x0132, 0x9003, 0x9004), "date"),
}
_BLANKED = frozenset({*_WORDS, 0x9010, 0x9011, 0x9012, 0x927C, 0x9286, 0x83BB, 0x8649})
"""What is removed: the words that are read, and the notes that only a camera's maker can read."""
_BLOCK = 64 * 1024
"""The longest block within another file, in bytes: JPEG has no room for more."""
_WORK = 20
"""How often blanking may touch each byte of a file: in a valid one hardly twice."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


def find_exif(content: bytes) -> tuple[tuple[int, int], ...]:
    """The start of each EXIF block, and its latest possible end."""
    starts = [found.start("tiff") for found in _START.finditer(content)]
    ends = (min(then, at + _BLOCK) for at, then in pairwise([*starts, len(content)]))
    return tuple((at, end if at else len(content)) for at, end in zip(starts, ends, strict=True))


def read_exif(block: bytes) -> Iterator[tuple[str, str]]:
    """The metadata of one block, by kind."""
    from PIL import Image

    exif: Any = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + block)
        listed = {**dict(exif), **exif.get_ifd(_EXIF)}
        place = _place(exif.get_ifd(_GPS))
    except Exception:
        # Pillow's readers raise many kinds of errors on invalid bytes.
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
    """The location of a photo: degrees north and east, or that it has one in another form."""
    try:
        north, east = (_degrees(gps[number]) for number in (2, 4))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return "a position" if {tag for tag, value in gps.items() if value} - {0} else ""
    south, west = str(gps.get(1, "N"))[:1] == "S", str(gps.get(3, "E"))[:1] == "W"
    return f"{-north if south else north:.4f}, {-east if west else east:.4f}"


def _degrees(parts: Any) -> float:
    whole, minutes, seconds = (float(part) for part in parts)
    return whole + minutes / 60 + seconds / 3600


def blank_exif(content: bytes) -> bytes | None:
    """The bytes, of the same length, without places, names, devices and dates; None where entries loop or
    overlap."""
    blanked = _Blanked(content)
    try:
        for at, _ in find_exif(content):
            blanked.blank_block(at)
    except ValueError:
        return None
    return bytes(blanked.data)


class _Blanked:
    """The bytes so far, and how many may still be blanked."""

    def __init__(self, content: bytes) -> None:
        self.data = bytearray(content)
        self._left = _WORK * len(content)

    def blank_block(self, at: int) -> None:
        """Blank one block. Raises ValueError where its entries overlap too often."""
        order = "<" if self.data[at : at + 1] == b"I" else ">"
        todo, seen = self._numbers(f"{order}I", at + 4), set[int]()
        while todo and len(seen) < _NEXT:
            place = todo.pop()
            if place and place not in seen:
                seen.add(place)
                todo += self._blank_list(at, place, order)

    def _blank_list(self, at: int, place: int, order: str) -> list[int]:
        """Blank one list of entries; returns the offsets of the lists it refers to."""
        leads: list[int] = []
        for tag, begin, size, value in self._entries(at, place, order):
            if tag == _GPS:
                entries = list(self._entries(at, value, order))
                for _, inner, length, _ in entries:
                    self._blank(inner, length)
                self._blank(at + value, 2 + 12 * len(entries) + 4 if entries else 0)
            elif tag in _BLANKED:
                self._blank(begin, size)
            elif tag == _EXIF:
                leads.append(value)
        for count in self._numbers(f"{order}H", at + place):
            leads += self._numbers(f"{order}I", at + place + 2 + 12 * count)
        return leads

    def _entries(self, at: int, place: int, order: str) -> Iterator[tuple[int, int, int, int]]:
        """Each complete entry: tag, offset of its value, its length, and the value as a number."""
        for number in range(*self._numbers(f"{order}H", at + place) or [0]):
            self._spend(12)
            entry = at + place + 2 + 12 * number
            if not (found := self._numbers(f"{order}HHII", entry)):
                return
            tag, kind, many, value = found
            size = _SIZES.get(kind, 0) * many
            begin = entry + 8 if size <= 4 else at + value
            if begin + size <= len(self.data):
                yield tag, begin, size, value

    def _blank(self, begin: int, length: int) -> None:
        self._spend(length)
        length = min(length, len(self.data) - begin)
        self.data[begin : begin + length] = bytes(length)

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise ValueError("its entries lie over each other")

    def _numbers(self, form: str, place: int) -> list[int]:
        """Numbers at an offset, none where the file ends before."""
        try:
            return list(struct.unpack_from(form, self.data, place))
        except struct.error:
            return []
