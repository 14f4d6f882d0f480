"""What each page shows, as frozen values: everything a template may know, and nothing else.

A template cannot leak what it is not given: people appear as a name and a link, assessors as a number.
Deciding which of these exist is `pages`' and `badges`' work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mcred.model.credential import Credential, Criterion, Item, Part, Stack
from mcred.model.ids import CredentialId, Slug, SubmissionId, Version
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
    picture: str


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
    picture: str
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
    picture: str


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
    picture: str
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
    picture: str
    cards: tuple[CredentialCard, ...]
    unpublished: int
    holders: tuple[BadgeCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """One person's badges."""

    name: str
    school: str
    badges: tuple[BadgeCard, ...]
    stack_badges: tuple[BadgeCard, ...]
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


BadgeState = Literal["holds", "revoked", "superseded"]
"""What the record says of a badge; whether it has ended by now is a matter of the day it is read on."""


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
    picture: str
    document: str
    pictures: tuple[tuple[str, str], ...]
    """The badge inside its picture: the file's name and where it stands."""
    digest: str
    newer: str
    """The page of the same micro-credential's newer award, or of the badge issued instead; or empty."""
    state: BadgeState = "holds"
    renewed: date | None = None
    """The day of the renewal from which on it holds."""
    revoked: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackBadgeView:
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
    is_revoked: bool
    revoked: date | None
    contained: tuple[tuple[str, str], ...]
    """The badges it was given for: name and page, which is empty where there is none."""
    picture: str
    document: str
    pictures: tuple[tuple[str, str], ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutView:
    """The issuer, and how badges come about."""

    policy: Policy
    attempts: Attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """A text shown on the page itself, in the one form that is filled."""

    prose: str = ""
    """Markdown."""
    plain: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    """A table, its head first."""
    cut: bool = False
    """Whether only its beginning is shown."""
    folded: bool = False
    """Whether it is long enough to begin closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A piece of evidence as its assessors see it, published or not."""

    type: Slug
    title: str
    about: str
    name: str
    """The file's own name, empty for a link."""
    gone: bool
    """Whether the file is listed but not there."""
    file: str
    """The copy beside the page, empty when there is none."""
    size: int
    address: str
    """The link as written."""
    sha256: str
    students: bool
    text: Inline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """What was asked for, and all that was handed in for it."""

    item: Item
    answer: Inline | None
    words: int
    length: Literal["fits", "short", "long"]
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCriterion:
    """A row of the rubric, best level first."""

    criterion: Criterion
    items: tuple[Item, ...]
    """What it judges, empty for all of its part."""
    levels: tuple[Slug, ...]
    required: Slug
    carried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPart:
    """One part: what was handed in, and what judges it."""

    part: Part
    items: tuple[ReviewItem, ...]
    criteria: tuple[ReviewCriterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewNews:
    """On a further attempt: what has something new since which one, and the page that shows it."""

    since: str
    changed: tuple[str, ...]
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A submission as its assessors see it, on their own computer."""

    credential: Credential
    submission: SubmissionId
    attempt: int
    note: str
    rule: Rule | None
    """None, with no panel and no dates, when no review of this attempt was asked for."""
    panel: int
    requested: date | None
    due: date | None
    carried: tuple[str, ...]
    """The titles of the criteria that keep their level."""
    parts: tuple[ReviewPart, ...]
    strays: tuple[Artifact, ...]
    """Listed for an item that the definition does not have."""
    unlisted: tuple[str, ...]
    """Files that came along without being listed."""
    news: ReviewNews | None = None


View = (
    HomeView
    | CatalogueView
    | CredentialView
    | StacksView
    | StackView
    | PortfolioView
    | BadgeView
    | StackBadgeView
    | AboutView
    | ReviewView
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
