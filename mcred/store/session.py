"""git's readers kept running while one command runs, and what cannot change meanwhile remembered.

Most questions to git take less time than starting it. Inside `git_session` one `git cat-file` answers them,
one after the other, and answers that follow from object names alone are kept. Outside of it, in another
thread and in a forked process every question starts git. Nothing is kept from one session to the next.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

FEW = 64
"""As many names are asked one by one; more are quicker in a process of their own, which never waits."""
MANY = 256
"""So many remembered answers of a kind are forgotten together, so that memory stays bounded."""


class Running(Protocol):
    """A started `git cat-file`."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def kill(self) -> None:
        """End it."""

    def wait(self) -> int:
        """Wait for its end."""


class ReaderGone(Exception):
    """The running git ended, or what it said cannot be understood; a new process says why."""


class Session:
    """What one command keeps. Bound to the process and the thread that began it."""

    def __init__(self) -> None:
        self.owner = (os.getpid(), threading.get_ident())
        self.remembered: dict[str, dict[Any, Any]] = {}
        self._readers: dict[tuple[Path, str, bool], Running] = {}

    def ask(
        self, key: tuple[Path, str, bool], start: Callable[[], Running], name: bytes
    ) -> tuple[list[str], bytes]:
        """The words of git's answer about one object, and its bytes where they were asked for.

        `key`: the repository, the question (`--batch` or `--batch-check`), and whether only objects are read.
        Raises ReaderGone.
        """
        if b"\n" in name:
            raise ReaderGone
        reader = self._readers.get(key)
        if reader is None:
            reader = self._readers[key] = start()
        try:
            return _ask(reader, name, with_bytes=key[1] == "--batch")
        except BaseException as error:
            # Also when stopped half way: the next answer would be the rest of this one.
            _stop(self._readers.pop(key))
            if isinstance(error, (OSError, ValueError)):
                raise ReaderGone from error
            raise

    def keep(self, kind: str, key: Any, value: Any) -> None:
        """Remember an answer until the session ends."""
        kept = self.remembered.setdefault(kind, {})
        if len(kept) >= MANY:
            kept.clear()
        kept[key] = value

    def kept(self, kind: str, key: Any) -> Any:
        """A remembered answer, or None."""
        return self.remembered.get(kind, {}).get(key)

    def forget(self, kind: str) -> None:
        """What was remembered of a kind does not hold any more."""
        self.remembered.pop(kind, None)

    def close(self) -> None:
        """End the running readers. Called also before a repository is moved, which Windows refuses else."""
        while self._readers:
            _stop(self._readers.popitem()[1])


def _ask(reader: Running, name: bytes, *, with_bytes: bool) -> tuple[list[str], bytes]:
    if reader.stdin is None or reader.stdout is None:
        raise ValueError("a reader is asked through its pipes")
    reader.stdin.write(name + b"\n")
    reader.stdin.flush()
    line = reader.stdout.readline()
    if not line.endswith(b"\n"):
        raise ValueError("no answer")
    words = split_answer(line[:-1])
    if not with_bytes or words[-1] == "missing":
        return words, b""
    size = int(words[2])
    data = reader.stdout.read(size + 1)
    if len(data) != size + 1:
        raise ValueError("the answer was cut")
    return words, data[:-1]


def split_answer(line: bytes) -> list[str]:
    """Name, kind and size of an object; or name and `missing`, where the name may hold spaces."""
    words = line.decode("utf-8", "replace").split(" ")
    return [" ".join(words[:-1]), "missing"] if words[-1] == "missing" else words


def _stop(reader: Running) -> None:
    # It only reads. A forked process may hold the other end of its pipe, so closing ours would not end it.
    reader.kill()
    for stream in (reader.stdin, reader.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue  # what was not sent yet has nobody to go to
    reader.wait()


_MOVES_REFS = frozenset({"update-ref", "fetch", "push", "symbolic-ref", "init", "pack-refs"})
_sessions: list[Session] = []


def session() -> Session | None:
    """The session of this very process and thread, where one was begun."""
    owner = (os.getpid(), threading.get_ident())
    return next((begun for begun in reversed(_sessions) if begun.owner == owner), None)


@contextmanager
def git_session() -> Iterator[None]:
    """Keep git's readers running inside; a session within a session is the same one."""
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


def refs_of(place: Path, under: str, read: Callable[[], bytes]) -> bytes:
    """The list of a repository's refs below a prefix, until a command of ours may have moved some."""
    running = session()
    if running is None:
        return read()
    listing: bytes | None = running.kept("refs", (place, under))
    if listing is None:
        running.keep("refs", (place, under), listing := read())
    return listing


def look_again() -> None:
    """Another program may have moved refs or changed settings since: forget them."""
    if (running := session()) is not None:
        running.forget("refs")
        running.forget("settings")


def close_readers() -> None:
    """End the readers of the running session; they start again when they are needed."""
    if (running := session()) is not None:
        running.close()


def notice(command: Sequence[str]) -> None:
    """A git command is about to run: what it may change is forgotten."""
    running = session()
    if running is not None and command[0] in _MOVES_REFS:
        running.forget("refs")
    if running is not None and command[0] == "config" and "--replace-all" in command:
        running.forget("settings")


def few(names: Sequence[object]) -> Session | None:
    """The session, where so few names are quicker asked one by one."""
    return session() if len(names) <= FEW else None
