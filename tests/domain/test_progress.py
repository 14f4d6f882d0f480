"""Counting turns: quantiles, forecasts, months, bars."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from mcred.domain.ids import CredentialId
from mcred.domain.stats.progress import (
    FEW,
    Forecast,
    Shelf,
    Turn,
    count_months,
    forecast,
    quantile,
    sparkline,
)
from tests.school import ANAS, NOON

COUNTS = some.lists(some.integers(0, 500), min_size=1, max_size=40)


def turn(days: int | None, hours: int = 0) -> Turn:
    sent = NOON - timedelta(days=days) + timedelta(hours=hours) if days is not None else None
    return Turn(submission=ANAS, attempt=1, outcome="award", rule="peer", sent=sent, decided=NOON)


def shelf(**changes: object) -> Shelf:
    given: dict[str, object] = {
        "credential": CredentialId("wait-time"),
        "title": "Wait Time",
        "drafts": 0,
        "in_review": 2,
        "to_decide": 0,
        "rule": "peer",
        "able": 4,
        "needed": 3,
        "forecast": Forecast(turns=9, median=6, most=11),
        "months": (0,) * 12,
    }
    return Shelf(**{**given, **changes})  # type: ignore[arg-type]


@example(values=[0, 1, 1, 1, 1], share=0.2)
@example(values=list(range(35)), share=0.2)
@given(COUNTS, some.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]))
def test_a_quantile_is_the_smallest_value_that_enough_do_not_exceed(values: list[int], share: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, share)
    within = Fraction(sum(v <= found for v in ordered), len(ordered))
    assert found in ordered and within >= Fraction(str(share))
    if found != ordered[0]:
        assert Fraction(sum(v < found for v in ordered), len(ordered)) < Fraction(str(share))


@given(some.lists(some.integers(0, 90), max_size=30))
def test_a_forecast_does_not_depend_on_the_order_and_knows_when_it_knows_little(days: list[int]) -> None:
    found = forecast([turn(d) for d in days])
    assert found == forecast([turn(d) for d in reversed(days)])
    assert (found.median is None) == (len(days) < FEW)
    if found.median is not None and found.most is not None:
        assert min(days) <= found.median <= found.most <= max(days)


def test_turns_without_a_beginning_say_nothing() -> None:
    assert forecast([turn(None)] * 9) == Forecast(turns=0)


@pytest.mark.parametrize(
    ("days", "hours", "said"), [(3, 0, 3), (0, 0, 0), (0, 30, 0), (3, 11, 3), (3, 13, 2)]
)
def test_days_are_those_of_the_calendar_and_never_negative(days: int, hours: int, said: int) -> None:
    assert turn(days, hours).days == said


def test_the_forecast_in_words() -> None:
    assert shelf().said == "4 peers available, median 6 days, 2 waiting"
    one = shelf(able=1, rule="expert", in_review=0, to_decide=1, forecast=Forecast(turns=5, median=1, most=1))
    assert one.said == "1 expert available, median 1 day, 1 waiting"
    assert (
        shelf(forecast=Forecast(turns=2)).said
        == "4 peers available, not enough data to forecast (2 decided), 2 waiting"
    )


def test_months_end_with_this_one() -> None:
    today = date(2027, 2, 10)
    days = [date(2027, 2, 1), date(2027, 1, 31), date(2026, 12, 5), date(2026, 3, 1), date(2026, 2, 28)]
    assert count_months(days, today) == (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1)
    assert count_months([date(2027, 3, 1)], today) == (0,) * 12


@given(COUNTS)
def test_a_sparkline_has_a_bar_for_each_and_keeps_their_order(values: list[int]) -> None:
    bars = sparkline(values)
    assert len(bars) == len(values)
    for value, bar in zip(values, bars, strict=True):
        assert (bar == "▁") == (value == 0)
        assert value < max(values) or not value or bar == "█"
    pairs = sorted(zip(values, bars, strict=True))
    assert [bar for _, bar in pairs] == sorted(bars)


def test_the_clock_of_a_turn_has_its_zone() -> None:
    assert turn(1).sent == datetime(2026, 11, 1, 12, tzinfo=UTC)
