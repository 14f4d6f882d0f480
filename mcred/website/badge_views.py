"""View models of badge pages; `views` has those of other pages.

Assessors appear as a number only, and unpublished evidence by its kind only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec
from msgspec import Struct

from mcred.domain.credential import Credential
from mcred.domain.endorsements.told import ToldEndorsement
from mcred.domain.ids import CreditHours, Slug, Version
from mcred.domain.programme import Rule
from mcred.website.version_changes import VersionChange


class Copy(Struct, frozen=True, kw_only=True):
    """A file published byte for byte beside a page."""

    path: str
    content: bytes

    @classmethod
    def of_json(cls, path: str, value: Mapping[str, Any]) -> Copy:
        """A file for programs."""
        text = json.dumps(value)
        try:  # four times as fast as `indent=1`
            text = msgspec.json.format(text, indent=1)
        except msgspec.DecodeError:  # half of a surrogate pair, which it does not take
            text = json.dumps(value, indent=1)
        return cls(path=path, content=f"{text}\n".encode())


class BadgeCard(Struct, frozen=True, kw_only=True):
    """An award in a list."""

    earner: str
    title: str
    version: Version
    awarded: date
    language: str
    page: str
    picture: str


class LevelRow(Struct, frozen=True, kw_only=True):
    """A settled criterion: the level reached, and what that level means."""

    criterion: str
    level: Slug
    text: str
    required: Slug
    met: bool
    carried: bool
    by_issuer: bool = False
    """Whether the issuer set it to another level than the assessors' levels result in."""
    scale: tuple[Slug, ...] = ()
    """All levels it could reach, best first."""


class PartLevels(Struct, frozen=True, kw_only=True):
    """The settled criteria of one part."""

    title: str
    rows: tuple[LevelRow, ...]


class EvidenceRow(Struct, frozen=True, kw_only=True):
    """A piece of evidence; `title`, `about`, `file` and `url` are empty unless it is published."""

    item: str
    type: Slug
    published: bool = False
    title: str = ""
    about: str = ""
    file: str = ""
    size: int = 0
    url: str = ""
    is_copy: bool = False
    """Whether its file is a copy of the one that was assessed, without hidden information."""


class Passing(Struct, frozen=True, kw_only=True):
    """How a badge can be shared; None where the site has no address."""

    page: str
    """The absolute address of its page."""
    linkedin: str
    picture: str
    """An HTML snippet with its picture."""
    card: str
    """An HTML snippet with its card."""


class Claims(Struct, frozen=True, kw_only=True):
    """The page's claims about its badge, for the browser to compare with the badge's own document."""

    name: str
    earner: str
    issuer: str
    version: Version
    begins: str
    """The first day of validity, as in the document."""
    ends: str
    """The last day of validity, empty for none."""
    id: str = ""
    signed: bool = False
    signed_on: date | None = None
    """The day that its first proof names."""
    list: str = ""
    """The status list's file on this site, empty when the badge names none of this site."""
    place: int = 0
    """Its index in that list."""


BadgeState = Literal["holds", "revoked", "superseded"]
"""The badge's state on record; whether it has expired depends on the day it is read."""


class GrowthStep(Struct, frozen=True, kw_only=True):
    """A step on the way to a badge, or several of one kind."""

    kind: str
    """`save`, `submit`, or what was decided: `award`, `revise`, `decline`."""
    first: date
    last: date
    count: int
    attempt: int
    met: int | None
    """How many criteria were met, where that is shown."""
    of: int | None


class BadgeView(Struct, frozen=True, kw_only=True):
    """One award, shown with the definition it was decided by."""

    credential: Credential
    credential_page: str
    """Empty when the micro-credential has no page."""
    current: Version | None
    """Today's version, where it is not the one that was earned."""
    changes: tuple[VersionChange, ...]
    """What today's version changed since the one that was earned."""
    earner: str
    school: str
    portfolio: str
    attempt: int
    awarded: date
    until: date | None
    rule: Rule
    assessors: int
    parts: tuple[PartLevels, ...]
    evidence: tuple[EvidenceRow, ...]
    """None when the evidence judged at this attempt is no longer in the portfolio."""
    picture: str
    document: str
    pictures: tuple[tuple[str, str], ...]
    """The badge baked into its picture: file name and path."""
    digest: str
    newer: str
    """The page of a newer award of the same micro-credential, or of the reissued badge; or empty."""
    state: BadgeState = "holds"
    is_override: bool = False
    """Whether it was awarded although the levels are too low."""
    is_by_two: bool = False
    """Whether two issuers decided that."""
    attested: int = 0
    erased: tuple[tuple[int, date], ...] = ()
    """How many pieces of the work were erased, and when."""
    """How many of its reviews rest on the issuer's word, because their assessors did not sign them."""
    renewed: date | None = None
    """The day of the renewal from which it is valid."""
    revoked: date | None = None
    claims: Claims | None = None
    passing: Passing | None = None
    growth: tuple[GrowthStep, ...] = ()
    """The steps that the earner shows."""
    endorsements: tuple[ToldEndorsement, ...] = ()
    card: str = ""
    qr: str = ""
    """The file of the QR code of the page's address, empty when there is none."""

    @property
    def levels(self) -> tuple[LevelRow, ...]:
        """The levels of all parts."""
        return tuple(row for part in self.parts for row in part.rows)

    @property
    def below(self) -> int:
        """How many levels are below the required one."""
        return sum(not row.met for row in self.levels)

    @property
    def set_by_issuer(self) -> int:
        """How many levels the issuer set to another one than the assessors' levels result in."""
        return sum(row.by_issuer for row in self.levels)

    @property
    def fits_on_paper(self) -> bool:
        """Whether a list of all levels surely fits on the printed certificate."""
        rows, own = self.levels, self.credential
        told = (own.title, own.competency, self.earner, self.school, *(row.criterion for row in rows))
        return len(rows) <= 12 and sum(map(len, told)) <= 700 and not self.newer


class StackBadgeView(Struct, frozen=True, kw_only=True):
    """One stack badge."""

    title: str
    version: Version
    shown: str
    """What a holder has demonstrated, by today's stack."""
    stack_page: str
    earner: str
    school: str
    portfolio: str
    awarded: date
    until: date | None
    credits: CreditHours | None
    state: BadgeState
    newer: str
    """The page of the reissued badge, or empty."""
    revoked: date | None
    contained: tuple[tuple[str, str], ...]
    """The badges it was issued for: name and page, which is empty where there is none."""
    picture: str
    document: str
    pictures: tuple[tuple[str, str], ...]
    digest: str
    claims: Claims | None = None
    passing: Passing | None = None
    card: str = ""
    qr: str = ""
    chain: tuple[str, ...] = ()
    """The pictures of what was earned of today's stack; '' for what was not."""
    endorsements: tuple[ToldEndorsement, ...] = ()
    """What others say about this badge, as far as its earner shows it."""


class CardView(Struct, frozen=True, kw_only=True):
    """A badge as a card for other sites."""

    title: str
    language: str
    earner: str
    awarded: date
    until: date | None
    state: BadgeState
    claims: Claims | None
    document: str
    digest: str
    page: str
    portfolio: str
    """The page of its earner, or empty."""
    picture: str
