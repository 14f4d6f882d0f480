"""The ports of a use case: folder, clock, network, keys, and whoever called it.

A terminal is one adapter (`cli/terminal`); a web page, a bot or another program can be others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from mcred.problems import Hint, McredError, Problem

if TYPE_CHECKING:
    from mcred.app.events import Subscriber
    from mcred.hosting.client import Transport


class Notice(Struct, frozen=True, kw_only=True):
    """A line or paragraph for people."""

    text: str
    style: str = ""
    indent: int = 0


class Notices(Protocol):
    """Takes what a use case did and what it noticed."""

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """A line or paragraph of the result."""

    def mixed(self, pieces: Sequence[tuple[str, str]], indent: int = 0) -> None:
        """A paragraph of the result whose pieces look different: text and style of each."""

    def note(self, text: str, style: str = "dim", indent: int = 0) -> None:
        """A remark that is no part of the result."""

    def notes(self, lines: Iterable[str]) -> None:
        """Remarks of one kind, a line each; a long list may be cut, with a count."""

    def warn(self, problems: Iterable[Problem]) -> None:
        """Problems that stop nothing."""

    def next(self, command: Hint) -> None:
        """The command that goes on from here."""

    def error(self, error: McredError) -> None:
        """A refusal that stops only a part of the work."""

    def hide(self, secret: str) -> None:
        """From now on this text is never shown."""

    def without_secrets(self, text: str) -> str:
        """A text as it may be shown or stored."""

    def working(self, what: str) -> AbstractContextManager[Callable[[str, int, int | None], None] | None]:
        """Long work; gives a function for its progress (phase, done, total) where somebody watches."""


class Context(Protocol):
    """One call's surroundings."""

    @property
    def at(self) -> Path:
        """The folder that the call is about; the programme is looked for from there upwards."""

    @property
    def show(self) -> Notices:
        """Where results and remarks go."""

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock: UTC, whole seconds."""

    @property
    def keys(self) -> Path | None:
        """Where issuers' private keys are kept; the user's own data folder when None."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables by name: tokens, keys and passphrases that a service brings."""

    @property
    def fetch(self) -> Callable[[str], bytes]:
        """Brings one document from an https address."""

    @property
    def hosts(self) -> Transport | None:
        """Carries questions to review hosts; the network when None."""

    @property
    def pause(self) -> Callable[[float], None]:
        """Waits so many seconds."""

    @property
    def subscribers(self) -> Sequence[Subscriber]:
        """Who hears of what happened, beside the review host."""

    @property
    def dry_run(self) -> bool:
        """Whether nothing may be changed but what a fetch brings."""

    @property
    def typed(self) -> str:
        """The command as the caller gave it, so that a refusal can repeat it."""

    @property
    def interactive(self) -> bool:
        """Whether questions can be asked."""

    def ask(self, question: str, option: str, default: str | None = None) -> str:
        """An answer in words. Raises McredError naming `option` where nobody can be asked."""

    def ask_secret(self, question: str, variable: str) -> str:
        """A secret. Raises McredError naming `variable` where nobody can be asked."""

    def confirm(self, question: str, option: str = "--yes", default: bool = False) -> bool:
        """Yes or no. Raises McredError naming `option` where nobody can be asked."""

    def choose(self, question: str, choices: Sequence[str], option: str, default: str | None = None) -> str:
        """One of several words. Raises McredError naming `option` where nobody can be asked."""
