"""The current panel of an attempt: its request's, after declined reviews and assignments.

When an assessor declines, the next candidate that the request names is asked, and with none left the seat is
vacant; an issuer may assign another person instead of one who does not answer (FORMATS: Policy, last
paragraph). Candidates at their limit of open reviews are not asked: a seat that one of them was drawn for is
vacant until an issuer assigns someone, who may be that very person. `seat` depends on these alone, whatever
their order of arrival. Whether each is genuine, and eligibility, is checked in `rules`.

Example: a and b are asked; c and d are the next candidates. b declines, so c is asked; an issuer assigns x
instead of c: then a and x are asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from mcred.domain.ids import CommitId, Doc, PersonId, Prose, SubmissionId
from mcred.domain.record_file import RecordFile
from mcred.domain.submission import ReviewRequest


class DeclinedReview(RecordFile, frozen=True, kw_only=True, tag="declined"):
    """`attempts/<n>/declined/<assessor>.json`: a panel member declines the review."""

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    assessor: PersonId
    judged: Annotated[CommitId, Doc("The submitted state that they were asked about.")]
    main: Annotated[CommitId, Doc("The program's state that the rules were read from.")]
    declined: datetime
    because: Prose


class Assignment(RecordFile, frozen=True, kw_only=True, tag="assignment"):
    """`attempts/<n>/assignments/<number>.json`: an issuer replaces a panel member by another person."""

    format: Literal[2]
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
    """The seats of a panel and their holders."""

    places: tuple[tuple[PersonId, ...], ...] = ()
    """The holders of each seat in order; the last one is current unless the seat is vacant."""
    vacant: tuple[PersonId, ...] = ()
    """Who names each vacant seat: they declined it and no candidate is left, or they are `unasked`."""
    unasked: frozenset[PersonId] = frozenset()
    """Those drawn for a seat and not asked, being at their limit."""
    stand_ins: frozenset[PersonId] = frozenset()
    """Those assigned by an issuer."""

    @property
    def panel(self) -> tuple[PersonId, ...]:
        """The current panel members."""
        return tuple(place[-1] for place in self.places if place[-1] not in self.vacant)

    @property
    def everybody(self) -> frozenset[PersonId]:
        """All current and former panel members."""
        return frozenset(person for place in self.places for person in place) - self.unasked

    @property
    def relieved(self) -> frozenset[PersonId]:
        """Former panel members."""
        return self.everybody - frozenset(self.panel)


def seat(
    request: ReviewRequest | None,
    declined: Collection[PersonId] = (),
    assigned: Iterable[Assignment] = (),
) -> Seats:
    """Compute the seats; empty without a request. Of two assignments of a seat the first one counts."""
    if request is None:
        return Seats()
    instead: dict[PersonId, PersonId] = {}
    asked_anyway: set[PersonId] = set()
    for one in sorted(assigned, key=lambda a: a.number):
        if one.to == one.instead_of:
            asked_anyway.add(one.to)
        else:
            instead.setdefault(one.instead_of, one.to)
    first = tuple(dict.fromkeys(request.panel))
    unasked = frozenset(p for p in first if p in request.at_limit) - asked_anyway
    # Whom an issuer names takes the place they were named for, not the next one that comes free.
    kept = {*first, *instead.values(), *request.at_limit}
    waiting = [load.person for load in request.candidates if load.person not in kept]
    return _fill(first, unasked, frozenset(declined) - unasked, instead, waiting)


def _fill(
    first: tuple[PersonId, ...],
    unasked: frozenset[PersonId],
    declined: frozenset[PersonId],
    instead: Mapping[PersonId, PersonId],
    waiting: list[PersonId],
) -> Seats:
    """Follow each seat from its first holder to the current one."""
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
        if chain[-1] in declined or chain[-1] in unasked:
            vacant.append(chain[-1])
        places.append(tuple(chain))
    return Seats(places=tuple(places), vacant=tuple(vacant), unasked=unasked, stand_ins=frozenset(stand_ins))
