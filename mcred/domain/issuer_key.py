"""The public keys a programme signs its awards with, and their periods of use.

Old keys stay listed for ever, so that old awards can be verified. Private keys are never part of the model;
signing is in `badges`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from mcred.domain.ids import Doc


class PublicKey(Struct, frozen=True, kw_only=True):
    """One issuer key's public part: its name in did.json, the key itself, and its period."""

    id: Annotated[str, Meta(max_length=100), Doc("The key's name in did.json, after the #.")]
    multibase: Annotated[str, Meta(max_length=100), Doc("The key itself: z6Mk…")]
    since: date
    until: Annotated[date | None, Doc("Its last day; left out while the key is in use.")] = None

    def used_on(self, day: date) -> bool:
        """Whether the key was in use on a day."""
        return self.since <= day and (self.until is None or day <= self.until)
