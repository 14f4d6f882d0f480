"""Which commits can be reached from others, in git's order.

Inside a session a short walk follows the commits themselves; a long one, and one that meets a commit which is
not here, is git's. Does not parse messages or signatures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from heapq import heappop, heappush

from mcred.domain.ids import CommitId
from mcred.store.git import Repo, ask_objects, full_hex, run
from mcred.store.session import cached, session

NEAR = 256
"""Up to so many commits are followed here; for more, starting git costs less."""
CHAIN = 64
"""The same for a chain of first parents."""
_DATE = re.compile(rb"^committer [^\n]*> (\d+)", re.MULTILINE)
_SLOP = 32
"""Dates are claims: so many more commits are looked at before they are believed; git looks at 5."""
Link = tuple[int, tuple[CommitId, ...]]
"""A commit's date, and its parents."""


class TooFar(Exception):
    """The walk is long, or something is not here: git is asked."""


def list_commits(
    repo: Repo, include: Sequence[CommitId], exclude: Sequence[CommitId] = (), *, first_parent: bool = False
) -> list[CommitId]:
    """Every commit reachable from `include` and not from `exclude`, children before parents.

    The order is that of `git rev-list --topo-order`, and depends only on the commits. `first_parent`: what is
    reachable from one commit by first parents alone.
    """
    tips, others = sorted(set(include)), sorted(set(exclude))
    if session() is not None:
        try:
            return _Walk(repo, first_parent=first_parent).find(tips, others)
        except TooFar:
            pass
    asked = [*map(full_hex, tips), *(f"^{full_hex(commit)}" for commit in others)]
    options = ("--first-parent",) if first_parent else ()
    listing = run(
        repo, "rev-list", "--topo-order", *options, "--stdin", stdin="\n".join(asked).encode("ascii")
    )
    return [CommitId(name) for name in listing.decode("ascii").split()]


def first_parents(repo: Repo, start: CommitId) -> Iterator[CommitId]:
    """A commit and its predecessors, newest first; reads no more of them than are taken."""
    here = start
    if session() is not None:
        try:
            for _ in range(CHAIN):
                before = links(repo, [here])[here][1]
                yield here
                if not before:
                    return
                here = before[0]
        except TooFar:
            pass
    count = 256
    while True:
        names = _chain(repo, here, count)
        if len(names) < count:
            yield from names
            return
        yield from names[:-1]
        here, count = names[-1], count * 8


def _chain(repo: Repo, start: CommitId, most: int) -> Sequence[CommitId]:
    asked = ("rev-list", "--first-parent", f"--max-count={most}", full_hex(start))
    listing = cached("predecessors", (repo, *asked), lambda: run(repo, *asked))
    return [CommitId(name) for name in listing.decode("ascii").split()]


def links(repo: Repo, names: Collection[CommitId]) -> dict[CommitId, Link]:
    """Each commit's date and parents. Raises TooFar where one is not here."""
    known: dict[CommitId, Link] = cached("links", repo, dict)
    for words, raw in ask_objects(repo, [name for name in names if name not in known]):
        if len(words) != 3 or words[1] != "commit":
            raise TooFar
        said = _DATE.search(raw.partition(b"\n\n")[0])
        known[CommitId(words[0])] = int(said[1]) if said else 0, parse_parents(raw)
    return known


def parse_parents(raw: bytes) -> tuple[CommitId, ...]:
    """The parents in a commit's raw bytes.

    As git reads it: the tree first, then consecutive parents; a later `parent` line does not count.
    """
    parents: list[CommitId] = []
    for line in raw.split(b"\n")[1:]:
        if not line.startswith(b"parent "):
            break
        parents.append(CommitId(line[7:].decode("ascii", "replace")))
    return tuple(parents)


def parse_tree_id(raw: bytes) -> str:
    """The id of the tree in a commit's raw bytes."""
    return raw.partition(b"\n")[0].removeprefix(b"tree ").decode("ascii", "replace")


class _Walk:
    """git's walk from the newest commit to older ones, until all that is left is excluded."""

    def __init__(self, repo: Repo, *, first_parent: bool) -> None:
        self.repo = repo
        self.first_parent = first_parent
        self._links: dict[CommitId, Link] = {}
        self._queue: list[tuple[int, int, CommitId]] = []
        self._seen: set[CommitId] = set()
        self._out: set[CommitId] = set()
        """What is excluded, as far as it is known."""

    def find(self, tips: Sequence[CommitId], others: Sequence[CommitId]) -> list[CommitId]:
        """As `list_commits`. Raises TooFar."""
        self._out.update(others)
        self._add([*tips, *others])
        found: list[CommitId] = []
        oldest, slop = float("inf"), _SLOP
        while self._queue:
            _, _, commit = heappop(self._queue)
            date, parents = self._links[commit]
            if commit not in self._out:
                found.append(commit)
                oldest = date
                self._add(parents[:1] if self.first_parent else parents)
                continue
            self._exclude(parents)
            self._add(parents)
            if not self._queue:
                break
            if oldest <= -self._queue[0][0] or any(name not in self._out for _, _, name in self._queue):
                slop = _SLOP
            elif (slop := slop - 1) == 0:
                break
        return self._sorted([commit for commit in found if commit not in self._out])

    def _add(self, names: Sequence[CommitId]) -> None:
        new = [name for name in dict.fromkeys(names) if name not in self._seen]
        known = links(self.repo, new)
        for name in new:
            self._links[name] = known[name]
            heappush(self._queue, (-known[name][0], len(self._seen), name))
            self._seen.add(name)
        if len(self._seen) > NEAR:
            raise TooFar

    def _exclude(self, names: Sequence[CommitId]) -> None:
        todo = [*names]
        while todo:
            if (name := todo.pop()) not in self._out:
                self._out.add(name)
                todo.extend(self._links[name][1] if name in self._links else ())

    def _sorted(self, found: Sequence[CommitId]) -> list[CommitId]:
        """Children before parents; the line that a merge took in comes before the one it is on."""
        if self.first_parent:
            return [*found]
        left = Counter(parent for commit in found for parent in self._links[commit][1])
        inside, ordered = set(found), []
        todo = [commit for commit in reversed(found) if not left[commit]]
        while todo:
            ordered.append(commit := todo.pop())
            for parent in self._links[commit][1]:
                left[parent] -= 1
                if not left[parent] and parent in inside:
                    todo.append(parent)
        return ordered
