"""`mcred reissue`: reissue an award as a new badge, for a moved site or a new key."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.decisions import reissue_answer
from mcred.app.awards.reissue import STACKS, ReissueBadge, ReissueResult, count
from mcred.cli.render.award_changes import warn_lost
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.problems import McredError

EXAMPLES = (
    'mcred reissue ana/fractions-number-line --reason "Her name changed."',
    'mcred reissue ana/stacks/evidence-to-action --reason "Her name changed."',
    'mcred reissue --all --reason "Our pages have a new address." --yes',
)


def run(
    ctx: typer.Context,
    award: Annotated[
        str | None,
        typer.Argument(help="The badge: ana/true-cost, or ana/stacks/evidence-to-action.", metavar="[AWARD]"),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Every badge, stacks included, that does not have today's address and key."
        ),
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stays on record.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Reissue an award: same levels and dates, with a new badge that replaces the earlier one."""
    command = ReissueBadge(award=award, all=everything, reason=reason)
    found = run_command(terminal_of(ctx), command, _show_result, reissue_answer, yes=yes)
    if found is not None and found.failed:
        what = f"{len(found.failed)} could not be reissued"
        raise McredError(what, hint="mcred lint", problems=found.failed)


def _show_result(show: Show, found: ReissueResult) -> None:
    show.say(_sentence(found), style="" if found.status == "not needed" else "bold green")
    warn_lost(show, found.lost)
    if not found.failed:
        show.next("mcred build")


def _sentence(found: ReissueResult) -> str:
    if found.earlier is not None:
        return f"{found.name} was reissued by {found.earlier.issuer} on {found.earlier.issued.date()}."
    if found.status == "not needed":
        return "Every valid badge, stacks included, has today's address and key."
    if found.name:
        return f"{found.name}: reissued."
    awards = f"Reissued: {found.awards}." if found.awards else ""
    stacks = f"Reissued: {count(found.stacks, *STACKS)}." if found.stacks else ""
    return " ".join(filter(None, (awards, stacks)))
