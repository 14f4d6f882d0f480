"""`mcred renew`: renew an award that expires."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.decisions import renew_answer
from mcred.app.awards.renew import Renew, RenewResult
from mcred.cli.render.award_changes import warn_lost
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = (
    'mcred renew ana/fractions-number-line --reason "Showed it again in spring."',
    'mcred renew ana/fractions-number-line --reason "Showed it again in spring." --dry-run',
)


def run(
    ctx: typer.Context,
    award: Annotated[str, typer.Argument(help="The submission, such as ana/true-cost.")],
    reason: Annotated[str, typer.Option(help="Why it is renewed; this stays on record.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Renew an award that expires: the same levels, valid from today.

    The new badge replaces the earlier one.
    """
    run_command(terminal_of(ctx), Renew(award=award, reason=reason), _show_result, renew_answer, yes=yes)


def _show_result(show: Show, found: RenewResult) -> None:
    if found.status == "not needed":
        show.say(f"{found.submission} is already valid until {found.ends}.")
    else:
        show.say(f"{found.submission}: renewed, valid until {found.ends}.", style="bold green")
    warn_lost(show, found.lost)
    show.next("mcred build")
