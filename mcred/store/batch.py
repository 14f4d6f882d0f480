"""Many objects at once: their sizes, blobs that are small enough, blobs as a stream.

The number of processes does not grow with what is asked for, and sizes are asked before contents. What a
file means is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mcred.domain.ids import BlobId
from mcred.store.git import Repo, full_hex, run
from mcred.store.snapshot import MAX_READ, missing, read_blobs


def read_small(
    repo: Repo, blobs: Iterable[BlobId], most: int = MAX_READ, *, here: bool = False
) -> Mapping[BlobId, bytes]:
    """The bytes of those blobs that have no more than so many; sizes are asked first.

    `here`: a folder has them all, so one that is not there raises McredError.
    """
    sizes = ask_sizes(repo, sorted(set(blobs)), here=here)
    return read_blobs(repo, [BlobId(blob) for blob, size in sizes if size <= most])


def ask_sizes(
    repo: Repo, names: Sequence[str], *, here: bool = False, kind: str = "blob"
) -> Iterator[tuple[str, int]]:
    """The size of each of many objects of one kind; missing ones as in `read_small`."""
    if not names:
        return
    asked = "".join(f"{full_hex(name)}\n" for name in names)
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    for line in run(repo, "cat-file", form, stdin=asked.encode()).decode("ascii", "replace").splitlines():
        name, found, *size = line.split(" ")
        if here and found == "missing":
            raise missing(name)
        if found == kind and size:
            yield name, int(size[0])


def stream_blobs(
    repo: Repo, blobs: Sequence[BlobId], most: int = 32 * 1024 * 1024
) -> Iterator[tuple[BlobId, bytes]]:
    """Blobs with their bytes, so many bytes in memory at a time."""
    batch: list[BlobId] = []
    held = 0
    for blob, size in ask_sizes(repo, blobs, here=True):
        batch.append(BlobId(blob))
        held += size
        if held >= most:
            yield from read_blobs(repo, batch).items()
            batch, held = [], 0
    yield from read_blobs(repo, batch).items()
