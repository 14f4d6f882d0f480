"""View models: everything a template can access, as frozen values, and nothing else.

A template cannot leak what it does not get: people appear as a name and a link, assessors as a number. Which
of them exist is decided by `pages` and `badges`.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from mcred.domain.credential import Credential, Stack
from mcred.domain.ids import CredentialId, Slug, Version
from mcred.domain.issuer_key import PublicKey
from mcred.domain.programme import Attempts, Issuer, Policy, WorkPolicy
from mcred.website.badge_views import BadgeCard, BadgeView, CardView, Copy, StackBadgeView
from mcred.website.listing.cut import PageTurn
from mcred.website.listing.views import EarnedView, HoldersView, MonthView, PeopleView
from mcred.website.local.review_views import ReviewView
from mcred.website.network.views import NetworkCredentialView, NetworkProgrammesView, NetworkProgrammeView
from mcred.website.version_changes import VersionChange


class CredentialCard(Struct, frozen=True, kw_only=True):
    """A micro-credential in a list."""

    id: CredentialId
    title: str
    competency: str
    hours: int | None
    language: str
    page: str
    picture: str
    topics: tuple[str, ...] = ()
    needs_students: bool = True
    kinds: tuple[Slug, ...] = ()
    """The types of evidence it accepts, each once."""
    issuer: str = ""
    """Said where a list has several issuers."""


class Topic(Struct, frozen=True, kw_only=True):
    """A topic with its micro-credentials, or those of them that one page of the catalogue has."""

    name: str
    anchor: str
    """Its id on the catalogue's page."""
    cards: tuple[CredentialCard, ...]
    page: str = ""
    """The page of the catalogue where it begins."""


class StackCard(Struct, frozen=True, kw_only=True):
    """A stack in a list; `held` is a person's progress, where the page is about a person."""

    title: str
    needed: int
    count: int
    page: str
    picture: str
    chain: tuple[str, ...] = ()
    """The pictures of its micro-credentials; '' for one that the person does not hold."""
    held: int = 0


class HomeView(Struct, frozen=True, kw_only=True):
    """The home page."""

    topics: tuple[Topic, ...]
    credentials: int
    stacks: tuple[StackCard, ...]
    recent: tuple[BadgeCard, ...]
    shown: tuple[CredentialCard, ...] = ()
    """A selection of micro-credentials from many topics."""
    badges: int = 0
    """The number of valid public badges."""


class CatalogueView(Struct, frozen=True, kw_only=True):
    """All micro-credentials by topic, or a page of them."""

    topics: tuple[Topic, ...]
    """Those of this page."""
    retired: tuple[CredentialCard, ...]
    contents: tuple[Topic, ...] = ()
    """All topics, on the first page."""
    turn: PageTurn = PageTurn()
    kinds: tuple[Slug, ...] = ()
    """The types of evidence that any micro-credential accepts."""
    count: int = 0
    """The number of live micro-credentials; one with two topics is listed under both."""


class EarlierVersion(Struct, frozen=True, kw_only=True):
    """An earlier version that badges were earned by, and what has changed since."""

    version: Version
    changes: tuple[VersionChange, ...]


class CredentialView(Struct, frozen=True, kw_only=True):
    """One micro-credential in full, with its rules of assessment."""

    credential: Credential
    picture: str
    policy: Policy
    attempts: Attempts
    attestations: tuple[str, ...]
    """What is confirmed when it is submitted."""
    prerequisites: tuple[CredentialCard, ...]
    stacks: tuple[StackCard, ...]
    holders: tuple[BadgeCard, ...]
    """The first page of them."""
    held: int
    """How many hold it."""
    turn: PageTurn
    editions: tuple[EarlierVersion, ...] = ()
    """The newest first."""


class StacksView(Struct, frozen=True, kw_only=True):
    """All stacks."""

    stacks: tuple[StackCard, ...]


class StackView(Struct, frozen=True, kw_only=True):
    """One stack; `unpublished` of its micro-credentials have no page yet."""

    stack: Stack
    picture: str
    cards: tuple[CredentialCard, ...]
    unpublished: int
    holders: tuple[BadgeCard, ...]
    """The first page of them."""
    turn: PageTurn


class PortfolioView(Struct, frozen=True, kw_only=True):
    """One person's badges."""

    name: str
    school: str
    badges: tuple[BadgeCard, ...]
    stack_badges: tuple[BadgeCard, ...]
    stacks: tuple[StackCard, ...]


class WitnessView(Struct, frozen=True, kw_only=True):
    """The newest statement of what the record had, and who signed it."""

    signer: str
    """A name, '' for a key that no one in the programme has."""
    key: str
    """The key's fingerprint."""
    awards: int
    day: date
    state: str
    """The beginning of the record's commit."""


class VerifyView(Struct, frozen=True, kw_only=True):
    """The page that checks a badge's file."""


class AboutView(Struct, frozen=True, kw_only=True):
    """The issuer, and how badges are awarded."""

    policy: Policy
    attempts: Attempts
    work: WorkPolicy
    """Who may read submitted work."""
    has_recovery: bool = False
    """Whether a recovery key opens it, too."""
    keys: tuple[PublicKey, ...] = ()
    lists: tuple[str, ...] = ()
    """The status lists' files."""
    witness: WitnessView | None = None


class AssessorRow(Struct, frozen=True, kw_only=True):
    """A person who assessed and agreed to be named."""

    name: str
    school: str
    portfolio: str
    """Empty when they have no page, or none that lists may include."""
    assessed: int


class AssessorsView(Struct, frozen=True, kw_only=True):
    """Thanks to assessors: those who agreed by name, the others as a number; or a further page of them."""

    rows: tuple[AssessorRow, ...]
    turn: PageTurn = PageTurn()
    unnamed: int = 0
    people: int = 0
    """How many assessed."""
    assessed: int = 0


class FeedView(Struct, frozen=True, kw_only=True):
    """The newest public badges, as a feed, the newest first."""

    entries: tuple[BadgeCard, ...]
    updated: date
    """The date of the newest one; without any, the epoch."""


class SitemapView(Struct, frozen=True, kw_only=True):
    """Every page that search engines may index, or the parts of such a list."""

    paths: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """The paths of the parts, where one file would be too long."""


class NotFoundView(Struct, frozen=True, kw_only=True):
    """The "not found" page."""


View = (
    HomeView
    | CatalogueView
    | CredentialView
    | StacksView
    | StackView
    | PortfolioView
    | BadgeView
    | StackBadgeView
    | CardView
    | AboutView
    | VerifyView
    | AssessorsView
    | EarnedView
    | MonthView
    | HoldersView
    | PeopleView
    | FeedView
    | SitemapView
    | NotFoundView
    | ReviewView
    | NetworkCredentialView
    | NetworkProgrammeView
    | NetworkProgrammesView
)


class Page(Struct, frozen=True, kw_only=True):
    """A page to render: its path, its template and its value."""

    path: str
    template: str
    title: str
    language: str
    section: str = ""
    """The entry of the navigation it belongs to."""
    listed: bool = True
    """Whether search engines may index it."""
    description: str = ""
    picture: str = ""
    """The preview picture of links to the page."""
    script: str = ""
    """The script that enhances the page; the page works without it."""
    anywhere: bool = False
    """Whether it is served at addresses other than its own."""
    data: View
    beside: tuple[Copy, ...] = ()


class Frame(Struct, frozen=True, kw_only=True):
    """The values that every page shares."""

    issuer: Issuer
    language: str
    site: str = ""
    """The site's absolute address with a trailing slash, empty while it is unknown."""
    network: bool = False
    """Whether the site is a network's, of many programmes."""
