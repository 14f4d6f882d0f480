"""Rights where they were used: a key, a role, a school, no conflict.

Keys, schools and roles change while work is in review. Who sent something cannot prove the day, so every
request, review, declined review and proposal names the commit of main that its author read the rules from,
and is judged by exactly that one: later changes void nothing, and earlier ones help no one. Naming an
older commit than the newest one is rejected on push (`app.audit.push_guard`). Drafts and withdrawals name
none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import CommitId

T = TypeVar("T")
REVIEW_OLD = "review-old"
"""The code of an arriving answer that names an older commit than the newest one."""
RENEWED = frozenset({REVIEW_OLD})
"""The codes of an answer that is written again under the newest commit and sent again."""


def why_not_under(main: CommitId, request: CommitId, place: Callable[[CommitId], int | None]) -> str:
    """Why an answer to a request may not name a commit of main, '' when it may.

    `main`, `request`: the commits that the answer and the request name. `place`: where a commit stands on
    main, later ones higher; None for what is no commit of main, or comes after what the decision is built on.
    """
    named, asked = place(main), place(request)
    if named is None:
        return f"it was written under {main[:12]}, a state that the program never had, or not by then"
    if asked is None or named < asked:
        return f"it was written under {main[:12]}, a state from before its request"
    return ""


def reasons_there(
    there: ProgrammeState,
    now: ProgrammeState,
    reasons_at: Callable[[ProgrammeState], tuple[T, ...]],
    *,
    signed: bool,
) -> tuple[T, ...]:
    """The reasons against a review at the state that it names.

    `signed`: by its author's own key. An issuer's word proves nothing about its time, so it counts only while
    the programme accepts it `now`.
    """
    found = reasons_at(there)
    if found or signed or now.programme.signatures == "recorded":
        return found
    return reasons_at(now)


def reasons_since(
    states: Iterable[ProgrammeState], reasons_at: Callable[[ProgrammeState], tuple[T, ...]]
) -> tuple[T, ...]:
    """For what names no state: empty if one of the states has no reasons against, else the first one's.

    `states`: newest first.
    """
    newest: tuple[T, ...] | None = None
    for state in states:
        found = reasons_at(state)
        if not found:
            return ()
        newest = found if newest is None else newest
    return newest or ()
