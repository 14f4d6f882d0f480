"""`mcred preview`: show a draft as its assessors will see it."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.assessment.sent_work import read_preview
from mcred.app.lookup import pick_draft
from mcred.app.workspace import open_workspace
from mcred.cli.render.work import AsText, Opening, show_work
from mcred.cli.terminal import Json, terminal_of

EXAMPLES = (
    "mcred preview",
    "mcred preview fractions-number-line",
    "mcred preview fractions-number-line --text",
)


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    text: AsText = False,
    open_it: Opening = True,
    json: Json = False,
) -> None:
    """See your draft as its assessors will see it. Nothing is submitted."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="no")
    submission = pick_draft(ws, credential, "preview")
    show_work(edge, ws, read_preview(ws, submission), text=text, open_it=open_it)
    if not json:
        edge.show.next(f"mcred check {submission.credential}")
