"""Merges the saved drafts of two computers of one person, so that nothing typed is lost.

Pure: paths and stored files in, paths and stored files out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from mcred.domain.ids import BlobId
from mcred.problems import Place, Problem
from mcred.store.snapshot import as_one_name

OTHER = "-other-computer"
"""The suffix of a file that was put beside mine because both of my computers changed it."""


def join_copies(
    before: Mapping[str, BlobId], mine: Mapping[str, BlobId], theirs: Mapping[str, BlobId]
) -> tuple[Mapping[str, BlobId], tuple[str, ...]]:
    """Merge two states of one base: changed on one side → that side; on both → mine, theirs beside it."""
    joined: dict[str, BlobId] = {}
    rivals: dict[str, BlobId] = {}
    for path in sorted({*mine, *theirs}):
        old, here, there = before.get(path), mine.get(path), theirs.get(path)
        chosen = there if here == old else here
        if chosen is None and here != there and here != old and there != old:
            chosen = there
        if chosen is not None:
            joined[path] = chosen
        if here is not None and there is not None and here != there and old not in (here, there):
            rivals[path] = there
    # A file here and a folder of that name there, or names that differ in case only: no disk can hold both.
    taken = _Names(joined)
    for path in [p for p in joined if p not in mine]:
        if taken.find_in_the_way(path) is not None:
            taken.remove(path)
            rivals[path] = joined.pop(path)
    beside = []
    for path, blob in sorted(rivals.items()):
        copy = _free_name(path, blob, joined, taken)
        if copy not in joined:
            taken.add(copy)
        joined[copy] = blob
        beside.append(copy)
    return joined, tuple(beside)


class _Names:
    """The files of a folder, and every name that they and their parent folders occupy."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._files: set[str] = set()
        self._spelled: dict[str, Counter[str]] = defaultdict(Counter)
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        self._files.add(path)
        for lead in _leads(path):
            self._spelled[as_one_name(lead)][lead] += 1

    def remove(self, path: str) -> None:
        self._files.discard(path)
        for lead in _leads(path):
            self._spelled[as_one_name(lead)][lead] -= 1

    def find_in_the_way(self, path: str) -> str | None:
        """The part of a path that is a file in one and a folder in the other, or that many computers take for
        another name; None where there is room for it."""
        for lead in _leads(path):
            spelled = self._spelled.get(as_one_name(lead), Counter[str]())
            if any(count for name, count in spelled.items() if name != lead):
                return lead
            if lead != path and lead in self._files:
                return lead
        return path if self._spelled[as_one_name(path)][path] > (path in self._files) else None


def _leads(path: str) -> Iterator[str]:
    """`a`, `a/b`, `a/b/c` for that path."""
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def _free_name(path: str, blob: BlobId, taken: Mapping[str, BlobId], names: _Names) -> str:
    """An unused name beside a path; an earlier copy is never overwritten."""
    blocked = PurePosixPath(names.find_in_the_way(path) or path)
    rest = PurePosixPath(path).relative_to(blocked)
    number = 1
    while True:
        mark = OTHER if number == 1 else f"{OTHER}-{number}"
        copy = str(blocked.with_stem(blocked.stem + mark) / rest)
        if taken.get(copy, blob) == blob and names.find_in_the_way(copy) is None:
            return copy
        number += 1


def find_unjoined(paths: Iterable[str]) -> Iterator[Problem]:
    """Versions of my other computer that still wait to be looked at."""
    for path in paths:
        for place in (PurePosixPath(path), *PurePosixPath(path).parents):
            stem, found, number = place.stem.rpartition(OTHER)
            if found and (not number or number[1:].isdigit()):
                mine = place.with_stem(stem).name
                yield Problem(
                    what=f"you changed {mine} on another computer too, and this is that version",
                    where=Place(file=path),
                    hint=f"copy what you want to keep into {mine}, then delete this file",
                    severity="warning",
                )
                break
