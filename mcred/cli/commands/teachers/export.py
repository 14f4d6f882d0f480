"""`mcred export`: write all badges of one person to one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.catalogue import export_answer
from mcred.app.awards.export import Export, gather_export, need_person
from mcred.app.workspace import open_workspace
from mcred.badges.export_zip import write_parcel
from mcred.cli.output_file import place_output
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import DryRun, Json, terminal_of

EXPORT_MARK = b"README.txt"
"""The first file name in an export, so near its beginning."""
EXAMPLES = ("mcred export", "mcred export --out my-badges.zip", "mcred export --person ana --dry-run")


def run(
    ctx: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="The file; ID-badges.zip by default.", metavar="FILE")
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Someone else's: their badges and what is public.", metavar="ID")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Pack all your badges into one file, with your work, the keys, and how to verify them without mcred.

    The file stays yours and can be verified even after the program is gone: mcred verify FILE.zip
    """
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    note_stale(ws, "The file holds")
    who = need_person(ws, person)
    export = gather_export(ws, who)
    name = out or Path(f"{who.id}-badges.zip")
    place = edge.at / name
    data = write_parcel(export.files)
    _tell(edge.show, export)
    if dry_run and json:
        edge.show.answer(export_answer(who.id, export, str(place), len(data), written=False))
    if dry_run:
        edge.show.say(f"Would write {len(export.files)} files ({_size(data)}) into {place}.")
        return
    place_output(edge, name, data, EXPORT_MARK)
    if json:
        edge.show.answer(export_answer(who.id, export, str(place), len(data), written=True))
    edge.show.say(f"{len(export.files)} files ({_size(data)}) are in {place}", style="bold")
    if ws.me == who.id:
        edge.show.say("Your work and your assessments are inside: think before you share the whole file.")
    edge.show.next(f"mcred verify {name}")


def _tell(show: Show, export: Export) -> None:
    for held in export.badges:
        said = "" if held.became == "holds" else f"  ({held.became})"
        signed = "" if held.is_signed else "  (not signed)"
        show.say(f"{held.title}{said}{signed}", indent=2)
    if export.clr == "unsigned":
        show.say(f"clr.json has no signature of its own ({export.unsigned}); each badge in it has.")


def _size(data: bytes) -> str:
    return f"{len(data) / 1_000_000:.1f} MB" if len(data) > 1_000_000 else f"{-(-len(data) // 1000)} kB"
