"""`mcred unpublish`: take pieces, or all your pages, off the programme's pages."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.pieces import unpublish_answer
from mcred.app.pieces.publish import PublishResult
from mcred.app.pieces.unpublish import Unpublish
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = (
    "mcred unpublish lesson-plans",
    "mcred unpublish lesson-plans --of fractions-number-line --dry-run",
    "mcred unpublish --page",
)


def run(
    ctx: typer.Context,
    pieces: Annotated[
        list[str] | None,
        typer.Argument(help="The items they were submitted for, or their files.", metavar="[PIECE…]"),
    ] = None,
    submission: Annotated[
        str | None,
        typer.Option("--of", help="The submission; by default all of yours.", metavar="ID"),
    ] = None,
    page: Annotated[
        bool, typer.Option("--page", help="All your badge pages, and every piece on them.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take pieces of your evidence, or all your pages, off the program's site. It takes effect at once.

    Your badges remain valid, and anyone who has a badge file can still verify it. mcred publish-piece brings
    pieces and pages back.
    """
    edge = terminal_of(ctx)
    command = Unpublish(pieces=tuple(pieces or ()), submission=submission, page=page)
    run_command(edge, command, _show_result, unpublish_answer)


def _show_result(show: Show, found: PublishResult) -> None:
    if found.status == "not needed":
        show.say("None of that is published.")
    for piece in found.changed:
        show.say(f"“{piece.title}” of {piece.submission} was taken off the pages.", style="bold green")
    if found.status == "done" and found.shown.list.hidden:
        show.say("From now on, none of your badges has a page.", style="bold green")
    show.next("mcred share")
