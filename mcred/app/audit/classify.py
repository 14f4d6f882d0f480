"""Lists the commits of main as audit steps and classifies each changed path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.audit.values import EARNERS, Move, Touch
from mcred.domain.ids import CommitId
from mcred.domain.layout import DEFINITIONS, PORTFOLIOS, PROGRAMME, parse_path
from mcred.store.git import Repo
from mcred.store.log import Change
from mcred.store.main_history import HistoryStep, MainLine, walk_line
from mcred.store.snapshot import as_one_name, find_faults

RECORD = (PROGRAMME, DEFINITIONS, PORTFOLIOS)
"""Rules of who may do what, and records of what was done: they tell main's own commits from merged ones."""
UNENTERED = EARNERS | {
    *("loose", "picture", "example", "template", "stray", "declined", "override"),
    *("recognition examples", "endorsement", "withdrawal"),
}
"""Kinds of files that the state does not hold."""


def read_line(
    repo: Repo,
    tip: CommitId,
    known: MainLine | None = None,
    changes: Mapping[CommitId, bytes] = MappingProxyType({}),
) -> MainLine:
    """The commits of main, from the one that first adds the programme's rules.

    `known`: the same up to an earlier commit. `changes`: what commits changed, if that was read.
    """
    return walk_line(repo, tip, RECORD, lambda commit: "Mcred-Event" in commit.trailers, known, changes)


class Window(Struct, frozen=True, kw_only=True):
    """Some steps of main, one after the other."""

    start: int
    """The number of steps before them."""
    moves: tuple[Move, ...]
    """The steps, without their signers; known ones with what the state holds alone."""
    since: tuple[CommitId, ...]
    """Where the part of the history begins that they bring in: with what these commits lack."""
    until: CommitId
    """The commit it ends with."""
    is_known: bool
    """Whether an earlier audit checked them."""
    beside: Mapping[CommitId, bytes] | None = None
    """The commits that they bring in, and what each changed of its first parent; None for not read."""


def list_windows(
    line: MainLine,
    tip: CommitId,
    trusted: CommitId | None,
    size: int,
    start: int = 0,
    beside: BesideMain | None = None,
) -> Iterator[Window]:
    """All steps after the first `start` ones up to `tip`, `size` at a time; those up to `trusted` are not
    checked. `beside`: what tells the commits beside main."""
    steps, known = line.steps, line.position[trusted] if trusted else 0
    for at in (*range(start, known, size), *range(known, len(steps), size)):
        end = min(at + size, known if at < known else len(steps))
        # A merge that changes nothing is no step, and may bring something in.
        before = trusted if at == known and trusted else steps[at].before
        since = (before,) if before is not None else steps[at].commit.parents
        until = steps[end].before or tip if end < len(steps) else tip
        yield Window(
            start=at,
            moves=tuple(_move(step, is_known=at < known) for step in steps[at:end]),
            since=since,
            until=until,
            is_known=at < known,
            beside=beside.take(since, until) if beside is not None and at >= known else None,
        )


def _move(step: HistoryStep, *, is_known: bool) -> Move:
    changes = [c for c in step.changes if not is_known or _is_entered(c.path)]
    new = {c.path: c.new for c in changes if c.new is not None}
    faults = {path: explain_disguise(path) for path in new}
    faults |= {path: what for path, what, _ in find_faults(new)}
    return Move(
        commit=step.commit.id,
        before=step.before,
        signer=None,
        event=step.commit.trailers.get("Mcred-Event", ""),
        parents=step.commit.parents,
        touches=tuple(touch_of(change, faults.get(change.path, "")) for change in changes),
        when=step.commit.when,
    )


class BesideMain:
    """Tells which commits beside main each window of its steps brings in."""

    def __init__(
        self,
        line: MainLine,
        parents: Mapping[CommitId, tuple[CommitId, ...]],
        changes: dict[CommitId, bytes],
    ) -> None:
        """`parents`: of all commits but trusted ones. `changes`: what each of them changed; what is told is
        taken out."""
        self._line, self._parents, self._changes = line, parents, changes
        for name in line.position:
            changes.pop(name, None)
        self._done: set[CommitId] = set()

    def take(self, since: Sequence[CommitId], until: CommitId) -> dict[CommitId, bytes]:
        """The commits that are reached from `until`, but neither from `since` nor from an earlier `until`."""
        self._reach(since)
        found = self._reach([until])
        return {name: self._changes.pop(name) for name in found if name not in self._line.position}

    def _reach(self, names: Sequence[CommitId]) -> list[CommitId]:
        found, todo = [], [*names]
        while todo:
            name = todo.pop()
            if name in self._parents and name not in self._done:
                self._done.add(name)
                found.append(name)
                todo.extend(self._parents[name])
        return found


def reduce_move(move: Move) -> Move:
    """What the state takes of a step."""
    touches = tuple(touch for touch in move.touches if touch.kind not in UNENTERED)
    return replace(move, signer=None, touches=touches)


def _is_entered(path: str) -> bool:
    found = parse_path(path)
    return found is not None and found.kind not in UNENTERED


def touch_of(change: Change, fault: str = "") -> Touch:
    """A changed file with its kind; a path that no rule matches is `loose`."""
    found = parse_path(change.path)
    old = change.old.blob if change.old else None
    new = change.new.blob if change.new else None
    if found is None:
        return Touch(path=change.path, kind="loose", old=old, new=new, fault=fault)
    return Touch(
        path=change.path,
        kind=found.kind,
        old=old,
        new=new,
        person=found.person,
        credential=found.credential,
        stack=found.stack,
        attempt=found.attempt,
        number=found.number,
        assessor=found.assessor,
        policy=found.rest if found.kind in ("recognition policy", "recognized") else "",
        fault=fault,
    )


def explain_disguise(path: str) -> str:
    """Why a path is the same as one of the programme's own on some file systems, '' for any other path."""
    plain = as_one_name(path)
    known = parse_path(plain) if plain != path else None
    if known is None or known.kind in EARNERS | {"stray"}:
        return ""
    found = parse_path(path)
    return "" if found and found.kind == known.kind else f"this is '{plain}' on many computers"


def is_text(path: str) -> bool:
    """Whether a file is one that mcred parses, rather than evidence."""
    return path.endswith((".yaml", ".json", ".md")) and "/evidence/" not in path
