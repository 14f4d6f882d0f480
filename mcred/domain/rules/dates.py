"""Plausibility checks of stated dates, which badges are dated by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Move

SKEW = timedelta(minutes=5)
"""The tolerated difference between two computers' clocks."""
ZONES = timedelta(days=1)


def wrong_dates(
    said: datetime, move: Move, books: Books, follows: Mapping[str, datetime], *, signed: bool
) -> Iterator[str]:
    """Every reason why a stated date is impossible. `signed`: with the issuer's key, which must be in use."""
    founded = {"the program was founded": books.founded} if books.founded else {}
    for what, earliest in {**follows, **founded}.items():
        if said < earliest - SKEW:
            yield f"it is dated {said:%Y-%m-%d %H:%M}, before {what}"
    # A commit's date is only a claim: an impossible one is ignored.
    step = move.when
    if step is not None and step >= max(follows.values()) - SKEW and said > step + ZONES:
        yield f"it is dated {said:%Y-%m-%d %H:%M}, after the step that adds it"
    if books.today is not None and said > books.today + SKEW:
        yield f"it is dated {said:%Y-%m-%d %H:%M}, after today"
    key = books.now.programme.issuer.current_key
    if signed and key is not None and not key.used_on(said.date()):
        yield f"it is dated {said:%Y-%m-%d}, and the issuer's key has been in use since {key.since}"
