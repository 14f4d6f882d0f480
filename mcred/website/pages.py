"""Plans which pages exist and what each shows: everything is gathered before anything is rendered.

Drafts have no page, retired micro-credentials are marked. People choose whether they appear: `public`
everywhere, `unlisted` on their own pages only, `private` nowhere. Does not render or write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from mcred.domain.award import PICTURE_PNG, definition_folder, stack_folder, status_file
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential, Stack
from mcred.domain.ids import CredentialId, Version, is_id, version_key
from mcred.domain.programme import attestation_text
from mcred.problems import Problem
from mcred.website.addresses import (
    ABOUT,
    CATALOGUE,
    CATALOGUE_SCRIPT,
    HOME,
    STACKS,
    VERIFY,
    VERIFY_SCRIPT,
    credential_image,
    credential_page,
    portfolio_page,
    stack_image,
    stack_page,
)
from mcred.website.badge_views import BadgeCard
from mcred.website.badges import Badge, Earned, Growth, by_earner, plan_badges
from mcred.website.cards import (
    ShownDefinitions,
    credential_card,
    kinds_of,
    list_topics,
    pick_shown,
    progress_card,
    stack_card,
)
from mcred.website.evidence import ShownEvidence
from mcred.website.listing.catalogue import cut_catalogue
from mcred.website.listing.cut import PageTurn, cut, turns
from mcred.website.listing.earned import Listed, newest_first, plan_earned
from mcred.website.listing.people import plan_people
from mcred.website.listing.views import HoldersView
from mcred.website.lists import list_machine_pages, write_index
from mcred.website.pictures import Draw, credential_picture, draw_copies, stack_picture
from mcred.website.prose import safe_link
from mcred.website.stack_badges import StackBadge, StackEarned, plan_stack_badges
from mcred.website.thanks import Thanks, thank
from mcred.website.version_changes import VersionChange
from mcred.website.views import (
    AboutView,
    CatalogueView,
    CredentialView,
    EarlierVersion,
    Frame,
    HomeView,
    Page,
    PortfolioView,
    StacksView,
    StackView,
    VerifyView,
    WitnessView,
)

RECENT = 6
"""How many of the newest public awards the home page lists."""
PICKED = 6
"""How many micro-credentials the home page shows."""


class Portfolios(Struct, frozen=True, kw_only=True):
    """The pages of some people, and the part of each award that lists need."""

    badges: tuple[Badge, ...]
    stacked: tuple[StackBadge, ...]
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]


def make_frame(catalog: Catalog) -> Frame:
    """The values that every page shares."""
    programme = catalog.programme
    return Frame(issuer=programme.issuer, language=programme.site.language, site=site_of(catalog))


def site_of(catalog: Catalog) -> str:
    """The site's absolute address with a trailing slash, '' while it is unknown."""
    site = safe_link(catalog.programme.site.url).rstrip("/")
    return f"{site}/" if site else ""


def plan_portfolios(
    catalog: Catalog, evidence: ShownEvidence, draw: Draw, growth: Growth | None = None
) -> Portfolios:
    """The pages of those whose records are in the catalog: each depends on one person's files only, on the
    definitions and stacks they refer to, and on the programme's own texts."""
    site = site_of(catalog)
    badges, problems = plan_badges(catalog, evidence, draw, site, growth)
    stacked = plan_stack_badges(catalog, badges, draw, site)
    pages = (
        *_portfolios(catalog, shown_stacks(catalog), badges, stacked),
        *(b.page for b in badges),
        *(b.page for b in stacked),
        *(b.small for b in badges),
        *(b.small for b in stacked),
    )
    return Portfolios(badges=badges, stacked=stacked, pages=pages, problems=problems)


def plan_lists(
    catalog: Catalog,
    badges: tuple[Earned, ...],
    stacked: tuple[StackEarned, ...],
    draw: Draw,
    thanks: Thanks,
    witness: WitnessView | None = None,
) -> tuple[Page, ...]:
    """The pages about everyone, from the cached part of each award; reads no record."""
    shown, stacks = shown_definitions(catalog), shown_stacks(catalog)
    listed = newest_first(_listed(badges, stacked))
    language = catalog.programme.site.language
    catalogue = cut_catalogue(
        CATALOGUE,
        list_topics(shown),
        tuple(credential_card(c) for c in shown.values() if c.status == "retired"),
        tuple(sorted({k for c in shown.values() if c.status == "live" for k in kinds_of(c)})),
    )
    earned: dict[CredentialId, list[Earned]] = {}
    for badge in badges:
        earned.setdefault(badge.submission.credential, []).append(badge)
    pages = (
        _home(catalog, shown, stacks, listed, catalogue[0][1]),
        *(_catalogue(language, path, view) for path, view in catalogue),
        *(
            page
            for c in shown.values()
            for page in _credential(catalog, shown, stacks, earned.get(c.id, ()), c, draw)
        ),
        _stacks(catalog, shown, stacks),
        *(page for s in stacks for page in _stack(catalog, shown, s, stacked, draw)),
        *plan_earned(listed, language),
        *plan_people(badges, language),
        *thank(catalog, thanks, badges),
        _about(catalog, witness),
        _verify(catalog),
    )
    seen = {*(p.path for p in pages), *(b.card.page for b in badges if b.public)}
    seen |= {b.card.page for b in stacked if b.public}
    seen |= {portfolio_page(b.submission.earner) for b in badges if b.public}
    return (*pages, *list_machine_pages(catalog, site_of(catalog), tuple(c for c, _ in listed), seen))


def _listed(badges: tuple[Earned, ...], stacked: tuple[StackEarned, ...]) -> tuple[Listed, ...]:
    """The valid badges that lists may include, with their documents."""
    return (
        *((b.card, b.document) for b in badges if b.is_listed),
        *((b.card, b.document) for b in stacked if b.is_listed),
    )


def shown_stacks(catalog: Catalog) -> tuple[Stack, ...]:
    """The stacks that have a page, in the order of their ids."""
    return tuple(s for _, s in sorted(catalog.stacks.items()) if is_id(s.id))


def find_bad_names(catalog: Catalog) -> Iterator[Problem]:
    """A problem for each definition and stack that gets no page because its name is not an id."""
    for name in (*catalog.definitions, *catalog.stacks):
        if not is_id(name):
            yield Problem(what=f"{name!r} gets no page: it is not an id", hint="mcred lint names the file")


def shown_definitions(catalog: Catalog) -> ShownDefinitions:
    """The definitions that have a page, by id."""
    return {
        name: definition.credential
        for name, definition in sorted(catalog.definitions.items())
        if definition.credential.status != "draft" and is_id(name)
    }


def _home(
    catalog: Catalog,
    shown: ShownDefinitions,
    stacks: tuple[Stack, ...],
    listed: tuple[Listed, ...],
    catalogue: CatalogueView,
) -> Page:
    """`listed`: the newest first."""
    return Page(
        path=HOME,
        template="home.html.j2",
        title="Micro-credentials for teachers",
        language=catalog.programme.site.language,
        data=HomeView(
            topics=catalogue.contents,
            credentials=catalogue.count,
            stacks=tuple(stack_card(s, shown) for s in stacks),
            recent=tuple(card for card, _ in listed[:RECENT]),
            shown=pick_shown(catalogue.contents, PICKED),
            badges=len(listed),
        ),
        beside=(write_index(catalog, shown, stacks, listed),),
    )


def _catalogue(language: str, path: str, view: CatalogueView) -> Page:
    return Page(
        path=path,
        template="catalogue.html.j2",
        title="Micro-credentials",
        language=language,
        section="credentials",
        script=CATALOGUE_SCRIPT if view.turn.number == 1 else "",
        data=view,
    )


def _cut_holders(
    first: str, cards: Iterable[BadgeCard], title: str, language: str, section: str
) -> tuple[tuple[BadgeCard, ...], PageTurn, tuple[Page, ...]]:
    """The holders by name: those on the page of what they hold, and the further pages."""
    ordered = sorted(cards, key=lambda c: (c.earner.casefold(), c.page))
    leaves = cut(ordered, lambda c: c.page)
    (_, turn), *more = turns(first, len(leaves))
    pages = (
        Page(
            path=path,
            template="holders.html.j2",
            title=title,
            language=language,
            section=section,
            data=HoldersView(title=title, page=first, holders=leaf, turn=turn),
        )
        for leaf, (path, turn) in zip(leaves[1:], more, strict=True)
    )
    return leaves[0], turn, tuple(pages)


def _credential(
    catalog: Catalog,
    shown: ShownDefinitions,
    stacks: tuple[Stack, ...],
    earned: Sequence[Earned],
    credential: Credential,
    draw: Draw,
) -> Iterator[Page]:
    """`earned`: its badges."""
    path, cards = credential_page(credential.id), [b.card for b in earned if b.is_listed]
    holders, turn, more = _cut_holders(path, cards, credential.title, credential.language, "credentials")
    yield Page(
        path=path,
        template="credential.html.j2",
        title=credential.title,
        language=credential.language,
        section="credentials",
        description=credential.competency,
        data=CredentialView(
            credential=credential,
            picture=credential_image(credential.id),
            policy=catalog.programme.assessment.for_credential(credential),
            attempts=catalog.programme.attempts,
            attestations=tuple(
                attestation_text(name, catalog.programme.work) for name in credential.attestations
            ),
            prerequisites=tuple(credential_card(shown[p]) for p in credential.prerequisites if p in shown),
            stacks=tuple(stack_card(s, shown) for s in stacks if credential.id in s.credentials),
            holders=holders,
            held=len(cards),
            turn=turn,
            editions=_editions(credential, earned),
        ),
        picture=f"{definition_folder(credential.id)}{PICTURE_PNG}",
        beside=draw_copies(draw, credential_picture(credential), definition_folder(credential.id)),
    )
    yield from more


def _editions(credential: Credential, earned: Sequence[Earned]) -> tuple[EarlierVersion, ...]:
    """The other versions than today's that badges were earned by, and what has changed since."""
    earlier: dict[Version, tuple[VersionChange, ...]] = {
        b.card.version: b.changes for b in earned if b.card.version != credential.version
    }
    ordered = sorted(earlier, key=version_key, reverse=True)
    return tuple(EarlierVersion(version=v, changes=earlier[v]) for v in ordered)


def _stacks(catalog: Catalog, shown: ShownDefinitions, stacks: tuple[Stack, ...]) -> Page:
    return Page(
        path=STACKS,
        template="stacks.html.j2",
        title="Stacks",
        language=catalog.programme.site.language,
        section="stacks",
        data=StacksView(stacks=tuple(stack_card(s, shown) for s in stacks)),
    )


def _stack(
    catalog: Catalog,
    shown: ShownDefinitions,
    stack: Stack,
    stacked: tuple[StackEarned, ...],
    draw: Draw,
) -> Iterator[Page]:
    path, language = stack_page(stack.id), catalog.programme.site.language
    cards = tuple(credential_card(shown[c]) for c in stack.credentials if c in shown)
    held = [b.card for b in stacked if b.is_listed and b.stack == stack.id]
    holders, turn, more = _cut_holders(path, held, stack.title, language, "stacks")
    yield Page(
        path=path,
        template="stack.html.j2",
        title=stack.title,
        language=language,
        section="stacks",
        data=StackView(
            stack=stack,
            picture=stack_image(stack.id),
            cards=cards,
            unpublished=len(stack.credentials) - len(cards),
            holders=holders,
            turn=turn,
        ),
        picture=f"{stack_folder(stack.id)}{PICTURE_PNG}",
        beside=draw_copies(draw, stack_picture(stack), stack_folder(stack.id)),
    )
    yield from more


def _portfolios(
    catalog: Catalog,
    stacks: tuple[Stack, ...],
    badges: tuple[Earned, ...],
    stacked: tuple[StackEarned, ...],
) -> Iterator[Page]:
    for earner, mine in sorted(by_earner(badges).items()):
        person = catalog.people[earner]
        held = frozenset(b.submission.credential for b in mine if b.newest)
        complete = {b.stack for b in stacked if b.earner == earner and b.holds}
        begun = [
            progress_card(s, held)
            for s in stacks
            if s.id not in complete and not held.isdisjoint(s.credentials)
        ]
        yield Page(
            path=portfolio_page(earner),
            template="portfolio.html.j2",
            title=person.name,
            language=catalog.programme.site.language,
            listed=person.publish == "public",
            data=PortfolioView(
                name=person.name,
                school=person.school,
                badges=tuple(b.card for b in mine if b.newest),
                stack_badges=tuple(b.card for b in stacked if b.earner == earner and b.holds),
                stacks=tuple(begun),
            ),
        )


def _verify(catalog: Catalog) -> Page:
    return Page(
        path=VERIFY,
        template="verify.html.j2",
        title="Check a badge",
        language=catalog.programme.site.language,
        script=VERIFY_SCRIPT,
        data=VerifyView(),
    )


def _about(catalog: Catalog, witness: WitnessView | None) -> Page:
    return Page(
        path=ABOUT,
        template="about.html.j2",
        title="About these badges",
        language=catalog.programme.site.language,
        section="about",
        data=AboutView(
            policy=catalog.programme.assessment,
            attempts=catalog.programme.attempts,
            work=catalog.programme.work,
            has_recovery=bool(catalog.programme.recovery),
            keys=catalog.programme.issuer.keys,
            lists=tuple(status_file(number) for number in sorted(catalog.lists)),
            witness=witness,
        ),
    )
