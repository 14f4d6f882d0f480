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
    earner, people = submission.earner, catalog.people
    author = people.get(earner)

    def reasons(person: PersonId) -> tuple[str, ...]:
        judge = people.get(person)
        found = _conflicts((person, judge), (earner, author), policy)
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
    return _conflicts((person, catalog.people.get(person)), (earner, catalog.people.get(earner)), policy)


def _conflicts(
    judging: tuple[PersonId, Person | None], judged: tuple[PersonId, Person | None], policy: Policy
) -> tuple[str, ...]:
    (person, judge), (earner, author) = judging, judged
    if person == earner:
        return ("no one assesses their own work",)
    found: list[str] = []
    same_school = judge and author and judge.school and judge.school.casefold() == author.school.casefold()
    if "same-school" in policy.conflicts and same_school:
        found.append(f"{person} and {earner} are at the same school")
    declared = (judge and earner in judge.conflicts) or (author and person in author.conflicts)
    if "declared" in policy.conflicts and declared:
        found.append(f"{person} and {earner} declared a conflict of interest")
    return tuple(found)
