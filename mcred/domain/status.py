"""The status of each submission, computed from its events.

`fold` does not depend on the order in which git lists concurrent work, because it goes by the attempt's
number first, and then by the content of the events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from mcred.domain.award import Revocation
from mcred.domain.decision import Decision, Outcome
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.seats import Assignment, DeclinedReview, Seats, seat
from mcred.domain.submission import ReviewRequest

EventKind = Literal["save", "submit", "withdraw", "assess", "decline-review", "assign", "decide", "revoke"]
StateWord = Literal[
    "not started",
    "draft",
    "in review",
    "being reconciled",
    "not yet earned",
    "declined",
    "earned",
    "withdrawn",
    "revoked",
    "expired",
]
"""The words of state (COMMANDS: Conventions)."""


class Event(Struct, frozen=True, kw_only=True):
    """One event in a submission's life, and the person who caused it."""

    kind: EventKind
    submission: SubmissionId
    attempt: int
    person: PersonId
    commit: CommitId
    when: datetime
    request: ReviewRequest | None = None
    decision: Decision | None = None
    outcome: Outcome | None = None
    """The outcome, where the decision itself was not read in full."""
    ends: date | None = None
    """The last day an award holds, renewals counted; None for no end."""
    revocation: Revocation | None = None
    declined: DeclinedReview | None = None
    assignment: Assignment | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """A submission's status: the state, its attempt, the events it follows from, and since when."""

    submission: SubmissionId
    word: StateWord
    attempt: int
    since: datetime | None = None
    judged: CommitId | None = None
    """The submitted commit that assessors judge."""
    request: ReviewRequest | None = None
    reviews: tuple[Event, ...] = ()
    changes: tuple[Event, ...] = ()
    """Declined reviews, and assignments by an issuer."""
    decision: Decision | None = None
    ends: date | None = None
    """The last day the award holds, renewals counted; None for no end."""
    revocation: Revocation | None = None

    @property
    def missing(self) -> tuple[PersonId, ...]:
        """Panel members who have not answered."""
        done = {e.person for e in self.reviews}
        return tuple(p for p in self.panel if p not in done)

    @property
    def seats(self) -> Seats:
        """The panel's seats and their current holders."""
        return seat_by(self.request, self.changes)

    @property
    def panel(self) -> tuple[PersonId, ...]:
        """The current panel members."""
        return self.seats.panel

    @property
    def due(self) -> date | None:
        """The day the reviews are due; assessors asked later have as many days as those before."""
        if self.request is None:
            return None
        days = max(self.request.due - self.request.requested.date(), timedelta(0))
        return max((self.request.due, *(e.when.date() + days for e in self.changes)))

    @property
    def is_open(self) -> bool:
        """Whether assessors or the issuer have something to do."""
        return self.word in ("in review", "being reconciled")


def fold(events: Iterable[Event], today: date) -> Mapping[SubmissionId, Standing]:
    """Submission → its standing on a day, from events in any order."""
    by_submission: dict[SubmissionId, list[Event]] = defaultdict(list)
    for event in events:
        by_submission[event.submission].append(event)
    return {key: _standing(key, found, today) for key, found in sorted(by_submission.items())}


def _latest(events: Iterable[Event]) -> Event | None:
    return max(events, key=lambda e: (e.attempt, e.when, e.commit), default=None)


def _standing(key: SubmissionId, events: list[Event], today: date) -> Standing:
    decided = _latest(e for e in events if e.kind == "decide")
    sent = _latest(e for e in events if e.kind == "submit")
    saved = _latest(e for e in events if e.kind == "save")
    if decided is not None and (sent is None or sent.attempt <= decided.attempt):
        revoked = _latest(e for e in events if e.kind == "revoke" and e.attempt == decided.attempt)
        return _after_decision(key, decided, revoked, today)
    if sent is None:
        since = saved.when if saved else None
        return Standing(submission=key, word="draft", attempt=1, since=since)
    earlier = decided.decision if decided else None
    withdrawn = _latest(e for e in events if e.kind == "withdraw" and e.attempt == sent.attempt)
    if withdrawn is not None:
        return Standing(
            submission=key,
            word="withdrawn",
            attempt=sent.attempt,
            since=withdrawn.when,
            decision=earlier,
        )
    reviews = _reviews_of(sent, events)
    changes = _changes_of(sent, events)
    seats = seat_by(sent.request, changes)
    panel, done = seats.panel, {e.person for e in reviews}
    complete = bool(panel) and not seats.vacant and all(p in done for p in panel)
    return Standing(
        submission=key,
        word="being reconciled" if complete else "in review",
        attempt=sent.attempt,
        since=max(e.when for e in reviews if e.person in panel) if complete else sent.when,
        judged=sent.commit,
        request=sent.request,
        reviews=reviews,
        changes=changes,
        decision=earlier,
    )


def seat_by(request: ReviewRequest | None, changes: Iterable[Event]) -> Seats:
    """The places of a panel after some events."""
    changes = tuple(changes)
    return seat(
        request,
        {e.person for e in changes if e.kind == "decline-review"},
        (e.assignment for e in changes if e.assignment is not None),
    )


def _changes_of(sent: Event, events: list[Event]) -> tuple[Event, ...]:
    """Declined reviews and assignments of the sent attempt; those for another commit are ignored."""
    found = [
        e
        for e in events
        if e.attempt == sent.attempt
        and (
            (e.kind == "decline-review" and (e.declined is None or e.declined.judged == sent.commit))
            or (e.assignment is not None and e.assignment.judged == sent.commit)
        )
    ]
    return tuple(sorted(found, key=lambda e: (e.when, e.kind, e.person, e.commit)))


def _reviews_of(sent: Event, events: list[Event]) -> tuple[Event, ...]:
    """One review per assessor of the attempt that was sent, by assessor."""
    first: dict[PersonId, Event] = {}
    for event in sorted(events, key=lambda e: (e.when, e.commit)):
        if event.kind == "assess" and event.attempt == sent.attempt:
            first.setdefault(event.person, event)
    return tuple(first[p] for p in sorted(first))


def _after_decision(key: SubmissionId, event: Event, revoked: Event | None, today: date) -> Standing:
    decision, ends, since = event.decision, event.ends, event.when
    words: Mapping[str, StateWord] = {"award": "earned", "revise": "not yet earned", "decline": "declined"}
    outcome = decision.outcome if decision else event.outcome
    word = words[outcome] if outcome else "not yet earned"
    if word == "earned" and revoked is not None:
        word, since = "revoked", revoked.when
    elif word == "earned" and ends is not None and ends < today:
        word, since = "expired", datetime.combine(ends, time.max, UTC)
    return Standing(
        submission=key,
        word=word,
        attempt=event.attempt,
        since=since,
        judged=decision.judged if decision else None,
        decision=decision,
        ends=ends,
        revocation=revoked.revocation if revoked else None,
    )
