"""Matching remarks of assessors and issuer on an attempt with the changes that address them.

A remark on a criterion is addressed by new words or evidence in the items it judges, not by a new place or
layout. The quality of the change is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.compare.report import Comparison
from mcred.domain.credential import Credential, Criterion
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId, Slug


class SaidOfAttempt(Struct, frozen=True, kw_only=True):
    """A remark on an attempt: on one criterion, or on all of it (None)."""

    by: PersonId
    criterion: Slug | None
    text: str
    level: Slug | None = None


class Remark(Struct, frozen=True, kw_only=True):
    """A remark, and the titles of the changed items that address it; empty: not addressed."""

    said: SaidOfAttempt
    answers: tuple[str, ...]


class CriterionChange(Struct, frozen=True, kw_only=True):
    """A criterion between two attempts: its levels, the changed items, and the remarks."""

    criterion: Slug
    part: Slug
    title: str
    before: Slug | None = None
    after: Slug | None = None
    changed: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.changed or self.remarks or (self.after and self.before != self.after))


def said_of(
    attempt: int, decisions: Iterable[Decision], assessments: Iterable[Assessment]
) -> tuple[SaidOfAttempt, ...]:
    """All non-empty remarks on an attempt, the issuer's first."""
    found = [
        *(s for d in decisions if d.attempt == attempt for s in _of_decision(d)),
        *(s for a in assessments if a.attempt == attempt for s in _of_assessment(a)),
    ]
    return tuple(s for s in found if s.text.strip())


def _of_decision(decision: Decision) -> Iterator[SaidOfAttempt]:
    yield SaidOfAttempt(by=decision.issuer, criterion=None, text=decision.feedback)
    for settled in decision.levels:
        yield SaidOfAttempt(
            by=decision.issuer, criterion=settled.criterion, text=settled.feedback, level=settled.level
        )


def _of_assessment(assessment: Assessment) -> Iterator[SaidOfAttempt]:
    yield SaidOfAttempt(by=assessment.assessor, criterion=None, text=assessment.summary)
    for score in assessment.scores:
        yield SaidOfAttempt(
            by=assessment.assessor, criterion=score.criterion, text=score.feedback, level=score.level
        )


def judge_criteria(
    definition: Credential,
    comparison: Comparison,
    said: Iterable[SaidOfAttempt] = (),
    before: Mapping[Slug, Slug] | None = None,
    after: Mapping[Slug, Slug] | None = None,
) -> tuple[CriterionChange, ...]:
    """Each criterion of a definition; `before` and `after` are its levels in two attempts, where decided."""
    remarks = tuple(said)
    return tuple(
        CriterionChange(
            criterion=criterion.id,
            part=definition.part_of(criterion).id,
            title=criterion.title,
            before=(before or {}).get(criterion.id),
            after=(after or {}).get(criterion.id),
            changed=(found := _changed(definition, criterion, comparison)),
            remarks=tuple(Remark(said=s, answers=found) for s in remarks if s.criterion == criterion.id),
        )
        for criterion in definition.criteria
    )


def of_the_whole(comparison: Comparison, said: Iterable[SaidOfAttempt]) -> tuple[Remark, ...]:
    """The remarks on the whole attempt, addressed by any new content."""
    found = tuple(i.title for i in comparison.items.values() if i.is_substantial)
    return tuple(Remark(said=s, answers=found) for s in said if s.criterion is None)


def _changed(definition: Credential, criterion: Criterion, comparison: Comparison) -> tuple[str, ...]:
    """The titles of what a criterion judges and what is new there; a piece moved away counts as well."""
    judged = definition.part_of(criterion).items_of(criterion)
    left = {
        p.before.item
        for i in comparison.items.values()
        for p in i.evidence
        if p.kind == "moved" and p.before is not None
    }
    new = left | {i.item for i in comparison.items.values() if i.is_substantial}
    return tuple(i.title for i in judged if i.id in new)
