"""What became of a git process: what it said, or what is raised where it did not do as it was told."""

from __future__ import annotations

from collections.abc import Sequence

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
