"""Two computers of one person: putting together what both saved, so that nothing typed is lost.

Pure: paths and stored files in, paths and stored files out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from mcred.model.ids import BlobId
from mcred.problems import Place, Problem
from mcred.store.snapshot import as_one_name

OTHER = "-other-computer"
"""How a file is called that lies beside mine because two computers of mine changed it."""


def join_copies(
    before: Mapping[str, BlobId], mine: Mapping[str, BlobId], theirs: Mapping[str, BlobId]
) -> tuple[Mapping[str, BlobId], tuple[str, ...]]:
    """Two states that grew from one: changed on one side → that side; on both → mine, theirs beside it."""
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
    for path in [p for p in joined if p not in mine]:
        # A file here and a folder of that name there, the reverse, or twins: no folder can hold both.
        if _in_the_way(path, joined) is not None:
            rivals[path] = joined.pop(path)
    beside = []
    for path, blob in sorted(rivals.items()):
        copy = _free_name(path, blob, joined)
        joined[copy] = blob
        beside.append(copy)
    return joined, tuple(beside)


def _in_the_way(path: str, taken: Iterable[str]) -> str | None:
    """The part of a path that is a file of one and a folder of the other, or that many computers take for
    another name; None where both find room."""
    parts = path.split("/")
    for other in taken:
        for depth, (part, its) in enumerate(zip(parts, other.split("/"), strict=False), start=1):
            if part != its and as_one_name(part) == as_one_name(its):
                return "/".join(parts[:depth])
            if part != its:
                break
        else:
            if path != other:
                return min(path, other, key=len)
    return None


def _free_name(path: str, blob: BlobId, taken: Mapping[str, BlobId]) -> str:
    """A name beside a path that nothing else has; an earlier copy is never written over."""
    blocked = PurePosixPath(_in_the_way(path, taken) or path)
    rest = PurePosixPath(path).relative_to(blocked)
    number = 1
    while True:
        mark = OTHER if number == 1 else f"{OTHER}-{number}"
        copy = str(blocked.with_stem(blocked.stem + mark) / rest)
        if taken.get(copy, blob) == blob and _in_the_way(copy, taken) is None:
            return copy
        number += 1


def find_unjoined(paths: Iterable[str]) -> Iterator[Problem]:
    """Versions that another computer of mine wrote, still waiting to be looked at."""
    for path in paths:
        for place in (PurePosixPath(path), *PurePosixPath(path).parents):
            stem, found, number = place.stem.rpartition(OTHER)
            if found and (not number or number[1:].isdigit()):
                mine = place.with_stem(stem).name
                yield Problem(
                    what=f"another computer of yours changed {mine} too, and this is what it wrote",
                    where=Place(file=path),
                    hint=f"take over what you want to keep into {mine}, then remove this file",
                    severity="warning",
                )
                break
