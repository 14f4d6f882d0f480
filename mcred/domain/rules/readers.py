"""Who may read the submitted work of an attempt (FORMATS: Work; TRUST: the first table)."""

from __future__ import annotations

from mcred.domain.ids import PersonId
from mcred.domain.programme import Programme
from mcred.domain.seats import Seats
from mcred.domain.submission import ReviewRequest


def readers_of(
    request: ReviewRequest, seats: Seats, programme: Programme, *, is_open: bool
) -> tuple[PersonId, ...]:
    """Who may read the work of an attempt, each once: its earner, in review its panel, the issuers.

    Who gave a place back may have read until then; nothing more is given to them.
    """
    panel = seats.panel if is_open else ()
    return tuple(dict.fromkeys((request.submission.earner, *panel, *programme.roles.issuers)))
