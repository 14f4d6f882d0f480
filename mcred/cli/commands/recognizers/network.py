"""`mcred network`: one catalogue over many programmes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcred.app.answers.audits import network_answer
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.problems import Exit, McredError

if TYPE_CHECKING:
    from mcred.app.network.build import BuiltProgramme

EXAMPLES = (
    "mcred network build network.yaml",
    "mcred network build network.yaml --to /var/www/network --workers 4",
    "mcred network build network.yaml --workers tcp://cluster.example.org:8786",
)


def run(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="build")],
    file: Annotated[Path, typer.Argument(help="The file that lists the programs.")],
    to: Annotated[Path, typer.Option(help="The folder for the pages.", metavar="DIR")] = Path("network"),
    workers: Annotated[
        str,
        typer.Option(
            help="How many programs to read at once on this computer, or a Dask cluster's address.",
            metavar="N|tcp://HOST:PORT",
        ),
    ] = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Fetch and audit many programs, and build one catalog of all their micro-credentials.

    Only what is public in a program is read: definitions, stacks, and the awards of people who chose to be
    listed. A program that has not changed since the last time is not read again. One that cannot be read is
    named and left out; then this exits with 1, and the others have their pages. The file: docs/networks.md
    """
    from mcred.app.network.build import build_network

    edge = terminal_of(ctx)
    if action != "build":
        raise McredError(
            f"mcred network has no action '{action}'", hint=f"mcred network build {file}", code=Exit.USAGE
        )
    out = edge.at / to
    built = build_network(edge, edge.at / file, out, workers, dry_run=dry_run)
    edge.show.warn(built.problems)
    if json:
        edge.show.answer(network_answer(built))
    for row in built.programmes:
        _show(edge.show, row)
    did = f"Would write {built.changed} of" if dry_run else f"{built.changed} changed of"
    edge.show.say(f"{did} {built.files} files in {out}.")
    raise typer.Exit(int(Exit.REFUSED if any(row.what for row in built.programmes) else Exit.OK))


def _show(show: Show, row: BuiltProgramme) -> None:
    if row.what:
        show.say(f"{row.id}: left out: {row.what}{f' ({row.help})' if row.help else ''}", style="red")
        return
    show.say(f"{row.id}: {row.status}, {row.credentials} micro-credentials, {row.badges} listed badges")
    if row.findings:
        codes = ", ".join(f"{count} × {code}" for code, count in row.findings.items())
        show.say(f"its audit found {codes}", style="yellow", indent=2)
    if row.unread:
        show.say(f"{row.unread} of its files could not be read", style="yellow", indent=2)
