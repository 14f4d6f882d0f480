"""`mcred publish`: publish the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
        str, typer.Option(help="The branch that the host publishes; left out, what the host expects.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="Into this folder instead, as a whole.", metavar="DIR")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Build the pages and publish them at the review host, or into a folder that a web server shows."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    _say(edge.show, publish_site(edge, branch, to), dry_run)


def _say(show: Show, done: Published, dry_run: bool) -> None:
    if show.as_json:
        show.json(
            "mcred/publish/1",
            {
                "where": done.where,
                "state": done.commit,
                "changed": done.changed,
                "files": done.files,
                "badges": done.badges,
                "published": done.is_new and not dry_run,
            },
        )
        return
    files = f"{done.changed} of {done.files} files"
    if not done.is_new:
        show.say(f"What is published in {done.where} is up to date.")
    elif dry_run:
        show.say(f"Would publish to {done.where}: {files} are new, changed or gone. Nothing was changed.")
    else:
        show.say(
            f"The pages are published in {done.where}: {files} were new, changed or gone.", style="bold green"
        )
    show.next("mcred status")
