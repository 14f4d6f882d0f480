"""The cache of a person's pages from one build to the next, in the user's own folder; of drawings too.

Whether pages are still valid depends on a digest of all their inputs (`app/pages/inputs`) and on the files
themselves, which no one may have changed since. An unreadable cache counts as empty.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Set
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from mcred.app.pages.modified import kept_place, read_whole, whole
from mcred.app.pages.pictures import Drawn
from mcred.app.pages.verify_files import EndedBadge
from mcred.domain.ids import PersonId
from mcred.formats.record import id_to_text, text_to_id
from mcred.problems import Problem
from mcred.store.git import Repo
from mcred.website.badges import Earned
from mcred.website.output import Output, OutputMark, Stamp, name_of
from mcred.website.stack_badges import StackEarned
from mcred.website.thanks import Thanks
from mcred.website.views import Page

_Drawn = tuple[str, Drawn]


class PersonSummary(NamedTuple):
    """What pages about everyone show of one person, and the problems of that person's pages."""

    badges: tuple[Earned, ...] = ()
    stacked: tuple[StackEarned, ...] = ()
    thanks: Thanks = Thanks()
    problems: tuple[Problem, ...] = ()
    ended: tuple[EndedBadge, ...] = ()


class MadePages(NamedTuple):
    """One person's pages, or one page about everyone with the files beside it, as just rendered."""

    files: Mapping[str, OutputMark]
    """By their paths."""
    shown: PersonSummary = PersonSummary()


class CachedPages(NamedTuple):
    """The same as they are cached."""

    made_from: str
    packed: msgspec.Raw
    """Their files by path, as last written; decoded on demand, as they are many."""
    shown: PersonSummary = PersonSummary()

    def files(self) -> Mapping[str, Stamp]:
        """The files as last written, by their paths."""
        return _unpack_files.decode(self.packed)

    def is_touched(self, touched: frozenset[str]) -> bool:
        """Whether one of its files is among those modified since."""
        return not touched.isdisjoint(self.files())


_pack = msgspec.msgpack.Encoder(enc_hook=id_to_text).encode
_unpack_files = msgspec.msgpack.Decoder(dict[str, Stamp])


def keep(made: MadePages, made_from: str, marks: Mapping[str, OutputMark]) -> CachedPages:
    """The cache entry of what was made, once all was moved into place.

    `marks`: of all files; several processes may have made the same picture, and one of them is in place now.
    """
    files = {path: (marks[path].written, marks[path].size) for path in made.files}
    return CachedPages(made_from, msgspec.Raw(msgspec.msgpack.encode(files)), made.shown)


class Remembered(Struct, frozen=True, kw_only=True):
    """The cache of a build."""

    people: Mapping[PersonId, CachedPages] = field(default_factory=dict)
    lists: Mapping[str, CachedPages] = field(default_factory=dict)
    """The pages about everyone, by their paths."""
    fixed: tuple[str, ...] = ()
    """The paths of files that are neither a page nor one person's."""
    inside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`BuildInputs.inside`, which a tree's id identifies."""
    left_as: Stamp | None = None
    """The stamp of the manifest that was written then."""

    def without(self, touched: frozenset[str]) -> Remembered:
        """The same without pages of which a file was modified."""
        if not touched:
            return self
        return replace(
            self,
            people={person: kept for person, kept in self.people.items() if not kept.is_touched(touched)},
            lists={path: kept for path, kept in self.lists.items() if not kept.is_touched(touched)},
        )


def pack(people: Mapping[PersonId, MadePages]) -> bytes:
    """People's pages, serialised for another process."""
    return _pack(people)


def unpack(data: bytes) -> Mapping[PersonId, MadePages]:
    """What `pack` packed."""
    return msgspec.msgpack.decode(data, type=dict[PersonId, MadePages], dec_hook=text_to_id)


def find_left(
    output: Output, before: Remembered, stay: Remembered, made: Mapping[str, OutputMark]
) -> Set[str]:
    """The names of obsolete files: an earlier build wrote them, and no page has them now."""
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
    """A digest of all inputs of a page about everyone; `shared`: what all pages share."""
    return hashlib.sha256(shared.encode("ascii") + _pack(page)).hexdigest()


def read_kept(cache: Path | None, out: Path) -> Remembered:
    """Read the cache of the last build into a folder; `cache`: the user's cache folder, if there is one."""
    try:
        return msgspec.msgpack.decode(
            read_whole(kept_place(cache, out)), type=Remembered, dec_hook=text_to_id
        )
    except (OSError, msgspec.DecodeError):
        return Remembered()


def write_kept(cache: Path | None, out: Path, kept: Remembered) -> None:
    """Write the cache of a build, replacing that of the last one into the same folder."""
    _write(kept_place(cache, out), kept)


def read_drawn(cache: Path | None, repo: Repo, shared: str) -> Drawn:
    """The cached drawings, provided that what all pages share (`BuildInputs.shared`) is unchanged."""
    try:
        drawn_for, drawn = msgspec.msgpack.decode(
            read_whole(kept_place(cache, repo.git_dir)), type=_Drawn, dec_hook=text_to_id
        )
    except (OSError, msgspec.DecodeError):
        return Drawn()
    return drawn if drawn_for == shared else Drawn()


def write_drawn(cache: Path | None, repo: Repo, shared: str, drawn: Drawn) -> None:
    """Cache drawings for other processes and later builds."""
    _write(kept_place(cache, repo.git_dir), (shared, drawn))


def _write(place: Path | None, value: object) -> None:
    """Replace a cache; where that fails, the next build renders again."""
    if place is None:
        return
    spare = place.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        spare.write_bytes(whole(_pack(value)))
        spare.replace(place)
