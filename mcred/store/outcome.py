"""What becomes of a git process: its output, forwarded as it arrives, or what is raised where it failed."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Sequence
from typing import IO, Any, Protocol

from msgspec import Struct

from mcred.problems import Exit, McredError
from mcred.store.address import redact
from mcred.store.os_errors import AGAIN, explain_git


class Finished(Struct, frozen=True, kw_only=True):
    """The exit code and output of a finished git process."""

    code: int
    out: bytes
    err: str


class TooMuch(Exception):
    """git's output exceeded the limit, and the process was stopped."""


class GitFailed(McredError):
    """git returned an unexpected exit code; callers that know the cause translate it."""

    def __init__(self, command: Sequence[str], status: int, stderr: str) -> None:
        self.command = tuple(redact(arg) for arg in command)
        self.status = status
        self.stderr = redact(stderr)
        last = next((line for line in reversed(self.stderr.splitlines()) if line.strip()), "no message")
        known = explain_git(self.stderr)
        if known is None and status < 0:
            what = f"the system stopped git (signal {-status})"
            code = Exit.UNREACHABLE if status == -6 else Exit.REFUSED  # it aborts over damaged packs
            known = McredError(what, hint=f"close other programs, {AGAIN}", code=code)
        elif known is None and status in (126, 127):
            what = f"git on this computer does not work ({last})"
            known = McredError(what, hint=f"install it from https://git-scm.com/downloads, {AGAIN}")
        super().__init__(
            known.what
            if known
            else f"git {self.command[0] if self.command else ''} stopped with {status}: {last}",
            hint=known.hint if known else "type the same command again",
            code=known.code if known else Exit.BUG,
        )


Progress = Callable[[str, int, int | None], None]
"""Called with the phase's name, the amount done, and the total (None: not known)."""
Hearing = Callable[[str], None] | None
"""Is given each line; None where no one listens."""


class Process(Protocol):
    """A started process."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None
    returncode: int

    def communicate(self, input: bytes | None) -> tuple[bytes, bytes]:
        """Feed it and wait; what it wrote to stdout and stderr."""

    def terminate(self) -> None:
        """Ask it to stop."""

    def wait(self) -> int:
        """Wait for its end; returns its exit code."""


def collect(
    process: Process,
    stdin: bytes,
    on_stderr: Hearing = None,
    on_stdout: Hearing = None,
    most: int | None = None,
) -> Finished:
    """Feed a process and wait for its end. Raises `TooMuch` after `most` bytes of output."""
    if on_stderr is None and on_stdout is None and most is None:
        out, err = process.communicate(stdin or None)
        return Finished(code=process.returncode, out=out, err=err.decode("utf-8", "replace"))
    heard: list[bytes] = []
    if process.stderr is None or process.stdout is None:
        raise ValueError("a process is watched through its pipes")
    listener = threading.Thread(target=_listen, args=(process.stderr, heard, on_stderr), daemon=True)
    listener.start()
    if process.stdin is not None:
        threading.Thread(target=feed, args=(process.stdin, stdin), daemon=True).start()
    if on_stdout is not None:
        said: list[bytes] = []
        _listen(process.stdout, said, on_stdout)
        out = b"\n".join(said)
    else:
        out = process.stdout.read(-1 if most is None else most + 1)
    if most is not None and len(out) > most:
        process.terminate()
        listener.join(2)  # it reads from a pipe that the caller closes
        raise TooMuch
    listener.join()
    process.wait()
    return Finished(code=process.returncode, out=out, err=b"\n".join(heard).decode("utf-8", "replace"))


def feed(stream: IO[bytes], data: bytes) -> None:
    """Write all that a process reads, as far as it reads it, and close its stdin."""
    # git may stop before it has read all; its exit code and stderr then say why.
    with contextlib.suppress(OSError, ValueError):
        stream.write(data)
        stream.close()


def _listen(stream: IO[bytes], heard: list[bytes], hearing: Hearing) -> None:
    """Forward each line as it arrives; git ends a progress line with a carriage return."""
    rest = b""
    while chunk := os.read(stream.fileno(), 65536):
        *lines, rest = re.split(rb"[\r\n]", rest + chunk)
        for line in lines:
            heard.append(line)
            if hearing is not None:
                hearing(line.decode("utf-8", "replace"))
    heard.append(rest)


def progress_parser(progress: Progress) -> Callable[[str], None]:
    """A handler that parses git's progress lines with GitPython and calls `progress`."""
    # Imported here: it takes a tenth of a second, and few commands show progress.
    from git import RemoteProgress
    from git.util import CallableRemoteProgress

    phases = {
        RemoteProgress.COUNTING: "counting",
        RemoteProgress.FINDING_SOURCES: "counting",
        RemoteProgress.COMPRESSING: "packing",
        RemoteProgress.WRITING: "sending",
        RemoteProgress.RECEIVING: "receiving",
        RemoteProgress.RESOLVING: "unpacking",
    }

    def update(code: int, done: Any, total: Any = None, message: str = "") -> None:
        phase = phases.get(code & RemoteProgress.OP_MASK)
        if phase is not None:
            progress(phase, int(float(done or 0)), int(float(total)) if total else None)

    return CallableRemoteProgress(update).new_message_handler()
