"""`mcred report`: statistics on assessing, for the issuer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.figures import report_answer
from mcred.app.programme.report import make_report
from mcred.app.workspace import open_workspace
from mcred.cli.output_file import HTML_MARK, need_ending, write_output
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.domain.stats.progress import sparkline
from mcred.domain.stats.report import Report
from mcred.shipped import shipped

EXAMPLES = ("mcred report", "mcred report --json", "mcred report --html report.html")
ENDS = 6
"""How many of the strictest and of the mildest assessors are listed on a terminal."""
WANTS_ALPHA = "Krippendorff's alpha is not shown: it needs the library NLTK (python -m pip install nltk)"


def run(
    ctx: typer.Context,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write it with charts to this file, as one web page.")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show how assessment is going: agreement, strictness, time to decision, effects of other rules."""
    edge = terminal_of(ctx)
    need_ending(edge, html, ".html")
    ws = open_workspace(edge)
    note_stale(ws)
    report = make_report(ws)
    if not report.has_alpha:
        edge.show.note(WANTS_ALPHA)
    if report.unread:
        edge.show.note(
            f"{report.unread} decisions are not counted: their definitions cannot be read.", style="yellow"
        )
    if json:
        edge.show.answer(report_answer(report))
    elif html is None:
        _show(edge.show, report)
    if html is not None:
        from mcred.website.local.one_file import report_sheet

        page = report_sheet(report, [shipped("templates") / "site"])
        write_output(edge, html, page, HTML_MARK, dry_run=dry_run)


def _show(show: Show, report: Report) -> None:
    show.title(f"{report.issuer} · {report.day}")
    if not report.decided:
        show.say("Nothing has been decided yet.")
        show.next("mcred queue --all")
        return
    show.say(
        f"{report.decided} attempts decided: {report.awarded} awarded, {report.revised} returned "
        f"({report.revise_rate:.0%}), {report.declined} declined."
        + (f" {report.overrides} of them differ from the recommendation." if report.overrides else "")
    )
    if report.sealed:
        show.say(
            f"The levels of {report.sealed} of them are sealed from you; the figures about levels leave them "
            "out.",
            style="yellow",
        )
    if report.forecast.median is not None:
        show.say(
            f"Half were decided within {report.forecast.median} days, "
            f"eight of ten within {report.forecast.most}."
        )
    show.say(f"By month: {sparkline(report.months)}  ({report.month_names[0]} to {report.month_names[-1]})")
    if not report.criteria:
        show.say("No attempt has been scored by two assessors yet, so agreement cannot be measured.")
        show.next("mcred progress")
        return
    show.say()
    show.table(
        ("criterion", "micro-credential", "pairs", "same", "within one", "alpha"),
        [
            (c.criterion, c.credential, str(c.pairs), f"{c.exact:.0%}", f"{c.adjacent:.0%}", c.alpha_said)
            for c in report.criteria
        ],
    )
    show.say()
    first, last = report.assessors[:ENDS], report.assessors[ENDS:][-ENDS:]
    show.table(
        ("assessor", "scores compared", "levels stricter"),
        [(a.name, str(a.scores), f"{a.difference:+.2f}") for a in (*first, *last)],
    )
    if between := len(report.assessors) - len(first) - len(last):
        show.say(f"{between} more in between: mcred report --html FILE")
    show.say()
    for what_if in report.what_ifs:
        show.say(f"{what_if.said}.")
    show.next("mcred report --html report.html")
