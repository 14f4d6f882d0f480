"""The line of main as an earlier audit read it, in the user's cache folder, and what the state takes of it.

What the commits up to one are, what each changed, and what the files say that it brought, follows from that
commit's id alone, for the audit that kept it had hashed every object. So a later audit reads only the commits
after it (decision 70). Nothing of what is kept says that a step is right.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from mcred import __version__
from mcred.app.audit.classify import Window, reduce_move
from mcred.app.audit.contents import ContentCache, ReadFiles
from mcred.domain.audit.values import Move
from mcred.domain.ids import CommitId
from mcred.store.atomic import write_whole
from mcred.store.git import Repo
from mcred.store.main_history import HistoryStep, LateSteps, MainLine

FORMAT = 2
"""One more with each change of what is kept."""
SIZE = 200
"""Steps of a part."""
_CHECK = 4
"""Bytes of the checksum, with which the file begins."""
T = TypeVar("T")


class _Entered(Struct, frozen=True, kw_only=True):
    """What the state takes of some steps: their moves, and what is in the files that it reads."""

    moves: tuple[Move, ...]
    files: ReadFiles


class _Part(Struct, frozen=True, kw_only=True):
    """Some steps that follow one another; each half is read when it is asked for."""

    count: int
    steps: bytes
    entered: bytes


class _Kept(Struct, frozen=True, kw_only=True):
    made_by: tuple[int, str]
    """The format and the version of mcred."""
    position: Mapping[CommitId, int]
    lost: tuple[tuple[CommitId, CommitId], ...]
    parts: tuple[_Part, ...]


def place_of(cache: Path, repo: Repo) -> Path:
    """The file of a repository."""
    return cache / "audit" / f"{hashlib.sha256(bytes(repo.common_dir)).hexdigest()[:32]}.line"


class KeptMain:
    """What is kept of a repository, and what is gathered to be kept."""

    def __init__(self, cache: Path | None, repo: Repo) -> None:
        """`cache`: the user's folder; nothing is kept when None."""
        self.place = place_of(cache, repo) if cache is not None else None
        self._kept = _read(self.place)
        self._new: list[tuple[int, bytes | None]] = []

    @property
    def count(self) -> int:
        """How many steps are kept."""
        return sum(part.count for part in self._kept.parts) if self._kept is not None else 0

    @property
    def line(self) -> MainLine | None:
        """The kept line; None where there is none."""
        if self._kept is None:
            return None
        steps = LateSteps(
            [(p.count, partial(_unpack, p.steps, tuple[HistoryStep, ...])) for p in self._kept.parts]
        )
        return MainLine(steps=steps, position=self._kept.position, lost=self._kept.lost)

    def hold_to(self, line: MainLine) -> None:
        """Use nothing that is kept where it is not the beginning of a line."""
        if self._kept is not None and [*self._kept.position][-1] not in line.position:
            self._kept = None

    def windows(self, until: int, contents: ContentCache) -> Iterator[Window]:
        """The first `until` steps, as far as they are kept, each part when `contents` has what it says."""
        start = 0
        for part in self._kept.parts if self._kept is not None else ():
            if start < until:
                found = _unpack(part.entered, _Entered)
                contents.know(found.files)
                moves = found.moves[: until - start]
                yield Window(start=start, moves=moves, since=(), until=moves[-1].commit, is_known=True)
            start += part.count

    def gather(self, moves: Iterable[Move], contents: ContentCache) -> Iterator[Move]:
        """The same steps; what the state takes of those that are not kept yet is gathered."""
        if self.place is None:
            yield from moves
            return
        kept = self.count
        new: list[Move] = []
        for number, move in enumerate(moves):
            yield move
            if number >= kept:
                new.append(reduce_move(move))
            if len(new) == SIZE:
                self._close(new, contents)
                new = []
        self._close(new, contents)

    def _close(self, moves: Sequence[Move], contents: ContentCache) -> None:
        entered = _Entered(moves=tuple(moves), files=contents.tell(moves))
        self._new.append((len(moves), _pack(entered)))

    def keep(self, line: MainLine, trusted: CommitId | None) -> None:
        """Keep a line whose steps were gathered, in an audit that has hashed all objects but those of
        `trusted`; where that fails, the next audit reads it again."""
        kept = self._kept
        # What was read of objects that no one hashed is not kept.
        was_hashed = trusted is None or (kept is not None and trusted in kept.position)
        is_longer = kept is None or len(line.position) > len(kept.position)
        if self.place is None or not (was_hashed and is_longer):
            return
        parts = [*kept.parts] if kept is not None else []
        start = self.count
        for count, entered in self._new:
            steps = _pack(line.steps[start : start + count])
            if steps is None or entered is None:
                return
            parts.append(_Part(count=count, steps=steps, entered=entered))
            start += count
        made_by = (FORMAT, __version__)
        kept = _Kept(made_by=made_by, position=line.position, lost=line.lost, parts=tuple(parts))
        data = msgspec.msgpack.encode(kept)
        with suppress(OSError):
            self.place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self.place, zlib.crc32(data).to_bytes(_CHECK, "big") + data)


def _read(place: Path | None) -> _Kept | None:
    """What is kept; None for nothing, for what another version of mcred made, and for a damaged file."""
    try:
        data = place.read_bytes() if place is not None else b""
        if zlib.crc32(data[_CHECK:]).to_bytes(_CHECK, "big") != data[:_CHECK]:
            return None
        kept = msgspec.msgpack.decode(memoryview(data)[_CHECK:], type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    return kept if kept.made_by == (FORMAT, __version__) and kept.parts else None


def _pack(value: object) -> bytes | None:
    """A value as bytes; None for one with a path that is no text."""
    try:
        return zlib.compress(msgspec.msgpack.encode(value), 1)
    except UnicodeEncodeError:
        return None


def _unpack(data: bytes, shape: type[T]) -> T:
    return msgspec.msgpack.decode(zlib.decompress(data), type=shape)
