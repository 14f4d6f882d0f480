"""`mcred build`: the programme's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.cli.building import build_site
from mcred.cli.desk import open_desk
from mcred.cli.edge import DryRun, edge_of

EXAMPLES = ("mcred build", "mcred build --out /var/www/badges", "mcred build --dry-run")


def run(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The folder for the pages.", metavar="DIR")] = Path("site"),
    dry_run: DryRun = False,
) -> None:
    """Write the pages: home, catalogue, micro-credentials, stacks, portfolios, badges."""
    edge = edge_of(ctx)
    desk = open_desk(edge)
    if desk.stale is not None:
        edge.show.note(f"{desk.stale.what}. The pages show what was last received.", style="yellow")
    place = out if out.is_absolute() else edge.at / out
    written, badges = build_site(desk, place, dry_run)
    if dry_run:
        edge.show.say(f"Would write {written} pages and files into {place}.")
        return
    changed = f"{written} {'file' if written == 1 else 'files'} changed in {place}"
    edge.show.say(f"{changed}; {badges} {'badge has' if badges == 1 else 'badges have'} a page.")
    edge.show.next(f"mcred serve --out {out}")
