"""Where submissions stand that main has decided on, from their records or from outlines alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from mcred.app.index.lazy import LazyMapping
from mcred.domain.award import valid_until
from mcred.domain.catalog import Catalog, Outline, Record
from mcred.domain.credential import Validity
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.rules.submit import last_word
from mcred.domain.seats import Assignment
from mcred.domain.status import Event, Standing, fold


def is_decided(catalog: Catalog, submission: SubmissionId, tip: CommitId) -> bool:
    outline = catalog.outline(submission)
    return outline is not None and any(d.judged == tip for d in outline.decisions.values())


def all_standings(
    catalog: Catalog, current: Mapping[SubmissionId, Standing], today: date
) -> Mapping[SubmissionId, Standing]:
    """The current standings, and those that follow from main alone."""

    def read(submission: SubmissionId) -> Standing | None:
        found = current.get(submission)
        return found or fold(decided_events(catalog, submission), today).get(submission)

    def read_all() -> Mapping[SubmissionId, Standing]:
        records = catalog.records.values()
        return {**fold((e for record in records for e in _events_of(catalog, record)), today), **current}

    return LazyMapping(read, read_all, lambda: sorted({*current, *(s for s, _ in catalog.decided)}))


def decided_events(catalog: Catalog, submission: SubmissionId) -> Iterator[Event]:
    """What happened to a submission on main: decisions, revocations, assignments."""
    record = catalog.records.get(submission)
    return _events_of(catalog, record) if record is not None else iter(())


def _events_of(catalog: Catalog, record: Record) -> Iterator[Event]:
    for decision in record.decisions:
        event = Event(
            kind="decide",
            submission=record.id,
            attempt=decision.attempt,
            person=decision.issuer,
            commit=decision.judged,
            when=decision.decided,
            decision=decision,
            ends=catalog.ends(record, decision.attempt),
        )
        yield event
        if decision.attempt in record.revocations:
            revocation = record.revocations[decision.attempt]
            when = revocation.revoked if revocation else decision.decided
            person = revocation.issuer if revocation else decision.issuer
            yield replace(event, kind="revoke", person=person, when=when, revocation=revocation)
    yield from (assigned_event(assignment) for assignment in record.assigned)


def find_last_words(over: Iterable[Event], today: date) -> Mapping[SubmissionId, str]:
    """For each submission that may have no further attempt, why not."""
    newest: dict[SubmissionId, Event] = {}
    revoked: set[tuple[SubmissionId, int]] = set()
    for event in over:
        if event.kind == "revoke":
            revoked.add((event.submission, event.attempt))
        elif event.kind == "decide":
            before = newest.setdefault(event.submission, event)
            newest[event.submission] = max(before, event, key=lambda e: e.attempt)
    found: dict[SubmissionId, str] = {}
    for submission, event in newest.items():
        outcome = event.decision.outcome if event.decision is not None else event.outcome
        is_revoked = (submission, event.attempt) in revoked
        if outcome is not None:
            found[submission] = last_word(
                outcome, event.attempt, is_revoked=is_revoked, ends=event.ends, on=today
            )
    return {submission: why for submission, why in found.items() if why}


def assigned_event(assignment: Assignment) -> Event:
    """An issuer's assignment as an event."""
    return Event(
        kind="assign",
        submission=assignment.submission,
        attempt=assignment.attempt,
        person=assignment.issuer,
        commit=assignment.judged,
        when=assignment.assigned,
        assignment=assignment,
    )


def outline_events(catalog: Catalog, outlines: Collection[Outline]) -> Iterator[Event]:
    """The same for very many submissions, without their decisions."""
    blobs = {d.definition.blob for o in outlines for d in o.decisions.values()}
    editions = {blob: catalog.editions.get(blob) for blob in blobs}
    validity = {blob: edition.validity if edition else None for blob, edition in editions.items()}
    for outline in outlines:
        yield from _outline_events(outline, validity)


def _outline_events(outline: Outline, validity: Mapping[BlobId, Validity | None]) -> Iterator[Event]:
    for attempt, decision in outline.decisions.items():
        begins = outline.renewed.get(attempt, decision.decided)
        event = Event(
            kind="decide",
            submission=outline.id,
            attempt=attempt,
            person=decision.issuer,
            commit=decision.judged,
            when=decision.decided,
            outcome=decision.outcome,
            ends=valid_until(begins.date(), validity[decision.definition.blob]),
        )
        yield event
        if attempt in outline.revocations:
            # Revoked even where the reason cannot be read.
            said = outline.revocations[attempt]
            yield Event(
                kind="revoke",
                submission=outline.id,
                attempt=attempt,
                person=said.issuer if said else decision.issuer,
                commit=decision.judged,
                when=said.revoked if said else decision.decided,
                revocation=said,
            )
    yield from (assigned_event(assignment) for assignment in outline.assigned)
