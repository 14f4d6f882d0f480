"""Whether an attempt may be sent, and under which number (audit: 6 and 8).

Asked by `mcred submit`, by the reader of what arrives, and by the audit of what was decided.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from datetime import date

from mcred.domain.decision import Outcome
from mcred.domain.status import StateWord

FINAL: tuple[StateWord, ...] = ("earned", "declined")
"""Words after which a submission stays as it was judged."""
ENDED: tuple[StateWord, ...] = ("revoked", "expired")
"""Words after which it may be handed in anew, or be left as it is."""


def last_word(outcome: Outcome, attempt: int, *, is_revoked: bool, ends: date | None, on: date) -> str:
    """Why no further attempt may follow a decision, '' where one may.

    A decline is the last word, and so is an award as long as it holds: until it is revoked, or after its last
    day (`ends`; FORMATS: frozen once decided). `on`: the day of the attempt that follows.

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
