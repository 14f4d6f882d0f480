"""Renders a self-contained page: style and pictures inline, no script, nothing loaded from elsewhere.

For reports that a person passes on by hand, such as a coach's overview; not part of the published site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from mcred.domain.stats.progress import Overview
from mcred.domain.stats.report import Report
from mcred.domain.stats.transcript import Transcript
from mcred.website.charts import balance_rows, column_chart, share_rows, spark_bars
from mcred.website.render import open_templates

STYLE = "sheet.css"


def overview_sheet(overview: Overview, templates: Sequence[Path]) -> bytes:
    """`mcred progress` as a page."""
    pictures: dict[str, str] = {
        shelf.credential: spark_bars(shelf.months, f"Decisions on {shelf.title} in the last twelve months")
        for shelf in overview.shelves
    }
    return _render("progress.html.j2", templates, view=overview, pictures=_safe(pictures))


def report_sheet(report: Report, templates: Sequence[Path]) -> bytes:
    """`mcred report` as a page."""
    found = report.criteria
    pictures = {
        "days": column_chart(
            [count for _, count in report.histogram],
            [label for label, _ in report.histogram],
            "Days from submission to decision",
            "How many attempts were decided after how many days",
        ),
        "months": column_chart(
            report.months, report.month_names, "Decisions by month", "How many attempts were decided"
        ),
        "agreement": share_rows(
            [(c.title, (c.exact, c.adjacent - c.exact, 1 - c.adjacent)) for c in found],
            ("the same level", "one level apart", "further apart"),
            "How far assessors agree on each criterion",
        ),
        "strictness": balance_rows(
            [(a.name, a.difference) for a in report.assessors],
            "milder",
            "stricter",
            "How strict each assessor is compared with others on the same panels",
        ),
    }
    return _render("report.html.j2", templates, view=report, pictures=_safe(pictures))


def transcript_sheet(transcript: Transcript, templates: Sequence[Path]) -> bytes:
    """`mcred transcript` as a page: one sheet of paper for each person."""
    return _render("transcript.html.j2", templates, view=transcript)


def _safe(pictures: Mapping[str, str]) -> Mapping[str, Markup]:
    return {name: Markup(svg) for name, svg in pictures.items()}  # noqa: S704 -- `plots` escapes each text


def _render(template: str, templates: Sequence[Path], **values: object) -> bytes:
    environment = open_templates(tuple(templates))
    assert environment.loader is not None  # noqa: S101 -- `open_templates` gives one
    style = Markup(environment.loader.get_source(environment, STYLE)[0])  # noqa: S704 -- our own file
    return environment.get_template(template).render(style=style, **values).encode()
