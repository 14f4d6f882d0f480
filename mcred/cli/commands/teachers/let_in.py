"""`mcred let-in`: let a coach read the user's drafts and feedback."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.pieces import let_in_answer
from mcred.app.sealed.let_in import LetIn, LetInResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = (
    "mcred let-in mei --of fractions-number-line --yes",
    "mcred let-in mei --of fractions-number-line --stop",
)


def run(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(help="Your coach: any confirmed person.", metavar="PERSON")],
    of: Annotated[
        str | None, typer.Option("--of", help="The micro-credential; by default your only open one.")
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop sharing with them from now on.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Let a coach read your drafts, what you submit, and the feedback. No one else is told."""
    edge = terminal_of(ctx)
    run_command(edge, LetIn(person=person, of=of, stop=stop), _show_result, let_in_answer, yes=yes)


def _show_result(show: Show, found: LetInResult) -> None:
    name, who = found.submission.credential, found.ws.catalog.people.get(found.person)
    called, already = f"{who.name} ({who.id})" if who else found.person, found.status == "not needed"
    if found.person in found.let_in:
        show.say(f"{called} can {'already ' if already else ''}read {name} as your coach.", style="bold")
        show.say("mcred does not notify them. Ask them to type:")
        show.say(f"mcred view {found.submission}", indent=4)
    else:
        show.say(f"{called} {'was not' if already else 'is no longer'} let in to {name}.", style="bold")
    show.next("mcred status")
