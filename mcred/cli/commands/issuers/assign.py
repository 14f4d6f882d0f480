"""`mcred assign`: an issuer replaces an assessor who does not answer."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.reviews import assign_answer
from mcred.app.assessment.assign import Assign, AssignResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = (
    'mcred assign ana/fractions-number-line --to tom --because "Mei is on leave"',
    'mcred assign ana/fractions-number-line --to tom --instead-of mei --because "Mei is on leave" --yes',
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="The submission, such as ana/true-cost.")],
    to: Annotated[str, typer.Option(help="Whom to assign; leave it out to see who is eligible.")] = "",
    instead_of: Annotated[
        str, typer.Option("--instead-of", help="Whom they replace, if several have not answered.")
    ] = "",
    because: Annotated[str, typer.Option(help="Why; everyone in the program can read it on record.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Replace an assessor who has not answered. The change and your reason go on record."""
    command = Assign(submission=submission, to=to, instead_of=instead_of, because=because)
    run_command(terminal_of(ctx), command, _show_result, assign_answer, yes=yes)


def _show_result(show: Show, found: AssignResult) -> None:
    wanted, until = found.standing.submission, found.standing.due
    show.say(f"{found.to} is now assigned to assess {wanted}, due {until}.", style="bold green")
    show.next("mcred queue --all")
