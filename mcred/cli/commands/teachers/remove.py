"""`mcred remove`: take a piece of evidence out of your draft."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import remove_answer
from mcred.app.pieces.remove import Remove, RemoveResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = ('mcred remove "Day one"', "mcred remove lesson.pdf --in fractions-number-line --dry-run")
_STAYS = {
    "named": "stays in your folder, because your draft uses it elsewhere.",
    "unsaved": "stays in your folder, because it could not be saved.",
    "removed": "is no longer in your folder; your earlier drafts still have it.",
}


def run(
    ctx: typer.Context,
    piece: Annotated[
        str | None, typer.Argument(help="Its title, file, link, or item.", metavar="[PIECE]")
    ] = None,
    credential: Annotated[
        str | None, typer.Option("--in", help="Which micro-credential.", metavar="ID")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Remove a piece of evidence from your draft. Nothing is submitted, and mcred restore brings it back."""
    edge = terminal_of(ctx)
    run_command(edge, Remove(piece=piece, credential=credential), _show_result, remove_answer)


def _show_result(show: Show, found: RemoveResult) -> None:
    piece, name = found.piece, found.submission.credential
    if found.status == "not needed":
        show.say(f"“{piece.title}” is no longer in your draft of {name}. To bring it back: {found.back}")
    else:
        show.say(f"“{piece.title}” was removed from your draft of {name}. Nothing was submitted.")
        if found.file in _STAYS:
            show.say(f"{piece.file} {_STAYS[found.file]}")
        show.say(f"To bring it back: {found.back}")
    for number in found.attempts:
        show.say(f"Attempt {number} still has it; once that is decided, mcred erase removes it there.")
    show.next(f"mcred check {name}")
