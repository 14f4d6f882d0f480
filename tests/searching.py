"""Whether a text stands anywhere below a folder: in files and their names, in git's objects and refs, in what
is compressed, and in base64."""

from __future__ import annotations

import base64
import io
import re
import sqlite3
import subprocess
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

_BEGINS_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_MOST = 64 * 1024 * 1024


def spellings(text: str) -> list[bytes]:
    """A text as it is, in base64, and in base64 of base64, wherever in a group of three bytes it begins."""
    spelled = [text.encode()]
    for _ in range(2):
        spelled += [
            coded[n and 4 : -4]
            for one in tuple(spelled)
            for n in range(3)
            for encode in (base64.b64encode, base64.urlsafe_b64encode)
            for coded in (encode(b"x" * n + one),)
        ]
    return list(dict.fromkeys(spelled))


def find_planted(places: Iterable[Path | bytes], planted: Mapping[str, str]) -> set[str]:
    """The names of those texts that stand anywhere in some folders, or in some bytes."""
    wanted, found = {name: spellings(text) for name, text in planted.items()}, set[str]()
    for place in places:
        for content in [place] if isinstance(place, bytes) else _list_contents(place):
            found |= {name for name, forms in wanted.items() if any(form in content for form in forms)}
    return found


def _list_contents(folder: Path) -> Iterator[bytes]:
    """All bytes below a folder: what is compressed as it is, and opened too."""
    assert folder.is_dir(), folder
    for path in sorted(folder.rglob("*")):
        yield path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
        if path.is_symlink():
            yield str(path.readlink()).encode()
        elif path.is_file():
            yield from _open(path.read_bytes())
    for head in (folder / "HEAD", *folder.rglob("HEAD")):
        if (head.parent / "objects").is_dir() and (head.parent / "refs").is_dir():
            yield from _list_objects(head.parent)


def _list_objects(repo: Path) -> Iterator[bytes]:
    """Every object of a repository, loose or packed, reachable or not, and the names of its refs."""
    for words in (
        ("cat-file", "--batch", "--batch-all-objects", "--unordered"),
        ("for-each-ref",),
        ("reflog", "--all"),
    ):
        yield subprocess.run(["git", *words], cwd=repo, capture_output=True, check=True).stdout


def _open(data: bytes) -> Iterator[bytes]:
    yield data
    if data.startswith(b"SQLite format 3\0"):
        yield from _list_rows(data)
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield from _open(packed.read(name))
    for begin in _BEGINS_DEFLATED.finditer(data):
        try:
            yield zlib.decompressobj(47).decompress(memoryview(data)[begin.start() :], _MOST)
        except zlib.error:
            continue


def _list_rows(data: bytes) -> Iterator[bytes]:
    """Every value of a SQLite database."""
    with closing(sqlite3.connect(":memory:")) as base:
        # Without the mark that says that newer pages are in a file beside it, which is searched by itself.
        base.deserialize(data[:18] + b"\1\1" + data[20:])
        names = [str(row[0]) for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in base.execute(f'SELECT * FROM "{name}"'):  # noqa: S608
                for value in row:
                    yield from _open(value if isinstance(value, bytes) else str(value).encode())
