"""The timeline of a badge, as its earner chose to show it: drafts, submissions, decisions.

Consecutive steps of one kind are merged. Assessors' answers are not shown: their number is elsewhere on the
page, and their times are private.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from mcred.domain.timeline import Timeline, TimelineMoment
from mcred.website.badge_views import GrowthStep


def list_growth(timeline: Timeline | None, attempt: int) -> tuple[GrowthStep, ...]:
    """The steps up to the decision on an attempt, oldest first; empty where the earner shows nothing."""
    if timeline is None:
        return ()
    kept = [m for m in timeline.moments if m.attempt <= attempt and m.kind in ("save", "submit", "decide")]
    return tuple(_steps(kept))


def _steps(moments: list[TimelineMoment]) -> Iterator[GrowthStep]:
    for _, found in groupby(moments, key=lambda m: (m.kind, m.attempt, m.kind != "save" and m.when)):
        several = list(found)
        first, last = several[0], several[-1]
        yield GrowthStep(
            kind=first.outcome or first.kind,
            first=first.when.date(),
            last=last.when.date(),
            count=len(several),
            attempt=first.attempt,
            met=first.met,
            of=first.of,
        )
