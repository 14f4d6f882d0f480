"""A badge that a person earned elsewhere, as it is listed: what it says of itself, and whether that holds.

It is kept with its earner's drafts, and no part of the record: it gives no hours and no right here. Where the
programme says that it is equivalent to a micro-credential, it counts where that one is required first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from mcred.domain.ids import CredentialId, Slug
from mcred.domain.programme import Equivalent

BadgeVerdict = Literal["valid", "not valid", "cannot tell"]


class ElsewhereBadge(Struct, frozen=True, kw_only=True):
    """A badge of another issuer. Title, holder, issuer and dates are its own words, true only if valid."""

    name: Slug
    """What its earner calls it."""
    title: str
    holder: str
    """Whose it is; empty where that is not in plain text."""
    issuer: str
    earned: date | None
    until: date | None
    """The last day that it is valid, where it says one."""
    verdict: BadgeVerdict
    reason: str
    """Why it is not valid, or why that cannot be told; empty for a valid one."""
    checked: date
    counts_as: tuple[CredentialId, ...]
    """The micro-credentials that it counts as where they are required; none unless it is valid."""
    file: str = ""
    """Where its pages have its file; empty where it is not shown."""


def list_equivalents(
    equivalents: Iterable[Equivalent], issuer: str, achievements: Collection[str]
) -> tuple[CredentialId, ...]:
    """The micro-credentials that an issuer's achievement counts as.

    `achievements`: the ids and names of what was achieved.
    """
    found = (e.credential for e in equivalents if e.issuer == issuer and e.achievement in achievements)
    return tuple(dict.fromkeys(found))
