"""Long-running git processes and a cache, for the duration of one command.

Most lookups take less time than starting git. Inside `git_session` they are read from git's own files where
those are plain (`store/files`); one `git cat-file`, or `git diff-tree`, answers the others in turn. Answers
that follow from object names alone are cached. Outside of it, in another thread and in a forked process every
lookup starts git. Nothing is cached from one session to the next.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar

from mcred.store.files.objects import ObjectFiles, gives_name
from mcred.store.os_errors import altered

T = TypeVar("T")
RefTargets = Mapping[str, tuple[str, str]]
"""Ref → full hex and type of what it points to, sorted by name."""
ReaderKey = tuple[Path, str, bool, tuple[str, ...]]
"""The git directory, the option or command, `Repo.by_objects`, and the paths it is restricted to."""

_PIPE = 4096
"""Bytes that every system's pipes hold."""
FEW = 64
"""Up to so many names are looked up one by one; more are faster in a process of their own."""
MANY = 256
"""Cached answers of a kind at which that cache is cleared, so that memory stays bounded."""


class Running(Protocol):
    """A started `git cat-file` or `git diff-tree`."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def kill(self) -> None:
        """Kill the process."""

    def wait(self) -> int:
        """Wait until it exits."""


class ReaderGone(Exception):
    """The git process ended or its output cannot be parsed; retry in a new one for the reason."""


class Session:
    """The processes and cache of one command. Bound to the process and thread that began it."""

    def __init__(self) -> None:
        self.owner = (os.getpid(), threading.get_ident())
        self.remembered: dict[str, dict[Any, Any]] = {}
        self.files: dict[Path, ObjectFiles] = {}
        self._readers: dict[ReaderKey, Running] = {}
        self._end = b"#%s\n" % os.urandom(16).hex().encode()
        """A line that git repeats where it is no name of an object, and that no name of a file contains."""

    def ask(self, key: ReaderKey, start: Callable[[], Running], name: bytes) -> tuple[list[str], bytes]:
        """The header fields of one object from `git cat-file`, and its bytes with `--batch`.

        `key`: with the option `--batch` or `--batch-check`. Raises ReaderGone, and McredError as
        `check_bytes` does.
        """
        if b"\n" in name:
            raise ReaderGone
        return self._with_reader(
            key, start, lambda reader: _ask(reader, name, with_bytes=key[1] == "--batch")
        )

    def ask_many(
        self, key: ReaderKey, start: Callable[[], Running], names: Sequence[bytes]
    ) -> list[tuple[list[str], bytes]]:
        """The same of one of the `batches` of many."""
        if any(b"\n" in name for name in names):
            raise ReaderGone
        return self._with_reader(
            key, start, lambda reader: _ask_many(reader, names, with_bytes=key[1] == "--batch")
        )

    def ask_trees(self, key: ReaderKey, start: Callable[[], Running], pairs: bytes, most: int) -> bytes:
        """What `git diff-tree --stdin` writes for the lines `pairs`. Raises ReaderGone, also above `most`
        bytes."""
        return self._with_reader(key, start, lambda reader: _ask_trees(reader, pairs, self._end, most))

    def _with_reader(self, key: ReaderKey, start: Callable[[], Running], ask: Callable[[Running], T]) -> T:
        reader = self._readers.get(key)
        if reader is None:
            reader = self._readers[key] = start()
        try:
            return ask(reader)
        except BaseException as error:
            # Also when interrupted: the next read would get the rest of this answer.
            _stop(self._readers.pop(key))
            if isinstance(error, (OSError, ValueError)):
                raise ReaderGone from error
            raise

    def keep(self, kind: str, key: Any, value: Any) -> None:
        """Cache an answer until the session ends."""
        kept = self.remembered.setdefault(kind, {})
        if len(kept) >= MANY:
            kept.clear()
        kept[key] = value

    def kept(self, kind: str, key: Any) -> Any:
        """A cached answer, or None."""
        return self.remembered.get(kind, {}).get(key)

    def forget(self, kind: str) -> None:
        """Drop all cached answers of a kind."""
        self.remembered.pop(kind, None)

    def close(self) -> None:
        """End the git processes and close files; on Windows a repository cannot be moved before."""
        for files in self.files.values():
            files.close()
        while self._readers:
            _stop(self._readers.popitem()[1])


def batches(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Parts of some names, each with no more than every system's pipes hold, or one name: git need not read
    on while it writes."""
    part: list[bytes] = []
    size = 0
    for name in names:
        if part and size + len(name) >= _PIPE:
            yield part
            part, size = [], 0
        part.append(name)
        size += len(name) + 1
    if part:
        yield part


def _ask(reader: Running, name: bytes, *, with_bytes: bool) -> tuple[list[str], bytes]:
    (found,) = _ask_many(reader, [name], with_bytes=with_bytes)
    return found


def _ask_many(reader: Running, names: Sequence[bytes], *, with_bytes: bool) -> list[tuple[list[str], bytes]]:
    if reader.stdin is None or reader.stdout is None:
        raise ValueError("a reader is asked through its pipes")
    reader.stdin.write(b"".join(name + b"\n" for name in names))
    reader.stdin.flush()
    return [_read_answer(reader.stdout, with_bytes=with_bytes) for _ in names]


def _read_answer(answers: IO[bytes], *, with_bytes: bool) -> tuple[list[str], bytes]:
    line = answers.readline()
    if not line.endswith(b"\n"):
        raise ValueError("no answer")
    words = split_answer(line[:-1])
    if not with_bytes or words[-1] == "missing":
        return words, b""
    size = int(words[2])
    data = answers.read(size + 1)
    if len(data) != size + 1:
        raise ValueError("the answer was cut")
    check_bytes(words, data[:-1])
    return words, data[:-1]


def _ask_trees(reader: Running, pairs: bytes, end: bytes, most: int) -> bytes:
    if reader.stdin is None or reader.stdout is None:
        raise ValueError("a reader is asked through its pipes")
    reader.stdin.write(pairs + end)
    reader.stdin.flush()
    answer = bytearray()
    while not answer.endswith(end):
        if not (more := os.read(reader.stdout.fileno(), 65536)) or len(answer) > most:
            raise ValueError("no answer, or too long a one")
        answer += more
    return bytes(answer[: -len(end)])


def split_answer(line: bytes) -> list[str]:
    """Name, kind and size of an object; or name and `missing`, where the name may hold spaces."""
    words = line.decode("utf-8", "replace").split(" ")
    return [" ".join(words[:-1]), "missing"] if words[-1] == "missing" else words


def lines_of(out: bytes) -> tuple[str, ...]:
    """git's output as non-empty lines, split at LF only: a name may contain other line separators.

    >>> lines_of("a\\u2028b\\nc\\n".encode()) == ("a\\u2028b", "c")
    True
    """
    return tuple(line for line in out.decode("utf-8", "replace").split("\n") if line)


def check_bytes(words: Sequence[str], data: bytes) -> None:
    """Raises McredError unless an object's bytes give its name: git does not compare them when it reads.

    `words`: its name, kind and size, as in `split_answer`.
    """
    name = words[0]
    if not gives_name(name, words[1], data):
        raise altered(name)


def _stop(reader: Running) -> None:
    # Killing is safe: it only reads. Closing our pipe may not end it, as a forked process may hold a copy.
    reader.kill()
    for stream in (reader.stdin, reader.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue  # unsent input is not needed
    reader.wait()


_MOVES_REFS = frozenset({"update-ref", "fetch", "symbolic-ref", "init", "pack-refs"})
"""Not `push`: it is given an address, and so moves no ref of ours."""
_sessions: list[Session] = []


def session() -> Session | None:
    """The session of this process and thread, or None."""
    owner = (os.getpid(), threading.get_ident())
    return next((begun for begun in reversed(_sessions) if begun.owner == owner), None)


@contextmanager
def git_session() -> Iterator[None]:
    """Run the body in a session; a nested one reuses it."""
    if session() is not None:
        yield
        return
    begun = Session()
    _sessions.append(begun)
    try:
        yield
    finally:
        _sessions.remove(begun)
        begun.close()


def cached(kind: str, key: object, compute: Callable[[], T]) -> T:
    """A value, computed once per session; outside of a session each time."""
    running = session()
    if running is None:
        return compute()
    value: T | None = running.kept(kind, key)
    if value is None:
        running.keep(kind, key, value := compute())
    return value


def drop_cache() -> None:
    """Drop cached refs, which another program may have changed."""
    if (running := session()) is not None:
        running.forget("refs")


def known_refs(git_dir: Path) -> RefTargets | None:
    """The cached refs of a repository (see `git.read_refs`), or None."""
    running = session()
    return running.kept("refs", git_dir) if running is not None else None


def keep_refs(git_dir: Path, listing: RefTargets | None, moved: Iterable[tuple[str, str]] = ()) -> None:
    """Cache refs read before a command that moved these (ref, commit) and no others."""
    running = session()
    if running is None or listing is None:
        return
    rows = {**listing, **{ref: (new, "commit") for ref, new in moved}}
    running.keep("refs", git_dir, dict(sorted(rows.items())))


def close_readers() -> None:
    """End the git processes of the current session; they restart on demand."""
    if (running := session()) is not None:
        running.close()


def invalidate_for(command: Sequence[str]) -> None:
    """Invalidate what a git command that is about to run may change."""
    running = session()
    if running is not None and command[0] in _MOVES_REFS:
        running.forget("refs")


def few(names: Sequence[object]) -> Session | None:
    """The session, if these names are few enough to look up one by one; else None."""
    return session() if len(names) <= FEW else None
