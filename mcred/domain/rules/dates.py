"""Whether a written date can be true: a badge takes its own from it, and readers hold the badge to that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Move

SKEW = timedelta(minutes=5)
"""How far the clocks of two computers may differ."""
ZONES = timedelta(days=1)


def wrong_dates(
    said: datetime, move: Move, books: Books, follows: Mapping[str, datetime], *, signed: bool
) -> Iterator[str]:
    """Every reason why something was not written when it says. `signed`: with the issuer's key."""
    founded = {"the programme was founded": books.founded} if books.founded else {}
    for what, earliest in {**follows, **founded}.items():
        if said < earliest - SKEW:
            yield f"it is dated {said:%Y-%m-%d %H:%M}, before {what}"
    # The date of a step is only what somebody wrote: one that cannot be true says nothing.
    step = move.when
    if step is not None and step >= max(follows.values()) - SKEW and said > step + ZONES:
        yield f"it is dated {said:%Y-%m-%d %H:%M}, after the step that brings it in"
    if books.today is not None and said > books.today + SKEW:
        yield f"it is dated {said:%Y-%m-%d %H:%M}, after today"
    key = books.now.programme.issuer.current_key
    if signed and key is not None and not key.used_on(said.date()):
        yield f"it is dated {said:%Y-%m-%d}, and the issuer's key is in use since {key.since}"
