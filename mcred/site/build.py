"""The whole site as bytes by path: plan, render, copy. Does not write and does not ask the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mcred.model.award import status_file
from mcred.model.catalog import Catalog
from mcred.model.ids import BlobId
from mcred.problems import Problem
from mcred.site.pages import plan_pages
from mcred.site.pictures import Draw
from mcred.site.render import open_templates, read_assets, render_page

Progress = Callable[[int, int], None]
"""Told after each page: how many are done, and of how many."""


def build_files(
    catalog: Catalog,
    evidence: Mapping[BlobId, bytes],
    templates: tuple[Path, ...],
    draw: Draw,
    progress: Progress | None = None,
) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """Every file of the site, in the order of their paths, and what had to be left out.

    `templates` are searched in order: a programme's own folder first, the built-in one last. `draw` gives
    each picture, the same bytes for the same one.
    """
    plan = plan_pages(catalog, evidence, draw)
    environment = open_templates(templates)
    files = {**read_assets(environment), ".nojekyll": b""}
    files |= {status_file(number): data for number, data in catalog.lists.items()}
    for done, page in enumerate(plan.pages, start=1):
        files[page.path] = render_page(environment, page, plan.frame)
        files |= {copy.path: copy.content for copy in page.beside}
        if progress:
            progress(done, len(plan.pages))
    return dict(sorted(files.items())), plan.problems
