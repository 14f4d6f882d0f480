"""Whether two people's work may be laid side by side.

Whoever reads the programme can read both; to be held against somebody else is another thing, so it takes the
word of each of the two in their own profile. Nobody needs their own word to look at their own work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcred.domain.ids import PersonId
from mcred.domain.people import Person


def missing_consent(
    viewer: PersonId | None, earners: Iterable[PersonId], people: Mapping[PersonId, Person]
) -> tuple[PersonId, ...]:
    """Those who have not said that their work may be compared with somebody else's."""
    asked = (e for e in dict.fromkeys(earners) if e != viewer)
    return tuple(e for e in asked if e not in people or not people[e].share_work)
