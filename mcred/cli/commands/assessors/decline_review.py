"""`mcred decline-review`: decline to assess a submission, so that the next candidate is asked."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.reviews import decline_answer
from mcred.app.assessment.decline_review import DeclineResult, DeclineReview
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.domain.rules.decide import list_deciders

EXAMPLES = (
    'mcred decline-review ana/fractions-number-line --because "I coach her"',
    'mcred decline-review ana/fractions-number-line --because "Away until May" --dry-run',
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="The submission, such as ana/true-cost.")],
    because: Annotated[str, typer.Option(help="Why; everyone in the program can read it on record.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Decline to assess a submission: the next eligible assessor is assigned instead."""
    run_command(
        terminal_of(ctx),
        DeclineReview(submission=submission, because=because),
        _show_result,
        decline_answer,
        yes=yes,
    )


def _show_result(show: Show, found: DeclineResult) -> None:
    me, standing = found.me, found.standing
    wanted, seats = standing.submission, standing.seats
    show.say(f"You are no longer assigned to attempt {standing.attempt} of {wanted}.", style="bold green")
    place = next((p for p in seats.places if me in p), (me,))
    if me in seats.vacant:
        issuers = " or ".join(list_deciders(found.ws.catalog.programme.roles, wanted))
        show.say(f"No other assessor is eligible; {issuers} will assign someone (mcred assign {wanted}).")
    elif place[-1] != me:
        show.say(f"{place[-1]} is now assigned instead, due {standing.due}.")
    show.next("mcred queue")
