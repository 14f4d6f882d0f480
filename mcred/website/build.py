"""The site as bytes by path: render what was planned, with the copies beside it. Does not write.

`build_files` is the whole at once, for what is small; a build of a large programme takes a few portfolios at
a time and the pages about everybody at the end, which together give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from jinja2 import Environment

from mcred.domain.award import status_file
from mcred.domain.catalog import Catalog
from mcred.domain.ids import BlobId
from mcred.problems import Problem
from mcred.website.pages import find_bad_names, make_frame, plan_lists, plan_portfolios
from mcred.website.pictures import Draw
from mcred.website.render import open_templates, read_assets, render_page
from mcred.website.thanks import find_thanks
from mcred.website.views import Frame, Page


def build_files(
    catalog: Catalog, evidence: Mapping[BlobId, bytes], templates: tuple[Path, ...], draw: Draw
) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """Every file of the site, in the order of their paths, and what had to be left out.

    `templates` are searched in order: a programme's own folder first, the built-in one last. `draw` gives
    each picture, the same bytes for the same one.
    """
    environment = open_templates(templates, catalog.programme.site.language)
    own = plan_portfolios(catalog, evidence, draw)
    lists = plan_lists(catalog, own.badges, own.stacked, draw, find_thanks(catalog, catalog.people))
    files = dict(render_pages(environment, (*own.pages, *lists), make_frame(catalog)))
    fixed = fixed_files(environment, catalog)
    return dict(sorted({**files, **fixed}.items())), (*find_bad_names(catalog), *own.problems)


def render_pages(templates: Environment, pages: Iterable[Page], frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Each page and each file beside it, by path."""
    for page in pages:
        yield page.path, render_page(templates, page, frame)
        yield from ((copy.path, copy.content) for copy in page.beside)


def fixed_files(templates: Environment, catalog: Catalog) -> Mapping[str, bytes]:
    """What is no page and nobody's own: the style, the scripts, the status lists."""
    lists = {status_file(number): data for number, data in catalog.lists.items()}
    return {**read_assets(templates), ".nojekyll": b"", **lists}
