"""Rights at the time of their use: a key, a role, a school, no conflict.

Keys, schools and roles change while work is in review. The day a review was written cannot be proved, but it
names the commit of main it was made on, or descends from one. So it counts if all its conditions held
together at some commit of main from that one to the newest. A key retired before the named commit never
counts; naming an older commit than the true one is rejected on push, where the newest commit alone counts
(`app.audit.push_guard`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from mcred.domain.catalog import ProgrammeState

T = TypeVar("T")


def reasons_then(
    states: Iterable[ProgrammeState],
    reasons_at: Callable[[ProgrammeState], tuple[T, ...]],
    *,
    signed: bool = True,
) -> tuple[T, ...]:
    """Empty if one of the states has no reasons against, else the first state's reasons.

    `states`: newest first. `signed`: by its author's own key; a review by an issuer's word counts only while
    the programme accepts it.
    """
    newest: tuple[T, ...] | None = None
    for state in states:
        found = reasons_at(state)
        if not found:
            return ()
        newest = found if newest is None else newest
        if not signed and state.programme.signatures != "recorded":
            break
    return newest or ()
