"""`mcred build`: build the programme's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.programme import build_answer
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = ("mcred build", "mcred build --out /var/www/badges", "mcred build --dry-run")


def run(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The folder for the pages.", metavar="DIR")] = Path("site"),
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Build the pages: home, catalog, micro-credentials, stacks, portfolios, badges."""
    edge = terminal_of(ctx)
    place = out if out.is_absolute() else edge.at / out
    from mcred.app.pages.build import build_site

    built = build_site(edge, place, dry_run)
    if json:
        edge.show.answer(build_answer(str(place), built, written=not dry_run))
    if dry_run:
        edge.show.say(f"Would write {built.changed} of {built.files} files in {place}.")
        return
    changed = f"{built.changed} {'file' if built.changed == 1 else 'files'} changed in {place}"
    edge.show.say(f"{changed}; {built.badges} {'badge has' if built.badges == 1 else 'badges have'} a page.")
    edge.show.next(f"mcred serve --out {out}")
