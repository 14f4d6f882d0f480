"""A person's page: a transcript of what they hold, what it means together, and the stacks they have begun.

Only valid badges are on it. A stack adds no hours of its own: its micro-credentials are counted already. What
its credit hours include is not added again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.credential import Stack
from mcred.domain.ids import plain_credits, write_credits
from mcred.domain.network.elsewhere import ElsewhereBadge
from mcred.domain.people import Person
from mcred.domain.stats.transcript import count_credits
from mcred.website.addresses import absolute, elsewhere_file, portfolio_page
from mcred.website.badge_views import BadgeView, Copy, StackBadgeView
from mcred.website.badges import Badge, by_earner
from mcred.website.cards import ShownDefinitions, progress_card
from mcred.website.share_block import draw_qr
from mcred.website.stack_badges import StackBadge
from mcred.website.views import Page, PortfolioView, StackCard, TranscriptRow

TRANSCRIPT = "transcript.json"
"""In a portfolio's folder."""


def plan_pages_of_people(
    catalog: Catalog,
    shown: ShownDefinitions,
    stacks: tuple[Stack, ...],
    badges: tuple[Badge, ...],
    stacked: tuple[StackBadge, ...],
    elsewhere: tuple[tuple[ElsewhereBadge, bytes], ...],
    site: str,
) -> Iterator[Page]:
    """The page of each person with a badge. `stacks`: those that have a page; `elsewhere`: what they show of
    other issuers, with its bytes."""
    for earner, mine in sorted(by_earner(badges).items()):
        own = tuple(b for b in stacked if b.earner == earner and b.holds)
        held = frozenset(b.submission.credential for b in mine if b.newest)
        complete = {b.stack for b in own}
        begun = tuple(
            progress_card(s, held, shown)
            for s in stacks
            if s.id not in complete and not held.isdisjoint(s.credentials)
        )
        rows, stack_rows = _count(mine, own)
        others = tuple((replace(b, file=elsewhere_file(earner, b.file)), data) for b, data in elsewhere)
        yield _page(catalog, catalog.people[earner], rows, stack_rows, begun, others, site)


def _page(
    catalog: Catalog,
    person: Person,
    rows: tuple[TranscriptRow, ...],
    own: tuple[TranscriptRow, ...],
    begun: tuple[StackCard, ...],
    others: tuple[tuple[ElsewhereBadge, bytes], ...],
    site: str,
) -> Page:
    path, language = portfolio_page(person.id), catalog.programme.site.language
    folder = path.removesuffix("index.html")
    qr = draw_qr(site, path, folder)
    transcript = _write_transcript(folder + TRANSCRIPT, person, catalog.programme.issuer.name, (*rows, *own))
    counted = [row.credits_counted for row in (*rows, *own) if row.credits_counted is not None]
    days = [row.card.awarded for row in (*rows, *own)]
    return Page(
        path=path,
        template="portfolio.html.j2",
        title=person.name,
        language=language,
        listed=person.publish == "public",
        document=transcript.path,
        data=PortfolioView(
            name=person.name,
            school=person.school,
            badges=rows,
            stack_badges=own,
            stacks=begun,
            hours=sum(row.hours or 0 for row in rows),
            credits=plain_credits(sum(counted, Decimal(0))) if counted else None,
            topics=tuple(dict.fromkeys(topic for row in rows for topic in row.topics)),
            first=min(days, default=None),
            last=max(days, default=None),
            address=absolute(site, path) if site else "",
            qr=qr[0].path if qr else "",
            elsewhere=tuple(badge for badge, _ in others),
        ),
        beside=(
            *qr,
            transcript,
            *(Copy(path=badge.file, content=data) for badge, data in others),
        ),
    )


def _count(
    mine: tuple[Badge, ...], own: tuple[StackBadge, ...]
) -> tuple[tuple[TranscriptRow, ...], tuple[TranscriptRow, ...]]:
    """The rows of valid micro-credentials and of stacks, with what each adds to a person's credit hours."""
    pages = {b.card.page: b.submission.credential for b in mine}
    rows = {str(b.submission.credential): _row(b) for b in mine if b.newest}
    stack_rows, parts = dict[str, TranscriptRow](), dict[str, frozenset[str]]()
    for badge in sorted(own, key=lambda b: b.decided):
        view = badge.page.data
        assert isinstance(view, StackBadgeView)  # noqa: S101 -- the page of a badge shows nothing else
        name = f"stacks/{badge.stack}"
        stack_rows[name] = TranscriptRow(
            card=badge.card, document=badge.document, means=view.shown, credits=view.credits, until=view.until
        )
        parts[name] = frozenset(pages[page] for _, page in view.contained if page in pages)
    counted = count_credits({name: row.credits for name, row in {**rows, **stack_rows}.items()}, parts)

    def count(found: Mapping[str, TranscriptRow]) -> tuple[TranscriptRow, ...]:
        return tuple(
            replace(row, credits_counted=plain_credits(counted[name]) if row.credits else None)
            for name, row in found.items()
        )

    return count(rows), count(stack_rows)


def _row(badge: Badge) -> TranscriptRow:
    view = badge.page.data
    assert isinstance(view, BadgeView)  # noqa: S101 -- the page of a badge shows nothing else
    rows = [row for part in view.parts for row in part.rows]
    counts = Counter(row.level for row in rows)
    scales = {row.level: row.scale for row in rows}
    best_first = sorted(counts, key=lambda v: (scales[v].index(v), -len(scales[v]), v))
    return TranscriptRow(
        card=badge.card,
        document=badge.document,
        means=view.credential.competency,
        topics=view.credential.topics,
        hours=view.credential.hours,
        credits=view.credential.credits,
        until=view.until,
        met=sum(row.met for row in rows),
        of=len(rows),
        levels=tuple((level, counts[level]) for level in best_first),
    )


def _write_transcript(path: str, person: Person, issuer: str, rows: tuple[TranscriptRow, ...]) -> Copy:
    """The transcript for programs, with paths below the site's root."""
    content = {
        "made_by": "mcred",
        "format": 1,
        "issuer": issuer,
        "earner": person.name,
        "school": person.school,
        "badges": [
            {
                "title": row.card.title,
                "version": row.card.version,
                "awarded": row.card.awarded.isoformat(),
                "until": row.until.isoformat() if row.until else None,
                "hours": row.hours,
                "credits": write_credits(row.credits),
                "credits_counted": write_credits(row.credits_counted),
                "levels": dict(row.levels),
                "page": row.card.page,
                "document": row.document,
            }
            for row in rows
        ],
    }
    return Copy.of_json(path, content)
