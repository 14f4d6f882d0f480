"""Cuts a long list into pages, so that one row more or less changes few of them.

Whether a page ends after a row depends on that row's own name, not on how many are before it: after a row
that comes or goes, later pages soon begin where they began before, and keep their bytes. A page has 100 to
400 rows, about 200.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from zlib import crc32

from msgspec import Struct

RowT = TypeVar("RowT")


class PageSizes(Struct, frozen=True, kw_only=True):
    """How many rows a page has, at least (but for the last one) and at most."""

    least: int
    most: int


ROWS = PageSizes(least=100, most=400)
"""For pages that people read."""


class PageTurn(Struct, frozen=True, kw_only=True):
    """Where a page stands among the pages of its list, and the paths of those beside it, '' for none."""

    number: int = 1
    count: int = 1
    before: str = ""
    after: str = ""


def cut(
    rows: Sequence[RowT], name: Callable[[RowT], str], sizes: PageSizes = ROWS
) -> tuple[tuple[RowT, ...], ...]:
    """The rows by pages, in their order; at least one page. `name`: what stays with a row.

    >>> [len(page) for page in cut(range(1000), str)]
    [182, 271, 233, 193, 117, 4]
    """
    pages: list[tuple[RowT, ...]] = []
    begin = 0
    for number, row in enumerate(rows, start=1):
        size = number - begin
        if size < sizes.least:
            continue
        if size == sizes.most or not crc32(name(row).encode("utf-8", "surrogatepass")) % sizes.least:
            pages.append(tuple(rows[begin:number]))
            begin = number
    if begin < len(rows) or not pages:
        pages.append(tuple(rows[begin:]))
    return tuple(pages)


def page_path(first: str, number: int) -> str:
    """The path of a page of a list, whose first page is `first`.

    >>> page_path("people/index.html", 3)
    'people/page-3.html'
    >>> page_path("index.html", 2)
    'page-2.html'
    """
    folder, sign, _ = first.rpartition("/")
    return first if number == 1 else f"{folder}{sign}page-{number}.html"


def turns(first: str, count: int) -> Iterator[tuple[str, PageTurn]]:
    """The path of each page of a list, and where it stands."""
    for number in range(1, count + 1):
        yield (
            page_path(first, number),
            PageTurn(
                number=number,
                count=count,
                before=page_path(first, number - 1) if number > 1 else "",
                after=page_path(first, number + 1) if number < count else "",
            ),
        )
