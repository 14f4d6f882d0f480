"""The command line's `Context`: the folder, the clock, and prompts if there is a terminal.

Everything below gets these as arguments. Prompts are here, so that a verb without a terminal names the
missing option instead of waiting.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer
from msgspec import Struct, field

from mcred.app.plain import ask_network, unanswered, unanswered_secret
from mcred.cli.show import Show
from mcred.domain.programme import WorkPolicy
from mcred.domain.text import clean

if TYPE_CHECKING:
    from mcred.app.events import Subscriber
    from mcred.hosting.client import Transport


def read_clock() -> datetime:
    """Now, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


class Terminal(Struct, kw_only=True):
    """The `Context` of one run."""

    at: Path = field(default_factory=Path.cwd)
    show: Show = field(default_factory=Show)
    now: Callable[[], datetime] = field(default_factory=lambda: read_clock)
    keys: Path | None = None
    """The folder of issuers' private keys; the user's own data folder when None."""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """Variables by name."""
    fetch: Callable[[str], bytes] = field(default_factory=lambda: ask_network)
    """Brings one document from an https address."""
    hosts: Transport | None = None
    """Sends requests to review hosts; the network when None."""
    pause: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    subscribers: Sequence[Subscriber] = ()
    no_input: bool = False
    verbose: bool = False
    dry_run: bool = False
    """Nothing is changed here except by a fetch: the remote-tracking refs."""
    typed: str = "mcred"
    """The command line as typed, so that an error can repeat it with the missing option."""

    @property
    def cache(self) -> Path:
        """The user's cache folder."""
        from platformdirs import user_cache_path

        return user_cache_path("mcred")

    @property
    def interactive(self) -> bool:
        """Whether the user can be asked."""
        if self.no_input or os.environ.get("MCRED_NO_INPUT"):
            return False
        return sys.stdin.isatty() and sys.stderr.isatty()

    def ask(self, question: str, option: str, default: str | None = None) -> str:
        """An answer as text; without a terminal raises McredError naming the option."""
        if not self.interactive:
            if default is not None:
                return default
            raise unanswered(question, option, self.typed)
        answer: str = typer.prompt(clean(question), default=default, show_default=bool(default), err=True)
        return answer.strip()

    def ask_secret(self, question: str, variable: str) -> str:
        """A secret, not shown while typed; without a terminal raises McredError naming the variable."""
        if not self.interactive:
            raise unanswered_secret(question, variable)
        answer: str = typer.prompt(clean(question), hide_input=True, err=True)
        return answer

    def confirm(self, question: str, option: str = "--yes", default: bool = False) -> bool:
        """Yes or no; without a terminal raises McredError naming the option."""
        if not self.interactive:
            raise unanswered(question, option, self.typed)
        return typer.confirm(clean(question), default=default, err=True)

    def choose(
        self,
        question: str,
        choices: Sequence[str],
        option: str,
        default: str | None = None,
        *,
        also: Sequence[str] = (),
    ) -> str:
        """One of several words, which may be shortened, or one of `also`, which are not listed; asked again
        until it is one."""
        while True:
            answer = self.ask(f"{question} ({' / '.join(choices)})", option, default)
            if answer in also:
                return answer
            matches = [c for c in choices if c == answer] or [c for c in choices if c.startswith(answer)]
            if answer and len(matches) == 1:
                return matches[0]
            self.show.note(f"please type one of {', '.join(choices)}", style="yellow")

    def pick(
        self, question: str, choices: Sequence[str], option: str, told: Sequence[str] | None = None
    ) -> str:
        """One of several names, by its number in a list of them, or of what is `told` of each; nothing is
        told where it was just before."""
        if not self.interactive:
            raise unanswered(f"{question} ({' / '.join(choices)})", option, self.typed)
        for number, name in enumerate(choices if told is None else told, start=1):
            self.show.note(f"{number}. {name}", style="", indent=2)
        while (answer := self.ask(f"{question} (1 to {len(choices)})", option)) not in choices:
            if answer.isdecimal() and 0 < int(answer) <= len(choices):
                return choices[int(answer) - 1]
            self.show.note(f"please type a number from 1 to {len(choices)}", style="yellow")
        return answer


def terminal_of(ctx: typer.Context) -> Terminal:
    """The terminal a verb was started with."""
    found = ctx.find_object(Terminal)
    if found is None:
        raise RuntimeError("a verb was started without its surroundings")
    return found


def _note_dry_run(ctx: typer.Context, typed: bool) -> bool:
    """Store `--dry-run` for everything that opens the programme."""
    if (edge := ctx.find_object(Terminal)) is not None:  # none where a line is only parsed
        edge.dry_run = typed
    return typed


def _note_json(ctx: typer.Context, typed: bool) -> bool:
    """Store `--json` for everything that prints."""
    if typed and (edge := ctx.find_object(Terminal)) is not None:
        edge.show.as_json = True
    return typed


def _check_work(typed: str | None) -> str | None:
    if typed is not None and typed not in get_args(WorkPolicy):
        raise typer.BadParameter(f"use {' or '.join(get_args(WorkPolicy))}, not '{typed}'")
    return typed


DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", "-n", callback=_note_dry_run, help="Show what would happen without changing anything."
    ),
]
WorkRule = Annotated[
    str | None,
    typer.Option(
        callback=_check_work,
        metavar="RULE",
        help="Who may read submitted work: its assessors and the issuers (sealed), or everyone in the "
        "program (open).",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", callback=_note_json, help="For machines: one JSON document on stdout.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Go ahead without asking.")]
