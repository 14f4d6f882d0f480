"""Statistics from assessments: agreement, strictness, and outcomes under other rules.

Krippendorff's alpha is computed by a library (decision 22), which is imported only here and on demand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import CredentialId, PersonId, Slug
from mcred.domain.rules.outcome import Settle, combine
from mcred.domain.stats.report import (
    Agreement,
    Strictness,
    Unit,
    WhatIf,
    compare_strictness,
    count_pairs,
    order_by_strictness,
)


class JudgedAttempt(Struct, frozen=True, kw_only=True):
    """One decided attempt with all it rests on."""

    definition: Credential
    decision: Decision
    assessments: tuple[Assessment, ...]
    """In the order they were given."""

    @property
    def carried(self) -> Mapping[Slug, Slug]:
        """The levels that were kept from the attempt before."""
        return {s.criterion: s.level for s in self.decision.levels if s.carried}


def list_judged(catalog: Catalog) -> tuple[tuple[JudgedAttempt, ...], int]:
    """Every decided attempt whose levels and definition can be read, and how many there are without a
    definition."""
    found, unread = [], 0
    for record in catalog.records.values():
        for decision in record.decisions:
            definition = catalog.editions.get(decision.definition.blob)
            if definition is None:
                unread += 1
                continue
            basis = {b.assessor for b in decision.basis}
            given = [a for a in record.assessments if a.attempt == decision.attempt and a.assessor in basis]
            if not all(a.has_levels for a in given):
                continue
            given.sort(key=lambda a: (a.assessed, a.assessor))
            found.append(JudgedAttempt(definition=definition, decision=decision, assessments=tuple(given)))
    return tuple(found), unread


CriterionKey = tuple[CredentialId, Slug, tuple[Slug, ...]]
"""A criterion with its scale: on another scale the same criterion is another measure."""


def list_units(judged: Iterable[JudgedAttempt]) -> Mapping[CriterionKey, tuple[Unit, ...]]:
    """What assessors gave to each criterion, attempt by attempt; levels no scale has are left out."""
    found: dict[CriterionKey, list[Unit]] = defaultdict(list)
    for one in judged:
        for criterion in one.definition.criteria:
            scale = one.definition.scale_of(criterion)
            ranks = {
                a.assessor: scale.index(level)
                for a in one.assessments
                if (level := a.level_of(criterion.id)) in scale
            }
            if ranks:
                found[one.definition.id, criterion.id, scale].append(ranks)
    return {key: tuple(units) for key, units in sorted(found.items())}


def agreements(judged: Sequence[JudgedAttempt], *, with_alpha: bool) -> tuple[Agreement, ...]:
    """Agreement on each criterion that two assessors ever scored together."""
    titles = {(j.definition.id, c.id): c.title for j in judged for c in j.definition.criteria}
    found = []
    for (credential, criterion, scale), units in list_units(judged).items():
        shared = [u for u in units if len(u) > 1]
        pairs, exact, adjacent = count_pairs(shared)
        if not pairs:
            continue
        found.append(
            Agreement(
                credential=credential,
                criterion=criterion,
                title=titles[credential, criterion],
                units=len(shared),
                pairs=pairs,
                exact=exact / pairs,
                adjacent=adjacent / pairs,
                alpha=ordinal_alpha(shared, len(scale)) if with_alpha else None,
            )
        )
    return tuple(found)


def strictness(judged: Sequence[JudgedAttempt], catalog: Catalog) -> tuple[Strictness, ...]:
    """Each assessor beside the others of the same panels, the strictest first."""
    units = (unit for each in list_units(judged).values() for unit in each)
    found = [
        Strictness(person=person, name=_name(catalog, person), scores=scores, difference=difference)
        for person, (scores, difference) in compare_strictness(units).items()
    ]
    return order_by_strictness(found)


def _name(catalog: Catalog, person: PersonId) -> str:
    found = catalog.people.get(person)
    return found.name if found else person


_OTHERS: tuple[tuple[str, Settle, bool], ...] = (
    ("unanimity", "strictest", False),
    ("the mildest assessor", "mildest", False),
    ("the first assessor alone", "median", True),
)
"""Other rules: what they are called, which level they take, whether only the first assessment counts."""


def what_ifs(judged: Iterable[JudgedAttempt]) -> tuple[WhatIf, ...]:
    """What other rules would have recommended, against the median of the same scores.

    Only attempts that two or more assessors scored are asked: with one, every rule says the same. What the
    issuer settled beside the median is left out on both sides.
    """
    shared = [j for j in judged if len(j.assessments) > 1]
    if not shared:
        return ()
    found = []
    for name, settle, alone in _OTHERS:
        turned: Counter[str] = Counter()
        for one in shared:
            now = _recommended(one, "median", alone=False)
            other = _recommended(one, settle, alone=alone)
            if now != other and now and other:
                turned[other] += 1
        flips = sum(turned.values())
        found.append(WhatIf(rule=name, flips=flips, of=len(shared), to_award=turned["award"]))
    return tuple(found)


def _recommended(one: JudgedAttempt, settle: Settle, *, alone: bool) -> str:
    """What a rule recommends; '' where scores do not cover the rubric."""
    given = one.assessments[:1] if alone else one.assessments
    try:
        return combine(given, one.definition, one.carried, settle=settle).recommended
    except ValueError:
        return ""


def has_alpha_library() -> bool:
    """Whether alpha can be computed on this computer."""
    from importlib.util import find_spec

    return find_spec("nltk") is not None


def ordinal_alpha(units: Sequence[Unit], levels: int) -> float | None:
    """Krippendorff's alpha for ordered levels; None where only one level was ever given.

    The distance of two levels is the number of scores between them, half of the two themselves, squared
    (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section D: ordinal metric).
    """
    from nltk.metrics.agreement import AnnotationTask

    counts = [0] * levels
    for unit in units:
        for rank in unit.values():
            counts[rank] += 1 if len(unit) > 1 else 0
    if sum(count > 0 for count in counts) < 2:
        return None

    def distance(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        return float(sum(counts[low : high + 1]) - (counts[low] + counts[high]) / 2) ** 2 if a != b else 0.0

    data = [
        (person, str(n), rank)
        for n, unit in enumerate(units)
        if len(unit) > 1
        for person, rank in unit.items()
    ]
    return float(AnnotationTask(data=data, distance=distance).alpha())
