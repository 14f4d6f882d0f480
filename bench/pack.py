"""Git objects written as one pack, without a process for each: trees that share what did not change.

Only for making large histories quickly; the programme itself writes through `mcred.store.write`. What differs
little from an object that is there already is stored as that difference, as git would after some time, and
the newest state of a large folder as a whole, from which the earlier ones differ.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path

from mcred.store.git import Repo

_KINDS = {"commit": 1, "tree": 2, "blob": 3}
_BY_NAME = 7
"""The kind of an entry that says how an object differs from the one it names."""
_LARGE = 1000
"""Trees of at least so many bytes are kept as they are stored, so that the next one need not be put together
again."""
_CHAIN = 30
"""After so many states of a large folder one is stored as a whole."""

Stored = tuple[str, bytes]
"""An object's name and bytes."""


class Pack:
    """Objects on their way into a repository; each content is written once."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[int, int]] = {}
        """Where the entry of each object lies in `_body`, and its length."""
        self._body = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `store`)
        self._end = 0
        self._newest: Stored | None = None
        self._turned = 0

    def add(self, kind: str, data: bytes, base: Stored | None = None) -> str:
        """The id of an object with these bytes. `base`: one of the same kind that differs little."""
        digest = hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)), usedforsecurity=False)
        digest.update(data)
        name = digest.hexdigest()
        if name not in self._places:
            entry = _differing(data, base) if base and base[0] in self._places else b""
            self._write(name, entry or _whole(kind, data))
        return name

    def turn(self, new: Stored) -> None:
        """From now on this tree is the newest state of the large folder, and the last one differs from it."""
        old, self._newest = self._newest, new
        if old is None or old[0] == new[0]:
            return
        self._turned += 1
        entry = _differing(old[1], new) if self._turned % _CHAIN else b""
        self._write(old[0], entry or _whole("tree", old[1]))

    def _write(self, name: str, entry: bytes) -> None:
        self._places[name] = (self._end, len(entry))
        self._end += self._body.write(entry)

    def store(self, repo: Repo) -> int:
        """Put all of it into a repository, with its index; how many objects there were."""
        if self._newest:
            self._write(self._newest[0], _whole("tree", self._newest[1]))
        folder = repo.common_dir / "objects" / "pack"
        folder.mkdir(parents=True, exist_ok=True)
        place, total = folder / "bench.pack.new", hashlib.sha1(usedforsecurity=False)
        known: dict[bytes, tuple[int, int]] = {}
        with place.open("wb") as pack:

            def put(data: bytes) -> int:
                total.update(data)
                return pack.write(data)

            at = put(b"PACK" + struct.pack(">II", 2, len(self._places)))
            for name, (start, length) in self._places.items():
                self._body.seek(start)
                entry = self._body.read(length)
                known[bytes.fromhex(name)] = (at, zlib.crc32(entry))
                at += put(entry)
            pack.write(total.digest())
        self._body.close()
        final = Path(folder / f"pack-{total.hexdigest()}.pack")
        final.with_suffix(".idx").write_bytes(_index(known, total.digest()))
        place.rename(final)
        return len(known)


def _index(known: Mapping[bytes, tuple[int, int]], total: bytes) -> bytes:
    """The index of a pack, version 2: `known` has the place and the checksum of each entry."""
    names = sorted(known)
    counts = [0] * 256
    for name in names:
        counts[name[0]] += 1
    far = [known[name][0] for name in names if known[name][0] >= 1 << 31]
    seats = {at: (1 << 31) | n for n, at in enumerate(far)}
    offsets = [seats.get(known[name][0], known[name][0]) for name in names]
    data = b"\xfftOc" + struct.pack(">I256I", 2, *accumulate(counts)) + b"".join(names)
    data += struct.pack(f">{len(names)}I", *(known[name][1] for name in names))
    data += struct.pack(f">{len(names)}I{len(far)}Q", *offsets, *far) + total
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


def _whole(kind: str, data: bytes) -> bytes:
    return _head(_KINDS[kind], len(data)) + zlib.compress(data, 1)


def _head(kind: int, size: int) -> bytes:
    """How a pack introduces an object: its kind and size, seven bits at a time."""
    byte, size = (kind << 4) | (size & 15), size >> 4
    found = bytearray()
    while size:
        found.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    found.append(byte)
    return bytes(found)


def _differing(data: bytes, base: Stored) -> bytes:
    """The entry of an object that begins and ends as another one; empty where that saves little."""
    before = base[1]
    first = _equal(lambda n: before[:n] == data[:n], min(len(before), len(data)))
    last = _equal(lambda n: before[-n:] == data[-n:], min(len(before), len(data)) - first)
    middle = data[first : len(data) - last]
    if len(middle) > len(data) // 2:
        return b""
    pieces = [_number(len(before)), _number(len(data)), *_copies(0, first)]
    pieces += (
        bytes([len(middle[at : at + 127])]) + middle[at : at + 127] for at in range(0, len(middle), 127)
    )
    pieces += _copies(len(before) - last, last)
    delta = b"".join(pieces)
    return _head(_BY_NAME, len(delta)) + bytes.fromhex(base[0]) + zlib.compress(delta, 1)


def _equal(is_equal: Callable[[int], bool], most: int) -> int:
    """The largest number, at most `most`, for which something holds that holds for all smaller ones."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        low, most = (middle, most) if is_equal(middle) else (low, middle - 1)
    return low


def _copies(start: int, length: int) -> Iterator[bytes]:
    """The instructions that copy a piece of the other object."""
    while length > 0:
        piece = min(length, 0xFFFF)
        yield b"\xbf" + start.to_bytes(4, "little") + piece.to_bytes(2, "little")
        start, length = start + piece, length - piece


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


class Tree:
    """A folder that never changes: `put` gives another one that shares everything else."""

    __slots__ = ("_before", "_changed", "_name", "_raw", "entries")

    def __init__(
        self, entries: Mapping[str, Tree | str], before: Tree | None = None, changed: str = ""
    ) -> None:
        self.entries = entries
        self._name = ""
        self._raw = b""
        self._before = before
        """The one that this one was made of by putting something at the name `_changed`."""
        self._changed = changed

    def store(self, pack: Pack) -> str:
        """Its id; written when first asked for."""
        if not self._name:
            before = self._before
            raw = self._spliced(pack, before) if before is not None and before._raw else b""
            raw = raw or self._composed(pack)
            self._name = pack.add("tree", raw, before.stored if before is not None and before._raw else None)
            self._raw, self._before = raw if len(raw) >= _LARGE else b"", None
        return self._name

    @property
    def stored(self) -> Stored:
        """Its id and bytes, once it was stored; no bytes where it is small."""
        return self._name, self._raw

    def _spliced(self, pack: Pack, before: Tree) -> bytes:
        """The bytes of the one before with another id in one place; none where that name is new."""
        head, name = _entry(pack, self._changed, self.entries[self._changed])
        at = before._raw.find(head)
        if at < 0:
            return b""
        return before._raw[: at + len(head)] + name + before._raw[at + len(head) + len(name) :]

    def _composed(self, pack: Pack) -> bytes:
        listed = sorted((n + "/" if isinstance(e, Tree) else n, n, e) for n, e in self.entries.items())
        return b"".join(piece for _, name, entry in listed for piece in _entry(pack, name, entry))

    def put(self, path: str, content: Tree | str) -> Tree:
        """This folder with a file (a blob's id) or another folder at a path."""
        first, _, rest = path.partition("/")
        if rest:
            inner = self.entries.get(first)
            content = (inner if isinstance(inner, Tree) else Tree({})).put(rest, content)
        return Tree({**self.entries, first: content}, self, first)

    def folder(self, path: str) -> Tree:
        """The folder at a path; an empty one where there is none."""
        found: Tree | str | None = self
        for part in path.split("/"):
            found = found.entries.get(part) if isinstance(found, Tree) else None
        return found if isinstance(found, Tree) else Tree({})


def _entry(pack: Pack, name: str, entry: Tree | str) -> tuple[bytes, bytes]:
    """How a tree introduces an entry, and the entry's id."""
    if isinstance(entry, Tree):
        return b"40000 %s\0" % name.encode(), bytes.fromhex(entry.store(pack))
    return b"100644 %s\0" % name.encode(), bytes.fromhex(entry)
