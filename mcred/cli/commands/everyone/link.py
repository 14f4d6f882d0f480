"""`mcred link`: take in a second computer of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.people import LinkAnswer
from mcred.app.people.link import write_link
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = ("mcred link ../my-other-computer.txt", "mcred link /media/usb/mcred.txt")


def run(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file that your other computer gets.", metavar="FILE")],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Go on working on a second computer: puts your keys into a file that only a code opens.

    Carry the file over, and type `mcred join FILE` there. Both computers are you from then on.
    """
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    place = edge.at / file.expanduser()
    if json and dry_run:
        edge.show.answer(LinkAnswer(file=str(place), code=None))
    if dry_run:
        edge.show.say(f"Would seal your keys into {place}. Nothing was changed.")
        return
    found = write_link(ws, place)
    if json:
        edge.show.answer(LinkAnswer(file=str(place), code=found.code))
    edge.show.say(f"{place} holds your keys. The code that opens it:")
    edge.show.say(found.code, indent=4, style="bold")
    edge.show.say("Carry the file to your other computer, without the code, and type there: mcred join FILE")
    edge.show.say("Whoever has both is you, so delete the file once you have joined.")
    edge.show.next("mcred sync   (before you go on over there)")
    found.finish()
