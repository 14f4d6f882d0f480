"""Who may endorse, and as whom: administrators in their own name, issuers in that of the programme."""

from __future__ import annotations

from collections.abc import Mapping

from mcred.domain.ids import PersonId
from mcred.domain.people import Person
from mcred.domain.programme import Roles


def explain_no_endorser(person: PersonId, roles: Roles, *, as_program: bool) -> str:
    """Why a person may not sign an endorsement, and who may; '' when they may."""
    able = roles.issuers if as_program else roles.administrators
    if person in able:
        return ""
    may = "issuers sign as the program" if as_program else "administrators endorse in their own name"
    return f"only {may} ({', '.join(able) or 'this program has none yet'})"


def list_endorsers(roles: Roles, people: Mapping[PersonId, Person]) -> tuple[Person, ...]:
    """The people whose own word about a badge the record knows: today's administrators."""
    return tuple(people[person] for person in roles.administrators if person in people)


def may_withdraw(person: PersonId, signers: frozenset[PersonId], roles: Roles, *, as_program: bool) -> bool:
    """Whether it is a person's to withdraw an endorsement. `signers`: the people who have its key."""
    return person in roles.issuers if as_program else person in signers
