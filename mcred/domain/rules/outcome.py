"""Combining the assessors' levels: a matrix, the spread, a recommendation.

Per criterion the median of the levels counts; with an even number the lower of the two middle ones.
A spread of two levels or more escalates: the issuer settles it with a reason (FORMATS: Policy). The
issuer may differ from any recommendation, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.credential import Credential, Criterion
from mcred.domain.decision import Outcome
from mcred.domain.ids import PersonId, Slug

Settle = Literal["median", "strictest", "mildest"]
"""Which of the given levels counts. Programmes use the median; the others are for what-if reports."""
ESCALATE_AT = 2
"""The spread in levels from which the issuer must settle a criterion."""


class MatrixRow(Struct, frozen=True, kw_only=True):
    """One criterion: each assessor's level, and the combined one."""

    criterion: Criterion
    given: Mapping[PersonId, Slug]
    level: Slug
    required: Slug
    spread: int
    met: bool
    carried: bool

    @property
    def escalated(self) -> bool:
        """Whether the assessors' levels are too far apart for the median."""
        return self.spread >= ESCALATE_AT


class Matrix(Struct, frozen=True, kw_only=True):
    """All criteria with the recommendation and its reasons."""

    rows: tuple[MatrixRow, ...]
    recommended: Outcome
    reasons: tuple[str, ...]

    @property
    def escalated(self) -> bool:
        """Whether any criterion has to be settled by the issuer."""
        return any(row.escalated for row in self.rows)


def combine(
    assessments: tuple[Assessment, ...],
    definition: Credential,
    carried: Mapping[Slug, Slug],
    settled: Mapping[Slug, Slug] | None = None,
    settle: Settle = "median",
) -> Matrix:
    """The matrix of an attempt. `carried`: levels kept from before; `settled`: levels the issuer set.

    Every criterion needs a level from somewhere; one without raises `ValueError`.
    """
    rows = tuple(
        _row(c, assessments, definition, carried, settled or {}, settle) for c in definition.criteria
    )
    enough, reasons = meets_award_rule(rows, definition)
    return Matrix(rows=rows, recommended="award" if enough else "revise", reasons=reasons)


def find_set_by_issuer(
    assessments: tuple[Assessment, ...],
    definition: Credential,
    carried: Mapping[Slug, Slug],
    decided: Mapping[Slug, Slug],
) -> Mapping[Slug, Slug]:
    """Those of the `decided` levels that are the issuer's own: the combined and carried levels have another
    one or none.
    """
    given = {s.criterion for a in assessments for s in a.scores} | set(carried)
    ungiven = {criterion: level for criterion, level in decided.items() if criterion not in given}
    plain = {r.criterion.id: r.level for r in combine(assessments, definition, carried, ungiven).rows}
    return {c: level for c, level in decided.items() if c in ungiven or plain.get(c) != level}


def _row(
    criterion: Criterion,
    assessments: tuple[Assessment, ...],
    definition: Credential,
    carried: Mapping[Slug, Slug],
    settled: Mapping[Slug, Slug],
    settle: Settle,
) -> MatrixRow:
    given = {a.assessor: level for a in assessments if (level := a.level_of(criterion.id)) is not None}
    scale = definition.scale_of(criterion)
    is_carried = criterion.id in carried
    ranks = sorted(scale.index(level) for level in given.values())
    if criterion.id in settled:
        level = settled[criterion.id]
    elif is_carried:
        level = carried[criterion.id]
    elif ranks:
        level = scale[ranks[{"median": len(ranks) // 2, "strictest": -1, "mildest": 0}[settle]]]
    else:
        raise ValueError(f"criterion {criterion.id} has no level")
    return MatrixRow(
        criterion=criterion,
        given=given,
        level=level,
        required=definition.required_level(criterion),
        spread=0 if is_carried or not ranks else ranks[-1] - ranks[0],
        met=definition.meets(criterion, level),
        carried=carried.get(criterion.id) == level,
    )


def meets_award_rule(rows: tuple[MatrixRow, ...], definition: Credential) -> tuple[bool, tuple[str, ...]]:
    """Whether levels meet the award rule, and why. No criteria or an empty rule never do."""
    rule = definition.award_rule
    short = tuple(r for r in rows if not r.met)
    if not rows:
        return False, ("there is no criterion to meet",)
    if rule.kind != "all" and rule.number < 1:
        return False, ("the award rule asks for nothing",)
    if rule.kind == "count" and rule.of != len(rows):
        return False, (f"the award rule counts {rule.of} criteria, the rubric has {len(rows)}",)
    if rule.kind == "points":
        points = sum(
            len(definition.scale_of(r.criterion)) - 1 - definition.rank(r.criterion, r.level) for r in rows
        )
        return points >= rule.number, (f"{points} points; {rule.number} are required",)
    if rule.kind == "count":
        met = len(rows) - len(short)
        return met >= rule.number, (f"{met} criteria met; {rule.number} are required",)
    if not short:
        return True, ("every criterion is at its required level",)
    return False, tuple(f"{r.criterion.id} is at {r.level}, {r.required} is required" for r in short)
