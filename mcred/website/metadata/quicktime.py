"""Metadata of QuickTime containers (MP4, MOV, M4A, 3GP): read, and blanked in place."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

_INTO = frozenset({b"moov", b"trak", b"udta", b"meta", b"ilst"})
_WORDS: Mapping[bytes, str] = {
    b"\xa9xyz": "place",
    b"loci": "place",
    **dict.fromkeys((b"\xa9ART", b"\xa9aut", b"auth", b"\xa9wrt"), "name"),
    **dict.fromkeys((b"\xa9mak", b"\xa9mod", b"\xa9swr", b"\xa9too"), "device"),
    b"\xa9day": "date",
}
_KEYS: Mapping[bytes, str] = {
    **dict.fromkeys((b"location.ISO6709", b"location.name", b"location.body"), "place"),
    **dict.fromkeys((b"author", b"artist", b"director", b"producer"), "name"),
    **dict.fromkeys((b"make", b"model", b"software", b"camera.identifier"), "device"),
    b"creationdate": "date",
}
_DEEP = 8
AtomSpans = Iterator[tuple[str, int, int]]
"""Kind, start and end."""


def find_words(content: bytes) -> Iterator[tuple[str, str]]:
    """The metadata found, by kind."""
    for kind, begin, end in _walk(content, 0, len(content), ()):
        text = content[begin:end].decode("utf-8", "replace").strip("\0 ")
        if text or (kind == "place" and any(content[begin:end])):
            yield kind, text if text.isprintable() else "a position"


def blank_words(content: bytes) -> bytes:
    """The bytes, of the same length, with the metadata replaced by spaces."""
    data = bytearray(content)
    for _, begin, end in _walk(content, 0, len(content), ()):
        data[begin:end] = b" " * (end - begin)
    return bytes(data)


def _walk(data: bytes, begin: int, end: int, keys: tuple[bytes, ...], deep: int = 0) -> AtomSpans:
    for kind, start, stop in _boxes(data, begin, end):
        if kind == b"keys":
            keys = tuple(_key_names(data, start, stop))
        elif kind in _WORDS and kind != b"loci":
            yield from _values(data, start, stop, _WORDS[kind])
        elif kind == b"loci":
            yield "place", start + 6, stop
        elif kind in _INTO and deep < _DEEP:
            # Apple's own `meta` is a plain box, that of MP4 has four bytes before its first one.
            skip = 4 if kind == b"meta" and data[start : start + 4] == bytes(4) else 0
            yield from _walk(data, start + skip, stop, keys, deep + 1)
        elif 0 < (number := int.from_bytes(kind)) <= len(keys):
            name = keys[number - 1]
            if said := next((said for key, said in _KEYS.items() if name.endswith(b"." + key)), ""):
                yield from _values(data, start, stop, said)


def _boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box: its kind, the start and end of its content."""
    while begin + 8 <= end:
        size, head = int.from_bytes(data[begin : begin + 4]), 8
        if size == 1:
            size, head = int.from_bytes(data[begin + 8 : begin + 16]), 16
        size = size or end - begin
        if size < head or begin + size > end:
            return
        yield data[begin + 4 : begin + 8], begin + head, begin + size
        begin += size


def _values(data: bytes, start: int, stop: int, said: str) -> AtomSpans:
    """The range of a value: in a box `data`, or after its length and language."""
    inner = [(a, b) for kind, a, b in _boxes(data, start, stop) if kind == b"data"]
    if inner:
        yield from ((said, a + 8, b) for a, b in inner if a + 8 < b)
    elif stop - start > 4:
        (length,) = struct.unpack_from(">H", data, start)
        yield said, start + 4, min(stop, start + 4 + length) if length else stop


def _key_names(data: bytes, start: int, stop: int) -> Iterator[bytes]:
    for _, begin, end in _boxes(data, start + 8, stop):
        yield data[begin:end]
