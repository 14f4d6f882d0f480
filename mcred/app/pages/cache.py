"""What is remembered of a person's pages from one build to the next, on this computer; the drawings too.

Whether they can stay follows from a digest of all they were made from (`app/pages/inputs`) and from the files
themselves, which nobody may have changed since. What cannot be read counts as forgotten.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Set
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from mcred.app.pages.modified import kept_place, read_whole, whole
from mcred.app.pages.pictures import Drawn
from mcred.domain.ids import PersonId
from mcred.problems import Problem
from mcred.store.git import Repo
from mcred.website.badges import Earned
from mcred.website.output import Output, OutputMark, Stamp, name_of
from mcred.website.stack_badges import StackEarned
from mcred.website.thanks import Thanks
from mcred.website.views import Page

DRAWN = "pictures.msgpack"
_Drawn = tuple[str, Drawn]


class PersonSummary(NamedTuple):
    """What pages about everybody show of one person, and what to say of that person's pages."""

    badges: tuple[Earned, ...] = ()
    stacked: tuple[StackEarned, ...] = ()
    thanks: Thanks = Thanks()
    problems: tuple[Problem, ...] = ()


class MadePages(NamedTuple):
    """One person's pages, or one page about everybody with what stands beside it, as they were just made."""

    files: Mapping[str, OutputMark]
    """By their paths."""
    shown: PersonSummary = PersonSummary()


class CachedPages(NamedTuple):
    """The same as they are remembered."""

    made_from: str
    packed: msgspec.Raw
    """Their files by path, and how they were left; taken apart where it is asked for, as they are many."""
    shown: PersonSummary = PersonSummary()

    def files(self) -> Mapping[str, Stamp]:
        """How they were left, by their paths."""
        return _unpack_files.decode(self.packed)

    def is_touched(self, touched: frozenset[str]) -> bool:
        """Whether one of its files is among those that somebody touched."""
        return not touched.isdisjoint(self.files())


_unpack_files = msgspec.msgpack.Decoder(dict[str, Stamp])


def keep(made: MadePages, made_from: str, marks: Mapping[str, OutputMark]) -> CachedPages:
    """What was made, once all was moved into place.

    `marks`: of all files; several may have laid the same picture aside, and one of them is there now.
    """
    files = {path: (marks[path].written, marks[path].size) for path in made.files}
    return CachedPages(made_from, msgspec.Raw(msgspec.msgpack.encode(files)), made.shown)


class Remembered(Struct, frozen=True, kw_only=True):
    """What was kept of a build."""

    people: Mapping[PersonId, CachedPages] = field(default_factory=dict)
    lists: Mapping[str, CachedPages] = field(default_factory=dict)
    """The pages about everybody, by their paths."""
    fixed: tuple[str, ...] = ()
    """The paths of what is no page and nobody's own."""
    left_as: Stamp | None = None
    """The manifest that was written then."""

    def without(self, touched: frozenset[str]) -> Remembered:
        """The same but for pages of which somebody touched a file."""
        return replace(
            self,
            people={person: kept for person, kept in self.people.items() if not kept.is_touched(touched)},
            lists={path: kept for path, kept in self.lists.items() if not kept.is_touched(touched)},
        )


def pack(people: Mapping[PersonId, MadePages]) -> bytes:
    """People's pages as another process hands them over."""
    return msgspec.msgpack.encode(people)


def unpack(data: bytes) -> Mapping[PersonId, MadePages]:
    """What `pack` packed."""
    return msgspec.msgpack.decode(data, type=dict[PersonId, MadePages])


def find_left(
    output: Output, before: Remembered, stay: Remembered, made: Mapping[str, OutputMark]
) -> Set[str]:
    """The names of what is left over: an earlier build put it there, and no page has it now."""
    gone = [kept for person, kept in before.people.items() if person not in stay.people]
    gone += [kept for path, kept in before.lists.items() if path not in stay.lists]
    if output.settled is not None and output.settled == before.left_as:
        left = {name_of(path) for paths in (*(kept.files() for kept in gone), before.fixed) for path in paths}
    else:
        left = output.names()
    left -= {mark.name for mark in made.values()}
    if left:
        for kept in (*stay.people.values(), *stay.lists.values()):
            left.difference_update(map(name_of, kept.files()))
    return left


def digest_page(shared: str, page: Page) -> str:
    """Changes with all that a page about everybody is made from; `shared`: what all pages share."""
    return hashlib.sha256(shared.encode("ascii") + msgspec.msgpack.encode(page)).hexdigest()


def read_kept(repo: Repo, out: Path) -> Remembered:
    """What was kept of the last build into a folder."""
    try:
        return msgspec.msgpack.decode(read_whole(kept_place(repo, out)), type=Remembered)
    except (OSError, msgspec.DecodeError):
        return Remembered()


def write_kept(repo: Repo, out: Path, kept: Remembered) -> None:
    """Remember a build; the last one into the same folder is forgotten."""
    _write(kept_place(repo, out), kept)


def read_drawn(repo: Repo, shared: str) -> Drawn:
    """The drawings of earlier builds, as long as what all pages share (`BuildInputs.shared`) is the same."""
    try:
        drawn_for, drawn = msgspec.msgpack.decode(read_whole(repo.state_dir / DRAWN), type=_Drawn)
    except (OSError, msgspec.DecodeError):
        return Drawn()
    return drawn if drawn_for == shared else Drawn()


def write_drawn(repo: Repo, shared: str, drawn: Drawn) -> None:
    """Keep drawings for other processes and later builds."""
    _write(repo.state_dir / DRAWN, (shared, drawn))


def _write(place: Path, value: object) -> None:
    spare = place.with_suffix(f".{os.getpid()}")
    spare.write_bytes(whole(msgspec.msgpack.encode(value)))
    spare.replace(place)
