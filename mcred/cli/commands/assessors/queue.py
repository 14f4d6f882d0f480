"""`mcred queue`: the submissions that wait for my assessment, and how assessors were chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from mcred.app.answers.reviews import panel_answer, queue_answer
from mcred.app.assessment.queue import Queue, read_panel, read_queue
from mcred.app.people.requests import told_waiting
from mcred.app.work.review_request import Redrawn
from mcred.app.workspace import open_workspace
from mcred.cli.render.review import say_change
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.ids import PersonId
from mcred.domain.people import Person
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest

EXAMPLES = ("mcred queue", "mcred queue --all", "mcred queue --why ana/fractions-number-line")


def run(
    ctx: typer.Context,
    why: Annotated[
        str | None,
        typer.Option("--why", help="Explain how a submission's assessors were chosen.", metavar="SUBMISSION"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everyone's, not just yours.")] = False,
    json: Json = False,
) -> None:
    """List the submissions waiting for you, as an assessor or as an issuer."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    note_stale(ws)
    if why is not None:
        _show_panel(edge.show, *read_panel(ws, why))
        return
    queue = read_queue(ws, everything=everything)
    if json:
        edge.show.answer(queue_answer(queue))
    else:
        _show(edge.show, queue, ws.catalog.people)


def _show(show: Show, queue: Queue, people: Mapping[PersonId, Person]) -> None:
    if queue.waiting:
        show.table(
            ("submission", "attempt", "assessed by", "still to answer", "due"),
            [
                (
                    str(s.submission),
                    str(s.attempt),
                    f"{s.request.rule}s" if s.request else "-",
                    ", ".join((*s.missing, *(f"no one in place of {p}" for p in s.seats.vacant)))
                    or "decision",
                    str(s.due),
                )
                for s in queue.waiting
            ],
        )
    away = ((t.ref.removeprefix("refs/heads/"), "; ".join(t.reasons)) for t in queue.shown)
    for what, why in dict.fromkeys(away):
        show.note(f"Not accepted: {what}: {why}", style="yellow")
    for asked in queue.people:
        show.say(told_waiting(asked, people.values()))
    for said in queue.proposed:
        show.say(said)
    if queue.assess is not None:
        wanted = queue.assess.submission
        show.next(f"mcred view {wanted}   then   mcred assess {wanted}")
    elif queue.duty is not None:
        show.say(queue.duty[0])
        show.next(queue.duty[1])
    elif queue.people:
        first = queue.people[0]
        show.next(f"mcred person {'vouch' if first.is_takeover else 'add'} {first.person}")
    else:
        show.say("Nothing is waiting for you.")
        show.next("mcred status")


def _show_panel(show: Show, standing: Standing, request: ReviewRequest, redrawn: Redrawn) -> None:
    """How a panel was chosen: the rule, the count, the first candidates, and why others were not eligible."""
    if show.as_json:
        show.answer(panel_answer(standing, request, redrawn))
        return
    people = ", ".join(standing.panel) or "no one"
    show.title(f"{standing.submission}, attempt {standing.attempt}: assigned to {people}")
    for reason in redrawn.panel.reasons:
        show.say(f"- {reason}", indent=2)
    for event in standing.changes:
        if (change := event.assignment or event.declined) is not None:
            show.say(f"- {say_change(change)}", indent=2)
    named, count = len(request.candidates), redrawn.panel.count
    said = "The request names" if redrawn.doubts else "Everyone eligible, first choice first"
    if named < count and not redrawn.doubts:
        said = f"The first {named} of {count} who are eligible, first choice first"
    show.say(f"{said}:", indent=2)
    words = {**dict.fromkeys(request.at_limit, "at the limit"), **dict.fromkeys(standing.panel, "assigned")}
    rows = [(f"  {c.person}", str(c.open), words.get(c.person, "")) for c in request.candidates]
    show.table(("  person", "open reviews at the time", ""), rows)
    for doubt in redrawn.doubts:
        show.say(f"Against the rules: {doubt.what} ({doubt.code}).", style="bold red", indent=2)
    if not redrawn.doubts:
        show.say(
            f"Based on the program's record {request.main[:12]}: earlier assessors first, then by open "
            "reviews, then by a number anyone can compute again from that record, submission, and person.",
            indent=2,
        )
    show.next(f"mcred view {standing.submission}")
