"""Git objects written as one pack, without a process for each: trees that share what did not change.

Only for making large histories quickly; the programme itself writes through `mcred.store.write`.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from mcred.store.git import Repo, run

_KINDS = {"commit": 1, "tree": 2, "blob": 3}


class Pack:
    """Objects on their way into a repository; each content is written once."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._body = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `store`)

    def add(self, kind: str, data: bytes) -> str:
        """The id of an object with these bytes."""
        name = hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data, usedforsecurity=False).hexdigest()
        if name not in self._known:
            self._known.add(name)
            self._body.write(_head(_KINDS[kind], len(data)) + zlib.compress(data, 1))
        return name

    def store(self, repo: Repo) -> int:
        """Put all of it into a repository; how many objects there were."""
        count, total = len(self._known), hashlib.sha1(usedforsecurity=False)
        folder = repo.common_dir / "objects" / "pack"
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / "bench.pack.new"
        self._body.seek(0)
        with place.open("wb") as pack:
            chunk = b"PACK" + (2).to_bytes(4, "big") + count.to_bytes(4, "big")
            while chunk:
                total.update(chunk)
                pack.write(chunk)
                chunk = self._body.read(1 << 20)
            pack.write(total.digest())
        self._body.close()
        final = Path(folder / f"pack-{total.hexdigest()}.pack")
        place.rename(final)
        run(repo, "index-pack", str(final))
        return count


def _head(kind: int, size: int) -> bytes:
    """How a pack introduces an object: its kind and size, seven bits at a time."""
    byte, size = (kind << 4) | (size & 15), size >> 4
    found = bytearray()
    while size:
        found.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    found.append(byte)
    return bytes(found)


class Tree:
    """A folder that never changes: `put` gives another one that shares everything else."""

    __slots__ = ("_name", "entries")

    def __init__(self, entries: Mapping[str, Tree | str]) -> None:
        self.entries = entries
        self._name = ""

    def store(self, pack: Pack) -> str:
        """Its id; written when first asked for."""
        if not self._name:
            listed = sorted((n + "/" if isinstance(e, Tree) else n, n, e) for n, e in self.entries.items())
            self._name = pack.add("tree", b"".join(_entry(pack, name, entry) for _, name, entry in listed))
        return self._name

    def put(self, path: str, content: Tree | str) -> Tree:
        """This folder with a file (a blob's id) or another folder at a path."""
        first, _, rest = path.partition("/")
        if rest:
            inner = self.entries.get(first)
            content = (inner if isinstance(inner, Tree) else Tree({})).put(rest, content)
        return Tree({**self.entries, first: content})

    def folder(self, path: str) -> Tree:
        """The folder at a path; an empty one where there is none."""
        found: Tree | str | None = self
        for part in path.split("/"):
            found = found.entries.get(part) if isinstance(found, Tree) else None
        return found if isinstance(found, Tree) else Tree({})


def _entry(pack: Pack, name: str, entry: Tree | str) -> bytes:
    if isinstance(entry, Tree):
        return b"40000 %s\0%s" % (name.encode(), bytes.fromhex(entry.store(pack)))
    return b"100644 %s\0%s" % (name.encode(), bytes.fromhex(entry))
