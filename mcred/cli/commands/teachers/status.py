"""`mcred status`: the user's submissions and the one next step. Also the output of `mcred` alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.work import status_answer
from mcred.app.keys.replaced import say_replaced
from mcred.app.work.status import OwnStatus, own_due_dates, own_status
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.output_file import need_ending, write_output
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = ("mcred status", "mcred status --calendar due.ics", "mcred")


def run(
    ctx: typer.Context,
    calendar: Annotated[
        Path | None,
        typer.Option("--calendar", help="Write your due dates to this file (.ics), for a calendar."),
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show where you stand and the next step."""
    edge = terminal_of(ctx)
    need_ending(edge, calendar, ".ics")
    ws = open_workspace(edge)
    show = edge.show
    note_stale(ws)
    if calendar is not None:
        from mcred.formats.export.ics import CALENDAR_MARK, write_calendar

        name = f"{ws.catalog.programme.issuer.name} (mcred)"
        data = write_calendar(own_due_dates(ws), name, edge.now())
        write_output(edge, calendar, data, CALENDAR_MARK, dry_run=dry_run)
        if not json:
            return
    found = own_status(ws)
    if json:
        show.answer(status_answer(ws, found))
        return
    _show(show, ws, found)


def _show(show: Show, ws: Workspace, found: OwnStatus) -> None:
    show.title(f"{ws.catalog.programme.issuer.name}" + (f" · {ws.me}" if ws.me else ""))
    if ws.me is not None and ws.me not in ws.catalog.people:
        maintainers = " or ".join(ws.catalog.programme.roles.maintainers)
        show.say(f"You are not confirmed yet; {maintainers} will do that. You can work in the meantime.")
    elif ws.is_key_waiting:
        show.say(
            "Your new key is not confirmed yet. You can work in the meantime; mcred sync sends it later."
        )
    say_replaced(ws)
    if found.rows:
        show.table(
            ("micro-credential", "state", "who acts", "since", "due"),
            [(row.submission.credential, row.word, row.actor, row.since, row.due) for row in found.rows],
        )
    for row in found.rows:
        if row.let_in:
            show.say(f"{' and '.join(row.let_in)} can read {row.submission.credential} as your coach.")
    for title in found.earned:
        show.say(f"Congratulations! You earned {title}.", style="bold green")
    for title in found.stacks:
        show.say(f"You completed {title} and have its badge (mcred stacks).")
    for earned in found.unpublished:
        show.say(
            f"You have not published any evidence for {earned.credential}, so its badge page shows none."
        )
    for duty in found.duties:
        show.say(duty.what)
    show.next(found.next)
