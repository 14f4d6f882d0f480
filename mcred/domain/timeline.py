"""The timeline of a submission: its events in order of time, as far as they may be shown.

Only events that the earner chose are shown (`Person.growth`); assessors are never named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import get_args

from msgspec import Struct

from mcred.domain.credential import Credential
from mcred.domain.decision import Decision, Outcome
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.people import Shown
from mcred.domain.status import Event

ALL: tuple[Shown, ...] = get_args(Shown)
_PART: Mapping[str, Shown] = {
    "save": "drafts",
    "submit": "attempts",
    "withdraw": "attempts",
    "assess": "reviews",
    "decide": "attempts",
    "revoke": "attempts",
}
OUTCOMES: Mapping[Outcome, str] = {"award": "earned", "revise": "not yet earned", "decline": "declined"}


class TimelineMoment(Struct, frozen=True, kw_only=True):
    """One event. `met` and `of` count criteria, where that may be shown."""

    shown: Shown
    kind: str
    when: datetime
    attempt: int
    outcome: Outcome | None = None
    met: int | None = None
    of: int | None = None

    @property
    def said(self) -> str:
        """The event as text."""
        if self.kind == "save":
            return "saved a draft"
        if self.kind == "assess":
            return "an assessor answered"
        if self.outcome is None:
            return {"submit": f"submitted, attempt {self.attempt}", "revoke": "revoked"}.get(
                self.kind, "withdrawn"
            )
        levels = f", {self.met} of {self.of} criteria met" if self.met is not None else ""
        return f"{OUTCOMES[self.outcome]}{levels}"


class Timeline(Struct, frozen=True, kw_only=True):
    """One submission's moments, oldest first."""

    submission: SubmissionId
    title: str
    moments: tuple[TimelineMoment, ...]


def make_timeline(
    submission: SubmissionId, events: Iterable[Event], definitions: Mapping[BlobId, Credential], title: str
) -> Timeline:
    """The whole timeline. `definitions`: by stored bytes, for counting how many criteria were met."""
    found = {moment for event in events if (moment := _moment(event, definitions)) is not None}
    ordered = sorted(found, key=lambda m: (m.when, m.attempt, ALL.index(m.shown), m.kind))
    return Timeline(submission=submission, title=title, moments=tuple(ordered))


def _moment(event: Event, definitions: Mapping[BlobId, Credential]) -> TimelineMoment | None:
    decision = event.decision if event.kind == "decide" else None
    met, of = _count_met(decision, definitions) if decision else (None, None)
    return TimelineMoment(
        shown=_PART[event.kind],
        kind=event.kind,
        when=event.when,
        attempt=event.attempt,
        outcome=decision.outcome if decision else None,
        met=met,
        of=of,
    )


def _count_met(decision: Decision, definitions: Mapping[BlobId, Credential]) -> tuple[int | None, int | None]:
    definition = definitions.get(decision.definition.blob)
    if definition is None or not decision.levels:
        return None, None
    levels = [(c, decision.level_of(c.id)) for c in definition.criteria]
    return sum(level is not None and definition.meets(c, level) for c, level in levels), len(levels)


def keep_shown(timeline: Timeline, shown: Iterable[Shown]) -> Timeline:
    """The timeline reduced to what the earner chose; `levels` adds criteria met to shown attempts."""
    chosen = frozenset(shown)
    kept = (m for m in timeline.moments if m.shown in chosen)
    if "levels" not in chosen:
        kept = (_without_levels(m) for m in kept)
    return Timeline(submission=timeline.submission, title=timeline.title, moments=tuple(kept))


def _without_levels(moment: TimelineMoment) -> TimelineMoment:
    return TimelineMoment(
        shown=moment.shown,
        kind=moment.kind,
        when=moment.when,
        attempt=moment.attempt,
        outcome=moment.outcome,
    )


def tell(timeline: Timeline) -> Iterator[str]:
    """The events as text; consecutive drafts, and consecutive answers, are combined."""
    for kind, found in groupby(timeline.moments, key=lambda m: (m.kind, m.kind not in _MANY and m)):
        moments = list(found)
        first, last = moments[0].when.date(), moments[-1].when.date()
        days = f"{first}" if first == last else f"{first} to {last}"
        several = _MANY.get(kind[0], "")
        yield f"{days} " + (several.format(len(moments)) if len(moments) > 1 else moments[0].said)


_MANY: Mapping[str, str] = {"save": "saved {} drafts", "assess": "{} assessors answered"}
"""Kinds of events that are combined, and their texts."""
