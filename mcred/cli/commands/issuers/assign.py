"""`mcred assign`: an issuer replaces an assessor who does not answer."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.assessment.assign import Assign, AssignResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Yes, terminal_of

EXAMPLES = (
    'mcred assign ana/fractions-number-line --to tom --because "Mei is on leave"',
    'mcred assign ana/fractions-number-line --to tom --instead-of mei --because "Mei is on leave" --yes',
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    to: Annotated[str, typer.Option(help="Who is asked; left out, those who may are named.")] = "",
    instead_of: Annotated[
        str, typer.Option("--instead-of", help="In whose place, where several have not answered.")
    ] = "",
    because: Annotated[str, typer.Option(help="Why; the record keeps it for everybody.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Ask somebody in the place of an assessor who does not answer. It is recorded, with your reason."""
    command = Assign(submission=submission, to=to, instead_of=instead_of, because=because)
    run_command(terminal_of(ctx), command, _show_result, yes=yes)


def _show_result(show: Show, found: AssignResult) -> None:
    wanted, until = found.standing.submission, found.standing.due
    show.say(f"{found.to} is asked to assess {wanted}, until {until}.", style="bold green")
    show.next("mcred queue --all")
