"""Stack badges on record: one more badge for several micro-credentials together.

The badge's document is the only record of the contained badges, so the values here are read from it. Whether
a stack's rule is met is in `credential.progress`, building a document in `badges/stack_badge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from mcred.domain.ids import CreditHours, PersonId, Prose, StackId, Url, Version
from mcred.domain.record_file import RecordFile

CONTAINED = "micro-credential badge"
"""The genre of the evidence that stands for a contained badge."""


class Contained(Struct, frozen=True, kw_only=True):
    """A badge that a stack's badge was given for."""

    name: str
    digest: str
    """The SHA-256 of its document, in hex."""


class StackAward(Struct, frozen=True, kw_only=True):
    """`stacks/<stack>/<n>/badge.json`: the document byte for byte, and what it says."""

    document: bytes
    title: str
    version: Version
    awarded: datetime
    ends: datetime | None
    credits: CreditHours | None = None
    contained: tuple[Contained, ...]


class StackRevocation(RecordFile, frozen=True, kw_only=True, tag="stack-revocation"):
    """`stacks/<stack>/<n>/revocation.json`: the stack's badge does not hold any more, for good."""

    format: Literal[2]
    earner: PersonId
    stack: StackId
    number: int
    issuer: PersonId
    revoked: datetime
    reason: Prose


class StackReissue(RecordFile, frozen=True, kw_only=True, tag="stack-reissue"):
    """`stacks/<stack>/<n>/reissue.json`: badge `n` was issued in the place of the one before."""

    format: Literal[2]
    earner: PersonId
    stack: StackId
    number: int
    issuer: PersonId
    issued: datetime
    reason: Prose
    replaces: Url


class StackRecord(Struct, frozen=True, kw_only=True):
    """A portfolio's record for one stack. An unreadable file has the value None, and still counts."""

    earner: PersonId
    stack: StackId
    awards: Mapping[int, StackAward | None] = field(default_factory=dict)
    revocations: Mapping[int, StackRevocation | None] = field(default_factory=dict)
    reissues: Mapping[int, StackReissue | None] = field(default_factory=dict)
    """By the number of the newer badge."""

    @property
    def name(self) -> str:
        """`ana/stacks/talk`."""
        return f"{self.earner}/stacks/{self.stack}"

    @property
    def live(self) -> int | None:
        """The number of the valid badge, None when there is none."""
        return max(self.awards.keys() - self.revocations.keys() - self.replaced, default=None)

    @property
    def replaced(self) -> frozenset[int]:
        """The badges that a newer one took the place of."""
        return frozenset(number - 1 for number in self.reissues)

    def newest_of(self, number: int) -> int:
        """The badge that is in the place of another by now; the other itself where none is."""
        while number in self.replaced:
            number += 1
        return number

    def oldest_of(self, number: int) -> int:
        """The badge in whose place another is by now; the other itself where there was none before."""
        while number in self.reissues:
            number -= 1
        return number

    def allows_another(self, newest: datetime) -> bool:
        """Whether none was revoked since the newest contained badge was earned: then there may be another."""
        return all(r is not None and r.revoked < newest for r in self.revocations.values())

    @property
    def free(self) -> int:
        """The number a new badge gets."""
        return max(self.awards, default=0) + 1
