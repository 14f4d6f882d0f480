"""Outcomes that the levels do not recommend: what they need, and whose proposal of one counts (audit: 8).

Used by `mcred reconcile` before it writes, by whatever reads open work, and by the audit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mcred.domain.catalog import ProgrammeState
from mcred.domain.decision import Outcome, Override
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId
from mcred.domain.programme import Policy, Programme
from mcred.domain.rules.acceptance import Arrived, check_signer
from mcred.domain.rules.decide import list_deciders


def is_forbidden(outcome: Outcome, recommended: Outcome, policy: Policy) -> bool:
    """Whether the programme never decides otherwise than the levels recommend, and this would."""
    return outcome != recommended and policy.override == "never"


def find_seconds(
    outcome: Outcome,
    recommended: Outcome,
    issuer: PersonId,
    programme: Programme,
    submission: SubmissionId,
    assessors: Collection[PersonId],
) -> tuple[PersonId, ...]:
    """The issuers of whom one has to propose the same before `issuer` decides it; empty where none has to.

    No one has to where the outcome is the recommended one, where the policy asks for a reason alone, and
    where no other issuer may decide on that submission.
    """
    if outcome == recommended or programme.assessment.override != "two-issuers":
        return ()
    able = list_deciders(programme.roles, submission, assessors)
    return tuple(person for person in able if person != issuer)


def is_same(said: Override, outcome: Outcome, set_by_issuer: Mapping[Slug, Slug]) -> bool:
    """Whether a proposal is of this outcome, with these levels set by the issuer and no others."""
    return said.outcome == outcome and {s.criterion: s.level for s in said.levels} == set_by_issuer


def check_override(
    said: Override,
    arrived: Arrived,
    place: tuple[SubmissionId, int, PersonId, str],
    judged: CommitId,
    state: ProgrammeState,
    assessors: Collection[PersonId],
) -> tuple[str, ...]:
    """Why a proposal, as it stands in its file, does not count, whatever it proposes.

    `place`: its submission, attempt, issuer and path.

    `state`: main when it was made, for the right to decide.
    """
    submission, attempt, issuer, path = place
    reasons = list(check_signer(arrived.signer, issuer, state))
    if issuer not in list_deciders(state.programme.roles, submission, assessors):
        reasons.append(f"{issuer} is not an issuer who may decide on {submission}")
    if (said.submission, said.attempt, said.issuer) != (submission, attempt, issuer):
        reasons.append(f"it says it is by {said.issuer} for attempt {said.attempt} of {said.submission}")
    if arrived.parent != judged or said.judged != judged:
        reasons.append("it is about a different version of the work")
    if arrived.touched != ((path, "100644"),):
        reasons.append("it changes more than its own file")
    if said.outcome or said.reason or said.levels or not said.sealed:
        reasons.append("everyone can read what it proposes")
    return tuple(dict.fromkeys(reasons))


def check_proposed(said: Override) -> tuple[str, ...]:
    """Why what a proposal says does not count, whatever is decided. `said`: opened."""
    if all(text.strip() for text in (said.reason, *(s.reason for s in said.levels))):
        return ()
    return ("it does not give a reason for everything that it proposes",)
