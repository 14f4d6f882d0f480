"""Which pages exist and what each shows: the gather phase, before anything is rendered.

Drafts have no page, retired micro-credentials say so. A person's wish decides whether they appear: `public`
everywhere, `unlisted` on their own pages only, `private` nowhere. Does not render or write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mcred.model.award import definition_folder, stack_folder
from mcred.model.catalog import Catalog
from mcred.model.credential import Credential, Stack, progress
from mcred.model.ids import BlobId, CredentialId, is_id, suggest_id
from mcred.problems import Problem
from mcred.site.addresses import (
    ABOUT,
    CATALOGUE,
    HOME,
    STACKS,
    credential_image,
    credential_page,
    portfolio_page,
    stack_image,
    stack_page,
)
from mcred.site.badges import Badge, Earned, by_earner, plan_badges
from mcred.site.pictures import Draw, credential_picture, draw_copies, stack_picture
from mcred.site.stacked import StackBadge, StackEarned, plan_stack_badges
from mcred.site.views import (
    AboutView,
    CatalogueView,
    CredentialCard,
    CredentialView,
    Frame,
    HomeView,
    Page,
    Plan,
    PortfolioView,
    StackCard,
    StacksView,
    StackView,
    Topic,
)

RECENT = 6
"""How many of the newest public awards the first page names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolios:
    """What some people show: their pages, and of each award what lists say of it."""

    badges: tuple[Badge, ...]
    stacked: tuple[StackBadge, ...]
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]


def plan_pages(catalog: Catalog, evidence: Mapping[BlobId, bytes], draw: Draw) -> Plan:
    """All pages of a programme; `evidence` holds the bytes of the files that may be published."""
    own = plan_portfolios(catalog, evidence, draw)
    lists = plan_lists(catalog, own.badges, own.stacked, draw)
    return Plan(
        frame=make_frame(catalog),
        pages=tuple(sorted((*own.pages, *lists), key=lambda p: p.path)),
        problems=(*find_bad_names(catalog), *own.problems),
    )


def make_frame(catalog: Catalog) -> Frame:
    """What every page shares."""
    return Frame(issuer=catalog.programme.issuer, language=catalog.programme.site.language)


def plan_portfolios(catalog: Catalog, evidence: Mapping[BlobId, bytes], draw: Draw) -> Portfolios:
    """The pages of those whose records are in the catalog: each depends on one person's files only,
    on the definitions and stacks they refer to, and on the programme's own words."""
    badges, problems = plan_badges(catalog, evidence, draw)
    stacked = plan_stack_badges(catalog, badges, draw)
    pages = (
        *_portfolios(catalog, _stacks_of(catalog), badges, stacked),
        *(b.page for b in badges),
        *(b.page for b in stacked),
    )
    return Portfolios(badges=badges, stacked=stacked, pages=pages, problems=problems)


def plan_lists(
    catalog: Catalog, badges: tuple[Earned, ...], stacked: tuple[StackEarned, ...], draw: Draw
) -> tuple[Page, ...]:
    """The pages about everybody, from what is remembered of each award; needs no record."""
    shown, stacks = _published(catalog), _stacks_of(catalog)
    return (
        _home(catalog, shown, stacks, badges),
        _catalogue(catalog, shown),
        *(_credential(catalog, shown, stacks, badges, c, draw) for c in shown.values()),
        _stacks(catalog, stacks),
        *(_stack(catalog, shown, s, stacked, draw) for s in stacks),
        _about(catalog),
    )


def _stacks_of(catalog: Catalog) -> tuple[Stack, ...]:
    return tuple(s for _, s in sorted(catalog.stacks.items()) if is_id(s.id))


def find_bad_names(catalog: Catalog) -> Iterator[Problem]:
    """What gets no page because nothing could be named like it."""
    for name in (*catalog.definitions, *catalog.stacks):
        if not is_id(name):
            yield Problem(what=f"{name!r} gets no page: it is not an id", hint="mcred lint names the file")


def _published(catalog: Catalog) -> dict[CredentialId, Credential]:
    """The definitions that have a page, in the order of their ids."""
    return {
        name: definition.credential
        for name, definition in sorted(catalog.definitions.items())
        if definition.credential.status != "draft" and is_id(name)
    }


def _card(credential: Credential) -> CredentialCard:
    return CredentialCard(
        id=credential.id,
        title=credential.title,
        competency=credential.competency,
        hours=credential.hours,
        language=credential.language,
        page=credential_page(credential.id),
        picture=credential_image(credential.id),
    )


def _stack_card(stack: Stack) -> StackCard:
    return StackCard(
        title=stack.title,
        needed=stack.needed,
        count=len(stack.credentials),
        page=stack_page(stack.id),
        picture=stack_image(stack.id),
    )


def _topics(shown: Mapping[CredentialId, Credential]) -> tuple[Topic, ...]:
    """The live micro-credentials by topic; one with two topics stands under both."""
    live = sorted((c for c in shown.values() if c.status == "live"), key=lambda c: (c.title.casefold(), c.id))
    names = sorted({t for c in live for t in c.topics}, key=lambda t: (t.casefold(), t))
    anchors: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        anchor = f"topic-{suggest_id(name) or number}"
        anchors[name] = f"{anchor}-{number}" if anchor in anchors.values() else anchor
    return tuple(
        Topic(name=name, anchor=anchors[name], cards=tuple(_card(c) for c in live if name in c.topics))
        for name in names
    )


def _home(
    catalog: Catalog,
    shown: Mapping[CredentialId, Credential],
    stacks: tuple[Stack, ...],
    badges: tuple[Earned, ...],
) -> Page:
    public = [b.card for b in badges if b.public and b.newest]
    recent = sorted(public, key=lambda c: (-c.awarded.toordinal(), c.page))[:RECENT]
    return Page(
        path=HOME,
        template="home.html.j2",
        title="Micro-credentials for teachers",
        language=catalog.programme.site.language,
        data=HomeView(
            topics=_topics(shown),
            credentials=sum(1 for c in shown.values() if c.status == "live"),
            stacks=tuple(_stack_card(s) for s in stacks),
            recent=tuple(recent),
        ),
    )


def _catalogue(catalog: Catalog, shown: Mapping[CredentialId, Credential]) -> Page:
    return Page(
        path=CATALOGUE,
        template="catalogue.html.j2",
        title="Micro-credentials",
        language=catalog.programme.site.language,
        section="credentials",
        data=CatalogueView(
            topics=_topics(shown), retired=tuple(_card(c) for c in shown.values() if c.status == "retired")
        ),
    )


def _credential(
    catalog: Catalog,
    shown: Mapping[CredentialId, Credential],
    stacks: tuple[Stack, ...],
    badges: tuple[Earned, ...],
    credential: Credential,
    draw: Draw,
) -> Page:
    holders = [b.card for b in badges if b.public and b.newest and b.submission.credential == credential.id]
    return Page(
        path=credential_page(credential.id),
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
            prerequisites=tuple(_card(shown[p]) for p in credential.prerequisites if p in shown),
            stacks=tuple(_stack_card(s) for s in stacks if credential.id in s.credentials),
            holders=tuple(sorted(holders, key=lambda c: (c.earner.casefold(), c.page))),
        ),
        beside=draw_copies(draw, credential_picture(credential), definition_folder(credential.id)),
    )


def _stacks(catalog: Catalog, stacks: tuple[Stack, ...]) -> Page:
    return Page(
        path=STACKS,
        template="stacks.html.j2",
        title="Stacks",
        language=catalog.programme.site.language,
        section="stacks",
        data=StacksView(stacks=tuple(_stack_card(s) for s in stacks)),
    )


def _stack(
    catalog: Catalog,
    shown: Mapping[CredentialId, Credential],
    stack: Stack,
    stacked: tuple[StackEarned, ...],
    draw: Draw,
) -> Page:
    cards = tuple(_card(shown[c]) for c in stack.credentials if c in shown)
    holders = [b.card for b in stacked if b.public and b.holds and b.stack == stack.id]
    return Page(
        path=stack_page(stack.id),
        template="stack.html.j2",
        title=stack.title,
        language=catalog.programme.site.language,
        section="stacks",
        data=StackView(
            stack=stack,
            picture=stack_image(stack.id),
            cards=cards,
            unpublished=len(stack.credentials) - len(cards),
            holders=tuple(sorted(holders, key=lambda c: (c.earner.casefold(), c.page))),
        ),
        beside=draw_copies(draw, stack_picture(stack), stack_folder(stack.id)),
    )


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
            replace(_stack_card(s), held=min(progress(s, held)))
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


def _about(catalog: Catalog) -> Page:
    return Page(
        path=ABOUT,
        template="about.html.j2",
        title="About these badges",
        language=catalog.programme.site.language,
        section="about",
        data=AboutView(policy=catalog.programme.assessment, attempts=catalog.programme.attempts),
    )
