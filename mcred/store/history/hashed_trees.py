"""Trees that are hashed as they are read, and compared with one another by their bytes.

A list of thousands of people differs from the one before it in few lines. So a large tree is parsed by what
it has in common with one that was parsed before. Whatever is not as git writes it is `Odd`, and left to git.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from mcred.domain.ids import BlobId
from mcred.domain.pieces import FileDigest
from mcred.store.batch import LARGE
from mcred.store.diffs import TreePair, TreeRow, empty_tree
from mcred.store.files.objects import MODES, begin_hash
from mcred.store.session import batches
from mcred.store.snapshot import FOLDER, Entry

_PIECE = 1024 * 1024
_MOST_BYTES = {"commit": 256 * 1024, "tree": 4 * 1024 * 1024}
"""The largest objects that are held here; git reads larger ones."""
_AT_ONCE = 32
"""Pairs of trees that are held at a time."""
_LARGE = 2048
"""Bytes of a tree from which on only its differing part is parsed."""
_MOST = 4096
"""Small trees that are remembered."""
_MOST_LARGE = 48
"""Large ones."""
_MOST_DIFFERING = 64
"""Entries that are compared one by one; where more differ, both trees are parsed."""
_Rows = dict[bytes, tuple[bytes, bytes]]
"""Name, with a `/` after that of a folder → mode and id."""


class Odd(Exception):
    """Something that is missing, altered, or not as git writes it."""


class Hashed:
    """Objects from `git cat-file --batch`, each hashed."""

    def __init__(self, asked: IO[bytes], answers: IO[bytes]) -> None:
        self._asked, self._answers = asked, answers

    def read(self, names: Sequence[str], kind: str) -> list[bytes]:
        """The bytes of some objects. Raises Odd unless they are here, of this kind, and have these names; and
        for one that is too large to be held."""
        return [self._read(name, kind) for name in self._ask(names)]

    def hash_files(self, names: Sequence[BlobId]) -> dict[BlobId, FileDigest]:
        """Hash some files; the digests of large ones. Raises Odd as `read` does."""
        found = ((name, self._hash_file(name)) for name in self._ask(names))
        return {BlobId(name): digest for name, digest in found if digest is not None}

    def _ask(self, names: Sequence[str]) -> Iterator[str]:
        """Each name when its object comes next."""
        for part in batches([name.encode("ascii") for name in names]):
            self._asked.write(b"".join(name + b"\n" for name in part))
            self._asked.flush()
            yield from (name.decode("ascii") for name in part)

    def _read(self, name: str, kind: str) -> bytes:
        size = self._head(name, kind)
        if size > _MOST_BYTES[kind]:
            raise Odd(name)
        data = self._answers.read(size + 1)[:-1]
        own = begin_hash(name, kind, size)
        own.update(data)
        _hold(own, name)
        return data

    def _hash_file(self, name: str) -> FileDigest | None:
        left = size = self._head(name, "blob")
        own = begin_hash(name, "blob", size)
        content = hashlib.sha256() if size > LARGE else None
        while left:
            data = self._answers.read(min(left, _PIECE))
            if not data:
                raise Odd(name)
            own.update(data)
            if content is not None:
                content.update(data)
            left -= len(data)
        self._answers.read(1)
        _hold(own, name)
        return FileDigest(sha256=content.hexdigest(), bytes=size) if content is not None else None

    def _head(self, name: str, kind: str) -> int:
        """The size of the object whose bytes follow."""
        words = self._answers.readline().split()
        if len(words) != 3 or words[0] != name.encode("ascii") or words[1] != kind.encode("ascii"):
            raise Odd(name)
        return int(words[2])


def _hold(own: Any, name: str) -> None:
    if own.hexdigest() != name:
        raise Odd(name)


class _Tree:
    """A tree's bytes, and where its entries begin, as far as that was asked."""

    __slots__ = ("raw", "rows", "starts")

    def __init__(self, raw: bytes, starts: Sequence[int] | None = None) -> None:
        self.raw = raw
        self.starts = starts
        self.rows: _Rows | None = None


class HashedTrees:
    """The differences of pairs of trees."""

    def __init__(self, reader: Hashed, width: int) -> None:
        """`width`: the length of an id in bytes."""
        self._reader = reader
        self._width = width
        self._empty = empty_tree(2 * width)
        self._entries = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0(.{%d})" % width, re.DOTALL)
        self._small: dict[str, _Tree] = {}
        self._large: dict[str, _Tree] = {}
        self._starts: dict[str, Sequence[int]] = {}
        """Where the entries of large trees begin; those whose names are the same have one list."""

    def rows(self, pairs: Sequence[TreePair]) -> dict[TreePair, list[TreeRow]]:
        """The differing entries of pairs of trees, in git's order."""
        found: dict[TreePair, list[TreeRow]] = {}
        for at in range(0, len(pairs), _AT_ONCE):
            part = pairs[at : at + _AT_ONCE]
            trees = self._load(dict.fromkeys(name for pair in part for name in pair))
            for pair in part:
                found[pair] = self._compare(trees[pair[0]], trees[pair[1]])
            large = {name: tree.starts for name, tree in trees.items() if tree.starts and tree.rows is None}
            self._starts.update(large)
        return found

    def _load(self, names: Iterable[str]) -> dict[str, _Tree]:
        trees: dict[str, _Tree] = {}
        new = []
        for name in names:
            known = self._small.get(name) or self._large.get(name)
            if known is not None:
                trees[name] = known
            elif name == self._empty:
                trees[name] = _Tree(b"")
            else:
                new.append(name)
        for name, raw in zip(new, self._reader.read(new, "tree"), strict=True):
            trees[name] = _Tree(raw, self._starts.get(name))
            if len(raw) >= _LARGE:
                _remember(self._large, name, trees[name], _MOST_LARGE)
            else:
                _remember(self._small, name, trees[name], _MOST)
        return trees

    def _compare(self, old: _Tree, new: _Tree) -> list[TreeRow]:
        found = None
        if len(old.raw) == len(new.raw) >= _LARGE:
            if old.starts is None:
                self._all(old)
            found = self._differing(old, new)
        before, after = found if found is not None else (self._all(old), self._all(new))
        names = [key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key)]
        return [
            (
                key.rstrip(b"/").decode("utf-8", "surrogateescape"),
                _entry(before.get(key)),
                _entry(after.get(key)),
            )
            for key in names
        ]

    def _differing(self, old: _Tree, new: _Tree) -> tuple[_Rows, _Rows] | None:
        """The entries in which two trees of one size differ; None where they differ by more than a few ids.

        Where the entries of `old` begin is known, and so it is of `new` then.
        """
        starts = old.starts or ()
        before, after = _Rows(), _Rows()
        at = 0
        while (at := _find_difference(old.raw, new.raw, at)) < len(old.raw):
            number = bisect_right(starts, at) - 1
            begin = starts[number]
            at = starts[number + 1] if number + 1 < len(starts) else len(old.raw)
            head = old.raw[begin : at - self._width]
            if new.raw[begin : at - self._width] != head or len(before) == _MOST_DIFFERING:
                return None
            for rows, tree in ((before, old), (after, new)):
                mode, _, name = head[:-1].partition(b" ")
                key = name + b"/" if mode == _FOLDER else name
                rows[key] = (mode, tree.raw[at - self._width : at])
        new.starts = starts
        return before, after

    def _all(self, tree: _Tree) -> _Rows:
        """All entries of a tree."""
        if tree.rows is not None:
            return tree.rows
        rows, tree.starts = self._parse(tree.raw)
        if len(tree.raw) < _LARGE:
            tree.rows = rows
        return rows

    def _parse(self, raw: bytes) -> tuple[_Rows, list[int]]:
        """The entries of a tree, and where each of them begins."""
        rows: _Rows = {}
        starts: list[int] = []
        last, at, size = b"", 0, self._width + 2
        for mode, name, inner in self._entries.findall(raw):
            is_folder = mode == _FOLDER
            key = name + b"/" if is_folder else name
            if key <= last or mode not in _MODES or (name if is_folder else name + b"/") in rows:
                raise Odd(name)
            starts.append(at)
            at += size + len(mode) + len(name)
            rows[key] = (mode, inner)
            last = key
        if at != len(raw):
            raise Odd(raw[:64])
        return rows, starts


_FOLDER = FOLDER.encode("ascii")
_MODES = frozenset(mode.encode("ascii") for mode in MODES)


def _entry(found: tuple[bytes, bytes] | None) -> Entry | None:
    if found is None:
        return None
    return Entry(mode=found[0].decode("ascii"), blob=BlobId(found[1].hex()), size=0)


def _remember(kept: dict[str, _Tree], key: str, tree: _Tree, most: int) -> None:
    if len(kept) >= most:
        del kept[next(iter(kept))]
    kept[key] = tree


def _find_difference(one: bytes, other: bytes, at: int) -> int:
    """Where two texts of one length differ first, from a place on; their length where they do not."""
    size = 256
    while at < len(one) and one[at : at + size] == other[at : at + size]:
        at += size
        size *= 2
    low, high = min(at, len(one)), min(at + size, len(one))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
