"""Whether a right was there when it was used: a key, a role, a school, no conflict.

Work waits in review while people get new keys, move to other schools and lose roles. Nobody can prove on
which day a review was written, but it names the state of main that it was made on, or grew out of one. So it
counts where everything it needs was there together at some state of main, from that one to the newest. A key
that was retired before the named state never counts; who names an older state than the true one is stopped
where work arrives, since there the newest state alone is asked (`app.audit.push_guard`).
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
    """No reasons where one of the states gives none, the first state's reasons otherwise.

    `states`: the newest first. `signed`: by its author's own key; what is not counts only while the programme
    takes such work.
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
