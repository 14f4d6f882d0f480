"""Who may read the submitted work of an attempt, and whom its earner may let in beside them (FORMATS: Work;
TRUST: the first table)."""

from __future__ import annotations

from collections.abc import Collection

from mcred.domain.ids import PersonId, SubmissionId
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


def explain_not_coach(
    person: PersonId, submission: SubmissionId, confirmed: Collection[PersonId], asked: Collection[PersonId]
) -> str:
    """Why an earner cannot let a person in as a coach; '' where she can.

    Any confirmed person can be one, but whoever is `asked` to assess the work judges it as it was submitted.
    """
    if person == submission.earner:
        return f"{person} is you"
    if person not in confirmed:
        return f"{person} is not confirmed in this program"
    if person in asked:
        return f"{person} is assigned to assess it, and assesses what you submitted, not your drafts"
    return ""


def join_let_in(
    mine: Collection[PersonId], theirs: Collection[PersonId], before: Collection[PersonId] | None
) -> tuple[PersonId, ...]:
    """Whom an earner lets in, where two computers of hers changed that: what either of them changed holds.

    `before`: as both had it; None where that cannot be told, and then only whom both let in.

    >>> join_let_in(("mei", "tom"), ("tom", "dev"), ("mei", "tom"))
    ('dev', 'tom')
    >>> join_let_in(("mei", "tom"), ("tom", "dev"), None)
    ('tom',)
    """
    first, second = set(mine), set(theirs)
    kept = set(before) if before is not None else first | second
    return tuple(sorted((first & second) | (first - kept) | (second - kept)))
