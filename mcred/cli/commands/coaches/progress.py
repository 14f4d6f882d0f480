"""`mcred progress`: each person's state, who waits for whom, and where a micro-credential is stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.figures import progress_answer
from mcred.app.programme.progress import open_glance, read_progress
from mcred.cli.output_file import HTML_MARK, need_ending, write_output
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.domain.stats.progress import Overview, ProgressRow, sparkline
from mcred.formats.export.table import write_csv
from mcred.shipped import shipped

EXAMPLES = (
    "mcred progress",
    "mcred progress --cohort autumn.txt --stack evidence-to-action",
    "mcred progress --csv progress.csv",
    "mcred progress --html progress.html",
)

MOST = 60
"""The most lines listed on a terminal where no people were named."""


def run(
    ctx: typer.Context,
    cohort: Annotated[
        Path | None, typer.Option("--cohort", help="Only these people: a file with one id per line.")
    ] = None,
    stack: Annotated[
        str | None, typer.Option("--stack", help="Only this stack's micro-credentials.", metavar="ID")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every line to this file, for a spreadsheet.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write everything to this file, as one web page.")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show where everyone stands and what is next. Coaches, issuers, and maintainers see everyone;
    others see themselves.
    """
    edge = terminal_of(ctx)
    need_ending(edge, csv, ".csv")
    need_ending(edge, html, ".html")
    glance = open_glance(edge)
    note_stale(glance.ws)
    overview = read_progress(glance, cohort, stack)
    if overview.unknown:
        edge.show.note(f"No one here has the id {', '.join(overview.unknown)}.", style="yellow")
    if json:
        edge.show.answer(progress_answer(overview))
    elif csv is None and html is None:
        _show(edge.show, overview, named=cohort is not None)
    if csv is not None:
        write_output(edge, csv, as_csv(overview), CSV_MARK, dry_run=dry_run)
    if html is not None:
        from mcred.website.local.one_file import overview_sheet

        page = overview_sheet(overview, [shipped("templates") / "site"])
        write_output(edge, html, page, HTML_MARK, dry_run=dry_run)


def _show(show: Show, overview: Overview, *, named: bool) -> None:
    """Print the overview. `named`: people were named, so each of their lines is shown."""
    show.title(f"{overview.issuer} · {overview.day}")
    lines = overview.lines if named or not overview.whole else most_pressing(overview.lines)
    if lines:
        show.table(
            ("person", "credential", "state", "days", "who acts", "next"),
            [_cells(line) for line in lines],
        )
    _say_rest(show, overview, lines)
    if overview.climbs:
        show.say()
        show.table(
            ("person", "has", "still to earn"),
            [(c.name, f"{c.have} of {c.needed}", ", ".join(c.missing) or "-") for c in overview.climbs],
        )
    show.say()
    show.table(
        ("credential", "decided", "forecast", "watch"),
        [(s.credential, sparkline(s.months), s.said, s.warning or "-") for s in overview.shelves],
    )
    if overview.whole:
        show.say("Drafts that were never submitted are not listed: only their earners can see them.")
    else:
        show.say("You see only your own progress; coaches, issuers, and maintainers see everyone's.")
    show.next("mcred queue --all" if overview.whole else "mcred status")


def most_pressing(lines: Sequence[ProgressRow], most: int = MOST) -> Sequence[ProgressRow]:
    """The lines that wait for someone; of very many those that are late or stuck first, then the oldest."""
    waiting = [line for line in lines if line.waiting_for]
    if len(waiting) <= most:
        return waiting
    return sorted(waiting, key=lambda x: (not (x.overdue or x.coach_due), -(x.days or 0)))[:most]


def _say_rest(show: Show, overview: Overview, shown: Sequence[ProgressRow]) -> None:
    """Print how many lines are not shown, by kind."""
    if not overview.lines:
        show.say(
            "No one has started anything yet." if overview.whole else "You have not started anything yet."
        )
        return
    if len(shown) == len(overview.lines):
        return
    over = Counter(line.word for line in overview.lines if not line.waiting_for)
    waiting = over.total() + len(shown)
    if waiting < len(overview.lines):
        show.say(f"{len(overview.lines) - waiting} more are waiting, for a shorter time.")
    counts = ", ".join(f"{number} {word}" for word, number in sorted(over.items())) or "nothing"
    show.say(f"Finished submissions not listed: {counts}. To see everything: mcred progress --csv FILE")


def _cells(line: ProgressRow) -> tuple[str, ...]:
    state = line.word + (f" ({line.attempt})" if line.attempt > 1 else "")
    step = f"{line.next} (late)" if line.overdue else line.next
    return (
        line.name,
        line.credential or "-",
        state,
        "-" if line.days is None else str(line.days),
        ", ".join(line.waiting_for) or "-",
        step or "-",
    )


COLUMNS = (
    "person",
    "name",
    "credential",
    "title",
    "state",
    "attempt",
    "days",
    "waiting_for",
    "due",
    "overdue",
    "coach_due",
    "next",
)
CSV_MARK = ",".join(COLUMNS).encode()


def as_csv(overview: Overview) -> bytes:
    """The lines of people as CSV."""
    rows = [
        (
            *(line.person, line.name, line.credential, line.title, line.word, line.attempt, line.days),
            *(" ".join(line.waiting_for), line.due),
            *("yes" if flag else "" for flag in (line.overdue, line.coach_due)),
            line.next,
        )
        for line in overview.lines
    ]
    return write_csv(COLUMNS, rows)
