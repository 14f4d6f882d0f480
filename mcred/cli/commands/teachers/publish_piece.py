"""`mcred publish-piece`: show pieces of evidence on your badge's page."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mcred.app.pieces.publish import PublishPieces, PublishResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.domain.shown import ShownPiece

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
    edge.show.as_json = json
    command = PublishPieces(pieces=tuple(pieces or ()), submission=submission, everything=everything)
    run_command(edge, command, _show_result, yes=yes)


def _show_result(show: Show, found: PublishResult) -> None:
    if show.as_json:
        show_shown(show, "mcred/publish-piece/1", found)
        return
    if found.status == "not needed":
        show.say("That is already published.")
    for piece in found.changed:
        show.say(f"“{piece.title}” of {piece.submission} is published.", style="bold green")
    if found.status == "done":
        what = "It is" if len(found.changed) == 1 else "They are"
        show.say(f"{what} on your badge's page the next time the program's pages are built.")
    show.next("mcred share")


def show_shown(show: Show, schema: str, found: PublishResult) -> None:
    """What was changed, and everything that is published now, for machines."""
    show.json(
        schema,
        {
            "changed": [_plain(piece) for piece in found.changed],
            "pages": not found.shown.list.hidden,
            "published": [_plain(piece) for piece in found.shown.list.pieces],
        },
    )


def _plain(piece: ShownPiece) -> dict[str, Any]:
    return {
        "submission": str(piece.submission),
        "attempt": piece.attempt,
        "item": piece.content.item,
        "type": piece.content.type,
        "title": piece.title,
        "commitment": piece.commitment,
        "file": piece.file or None,
        "as_assessed": piece.is_as_assessed,
    }
