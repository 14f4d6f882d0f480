"""View models of the pages of lists."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from mcred.website.badge_views import BadgeCard
from mcred.website.listing.cut import PageTurn


class MonthLink(Struct, frozen=True, kw_only=True):
    """A month in which badges were earned."""

    day: date
    """Its first day."""
    page: str
    count: int


class YearOfMonths(Struct, frozen=True, kw_only=True):
    """The months of a year in which badges were earned, the newest first."""

    year: int
    months: tuple[MonthLink, ...]


class EarnedView(Struct, frozen=True, kw_only=True):
    """All public badges, by month, and the newest ones."""

    years: tuple[YearOfMonths, ...]
    newest: tuple[BadgeCard, ...]
    count: int


class MonthView(Struct, frozen=True, kw_only=True):
    """A page of the public badges of a month, the newest first."""

    day: date
    """Its first day."""
    cards: tuple[BadgeCard, ...]
    turn: PageTurn
    earlier: str = ""
    """The page of the month before in which badges were earned, and of the one after; '' for none."""
    later: str = ""


class HoldersView(Struct, frozen=True, kw_only=True):
    """A further page of those who hold a micro-credential or a stack."""

    title: str
    page: str
    """The page of what they hold, which has the first of them."""
    holders: tuple[BadgeCard, ...]
    turn: PageTurn


class PersonRow(Struct, frozen=True, kw_only=True):
    """A person who earned public badges."""

    name: str
    school: str
    page: str
    badges: int


class PageStart(Struct, frozen=True, kw_only=True):
    """The first name on a page of a list by name."""

    name: str
    page: str


class PeopleView(Struct, frozen=True, kw_only=True):
    """A page of the people who earned public badges, by name."""

    rows: tuple[PersonRow, ...]
    turn: PageTurn
    count: int = 0
    """How many people there are, on the first page."""
    starts: tuple[PageStart, ...] = ()
    """Where each page begins, on the first page."""
    names: str = ""
    """The path that begins the files of names."""
    letters: str = ""
    """The letters that there is such a file for."""
    portfolio: str = ""
    """The path of a portfolio, with `{id}` for the person."""
