"""What went wrong, as values: problems with their place, the one error, the exit codes.

Knows nothing of files, git or the terminal. A check returns *all* its problems; `McredError` is
raised only when a command cannot go on. `what` says what happened, `hint` is the next command (`NextStep`)
or advice that is no command.

>>> print(Problem(what="unknown level 'good'", where=Place(file="a.yaml", line=3, column=7)))
a.yaml:3:7: error: unknown level 'good'
>>> print(next_step("add", "my plan.pdf", "--for", "lesson-plan", note="first save it"))
mcred add 'my plan.pdf' --for lesson-plan   (first save it)
"""

from __future__ import annotations

import shlex
import sys
from enum import IntEnum

from msgspec import Struct

_FOR_A_TEXT = ("…", "WHY", "WHAT YOU CHANGED", "SHORTER")
"""Words that stand for a text still to be written."""


class Exit(IntEnum):
    """Exit codes of every verb (COMMANDS: Conventions)."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    BUG = 3
    SIGN_IN = 4
    NOT_ALLOWED = 5
    CHANGED = 6
    UNREACHABLE = 7
    STOPPED = 130


class Place(Struct, frozen=True, kw_only=True):
    """A spot in a file; `line` and `column` count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0
    source: str = ""
    """The line as written, for showing with a caret."""

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


class NextStep(Struct, frozen=True):
    """A command that goes on from here: `str` gives the line of a terminal, other callers show a button."""

    verb: str
    words: tuple[str, ...] = ()
    """What comes after the verb, each as the program would get it."""
    note: str = ""
    """Said after the command: who types it, what to do first, what it is good for."""
    before: str = ""
    """What to do or to know before the command."""

    def __str__(self) -> str:
        command = " ".join(("mcred", self.verb, *map(_quoted, self.words)))
        lead = f"{self.before}: " if self.before else ""
        return f"{lead}{command}   ({self.note})" if self.note else f"{lead}{command}"


def next_step(verb: str, *words: object, note: str = "", before: str = "") -> NextStep:
    """A `NextStep` from ids, numbers and words: each is shown as its `str`."""
    return NextStep(verb, tuple(map(str, words)), note, before)


def _quoted(word: str) -> str:
    """A word as it is typed in a shell; those of Windows do not all know single quotes."""
    quoted = shlex.quote(word)
    is_double = sys.platform == "win32" and quoted != word and '"' not in word
    return f'"{word}"' if word in _FOR_A_TEXT or is_double else quoted


Hint = str | NextStep
"""What helps: a command, or advice in words; empty where there is none."""


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, where, and what to do about it."""

    what: str
    where: Place | None = None
    hint: Hint = ""
    severity: str = "error"
    """`error` refuses; `warning` is only said."""

    def __str__(self) -> str:
        text = f"{self.severity}: {self.what}"
        return f"{self.where}: {text}" if self.where else text


class Fault(Struct, frozen=True, kw_only=True):
    """Something wrong inside a value: `path` leads there by field names and list positions.

    The reader of the file turns it into a `Problem` with line and column.
    """

    path: tuple[str | int, ...]
    what: str
    hint: str
    severity: str = "error"


class McredError(Exception):
    """A command cannot go on. `hint` is the command to type next, `problems` the details."""

    def __init__(
        self,
        what: str,
        *,
        hint: Hint = "",
        problems: tuple[Problem, ...] = (),
        code: Exit = Exit.REFUSED,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.problems = problems
        self.code = code


def errors(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Those that refuse, without the warnings."""
    return tuple(p for p in problems if p.severity == "error")
