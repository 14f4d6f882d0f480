"""Writing the site's files: only those that changed, pruning those that are gone, safe to kill.

What is new is first laid aside, whole, in a folder of its own inside the site's; then it is moved into
place in the order given, a person's or definition's new folder at once and other files one by one, so that
a reader never finds half a page. A folder is ours when it holds our manifest; any other that is not empty
is refused. The manifest is written last; a list of what it does not name yet comes before the moves, so that
a killed build leaves nothing we do not know of. Links in the folder are never followed. Knows nothing of
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
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec
from msgspec import Struct, field

from mcred.problems import McredError

MANIFEST = ".mcred-site.json"
COMING = ".mcred-site-coming.json"
"""What is about to be there, where the manifest does not name it yet; in the form of the manifest."""
FORMAT = 2
"""Of the manifest; in the first one paths stood as they are."""
Stamp = tuple[int, int]
"""When a file was written, in ns, and how many bytes it has."""
_PART = re.compile(r"[a-z0-9.][a-z0-9._-]{0,126}")
_TEMPORARY = ".mcred-site-*.tmp"


class WrittenFiles(Struct, frozen=True, kw_only=True):
    """What a build did to the folder, as paths below it."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    files: int
    """How many of ours are there now."""


class OutputMark(NamedTuple):
    """A file of the site: its path by `name_of`, the SHA-256 of its bytes in hex, how many, when they were
    written, in ns, and where they lie until they are moved.

    `aside` is empty for a file that is in its place already.
    """

    name: str
    digest: str
    size: int
    written: int
    aside: str = ""


class Aside(Struct, kw_only=True):
    """A place for what is new; several may be filled at a time, one by each process."""

    out: Path
    folder: Path | None
    """None keeps nothing: for seeing what would change."""
    _passed: dict[str, bool] = field(default_factory=dict)
    """The folders that were looked at, and whether the site has them."""

    def put(self, path: str, content: bytes) -> OutputMark:
        """Lay a file aside, unless the site holds these very bytes at this path."""
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
        """Whether the site has a folder; refuses to write through a link."""
        if folder not in self._passed:
            above = self._enter(folder.rpartition("/")[0]) if folder else True
            if self.folder is not None:
                (self.folder / folder).mkdir(parents=not folder, exist_ok=True)
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
    """Which manifest says just this; None where a build was killed, or is the first."""
    only_look: bool
    """Whether to write nothing and only see what would change."""

    def aside(self, name: str) -> Aside:
        """A place for what is new."""
        folder = self.out / _TEMPORARY.replace("*", f"{os.getpid()}.{name}")
        return Aside(out=self.out, folder=None if self.only_look else folder)

    def names(self) -> set[str]:
        """The names (`name_of`) of all that is known."""
        return set(map(_name_in, self.known))

    def settle(self, made: Mapping[str, OutputMark], left: Set[str]) -> tuple[bytes, ...]:
        """The manifest's lines of what is to be there: what is known and made, without what is left over."""
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
        """The files of ours that have these names, links not followed."""
        if not left:
            return ()
        paths = (
            (Path(folder) / file).relative_to(self.out).as_posix()
            for folder, _, files in os.walk(self.out)
            for file in files
        )
        return tuple(sorted(p for p in paths if name_of(p) in left and _is_path(p) and _is_ours(self.out, p)))

    def finish(self, made: Mapping[str, OutputMark], left: Set[str]) -> WrittenFiles:
        """Put in place what was made, by paths, and remove what is left over (names, none of them made).

        All other files in the folder stay as they are.
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
        (out / COMING).unlink(missing_ok=True)
        _clear(out)
        unchanged = tuple(sorted(path for path, mark in made.items() if not mark.aside))
        return WrittenFiles(changed=tuple(sorted(changed)), unchanged=unchanged, removed=gone, files=len(now))

    def _move(self, asides: Mapping[str, str]) -> None:
        """What was laid aside goes into place: all of a person or a definition at once where it is new."""
        whole: dict[str, str] = {}
        for path, aside in asides.items():
            top = "/".join(path.split("/")[:-1][:2])
            lead = aside.removesuffix(path) + top
            if top.count("/") == 1 and top not in whole and _kind(self.out / top) is None:
                (self.out / top).parent.mkdir(exist_ok=True)
                os.rename(lead, self.out / top)  # noqa: PTH104 -- called for each person
                whole[top] = lead
            if whole.get(top) != lead:
                (self.out / path).parent.mkdir(parents=True, exist_ok=True)
                os.replace(aside, self.out / path)  # noqa: PTH105 -- the atomic one on every system


def open_output(out: Path, *, only_look: bool = False) -> Output:
    """A folder to build into, cleared of what a killed build left.

    Raises McredError where it is somebody else's.
    """
    known, settled = _read_known(out)
    if not only_look:
        _clear(out)
    return Output(out=out, known=known, settled=settled, only_look=only_look)


def write_site(out: Path, files: Mapping[str, bytes]) -> WrittenFiles:
    """Make a folder hold exactly these files, in the order of their paths."""
    output = open_output(out)
    aside = output.aside("all")
    made = {path: aside.put(path, files[path]) for path in sorted(files)}
    return output.finish(made, output.names() - {mark.name for mark in made.values()})


def stamp_of(out: Path) -> Stamp | None:
    """The manifest as it is now; None where there is none."""
    try:
        about = (out / MANIFEST).lstat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def _clear(out: Path) -> None:
    for left in out.glob(_TEMPORARY):
        if _kind(left) == stat.S_IFDIR:
            shutil.rmtree(left)
        else:
            left.unlink()


def _is_path(path: str) -> bool:
    """Whether a path stays inside the folder and is spelled the same on every disk."""
    parts = path.split("/")
    return (
        bool(parts)
        and path not in (MANIFEST, COMING)
        and all(_PART.fullmatch(p) and p not in (".", "..") and not p.endswith(".") for p in parts)
    )


def name_of(path: str) -> str:
    """What stands for a path in the manifest: it lies open beside pages that nobody is to find by a list."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()


def _read_known(out: Path) -> tuple[tuple[bytes, ...], Stamp | None]:
    """What an earlier build wrote or was about to write, and which manifest says just that.

    Refuses a folder of somebody else's.
    """
    if not out.exists():
        return (), None
    if not out.is_dir():
        raise McredError(f"{out} is not a folder", hint="mcred build --out FOLDER")
    lists = [out / name for name in (COMING, MANIFEST) if _is_file(out / name)]
    if not lists and any(p for p in out.iterdir() if not p.match(_TEMPORARY)):
        raise McredError(
            f"{out} has files that mcred did not make: nothing was written",
            hint="mcred build --out FOLDER with a new or empty folder",
        )
    if lists == [out / MANIFEST]:
        return tuple(_read_manifest(lists[0])), stamp_of(out)
    files = {_name_in(line): line for place in lists for line in _read_manifest(place)}
    return tuple(sorted(files.values())), None


def _read_manifest(place: Path) -> Sequence[bytes]:
    """Its lines, one for each file; without a digest where the paths themselves stood in it."""
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
    """Names and digests as JSON, in which each line can be found without taking all of it apart."""
    return _HEAD + _NEXT.join(lines) + _TAIL


_HEAD, _NEXT, _TAIL = f'{{"made_by":"mcred",\n"format":{FORMAT},\n"files":{{\n'.encode(), b",\n", b"\n}}\n"


def _line(name: str, digest: str) -> bytes:
    return f'"{name}":"{digest}"'.encode()


_LENGTHS = frozenset(len(_line("n" * 64, digest)) for digest in ("", "d" * 64))


def _name_in(line: bytes) -> str:
    return line[1:65].decode()


def _find(lines: Sequence[bytes], name: str) -> int | None:
    """Where the line of a name is, if there is one."""
    before = f'"{name}"'.encode()
    place = bisect_left(lines, before)
    return place if place < len(lines) and lines[place].startswith(before) else None


def _kind(path: Path) -> int | None:
    """The kind of what stands at a path, links not followed; None when there is nothing."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_file(path: Path) -> bool:
    return _kind(path) == stat.S_IFREG


def _folders(path: str) -> tuple[str, ...]:
    """The folders above a path, the outermost first."""
    return tuple(str(p) for p in reversed(PurePosixPath(path).parents[:-1]))


def _is_ours(out: Path, path: str) -> bool:
    """Whether a path of an earlier build is still a file in real folders."""
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
    os.replace(temporary, target)  # noqa: PTH105 -- the atomic one on every system


def _remove(out: Path, path: str) -> None:
    (out / path).unlink()
    for folder in reversed(_folders(path)):
        try:
            (out / folder).rmdir()
        except OSError:
            return
