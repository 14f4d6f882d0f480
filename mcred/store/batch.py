"""Bulk reads of git objects: sizes, blobs up to a limit, blobs as a stream.

The number of processes does not grow with the number of objects; sizes are read before contents. What a
file means is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mcred.domain.ids import BlobId, CommitId
from mcred.store.git import Repo, ask_objects, full_hex
from mcred.store.snapshot import MAX_READ, UNASKABLE, missing, read_blobs


def read_small(
    repo: Repo, blobs: Iterable[BlobId], most: int = MAX_READ, *, here: bool = False
) -> Mapping[BlobId, bytes]:
    """Blob id → bytes, for the blobs of at most `most` bytes; sizes are read first.

    `here`: all are expected to exist locally, so a missing one raises McredError.
    """
    sizes = ask_sizes(repo, sorted(set(blobs)), here=here)
    return read_blobs(repo, [BlobId(blob) for blob, size in sizes if size <= most])


def ask_sizes(
    repo: Repo, names: Sequence[str], *, here: bool = False, kind: str = "blob"
) -> Iterator[tuple[str, int]]:
    """(name, size in bytes) of each object of one kind; `here` as in `read_small`."""
    for words, _ in ask_objects(repo, [full_hex(name) for name in names], sizes=True):
        if here and words[-1] == "missing":
            raise missing(words[0])
        if words[1] == kind:
            yield words[0], int(words[2])


def read_files(
    repo: Repo, places: Sequence[tuple[CommitId, str]], *, max_bytes: int = 1024 * 1024
) -> tuple[bytes | None, ...]:
    """The bytes of the file at each (commit, path), in order; None if missing or above `max_bytes`.

    Sizes are read first, so that a huge file is never loaded.
    """
    for _, path in places:
        if UNASKABLE.search(path):
            raise ValueError(f"not a path: {path!r}")
    found: list[BlobId | None] = []
    for words, _ in ask_objects(repo, [f"{full_hex(commit)}:{path}" for commit, path in places], sizes=True):
        is_file = len(words) == 3 and words[1] == "blob" and words[2].isdecimal()
        found.append(BlobId(words[0]) if is_file and int(words[2]) <= max_bytes else None)
    data = read_blobs(repo, [blob for blob in found if blob is not None])
    return tuple(data[blob] if blob is not None else None for blob in found)


def stream_blobs(
    repo: Repo, blobs: Sequence[BlobId], most: int = 32 * 1024 * 1024
) -> Iterator[tuple[BlobId, bytes]]:
    """(blob, bytes) pairs, with about `most` bytes in memory at a time."""
    batch: list[BlobId] = []
    held = 0
    for blob, size in ask_sizes(repo, blobs, here=True):
        batch.append(BlobId(blob))
        held += size
        if held >= most:
            yield from read_blobs(repo, batch).items()
            batch, held = [], 0
    yield from read_blobs(repo, batch).items()
