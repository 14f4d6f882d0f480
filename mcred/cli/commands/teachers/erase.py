"""`mcred erase`: take pieces of judged work out of the record."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.pieces import erase_answer
from mcred.app.pieces.erase import Erase, EraseResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = (
    'mcred erase class-record --reason "A child can be seen."',
    'mcred erase evidence/slip.jpg --of ana/fractions-number-line --reason "A parent asked." --yes',
)


def run(
    ctx: typer.Context,
    pieces: Annotated[
        list[str], typer.Argument(help="The items they were submitted for, or their files.", metavar="PIECE…")
    ],
    submission: Annotated[
        str | None,
        typer.Option("--of", help="The submission; by default your only one that has them.", metavar="ID"),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; this stays on record and is not published.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Erase pieces of assessed work: from the work, your drafts, and pages. The award stays proved.

    The earner and the issuers may do it. Where members may read each other's work, the program's history
    keeps it. Copies that someone made, exports, and backups keep it everywhere.
    """
    edge = terminal_of(ctx)
    command = Erase(pieces=tuple(pieces), submission=submission, reason=reason)
    run_command(edge, command, _show_result, erase_answer, yes=yes)


def _show_result(show: Show, found: EraseResult) -> None:
    if found.status == "not needed":
        show.say(f"That was already erased from {found.submission}.")
        show.next("mcred build")
        return
    names = ", ".join(str(piece) for piece in found.pieces) or "the rest of what had to go"
    show.say(f"{found.submission}: erased {names}.", style="bold green")
    show.next("mcred build")
