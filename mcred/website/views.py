"""What each page shows, as frozen values: everything a template may know, and nothing else.

A template cannot leak what it is not given: people appear as a name and a link, assessors as a number.
Deciding which of these exist is `pages`' and `badges`' work.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from mcred.domain.credential import Credential, Stack
from mcred.domain.ids import CredentialId, Slug, Version
from mcred.domain.issuer_key import PublicKey
from mcred.domain.programme import Attempts, Issuer, Policy
from mcred.problems import Problem
from mcred.website.badge_views import BadgeCard, BadgeView, CardView, Copy, StackBadgeView
from mcred.website.local.review_views import ReviewView
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
    """The types of evidence it takes, each once."""


class Topic(Struct, frozen=True, kw_only=True):
    """A topic with its micro-credentials; `anchor` is its place on the catalogue's page."""

    name: str
    anchor: str
    cards: tuple[CredentialCard, ...]


class StackCard(Struct, frozen=True, kw_only=True):
    """A stack in a list; `held` is a person's progress, where a page is about one."""

    title: str
    needed: int
    count: int
    page: str
    picture: str
    chain: tuple[str, ...] = ()
    """The pictures of its micro-credentials; '' for one that the person does not hold."""
    held: int = 0


class HomeView(Struct, frozen=True, kw_only=True):
    """The first page."""

    topics: tuple[Topic, ...]
    credentials: int
    stacks: tuple[StackCard, ...]
    recent: tuple[BadgeCard, ...]
    shown: tuple[CredentialCard, ...] = ()
    """Some micro-credentials to begin with, of as many topics as there are."""
    badges: int = 0
    """How many public badges hold."""


class CatalogueView(Struct, frozen=True, kw_only=True):
    """All micro-credentials by topic."""

    topics: tuple[Topic, ...]
    retired: tuple[CredentialCard, ...]
    kinds: tuple[Slug, ...] = ()
    """The types of evidence that some micro-credential takes."""
    count: int = 0
    """How many live micro-credentials there are; one of two topics stands under both."""


class EarlierVersion(Struct, frozen=True, kw_only=True):
    """An earlier version that badges were earned by, and what today's changed since then."""

    version: Version
    changes: tuple[VersionChange, ...]


class CredentialView(Struct, frozen=True, kw_only=True):
    """One micro-credential in full, with the rules it is assessed by."""

    credential: Credential
    picture: str
    policy: Policy
    attempts: Attempts
    prerequisites: tuple[CredentialCard, ...]
    stacks: tuple[StackCard, ...]
    holders: tuple[BadgeCard, ...]
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


class PortfolioView(Struct, frozen=True, kw_only=True):
    """One person's badges."""

    name: str
    school: str
    badges: tuple[BadgeCard, ...]
    stack_badges: tuple[BadgeCard, ...]
    stacks: tuple[StackCard, ...]


class AboutView(Struct, frozen=True, kw_only=True):
    """The issuer, and how badges come about."""

    policy: Policy
    attempts: Attempts
    keys: tuple[PublicKey, ...] = ()
    lists: tuple[str, ...] = ()
    """The status lists' files."""


class AssessorRow(Struct, frozen=True, kw_only=True):
    """A person who assessed and wants to be named."""

    name: str
    school: str
    portfolio: str
    """Empty when they have no page, or none that lists may name."""
    assessed: int


class AssessorsView(Struct, frozen=True, kw_only=True):
    """Thanks to the people who assess: those who said yes by name, the others as a number."""

    rows: tuple[AssessorRow, ...]
    unnamed: int
    assessed: int


class FeedView(Struct, frozen=True, kw_only=True):
    """The newest public badges, as a feed; what is new comes first."""

    entries: tuple[BadgeCard, ...]
    updated: date
    """The day of the newest one; of none, the first day that computers count."""


class SitemapView(Struct, frozen=True, kw_only=True):
    """Every page that search engines may list."""

    paths: tuple[str, ...]


class NotFoundView(Struct, frozen=True, kw_only=True):
    """The page for addresses where nothing stands."""


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
    | AssessorsView
    | FeedView
    | SitemapView
    | NotFoundView
    | ReviewView
)


class Page(Struct, frozen=True, kw_only=True):
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
    picture: str = ""
    """What stands for the page where others link to it."""
    script: str = ""
    """The script that makes the page easier to use; it is whole without."""
    anywhere: bool = False
    """Whether it is shown at addresses other than its own."""
    data: View
    beside: tuple[Copy, ...] = ()


class Frame(Struct, frozen=True, kw_only=True):
    """What every page shares."""

    issuer: Issuer
    language: str
    site: str = ""
    """The full address of the site with a slash at its end, empty while it is not known."""


class SitePlan(Struct, frozen=True, kw_only=True):
    """All pages to be, in the order of their addresses, and what had to be left out."""

    frame: Frame
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]
