"""`mcred tour`: a demonstration from a definition to a badge page, in a folder of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from mcred.app.answers.programme import TourAnswer
from mcred.cli.demo import run_demo
from mcred.cli.show import Show
from mcred.cli.terminal import Json, WorkRule, terminal_of
from mcred.problems import McredError

EXAMPLES = ("mcred tour", "mcred tour --into /tmp/my-tour", "mcred tour --work open")


def run(
    ctx: typer.Context,
    into: Annotated[
        Path | None,
        typer.Option(help="Keep everything here: remote.git, programme, people, site.", metavar="DIR"),
    ] = None,
    work: WorkRule = "sealed",
    json: Json = False,
) -> None:
    """Watch a small school run a program: every step is the real command, for each person."""
    edge = terminal_of(ctx)
    if into is None:
        place = Path(tempfile.mkdtemp(prefix="mcred-tour-"))
    else:
        place = edge.at / into
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise McredError(f"{into} is not empty", hint="mcred tour --into ANOTHER-DIR")
        place.mkdir(parents=True, exist_ok=True)
    talk = edge.show.talk.file
    page = run_demo(replace(edge, show=Show(talk, talk)) if json else edge, place, work or "sealed")
    if json:
        edge.show.answer(TourAnswer(folder=str(place), page=str(page)))
    edge.show.say()
    edge.show.say("The tour is done. Its pages start here:", style="bold green")
    edge.show.say(str(page))
    edge.show.next(f"mcred --at {place / 'programme'} serve --out {place / 'site'}")
