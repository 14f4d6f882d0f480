"""Git's objects by hand: read through one process, written as files, whatever their bytes are.

What `git hash-object` would refuse can be written too: a tree that names a file twice, a commit of any shape.
"""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

Flat = dict[bytes, tuple[str, str]]
"""Path → mode and object id."""


class Objects:
    """The objects of a bare repository."""

    def __init__(self, git_dir: Path, algorithm: str = "sha1") -> None:
        self.git_dir = git_dir
        self.algorithm = algorithm
        self._reader: subprocess.Popen[bytes] | None = None
        self._flat: dict[str, Flat] = {}

    def close(self) -> None:
        """End the reading process."""
        if self._reader is not None:
            self._reader.communicate()
            self._reader = None

    def put(self, data: bytes, kind: str = "blob") -> str:
        """Store an object; its id."""
        raw = f"{kind} {len(data)}\0".encode() + data
        name = hashlib.new(self.algorithm, raw).hexdigest()
        place = self.git_dir / "objects" / name[:2] / name[2:]
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(zlib.compress(raw, 1))
        return name

    def get(self, name: str) -> tuple[str, bytes]:
        """An object's kind and bytes; any name that git takes."""
        if self._reader is None:
            self._reader = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=self.git_dir,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        assert self._reader.stdin and self._reader.stdout
        self._reader.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
        self._reader.stdin.flush()
        head = self._reader.stdout.readline().split()
        if len(head) != 3:
            raise LookupError(name)
        data = self._reader.stdout.read(int(head[2]))
        self._reader.stdout.read(1)
        return head[1].decode(), data

    def name_of(self, name: str) -> str:
        """The id of what any name stands for."""
        kind, data = self.get(name)
        return hashlib.new(self.algorithm, f"{kind} {len(data)}\0".encode() + data).hexdigest()

    def entries(self, tree: str) -> Iterator[tuple[str, bytes, str]]:
        """Mode, name and id of each entry of a tree."""
        raw, width, at = self.get(tree)[1], len(self.put(b"")) // 2, 0
        while at < len(raw):
            space, end = raw.index(b" ", at), raw.index(b"\0", at)
            yield raw[at:space].decode(), raw[space + 1 : end], raw[end + 1 : end + 1 + width].hex()
            at = end + 1 + width

    def flat(self, tree: str) -> Flat:
        """Every file below a tree."""
        if tree not in self._flat:
            found: Flat = {}
            for mode, name, entry in self.entries(tree):
                if mode == "40000":
                    found |= {name + b"/" + rest: file for rest, file in self.flat(entry).items()}
                else:
                    found[name] = (mode, entry)
            self._flat[tree] = found
        return self._flat[tree]

    def write(self, files: Mapping[bytes, tuple[str, str]]) -> str:
        """The tree that holds these files."""
        here: dict[bytes, tuple[str, str]] = {}
        below: dict[bytes, Flat] = {}
        for path, file in files.items():
            first, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(first, {})[rest] = file
            else:
                here[first] = file
        here |= {name: ("40000", self.write(inner)) for name, inner in below.items()}
        return self.list(sorted(here.items(), key=lambda e: e[0] + (b"/" if e[1][0] == "40000" else b"")))

    def list(self, entries: list[tuple[bytes, tuple[str, str]]]) -> str:
        """A tree of exactly these entries in this order, however wrong that is."""
        raw = b"".join(f"{mode} ".encode() + name + b"\0" + bytes.fromhex(o) for name, (mode, o) in entries)
        return self.put(raw, "tree")
