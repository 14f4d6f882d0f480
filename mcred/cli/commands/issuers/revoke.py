"""`mcred revoke`: revoke an award."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.decisions import revoke_answer
from mcred.app.awards.revoke import Revoke, RevokeResult
from mcred.cli.render.award_changes import warn_lost
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = (
    'mcred revoke ana/fractions-number-line --reason "The video is of another class."',
    'mcred revoke ana/fractions-number-line --attempt 1 --reason "Awarded by mistake." --yes',
    'mcred revoke ana/stacks/evidence-to-action --reason "One of the two was revoked."',
)


def run(
    ctx: typer.Context,
    award: Annotated[str, typer.Argument(help="The award: ana/true-cost, or ana/stacks/ID.")],
    reason: Annotated[str, typer.Option(help="Why; this stays on record and is not published.")] = "",
    attempt: Annotated[int | None, typer.Option(help="Which attempt, if several were awarded.")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Revoke an award permanently. Wherever its badge is checked with the status list, it is then rejected.

    The earner may resubmit; a later award is a new badge.
    """
    run_command(
        terminal_of(ctx),
        Revoke(award=award, reason=reason, attempt=attempt),
        _show_result,
        revoke_answer,
        yes=yes,
    )


def _show_result(show: Show, found: RevokeResult) -> None:
    if found.status == "not needed":
        show.say(found.earlier)
        if found.live is not None:
            show.say(f"Attempt {found.live} is still valid; --attempt {found.live} revokes it.")
        show.next("mcred stacks" if found.is_stack else "mcred build")
        return
    show.say(f"{found.name}: revoked.", style="bold green")
    warn_lost(show, found.lost)
    show.next("mcred build")
