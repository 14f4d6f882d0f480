"""Two computers of one person: putting together what both saved, so that nothing typed is lost.

Pure: paths and stored files in, paths and stored files out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from mcred.model.ids import BlobId
from mcred.problems import Place, Problem

OTHER = "-other-computer"
"""How a file is called that lies beside mine because two computers of mine changed it."""


def join_copies(
    before: Mapping[str, BlobId], mine: Mapping[str, BlobId], theirs: Mapping[str, BlobId]
) -> tuple[Mapping[str, BlobId], tuple[str, ...]]:
    """Two states that grew from one: changed on one side → that side; on both → mine, theirs beside it."""
    joined: dict[str, BlobId] = {}
    beside: list[str] = []
    for path in sorted({*mine, *theirs}):
        old, here, there = before.get(path), mine.get(path), theirs.get(path)
        chosen = there if here == old else here
        if chosen is None and here != there and here != old and there != old:
            chosen = there
        if chosen is not None:
            joined[path] = chosen
        if here is not None and there is not None and here != there and old not in (here, there):
            name = PurePosixPath(path)
            copy = str(name.with_stem(name.stem + OTHER))
            joined[copy] = there
            beside.append(copy)
    return joined, tuple(beside)


def find_unjoined(paths: Iterable[str]) -> Iterator[Problem]:
    """Versions that another computer of mine wrote, still waiting to be looked at."""
    for path in paths:
        name = PurePosixPath(path)
        if name.stem.endswith(OTHER):
            mine = name.with_stem(name.stem.removesuffix(OTHER)).name
            yield Problem(
                what=f"another computer of yours changed {mine} too, and this is what it wrote",
                where=Place(file=path),
                hint=f"take over what you want to keep into {mine}, then remove this file",
                severity="warning",
            )
