"""Who is asked about an attempt now: the panel of its request, with places given back and given anew.

Somebody who gives their place back makes room for the next one in the order of the request, which the rules
computed when it was sent; an issuer may ask somebody else in the place of one who does not answer (FORMATS:
Policy, last paragraph). `seat` follows from these alone, in whatever order they arrived: anybody computes the
same places. Whether each of them is genuine is `policy`'s to say, and eligibility too.

Example: asked were a, b; after them come c, d. b gives back, so c is asked; an issuer asks x in the place of
c: then a and x are asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from mcred.domain.ids import CommitId, Doc, PersonId, Prose, SubmissionId
from mcred.domain.submission import ReviewRequest


class DeclinedReview(Struct, frozen=True, kw_only=True):
    """`declined/<attempt>-<assessor>.yaml`: somebody who was asked gives their place back."""

    format: Literal[1]
    submission: SubmissionId
    attempt: int
    assessor: PersonId
    judged: Annotated[CommitId, Doc("The submitted state that they were asked about.")]
    declined: datetime
    because: Prose


class Assignment(Struct, frozen=True, kw_only=True):
    """`assigned/<attempt>-<number>.yaml`: an issuer asks somebody in the place of somebody else."""

    made_by: Literal["mcred"] = "mcred"
    format: Literal[1]
    submission: SubmissionId
    attempt: int
    number: Annotated[int, Doc("Counts from 1 for each attempt.")]
    judged: Annotated[CommitId, Doc("The submitted state that they are asked about.")]
    issuer: PersonId
    instead_of: PersonId
    to: PersonId
    assigned: datetime
    because: Prose


class Seats(Struct, frozen=True, kw_only=True):
    """The places of a panel and who has them."""

    places: tuple[tuple[PersonId, ...], ...] = ()
    """For each place everybody who had it, in their order; the last one has it unless it is vacant."""
    vacant: tuple[PersonId, ...] = ()
    """Who gave a place back that nobody is left for."""
    stand_ins: frozenset[PersonId] = frozenset()
    """Who was asked by an issuer."""

    @property
    def panel(self) -> tuple[PersonId, ...]:
        """Who is asked now."""
        return tuple(place[-1] for place in self.places if place[-1] not in self.vacant)

    @property
    def everybody(self) -> frozenset[PersonId]:
        """Everybody who is asked or was."""
        return frozenset(person for place in self.places for person in place)

    @property
    def relieved(self) -> frozenset[PersonId]:
        """Who was asked and is not any more."""
        return self.everybody - frozenset(self.panel)


def seat(
    request: ReviewRequest | None,
    declined: Collection[PersonId] = (),
    assigned: Iterable[Assignment] = (),
) -> Seats:
    """Who has which place; nobody where nothing was asked. Of two assignments of a place the first holds."""
    if request is None:
        return Seats()
    instead: dict[PersonId, PersonId] = {}
    for one in sorted(assigned, key=lambda a: a.number):
        instead.setdefault(one.instead_of, one.to)
    first = tuple(dict.fromkeys(request.panel))
    # Whom an issuer names takes the place they were named for, not the next one that comes free.
    kept = {*first, *instead.values()}
    waiting = [load.person for load in request.candidates if load.person not in kept]
    return _fill(first, declined, instead, waiting)


def _fill(
    first: tuple[PersonId, ...],
    declined: Collection[PersonId],
    instead: Mapping[PersonId, PersonId],
    waiting: list[PersonId],
) -> Seats:
    """Follow each place from whoever was asked first to whoever has it now."""
    places: list[tuple[PersonId, ...]] = []
    vacant: list[PersonId] = []
    stand_ins: set[PersonId] = set()
    seen = set(first)
    for person in first:
        chain = [person]
        while True:
            last = chain[-1]
            if last in instead and instead[last] not in seen:
                chain.append(instead[last])
                stand_ins.add(chain[-1])
            elif last in declined and waiting:
                chain.append(waiting.pop(0))
            else:
                break
            seen.add(chain[-1])
        if chain[-1] in declined:
            vacant.append(chain[-1])
        places.append(tuple(chain))
    return Seats(places=tuple(places), vacant=tuple(vacant), stand_ins=frozenset(stand_ins))
