"""Bulk reads of git objects: sizes, blobs up to a limit, blobs as a stream.

The number of processes does not grow with the number of objects; sizes are read before contents. What a
file means is the caller's.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO

from mcred.domain.ids import BlobId, CommitId
from mcred.domain.pieces import FileDigest
from mcred.problems import Exit, McredError
from mcred.store.files.objects import begin_hash
from mcred.store.git import Repo, ask_objects, full_hex, run, start_reader
from mcred.store.os_errors import WHOLE_COPY, altered, missing
from mcred.store.outcome import GitFailed, feed
from mcred.store.snapshot import MAX_READ, UNASKABLE, read_blobs, read_objects

HELD = 32 * 1024 * 1024
LARGE = 64 * 1024
"""Files above so many bytes are hashed once in an audit, and their digests kept."""
_PIECE = 1024 * 1024


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


def is_same(repo: Repo, one: CommitId, other: CommitId, paths: Sequence[str]) -> bool:
    """Whether two commits have the same file, folder or nothing at each of some paths."""
    if one == other:
        return True
    asked = [f"{full_hex(commit)}:{path}" for commit in (one, other) for path in paths]
    found = [words[0] if words[-1] != "missing" else "" for words, _ in ask_objects(repo, asked, sizes=True)]
    return found[: len(paths)] == found[len(paths) :]


def stream_blobs(repo: Repo, blobs: Iterable[BlobId], most: int = HELD) -> Iterator[tuple[BlobId, bytes]]:
    """(blob, bytes) pairs, with about `most` bytes in memory at a time."""
    return ((BlobId(name), data) for name, kind, data in stream_objects(repo, blobs, most) if kind == "blob")


def stream_objects(repo: Repo, names: Iterable[str], most: int = HELD) -> Iterator[tuple[str, str, bytes]]:
    """Name, kind and bytes of each object, as `read_objects`, with about `most` bytes in memory at a time."""
    batch: list[str] = []
    held = 0
    for words, _ in ask_objects(repo, [full_hex(name) for name in names], sizes=True):
        if words[-1] == "missing":
            raise missing(words[0])
        batch.append(words[0])
        held += int(words[2])
        if held >= most:
            yield from read_objects(repo, batch)
            batch, held = [], 0
    yield from read_objects(repo, batch)


def check_history(repo: Repo, tip: CommitId) -> None:
    """Hash every commit and folder of a history again, as git follows them without comparing bytes and name.

    Raises McredError where one is missing or altered.
    """
    check_objects(repo, list_objects(repo, tip, None, "--filter=blob:none"))


def list_objects(repo: Repo, tip: CommitId, known: CommitId | None, *options: str) -> bytes:
    """The names of all objects of a history, a line each; what `known` has too is left out."""
    asked = [full_hex(tip), *([f"^{full_hex(known)}"] if known else [])]
    options = ("--objects", "--no-object-names", *options)
    return list_whole(repo, *options, "--stdin", stdin="\n".join(asked))


def list_whole(repo: Repo, *options: str, stdin: str) -> bytes:
    """What `git rev-list` says. Raises McredError where it cannot follow a history."""
    try:
        return run(repo, "rev-list", *options, stdin=stdin.encode("ascii"))
    except GitFailed as failed:
        if failed.code is not Exit.BUG:
            raise
        # Bytes may be damaged in as many ways as git has messages.
        raise McredError(failed.what, hint=WHOLE_COPY, code=Exit.UNREACHABLE) from failed


def check_objects(repo: Repo, names: bytes) -> dict[BlobId, FileDigest]:
    """Hash objects again, `names` being a line each; returns the digests of large files.

    Raises McredError where one is missing or altered.
    """
    found: dict[BlobId, FileDigest] = {}
    with start_reader(repo, "cat-file", "--batch", "--buffer") as reader:
        if reader.stdin is None or reader.stdout is None:
            raise ValueError("a reader is asked through its pipes")
        threading.Thread(target=feed, args=(reader.stdin, names), daemon=True).start()
        try:
            for name in names.split():
                if (digest := _check_next(reader.stdout, name)) is not None:
                    found[BlobId(name.decode("ascii"))] = digest
        except _Unanswered as end:
            # git's own reason comes from a process of its own.
            run(repo, "cat-file", "--batch", stdin=end.name + b"\n")
            raise GitFailed(("cat-file",), 0, "it stopped answering") from None
        finally:
            reader.kill()
    return found


class _Unanswered(Exception):
    """git stopped before it answered for this name."""

    def __init__(self, name: bytes) -> None:
        super().__init__(name)
        self.name = name


def _check_next(answers: IO[bytes], name: bytes) -> FileDigest | None:
    """Hash the next object of `git cat-file --batch`; returns its digest where it is a large file."""
    head = answers.readline()
    words = head.split()
    if len(words) != 3 or words[0] != name:
        if words[-1:] == [b"missing"]:
            raise missing(name.decode("ascii"))
        raise _Unanswered(name)
    left = int(words[2])
    own = begin_hash(name.decode("ascii"), words[1].decode("ascii"), left)
    content = hashlib.sha256() if words[1] == b"blob" and left > LARGE else None
    while left:
        data = answers.read(min(left, _PIECE))
        if not data:
            raise _Unanswered(name)
        own.update(data)
        if content is not None:
            content.update(data)
        left -= len(data)
    answers.read(1)
    if own.hexdigest().encode("ascii") != name:
        raise altered(name.decode("ascii"))
    return FileDigest(sha256=content.hexdigest(), bytes=int(words[2])) if content is not None else None
