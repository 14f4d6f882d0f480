"""Who may decide on a submission, and which decisions need a reason (audit: 8).

Used by `mcred reconcile` before it writes, and by the audit afterwards. Each result has the audit's text; the
terminal has its own for the issuer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from mcred.domain.decision import Outcome
from mcred.domain.ids import PersonId, Slug, SubmissionId
from mcred.domain.programme import Roles
from mcred.domain.rules.outcome import Matrix


class Bar(Struct, frozen=True, kw_only=True):
    """Why a person may not decide: the audit's code and sentence."""

    code: Literal["decision-not-issuers", "decision-own", "decision-own-assessment"]
    what: str


def find_bars(
    person: PersonId,
    roles: Roles,
    submission: SubmissionId | None = None,
    assessors: Collection[PersonId] = (),
) -> Iterator[Bar]:
    """Why a person may not decide on a submission (None: on any); empty when they may.

    TRUST: only issuers decide, never on their own work, and an assessor of it only if no other issuer is
    left. `assessors`: those whose assessments the decision is based on.
    """
    if person not in roles.issuers:
        yield Bar(code="decision-not-issuers", what=f"{person} is not an issuer")
    if submission is None:
        return
    if person == submission.earner:
        yield Bar(code="decision-own", what=f"{person} decided on their own work")
    others = others_who_decide(roles, submission, assessors)
    if person in assessors and others:
        what = f"{person} also assessed it, and {', '.join(sorted(others))} could have decided"
        yield Bar(code="decision-own-assessment", what=what)


def others_who_decide(
    roles: Roles, submission: SubmissionId, assessors: Collection[PersonId]
) -> tuple[PersonId, ...]:
    """The issuers who neither earn nor assessed a submission; they take precedence (TRUST)."""
    return tuple(p for p in roles.issuers if p != submission.earner and p not in assessors)


def list_deciders(
    roles: Roles, submission: SubmissionId, assessors: Collection[PersonId] = ()
) -> tuple[PersonId, ...]:
    """Everyone who may decide on a submission, in the order of the programme's issuers.

    Without assessors: who may act as its issuer before it is judged, such as filling a vacant seat.
    """
    return tuple(p for p in roles.issuers if not any(find_bars(p, roles, submission, assessors)))


def own_assessment_flag(person: PersonId) -> str:
    """A decision's flag for an issuer who also assessed, because no other issuer was left."""
    return f"{person} decided and also assessed"


def has_own_assessment_flag(flags: Collection[str]) -> bool:
    """Whether a decision's flags state that its issuer also assessed."""
    return any("also assessed" in flag for flag in flags)


class Ground(Struct, frozen=True, kw_only=True):
    """Why a decision needs a reason."""

    to_issuer: str
    """The text for the deciding issuer."""
    on_record: str
    """The audit's text about a decision."""
    criterion: Slug | None = None
    """The criterion that it is about, which then has a reason of its own; None: the decision as a whole."""


def find_grounds(
    outcome: Outcome, matrix: Matrix, set_by_issuer: Collection[Slug], *, is_doubted: bool
) -> Iterator[Ground]:
    """Everything for which an outcome needs a reason (FORMATS: Policy); empty if it follows from the levels.

    `set_by_issuer`: the criteria whose level is the issuer's own (`outcome.find_set_by_issuer`).
    `is_doubted`: the request is not what the rules of its day give (`request.find_doubts`).
    """
    if outcome != matrix.recommended:
        yield Ground(
            to_issuer="you depart from the recommendation", on_record="it differs from the recommendation"
        )
    for row in matrix.rows:
        criterion = row.criterion.id
        if criterion in set_by_issuer:
            yield Ground(
                to_issuer=f"you set the level of {criterion}",
                on_record=f"the issuer set the level of {criterion}",
                criterion=criterion,
            )
        elif row.escalated:
            what = f"assessors disagree on {criterion}"
            yield Ground(to_issuer=what, on_record=what, criterion=criterion)
    if is_doubted and outcome == "award":
        yield Ground(
            to_issuer="its assessors were not chosen by the rules",
            on_record="its assessors were not chosen by the rules",
        )


def without_reason(
    grounds: Collection[Ground], reason: str, reasons: Mapping[Slug, str]
) -> tuple[Ground, ...]:
    """Those grounds for which no reason is given. `reason`: the decision's; `reasons`: by criterion."""
    return tuple(g for g in grounds if not (reasons.get(g.criterion, "") if g.criterion else reason).strip())
