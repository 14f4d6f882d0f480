"""Where submissions stand that main has decided on, from their records or from outlines alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import partial

from msgspec.structs import replace

from mcred.app.index.lazy import LazyMapping
from mcred.domain.award import valid_until
from mcred.domain.catalog import Catalog, Outline, Record, outline_of
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.rules.submit import last_word
from mcred.domain.seats import Assignment
from mcred.domain.status import Event, Standing, fold


def is_decided(catalog: Catalog, submission: SubmissionId, tip: CommitId) -> bool:
    """Whether main has a decision on a commit that was submitted."""
    outline = catalog.outline(submission)
    return outline is not None and any(d.judged == tip for d in outline.decisions.values())


def all_standings(
    catalog: Catalog, current: Mapping[SubmissionId, Standing], today: date
) -> Mapping[SubmissionId, Standing]:
    """The standing of every submission: those in `current`, and those that follow from main alone."""

    def read(submission: SubmissionId) -> Standing | None:
        found = current.get(submission)
        return found or fold(decided_events(catalog, submission), today).get(submission)

    def read_all() -> Mapping[SubmissionId, Standing]:
        records = catalog.records.values()
        return {**fold((e for record in records for e in _record_events(catalog, record)), today), **current}

    return LazyMapping(read, read_all, lambda: sorted({*current, *(s for s, _ in catalog.decided)}))


def decided_events(catalog: Catalog, submission: SubmissionId) -> Iterator[Event]:
    """What happened to a submission on main: decisions, revocations, assignments."""
    record = catalog.records.get(submission)
    return _record_events(catalog, record) if record is not None else iter(())


def _record_events(catalog: Catalog, record: Record) -> Iterator[Event]:
    full = {decision.attempt: decision for decision in record.decisions}
    return _events_of(outline_of(record), lambda attempt: catalog.ends(record, attempt), full)


def outline_events(catalog: Catalog, outlines: Collection[Outline]) -> Iterator[Event]:
    """The same for very many submissions, without their decisions."""
    blobs = {d.definition.blob for o in outlines for d in o.decisions.values()}
    editions = {blob: catalog.editions.get(blob) for blob in blobs}
    validity = {blob: edition.validity if edition else None for blob, edition in editions.items()}

    def ends(outline: Outline, attempt: int) -> date | None:
        decision = outline.decisions[attempt]
        begins = outline.renewed.get(attempt, decision.decided)
        return valid_until(begins.date(), validity[decision.definition.blob])

    for outline in outlines:
        yield from _events_of(outline, partial(ends, outline), {})


def _events_of(
    outline: Outline, ends: Callable[[int], date | None], full: Mapping[int, Decision]
) -> Iterator[Event]:
    """`ends`: the last day of an attempt's award. `full`: the decisions that were read, by attempt."""
    for attempt, decision in outline.decisions.items():
        event = Event(
            kind="decide",
            submission=outline.id,
            attempt=attempt,
            person=decision.issuer,
            commit=decision.judged,
            when=decision.decided,
            decision=full.get(attempt),
            outcome=None if attempt in full else decision.outcome,
            ends=ends(attempt),
        )
        yield event
        if attempt in outline.revocations:
            # Revoked even where the reason cannot be read.
            said = outline.revocations[attempt]
            person, when = (said.issuer, said.revoked) if said else (decision.issuer, decision.decided)
            yield replace(event, kind="revoke", person=person, when=when, revocation=said)
    yield from (assigned_event(assignment) for assignment in outline.assigned)


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
