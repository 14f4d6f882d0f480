"""The ports of a use case: folder, clock, network, keys, and the caller.

The terminal is one adapter (`cli/terminal`); a web page, a bot or another program can be others.
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
    """A line or paragraph for the user."""

    text: str
    style: str = ""
    indent: int = 0


class Notices(Protocol):
    """Receives what a use case did and noticed."""

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """A line or paragraph of the result."""

    def mixed(self, pieces: Sequence[tuple[str, str]], indent: int = 0) -> None:
        """A paragraph of the result in styled pieces: text and style of each."""

    def note(self, text: str, style: str = "dim", indent: int = 0) -> None:
        """A remark that is not part of the result."""

    def notes(self, lines: Iterable[str]) -> None:
        """Remarks of one kind, a line each; a long list may be cut, with a count."""

    def warn(self, problems: Iterable[Problem]) -> None:
        """Problems that do not stop the command."""

    def next(self, command: Hint) -> None:
        """The command to continue with."""

    def error(self, error: McredError) -> None:
        """An error that stops only a part of the work."""

    def hide(self, secret: str) -> None:
        """Never show this text from now on."""

    def without_secrets(self, text: str) -> str:
        """A text with the secrets removed, for showing or storing."""

    def working(self, what: str) -> AbstractContextManager[Callable[[str, int, int | None], None] | None]:
        """A long operation; yields a progress function (phase, done, total) if progress is shown."""


class Context(Protocol):
    """The surroundings of one call."""

    @property
    def at(self) -> Path:
        """The folder that the call is about; the programme is searched from there upwards."""

    @property
    def show(self) -> Notices:
        """Receives results and remarks."""

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock: UTC, whole seconds."""

    @property
    def keys(self) -> Path | None:
        """The folder of issuers' private keys; the user's own data folder when None."""

    @property
    def cache(self) -> Path | None:
        """The folder of what earlier runs computed, the user's own; nothing is kept or used when None.

        Never inside a programme's folder: a copied one would bring answers along.
        """

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables by name: tokens, keys and passphrases of a service."""

    @property
    def fetch(self) -> Callable[[str], bytes]:
        """Fetches one document from an https address."""

    @property
    def hosts(self) -> Transport | None:
        """Sends requests to review hosts; the network when None."""

    @property
    def pause(self) -> Callable[[float], None]:
        """Sleeps for so many seconds."""

    @property
    def subscribers(self) -> Sequence[Subscriber]:
        """Called with events, besides the review host."""

    @property
    def dry_run(self) -> bool:
        """Whether nothing may be changed except by a fetch."""

    @property
    def typed(self) -> str:
        """The command line as the caller typed it, so that an error can repeat it."""

    @property
    def interactive(self) -> bool:
        """Whether questions can be asked."""

    def ask(self, question: str, option: str, default: str | None = None) -> str:
        """An answer as text. Raises McredError naming `option` when not interactive."""

    def ask_secret(self, question: str, variable: str) -> str:
        """A secret. Raises McredError naming `variable` when not interactive."""

    def confirm(self, question: str, option: str = "--yes", default: bool = False) -> bool:
        """Yes or no. Raises McredError naming `option` when not interactive."""

    def choose(self, question: str, choices: Sequence[str], option: str, default: str | None = None) -> str:
        """One of several words. Raises McredError naming `option` when not interactive."""

    def pick(self, question: str, choices: Sequence[str], option: str) -> str:
        """One of several names. Raises McredError naming `option` when not interactive."""
