"""Answers about assessing: what waits, who was asked and why, what was sent, and what an assessor did."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import DoneWord, VerbAnswer, done_word
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId
from mcred.domain.people import fingerprint
from mcred.domain.programme import Rule
from mcred.domain.status import EventKind, StateWord
from mcred.domain.submission import Evidence, Load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcred.app.assessment.assess import AssessResult
    from mcred.app.assessment.assign import AssignResult
    from mcred.app.assessment.decline_review import DeclineResult
    from mcred.app.assessment.queue import Queue
    from mcred.app.assessment.sent_work import SentWork
    from mcred.app.people.requests import Waiting
    from mcred.app.work.review_request import Redrawn
    from mcred.domain.status import Event, Standing
    from mcred.domain.submission import ReviewRequest


class QueueRow(Struct, frozen=True, kw_only=True):
    """One submission that waits."""

    submission: SubmissionId
    attempt: int
    state: StateWord
    rule: Rule | None
    panel: tuple[PersonId, ...]
    vacant: tuple[PersonId, ...]
    """Whose place an issuer has yet to give to someone."""
    missing: tuple[PersonId, ...]
    """Who has not answered."""
    due: date | None


class TurnedAwayRow(Struct, frozen=True, kw_only=True):
    """What was sent and is not accepted."""

    ref: str
    reasons: tuple[str, ...]


class WaitingRow(Struct, frozen=True, kw_only=True):
    """A person who waits to be confirmed, or for a new key."""

    id: PersonId
    name: str
    school: str
    replaces_key: bool
    new_keys: tuple[str, ...]
    """Their fingerprints."""


class QueueAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/queue/1"):
    """`mcred queue`."""

    submissions: tuple[QueueRow, ...]
    """The earliest due first."""
    turned_away: tuple[TurnedAwayRow, ...]
    people: tuple[WaitingRow, ...]


def queue_answer(queue: Queue) -> QueueAnswer:
    """What waits for a person."""
    return QueueAnswer(
        submissions=tuple(map(_waits, queue.waiting)),
        turned_away=tuple(TurnedAwayRow(ref=t.ref, reasons=tuple(t.reasons)) for t in queue.turned_away),
        people=list_waiting(queue.people),
    )


def list_waiting(people: Iterable[Waiting]) -> tuple[WaitingRow, ...]:
    """Requests as rows."""
    return tuple(
        WaitingRow(
            id=asked.person,
            name=asked.name,
            school=asked.school,
            replaces_key=asked.is_takeover,
            new_keys=tuple(fingerprint(key) for key in asked.new_keys),
        )
        for asked in people
    )


def _waits(standing: Standing) -> QueueRow:
    return QueueRow(
        submission=standing.submission,
        attempt=standing.attempt,
        state=standing.word,
        rule=standing.request.rule if standing.request else None,
        panel=standing.panel,
        vacant=tuple(standing.seats.vacant),
        missing=standing.missing,
        due=standing.due,
    )


class DoubtRow(Struct, frozen=True, kw_only=True):
    """Where a request differs from what the rules of its day determine."""

    code: str
    what: str


class PanelChange(Struct, frozen=True, kw_only=True):
    """A review that was declined, or an assessor whom an issuer replaced."""

    kind: EventKind
    person: PersonId
    when: datetime
    instead_of: PersonId | None
    to: PersonId | None
    because: str


class PanelAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/panel/1"):
    """`mcred queue --why`."""

    submission: SubmissionId
    attempt: int
    state: StateWord
    rule: Rule | None
    panel: tuple[PersonId, ...]
    vacant: tuple[PersonId, ...]
    missing: tuple[PersonId, ...]
    due: date | None
    main: CommitId
    """The program's state that it was chosen from."""
    assessed_before: int
    reasons: tuple[str, ...]
    doubts: tuple[DoubtRow, ...]
    could_judge: int
    """How many were eligible."""
    candidates: tuple[Load, ...]
    """The first of them."""
    asked_first: tuple[PersonId, ...]
    at_limit: tuple[PersonId, ...]
    changes: tuple[PanelChange, ...]


def panel_answer(standing: Standing, request: ReviewRequest, redrawn: Redrawn) -> PanelAnswer:
    """How a panel was chosen."""
    row = _waits(standing)
    return PanelAnswer(
        submission=row.submission,
        attempt=row.attempt,
        state=row.state,
        rule=row.rule,
        panel=row.panel,
        vacant=row.vacant,
        missing=row.missing,
        due=row.due,
        main=request.main,
        assessed_before=request.assessed_before,
        reasons=tuple(redrawn.panel.reasons),
        doubts=tuple(DoubtRow(code=d.code, what=d.what) for d in redrawn.doubts),
        could_judge=redrawn.panel.count,
        candidates=request.candidates,
        asked_first=request.asked,
        at_limit=request.at_limit,
        changes=tuple(map(_change, standing.changes)),
    )


def _change(event: Event) -> PanelChange:
    assigned, declined = event.assignment, event.declined
    return PanelChange(
        kind=event.kind,
        person=event.person,
        when=event.when,
        instead_of=assigned.instead_of if assigned else None,
        to=assigned.to if assigned else None,
        because=assigned.because if assigned else declined.because if declined else "",
    )


class ViewedItem(Struct, frozen=True, kw_only=True):
    """What was submitted for one item."""

    item: Slug
    title: str
    text: str
    """What was written."""
    evidence: tuple[Evidence, ...]


class ViewedPart(Struct, frozen=True, kw_only=True):
    """A part of a submission."""

    part: Slug
    title: str
    items: tuple[ViewedItem, ...]


class ViewAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/view/1"):
    """`mcred view`, and `mcred preview`."""

    submission: SubmissionId
    attempt: int | None
    """Null for a draft."""
    state: StateWord
    title: str
    note: str
    """What its earner says has changed."""
    parts: tuple[ViewedPart, ...]
    changed: tuple[str, ...] | None
    """The titles of what is new since the attempt before; null for a first one."""
    page: str | None
    """The file of the page that shows it; null with `--text`."""


def view_answer(sent: SentWork, page: str | None) -> ViewAnswer:
    """A submission as its assessors see it."""
    work = sent.work

    def written(item: Slug) -> str:
        answer = work.answers.get(item)
        return answer.text if answer is not None else ""

    return ViewAnswer(
        submission=work.id,
        attempt=None if sent.is_draft else sent.standing.attempt,
        state=sent.standing.word,
        title=sent.definition.title,
        note=work.submission.note,
        parts=tuple(
            ViewedPart(
                part=part.id,
                title=part.title,
                items=tuple(
                    ViewedItem(
                        item=item.id,
                        title=item.title,
                        text=written(item.id),
                        evidence=tuple(work.evidence_of(item)),
                    )
                    for item in part.items
                ),
            )
            for part in sent.definition.parts
        ),
        changed=sent.again.changed if sent.again is not None else None,
        page=page,
    )


class AssessAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/assess/1"):
    """`mcred assess`."""

    status: DoneWord
    submission: SubmissionId
    attempt: int
    assessor: PersonId


def assess_answer(found: AssessResult) -> AssessAnswer:
    """Whose assessment arrived."""
    said = found.assessment
    return AssessAnswer(
        status=done_word(found),
        submission=said.submission,
        attempt=said.attempt,
        assessor=said.assessor,
    )


class BlankScoresAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/blank-scores/1"):
    """`mcred assess --blank`."""

    submission: SubmissionId
    file: str


class DeclineReviewAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/decline-review/1"):
    """`mcred decline-review`."""

    status: DoneWord
    submission: SubmissionId
    attempt: int
    declined: PersonId
    panel: tuple[PersonId, ...]
    """Who is asked now."""
    vacant: tuple[PersonId, ...]
    """Whose place an issuer has yet to give to someone."""
    due: date | None


def decline_answer(found: DeclineResult) -> DeclineReviewAnswer:
    """Who is asked instead."""
    standing = found.standing
    return DeclineReviewAnswer(
        status=done_word(found),
        submission=standing.submission,
        attempt=standing.attempt,
        declined=found.me,
        panel=standing.panel,
        vacant=tuple(standing.seats.vacant),
        due=standing.due,
    )


class AssignAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/assign/1"):
    """`mcred assign`."""

    status: DoneWord
    submission: SubmissionId
    attempt: int
    to: PersonId
    panel: tuple[PersonId, ...]
    """Who is asked now."""
    due: date | None


def assign_answer(found: AssignResult) -> AssignAnswer:
    """Who was assigned."""
    standing = found.standing
    return AssignAnswer(
        status=done_word(found),
        submission=standing.submission,
        attempt=standing.attempt,
        to=found.to,
        panel=standing.panel,
        due=standing.due,
    )
