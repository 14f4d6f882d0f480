"""What assessors and issuer said of an attempt, each with the change that answers it.

A remark about a criterion is answered by something new in what the criterion judges: words or evidence, not
their place or layout. Whether the answer is good is for people to say.
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
    """Something somebody said of an attempt: of one criterion, or of all of it (None)."""

    by: PersonId
    criterion: Slug | None
    text: str
    level: Slug | None = None


class Remark(Struct, frozen=True, kw_only=True):
    """What was said, and the titles of the items whose change answers it; none: not addressed."""

    said: SaidOfAttempt
    answers: tuple[str, ...]


class CriterionChange(Struct, frozen=True, kw_only=True):
    """A criterion between two attempts: its levels, what changed of what it judges, what was said."""

    criterion: Slug
    part: Slug
    title: str
    before: Slug | None = None
    after: Slug | None = None
    changed: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether there is anything to say of it."""
        return bool(self.changed or self.remarks or (self.after and self.before != self.after))


def said_of(
    attempt: int, decisions: Iterable[Decision], assessments: Iterable[Assessment]
) -> tuple[SaidOfAttempt, ...]:
    """Everything that was said of an attempt, the issuer first; what says nothing is left out."""
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
    """What was said of all of it, answered by anything that is new."""
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
