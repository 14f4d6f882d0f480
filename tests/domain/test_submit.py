"""Whether an attempt may be sent, and under which number."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcred.domain.decision import Outcome
from mcred.domain.rules.submit import ENDED, FINAL, last_word, next_attempt
from mcred.domain.status import Event, fold
from tests.school import ANAS, NOON, ROSA, SENT

LAST = NOON.date() + timedelta(days=30)


@pytest.mark.parametrize(
    ("outcome", "is_revoked", "days", "word"),
    [
        ("decline", False, 0, "it was declined at attempt 1"),
        ("decline", False, 90, "it was declined at attempt 1"),
        ("revise", False, 0, ""),
        ("award", False, 0, "it was awarded at attempt 1"),
        ("award", False, 30, "it was awarded at attempt 1"),
        ("award", False, 31, ""),
        ("award", True, 0, ""),
    ],
)
def test_an_award_that_holds_and_a_decline_are_the_last_word(
    outcome: Outcome, is_revoked: bool, days: int, word: str
) -> None:
    on = NOON.date() + timedelta(days=days)
    assert last_word(outcome, 1, is_revoked=is_revoked, ends=LAST, on=on) == word


@given(
    some.sampled_from(("award", "revise", "decline")), some.booleans(), some.booleans(), some.integers(0, 60)
)
def test_the_words_of_state_say_the_same(
    outcome: Literal["award", "revise", "decline"], is_revoked: bool, ends: bool, days: int
) -> None:
    """What `mcred submit` refuses by the word is what the audit finds by the decision."""
    on, last = NOON.date() + timedelta(days=days), LAST if ends else None
    decided = Event(
        kind="decide", submission=ANAS, attempt=1, person=ROSA, commit=SENT, when=NOON,
        outcome=outcome, ends=last,
    )  # fmt: skip
    revoked = Event(kind="revoke", submission=ANAS, attempt=1, person=ROSA, commit=SENT, when=NOON)
    events = [decided, *([revoked] if is_revoked and outcome == "award" else [])]
    word = fold(events, on)[ANAS].word
    is_last = bool(last_word(outcome, 1, is_revoked=is_revoked, ends=last, on=on))
    assert is_last is (word in FINAL)
    assert is_last or word in (*ENDED, "not yet earned")


def test_a_number_is_never_used_twice() -> None:
    assert next_attempt((), (), ()) == 1
    assert next_attempt([1], [1, 2], ()) == 3
    assert next_attempt([1], [], [2, 3]) == 4
    assert next_attempt([], [], [5]) == 1


def test_a_day_without_an_end_holds_for_ever() -> None:
    assert last_word("award", 2, is_revoked=False, ends=None, on=date(2099, 1, 1))
