"""Selects the stack badges that get a page: those of people who publish, revoked ones too, marked as such.

The page's content comes from the badge's own document, its description from today's stack if that exists. A
document that cannot be read has no page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.award import BADGE_FILE, PICTURE_PNG, stack_badge_folder, stack_folder
from mcred.domain.catalog import Catalog
from mcred.domain.endorsements.told import Endorsed
from mcred.domain.ids import PersonId, StackId, is_id
from mcred.domain.people import Person
from mcred.domain.stack_badge import StackAward, StackRecord
from mcred.website.addresses import (
    CARD,
    CHECK_SCRIPT,
    portfolio_page,
    stack_badge_page,
    stack_image,
    stack_page,
)
from mcred.website.badge_views import BadgeCard, BadgeState, Copy, StackBadgeView
from mcred.website.badges import Earned
from mcred.website.cards import draw_chain
from mcred.website.evidence import place_endorsements
from mcred.website.pictures import Draw, Picture, draw_copies, stack_picture
from mcred.website.preview.social_card import social_card
from mcred.website.share_block import card_page, draw_qr, passing_of, read_claims
from mcred.website.views import Page


class StackEarned(Struct, frozen=True, kw_only=True):
    """The part of a stack badge that lists need."""

    earner: PersonId
    stack: StackId
    holds: bool
    public: bool
    card: BadgeCard
    document: str
    """The path of its document."""
    first: str
    """The page of the badge that it was issued in the place of, or its own."""
    decided: datetime
    issued: datetime
    """When this document was, which a reissued one was later."""

    @property
    def is_listed(self) -> bool:
        """Whether lists include it."""
        return self.public and self.holds


class StackBadge(StackEarned, frozen=True, kw_only=True):
    """A stack badge that gets a page, with that page and its card for other sites."""

    page: Page
    small: Page

    @property
    def earned(self) -> StackEarned:
        """The cached part of it."""
        return StackEarned(**{name: getattr(self, name) for name in StackEarned.__struct_fields__})


def plan_stack_badges(
    catalog: Catalog,
    badges: tuple[Earned, ...],
    draw: Draw,
    site: str = "",
    endorsements: tuple[Endorsed, ...] = (),
) -> tuple[StackBadge, ...]:
    """A page for each stack badge; `badges`: those of micro-credentials that have a page; `endorsements`:
    what others say of any badge."""
    return tuple(_plan_all(catalog, badges, draw, site, endorsements))


def _plan_all(
    catalog: Catalog,
    badges: tuple[Earned, ...],
    draw: Draw,
    site: str,
    endorsements: tuple[Endorsed, ...],
) -> Iterator[StackBadge]:
    for record in catalog.stacked.values():
        earner = catalog.people.get(record.earner)
        if (
            earner is None
            or earner.publish == "private"
            or not (is_id(record.earner) and is_id(record.stack))
        ):
            continue
        for number, award in sorted(record.awards.items(), reverse=True):
            if award is not None:
                yield _plan(catalog, earner, record, number, award, badges, draw, site, endorsements)


def _plan(
    catalog: Catalog,
    earner: Person,
    record: StackRecord,
    number: int,
    award: StackAward,
    badges: tuple[Earned, ...],
    draw: Draw,
    site: str,
    endorsements: tuple[Endorsed, ...],
) -> StackBadge:
    page, language = stack_badge_page(earner.id, record.stack, number), catalog.programme.site.language
    public, awarded = earner.publish == "public", award.awarded.date()
    view, beside = _view(catalog, earner, record, number, award, badges, draw, site, endorsements)
    folder, issuer = page.removesuffix("index.html"), catalog.programme.issuer.name
    shared = site if view.state == "holds" else ""
    plain = [copy for copy in beside if copy.path.startswith(stack_folder(record.stack))]
    social = social_card(shared, folder, plain, award.title, issuer, earner.name)
    whole = Page(
        path=page,
        template="stackbadge.html.j2",
        title=f"{award.title}, earned by {earner.name}",
        language=language,
        listed=public,
        description=view.shown,
        picture=social[0].path if social else f"{stack_folder(record.stack)}{PICTURE_PNG}",
        wide=bool(social),
        script=CHECK_SCRIPT,
        canonical=view.newer,
        document=view.document,
        data=view,
        beside=(*beside, *social),
    )
    first, reissue = record.oldest_of(number), record.reissues.get(number)
    return StackBadge(
        earner=earner.id,
        stack=record.stack,
        holds=number == record.live,
        public=public,
        card=BadgeCard(
            earner=earner.name,
            title=award.title,
            version=award.version,
            awarded=awarded,
            language=language,
            page=page,
            picture=view.picture,
        ),
        page=whole,
        small=card_page(whole, view, award.title),
        document=view.document,
        first=stack_badge_page(earner.id, record.stack, first),
        decided=award.awarded,
        issued=reissue.issued if reissue else award.awarded,
    )


def _view(
    catalog: Catalog,
    earner: Person,
    record: StackRecord,
    number: int,
    award: StackAward,
    badges: tuple[Earned, ...],
    draw: Draw,
    site: str,
    endorsements: tuple[Endorsed, ...],
) -> tuple[StackBadgeView, tuple[Copy, ...]]:
    folder, stack = stack_badge_folder(earner.id, record.stack, number), catalog.stacks.get(record.stack)
    document = Copy(path=folder + BADGE_FILE, content=award.document)
    plain = stack_picture(stack) if stack else _picture(record.stack, award)
    baked = draw_copies(draw, replace(plain, document=award.document), folder)
    newest = record.newest_of(number)
    revocation = record.revocations.get(newest)
    pages = {b.digest: b.card.page for b in badges}
    claims = read_claims(
        award.document,
        name=award.title,
        earner=earner.name,
        issuer=catalog.programme.issuer.name,
        version=award.version,
        begins=award.awarded.astimezone(UTC).date(),
        ends=award.ends.astimezone(UTC).date() if award.ends else None,
    )
    state = _state(record, number)
    said = (e for e in endorsements if state == "holds" and e[0].about == claims.id)
    placed, files = place_endorsements(said, folder)
    page = folder + "index.html"
    qr = draw_qr(site, page, folder)
    counted = {b.submission.credential for b in badges if b.digest in {c.digest for c in award.contained}}
    view = StackBadgeView(
        title=award.title,
        version=award.version,
        shown=stack.for_recognizers if stack else "",
        stack_page=stack_page(record.stack) if stack else "",
        earner=earner.name,
        school=earner.school,
        portfolio=portfolio_page(earner.id) if any(b.submission.earner == earner.id for b in badges) else "",
        awarded=award.awarded.date(),
        until=award.ends.date() if award.ends else None,
        state=state,
        credits=award.credits,
        newer=stack_badge_page(earner.id, record.stack, newest) if newest != number else "",
        revoked=revocation.revoked.date() if revocation else None,
        contained=tuple((badge.name, pages.get(badge.digest, "")) for badge in award.contained),
        picture=stack_image(record.stack),
        document=document.path,
        pictures=tuple((copy.path.rpartition("/")[2], copy.path) for copy in baked),
        digest=hashlib.sha256(award.document).hexdigest(),
        claims=claims,
        passing=passing_of(site, page, catalog.programme.issuer.name, claims),
        card=folder + CARD,
        qr=qr[0].path if qr else "",
        chain=draw_chain(stack, counted) if stack else (),
        endorsements=placed,
    )
    return view, (document, *baked, *qr, *files, *draw_copies(draw, plain, stack_folder(record.stack)))


def _state(record: StackRecord, number: int) -> BadgeState:
    """A badge's state on record; a revocation applies to every badge it replaced, too."""
    newest = record.newest_of(number)
    return "revoked" if newest in record.revocations else "holds" if newest == number else "superseded"


def _picture(stack: StackId, award: StackAward) -> Picture:
    """The picture of a stack that no longer exists."""
    return Picture(of=f"stacks/{stack}", credential=None, topic="", title=award.title)
