"""What of a large film may hold metadata: all of its boxes but those with pictures and sound."""

from __future__ import annotations

import os
from pathlib import Path

_MOST = 32 * 1024 * 1024
"""The most bytes that are read of a film."""
_BEGIN = (b"ftyp", b"moov", b"mdat", b"wide", b"free")

FilmParts = tuple[tuple[int, bytes], ...]
"""Parts of a file: where each begins, and its bytes."""


def read_skeleton(path: Path) -> FilmParts:
    """The boxes of a film without its pictures and sound; none of a file that is no film, or has too many."""
    parts: list[tuple[int, bytes]] = []
    at = held = 0
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while at + 8 <= end:
            file.seek(at)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4]), head[4:8]
            size = int.from_bytes(head[8:16]) if size == 1 else size or end - at
            if size < 8 or at + size > end or (at == 0 and kind not in _BEGIN):
                break
            if kind != b"mdat":
                held += size
                if held > _MOST:
                    return ()
                file.seek(at)
                parts.append((at, file.read(size)))
            at += size
    return tuple(parts)


def changed_parts(parts: FilmParts, now: bytes) -> FilmParts:
    """Those of some parts that are other ones in `now`, which has all of them one after another."""
    changed, at = [], 0
    for begin, data in parts:
        if (new := now[at : at + len(data)]) != data:
            changed.append((begin, new))
        at += len(data)
    return tuple(changed)
