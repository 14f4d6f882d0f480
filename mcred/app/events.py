"""What happens to submissions and awards, as values: `push.publish` tells the review host and a program's own
subscribers once main or the remote has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from mcred.domain.decision import Outcome
from mcred.domain.ids import PersonId, SubmissionId


class AttemptEvent(Struct, frozen=True, kw_only=True):
    """Something that happened to one attempt of a submission.

    A command that is typed again publishes its event again, so a subscriber does only what is missing.
    """

    submission: SubmissionId
    attempt: int


class Submitted(AttemptEvent, frozen=True, kw_only=True):
    """An attempt was sent to be assessed."""


class Withdrawn(AttemptEvent, frozen=True, kw_only=True):
    """Its earner took it out of review."""


class Assessed(AttemptEvent, frozen=True, kw_only=True):
    """An assessor's scores arrived."""

    assessor: PersonId


class ReviewDeclined(AttemptEvent, frozen=True, kw_only=True):
    """An assessor gave their place back."""

    assessor: PersonId


class Assigned(AttemptEvent, frozen=True, kw_only=True):
    """An issuer asked somebody in the place of an assessor."""

    to: PersonId
    instead_of: PersonId


class Decided(AttemptEvent, frozen=True, kw_only=True):
    """An issuer awarded it, sent it back or declined it."""

    outcome: Outcome


class Revoked(AttemptEvent, frozen=True, kw_only=True):
    """Its award was ended for good."""


class Reissued(AttemptEvent, frozen=True, kw_only=True):
    """Its award has a new badge."""

    kind: Literal["renew", "reissue"]


Subscriber = Callable[[AttemptEvent], None]
"""Hears of an event once main or the remote has it. It must not raise: the record is complete without it."""
