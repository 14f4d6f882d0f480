"""`mcred decline-review`: decline to assess a submission, so that the next candidate is asked."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.assessment.decline_review import DeclineResult, DeclineReview
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Yes, terminal_of
from mcred.domain.rules.decide import list_deciders

EXAMPLES = (
    'mcred decline-review ana/fractions-number-line --because "I coach her"',
    'mcred decline-review ana/fractions-number-line --because "Away until May" --dry-run',
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    because: Annotated[str, typer.Option(help="Why; the record keeps it for everybody.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Give your place as an assessor back: whoever comes next by the rules is asked instead."""
    run_command(
        terminal_of(ctx), DeclineReview(submission=submission, because=because), _show_result, yes=yes
    )


def _show_result(show: Show, found: DeclineResult) -> None:
    me, standing = found.me, found.standing
    wanted, seats = standing.submission, standing.seats
    show.say(f"Your place for attempt {standing.attempt} of {wanted} is given back.", style="bold green")
    place = next((p for p in seats.places if me in p), (me,))
    if me in seats.vacant:
        issuers = " or ".join(list_deciders(found.ws.catalog.programme.roles, wanted))
        show.say(f"Nobody is left by the rules; {issuers} will ask somebody (mcred assign {wanted}).")
    elif place[-1] != me:
        show.say(f"{place[-1]} is asked instead, until {standing.due}.")
    show.next("mcred queue")
