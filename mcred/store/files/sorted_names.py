"""Files of git in which the names of objects stand in order: a pack's index, a list of commits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

_NAMES = 128
"""How many names are read at a time."""
_BLOCK = 4096
"""The fewest bytes that are read of a file."""


class PartFile:
    """A file of which pieces are read. It is not mapped: its pages would count as this program's memory."""

    def __init__(self, place: Path) -> None:
        self._file = place.open("rb", buffering=0)
        self._start, self._block = 0, b""

    def close(self) -> None:
        self._file.close()

    def read(self, at: int, count: int) -> bytes:
        """As many bytes from a place on, fewer where the file ends."""
        here = at - self._start
        if here < 0 or here + count > len(self._block):
            self._file.seek(at)
            self._start, self._block, here = at, self._file.read(max(count, _BLOCK)), 0
        return self._block[here : here + count]


def find_name(file: PartFile, first: int, fan: Sequence[int], wanted: bytes) -> int | None:
    """The number of a name (its bytes) among those that stand in order from the byte `first` on.

    `fan`: for each first byte, how many names there are up to it.
    """
    width = len(wanted)
    low, high = fan[wanted[0] - 1] if wanted[0] else 0, fan[wanted[0]]
    # Names are hashes, so one is near its share of those that begin with the same byte.
    near = low + ((high - low) * int.from_bytes(wanted[1:5], "big") >> 32)
    while low < high:
        start = max(low, min(near - _NAMES // 2, high - _NAMES))
        names = file.read(first + start * width, min(_NAMES, high - start) * width)
        count = len(names) // width
        at = bisect_left(range(count), wanted, key=lambda n: names[n * width : (n + 1) * width])
        if names[at * width : (at + 1) * width] == wanted:
            return start + at
        if 0 < at < count:
            break
        low, high = (low, start) if at == 0 else (start + count, high)
        near = (low + high) // 2
    return None
