"""`mcred view`: show a submission as its assessors see it, or a draft to a coach."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from mcred.app.answers.reviews import view_answer
from mcred.app.assessment.sent_work import SentWork, read_sent, write_page
from mcred.app.workspace import open_workspace
from mcred.cli.show import Show
from mcred.cli.terminal import Json, terminal_of

EXAMPLES = ("mcred view ana/fractions-number-line", "mcred view ana/fractions-number-line --text")


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="The submission, such as ana/true-cost.")],
    text: Annotated[
        bool, typer.Option("--text", help="Show it in the terminal instead of the browser.")
    ] = False,
    open_it: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    json: Json = False,
) -> None:
    """Look at a submission, or at a draft shared with you, with the rubric beside it."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    sent = read_sent(ws, submission)
    page = None if text else write_page(ws, sent)
    if json:
        edge.show.answer(view_answer(sent, str(page) if page is not None else None))
        return
    if page is None:
        _print(edge.show, sent)
    else:
        edge.show.say(f"The page is at {page}")
        if open_it and edge.interactive:
            webbrowser.open(page.as_uri())
    is_asked, named = ws.me in sent.standing.missing, sent.standing.submission
    if sent.coached is not None:
        edge.show.next(f"mcred diff {named}" if sent.standing.judged else "mcred progress")
    else:
        edge.show.next(f"mcred assess {named}" if is_asked else "mcred queue")


def _print(show: Show, sent: SentWork) -> None:
    definition, work, standing, again = sent.definition, sent.work, sent.standing, sent.again
    which = "draft" if sent.coached else f"attempt {standing.attempt} ({standing.word})"
    show.title(f"{definition.title}: {work.id}, {which}")
    if work.submission.note:
        show.say(f"What changed: {work.submission.note}", indent=2)
    for part in definition.parts:
        show.say()
        show.title(part.title)
        for item in part.items:
            show.say(item.title, style="cyan", indent=2)
            answer = work.answers.get(item.id)
            if answer is not None and answer.text:
                show.say(answer.text, indent=4)
            for piece in work.evidence_of(item):
                show.say(f"{piece.type}: {piece.title} ({piece.file or piece.url})", indent=4)
                if piece.about:
                    show.say(piece.about, indent=6)
    if again is not None:
        show.say()
        show.title(f"What changed since {again.since}")
        show.say(", ".join(again.changed) or "Nothing that is assessed.", indent=2)
        show.say(str(again.command), indent=2)
