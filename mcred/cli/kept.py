"""What is remembered of a person's pages from one build to the next, on this computer; the drawings too.

Whether they can stay as they are follows from a digest of all they were made from (`cli/ground`) and from the
files themselves, which nobody may have touched since. What cannot be read counts as forgotten.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct, field

from mcred.cli.pictures import Files
from mcred.model.ids import PersonId
from mcred.problems import Problem
from mcred.site.badges import Earned
from mcred.site.output import Mark
from mcred.site.stacked import StackEarned
from mcred.site.thanks import Thanks
from mcred.site.views import Page
from mcred.store.git import Repo

DRAWN = "pictures.msgpack"
_Drawn = tuple[str, dict[str, Files]]


class Kept(NamedTuple):
    """One person's pages, or one page about everybody with what stands beside it."""

    made_from: str
    files: Mapping[str, Mark]
    """By their paths, as they were left."""
    badges: tuple[Earned, ...] = ()
    stacked: tuple[StackEarned, ...] = ()
    thanks: Thanks = Thanks()
    problems: tuple[Problem, ...] = ()

    def stays(self, made_from: str | None, touched: frozenset[str]) -> bool:
        """Whether it can be left as it is: made from the same, no file of it among those somebody touched."""
        return self.made_from == made_from and touched.isdisjoint(self.files)

    def in_place(self, marks: Mapping[str, Mark]) -> Kept:
        """The same once all was moved into place.

        `marks`: of all files; several may have laid the same picture aside, and one of them is there now.
        """
        if not any(mark.aside for mark in self.files.values()):
            return self
        there = {path: marks[path] for path in self.files}
        return self._replace(files={p: Mark(m.name, m.digest, m.size, m.written) for p, m in there.items()})


class Remembered(Struct, frozen=True, kw_only=True):
    """What was kept of a build."""

    people: Mapping[PersonId, Kept] = field(default_factory=dict)
    lists: Mapping[str, Kept] = field(default_factory=dict)
    """The pages about everybody, by their paths."""

    def in_place(self, marks: Mapping[str, Mark]) -> Remembered:
        """The same once all was moved into place."""
        return Remembered(
            people={person: kept.in_place(marks) for person, kept in self.people.items()},
            lists={path: kept.in_place(marks) for path, kept in self.lists.items()},
        )


def pack(people: Mapping[PersonId, Kept]) -> bytes:
    """People's pages as another process hands them over."""
    return msgspec.msgpack.encode(people)


def unpack(data: bytes) -> Mapping[PersonId, Kept]:
    """What `pack` packed."""
    return msgspec.msgpack.decode(data, type=dict[PersonId, Kept])


def find_touched(out: Path, several: Iterable[Kept]) -> frozenset[str]:
    """The files that are not in the site's folder as they were left."""
    files = {path: mark for kept in several for path, mark in kept.files.items()}  # many share a picture
    return frozenset(path for path, mark in files.items() if not _is_there(f"{out}/{path}", mark))


def digest_page(shared: str, page: Page) -> str:
    """Changes with all that a page about everybody is made from; `shared`: what all pages share."""
    return hashlib.sha256(shared.encode("ascii") + msgspec.msgpack.encode(page)).hexdigest()


def _is_there(file: str, mark: Mark) -> bool:
    try:
        about = os.lstat(file)  # asked of each file of a large site
    except OSError:
        return False
    return (about.st_mtime_ns, about.st_size) == (mark.written, mark.size) and stat.S_ISREG(about.st_mode)


def read_kept(repo: Repo, out: Path) -> Remembered:
    """What was kept of the last build into a folder."""
    try:
        return msgspec.msgpack.decode(_place(repo, out).read_bytes(), type=Remembered)
    except (OSError, msgspec.DecodeError):
        return Remembered()


def write_kept(repo: Repo, out: Path, kept: Remembered) -> None:
    """Remember a build; the last one into the same folder is forgotten."""
    _write(_place(repo, out), kept)


def read_drawn(repo: Repo, shared: str) -> dict[str, Files]:
    """The drawings of earlier builds, as long as what all pages share (`Ground.shared`) is the same."""
    try:
        drawn_for, drawn = msgspec.msgpack.decode((repo.state_dir / DRAWN).read_bytes(), type=_Drawn)
    except (OSError, msgspec.DecodeError):
        return {}
    return drawn if drawn_for == shared else {}


def write_drawn(repo: Repo, shared: str, drawn: Mapping[str, Files]) -> None:
    """Keep drawings for other processes and later builds."""
    _write(repo.state_dir / DRAWN, (shared, drawn))


def _write(place: Path, value: object) -> None:
    spare = place.with_suffix(f".{os.getpid()}")
    spare.write_bytes(msgspec.msgpack.encode(value))
    spare.replace(place)


def _place(repo: Repo, out: Path) -> Path:
    name = hashlib.sha256(str(out.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return repo.state_dir / f"pages-{name}.msgpack"
