"""`mcred erase`: take pieces of judged work out of the record."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.pieces.erase import Erase, EraseResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Yes, terminal_of

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
        typer.Option("--of", help="Of which submission; your only one with them otherwise.", metavar="ID"),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stays on record and is not published.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Erase pieces of judged work from the programme's record and pages. The award stays proved.

    Its earner and issuers may do it. The programme's history and other people's copies still hold it.
    """
    command = Erase(pieces=tuple(pieces), submission=submission, reason=reason)
    run_command(terminal_of(ctx), command, _show_result, yes=yes)


def _show_result(show: Show, found: EraseResult) -> None:
    if found.status == "not needed":
        show.say(f"That is erased of {found.submission} already.")
        show.next("mcred build")
        return
    names = ", ".join(str(piece) for piece in found.pieces)
    show.say(f"{found.submission}: erased {names}.", style="bold green")
    show.next("mcred build")
