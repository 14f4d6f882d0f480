"""`mcred reveal`: show one piece of your work to someone, who can then check that it was judged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.pieces import reveal_answer
from mcred.app.pieces.reveal import Revealed, reveal_piece
from mcred.app.workspace import open_workspace
from mcred.badges.revealed_piece import REVEALED_FILE
from mcred.cli.output_file import need_ending, place_output
from mcred.cli.show import note_stale
from mcred.cli.terminal import DryRun, Json, Terminal, terminal_of

EXAMPLES = (
    "mcred reveal lesson-plans",
    "mcred reveal evidence/plan.md --of ana/fractions-number-line --out plan.zip",
    "mcred reveal lesson-plans --of ana/fractions-number-line --dry-run",
)


def run(
    ctx: typer.Context,
    piece: Annotated[
        str, typer.Argument(help="The item it was submitted for, or its file.", metavar="PIECE")
    ],
    submission: Annotated[
        str | None,
        typer.Option("--of", help="The submission; by default your only one that has it.", metavar="ID"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file; ID-PIECE.zip by default.", metavar="FILE")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Save one piece of your assessed work to a file that proves it was assessed.

    Anyone who has the file can verify it with mcred verify FILE, beside your badge or in the program's
    folder. It shows this piece and nothing else of your work.
    """
    edge = terminal_of(ctx)
    need_ending(edge, out, ".zip")
    ws = open_workspace(edge)
    note_stale(ws)
    found = reveal_piece(ws, piece, submission)
    name = out or Path(found.name)
    place_output(edge, name, found.data, REVEALED_FILE.encode(), dry_run=dry_run)
    if json:
        edge.show.answer(reveal_answer(found, str(name), written=not dry_run))
        return
    _tell(edge, found, name, dry_run=dry_run)


def _tell(edge: Terminal, found: Revealed, name: Path, *, dry_run: bool) -> None:
    what = f"“{found.piece.title}” of {found.submission}, attempt {found.attempt}"
    if dry_run:
        edge.show.say(f"Would write {what} to {name}. Nothing was changed.")
        return
    edge.show.say(f"{what}, is in {name}", style="bold")
    edge.show.say("It shows this piece and nothing else of the work. Anyone who has the file can read it.")
    edge.show.next(f"mcred verify {name}")
