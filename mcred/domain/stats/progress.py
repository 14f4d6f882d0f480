"""The values that `mcred progress` shows: the status of each submission, and what is waiting.

A `Turn` is one attempt from the day it was sent to the day it was decided; forecasts are computed from turns
alone, and state their number. Who counts as an assessor is in `stats.overview`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Protocol

from msgspec import Struct

from mcred.domain.decision import Outcome
from mcred.domain.ids import CommitId, CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.programme import Rule
from mcred.domain.status import StateWord

FEW = 3
"""Turns below which nothing is said about how long the next one takes."""
MONTHS = 12
"""How far back the picture of decisions reaches."""
_BARS = "▁▂▃▄▅▆▇█"


class Turn(Struct, frozen=True, kw_only=True):
    """One decided attempt. `sent` is None where its state is not on this computer."""

    submission: SubmissionId
    attempt: int
    outcome: Outcome
    rule: Rule
    sent: datetime | None
    decided: datetime

    @property
    def days(self) -> int | None:
        """Whole days of the calendar from sent to decided; a clock that was wrong counts as none."""
        return max(0, (self.decided.date() - self.sent.date()).days) if self.sent else None


class DecidedAttempt(Protocol):
    """As much of a decision as a turn needs."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def rule(self) -> Rule: ...
    @property
    def judged(self) -> CommitId: ...
    @property
    def decided(self) -> datetime: ...


def list_turns(
    decided: Mapping[tuple[SubmissionId, int], DecidedAttempt], sent: Mapping[CommitId, datetime]
) -> tuple[Turn, ...]:
    """A turn for each decided attempt, by submission. `sent`: when the state that was judged was sent."""
    return tuple(
        Turn(
            submission=submission,
            attempt=attempt,
            outcome=found.outcome,
            rule=found.rule,
            sent=sent.get(found.judged),
            decided=found.decided,
        )
        for (submission, attempt), found in sorted(decided.items())
    )


class Forecast(Struct, frozen=True, kw_only=True):
    """How long a decision took so far: half of `turns` took `median` days or fewer, eight of ten `most`."""

    turns: int
    median: int | None = None
    most: int | None = None


class ProgressRow(Struct, frozen=True, kw_only=True):
    """One person and one micro-credential; `credential` is None for a person without submissions."""

    person: PersonId
    name: str
    credential: CredentialId | None
    title: str
    word: StateWord
    attempt: int
    days: int | None
    """Days in the current state."""
    waiting_for: tuple[PersonId, ...]
    """Who has to act next: the earner, assessors, issuers; empty when it is over."""
    due: date | None
    next: str
    overdue: bool = False
    coach_due: bool = False


class Shelf(Struct, frozen=True, kw_only=True):
    """One micro-credential: what waits, who is able to judge it, how long that took so far."""

    credential: CredentialId
    title: str
    drafts: int
    in_review: int
    to_decide: int
    rule: Rule
    able: int
    needed: int
    forecast: Forecast
    months: tuple[int, ...]
    """Decisions in each of the last months, this one last."""
    warning: str = ""

    @property
    def waiting(self) -> int:
        """The number of submissions waiting for a judgement."""
        return self.in_review + self.to_decide

    @property
    def said(self) -> str:
        """The forecast in words."""
        who = _count(self.able, "peer" if self.rule == "peer" else "expert")
        found = self.forecast
        if found.median is None:
            past = f"not enough data to forecast ({found.turns} decided)"
        else:
            past = f"median {_count(found.median, 'day')}"
        return f"{who} available, {past}, {self.waiting} waiting"


class ProgressToStack(Struct, frozen=True, kw_only=True):
    """A person's progress towards the requested stack."""

    person: PersonId
    name: str
    have: int
    needed: int
    missing: tuple[CredentialId, ...]


class Overview(Struct, frozen=True, kw_only=True):
    """Everything at one day. `whole`: whether all people are in it, or only the one who looks."""

    day: date
    issuer: str
    whole: bool
    lines: tuple[ProgressRow, ...]
    shelves: tuple[Shelf, ...]
    stack: StackId | None = None
    climbs: tuple[ProgressToStack, ...] = ()
    unknown: tuple[str, ...] = ()
    """Names of the cohort that match no person."""


def forecast(turns: Iterable[Turn]) -> Forecast:
    """What past turns say; nothing as long as there are only a few."""
    days = sorted(t.days for t in turns if t.days is not None)
    if len(days) < FEW:
        return Forecast(turns=len(days))
    return Forecast(turns=len(days), median=quantile(days, 0.5), most=quantile(days, 0.8))


def quantile(ordered: Sequence[int], share: float) -> int:
    """The smallest value that at least this share of all do not exceed (nearest rank).

    >>> quantile((1, 2, 6, 9), 0.5), quantile((1, 2, 6, 9), 0.8)
    (2, 9)
    """
    # As the decimal that is written: 0.2 of 35 are 7, and as floats a little more.
    return ordered[max(0, math.ceil(Fraction(str(share)) * len(ordered)) - 1)]


def count_months(days: Iterable[date], today: date, months: int = MONTHS) -> tuple[int, ...]:
    """How many of some days lie in each of the last months, the current one last."""
    found = [0] * months
    for day in days:
        back = (today.year - day.year) * 12 + today.month - day.month
        if 0 <= back < months:
            found[months - 1 - back] += 1
    return tuple(found)


def sparkline(values: Sequence[int]) -> str:
    """Numbers as a row of bars: the highest one full, any that is not zero to be seen.

    >>> sparkline((0, 1, 4, 8))
    '▁▂▅█'
    """
    top = max(values, default=0)
    if not top:
        return _BARS[0] * len(values)
    return "".join(_BARS[math.ceil(value / top * (len(_BARS) - 1))] for value in values)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
