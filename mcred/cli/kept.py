"""What is remembered of a person's pages from one build to the next, on this computer; the drawings too.

Whether they can stay as they are follows from a digest of all they were made from (`cli/ground`) and from the
files themselves, which nobody may have touched since. What cannot be read counts as forgotten.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from mcred.cli.pictures import Files
from mcred.model.ids import PersonId
from mcred.problems import Problem
from mcred.site.badges import Earned
from mcred.site.output import Mark
from mcred.site.stacked import StackEarned
from mcred.site.thanks import Thanks
from mcred.store.git import Repo

DRAWN = "pictures.msgpack"
_Drawn = tuple[str, dict[str, Files]]


class Kept(NamedTuple):
    """One person's pages."""

    made_from: str
    files: Mapping[str, Mark]
    """By their paths, as they were left."""
    badges: tuple[Earned, ...]
    stacked: tuple[StackEarned, ...]
    thanks: Thanks
    problems: tuple[Problem, ...]

    def is_there(self, out: Path) -> bool:
        """Whether all files are in the site's folder as they were left."""
        return all(_is_there(f"{out}/{path}", mark) for path, mark in self.files.items())


def _is_there(file: str, mark: Mark) -> bool:
    try:
        about = os.lstat(file)  # asked of each file of a large site
    except OSError:
        return False
    return (about.st_mtime_ns, about.st_size) == (mark.written, mark.size) and stat.S_ISREG(about.st_mode)


def read_kept(repo: Repo, out: Path) -> Mapping[PersonId, Kept]:
    """What was kept of the last build into a folder."""
    try:
        return msgspec.msgpack.decode(_place(repo, out).read_bytes(), type=dict[PersonId, Kept])
    except (OSError, msgspec.DecodeError):
        return {}


def write_kept(repo: Repo, out: Path, kept: Mapping[PersonId, Kept]) -> None:
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
