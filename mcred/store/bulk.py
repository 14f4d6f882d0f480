"""Many objects at once: blobs that are small enough, blobs as a stream, folders of many commits.

The number of processes does not grow with what is asked for, and sizes are asked before contents. What a
file or folder means is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from mcred.model.ids import BlobId, CommitId
from mcred.store.git import Repo, run
from mcred.store.snapshot import (
    DOUBLED,
    FOLDER,
    MAX_DEPTH,
    MAX_FOLDER,
    Entry,
    missing,
    parse_tree,
    read_blobs,
    read_objects,
)


def read_small(
    repo: Repo, blobs: Iterable[BlobId], most: int, *, here: bool = False
) -> Mapping[BlobId, bytes]:
    """The bytes of those blobs that have no more than so many; sizes are asked first.

    `here`: a folder has them all, so one that is not there raises McredError.
    """
    wanted = sorted(set(blobs))
    small = [blob for blob, size in _sizes(repo, wanted, here=here) if size <= most]
    return read_blobs(repo, small)


def _sizes(repo: Repo, blobs: Sequence[BlobId], *, here: bool) -> Iterator[tuple[BlobId, int]]:
    if not blobs:
        return
    asked = "".join(f"{blob}\n" for blob in blobs)
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    listing = run(repo, "cat-file", form, stdin=asked.encode())
    for line in listing.decode("ascii", "replace").splitlines():
        name, kind, *size = line.split(" ")
        if here and kind == "missing":
            raise missing(name)
        if kind == "blob" and size:
            yield BlobId(name), int(size[0])


def stream_blobs(
    repo: Repo, blobs: Sequence[BlobId], most: int = 32 * 1024 * 1024
) -> Iterator[tuple[BlobId, bytes]]:
    """Blobs with their bytes, so many bytes in memory at a time."""
    batch: list[BlobId] = []
    held = 0
    for blob, size in _sizes(repo, blobs, here=True):
        batch.append(blob)
        held += size
        if held >= most:
            yield from read_blobs(repo, batch).items()
            batch, held = [], 0
    yield from read_blobs(repo, batch).items()


def read_folders(repo: Repo, places: Sequence[tuple[CommitId, str]]) -> tuple[Mapping[str, Entry], ...]:
    """What lies in each folder of a commit, by full path, sizes 0; nothing where there is no such folder.

    A few processes for all: tree objects, one depth after another. A folder without end is given as one
    entry of no known mode.
    """
    if not places:
        return ()
    asked = "".join(f"{commit}:{folder}\n" for commit, folder in places)
    form = "--batch-check=%(objectname) %(objecttype)"
    listing = run(repo, "cat-file", form, stdin=asked.encode())
    roots = [line.split(" ") for line in listing.decode("utf-8", "replace").splitlines()]
    trees: dict[str, tuple[tuple[str, str, str], ...]] = {}
    todo = {root[0] for root in roots if root[1:] == ["tree"]}
    while todo:
        for name, _, raw in read_objects(repo, sorted(todo)):
            trees[name] = tuple(parse_tree(raw, len(name) // 2))
        todo = {o for name in todo for mode, _, o in trees[name] if mode == FOLDER} - set(trees)
    found = []
    for (_, folder), root in zip(places, roots, strict=True):
        files = _flatten(trees, root[0], folder, MAX_DEPTH) if root[1:] == ["tree"] else iter(())
        entries: dict[str, Entry] = {}
        for path, entry in islice(files, MAX_FOLDER + 1):
            # Of a name that stands twice, two readers would see two things.
            entries[path] = replace(entry, mode=DOUBLED) if path in entries else entry
        endless = len(entries) > MAX_FOLDER
        found.append({folder: Entry(mode=FOLDER, blob=BlobId(root[0]), size=0)} if endless else entries)
    return tuple(found)


def _flatten(
    trees: Mapping[str, Sequence[tuple[str, str, str]]], tree: str, under: str, depth: int
) -> Iterator[tuple[str, Entry]]:
    for mode, name, object_id in trees[tree]:
        if mode == FOLDER and depth:
            yield from _flatten(trees, object_id, f"{under}/{name}", depth - 1)
        else:
            yield f"{under}/{name}", Entry(mode=mode, blob=BlobId(object_id), size=0)
