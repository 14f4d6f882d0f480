"""`mcred stacks`: a person's progress in each stack, and the stack badges."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.catalogue import award_stacks_answer, stacks_answer
from mcred.app.awards.award_stacks import (
    AwardStacks,
    AwardStacksPlan,
    AwardStacksResult,
    StackOverview,
    view_stacks,
)
from mcred.app.awards.stacks import StackProgress, stack_title
from mcred.app.use_case import Plan
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.runner import run_command
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = ("mcred stacks", "mcred stacks --json", "mcred stacks --award --dry-run", "mcred stacks --award")


def run(
    ctx: typer.Context,
    award: Annotated[
        bool, typer.Option("--award", help="Issuers: award every stack badge that is due.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show your progress in each stack. You get its badge with the last micro-credential it needs."""
    edge = terminal_of(ctx)
    if not award:
        ws = open_workspace(edge)
        note_stale(ws)
        _show(edge.show, ws, view_stacks(ws))
        return

    def show_own(ws: Workspace, plan: Plan[AwardStacksResult]) -> None:
        for line in plan.own if isinstance(plan, AwardStacksPlan) else ():
            edge.show.note(
                f"{line.stack.title} is complete for you, but another issuer has to award its badge."
            )

    run_command(edge, AwardStacks(), _show_result, award_stacks_answer, yes=yes, show_plan=show_own)


def _show(show: Show, ws: Workspace, found: StackOverview) -> None:
    if show.as_json:
        show.answer(stacks_answer(found, [_revoke(line) for line in found.hollow]))
        return
    if not ws.catalog.stacks:
        show.say("This program has no stacks.")
    show.table(
        ("stack", "you have", "still to earn", "badge"),
        [
            (
                line.stack.title,
                f"{len(line.counted)} of {line.stack.needed}",
                "-" if line.is_complete else ", ".join(line.missing),
                _word(line),
            )
            for line in found.mine
        ],
    )
    for line in found.due:
        show.say(f"{line.earner} has completed {line.stack.title} but does not have its badge yet.")
    for line in found.hollow:
        show.say(
            f"{line.earner} no longer has enough micro-credentials for the {line.stack.title} badge.",
            style="yellow",
        )
        show.say(_revoke(line), indent=2)
    show.next(_next(found))


def _word(line: StackProgress) -> str:
    if line.is_hollow:
        return "no longer earned"
    if line.number is not None:
        return "yes"
    return "soon" if line.is_due else "-"


def _revoke(line: StackProgress) -> str:
    return f'mcred revoke {line.earner}/stacks/{line.stack.id} --reason "…"'


def _next(found: StackOverview) -> str:
    if found.due:
        return "mcred stacks --award"
    if found.hollow:
        return _revoke(found.hollow[0])
    begun = next((line for line in found.mine if line.counted and not line.is_complete), None)
    return f"mcred show {begun.missing[0]}" if begun else "mcred browse"


def _show_result(show: Show, found: AwardStacksResult) -> None:
    for person, stack in found.stacks:
        show.say(f"{person} now has the {stack_title(found.ws.catalog, stack)} badge.", style="bold green")
    if found.status == "not needed":
        show.say("Every stack badge that is due has been awarded.")
    show.next("mcred stacks" if found.status == "not needed" else "mcred build")
