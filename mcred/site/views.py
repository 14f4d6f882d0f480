"""What each page shows, as frozen values: everything a template may know, and nothing else.

A template cannot leak what it is not given: people appear as a name and a link, assessors as a number.
Deciding which of these exist is `pages`' and `badges`' work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mcred.model.credential import Credential, Stack
from mcred.model.ids import CredentialId, Slug, Version
from mcred.model.rules import Attempts, Issuer, Policy, Rule
from mcred.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A file published byte for byte beside a page."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialCard:
    """A micro-credential in a list."""

    id: CredentialId
    title: str
    competency: str
    hours: int | None
    language: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic with its micro-credentials; `anchor` is its place on the catalogue's page."""

    name: str
    anchor: str
    cards: tuple[CredentialCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackCard:
    """A stack in a list; `held` is a person's progress, where a page is about one."""

    title: str
    needed: int
    count: int
    page: str
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeCard:
    """An award in a list."""

    earner: str
    title: str
    version: Version
    awarded: date
    language: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """The first page."""

    topics: tuple[Topic, ...]
    credentials: int
    stacks: tuple[StackCard, ...]
    recent: tuple[BadgeCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueView:
    """All micro-credentials by topic."""

    topics: tuple[Topic, ...]
    retired: tuple[CredentialCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialView:
    """One micro-credential in full, with the rules it is assessed by."""

    credential: Credential
    policy: Policy
    attempts: Attempts
    prerequisites: tuple[CredentialCard, ...]
    stacks: tuple[StackCard, ...]
    holders: tuple[BadgeCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StacksView:
    """All stacks."""

    stacks: tuple[StackCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackView:
    """One stack; `unpublished` of its micro-credentials have no page yet."""

    stack: Stack
    cards: tuple[CredentialCard, ...]
    unpublished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """One person's badges."""

    name: str
    school: str
    badges: tuple[BadgeCard, ...]
    stacks: tuple[StackCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """A criterion as it was settled: the level reached, and what that level means."""

    criterion: str
    level: Slug
    text: str
    required: Slug
    met: bool
    carried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLevels:
    """The settled criteria of one part."""

    title: str
    rows: tuple[LevelRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A piece of evidence; `title`, `about`, `file` and `url` are empty unless it is published."""

    item: str
    type: Slug
    published: bool = False
    title: str = ""
    about: str = ""
    file: str = ""
    size: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeView:
    """One award, told with the definition it was decided by."""

    credential: Credential
    credential_page: str
    """Empty when the micro-credential has no page."""
    current: Version | None
    """Today's version, where it is not the one that was earned."""
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
    document: str
    digest: str
    newer: str
    """The page of the same micro-credential's newer award, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutView:
    """The issuer, and how badges come about."""

    policy: Policy
    attempts: Attempts


View = (
    HomeView | CatalogueView | CredentialView | StacksView | StackView | PortfolioView | BadgeView | AboutView
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page to be: its address, its template and all it shows."""

    path: str
    template: str
    title: str
    language: str
    section: str = ""
    """Which entry of the navigation it belongs to."""
    listed: bool = True
    """Whether search engines may list it."""
    description: str = ""
    data: View
    beside: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page shares."""

    issuer: Issuer
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All pages to be, in the order of their addresses, and what had to be left out."""

    frame: Frame
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]
