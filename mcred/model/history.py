"""What happened to each submission, and where it stands now.

`fold` is order-free: it gives the same standing for any order in which git may list concurrent work,
because it asks for the attempt's number first, and then for what the events say of themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from mcred.model.award import Revocation
from mcred.model.decision import Decision, Outcome
from mcred.model.ids import CommitId, PersonId, SubmissionId
from mcred.model.submission import ReviewRequest

Kind = Literal["save", "submit", "withdraw", "assess", "decide", "revoke"]
Word = Literal[
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing somebody did to a submission."""

    kind: Kind
    submission: SubmissionId
    attempt: int
    person: PersonId
    commit: CommitId
    when: datetime
    request: ReviewRequest | None = None
    decision: Decision | None = None
    outcome: Outcome | None = None
    """What was decided, where the decision itself was not read in full."""
    ends: date | None = None
    """The last day an award holds, renewals counted; None for no end."""
    revocation: Revocation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a submission stands: the word, the attempt it is about, who has to act, since when."""

    submission: SubmissionId
    word: Word
    attempt: int
    since: datetime | None = None
    judged: CommitId | None = None
    """The submitted state that assessors look at."""
    request: ReviewRequest | None = None
    reviews: tuple[Event, ...] = ()
    decision: Decision | None = None
    ends: date | None = None
    """The last day the award holds, renewals counted; None for no end."""
    revocation: Revocation | None = None

    @property
    def missing(self) -> tuple[PersonId, ...]:
        """Assessors who were asked and have not answered."""
        done = {e.person for e in self.reviews}
        return tuple(p for p in (self.request.panel if self.request else ()) if p not in done)

    @property
    def due(self) -> date | None:
        """The day the reviews are due."""
        return self.request.due if self.request else None

    @property
    def is_open(self) -> bool:
        """Whether assessors or the issuer have something to do."""
        return self.word in ("in review", "being reconciled")


def fold(events: Iterable[Event], today: date) -> Mapping[SubmissionId, Standing]:
    """Every submission's standing on a day, from what happened to it in any order."""
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
    done = {e.person for e in reviews}
    panel = sent.request.panel if sent.request else ()
    complete = bool(panel) and all(p in done for p in panel)
    return Standing(
        submission=key,
        word="being reconciled" if complete else "in review",
        attempt=sent.attempt,
        since=max(e.when for e in reviews if e.person in panel) if complete else sent.when,
        judged=sent.commit,
        request=sent.request,
        reviews=reviews,
        decision=earlier,
    )


def _reviews_of(sent: Event, events: list[Event]) -> tuple[Event, ...]:
    """One review per assessor of the attempt that was sent, by assessor."""
    first: dict[PersonId, Event] = {}
    for event in sorted(events, key=lambda e: (e.when, e.commit)):
        if event.kind == "assess" and event.attempt == sent.attempt:
            first.setdefault(event.person, event)
    return tuple(first[p] for p in sorted(first))


def _after_decision(key: SubmissionId, event: Event, revoked: Event | None, today: date) -> Standing:
    decision, ends, since = event.decision, event.ends, event.when
    words: Mapping[str, Word] = {"award": "earned", "revise": "not yet earned", "decline": "declined"}
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
