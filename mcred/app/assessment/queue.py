"""The submissions that wait for a person, as an assessor or as an issuer, and how a panel was chosen."""

from __future__ import annotations

from msgspec import Struct

from mcred.app.awards.duties import issuer_duty, say_waiting
from mcred.app.lookup import parse_submission
from mcred.app.pending_reviews import TurnedAway
from mcred.app.people.requests import Waiting, list_waiting
from mcred.app.work.review_request import Redrawn, redraw
from mcred.app.workspace import Workspace
from mcred.domain.ids import PersonId
from mcred.domain.layout import parse_ref
from mcred.domain.rules.growth import may_vouch
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest
from mcred.problems import McredError, next_step


class Queue(Struct, frozen=True, kw_only=True):
    """What waits for a person, the earliest due first."""

    waiting: tuple[Standing, ...]
    turned_away: tuple[TurnedAway, ...]
    """What was sent and is not accepted."""
    shown: tuple[TurnedAway, ...]
    """Those that the person sent, or an issuer looks after."""
    assess: Standing | None = None
    """What they assess next; None where something else comes first."""
    duty: tuple[str, str] | None = None
    """What they do next as an issuer, as text and as a command."""
    people: tuple[Waiting, ...] = ()
    """Who waits to be confirmed, or for a new key, where the person may say so."""
    proposed: tuple[str, ...] = ()
    """What they proposed as an issuer, and whom it waits for, a sentence each."""


def read_queue(ws: Workspace, *, everything: bool = False) -> Queue:
    """What waits for the current user; `everything` for everyone's. Raises McredError for no user."""
    me, away = ws.person(), ws.record.turned_away
    is_issuer = me in ws.catalog.programme.roles.issuers
    duties = {s.submission: issuer_duty(ws, s) for s in ws.record.open}
    found = [ws.record.standings[wanted] for wanted in duties]
    mine = [s for s in found if me in s.missing or duties[s.submission]]
    waiting = sorted(found if everything else mine, key=lambda s: (str(s.due), s.submission))
    first = next((s for s in waiting if s in mine), None)
    is_assessor = first is not None and me in first.missing
    return Queue(
        waiting=tuple(waiting),
        turned_away=away,
        shown=tuple(t for t in away if is_issuer or _is_by(t.ref, me)),
        assess=first if is_assessor else None,
        duty=duties[first.submission] if first is not None and not is_assessor else None,
        people=_people_for(ws, me),
        proposed=tuple(said for s in found if s.word == "being reconciled" and (said := say_waiting(ws, s))),
    )


def _people_for(ws: Workspace, me: PersonId) -> tuple[Waiting, ...]:
    """The requests that the current user may confirm or vouch for."""
    if not may_vouch(ws.catalog.programme, me):
        return ()
    is_maintainer = me in ws.catalog.programme.roles.maintainers
    return tuple(w for w in list_waiting(ws) if w.person != me and (is_maintainer or w.is_takeover))


def _is_by(ref: str, person: PersonId) -> bool:
    """Whether a ref holds an assessor's answer."""
    found = parse_ref(ref)
    return found is not None and (found.kind, found.assessor) == ("review", person)


def read_panel(ws: Workspace, submission: str) -> tuple[Standing, ReviewRequest, Redrawn]:
    """Who is asked about a submission, and whom the rules ask. Raises McredError where no one was."""
    standing = ws.standing(parse_submission(ws, submission))
    redrawn = redraw(ws, standing)
    if standing.request is None or redrawn is None:
        raise McredError(
            f"no one is assigned to {standing.submission} ({standing.word})",
            hint=next_step("queue", "--all"),
        )
    return standing, standing.request, redrawn
