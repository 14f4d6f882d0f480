"""Explaining a decision as values: the rule of its day, eligible assessors, their levels, the outcome.

The same derivation that `audit.check_decision` compares with the record. Also for attempts that are still
open: then missing parts are empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.catalog import ProgrammeState
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision, Override
from mcred.domain.ids import CommitId, PersonId, Slug
from mcred.domain.programme import Policy, Rule
from mcred.domain.rules.carry import carried_levels
from mcred.domain.rules.eligibility import able, reasons_against
from mcred.domain.rules.outcome import Matrix, MatrixRow, combine
from mcred.domain.rules.panel import choose_again, is_young
from mcred.domain.seats import Assignment, DeclinedReview, Seats, seat
from mcred.domain.submission import Load, ReviewRequest


class Judgement(Struct, frozen=True, kw_only=True):
    """One assessor's answer, and the commit it was signed in."""

    assessment: Assessment
    record: CommitId


class AttemptCase(Struct, frozen=True, kw_only=True):
    """All that is known about one attempt."""

    request: ReviewRequest
    definition: Credential
    sent: CommitId
    judgements: tuple[Judgement, ...]
    decision: Decision | None = None
    before: Decision | None = None
    """The decision on the previous attempt."""
    earlier: tuple[PersonId, ...] = ()
    """Who assessed earlier attempts, or was asked to."""
    declined: tuple[DeclinedReview, ...] = ()
    assigned: tuple[Assignment, ...] = ()
    proposed: Override | None = None
    """Another issuer's proposal of the outcome, which the levels do not recommend."""

    @property
    def seats(self) -> Seats:
        """The panel's seats and their current holders."""
        return seat(self.request, {d.assessor for d in self.declined}, self.assigned)


class Hindrance(Struct, frozen=True, kw_only=True):
    """A person the rule applies to who may not assess this submission, and why."""

    person: PersonId
    reasons: tuple[str, ...]


class Asking(Struct, frozen=True, kw_only=True):
    """Who was asked and why, computed from the commit of main the request was read from."""

    rule: Rule
    policy: Policy
    assessed_before: int
    reasons: tuple[str, ...]
    needed: int
    candidates: tuple[Load, ...]
    """The first of those who may assess, in the order in which they are asked."""
    count: int
    """How many may assess."""
    hindered: tuple[Hindrance, ...]
    due: tuple[PersonId, ...]
    """The panel by the rules, which differs from the actual one if they were broken."""
    at_limit: tuple[PersonId, ...]
    """Those of the candidates who are not asked, by the rules."""
    peers_free: int | None
    """The number of eligible peers, if peers were due but too few; None otherwise."""


class CriterionLine(Struct, frozen=True, kw_only=True):
    """One criterion: each assessor's level, the combined level, and the decided one."""

    row: MatrixRow
    level: Slug
    settled: bool
    """Whether the issuer set another level than the combined one."""


class Derivation(Struct, frozen=True, kw_only=True):
    """The full derivation of one attempt up to the decision."""

    case: AttemptCase
    asking: Asking | None
    """None when the request names a commit that main never had."""
    lines: tuple[CriterionLine, ...]
    matrix: Matrix | None
    """The combined levels of the assessors; None while an assessment is missing."""
    final: Matrix | None
    """The same with the issuer's levels; None until it is decided."""

    @property
    def missing(self) -> tuple[PersonId, ...]:
        """Who was asked and has not answered."""
        done = {j.assessment.assessor for j in self.case.judgements}
        return tuple(p for p in self.case.seats.panel if p not in done)


def derive(case: AttemptCase, then: ProgrammeState | None) -> Derivation:
    """The derivation of an attempt; `then`: the programme at the commit the request was read from."""
    matrix = _matrix(case)
    return Derivation(
        case=case,
        asking=explain_asking(case, then) if then is not None else None,
        lines=tuple(_lines(case, matrix)) if matrix is not None else (),
        matrix=matrix,
        final=_final(case, matrix),
    )


def explain_asking(case: AttemptCase, then: ProgrammeState) -> Asking:
    """Who was asked, by which rule, who else was eligible, and who was not."""
    request, submission = case.request, case.request.submission
    policy = then.programme.assessment.for_credential(case.definition)
    panel = choose_again(request, submission, then, policy, case.earlier)
    too_few = panel.rule == "expert" and not is_young(panel.assessed_before, policy)
    rules: tuple[Rule, ...] = ("expert", "peer") if too_few else (panel.rule,)
    hindered = {
        person: reasons
        for rule in rules
        for person in able(submission, then, rule)
        if (reasons := reasons_against(person, submission, then, rule, policy))
    }
    return Asking(
        rule=panel.rule,
        policy=policy,
        assessed_before=panel.assessed_before,
        reasons=panel.reasons,
        needed=panel.needed,
        candidates=panel.candidates,
        count=panel.count,
        hindered=tuple(Hindrance(person=p, reasons=r) for p, r in sorted(hindered.items())),
        due=panel.members,
        at_limit=panel.at_limit,
        peers_free=_count_free(hindered, case, then) if too_few else None,
    )


def _count_free(hindered: Mapping[PersonId, tuple[str, ...]], case: AttemptCase, then: ProgrammeState) -> int:
    return sum(1 for p in able(case.request.submission, then, "peer") if p not in hindered)


def _matrix(case: AttemptCase) -> Matrix | None:
    """The combined levels of the assessors alone; None when a criterion has no level."""
    decision = case.decision
    carried = carried_levels(case.request.carried, case.before)
    given = {s.criterion for j in case.judgements for s in j.assessment.scores} | set(carried)
    odd: Mapping[Slug, Slug] = (
        {s.criterion: s.level for s in decision.levels if s.criterion not in given} if decision else {}
    )
    waiting = set(case.seats.panel) - {j.assessment.assessor for j in case.judgements}
    if waiting and decision is None:
        return None
    is_award = decision is not None and decision.outcome == "award"
    if not is_award and not all(j.assessment.has_levels for j in case.judgements):
        return None
    try:
        return combine(tuple(j.assessment for j in case.judgements), case.definition, carried, odd)
    except ValueError:  # a level that the rubric does not have, or none: the audit says so
        return None


def _final(case: AttemptCase, matrix: Matrix | None) -> Matrix | None:
    if matrix is None or case.decision is None:
        return None
    decided = {s.criterion: s.level for s in case.decision.levels}
    try:
        return combine(
            tuple(j.assessment for j in case.judgements),
            case.definition,
            carried_levels(case.request.carried, case.before),
            decided,
        )
    except ValueError:  # a level that the rubric does not have: the audit says so
        return None


def _lines(case: AttemptCase, matrix: Matrix) -> tuple[CriterionLine, ...]:
    found = []
    for row in matrix.rows:
        decided = case.decision.level_of(row.criterion.id) if case.decision else None
        level = decided or row.level
        found.append(CriterionLine(row=row, level=level, settled=level != row.level))
    return tuple(found)
