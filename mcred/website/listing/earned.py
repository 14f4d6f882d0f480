"""The public badges by month: pages for people, files for programs.

A month that is over does not change, so that one award more changes the pages of its own month.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from json.encoder import encode_basestring_ascii as quote
from typing import Any

from mcred.website.addresses import EARNED, month_file, month_page
from mcred.website.badge_views import BadgeCard, Copy
from mcred.website.listing.cut import cut, turns
from mcred.website.listing.views import EarnedView, MonthLink, MonthView, YearOfMonths
from mcred.website.views import Page

NEWEST = 30
"""How many of the newest badges the overview lists."""
Listed = tuple[BadgeCard, str]
"""A public badge that is valid, and the path of its document."""


def newest_first(badges: Sequence[Listed]) -> tuple[Listed, ...]:
    """Badges by date, the newest first."""
    return tuple(sorted(badges, key=lambda b: (-b[0].awarded.toordinal(), b[0].page)))


def plan_earned(badges: Sequence[Listed], language: str) -> Iterator[Page]:
    """The overview, and the pages of each month. `badges`: the newest first."""
    months = [
        (day, tuple(found)) for day, found in groupby(badges, key=lambda b: b[0].awarded.replace(day=1))
    ]
    links = [MonthLink(day=day, page=month_page(day), count=len(found)) for day, found in months]
    yield Page(
        path=EARNED,
        template="earned.html.j2",
        title="Badges earned",
        language=language,
        data=EarnedView(
            years=tuple(
                YearOfMonths(year=year, months=tuple(some))
                for year, some in groupby(links, key=lambda m: m.day.year)
            ),
            newest=tuple(card for card, _ in badges[:NEWEST]),
            count=len(badges),
        ),
    )
    pages = ["", *(link.page for link in links), ""]
    for number, (day, found) in enumerate(months, start=1):
        yield from _plan_month(day, found, language, earlier=pages[number + 1], later=pages[number - 1])


def _plan_month(
    day: date, badges: tuple[Listed, ...], language: str, *, earlier: str, later: str
) -> Iterator[Page]:
    leaves = cut(badges, lambda b: b[0].page)
    for leaf, (path, turn) in zip(leaves, turns(month_page(day), len(leaves)), strict=True):
        yield Page(
            path=path,
            template="month.html.j2",
            title=f"Badges earned in {day:%Y-%m}",
            language=language,
            data=MonthView(
                day=day, cards=tuple(card for card, _ in leaf), turn=turn, earlier=earlier, later=later
            ),
            beside=(_write_month(day, badges),) if turn.number == 1 else (),
        )


def list_months(badges: Sequence[Listed]) -> Sequence[dict[str, Any]]:
    """The files of the months, for the index. `badges`: the newest first."""
    return [
        {"month": f"{day:%Y-%m}", "file": month_file(day), "count": sum(1 for _ in found)}
        for day, found in groupby(badges, key=lambda b: b[0].awarded.replace(day=1))
    ]


def _write_month(day: date, badges: tuple[Listed, ...]) -> Copy:
    """The badges of a month, with paths below the site's root."""
    head = json.dumps({"made_by": "mcred", "format": 2, "month": f"{day:%Y-%m}"}, indent=1)
    # A line for each badge, formatted here: the library takes three times as long for so many.
    lines = (
        f'{{"title": {quote(card.title)}, "earner": {quote(card.earner)}, "awarded": "{card.awarded}", '
        f'"page": {quote(card.page)}, "document": {quote(document)}}}'
        for card, document in badges
    )
    text = head.removesuffix("\n}") + ',\n "badges": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
    return Copy(path=month_file(day), content=text.encode())
