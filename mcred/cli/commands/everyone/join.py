"""`mcred join`: clone a programme onto this computer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.work.drafts import refresh
from mcred.app.workspace import open_workspace
from mcred.cli.commands.everyone.setup import introduce
from mcred.cli.terminal import Terminal, terminal_of
from mcred.domain.layout import PAGES_BRANCHES
from mcred.problems import Exit, McredError
from mcred.store.address import parse_address, redact
from mcred.store.config import remote_url
from mcred.store.git import open_repo
from mcred.store.remote import clone

EXAMPLES = (
    "mcred join https://git.example.org/lakeside.git",
    'mcred join /srv/lakeside.git my-lakeside --name "Ana Reyes" --school "Lincoln Elementary"',
)


def run(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="The programme's address.", metavar="ADDRESS")],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Your folder for it; named like the address otherwise.", metavar="DIR"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Your name, as on a badge.")] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Your short id.")] = None,
    school: Annotated[str | None, typer.Option(help="Your school.")] = None,
    publish: Annotated[
        str | None, typer.Option(help="Whether your badges get a page: public, unlisted or private.")
    ] = None,
) -> None:
    """Bring a programme onto this computer and introduce yourself."""
    edge = terminal_of(ctx)
    into = edge.at / (folder or url.rstrip("/").removesuffix(".git").replace("\\", "/").rsplit("/", 1)[-1])
    address = parse_address(url, base=edge.at)
    # An interrupted join that had created the folder continues.
    if not ((into / ".git").exists() and remote_url(open_repo(into)) == address):
        _bring(edge, address, into)
    edge.at = into
    ws = open_workspace(edge, fetching="no", only=lambda s: False)
    refresh(ws)
    edge.show.say(f"{ws.catalog.programme.issuer.name} is in {into}.", style="bold")
    if ws.me is not None and person_id not in (None, ws.me):
        raise McredError(
            f"{into} belongs to {ws.me}",
            hint=f"mcred join {url} ANOTHER-FOLDER   (for another person)",
        )
    if ws.me is None and name is None and not edge.interactive:
        edge.show.next(f'cd {into} && mcred setup --name "YOUR NAME"')
        return
    edge.show.say(f"Work inside that folder from now on: cd {into}")
    introduce(edge, name, person_id, school, publish)


def _bring(edge: Terminal, address: str, into: Path) -> None:
    """Clone the programme; an error names the command to type once it is fixed."""
    try:
        with edge.show.working("bringing the programme here") as tell:
            clone(
                address,
                into,
                tell,
                base=edge.at,
                interactive=edge.interactive,
                leave_out=PAGES_BRANCHES,
            )
    except McredError as error:
        if error.code not in (Exit.UNREACHABLE, Exit.SIGN_IN):
            raise
        first = str(error.hint).partition(", then")[0]
        raise McredError(
            error.what, hint=f"mcred join {redact(address)}   (first {first})", code=error.code
        ) from error
