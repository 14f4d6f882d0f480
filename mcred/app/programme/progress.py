"""Reads the input of `mcred progress`: who is where, and who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mcred.app.cohort import read_cohort
from mcred.app.lookup import find_stack
from mcred.app.summary import Glance
from mcred.domain.stats.overview import Facts, look, may_see_all
from mcred.domain.stats.progress import Overview
from mcred.problems import Exit, McredError, next_step


def read_progress(
    glance: Glance, cohort: Sequence[str] | Path | None = None, stack: str | None = None
) -> Overview:
    """The overview for the current user: everybody's rows, or only their own.

    `cohort`: only these people's, or those that a file names. `stack`: only its micro-credentials. Raises
    McredError for a cohort where the user sees only their own rows, and for an unknown stack.
    """
    ws = glance.ws
    if cohort is not None and not may_see_all(ws.catalog, ws.me):
        raise McredError(
            "only coaches, issuers and maintainers look at other people's progress",
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
