"""Plans which pages exist and what each shows: everything is gathered before anything is rendered.

Drafts have no page, retired micro-credentials are marked. People choose whether they appear: `public`
everywhere, `unlisted` on their own pages only, `private` nowhere. Does not render or write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date

from msgspec import Struct

from mcred.domain.award import PICTURE_PNG, definition_folder, stack_folder, status_file
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential, Stack
from mcred.domain.endorsements.told import Endorsed
from mcred.domain.ids import CredentialId, Version, is_id, version_key
from mcred.domain.programme import attestation_text
from mcred.problems import Problem
from mcred.website.addresses import (
    ABOUT,
    CATALOGUE,
    CATALOGUE_SCRIPT,
    EARNED,
    ENDORSED_SCRIPT,
    HOME,
    STACKS,
    VERIFY,
    VERIFY_SCRIPT,
    credential_image,
    credential_page,
    month_page,
    portfolio_page,
    stack_image,
    stack_page,
)
from mcred.website.badge_views import BadgeCard
from mcred.website.badges import Badge, Earned, Growth, plan_badges
from mcred.website.cards import (
    ShownDefinitions,
    by_title,
    credential_card,
    live_cards,
    pick_shown,
    stack_card,
)
from mcred.website.evidence import ShownEvidence, place_endorsements
from mcred.website.listing.catalogue import cut_catalogue, list_facets
from mcred.website.listing.cut import PageTurn, cut, turns
from mcred.website.listing.earned import Listed, newest_first, plan_earned
from mcred.website.listing.people import plan_people
from mcred.website.listing.views import HoldersView
from mcred.website.lists import list_machine_pages, write_index
from mcred.website.pictures import Draw, credential_picture, draw_copies, stack_picture
from mcred.website.portfolio import plan_pages_of_people
from mcred.website.preview.social_card import social_card
from mcred.website.prose import safe_link
from mcred.website.stack_badges import StackBadge, StackEarned, plan_stack_badges
from mcred.website.thanks import Thanks, thank
from mcred.website.version_changes import VersionChange
from mcred.website.views import (
    AboutView,
    CatalogueView,
    CredentialCard,
    CredentialView,
    EarlierVersion,
    Frame,
    HomeView,
    Page,
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
    stacked = plan_stack_badges(catalog, badges, draw, site, evidence.endorsements)
    pages = (
        *plan_pages_of_people(
            catalog,
            shown_definitions(catalog),
            shown_stacks(catalog),
            badges,
            stacked,
            evidence.elsewhere,
            site,
        ),
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
    endorsements: tuple[Endorsed, ...] = (),
) -> tuple[Page, ...]:
    """The pages about everyone, from the cached part of each award; reads no record. `endorsements`: of
    micro-credentials and of the issuer."""
    shown, stacks = shown_definitions(catalog), shown_stacks(catalog)
    listed = newest_first(_listed(badges, stacked))
    language = catalog.programme.site.language
    live = live_cards(shown)
    retired = by_title(credential_card(c) for c in shown.values() if c.status == "retired")
    catalogue = cut_catalogue(CATALOGUE, live, retired)
    earned: dict[CredentialId, list[Earned]] = {}
    for badge in badges:
        earned.setdefault(badge.submission.credential, []).append(badge)
    pages = (
        _home(catalog, shown, stacks, listed, live),
        *(_catalogue(language, path, view) for path, view in catalogue),
        *(
            page
            for c in shown.values()
            for page in _credential(catalog, shown, stacks, earned.get(c.id, ()), c, draw, endorsements)
        ),
        _stacks(catalog, shown, stacks),
        *(page for s in stacks for page in _stack(catalog, shown, s, stacked, draw)),
        *plan_earned(listed, language),
        *plan_people(badges, language),
        *thank(catalog, thanks, badges),
        _about(catalog, witness, endorsements),
        _verify(catalog),
    )
    valid: tuple[Earned | StackEarned, ...] = (
        *(b for b in badges if b.is_listed),
        *(b for b in stacked if b.is_listed),
    )
    seen = {**dict.fromkeys(p.path for p in pages), **_date_pages(badges, valid)}
    return (*pages, *list_machine_pages(catalog, site_of(catalog), valid, seen))


def _date_pages(
    badges: tuple[Earned, ...], valid: tuple[Earned | StackEarned, ...]
) -> Mapping[str, date | None]:
    """The pages that change when a badge is issued, and the day of the last one that they show.

    `badges`: of micro-credentials, whose earners have a portfolio; `valid`: those that lists include.
    """
    days: dict[str, date | None] = dict.fromkeys(
        portfolio_page(b.submission.earner) for b in badges if b.public
    )
    for badge in sorted(valid, key=lambda b: b.issued):
        day = badge.issued.astimezone(UTC).date()
        portfolio = portfolio_page(badge.submission.earner if isinstance(badge, Earned) else badge.earner)
        days[badge.card.page] = days[HOME] = days[EARNED] = days[month_page(badge.card.awarded)] = day
        if portfolio in days:
            days[portfolio] = day
    return days


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
    live: tuple[CredentialCard, ...],
) -> Page:
    """`listed`: the newest first."""
    return Page(
        path=HOME,
        template="home.html.j2",
        title="Micro-credentials for teachers",
        language=catalog.programme.site.language,
        data=HomeView(
            topics=list_facets(card.topics for card in live),
            credentials=len(live),
            stacks=tuple(stack_card(s, shown) for s in stacks),
            recent=tuple(card for card, _ in listed[:RECENT]),
            shown=pick_shown(live, PICKED),
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
    endorsements: tuple[Endorsed, ...],
) -> Iterator[Page]:
    """`earned`: its badges."""
    path, cards = credential_page(credential.id), [b.card for b in earned if b.is_listed]
    holders, turn, more = _cut_holders(path, cards, credential.title, credential.language, "credentials")
    folder, issuer = definition_folder(credential.id), catalog.programme.issuer.name
    drawn = draw_copies(draw, credential_picture(credential), folder)
    social = social_card(site_of(catalog), folder, drawn, credential.title, issuer)
    said, files = place_endorsements((e for e in endorsements if e[0].of == credential.id), folder)
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
            endorsements=said,
        ),
        picture=social[0].path if social else folder + PICTURE_PNG,
        wide=bool(social),
        beside=(*drawn, *social, *files),
        script=ENDORSED_SCRIPT if said else "",
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
    folder, issuer = stack_folder(stack.id), catalog.programme.issuer.name
    drawn = draw_copies(draw, stack_picture(stack), folder)
    social = social_card(site_of(catalog), folder, drawn, stack.title, issuer)
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
        picture=social[0].path if social else folder + PICTURE_PNG,
        wide=bool(social),
        beside=(*drawn, *social),
    )
    yield from more


def _verify(catalog: Catalog) -> Page:
    return Page(
        path=VERIFY,
        template="verify.html.j2",
        title="Check a badge",
        language=catalog.programme.site.language,
        script=VERIFY_SCRIPT,
        data=VerifyView(),
    )


def _about(catalog: Catalog, witness: WitnessView | None, endorsements: tuple[Endorsed, ...]) -> Page:
    ours = (e for e in endorsements if e[0].of == "program")
    said, files = place_endorsements(ours, ABOUT.removesuffix("index.html"))
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
            endorsements=said,
        ),
        beside=files,
        script=ENDORSED_SCRIPT if said else "",
    )
