"""The site as bytes by path: render what was planned, with the copies beside it. Does not write.

A build takes a few portfolios at a time and the pages about everybody at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from jinja2 import Environment

from mcred.domain.award import status_file
from mcred.domain.catalog import Catalog
from mcred.website.render import read_assets, render_page
from mcred.website.views import Frame, Page


def render_pages(templates: Environment, pages: Iterable[Page], frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Each page and each file beside it, by path."""
    for page in pages:
        yield page.path, render_page(templates, page, frame)
        yield from ((copy.path, copy.content) for copy in page.beside)


def fixed_files(templates: Environment, catalog: Catalog) -> Mapping[str, bytes]:
    """What is no page and nobody's own: the style, the scripts, the status lists."""
    lists = {status_file(number): data for number, data in catalog.lists.items()}
    return {**read_assets(templates), ".nojekyll": b"", **lists}
