"""`mcred restore`: restore files that are missing from your folder, and evidence that was removed."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import restore_answer
from mcred.app.work.restore import NOTHING, Restore, RestoreResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = (
    "mcred restore",
    "mcred restore fractions-number-line",
    "mcred restore fractions-number-line evidence/lesson.pdf --dry-run",
    'mcred restore fractions-number-line "Day one"',
)


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Only this one.", metavar="[ID]")] = None,
    file: Annotated[
        str | None, typer.Argument(help="Only this file, or this piece of evidence.", metavar="[FILE]")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Bring back what is missing from your folder, as it was last saved. No existing file is changed.

    To bring back evidence that mcred remove took out, name its title, file, or link.
    """

    def show_result(show: Show, found: RestoreResult) -> None:
        if found.piece is not None:
            show.say(f"“{found.piece.title}” is back in your draft, for {found.piece.item}.")
        elif not found.files:
            show.say(NOTHING)
        show.next(
            f"mcred check {credential}" if credential and (found.files or found.piece) else "mcred status"
        )

    run_command(terminal_of(ctx), Restore(credential=credential, file=file), show_result, restore_answer)
