"""Machine-readable files of a site: feed, sitemap, JSON index; and the "not found" page.

Only public badges are included. Feed and sitemap need absolute addresses: a site without an address has
neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from heapq import nsmallest
from typing import Any

from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential, Stack
from mcred.domain.ids import write_credits
from mcred.website.addresses import (
    FEED,
    INDEX,
    NOT_FOUND,
    ROBOTS,
    SITEMAP,
    absolute,
    credential_page,
    stack_page,
)
from mcred.website.badge_views import Copy
from mcred.website.badges import Earned
from mcred.website.cards import ShownDefinitions, kinds_of
from mcred.website.listing.cut import PageSizes, cut
from mcred.website.listing.earned import Listed, list_months
from mcred.website.stack_badges import StackEarned
from mcred.website.views import FeedEntry, FeedView, NotFoundView, Page, SitemapRow, SitemapView

IN_FEED = 50
"""How many of the newest awards the feed lists."""
IN_SITEMAP = PageSizes(least=2000, most=8000)
"""How many addresses a file of the sitemap has. Search engines take 50,000 and 50 MB, and an address has at
most 2,048 characters."""


def list_machine_pages(
    catalog: Catalog, site: str, badges: Iterable[Earned | StackEarned], pages: Mapping[str, date | None]
) -> Iterator[Page]:
    """The feed and the sitemap, where the site has an address; the "not found" page.

    `badges`: the valid public ones; `pages`: what search engines may index, by path, and when it last changed
    where that is known.
    """
    language = catalog.programme.site.language
    yield Page(
        path=NOT_FOUND,
        template="404.html.j2",
        title="Not found",
        language=language,
        listed=False,
        anywhere=True,
        data=NotFoundView(),
        beside=(write_robots(site),),
    )
    if not site:
        return
    newest = nsmallest(IN_FEED, badges, key=lambda b: (-b.decided.timestamp(), b.card.page))
    entries = tuple(
        FeedEntry(card=b.card, first=b.first, document=b.document, published=b.decided, updated=b.issued)
        for b in newest
    )
    yield Page(
        path=FEED,
        template="feed.xml.j2",
        title=catalog.programme.issuer.name,
        language=language,
        data=FeedView(
            entries=entries,
            updated=max((entry.updated for entry in entries), default=datetime(1970, 1, 1, tzinfo=UTC)),
        ),
    )
    yield from plan_sitemap(pages, catalog.programme.issuer.name, language)


def write_robots(site: str) -> Copy:
    """What search engines are told: that they may read everything, and where the sitemap is."""
    told = f"\nSitemap: {absolute(site, SITEMAP)}\n" if site else ""
    return Copy(path=ROBOTS, content=f"User-agent: *\nDisallow:\n{told}".encode())


def plan_sitemap(pages: Mapping[str, date | None], title: str, language: str) -> Iterator[Page]:
    """The sitemap: one file, or a list of several where there are many pages."""
    rows = [SitemapRow(path=path, changed=pages[path]) for path in sorted(pages)]
    leaves = cut(rows, lambda row: row.path, IN_SITEMAP)
    views = {SITEMAP: SitemapView(pages=leaves[0])}
    if len(leaves) > 1:
        parts = {f"sitemap-{n}.xml": SitemapView(pages=leaf) for n, leaf in enumerate(leaves, start=1)}
        newest = (max((row.changed for row in leaf if row.changed), default=None) for leaf in leaves)
        named = tuple(SitemapRow(path=p, changed=day) for p, day in zip(parts, newest, strict=True))
        views = {SITEMAP: SitemapView(parts=named), **parts}
    for path, view in views.items():
        yield Page(path=path, template="sitemap.xml.j2", title=title, language=language, data=view)


def write_index(
    catalog: Catalog,
    shown: ShownDefinitions,
    stacks: tuple[Stack, ...],
    badges: Sequence[Listed],
) -> Copy:
    """The catalogue, and the files of the valid public badges, with paths below the site's root.

    `badges`: the newest first.
    """
    issuer = catalog.programme.issuer
    content = {
        "made_by": "mcred",
        "format": 2,
        "issuer": {"id": issuer.id, "name": issuer.name},
        "language": catalog.programme.site.language,
        "credentials": [_credential(c) for c in shown.values()],
        "stacks": [
            {
                "id": s.id,
                "title": s.title,
                "page": stack_page(s.id),
                "needed": s.needed,
                "credits": write_credits(s.credits),
                "credentials": [c for c in s.credentials if c in shown],
            }
            for s in stacks
        ],
        "badges": {"count": len(badges), "months": list_months(badges)},
    }
    return Copy.of_json(INDEX, content)


def _credential(credential: Credential) -> Mapping[str, Any]:
    return {
        "id": credential.id,
        "title": credential.title,
        "version": credential.version,
        "status": credential.status,
        "language": credential.language,
        "topics": list(credential.topics),
        "competency": credential.competency,
        "hours": credential.hours,
        "credits": write_credits(credential.credits),
        "needs_students": credential.needs_students,
        "evidence": list(kinds_of(credential)),
        "page": credential_page(credential.id),
    }
