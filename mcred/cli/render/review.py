"""Renders parts of a review: the levels side by side, and how a panel changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mcred.cli.show import Show
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId
from mcred.domain.rules.outcome import MatrixRow
from mcred.domain.seats import Assignment, DeclinedReview


def show_levels(show: Show, people: Sequence[PersonId], rows: Iterable[MatrixRow]) -> None:
    """Print criterion by criterion who gave which level, and the resulting one."""
    cells = []
    for row in rows:
        mark = (
            "kept" if row.carried else "assessors disagree" if row.escalated else "" if row.met else "not met"
        )
        given = [row.given.get(p, "-") for p in people]
        cells.append((row.criterion.title, *given, row.level, row.required, mark))
    show.table(("criterion", *people, "result", "required", ""), cells)


def say_change(change: Assignment | DeclinedReview) -> str:
    """A change of the panel, as a line."""
    if isinstance(change, DeclinedReview):
        return f"{change.assessor} declined to assess: {change.because}"
    return f"{change.issuer} assigned {change.to} in place of {change.instead_of}: {change.because}"


def say_readers(decision: Decision | None) -> str:
    """Who can read what is sealed from the current user."""
    if decision is None:
        return "Until the decision, levels and remarks are sealed: issuers can read all, assessors their own."
    what = "The remarks" if decision.outcome == "award" else "Levels, remarks, and reasons"
    return f"{what} are sealed: {decision.submission.earner}, the assessors, and the issuers can read them."
