"""`mcred publish`: publish the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.programme import publish_pages_answer
from mcred.app.pages.publish import Published, publish_site
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = (
    "mcred publish",
    "mcred publish --branch gh-pages --dry-run",
    "mcred publish --to /var/www/badges",
)


def run(
    ctx: typer.Context,
    branch: Annotated[
        str, typer.Option(help="The branch that the host publishes; by default the one the host expects.")
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option(help="Publish to this folder instead, replacing its content.", metavar="DIR"),
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Build the pages and publish them on the review host, or to a folder that a web server shows."""
    edge = terminal_of(ctx)
    _say(edge.show, publish_site(edge, branch, to), dry_run)


def _say(show: Show, done: Published, dry_run: bool) -> None:
    if show.as_json:
        show.answer(publish_pages_answer(done, written=not dry_run))
        return
    files = f"{done.changed} of {done.files} files"
    if not done.is_new:
        show.say(f"The pages in {done.where} are up to date.")
    elif dry_run:
        show.say(f"Would publish to {done.where}: {files} are new, changed, or removed. Nothing was changed.")
    else:
        show.say(
            f"The pages are published to {done.where}: {files} were new, changed, or removed.",
            style="bold green",
        )
    show.next("mcred status")
