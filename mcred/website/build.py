"""Renders planned pages to bytes by path, with the files copied beside them. Does not write.

A build renders a few portfolios at a time and the pages about everyone at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from jinja2 import TemplateError

from mcred.domain.award import status_file
from mcred.domain.catalog import Catalog
from mcred.website.render import Templates, read_assets, render_page
from mcred.website.views import Frame, Page

COMMON = (
    *("base", "words", "parts", "badge", "level", "card", "portfolio"),
    *("home", "catalogue", "credential", "stacks", "earned", "month", "people", "assessors", "about"),
    *("verify", "404"),
)
"""The templates that almost every site uses, those of people's pages first."""


def compile_ahead(templates: Templates) -> None:
    """Compile the templates that are needed soon, into their cache. A faulty one is reported where a page is
    rendered with it."""
    for name in COMMON:
        with suppress(TemplateError):
            templates.get_template(f"{name}.html.j2")


def render_pages(templates: Templates, pages: Iterable[Page], frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Each page and each file beside it, by path."""
    for page in pages:
        yield page.path, render_page(templates, page, frame)
        yield from ((copy.path, copy.content) for copy in page.beside)


def fixed_files(templates: Templates, catalog: Catalog) -> Mapping[str, bytes]:
    """Files that are neither a page nor one person's: style, scripts, status lists."""
    lists = {status_file(number): data for number, data in catalog.lists.items()}
    return {**read_assets(templates), ".nojekyll": b"", **lists}
