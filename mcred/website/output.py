"""Writes the site's files: only changed ones, deleting obsolete ones, safe to kill.

New files are first staged, complete, in a folder inside the site's; then they are moved into place in the
given order, a person's or definition's new folder as a whole and other files one by one, so that a reader
never gets half a page. A folder belongs to mcred when it has a manifest; any other that is not empty is
rejected. The manifest is written last; a journal of files that are not in it yet is written before the moves,
so that a killed build leaves no unknown files. Links in the folder are never followed. Knows nothing of
pages.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec
from msgspec import Struct, field

from mcred.problems import McredError
from mcred.retries import retry

MANIFEST = ".mcred-site.json"
COMING = ".mcred-site-coming.json"
"""Journal of files that are about to be written and not yet in the manifest; in the manifest's format."""
FORMAT = 2
"""The manifest's format; the first one had plain paths."""
Stamp = tuple[int, int]
"""A file's modification time, in ns, and its size in bytes."""
_PART = re.compile(r"[a-z0-9.][a-z0-9._-]{0,126}")
_TEMPORARY = ".mcred-site-*.tmp"


class WrittenFiles(Struct, frozen=True, kw_only=True):
    """What a build changed in the folder, as paths below it."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    files: int
    """How many files of mcred exist now."""


class OutputMark(NamedTuple):
    """A file of the site: its path's `name_of`, the SHA-256 of its bytes in hex, their number, its
    modification time in ns, and its staging path.

    `aside` is empty for a file that is in place already.
    """

    name: str
    digest: str
    size: int
    written: int
    aside: str = ""


class Aside(Struct, kw_only=True):
    """A staging folder; several may be filled at a time, one by each process."""

    out: Path
    folder: Path | None
    """None stages nothing: for a dry run."""
    _passed: dict[str, bool] = field(default_factory=dict)
    """The folders checked so far, and whether the site has them."""

    def put(self, path: str, content: bytes) -> OutputMark:
        """Stage a file, unless the site has exactly these bytes at this path."""
        if not _is_path(path):
            raise McredError(f"{path!r} is no path for a page", hint="mcred lint")
        is_there = self._enter(path.rpartition("/")[0])
        name, digest = name_of(path), hashlib.sha256(content).hexdigest()
        if is_there and self._holds(path, content):
            return OutputMark(name, digest, len(content), (self.out / path).stat().st_mtime_ns)
        if self.folder is None:
            return OutputMark(name, digest, len(content), 0, aside=path)
        aside = f"{self.folder}/{path}"
        with open(aside, "wb", buffering=0) as file:  # noqa: PTH123 -- called for each file of a large site
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
            written = os.fstat(file.fileno()).st_mtime_ns
        return OutputMark(name, digest, len(content), written, aside)

    def _enter(self, folder: str) -> bool:
        """Whether the site has a folder; raises where a link is in the way."""
        if folder not in self._passed:
            above = self._enter(folder.rpartition("/")[0]) if folder else True
            if self.folder is not None:
                with suppress(FileExistsError):  # called for each folder of a large site
                    (os.mkdir if folder else os.makedirs)(f"{self.folder}/{folder}")
            kind = _kind(self.out / folder) if above else None
            if folder and kind not in (None, stat.S_IFDIR):
                raise McredError(
                    f"{self.out / folder} is in the way: it is not a folder",
                    hint=f"remove {self.out / folder}, then build again",
                )
            self._passed[folder] = kind is not None
        return self._passed[folder]

    def _holds(self, path: str, content: bytes) -> bool:
        kind = _kind(self.out / path)
        if kind not in (None, stat.S_IFREG):
            raise McredError(
                f"{self.out / path} is in the way: it is not a file",
                hint=f"remove {self.out / path}, then build again",
            )
        return kind is not None and _holds(self.out / path, content)


class Output(Struct, frozen=True, kw_only=True):
    """The site's folder while it is being built."""

    out: Path
    known: tuple[bytes, ...]
    """What an earlier build wrote or was about to write: lines of the manifest, in order."""
    settled: Stamp | None
    """The stamp of a manifest with exactly these lines; None after a killed build, and for a first one."""
    only_look: bool
    """Whether this is a dry run that writes nothing."""

    def aside(self, name: str) -> Aside:
        """A new staging folder."""
        folder = self.out / _TEMPORARY.replace("*", f"{os.getpid()}.{name}")
        return Aside(out=self.out, folder=None if self.only_look else folder)

    def names(self) -> set[str]:
        """The names (`name_of`) of all known files."""
        return set(map(_name_in, self.known))

    def settle(self, made: Mapping[str, OutputMark], left: Set[str]) -> tuple[bytes, ...]:
        """The lines of the new manifest: known files and new ones, without the obsolete ones."""
        lines = [line for line in self.known if _name_in(line) not in left] if left else list(self.known)
        new = set()
        for mark in made.values():
            line = _line(mark.name, mark.digest)
            place = _find(lines, mark.name)
            if place is None:
                new.add(line)
            else:
                lines[place] = line
        return tuple(sorted((*lines, *new)))

    def find_gone(self, left: Set[str]) -> tuple[str, ...]:
        """The files that mcred wrote under these names, links not followed."""
        if not left:
            return ()
        paths = (
            (Path(folder) / file).relative_to(self.out).as_posix()
            for folder, _, files in os.walk(self.out)
            for file in files
        )
        return tuple(sorted(p for p in paths if name_of(p) in left and _is_path(p) and _is_ours(self.out, p)))

    def finish(self, made: Mapping[str, OutputMark], left: Set[str]) -> WrittenFiles:
        """Move new files into place, by path, and delete obsolete ones (by name, none of them new).

        All other files in the folder stay unchanged.
        """
        out = self.out
        out.mkdir(parents=True, exist_ok=True)
        gone = self.find_gone(left)
        changed = [path for path, mark in made.items() if mark.aside]
        if new := {made[path].name for path in changed if _find(self.known, made[path].name) is None}:
            _write(out, COMING, _manifest(sorted(_line(name, "") for name in new)))
        self._move({path: made[path].aside for path in changed})
        for path in gone:
            _remove(out, path)
        now = self.settle(made, left)
        if self.settled is None or now != self.known:
            _write(out, MANIFEST, _manifest(now))
        retry(partial((out / COMING).unlink, missing_ok=True))
        _clear(out)
        unchanged = tuple(sorted(path for path, mark in made.items() if not mark.aside))
        return WrittenFiles(changed=tuple(sorted(changed)), unchanged=unchanged, removed=gone, files=len(now))

    def _move(self, asides: Mapping[str, str]) -> None:
        """Move staged files into place: all of a person or a definition as a whole where it is new."""
        whole: dict[str, str] = {}
        for path, aside in asides.items():
            parts = path.split("/", 2)
            top = f"{parts[0]}/{parts[1]}" if len(parts) == 3 else ""
            lead = aside[: len(aside) - len(path) + len(top)]
            if top and top not in whole and _kind(self.out / top) is None:
                (self.out / parts[0]).mkdir(exist_ok=True)
                retry(partial(os.rename, lead, self.out / top))
                whole[top] = lead
            if whole.get(top) != lead:
                (self.out / path).parent.mkdir(parents=True, exist_ok=True)
                retry(partial(os.replace, aside, self.out / path))


def open_output(out: Path, *, only_look: bool = False, hint: str = "mcred build --out FOLDER") -> Output:
    """A folder to build into, without the staging folders of a killed build.

    Raises McredError for a folder with files that mcred did not write. `hint`: how another one is named.
    """
    known, settled = _read_known(out, hint)
    if not only_look:
        _clear(out)
    return Output(out=out, known=known, settled=settled, only_look=only_look)


def stamp_of(out: Path) -> Stamp | None:
    """The manifest's stamp; None where there is no manifest."""
    try:
        about = (out / MANIFEST).lstat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def _clear(out: Path) -> None:
    for left in out.glob(_TEMPORARY):
        if _kind(left) == stat.S_IFDIR:
            retry(partial(shutil.rmtree, left))
        else:
            retry(left.unlink)


def _is_path(path: str) -> bool:
    """Whether a path stays inside the folder and is spelled the same on every disk."""
    return path not in (MANIFEST, COMING) and all(map(_is_part, path.split("/")))


@lru_cache(maxsize=4096)
def _is_part(part: str) -> bool:
    """Cached: most files of a large site have one of a few names."""
    return bool(_PART.fullmatch(part)) and not part.endswith(".")


def name_of(path: str) -> str:
    """The name of a path in the manifest, which is public, while unlisted pages must not be listed: a
    hash."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()


def _read_known(out: Path, hint: str) -> tuple[tuple[bytes, ...], Stamp | None]:
    """The files that an earlier build wrote or was about to write, and the stamp of a manifest with exactly
    these.

    Raises McredError for a folder with files that mcred did not write.
    """
    if not out.exists():
        return (), None
    if not out.is_dir():
        raise McredError(f"{out} is not a folder", hint=hint)
    lists = [out / name for name in (COMING, MANIFEST) if _is_file(out / name)]
    if not lists and any(p for p in out.iterdir() if not p.match(_TEMPORARY)):
        raise McredError(
            f"{out} has files that mcred did not make: nothing was written",
            hint=f"{hint}   (a new or empty folder)",
        )
    if lists == [out / MANIFEST]:
        return tuple(_read_manifest(lists[0])), stamp_of(out)
    files = {_name_in(line): line for place in lists for line in _read_manifest(place)}
    return tuple(sorted(files.values())), None


def _read_manifest(place: Path) -> Sequence[bytes]:
    """The manifest's lines, one for each file; without a digest in the old format, which had plain paths."""
    data = place.read_bytes()
    if data.startswith(_HEAD) and data.endswith(_TAIL):
        lines = data[len(_HEAD) : -len(_TAIL)].split(_NEXT)
        if set(map(len, lines)) <= _LENGTHS and lines == sorted(lines):
            return lines
    try:
        content = msgspec.json.decode(data)
        files = content["files"]
        if content.get("format") == FORMAT and isinstance(files, dict):
            return sorted(_line(name, digest) for name, digest in files.items())
        return sorted(_line(name_of(str(path)), "") for path in files)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        raise McredError(
            f"{place} cannot be read", hint=f"empty the folder {place.parent}, then build again"
        ) from None


def _manifest(lines: Iterable[bytes]) -> bytes:
    """Names and digests as JSON, formatted so that each line can be found without parsing all of it."""
    return _HEAD + _NEXT.join(lines) + _TAIL


_HEAD, _NEXT, _TAIL = f'{{"made_by":"mcred",\n"format":{FORMAT},\n"files":{{\n'.encode(), b",\n", b"\n}}\n"


def _line(name: str, digest: str) -> bytes:
    return f'"{name}":"{digest}"'.encode()


_LENGTHS = frozenset(len(_line("n" * 64, digest)) for digest in ("", "d" * 64))


def _name_in(line: bytes) -> str:
    return line[1:65].decode()


def _find(lines: Sequence[bytes], name: str) -> int | None:
    """The index of a name's line, if there is one."""
    if not lines:  # asked for each file of a first build
        return None
    before = f'"{name}"'.encode()
    place = bisect_left(lines, before)
    return place if place < len(lines) and lines[place].startswith(before) else None


def _kind(path: Path) -> int | None:
    """The file type at a path, links not followed; None when nothing exists."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_file(path: Path) -> bool:
    return _kind(path) == stat.S_IFREG


def _folders(path: str) -> tuple[str, ...]:
    """The parent folders of a path, the outermost first."""
    return tuple(str(p) for p in reversed(PurePosixPath(path).parents[:-1]))


def _is_ours(out: Path, path: str) -> bool:
    """Whether a path of an earlier build is still a regular file in real folders."""
    return all(_kind(out / f) == stat.S_IFDIR for f in _folders(path)) and _is_file(out / path)


def _holds(path: Path, content: bytes) -> bool:
    return _is_file(path) and path.stat().st_size == len(content) and path.read_bytes() == content


def _write(out: Path, path: str, content: bytes) -> None:
    target = out / path
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = out / _TEMPORARY.replace("*", str(os.getpid()))
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    retry(partial(os.replace, temporary, target))


def _remove(out: Path, path: str) -> None:
    retry((out / path).unlink)
    for folder in reversed(_folders(path)):
        try:
            (out / folder).rmdir()
        except OSError:
            return
