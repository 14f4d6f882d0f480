"""`mcred publish-piece`: show pieces of evidence on your badge's page."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.pieces import publish_answer
from mcred.app.pieces.publish import PublishPieces, PublishResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = (
    "mcred publish-piece lesson-plans",
    "mcred publish-piece evidence/plan.md --of fractions-number-line --yes",
    "mcred publish-piece --all --dry-run",
)


def run(
    ctx: typer.Context,
    pieces: Annotated[
        list[str] | None,
        typer.Argument(help="The items they were submitted for, or their files.", metavar="[PIECE…]"),
    ] = None,
    submission: Annotated[
        str | None,
        typer.Option("--of", help="The submission; by default your only one that has them.", metavar="ID"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every piece of evidence in it.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Publish pieces of your evidence on your badge's page. No one has to approve it.

    Nothing of your work is on a page until you do this. What goes out is a copy without hidden information,
    such as the place in a photo; the work that was assessed stays as it is. mcred unpublish removes it.
    """
    edge = terminal_of(ctx)
    command = PublishPieces(pieces=tuple(pieces or ()), submission=submission, everything=everything)
    run_command(edge, command, _show_result, publish_answer, yes=yes)


def _show_result(show: Show, found: PublishResult) -> None:
    if found.status == "not needed":
        show.say("That is already published.")
    for piece in found.changed:
        show.say(f"“{piece.title}” of {piece.submission} is published.", style="bold green")
    if found.status == "done":
        what = "It is" if len(found.changed) == 1 else "They are"
        show.say(f"{what} on your badge's page the next time the program's pages are built.")
    show.next("mcred share")
