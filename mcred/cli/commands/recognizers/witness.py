"""`mcred witness`: sign what the programme's record has today."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.audits import witness_answer
from mcred.app.audit.witness import make_witness
from mcred.cli.output_file import need_ending, write_output
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.problems import next_step

EXAMPLES = ("mcred witness", "mcred witness --out lakeside-2026.json", "mcred witness --dry-run")
WITNESS_MARK = b'"founding":"'
"""What stands near the beginning of every witness."""


def run(
    ctx: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="The file; witness-ID.json by default.", metavar="FILE")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Sign what the program's record has today: its newest state, and how many awards there are.

    Keep the file outside the program: mail it, or put it on your own site. With it, anyone can tell
    later whether the record was cut short or rewritten: mcred audit --witness FILE
    """
    edge = terminal_of(ctx)
    need_ending(edge, out, ".json")
    made = make_witness(edge)
    name = out or Path(made.file)
    edge.show.say(f"You certify that this program has {made.witness}.", style="bold")
    write_output(edge, name, made.data, WITNESS_MARK, dry_run=dry_run)
    if json:
        edge.show.answer(witness_answer(made, str(name), written=not dry_run))
    if not dry_run:
        edge.show.next(
            next_step("audit", "--witness", name, note="in any copy of the program, on any later day")
        )
