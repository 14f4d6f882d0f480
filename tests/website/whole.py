"""A whole site at once: what a build of many portfolios has to come to, for the tests of pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from platformdirs import user_cache_path

from mcred.domain.catalog import Catalog
from mcred.problems import Problem
from mcred.website.build import fixed_files, render_pages
from mcred.website.evidence import ShownEvidence
from mcred.website.output import WrittenFiles, open_output
from mcred.website.pages import find_bad_names, make_frame, plan_lists, plan_portfolios
from mcred.website.pictures import Draw
from mcred.website.render import open_templates
from mcred.website.thanks import find_thanks
from mcred.website.views import Frame, Page


class Plan(Struct, frozen=True, kw_only=True):
    """All pages to be, in the order of their addresses, and what had to be left out."""

    frame: Frame
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]


def plan_pages(catalog: Catalog, evidence: ShownEvidence, draw: Draw) -> Plan:
    """All pages of a programme; `evidence`: what people publish."""
    own = plan_portfolios(catalog, evidence, draw)
    thanks = find_thanks(catalog, catalog.people)
    lists = plan_lists(catalog, own.badges, own.stacked, draw, thanks, endorsements=evidence.endorsements)
    return Plan(
        frame=make_frame(catalog),
        pages=tuple(sorted((*own.pages, *lists), key=lambda p: p.path)),
        problems=(*find_bad_names(catalog), *own.problems),
    )


def build_files(
    catalog: Catalog, evidence: ShownEvidence, templates: tuple[Path, ...], draw: Draw
) -> tuple[Mapping[str, bytes], tuple[Problem, ...]]:
    """Every file of the site, in the order of their paths, and what had to be left out.

    `templates` are searched in order: a programme's own folder first, the built-in one last. `draw` gives
    each picture, the same bytes for the same one.
    """
    compiled = user_cache_path("mcred") / "templates"
    environment = open_templates(templates, catalog.programme.site.language, compiled)
    plan = plan_pages(catalog, evidence, draw)
    files = dict(render_pages(environment, plan.pages, plan.frame))
    return dict(sorted({**files, **fixed_files(environment, catalog)}.items())), plan.problems


def write_site(out: Path, files: Mapping[str, bytes]) -> WrittenFiles:
    """Make a folder hold exactly these files, in the order of their paths."""
    output = open_output(out)
    aside = output.aside("all")
    made = {path: aside.put(path, files[path]) for path in sorted(files)}
    return output.finish(made, output.names() - {mark.name for mark in made.values()})
