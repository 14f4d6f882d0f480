"""git's list of commits (`commit-graph`), as far as which commits stand in it.

With a commit, all of its ancestors are in the list (gitformat-commit-graph): one that is not in it is none of
them. Dates and parents are not read. Whoever copies a folder to another can have written anything in it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from mcred.domain.ids import is_hex
from mcred.store.files.sorted_names import PartFile, find_name

_HEAD = 8
_ROW = 12
"""Bytes of a row that says where a chunk begins."""
_VERSIONS = b"CGPH\1\1"
"""The format, and names of 20 bytes."""
_FAN, _NAMES = b"OIDF", b"OIDL"
_ODD = (OSError, ValueError, IndexError, KeyError, struct.error)
"""What reading a damaged file may raise."""


def is_listed(objects: Path, name: str) -> bool | None:
    """Whether a commit (full hex) is in the list of the repository with this folder `objects`.

    None where there is no list, or not one that can be read here.
    """
    try:
        places = _places(objects / "info")
        found = [_has(place, bytes.fromhex(name)) for place in places]
    except _ODD:
        return None
    return any(found) if found else None


def _places(info: Path) -> Sequence[Path]:
    """The files of the list: one, or several that all belong to it."""
    if (whole := info / "commit-graph").exists():
        return [whole]
    folder = info / "commit-graphs"
    try:
        names = (folder / "commit-graph-chain").read_text("ascii").split()
    except FileNotFoundError:
        return []
    if not all(map(is_hex, names)):
        raise ValueError("not a chain")
    return [folder / f"graph-{name}.graph" for name in names]


def _has(place: Path, wanted: bytes) -> bool:
    with closing(PartFile(place)) as file:
        head = file.read(0, _HEAD)
        if head[:6] != _VERSIONS:
            raise ValueError("another format")
        chunks = _chunks(file.read(_HEAD, _ROW * head[6]))
        fan = struct.unpack(">256I", file.read(chunks[_FAN], 4 * 256))
        return find_name(file, chunks[_NAMES], fan, wanted) is not None


def _chunks(table: bytes) -> Mapping[bytes, int]:
    """Kind of a chunk → where it begins."""
    return dict(struct.iter_unpack(">4sQ", table))
