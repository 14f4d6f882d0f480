"""`mcred serve`: preview the pages on this computer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.pages.build import build_site
from mcred.cli.preview_server import serve
from mcred.cli.terminal import Json, terminal_of
from mcred.shipped import shipped
from mcred.store.git import open_repo

EXAMPLES = ("mcred serve", "mcred serve --port 8080", "mcred serve --out /tmp/pages")


def run(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The folder of the pages.", metavar="DIR")] = Path("site"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 picks any free one.")] = 8000,
    json: Json = False,
) -> None:
    """Build the pages and show them on this computer only, until you press Ctrl-C.

    When something new arrives or a template changes, the pages are rebuilt and the browser shows them.
    """
    edge = terminal_of(ctx)
    place = out if out.is_absolute() else edge.at / out
    repo = open_repo(edge.at)
    build_site(edge, place)
    looks = repo.work_tree / "templates" if repo.work_tree else repo.git_dir / "templates"
    sources = (
        repo.common_dir / "refs",
        repo.common_dir / "packed-refs",
        looks,
        shipped("templates") / "site",
    )
    serve(edge, place, port, sources, lambda: build_site(edge, place))
