"""The site as bytes by path: render what was planned, with the copies beside it. Does not write.

`build_files` is the whole at once, for what is small; a build of a large programme takes a few portfolios at
a time and `render_lists` at the end, which together give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from jinja2 import Environment

from mcred.model.award import status_file
from mcred.model.catalog import Catalog
from mcred.model.ids import BlobId
from mcred.problems import Problem
from mcred.site.badges import Earned
from mcred.site.pages import find_bad_names, make_frame, plan_lists, plan_portfolios
from mcred.site.pictures import Draw
from mcred.site.render import open_templates, read_assets, render_page
from mcred.site.stacked import StackEarned
from mcred.site.thanks import Thanks, find_thanks
from mcred.site.views import Frame, Page


def build_files(
    catalog: Catalog, evidence: Mapping[BlobId, bytes], templates: tuple[Path, ...], draw: Draw
) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """Every file of the site, in the order of their paths, and what had to be left out.

    `templates` are searched in order: a programme's own folder first, the built-in one last. `draw` gives
    each picture, the same bytes for the same one.
    """
    environment = open_templates(templates, catalog.programme.site.language)
    own = plan_portfolios(catalog, evidence, draw)
    files = dict(render_pages(environment, own.pages, make_frame(catalog)))
    thanks = find_thanks(catalog, catalog.people)
    lists, problems = render_lists(environment, catalog, own.badges, own.stacked, draw, thanks)
    return dict(sorted({**files, **lists}.items())), (*problems, *own.problems)


def render_pages(templates: Environment, pages: Iterable[Page], frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Each page and each file beside it, by path."""
    for page in pages:
        yield page.path, render_page(templates, page, frame)
        yield from ((copy.path, copy.content) for copy in page.beside)


def render_lists(
    templates: Environment,
    catalog: Catalog,
    badges: tuple[Earned, ...],
    stacked: tuple[StackEarned, ...],
    draw: Draw,
    thanks: Thanks,
) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """What is nobody's own: the pages about everybody, the style, the status lists."""
    pages = plan_lists(catalog, badges, stacked, draw, thanks)
    return {
        **read_assets(templates),
        ".nojekyll": b"",
        **{status_file(number): data for number, data in catalog.lists.items()},
        **dict(render_pages(templates, pages, make_frame(catalog))),
    }, tuple(find_bad_names(catalog))
