"""`mcred join`: clone a programme onto this computer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.people.join import clone_programme, open_clone
from mcred.app.people.setup import Setup
from mcred.cli.commands.everyone.setup import introduce
from mcred.cli.terminal import terminal_of

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
    edge.at = clone_programme(edge, url, folder)
    ws = open_clone(edge, url, person_id)
    edge.show.say(f"{ws.catalog.programme.issuer.name} is in {edge.at}.", style="bold")
    if ws.me is None and name is None and not edge.interactive:
        edge.show.next(f'cd {edge.at} && mcred setup --name "YOUR NAME"')
        return
    edge.show.say(f"Work inside that folder from now on: cd {edge.at}")
    introduce(edge, Setup(name=name, id=person_id, school=school, publish=publish))
