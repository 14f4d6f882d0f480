"""`mcred view`: show a submission as its assessors see it, or a draft to a coach."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.assessment.sent_work import read_sent
from mcred.app.workspace import open_workspace
from mcred.cli.render.work import AsText, Opening, show_work
from mcred.cli.terminal import Json, terminal_of

EXAMPLES = ("mcred view ana/fractions-number-line", "mcred view ana/fractions-number-line --text")


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="The submission, such as ana/true-cost.")],
    text: AsText = False,
    open_it: Opening = True,
    json: Json = False,
) -> None:
    """Look at a submission, or at a draft shared with you, with the rubric beside it."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    sent = read_sent(ws, submission)
    show_work(edge, ws, sent, text=text, open_it=open_it)
    if json:
        return
    is_asked, named = ws.me in sent.standing.missing, sent.standing.submission
    if sent.coached is not None:
        edge.show.next(f"mcred diff {named}" if sent.standing.judged else "mcred progress")
    else:
        edge.show.next(f"mcred assess {named}" if is_asked else "mcred queue")
