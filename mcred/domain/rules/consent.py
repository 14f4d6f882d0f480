"""Consent to comparing two people's work.

A member can read all work, but comparing two earners' needs the consent of each in their own profile. No
consent is needed for the viewer's own work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcred.domain.ids import PersonId
from mcred.domain.people import Person


def missing_consent(
    viewer: PersonId | None, earners: Iterable[PersonId], people: Mapping[PersonId, Person]
) -> tuple[PersonId, ...]:
    """The earners, other than the viewer, whose profile does not consent to a comparison."""
    asked = (e for e in dict.fromkeys(earners) if e != viewer)
    return tuple(e for e in asked if e not in people or not people[e].share_work)
