"""Reads the input of `mcred progress`: who is where, and who waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from mcred.app.cohort import read_cohort
from mcred.app.context import Context
from mcred.app.gc_pause import gc_disabled
from mcred.app.index.standings import outline_events
from mcred.app.lookup import find_stack
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import SubmissionId
from mcred.domain.stats.overview import Facts, look, may_see_all
from mcred.domain.stats.progress import Overview, Turn, list_turns
from mcred.domain.status import Standing, fold
from mcred.problems import Exit, McredError, next_step
from mcred.store.log import read_dates


class Glance(Struct, frozen=True, kw_only=True):
    """The opened programme, where every submission stands, and every decided attempt."""

    ws: Workspace
    standings: Mapping[SubmissionId, Standing]
    """Without what a decision rests on."""
    turns: tuple[Turn, ...]


def open_glance(ctx: Context) -> Glance:
    """Open the programme around `ctx.at`, as last fetched where the remote cannot be reached."""
    with gc_disabled():
        ws = open_workspace(ctx)
        outlines = tuple(ws.catalog.outlines())
        decided = fold(outline_events(ws.catalog, outlines), ctx.now().date())
        attempts = {(o.id, attempt): d for o in outlines for attempt, d in o.decisions.items()}
        turns = list_turns(attempts, read_dates(ws.repo, [d.judged for d in attempts.values()]))
        return Glance(ws=ws, standings={**decided, **ws.record.current}, turns=turns)


def read_progress(
    glance: Glance, cohort: Sequence[str] | Path | None = None, stack: str | None = None
) -> Overview:
    """The overview for the current user: everyone's rows, or only their own.

    `cohort`: only these people's, or those that a file names. `stack`: only its micro-credentials. Raises
    McredError for a cohort where the user sees only their own rows, and for an unknown stack.
    """
    ws = glance.ws
    if cohort is not None and not may_see_all(ws.catalog, ws.me):
        raise McredError(
            "only coaches, issuers, and maintainers can see other people's progress",
            hint=next_step("progress", note="your own"),
            code=Exit.NOT_ALLOWED,
        )
    facts = Facts(
        catalog=ws.catalog,
        standings=glance.standings.values(),
        turns=glance.turns,
        today=ws.ctx.now().date(),
        me=ws.me,
    )
    people = read_cohort(ws.ctx.at, cohort) if isinstance(cohort, Path) else cohort
    return look(facts, people, find_stack(ws, stack) if stack is not None else None)
