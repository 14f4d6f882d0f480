"""A `Context` for a program that uses mcred: never asks, and collects what would be printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from mcred.app.context import Notice
from mcred.domain.text import clean
from mcred.problems import Exit, Hint, McredError, Problem

if TYPE_CHECKING:
    from mcred.app.events import Subscriber
    from mcred.hosting.client import Transport


class Collected(Struct):
    """Collects what a use case reports, in order."""

    results: list[Notice] = field(default_factory=list)
    remarks: list[Notice] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    steps: list[Hint] = field(default_factory=list)
    """The commands to continue with."""
    _secrets: set[str] = field(default_factory=set)

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """A line or paragraph of the result."""
        self.results.append(self._notice(text, style, indent))

    def mixed(self, pieces: Sequence[tuple[str, str]], indent: int = 0) -> None:
        """A paragraph of the result, its pieces joined."""
        self.say("".join(text for text, _ in pieces), indent=indent)

    def note(self, text: str, style: str = "dim", indent: int = 0) -> None:
        """A remark that is not part of the result."""
        self.remarks.append(self._notice(text, style, indent))

    def notes(self, lines: Iterable[str]) -> None:
        """Remarks of one kind, all of them."""
        for line in lines:
            self.note(line, style="yellow")

    def warn(self, problems: Iterable[Problem]) -> None:
        """Problems that do not stop the command."""
        self.problems.extend(problems)

    def next(self, command: Hint) -> None:
        """The command to continue with."""
        self.steps.append(command)

    def error(self, error: McredError) -> None:
        """An error that stops only a part of the work."""
        self.note(error.what, style="red")
        self.warn(error.problems)

    def hide(self, secret: str) -> None:
        """Never keep this text from now on."""
        self._secrets.add(secret)

    def without_secrets(self, text: str) -> str:
        """A text with the secrets removed."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A long operation; no progress is shown."""
        yield

    def _notice(self, text: str, style: str, indent: int) -> Notice:
        return Notice(text=clean(self.without_secrets(text)), style=style, indent=indent)


def ask_network(url: str) -> bytes:
    """Fetch a document from the network, within `app.safe_http`'s bounds."""
    from mcred.app.safe_http import fetch

    return fetch(url)


class Plain(Struct, kw_only=True):
    """A `Context` for calls from Python. `at`: the programme's folder; `now`: the clock, in UTC and whole
    seconds.

    A question that a command leaves open raises a `McredError` that names the option.
    """

    at: Path
    now: Callable[[], datetime]
    show: Collected = field(default_factory=Collected)
    keys: Path | None = None
    """The folder of issuers' private keys; the user's own data folder when None."""
    cache: Path | None = None
    """A folder of the user's own for what earlier runs computed; nothing is kept or used when None."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Tokens, keys and passphrases by the name of their variable; nothing is read from the process."""
    fetch: Callable[[str], bytes] = field(default_factory=lambda: ask_network)
    hosts: Transport | None = None
    pause: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    subscribers: Sequence[Subscriber] = ()
    """Called with events (`mcred.app.events`)."""
    dry_run: bool = False
    typed: str = "mcred"
    interactive: bool = False

    def ask(self, question: str, option: str, default: str | None = None) -> str:
        """Returns the default. Raises McredError without one."""
        if default is None:
            raise unanswered(question, option, self.typed)
        return default

    def ask_secret(self, question: str, variable: str) -> str:
        """Raises McredError always: secrets come through `environment`."""
        raise unanswered_secret(question, variable)

    def confirm(self, question: str, option: str = "--yes", default: bool = False) -> bool:
        """Raises McredError always: the caller of `apply` has decided."""
        raise unanswered(question, option, self.typed)

    def choose(self, question: str, choices: Sequence[str], option: str, default: str | None = None) -> str:
        """Returns the default. Raises McredError without one."""
        return self.ask(question, option, default)

    def pick(self, question: str, choices: Sequence[str], option: str) -> str:
        """Raises McredError always."""
        raise unanswered(question, option, self.typed)


def unanswered(question: str, option: str, typed: str) -> McredError:
    """The error for an open question where the user cannot be asked."""
    said = question.rstrip("?:. ")
    return McredError(
        f"{option.split()[0].rstrip(',')} is required when not running in a terminal ({said})",
        hint=f"{typed} {option}",
        code=Exit.USAGE,
    )


def unanswered_secret(question: str, variable: str) -> McredError:
    """The same for a secret, which is not shown while typed."""
    what = f"{variable} is required when not running in a terminal ({question})"
    return McredError(what, hint=f"set {variable}", code=Exit.USAGE)
