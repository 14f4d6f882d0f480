"""The history of main as one sequence of commits, chosen by the contents of some watched paths.

A commit's predecessor is the parent with the same watched paths; those of its other parents must be in the
sequence already, or they count as lost. A commit whose watched paths differ from those of every parent, or a
merge that claims to be a step, follows its first parent. A step is a commit that differs from its predecessor
in any path, so that each change of the tree belongs to a step. Does not know what a path means or who may
change it. Reads in bulk: the number of processes does not grow with the history.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, takewhile
from types import MappingProxyType
from typing import overload

from msgspec import Struct

from mcred.domain.ids import CommitId
from mcred.store.diffs import list_many_changes
from mcred.store.files.objects import parse_tree
from mcred.store.git import Repo, full_hex, run
from mcred.store.history.check import unpack_changes
from mcred.store.log import Change, Commit, parse_commit
from mcred.store.snapshot import read_objects
from mcred.store.walk import first_parents, list_commits, parse_parents, parse_tree_id

_AT_ONCE = 500
"""Commits whose changes are read at a time: the trees that are compared take memory."""
Watched = tuple[str | None, ...]
"""Mode and object id at each watched path; None where it does not exist."""


class HistoryStep(Struct, frozen=True, kw_only=True):
    """A commit that changed the tree, its signature not verified. `before`: its predecessor, or None."""

    commit: Commit
    before: CommitId | None
    changes: tuple[Change, ...]


class LateSteps(Sequence[HistoryStep]):
    """Steps in parts, each of which is read when something of it is asked for."""

    def __init__(self, parts: Iterable[tuple[int, Callable[[], Sequence[HistoryStep]]]]) -> None:
        """`parts`: how many steps each has, and what reads it."""
        self._parts = [*parts]
        self._ends = [*accumulate(count for count, _ in self._parts)]
        self._read: dict[int, Sequence[HistoryStep]] = {}

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> HistoryStep: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[HistoryStep, ...]: ...
    def __getitem__(self, at: int | slice) -> HistoryStep | tuple[HistoryStep, ...]:
        if isinstance(at, slice):
            return tuple(self[n] for n in range(*at.indices(len(self))))
        at = range(len(self))[at]
        number = bisect_right(self._ends, at)
        if number not in self._read:
            self._read[number] = self._parts[number][1]()
        return self._read[number][at - self._ends[number]]

    def __add__(self, more: tuple[HistoryStep, ...]) -> LateSteps:
        return LateSteps([*self._parts, (len(more), lambda: more)]) if more else self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


class MainLine(Struct, frozen=True, kw_only=True):
    """Every step of main, oldest first; `position`: for each commit of the sequence, the steps up to it."""

    steps: tuple[HistoryStep, ...] | LateSteps
    position: Mapping[CommitId, int]
    lost: tuple[tuple[CommitId, CommitId], ...]
    """(merge, parent) pairs: parents whose watched paths are not in the sequence."""

    @property
    def tip(self) -> CommitId | None:
        """The newest commit of the sequence; None where there is none."""
        return [*self.position][-1] if self.position else None

    def builds_on_later(
        self, commit: CommitId, main: CommitId, parents: Callable[[CommitId], Sequence[CommitId]]
    ) -> bool:
        """Whether a commit beside main has an ancestor on main with more steps than a commit of main."""
        todo, done = list(parents(commit)), set[CommitId]()
        while todo:
            name = todo.pop()
            if self.position.get(name, 0) > self.position.get(main, 0):
                return True
            if name not in done and name not in self.position:
                done.add(name)
                todo.extend(parents(name))
        return False


def walk_line(
    repo: Repo,
    tip: CommitId,
    watched: Sequence[str],
    claims: Callable[[Commit], bool] = lambda _: False,
    known: MainLine | None = None,
    changes: Mapping[CommitId, bytes] = MappingProxyType({}),
) -> MainLine:
    """The sequence from the first commit that ever had the first watched path to `tip`.

    `watched`: top-level files and folders. `claims`: whether a merge claims to be a step. `known`: what this
    function gave for an earlier tip. A commit's predecessor depends on the commit and its parents alone, so
    it is read no further than to there, if it leads there. `changes`: as in `check_commits`.
    """
    end = known.tip if known is not None else None
    reader = _Reader(repo, tuple(watched), end)
    names: list[CommitId] = []
    steps: list[tuple[CommitId, CommitId | None]] = []
    beside: list[tuple[CommitId, CommitId]] = []
    here: CommitId | None = tip
    first = 0
    while here is not None and here != end:
        names.append(here)
        first = len(names) if reader.state(here)[0] is not None else first
        parents = reader.parents(here)
        same = reader.unchanged(here, claims)
        begun = [p for p in parents if reader.state(p)[0] is not None]
        before = next(iter((*same, *begun, *parents)), None)
        if before is None or not same or reader.tree(before) != reader.tree(here):
            steps.append((here, before))
        if same:
            beside += [(here, p) for p in begun if p != same[0]]
        here = before
    if known is None or here is None:
        known = MainLine(steps=(), position={}, lost=())
        # Commits before the rules existed are left out.
        del names[first:]
    inside = {*known.position, *names}
    steps = [(c, b if b in inside else None) for c, b in reversed(steps) if c in inside]
    beside = [(merge, parent) for merge, parent in beside if merge in inside]
    position = dict(known.position)
    reached = {commit: n for n, (commit, _) in enumerate(steps, start=len(known.steps) + 1)}
    behind = len(known.steps)
    for name in reversed(names):
        behind = reached.get(name, behind)
        position[name] = behind
    lost = ((merge, parent) for merge, parent in beside if not reader.is_on(parent, position))
    return MainLine(
        steps=known.steps + tuple(reader.read_steps(steps, changes)),
        position=position,
        lost=(*lost, *known.lost),
    )


def list_changing(repo: Repo, tip: CommitId, path: str) -> tuple[CommitId, ...]:
    """The first-parent commits up to `tip` that changed a path, newest first."""
    listing = run(repo, "rev-list", "--first-parent", full_hex(tip), "--", path)
    return tuple(CommitId(name) for name in listing.decode("ascii").split())


def find_places(repo: Repo, tip: CommitId, wanted: Collection[CommitId]) -> dict[CommitId, int]:
    """How many first-parent commits each wanted one is before `tip`, as 0, -1, …; others are left out.

    Reads no more of the history than it needs to find them all.
    """
    places: dict[CommitId, int] = {}
    left = set(wanted)
    for before, commit in enumerate(first_parents(repo, tip) if left else ()):
        if commit in left:
            left.remove(commit)
            places[commit] = -before
            if not left:
                break
    return places


def list_states(repo: Repo, base: CommitId, tip: CommitId, paths: Sequence[str]) -> tuple[CommitId, ...]:
    """The first-parent commits after `base` up to `tip` that changed one of some paths, newest first.

    Then the first parent of the oldest commit after `base`; empty when there is none after `base`.
    """
    names = list_commits(repo, [tip], [base], first_parent=True)
    if not names:
        return ()
    options = ("--first-parent", full_hex(tip), f"^{full_hex(base)}", "--", *paths)
    changed = run(repo, "rev-list", *options).decode("ascii").split()
    ((_, _, raw),) = read_objects(repo, names[-1:])
    before = parse_commit(CommitId(names[-1]), raw, verify=False).parents[:1]
    return (*map(CommitId, changed), *before)


def list_beside(
    repo: Repo, line: MainLine, tip: CommitId, watched: Sequence[str], since: CommitId | None = None
) -> Iterator[tuple[CommitId, tuple[Change, ...]]]:
    """Each commit outside the sequence that changed watched paths, with its changes against its first parent.

    Ancestors of the first step and of `since` are left out.
    """
    if not line.steps:
        return
    old = [*line.steps[0].commit.parents, *([since] if since else [])]
    asked = [full_hex(tip), *(f"^{full_hex(p)}" for p in old)]
    listing = run(repo, "rev-list", "--parents", "--stdin", stdin="\n".join(asked).encode("ascii"))
    rows = (row.split() for row in listing.decode("ascii").splitlines())
    pairs = [
        (CommitId(row[0]), CommitId(row[1]) if len(row) > 1 else None)
        for row in rows
        if row[0] not in line.position
    ]
    for (commit, _), changes in zip(pairs, list_many_changes(repo, pairs, watched), strict=True):
        if changes:
            yield commit, changes


class _Reader:
    """Commits and the entries at their watched paths, read one first-parent chain at a time."""

    def __init__(self, repo: Repo, watched: tuple[str, ...], end: CommitId | None = None) -> None:
        """`end`: where a chain is expected to end."""
        self.repo = repo
        self.watched = watched
        self.end = end
        self._raw: dict[CommitId, bytes] = {}
        self._parents: dict[CommitId, tuple[CommitId, ...]] = {}
        self._states: dict[CommitId, Watched] = {}
        self._trees: dict[CommitId, str] = {}
        self._tops: dict[str, Watched] = {}

    def parents(self, commit: CommitId) -> tuple[CommitId, ...]:
        self._load(commit)
        return self._parents[commit]

    def state(self, commit: CommitId) -> Watched:
        self._load(commit)
        return self._states[commit]

    def tree(self, commit: CommitId) -> str:
        self._load(commit)
        return self._trees[commit]

    def unchanged(self, commit: CommitId, claims: Callable[[Commit], bool]) -> list[CommitId]:
        """The parents with the same watched paths as a commit; none for a merge that claims to be a step."""
        parents = self.parents(commit)
        same = [p for p in parents if self.state(p) == self.state(commit)]
        if same[:1] == list(parents[:1]) or len(parents) == 1:
            return same
        claimed = claims(parse_commit(commit, self._raw[commit], verify=False))
        return [] if claimed else same

    def is_on(self, commit: CommitId, position: Mapping[CommitId, int]) -> bool:
        """Whether a commit, or an ancestor its watched paths are unchanged from, is in the sequence."""
        while commit not in position:
            same = [p for p in self.parents(commit) if self.state(p) == self.state(commit)]
            if not same:
                return False
            commit = same[0]
        return True

    def read_steps(
        self, steps: Sequence[tuple[CommitId, CommitId | None]], known: Mapping[CommitId, bytes]
    ) -> Iterator[HistoryStep]:
        """(commit, predecessor) pairs with their changes, read some hundreds at a time. `known`: what commits
        changed of their first parents."""
        for at in range(0, len(steps), _AT_ONCE):
            part = steps[at : at + _AT_ONCE]
            here = {c for c, before in part if c in known and next(iter(self._parents[c]), None) == before}
            asked = iter(list_many_changes(self.repo, [pair for pair in part if pair[0] not in here]))
            for commit, before in part:
                changes = unpack_changes(known[commit]) if commit in here else next(asked)
                read = parse_commit(commit, self._raw[commit], verify=False)
                yield HistoryStep(commit=read, before=before, changes=changes)

    def _load(self, commit: CommitId) -> None:
        if commit in self._states:
            return
        chain = takewhile(lambda name: name != self.end, first_parents(self.repo, commit))
        new = [name for name in chain if name not in self._states] or [commit]
        new = [*dict.fromkeys((*new, *(p for p in self._read(new) if p not in self._states)))]
        self._read([name for name in new if name not in self._raw])
        trees = {name: parse_tree_id(self._raw[name]) for name in new}
        for tree, kind, raw in read_objects(
            self.repo, dict.fromkeys(t for t in trees.values() if t not in self._tops)
        ):
            self._tops[tree] = self._top(raw, len(tree) // 2) if kind == "tree" else ()
        self._trees |= trees
        for name, tree in trees.items():
            self._states[name] = self._tops[tree]

    def _top(self, raw: bytes, width: int) -> Watched:
        """Mode and id at each watched name; all entries of a duplicate name."""
        found: dict[str, str] = {}
        for mode, name, object_id in parse_tree(raw, width):
            if name in self.watched:
                found[name] = f"{found.get(name, '')} {mode} {object_id}".strip()
        return tuple(found.get(name) for name in self.watched)

    def _read(self, names: Sequence[CommitId]) -> list[CommitId]:
        """Read commits and return their parents."""
        mentioned: list[CommitId] = []
        for name, _, raw in read_objects(self.repo, names):
            parents = parse_parents(raw)
            self._raw[CommitId(name)] = raw
            self._parents[CommitId(name)] = parents
            mentioned.extend(parents)
        return list(dict.fromkeys(mentioned))
