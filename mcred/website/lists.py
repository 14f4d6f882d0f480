"""Machine-readable files of a site: feed, sitemap, JSON index; and the "not found" page.

Only public badges are included. Feed and sitemap need absolute addresses: a site without an address has
neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from json.encoder import encode_basestring_ascii as quote
from typing import Any

from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential, Stack
from mcred.website.addresses import FEED, INDEX, NOT_FOUND, SITEMAP, credential_page, stack_page
from mcred.website.badge_views import BadgeCard, Copy
from mcred.website.cards import ShownDefinitions, kinds_of
from mcred.website.views import FeedView, NotFoundView, Page, SitemapView

IN_FEED = 30
"""How many of the newest awards the feed lists."""


def newest_first(cards: Iterable[BadgeCard]) -> tuple[BadgeCard, ...]:
    """Awards by date, the newest first."""
    return tuple(sorted(cards, key=lambda c: (-c.awarded.toordinal(), c.page)))


def list_machine_pages(
    catalog: Catalog, site: str, cards: tuple[BadgeCard, ...], paths: Iterable[str]
) -> Iterator[Page]:
    """The feed of public awards and the sitemap, where the site has an address; the "not found" page."""
    language = catalog.programme.site.language
    yield Page(
        path=NOT_FOUND,
        template="404.html.j2",
        title="Not found",
        language=language,
        listed=False,
        anywhere=True,
        data=NotFoundView(),
    )
    if not site:
        return
    entries = newest_first(cards)[:IN_FEED]
    yield Page(
        path=FEED,
        template="feed.xml.j2",
        title=catalog.programme.issuer.name,
        language=language,
        data=FeedView(entries=entries, updated=entries[0].awarded if entries else date(1970, 1, 1)),
    )
    yield Page(
        path=SITEMAP,
        template="sitemap.xml.j2",
        title=catalog.programme.issuer.name,
        language=language,
        data=SitemapView(paths=tuple(sorted(paths))),
    )


def write_index(
    catalog: Catalog,
    shown: ShownDefinitions,
    stacks: tuple[Stack, ...],
    badges: Iterable[tuple[BadgeCard, str]],
) -> Copy:
    """The catalogue and the valid public badges, with paths below the site's root."""
    issuer = catalog.programme.issuer
    content = {
        "made_by": "mcred",
        "format": 1,
        "issuer": {"id": issuer.id, "name": issuer.name},
        "language": catalog.programme.site.language,
        "credentials": [_credential(c) for c in shown.values()],
        "stacks": [
            {
                "id": s.id,
                "title": s.title,
                "page": stack_page(s.id),
                "needed": s.needed,
                "credentials": [c for c in s.credentials if c in shown],
            }
            for s in stacks
        ],
    }
    # A line for each badge, formatted here: the library takes three times as long for so many.
    lines = (
        f'{{"title": {quote(card.title)}, "earner": {quote(card.earner)}, "awarded": "{card.awarded}", '
        f'"page": {quote(card.page)}, "document": {quote(document)}}}'
        for card, document in sorted(badges, key=lambda b: b[0].page)
    )
    head = json.dumps(content, indent=1).removesuffix("\n}")
    text = f'{head},\n "badges": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
    return Copy(path=INDEX, content=text.encode())


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
        "needs_students": credential.needs_students,
        "evidence": list(kinds_of(credential)),
        "page": credential_page(credential.id),
    }
