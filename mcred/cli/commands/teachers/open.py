"""`mcred open`: open a draft's folder, or one of its parts, in the user's editor."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import OpenAnswer
from mcred.app.lookup import find_place
from mcred.app.workspace import open_workspace
from mcred.cli.opening import open_place
from mcred.cli.terminal import Json, terminal_of

EXAMPLES = (
    "mcred open",
    "mcred open fractions-number-line",
    "mcred open fractions-number-line overview",
    "mcred open fractions-number-line 1",
)


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    part: Annotated[
        str, typer.Argument(help="A part, by its number or name; its folder otherwise.", metavar="[PART]")
    ] = "",
    json: Json = False,
) -> None:
    """Open your draft's folder, or one of its parts in your editor.

    Your editor is the one that the environment variable VISUAL or EDITOR names, otherwise the program that
    this computer opens such files with.
    """
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="no")
    submission, place = find_place(ws, credential, part)
    is_open = open_place(edge, place)
    if json:
        edge.show.answer(OpenAnswer(submission=submission, place=str(place), opened=is_open))
        return
    kind = "folder" if place.is_dir() else "file"
    edge.show.whole(f"Opened {place}" if is_open else f"Open this {kind}: {place}")
    edge.show.next(f"mcred check {submission.credential}")
