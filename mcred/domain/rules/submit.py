"""Whether a further attempt may be sent, and its number (audit: 6 and 8).

Used by `mcred submit`, by the reader of fetched work, and by the audit.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from datetime import date

from mcred.domain.decision import Outcome
from mcred.domain.status import StateWord

FINAL: tuple[StateWord, ...] = ("earned", "declined")
"""States after which a submission is final."""
ENDED: tuple[StateWord, ...] = ("revoked", "expired")
"""States after which it may be submitted again."""


def last_word(outcome: Outcome, attempt: int, *, is_revoked: bool, ends: date | None, on: date) -> str:
    """Why no further attempt may follow a decision, '' where one may.

    A decline is final, and so is an award while it is valid: until it is revoked, or after its last day
    (`ends`; FORMATS: frozen once decided). `on`: the day of the attempt that follows.

    >>> last_word("award", 1, is_revoked=False, ends=date(2027, 4, 1), on=date(2027, 4, 1))
    'it was awarded at attempt 1'
    >>> last_word("award", 1, is_revoked=False, ends=date(2027, 4, 1), on=date(2027, 4, 2))
    ''
    """
    if outcome == "decline":
        return f"it was declined at attempt {attempt}"
    if outcome == "award" and not is_revoked and (ends is None or on <= ends):
        return f"it was awarded at attempt {attempt}"
    return ""


def next_attempt(sent: Iterable[int], decided: Iterable[int], rejected: Collection[int]) -> int:
    """One more than any attempt that was sent or decided before; a rejected number is not used again.

    >>> next_attempt([1, 2], [1], {3})
    4
    """
    return next(n for n in itertools.count(1 + max((*sent, *decided), default=0)) if n not in rejected)
