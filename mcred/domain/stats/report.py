"""The values that `mcred report` shows about assessment, and the functions that count them.

Ranks count from 0, the best level; all functions take ranks of one scale at a time. Outcomes under other
rules and Krippendorff's alpha are in `domain.stats.agreement`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations

from msgspec import Struct

from mcred.domain.ids import CredentialId, PersonId, Slug
from mcred.domain.stats.progress import Forecast

Unit = Mapping[PersonId, int]
"""What each assessor gave to one criterion of one attempt."""
BINS: tuple[tuple[str, int], ...] = (("0–1", 1), ("2–3", 3), ("4–7", 7), ("8–14", 14), ("15–28", 28))
"""Days of a histogram: what is written below a bar, and its last day."""
BEYOND = "29+"


class Agreement(Struct, frozen=True, kw_only=True):
    """How far assessors agree on one criterion; shares are of all pairs of assessors of the same attempt."""

    credential: CredentialId
    criterion: Slug
    title: str
    units: int
    pairs: int
    exact: float
    adjacent: float
    """The same level or the next one."""
    alpha: float | None = None
    """None where it is not computed, or where only one level was ever given: nothing to agree on."""

    @property
    def alpha_said(self) -> str:
        """Alpha in two digits."""
        return "–" if self.alpha is None else f"{self.alpha:.2f}"


class Strictness(Struct, frozen=True, kw_only=True):
    """One assessor beside the others of the same panels; positive is stricter, in levels."""

    person: PersonId
    name: str
    scores: int
    difference: float


class WhatIf(Struct, frozen=True, kw_only=True):
    """How many recommendations another rule would have turned, of those it could have turned."""

    rule: str
    flips: int
    of: int
    to_award: int
    """So many of the flips would have become an award; the others a revise."""

    @property
    def said(self) -> str:
        """In a sentence without its full stop."""
        toward = f", {self.to_award} of them to an award" if self.to_award else ""
        return f"Under {self.rule} {self.flips} of {self.of} would change{toward}"


class Report(Struct, frozen=True, kw_only=True):
    """Everything at one day."""

    day: date
    issuer: str
    decided: int
    awarded: int
    revised: int
    declined: int
    overrides: int
    """Decisions of another outcome than the levels recommend."""
    forecast: Forecast
    histogram: tuple[tuple[str, int], ...]
    months: tuple[int, ...]
    month_names: tuple[str, ...]
    criteria: tuple[Agreement, ...]
    assessors: tuple[Strictness, ...]
    what_ifs: tuple[WhatIf, ...]
    has_alpha: bool
    unread: int = 0
    """Decided attempts whose definition cannot be read; they are left out of agreement and what-if."""
    sealed: int = 0
    """Decisions whose levels cannot be read here; they are left out of everything about levels."""

    @property
    def revise_rate(self) -> float:
        """The share of decisions that sent the work back."""
        return self.revised / self.decided if self.decided else 0.0


def count_pairs(units: Iterable[Unit]) -> tuple[int, int, int]:
    """Pairs of assessors of the same unit: all, those at the same level, those at most one level apart."""
    apart = [abs(a - b) for unit in units for a, b in combinations(unit.values(), 2)]
    return len(apart), sum(d == 0 for d in apart), sum(d <= 1 for d in apart)


def compare_strictness(units: Iterable[Unit]) -> Mapping[PersonId, tuple[int, float]]:
    """For each assessor how many scores stand beside others', and how many levels stricter they are.

    Over all of them the sum of scores times difference is zero where every unit has two assessors.
    """
    found: dict[PersonId, list[float]] = defaultdict(list)
    for unit in units:
        if len(unit) < 2:
            continue
        total = sum(unit.values())
        for person, rank in unit.items():
            found[person].append(rank - (total - rank) / (len(unit) - 1))
    return {person: (len(each), sum(each) / len(each)) for person, each in sorted(found.items())}


def count_days(days: Iterable[int]) -> tuple[tuple[str, int], ...]:
    """Days sorted into `BINS`, and what lies beyond."""
    counts = dict.fromkeys([*(label for label, _ in BINS), BEYOND], 0)
    for day in days:
        counts[next((label for label, last in BINS if day <= last), BEYOND)] += 1
    return tuple(counts.items())


def name_months(today: date, count: int) -> tuple[str, ...]:
    """The last months as `MM/YY`, the current one last.

    >>> name_months(date(2027, 2, 1), 3)
    ('12/26', '01/27', '02/27')
    """
    numbers = [today.year * 12 + today.month - 1 - back for back in reversed(range(count))]
    return tuple(f"{n % 12 + 1:02}/{n // 12 % 100:02}" for n in numbers)


def order_by_strictness(found: Sequence[Strictness]) -> tuple[Strictness, ...]:
    """The strictest first; equal ones by name."""
    return tuple(sorted(found, key=lambda s: (-s.difference, s.person)))
