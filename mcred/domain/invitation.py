"""An invitation: a maintainer's signed word that whoever holds a one-time key is a certain person.

The record names the public half. The secret half reaches the person as a text, with their name and school,
which do not concern others until they join.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mcred.domain.ids import Doc, PersonId
from mcred.domain.record_file import RecordFile


class Invitation(RecordFile, frozen=True, kw_only=True, tag="invitation"):
    """`portfolios/<person>/invitation.json`: who may join without being confirmed."""

    format: Literal[2]
    person: PersonId
    key: Annotated[str, Meta(max_length=1000), Doc("The public half of the one-time key.")]
    by: Annotated[PersonId, Doc("The maintainer who invites.")]
    invited: datetime
    expires: Annotated[date, Doc("The last day, in UTC, on which it can be used.")]

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be used at a time, as far as dates go."""
        return now.astimezone(UTC).date() <= self.expires


class Letter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the invited person is given, and no one else."""

    address: str
    """The programme's."""
    person: PersonId
    name: str
    school: str = ""
    secret: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    """The one-time key: the private half's 32 bytes, in hexadecimal."""
