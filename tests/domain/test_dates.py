"""A date that someone wrote is held to what it follows, the step, today and the issuer's key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from mcred.domain.issuer_key import PublicKey
from mcred.domain.rules.dates import wrong_dates
from tests.domain.shelf import a_move, books_of, rules_touch
from tests.school import a_programme

SENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, YEARS = timedelta(hours=1), timedelta(days=9 * 365)


@pytest.mark.parametrize(
    ("said", "step", "expected"),
    [
        (SENT + HOUR, SENT + HOUR, []),
        (SENT - timedelta(minutes=4), SENT, []),
        (SENT + HOUR, datetime(1970, 1, 1, tzinfo=UTC), []),
        (SENT - HOUR, SENT, ["before it was sent"]),
        (SENT - YEARS, SENT, ["before it was sent", "before the program was founded", "in use since"]),
        (SENT + YEARS, SENT + HOUR, ["after the step", "after today"]),
        (SENT + YEARS, SENT + YEARS, ["after today"]),
        (SENT + timedelta(days=3), SENT, ["after the step"]),
    ],
)
def test_a_date_is_true_or_says_why_not(said: datetime, step: datetime, expected: list[str]) -> None:
    programme = a_programme()
    key = PublicKey(id="key-1", multibase="z6MkOne", since=date(2026, 3, 1))
    _, books = books_of(rules=replace(programme, issuer=replace(programme.issuer, keys=(key,))))
    books.today = SENT + timedelta(days=30)
    founding = replace(a_move(rules_touch("rules"), before=None), when=SENT - timedelta(days=1))
    books.enter(founding, frozenset(), frozenset())
    move = replace(a_move(), when=step)
    found = list(wrong_dates(said, move, books, {"it was sent": SENT}, signed=True))
    assert len(found) == len(expected)
    assert all(part in what for part, what in zip(expected, found, strict=True))
    unsigned = wrong_dates(said, move, books, {"it was sent": SENT}, signed=False)
    assert not any("key" in what for what in unsigned)
