"""View models: everything a template can access, as frozen values, and nothing else.

A template cannot leak what it does not get: people appear as a name and a link, assessors as a number. Which
of them exist is decided by `pages` and `badges`.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from mcred.domain.credential import Credential, Stack
from mcred.domain.endorsements.told import ToldEndorsement
from mcred.domain.ids import CredentialId, CreditHours, Slug, Version
from mcred.domain.issuer_key import PublicKey
from mcred.domain.network.elsewhere import ElsewhereBadge
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
    credits: CreditHours | None
    language: str
    page: str
    picture: str
    topics: tuple[str, ...] = ()
    needs_students: bool = True
    kinds: tuple[Slug, ...] = ()
    """The types of evidence it accepts, each once."""
    issuer: str = ""
    """Said where a list has several issuers."""


class Facet(Struct, frozen=True, kw_only=True):
    """A value that the catalogue can be narrowed to: a topic, a kind of evidence, a language."""

    name: str
    count: int
    """How many live micro-credentials have it."""


class StackMember(Struct, frozen=True, kw_only=True):
    """A micro-credential of a stack that a person has begun."""

    title: str
    language: str
    page: str
    picture: str
    held: bool


class StackCard(Struct, frozen=True, kw_only=True):
    """A stack in a list; `held` is a person's progress, where the page is about a person."""

    title: str
    needed: int
    count: int
    page: str
    picture: str
    chain: tuple[str, ...] = ()
    """The pictures of its micro-credentials that have a page."""
    held: int = 0
    members: tuple[StackMember, ...] = ()
    """What of it a person holds and what is open, where the page is about a person."""


class HomeView(Struct, frozen=True, kw_only=True):
    """The home page."""

    topics: tuple[Facet, ...]
    credentials: int
    stacks: tuple[StackCard, ...]
    recent: tuple[BadgeCard, ...]
    shown: tuple[CredentialCard, ...] = ()
    """A selection of micro-credentials from many topics."""
    badges: int = 0
    """The number of valid public badges."""


class CatalogueView(Struct, frozen=True, kw_only=True):
    """All micro-credentials by title, the retired ones last, or a page of them; each is listed once.

    What is said of all of them is given to the first page only.
    """

    live: tuple[CredentialCard, ...]
    retired: tuple[CredentialCard, ...]
    turn: PageTurn = PageTurn()
    topics: tuple[Facet, ...] = ()
    kinds: tuple[Facet, ...] = ()
    """The types of evidence, but for `other`, which says nothing."""
    languages: tuple[Facet, ...] = ()
    hours: tuple[int, ...] = ()
    """Limits of hours that some are within and others are not."""
    count: int = 0
    """The number of all, the retired ones too."""


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
    endorsements: tuple[ToldEndorsement, ...] = ()


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


class TranscriptRow(Struct, frozen=True, kw_only=True):
    """A valid badge of a person, of a micro-credential or of a stack."""

    card: BadgeCard
    document: str
    means: str
    """The competency, or what a stack shows."""
    topics: tuple[str, ...] = ()
    hours: int | None = None
    credits: CreditHours | None = None
    credits_counted: CreditHours | None = None
    """What of these is in the portfolio's sum; None where there are none."""
    until: date | None = None
    met: int = 0
    """How many of its criteria were met, `of` how many; none for a stack."""
    of: int = 0
    levels: tuple[tuple[Slug, int], ...] = ()
    """How many criteria reached which level, the best first."""


class PortfolioView(Struct, frozen=True, kw_only=True):
    """One person's valid badges, as a transcript."""

    name: str
    school: str
    badges: tuple[TranscriptRow, ...]
    stack_badges: tuple[TranscriptRow, ...]
    stacks: tuple[StackCard, ...]
    """Those that were begun."""
    hours: int = 0
    """Of all micro-credentials, as far as they give any."""
    credits: CreditHours | None = None
    """Of all badges, each credit hour once; None where there are none."""
    topics: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    address: str = ""
    """The absolute address of the page, '' while the site has none."""
    qr: str = ""
    """The file of the QR code of that address, or ''."""
    elsewhere: tuple[ElsewhereBadge, ...] = ()
    """Badges of other issuers; `file` is a path of the site."""


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
    endorsements: tuple[ToldEndorsement, ...] = ()


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


class FeedEntry(Struct, frozen=True, kw_only=True):
    """A badge in the feed."""

    card: BadgeCard
    first: str
    """The page of the badge as first issued, by which a reader knows that it is not new."""
    document: str
    published: datetime
    updated: datetime


class FeedView(Struct, frozen=True, kw_only=True):
    """The newest public badges, as a feed, the newest first."""

    entries: tuple[FeedEntry, ...]
    updated: datetime
    """When the newest of them was issued; without any, the epoch."""


class SitemapRow(Struct, frozen=True, kw_only=True):
    """A page, or a part of the sitemap, and when it last changed, where that is known."""

    path: str
    changed: date | None = None


class SitemapView(Struct, frozen=True, kw_only=True):
    """Every page that search engines may index, or the parts of such a list."""

    pages: tuple[SitemapRow, ...] = ()
    parts: tuple[SitemapRow, ...] = ()
    """Where one file would be too long."""


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
    wide: bool = False
    """Whether that picture is a card of 1200 by 630 pixels."""
    canonical: str = ""
    """The page that stands for it, where it is another one."""
    document: str = ""
    """The file with the same content for programs."""
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
