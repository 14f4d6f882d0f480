"""Shows a submission or a draft as its assessors see it: as a page in the browser, or in the terminal."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from mcred.app.answers.reviews import view_answer
from mcred.app.assessment.sent_work import SentWork, write_page
from mcred.app.workspace import Workspace
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.domain.text import flow

AsText = Annotated[bool, typer.Option("--text", help="Show it in the terminal instead of the browser.")]
Opening = Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")]


def show_work(edge: Terminal, ws: Workspace, sent: SentWork, *, text: bool, open_it: bool) -> None:
    """Print the work, or write its page, say where it is and open it in the browser; JSON opens nothing."""
    page = None if text else write_page(ws, sent)
    if edge.show.as_json:
        edge.show.answer(view_answer(sent, str(page) if page is not None else None))
    elif page is None:
        _print_work(edge.show, sent)
    else:
        edge.show.say(f"The page is at {page}")
        if open_it and edge.interactive:
            webbrowser.open(page.as_uri())


def _print_work(show: Show, sent: SentWork) -> None:
    definition, work, standing, again = sent.definition, sent.work, sent.standing, sent.again
    which = "draft" if sent.is_draft else f"attempt {standing.attempt} ({standing.word})"
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
                show.say(flow(answer.text), indent=4)
            for piece in work.evidence_of(item):
                show.say(f"{piece.type}: {piece.title} ({piece.file or piece.url})", indent=4)
                if piece.about:
                    show.say(piece.about, indent=6)
    if again is not None:
        show.say()
        show.title(f"What changed since {again.since}")
        show.say(", ".join(again.changed) or "Nothing that is assessed.", indent=2)
        show.say(str(again.command), indent=2)
