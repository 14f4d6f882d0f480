"""`mcred restore`: restore files that are missing from your folder, as last saved."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.work.restore import NOTHING, Restore, RestoreResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, terminal_of

EXAMPLES = (
    "mcred restore",
    "mcred restore fractions-number-line",
    "mcred restore fractions-number-line evidence/lesson.pdf --dry-run",
)


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Only this one.", metavar="[ID]")] = None,
    file: Annotated[
        str | None, typer.Argument(help="Only this file, by its name in the folder.", metavar="[FILE]")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Bring back what is gone from your folder, as it was saved last. Nothing that is there is changed."""

    def show_result(show: Show, found: RestoreResult) -> None:
        if not found.files:
            show.say(NOTHING)
        show.next(f"mcred check {credential}" if credential and found.files else "mcred status")

    run_command(terminal_of(ctx), Restore(credential=credential, file=file), show_result)
