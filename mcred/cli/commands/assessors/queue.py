"""`mcred queue`: the submissions that wait for my assessment, and how assessors were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from mcred.app.awards.decide import issuer_duty
from mcred.app.lookup import parse_submission
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import note_stale, show_of
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.ids import PersonId
from mcred.domain.layout import parse_ref
from mcred.domain.status import Event, Standing
from mcred.problems import McredError

EXAMPLES = ("mcred queue", "mcred queue --all", "mcred queue --why ana/fractions-number-line")


def run(
    ctx: typer.Context,
    why: Annotated[
        str | None,
        typer.Option("--why", help="Explain who was asked for a submission.", metavar="SUBMISSION"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everybody's, not only yours.")] = False,
    json: Json = False,
) -> None:
    """List the submissions that wait for you, as an assessor or as an issuer."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    ws = open_workspace(edge)
    note_stale(ws)
    if why is not None:
        explain(ws, ws.standing(parse_submission(ws, why)), json)
        return
    me = ws.person()
    issuer = me in ws.catalog.programme.roles.issuers
    open_ones = [s for s in ws.record.standings.values() if s.is_open]
    mine = [s for s in open_ones if everything or me in s.missing or issuer_duty(ws, s)]
    mine.sort(key=lambda s: (str(s.due), s.submission))
    if json:
        edge.show.json(
            "mcred/queue/1",
            {
                "submissions": [_row(s) for s in mine],
                "turned_away": [{"ref": t.ref, "reasons": list(t.reasons)} for t in ws.record.turned_away],
            },
        )
        return
    if mine:
        edge.show.table(
            ("submission", "attempt", "judged by", "missing", "due"),
            [
                (
                    str(s.submission),
                    str(s.attempt),
                    f"{s.request.rule}s" if s.request else "-",
                    ", ".join((*s.missing, *(f"no one for {p}" for p in s.seats.vacant))) or "decision",
                    str(s.due),
                )
                for s in mine
            ],
        )
    refused = [t for t in ws.record.turned_away if issuer or _is_mine(t.ref, me)]
    away = ((t.ref.removeprefix("refs/heads/"), "; ".join(t.reasons)) for t in refused)
    for what, why in dict.fromkeys(away):
        edge.show.note(f"Not accepted: {what}: {why}", style="yellow")
    _next(ws, mine)


def _is_mine(ref: str, me: PersonId) -> bool:
    """Whether a ref holds my own answer."""
    found = parse_ref(ref)
    return found is not None and found.kind == "review" and found.assessor == me


def _next(ws: Workspace, mine: list[Standing]) -> None:
    show = show_of(ws)
    for standing in mine:
        if ws.me in standing.missing:
            show.next(f"mcred view {standing.submission}   then   mcred assess {standing.submission}")
            return
        if duty := issuer_duty(ws, standing):
            show.say(duty[0])
            show.next(duty[1])
            return
    show.say("Nothing waits for you.")
    show.next("mcred status")


def _row(standing: Standing) -> dict[str, object]:
    request = standing.request
    return {
        "submission": str(standing.submission),
        "attempt": standing.attempt,
        "state": standing.word,
        "rule": request.rule if request else None,
        "panel": list(standing.panel),
        "vacant": list(standing.seats.vacant),
        "missing": list(standing.missing),
        "due": str(standing.due),
    }


def _change(event: Event) -> dict[str, str]:
    """A change of the panel as JSON."""
    if event.assignment is not None:
        said = event.assignment
        about = {"instead_of": said.instead_of, "to": said.to, "because": said.because}
    else:
        about = {"because": event.declined.because if event.declined else ""}
    return {"kind": event.kind, "person": event.person, "when": event.when.isoformat(), **about}


def told_changes(changes: Iterable[Event]) -> Iterator[str]:
    """The changes of the panel since submission, a line for each."""
    for event in changes:
        if event.assignment is not None:
            said = event.assignment
            yield f"{said.issuer} asked {said.to} in the place of {said.instead_of}: {said.because}"
        elif event.declined is not None:
            yield f"{event.person} gave the place back: {event.declined.because}"


def explain(ws: Workspace, standing: Standing, as_json: bool) -> None:
    """How a panel was chosen: the rule, the count, all candidates, and why others were not eligible."""
    request, show = standing.request, show_of(ws)
    if request is None:
        raise McredError(
            f"nobody was asked about {standing.submission} ({standing.word})", hint="mcred queue --all"
        )
    if as_json:
        show.json(
            "mcred/panel/1",
            {
                **_row(standing),
                "main": request.main,
                "assessed_before": request.assessed_before,
                "reasons": list(request.reasons),
                "candidates": [{"person": c.person, "open": c.open} for c in request.candidates],
                "asked_first": list(request.panel),
                "changes": [_change(e) for e in standing.changes],
            },
        )
        return
    show.title(f"{standing.submission}, attempt {standing.attempt}: asked {', '.join(standing.panel)}")
    for reason in request.reasons:
        show.say(f"- {reason}", indent=2)
    for line in told_changes(standing.changes):
        show.say(f"- {line}", indent=2)
    show.say("Everybody who could be asked, first choice first:", indent=2)
    rows = [
        (c.person, str(c.open), "asked" if c.person in standing.panel else "") for c in request.candidates
    ]
    show.table(("  person", "open reviews then", ""), [(f"  {a}", b, c) for a, b, c in rows])
    show.say(
        f"Read from the programme's state {request.main[:12]}; the order is by earlier attempts, open "
        "reviews, then by a number anybody can compute again from that state, submission and person.",
        indent=2,
    )
    show.next(f"mcred view {standing.submission}")
