"""git's objects, read from its own files: loose ones, and those in packs.

Starting git takes longer than most lookups. Bytes are returned only where they give the object's name. In
every other case (not found, damaged, too large, in another store, in a format of tomorrow) the answer is
None, and the caller asks git. Does not know refs or commits.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import IO, Any, TypeVar

from mcred.store.files.sorted_names import PartFile, find_name

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
KindAndBytes = tuple[str, bytes]
"""An object's kind and bytes."""

COMMIT = "^{commit}"
"""After a name: of a commit, and of nothing else."""
_FOLDER = "40000"
"""The mode of a folder in a tree."""
MODES = frozenset({"100644", "100755", "120000", _FOLDER, "160000"})
"""The modes that git writes."""
LARGEST_READ = 32 * 1024 * 1024
"""The largest object that is read here, in bytes."""
_SMALL = 64 * 1024
"""The largest object that is remembered, in bytes."""
_MANY = 1024
"""Remembered objects of one kind at which they are forgotten, so that memory stays bounded."""
_DEEPEST = 64
"""The longest chain of differences that is followed; git makes chains of 50."""
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_BY_OFFSET, _BY_NAME = 6, 7
_TREES = 64
"""How many trees are kept as mappings: a path is looked up in the same few large ones again and again."""
_WIDTH = 20
"""Bytes of an object's name; repositories with SHA-256 are left to git."""
_FIRST = 8 + 4 * 256
"""Bytes of a pack's index before its names."""
_HEAD = 32
"""Bytes that hold an object's type and size in a pack, and where or what it differs from."""
_ODD = (OSError, ValueError, IndexError, KeyError, zlib.error, struct.error)
"""What reading a damaged file may raise."""


def gives_name(name: str, kind: str, data: bytes) -> bool:
    """Whether an object of this kind and with these bytes has this name."""
    digest = begin_hash(name, kind, len(data))
    digest.update(data)
    return bool(digest.hexdigest() == name)


def begin_hash(name: str, kind: str, size: int) -> Any:
    """The hash (of `hashlib`) that an object with this hex name has before its `size` bytes are added."""
    digest = hashlib.sha1(usedforsecurity=False) if len(name) == 40 else hashlib.sha256()
    digest.update(b"%s %d\0" % (kind.encode("utf-8", "replace"), size))
    return digest


def parse_tree(
    raw: bytes, width: int, only: Collection[bytes] | None = None
) -> Iterator[tuple[str, str, str]]:
    """Mode, name and hex id of each entry of a raw tree object, or of those with some names.

    `width` is an id's length in bytes. Raises ValueError for what is no tree.
    """
    found = _ENTRIES[width].findall(raw)
    if sum([len(mode) + len(name) for mode, name, _ in found]) + len(found) * (width + 2) != len(raw):
        raise ValueError("no tree")
    for mode, name, inner in found:
        if only is None or name in only:
            yield mode.decode("ascii"), name.decode("utf-8", "surrogateescape"), inner.hex()


_ENTRIES = {width: re.compile(rb"([^ \0]*) ([^\0]*)\0(.{%d})" % width, re.DOTALL) for width in (20, 32)}


class ObjectFiles:
    """The objects below some folders, each like git's `objects`; small commits and trees are remembered."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._packs: dict[Path, _Pack] | None = None
        self._known: dict[str, KindAndBytes] = {}
        self._entries: dict[str, Mapping[bytes, tuple[str, str]] | None] = {}

    def read(self, name: str) -> KindAndBytes | None:
        """Kind and bytes of the object with this full hex name."""
        if (known := self._known.get(name)) is not None:
            return known
        found = self._find(name, lambda pack, at: pack.read(at), _read_loose)
        if found is None or not gives_name(name, *found):
            return None
        if found[0] != "blob":
            _remember(self._known, name, found)
        return found

    def entries(self, tree: str) -> Mapping[bytes, tuple[str, str]] | None:
        """Name → mode and id of a tree's entries; None where there is no such tree as git writes it."""
        if tree not in self._entries:
            # A part of a large one is found faster by git.
            measured = self.measure(tree)
            read = self.read(tree) if measured is not None and measured[1] <= _SMALL else None
            found = _by_name(read[1]) if read is not None and read[0] == "tree" else None
            while len(self._entries) >= _TREES:
                del self._entries[next(iter(self._entries))]
            self._entries[tree] = found
        return self._entries[tree]

    def measure(self, name: str) -> tuple[str, int] | None:
        """Kind and size in bytes of an object, as the files say: its bytes are not compared with its name."""
        return self._find(name, lambda pack, at: pack.measure(at), _measure_loose)

    def answer(self, name: str, *, sizes: bool) -> tuple[list[str], bytes] | None:
        """What `git cat-file` says of a name: header fields, and bytes unless only `sizes` are asked.

        `name`: full hex, optionally followed by `:path` or `COMMIT`.
        """
        found, sign, path = name.partition(":")
        if sign:
            below = _find_path(self, found, path.encode("utf-8", "surrogateescape"))
            if not below:
                return None if below is None else ([name, "missing"], b"")
            found = below
        found = found.removesuffix(COMMIT)
        if sizes:
            measured = self.measure(found)
            return measured and ([found, measured[0], str(measured[1])], b"")
        read = self.read(found)
        if read is None or (name.endswith(COMMIT) and read[0] != "commit"):
            return None
        return [found, read[0], str(len(read[1]))], read[1]

    def close(self) -> None:
        """Close the packs; they are opened again on demand."""
        for pack in (self._packs or {}).values():
            pack.close()
        self._packs = None

    def _find(
        self, name: str, packed: Callable[[_Pack, int], T], loose: Callable[[IO[bytes]], T]
    ) -> T | None:
        if len(name) != 2 * _WIDTH:
            return None
        try:
            for again in (False, True):
                for pack in self._open_packs(again=again):
                    if at := pack.find(name):
                        return packed(pack, at)
                for folder in () if again else self._folders:
                    with suppress(FileNotFoundError), (folder / name[:2] / name[2:]).open("rb") as file:
                        return loose(file)
        except _ODD:
            pass
        return None

    def _open_packs(self, *, again: bool) -> Collection[_Pack]:
        """The packs; `again`: also those that came since they were opened."""
        if self._packs is None or again:
            old = self._packs or {}
            places = [place for folder in self._folders for place in (folder / "pack").glob("*.idx")]
            self._packs = {place: old.pop(place) if place in old else _Pack(place) for place in places}
            for gone in old.values():
                gone.close()
        return self._packs.values()


def _read_loose(file: IO[bytes]) -> KindAndBytes:
    stream = zlib.decompressobj()
    kind, size, data = _split_head(stream.decompress(file.read(LARGEST_READ), LARGEST_READ))
    if len(data) != size or not stream.eof:
        raise ValueError("not of its size")
    return kind, data


def _measure_loose(file: IO[bytes]) -> tuple[str, int]:
    return _split_head(zlib.decompressobj().decompress(file.read(1024), 64))[:2]


def _split_head(raw: bytes) -> tuple[str, int, bytes]:
    head, _, data = raw.partition(b"\0")
    kind, _, size = head.decode("ascii").partition(" ")
    return kind, int(size), data


def _remember(known: dict[K, KindAndBytes], key: K, read: KindAndBytes) -> None:
    if len(read[1]) <= _SMALL:
        if len(known) >= _MANY:
            known.clear()
        known[key] = read


class _Pack:
    """One pack with its index, of version 2."""

    def __init__(self, index: Path) -> None:
        with ExitStack() as opened:
            self._index = opened.enter_context(closing(PartFile(index)))
            self._data = opened.enter_context(closing(PartFile(index.with_suffix(".pack"))))
            head = self._index.read(0, _FIRST)
            if head[:8] != b"\xfftOc\0\0\0\2":
                raise ValueError("another version")
            self._fan = struct.unpack(">256I", head[8:])
            opened.pop_all()
        self._bases: dict[int, KindAndBytes] = {}

    def close(self) -> None:
        self._index.close()
        self._data.close()

    def find(self, name: str) -> int:
        """Where an object begins in the pack; 0 if it is not there."""
        number = find_name(self._index, _FIRST, self._fan, bytes.fromhex(name))
        return 0 if number is None else self._offset(number)

    def _offset(self, number: int) -> int:
        """Where the object begins that has a name of this number."""
        count = self._fan[255]
        offsets = _FIRST + count * (_WIDTH + 4)
        (offset,) = struct.unpack(">I", self._index.read(offsets + 4 * number, 4))
        if offset & 0x80000000:
            far = offsets + 4 * count + 8 * (offset & 0x7FFFFFFF)
            (offset,) = struct.unpack(">Q", self._index.read(far, 8))
        return int(offset)

    def measure(self, at: int) -> tuple[str, int]:
        """Kind and size of the object that begins at a place."""
        code, size, data, base = self._entry(at)
        if base is not None:
            start = zlib.decompressobj().decompress(self._data.read(data, 1024), 32)
            size = _number(start, _number(start, 0)[1])[0]
        for _ in range(_DEEPEST):
            if base is None:
                return _KINDS[code], size
            code, _, _, base = self._entry(base)
        raise ValueError("too deep")

    def read(self, at: int, depth: int = 0) -> KindAndBytes:
        """Kind and bytes of the object that begins at a place."""
        if (known := self._bases.get(at)) is not None:
            return known
        code, size, data, base = self._entry(at)
        if size > LARGEST_READ or depth > _DEEPEST:
            raise ValueError("too large, or too deep")
        stream = zlib.decompressobj()
        # No more than what can belong to it: the rest would be copied.
        raw = stream.decompress(self._data.read(data, size + size // 256 + 64), size + 1)
        if len(raw) != size or not stream.eof:
            raise ValueError("not of its size")
        if base is None:
            found = _KINDS[code], raw
        else:
            kind, before = self.read(base, depth + 1)
            found = kind, _apply(before, raw)
        _remember(self._bases, at, found)
        return found

    def _entry(self, at: int) -> tuple[int, int, int, int | None]:
        """Type, size, where its data begins, and where the object begins that it differs from (or None)."""
        head = self._data.read(at, _HEAD)
        code, size, shift, here = head[0] >> 4 & 7, head[0] & 15, 4, 1
        while head[here - 1] & 128:
            size |= (head[here] & 127) << shift
            shift += 7
            here += 1
        if code == _BY_NAME:
            base = self.find(head[here : here + _WIDTH].hex())
            if not base:
                raise ValueError("differs from an object of another pack")
            return code, size, at + here + _WIDTH, base
        if code != _BY_OFFSET:
            return code, size, at + here, None
        back = head[here] & 127
        while head[here] & 128:
            here += 1
            back = (back + 1 << 7) | head[here] & 127
        return code, size, at + here + 1, at - back


def _number(raw: bytes, at: int) -> tuple[int, int]:
    """A number at the beginning of a difference, and where it ends."""
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


def _apply(before: bytes, delta: bytes) -> bytes:
    """The bytes that a difference makes of others: it copies pieces of them, and adds new ones."""
    of, at = _number(delta, 0)
    size, at = _number(delta, at)
    if of != len(before) or size > LARGEST_READ:
        raise ValueError("of another object, or too large")
    pieces, left = [], size
    while at < len(delta):
        code = delta[at]
        at += 1
        if code & 128:
            offset = count = 0
            for bit in range(7):
                if code & 1 << bit:
                    if bit < 4:
                        offset |= delta[at] << 8 * bit
                    else:
                        count |= delta[at] << 8 * (bit - 4)
                    at += 1
            piece = before[offset : offset + (count or 0x10000)]
        else:
            piece = delta[at : at + code]
            at += code
        left -= len(piece)
        if left < 0 or not piece:
            raise ValueError("longer than it says")
        pieces.append(piece)
    return b"".join(pieces)


def _find_path(files: ObjectFiles, top: str, path: bytes) -> str | None:
    """The id of what is at a path of a commit or tree, as git finds it; '' if nothing, None if unsure."""
    if any(part in (b"", b".", b"..") for part in path.split(b"/")):
        return None
    tree = top
    if (commit := files.read(top)) is not None and commit[0] == "commit":
        tree = commit[1][5 : 5 + len(top)].decode("ascii", "replace")
    try:
        while (entries := files.entries(tree)) is not None:
            name, _, path = path.partition(b"/")
            mode, tree = entries.get(name, ("", ""))
            if not path or mode != _FOLDER:
                return tree if not path else ""
    except ValueError:
        pass
    return None


def _by_name(raw: bytes) -> Mapping[bytes, tuple[str, str]] | None:
    """Name → mode and id of a tree's entries; None for a tree that git does not write like that.

    git relies on the order of names, and so does not see every entry of a forged tree.
    """
    found: dict[bytes, tuple[str, str]] = {}
    last = b""
    for mode, text, name_of in parse_tree(raw, _WIDTH):
        name = text.encode("utf-8", "surrogateescape")
        key = name + b"/" if mode == _FOLDER else name
        if mode not in MODES or not name or b"/" in name or key <= last or name in found:
            return None
        found[name] = (mode, name_of)
        last = key
    return found
