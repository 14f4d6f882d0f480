"""Eligibility: who may assess a submission, and every reason why a person may not.

Depends on main alone: roles, awards, schools, declared conflicts
(FORMATS: Policy; TRUST: "assessor not eligible"). Does not choose; `panel` does.
"""

from __future__ import annotations

from collections.abc import Callable

from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import PersonId, SubmissionId
from mcred.domain.people import Person
from mcred.domain.programme import Policy, Rule


def able(submission: SubmissionId, catalog: ProgrammeState, rule: Rule) -> tuple[PersonId, ...]:
    """The people a rule applies to: experts of the micro-credential, or those who earned it before."""
    if rule == "expert":
        return catalog.programme.roles.experts_of(submission.credential)
    return tuple(sorted(catalog.holders.get(submission.credential, frozenset())))


def is_able(person: PersonId, submission: SubmissionId, catalog: ProgrammeState, rule: Rule) -> bool:
    """Whether the rule makes a person an eligible assessor, conflicts aside."""
    if rule == "expert":
        return person in catalog.programme.roles.experts_of(submission.credential)
    return person in catalog.holders.get(submission.credential, frozenset())


def reasons_against(
    person: PersonId, submission: SubmissionId, catalog: ProgrammeState, rule: Rule, policy: Policy
) -> tuple[str, ...]:
    """Why a person may not assess a submission; empty means they may."""
    reasons: list[str] = []
    if not is_able(person, submission, catalog, rule):
        reasons.append(
            f"{person} is not an expert for {submission.credential}"
            if rule == "expert"
            else f"{person} has not earned {submission.credential}"
        )
    return (*reasons, *reasons_against_able(submission, catalog, policy)(person))


def reasons_against_able(
    submission: SubmissionId, catalog: ProgrammeState, policy: Policy
) -> Callable[[PersonId], tuple[str, ...]]:
    """Tells for each of many people whom the rule makes eligible why they may not assess a submission."""
    people = catalog.people
    find = _conflicts_with(submission.earner, people.get(submission.earner), policy)

    def reasons(person: PersonId) -> tuple[str, ...]:
        judge = people.get(person)
        found = find(person, judge)
        return found if judge is not None else (f"{person} is not confirmed in this program", *found)

    return reasons


def reasons_against_asked(
    person: PersonId,
    submission: SubmissionId,
    catalog: ProgrammeState,
    rule: Rule,
    policy: Policy,
    *,
    by_issuer: bool,
) -> tuple[str, ...]:
    """Why a panel member may not assess; `by_issuer`: assigned by an issuer as a replacement.

    Then an expert may replace a peer, as experts judge where peers are too few (FORMATS: Policy).
    """
    reasons = reasons_against(person, submission, catalog, rule, policy)
    if reasons and by_issuer and rule == "peer":
        as_expert = reasons_against(person, submission, catalog, "expert", policy)
        return reasons if as_expert else ()
    return reasons


def conflicts(
    person: PersonId, submission: SubmissionId, catalog: ProgrammeState, policy: Policy
) -> tuple[str, ...]:
    """The conflicts of interest between a person and a submission. One's own work always is one."""
    earner = submission.earner
    return _conflicts_with(earner, catalog.people.get(earner), policy)(person, catalog.people.get(person))


def _conflicts_with(
    earner: PersonId, author: Person | None, policy: Policy
) -> Callable[[PersonId, Person | None], tuple[str, ...]]:
    """Finds the conflicts of each of many people with one earner."""
    by_school, by_word = (kind in policy.conflicts for kind in ("same-school", "declared"))
    school = author.school.casefold() if by_school and author and author.school else None
    named = author.conflicts if author else ()

    def find(person: PersonId, judge: Person | None) -> tuple[str, ...]:
        if person == earner:
            return ("no one assesses their own work",)
        found: tuple[str, ...] = ()
        if school and judge and judge.school and judge.school.casefold() == school:
            found = (f"{person} and {earner} are at the same school",)
        if by_word and (person in named or (judge and earner in judge.conflicts)):
            found = (*found, f"{person} and {earner} declared a conflict of interest")
        return found

    return find
