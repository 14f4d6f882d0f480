"""What the pages of badges show, as frozen values; `views` has the other pages'.

Assessors appear as a number only, and of what was not published nothing but its kind.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from mcred.domain.credential import Credential
from mcred.domain.ids import Slug, Version
from mcred.domain.programme import Rule
from mcred.website.version_changes import VersionChange


class Copy(Struct, frozen=True, kw_only=True):
    """A file published byte for byte beside a page."""

    path: str
    content: bytes


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
    """A criterion as it was settled: the level reached, and what that level means."""

    criterion: str
    level: Slug
    text: str
    required: Slug
    met: bool
    carried: bool
    by_issuer: bool = False
    """Whether the issuer set it, other than the assessors' levels come to."""
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


class Passing(Struct, frozen=True, kw_only=True):
    """How a badge is passed on; None where the site has no address of its own yet."""

    page: str
    """The full address of its page."""
    linkedin: str
    picture: str
    """A snippet with its picture."""
    card: str
    """A snippet with its card."""


class Claims(Struct, frozen=True, kw_only=True):
    """What a page says of its badge, for the browser to compare with the badge's own document."""

    name: str
    earner: str
    issuer: str
    version: Version
    begins: str
    """The first day it holds, as in the document."""
    ends: str
    """The last day, empty for none."""
    id: str = ""
    signed: bool = False
    list: str = ""
    """The status list's file on this site, empty when the badge names none that is here."""
    place: int = 0
    """Its place in that list."""


BadgeState = Literal["holds", "revoked", "superseded"]
"""What the record says of a badge; whether it has ended by now is a matter of the day it is read on."""


class GrowthStep(Struct, frozen=True, kw_only=True):
    """A step on the way to a badge, or several of its kind."""

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
    """One award, told with the definition it was decided by."""

    credential: Credential
    credential_page: str
    """Empty when the micro-credential has no page."""
    current: Version | None
    """Today's version, where it is not the one that was earned."""
    changes: tuple[VersionChange, ...]
    """What it changed since the one that was earned."""
    earner: str
    school: str
    portfolio: str
    attempt: int
    awarded: date
    until: date | None
    rule: Rule
    assessors: int
    parts: tuple[PartLevels, ...]
    evidence: tuple[EvidenceRow, ...] | None
    """None when what was judged at this attempt is no longer what the portfolio holds."""
    picture: str
    document: str
    pictures: tuple[tuple[str, str], ...]
    """The badge inside its picture: the file's name and where it stands."""
    digest: str
    newer: str
    """The page of the same micro-credential's newer award, or of the badge issued instead; or empty."""
    state: BadgeState = "holds"
    is_override: bool = False
    """Whether it was awarded although the levels do not suffice."""
    renewed: date | None = None
    """The day of the renewal from which on it holds."""
    revoked: date | None = None
    claims: Claims | None = None
    passing: Passing | None = None
    growth: tuple[GrowthStep, ...] = ()
    """What the earner shows of the way to it."""
    card: str = ""
    qr: str = ""
    """The file with the page's address as a QR code, empty when there is none."""


class StackBadgeView(Struct, frozen=True, kw_only=True):
    """One badge of a stack."""

    title: str
    version: Version
    shown: str
    """What a holder has shown, by today's stack."""
    stack_page: str
    earner: str
    school: str
    portfolio: str
    awarded: date
    until: date | None
    state: BadgeState
    newer: str
    """The page of the badge issued instead, or empty."""
    revoked: date | None
    contained: tuple[tuple[str, str], ...]
    """The badges it was given for: name and page, which is empty where there is none."""
    picture: str
    document: str
    pictures: tuple[tuple[str, str], ...]
    digest: str
    claims: Claims | None = None
    passing: Passing | None = None
    card: str = ""
    qr: str = ""
    chain: tuple[str, ...] = ()
    """The pictures of what was shown of today's stack; '' for what was not."""


class CardView(Struct, frozen=True, kw_only=True):
    """A badge as a card on other sites."""

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
    picture: str
