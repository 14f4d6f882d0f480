"""Large files: this repository's own store of Git LFS objects, and moving them with git-lfs.

git-lfs is given the names of objects to send, or one path of a commit to fetch. Its filters and hooks are
installed nowhere, so no other git command knows of it. What a file means is the caller's.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mcred.domain.ids import BlobId, CommitId
from mcred.domain.pieces import FileDigest
from mcred.domain.sealed.large_file import LARGE, POINTER_SIZES, read_pointer
from mcred.problems import Exit, McredError
from mcred.retries import retry
from mcred.store.address import local_path
from mcred.store.config import remote_url, ssh_command
from mcred.store.git import Repo, attempt, full_hex, is_own
from mcred.store.os_errors import AGAIN
from mcred.store.outcome import Progress
from mcred.store.remote_errors import explain_unreachable
from mcred.store.shared import explain_rights, share_large, trusted
from mcred.store.snapshot import Entry, read_blobs

INSTALL = (
    "install git-lfs (Windows: it comes with Git, https://git-scm.com/downloads; Mac: brew install git-lfs; "
    "Linux: the package git-lfs)"
)
MISSING = f"files over {LARGE // 2**20} MB are sent with git-lfs, which is not installed on this computer"
_STALE = 60_000_000_000
"""Nanoseconds after which a file that nothing was written to is of a command that was killed."""


def is_installed() -> bool:
    """Whether git-lfs is installed on this computer."""
    return attempt(None, "lfs", "version").code == 0


def read_pointers(repo: Repo, entries: Iterable[Entry]) -> Mapping[BlobId, FileDigest]:
    """Those of some files that are pointers to large ones, and what they stand for."""
    small = {entry.blob for entry in entries if entry.size in POINTER_SIZES}
    found = ((blob, read_pointer(data)) for blob, data in read_blobs(repo, small).items())
    return {blob: digest for blob, digest in found if digest is not None}


def with_real_sizes(repo: Repo, entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """The same files, a pointer with the size of what it stands for."""
    large = read_pointers(repo, entries.values())
    return {p: replace(e, size=large[e.blob].bytes) if e.blob in large else e for p, e in entries.items()}


def place_of_object(repo: Repo, digest: FileDigest) -> Path:
    """Where this repository keeps an object, if it has it."""
    name = full_hex(digest.sha256)
    return _storage(repo) / "objects" / name[:2] / name[2:4] / name


def has_object(repo: Repo, digest: FileDigest) -> bool:
    """Whether this repository has an object; one that was cut short does not count."""
    place = place_of_object(repo, digest)
    return place.is_file() and place.stat().st_size == digest.bytes


def _storage(repo: Repo) -> Path:
    return repo.common_dir / "lfs"


_WRITTEN = 1_000_000_000
"""A file that was changed within so many nanoseconds may still be written to."""


class Digesting:
    """A file that is read or written in pieces, and the digest of what went through."""

    def __init__(self, file: Any, tell: Callable[[int], None] | None = None) -> None:
        """`tell`: is given the number of bytes so far."""
        self._file, self._tell = file, tell
        self._hasher, self._bytes = hashlib.sha256(), 0

    @property
    def digest(self) -> FileDigest:
        """The size and SHA-256 so far."""
        return FileDigest(sha256=self._hasher.hexdigest(), bytes=self._bytes)

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        data: bytes = self._file.read(size)
        return self._seen(data)

    def write(self, data: bytes, /) -> int:
        """Write some bytes; returns how many."""
        self._file.write(self._seen(data))
        return len(data)

    def _seen(self, data: bytes) -> bytes:
        self._hasher.update(data)
        self._bytes += len(data)
        if self._tell is not None:
            self._tell(self._bytes)
        return data


def put_object(repo: Repo, write: Callable[[Digesting], None]) -> FileDigest:
    """Store what a function writes as an object, unless it raises; returns its digest."""
    with unfinished(_storage(repo) / "tmp") as part:
        with part.open("wb") as file:
            target = Digesting(file)
            write(target)
        place = place_of_object(repo, target.digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        retry(lambda: part.replace(place))
    return target.digest


def drop_object(repo: Repo, digest: FileDigest) -> None:
    """Remove an object that can be fetched again."""
    place_of_object(repo, digest).unlink(missing_ok=True)


def drop_at_remote(repo: Repo, digest: FileDigest) -> bool:
    """Remove an object from the remote, where that is a folder; whether it is not there any more.

    A host has no request for that.
    """
    place = local_path(remote_url(repo) or "")
    if place is None:
        return False
    git_dir = place / ".git" if (place / ".git").is_dir() else place
    try:
        drop_object(Repo(git_dir=git_dir, work_tree=None), digest)
    except OSError:
        return False
    return True


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A new file in a folder to write to; removed, unless it was moved away.

    What killed commands left there is removed too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Not `tempfile`, whose files are private: git-lfs hands the mode on to a remote that is a folder.
    part = folder / f"large-{secrets.token_hex(8)}"
    part.touch(exist_ok=False)
    now = part.stat().st_mtime_ns
    try:
        for other in folder.glob("large-*"):
            if other != part and other.stat().st_mtime_ns < now - _STALE:
                other.unlink(missing_ok=True)
        yield part
    finally:
        part.unlink(missing_ok=True)


def upload(
    repo: Repo, objects: Iterable[FileDigest], progress: Progress | None = None, *, interactive: bool = False
) -> None:
    """Send objects to the remote; one that it has is not sent again. Raises McredError where they cannot be
    sent."""
    names = [full_hex(digest.sha256) for digest in objects]
    if names:
        _talk(repo, "push", "--object-id", "origin", *names, progress=progress, interactive=interactive)


def download(
    repo: Repo,
    commit: CommitId,
    path: str,
    digest: FileDigest,
    progress: Progress | None = None,
    *,
    interactive: bool = False,
) -> None:
    """Fetch the object that the pointer at a path of a commit stands for.

    Raises McredError where it cannot be fetched; what arrived until then is not fetched again.
    """
    _take_up(_storage(repo) / "incomplete", full_hex(digest.sha256))
    _talk(repo, "fetch", "origin", full_hex(commit), "-I", path, progress=progress, interactive=interactive)
    if not has_object(repo, digest):
        raise McredError("it is not on the program's server", hint="mcred sync", code=Exit.UNREACHABLE)


def _take_up(folder: Path, name: str) -> None:
    """Let git-lfs go on with what it had received of an object when it was killed.

    It writes to `<name><digits>`, and goes on only with `<name>.part`, which is made where it could end.
    """
    part = folder / f"{name}.part"
    with suppress(OSError), unfinished(folder) as clock:
        still = clock.stat().st_mtime_ns - _WRITTEN
        left = [p for p in folder.glob(f"{name}[0-9]*") if p.stat().st_mtime_ns < still]
        left.sort(key=lambda p: p.stat().st_size)
        if left and not part.exists():
            left.pop().replace(part)
        for other in left:
            other.unlink()


def _talk(
    repo: Repo, verb: str, *args: str, progress: Progress | None = None, interactive: bool = False
) -> None:
    if not is_installed():
        raise McredError(MISSING, hint=f"{INSTALL}, {AGAIN}", code=Exit.UNREACHABLE)
    url = remote_url(repo) or ""
    ssh = None if url.startswith(("https://", "file://", "/")) else ssh_command(interactive=interactive)
    hear = None if progress is None else _progress_parser(progress)
    place = local_path(url)
    done = attempt(repo, "lfs", verb, *args, ssh=ssh, on_stdout=hear)
    if done.code and place is not None and place.exists() and not is_own(place):
        # git-lfs asks git about the folder, and git refuses silently.
        with trusted(repo, str(place)) as settings:
            done = attempt(repo, "lfs", verb, *args, ssh=ssh, settings=settings, on_stdout=hear)
    if place is not None and verb == "push":
        share_large(place)
    if done.code:
        denied = place and explain_rights(place, writing=verb == "push")
        raise denied or explain_unreachable(done.err, url)


def _progress_parser(progress: Progress) -> Callable[[str], None]:
    """A handler of the lines `Uploading LFS objects:  45% (0/1), 12 MB | 3 MB/s`."""

    def hear(line: str) -> None:
        if found := re.match(r"(Up|Down)loading LFS objects: +(\d+)%", line):
            progress("sending" if found[1] == "Up" else "receiving", int(found[2]), 100)

    return hear
