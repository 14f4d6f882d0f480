"""What happens to submissions and awards, as values.

`push.publish` passes them to the review host and to a program's own subscribers, once main or the remote has
them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from mcred.domain.decision import Outcome
from mcred.domain.ids import PersonId, SubmissionId


class AttemptEvent(Struct, frozen=True, kw_only=True):
    """An event of one attempt of a submission.

    A repeated command publishes its event again, so a subscriber does only what is missing.
    """

    submission: SubmissionId
    attempt: int


class Submitted(AttemptEvent, frozen=True, kw_only=True):
    """An attempt was submitted for assessment."""


class Withdrawn(AttemptEvent, frozen=True, kw_only=True):
    """Its earner withdrew it from review."""


class Assessed(AttemptEvent, frozen=True, kw_only=True):
    """An assessor's scores arrived."""

    assessor: PersonId


class ReviewDeclined(AttemptEvent, frozen=True, kw_only=True):
    """An assessor declined the review."""

    assessor: PersonId


class Assigned(AttemptEvent, frozen=True, kw_only=True):
    """An issuer replaced an assessor."""

    to: PersonId
    instead_of: PersonId


class Decided(AttemptEvent, frozen=True, kw_only=True):
    """An issuer decided on it: award, revise or decline."""

    outcome: Outcome


class Revoked(AttemptEvent, frozen=True, kw_only=True):
    """Its award was revoked."""


class Reissued(AttemptEvent, frozen=True, kw_only=True):
    """Its award was reissued as a new badge."""

    kind: Literal["renew", "reissue"]


Subscriber = Callable[[AttemptEvent], None]
"""Called with an event once main or the remote has it. It must not raise: the record is complete without
it."""
