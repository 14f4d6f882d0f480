"""Reads the input of `mcred report`: every decision and assessment on main, and when work was submitted."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.app.keys.reading import all_reading_keys
from mcred.app.sealed.opening import open_record
from mcred.app.workspace import Workspace
from mcred.domain.stats.agreement import agreements, has_alpha_library, list_judged, strictness, what_ifs
from mcred.domain.stats.progress import MONTHS, Turn, count_months, forecast, list_turns
from mcred.domain.stats.report import Report, count_days, name_months
from mcred.problems import Exit, McredError, next_step
from mcred.store.log import read_dates


def read_turns(ws: Workspace) -> tuple[Turn, ...]:
    """Every decided attempt."""
    decided = {(d.submission, d.attempt): d for r in ws.catalog.records.values() for d in r.decisions}
    return list_turns(decided, read_dates(ws.repo, [d.judged for d in decided.values()]))


def make_report(ws: Workspace) -> Report:
    """The whole report. Raises McredError for others than issuers and maintainers, since it names assessors
    beside each other."""
    roles, today = ws.catalog.programme.roles, ws.ctx.now().date()
    if ws.person() not in (*roles.issuers, *roles.maintainers):
        raise McredError(
            "the report is for issuers and maintainers", hint=next_step("progress"), code=Exit.NOT_ALLOWED
        )
    turns = read_turns(ws)
    keys = all_reading_keys(ws.repo)
    records = {s: open_record(record, keys) for s, record in ws.catalog.records.items()}
    judged, unread = list_judged(replace(ws.catalog, records=records))
    with_alpha = has_alpha_library()
    outcomes = [t.outcome for t in turns]
    return Report(
        day=today,
        issuer=ws.catalog.programme.issuer.name,
        decided=len(turns),
        awarded=outcomes.count("award"),
        revised=outcomes.count("revise"),
        declined=outcomes.count("decline"),
        overrides=sum(d.recommended not in (None, d.outcome) for r in records.values() for d in r.decisions),
        sealed=sum(d.recommended is None for r in records.values() for d in r.decisions),
        forecast=forecast(turns),
        histogram=count_days(t.days for t in turns if t.days is not None),
        months=count_months((t.decided.date() for t in turns), today),
        month_names=name_months(today, MONTHS),
        criteria=agreements(judged, with_alpha=with_alpha),
        assessors=strictness(judged, ws.catalog),
        what_ifs=what_ifs(judged),
        has_alpha=with_alpha,
        unread=unread,
    )
