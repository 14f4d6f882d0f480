"""The events that the record of a programme tells of, such as those of other people's computers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mcred.app.events import (
    Assessed,
    Assigned,
    AttemptEvent,
    Decided,
    Reissued,
    ReviewDeclined,
    Revoked,
    Submitted,
    Withdrawn,
)
from mcred.app.workspace import Workspace
from mcred.domain.catalog import Record
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import parse_path
from mcred.domain.status import Standing
from mcred.store.diffs import list_changes

_ORDER: tuple[tuple[type[AttemptEvent], ...], ...] = (
    (Submitted,),
    (Assigned, ReviewDeclined),
    (Assessed,),
    (Withdrawn, Decided),
    (Reissued, Revoked),
)
"""What follows what within one attempt."""


def events_since(before: Workspace, after: Workspace) -> tuple[AttemptEvent, ...]:
    """What happened between two states of a programme, each attempt's events in order."""
    changed = (parse_path(change.path) for change in list_changes(after.repo, before.main, after.main))
    moved = {f.submission for f in changed if f is not None and f.person and f.credential}
    moved |= {*before.record.current, *after.record.current}
    known = {*_read_all(before, moved)}
    new = [e for e, number in dict.fromkeys(_read_all(after, moved)) if (e, number) not in known]
    return tuple(sorted(new, key=lambda e: (e.submission, e.attempt, _rank(e))))


def _rank(event: AttemptEvent) -> int:
    return next(n for n, kinds in enumerate(_ORDER) if isinstance(event, kinds))


def _read_all(ws: Workspace, of: Iterable[SubmissionId]) -> Iterator[tuple[AttemptEvent, int]]:
    """Every event of some submissions, with a number that tells equal ones apart."""
    for submission, sent in ws.record.sent.items():
        yield from ((Submitted(submission=submission, attempt=e.attempt), 0) for e in sent)
    for standing in ws.record.current.values():
        yield from ((event, 0) for event in _read_open(standing))
    for record in (found for s in sorted(of) if (found := ws.catalog.records.get(s)) is not None):
        yield from ((event, 0) for event in _read_decided(record))
        for r in record.reissues:
            yield Reissued(submission=record.id, attempt=r.attempt, kind=r.kind), r.number


def _read_open(standing: Standing) -> Iterator[AttemptEvent]:
    submission, attempt = standing.submission, standing.attempt
    for event in standing.changes:
        if (to := event.assignment) is not None:
            yield Assigned(submission=submission, attempt=attempt, to=to.to, instead_of=to.instead_of)
        else:
            yield ReviewDeclined(submission=submission, attempt=attempt, assessor=event.person)
    for event in standing.reviews:
        yield Assessed(submission=submission, attempt=attempt, assessor=event.person)
    if standing.word == "withdrawn":
        yield Withdrawn(submission=submission, attempt=attempt)


def _read_decided(record: Record) -> Iterator[AttemptEvent]:
    submission = record.id
    for d in record.decisions:
        yield Submitted(submission=submission, attempt=d.attempt)
        yield Decided(submission=submission, attempt=d.attempt, outcome=d.outcome)
    for a in record.assessments:
        yield Assessed(submission=submission, attempt=a.attempt, assessor=a.assessor)
    for back in record.declined:
        yield ReviewDeclined(submission=submission, attempt=back.attempt, assessor=back.assessor)
    for to in record.assigned:
        yield Assigned(submission=submission, attempt=to.attempt, to=to.to, instead_of=to.instead_of)
    for attempt in record.revocations:
        yield Revoked(submission=submission, attempt=attempt)
