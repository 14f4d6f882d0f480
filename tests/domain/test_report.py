"""The counting behind the report: pairs, strictness, bins, months."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcred.domain.ids import PersonId
from mcred.domain.stats.report import (
    BEYOND,
    BINS,
    WhatIf,
    compare_strictness,
    count_days,
    count_pairs,
    name_months,
)

PEOPLE = tuple(PersonId(f"p{n}") for n in range(5))
UNITS = some.lists(some.dictionaries(some.sampled_from(PEOPLE), some.integers(0, 3)), max_size=12)
A, B, C = PEOPLE[:3]


def test_pairs_are_counted_by_hand() -> None:
    units = [{A: 0, B: 0, C: 1}, {A: 0, B: 2}, {A: 1}]
    # AB same, AC and BC one apart; then AB two apart; one score alone is no pair.
    assert count_pairs(units) == (4, 1, 3)


@given(UNITS)
def test_pairs_are_bounded_and_know_no_order(units: list[dict[PersonId, int]]) -> None:
    pairs, exact, adjacent = count_pairs(units)
    assert 0 <= exact <= adjacent <= pairs == sum(len(u) * (len(u) - 1) // 2 for u in units)
    turned = [dict(reversed(u.items())) for u in reversed(units)]
    assert count_pairs(turned) == (pairs, exact, adjacent)


def test_strictness_is_computed_by_hand() -> None:
    found = compare_strictness([{A: 2, B: 0}, {A: 1, B: 1, C: 0}, {C: 3}])
    assert found == {A: (2, 1.25), B: (2, pytest.approx(-0.75)), C: (1, -1.0)}


@given(some.lists(some.dictionaries(some.sampled_from(PEOPLE), some.integers(0, 3), min_size=2, max_size=2)))
def test_of_two_one_is_as_strict_as_the_other_is_mild(units: list[dict[PersonId, int]]) -> None:
    found = compare_strictness(units)
    assert sum(n * difference for n, difference in found.values()) == pytest.approx(0)


@given(UNITS)
def test_strictness_turns_over_with_the_scale(units: list[dict[PersonId, int]]) -> None:
    upside = compare_strictness([{p: 3 - rank for p, rank in u.items()} for u in units])
    for person, (count, difference) in compare_strictness(units).items():
        assert upside[person][0] == count and upside[person][1] == pytest.approx(-difference)


@given(some.lists(some.integers(0, 100)))
def test_every_day_is_in_one_bin(days: list[int]) -> None:
    found = count_days(days)
    assert sum(count for _, count in found) == len(days)
    assert [label for label, _ in found] == [*(label for label, _ in BINS), BEYOND]
    assert dict(found)[BEYOND] == sum(day > BINS[-1][1] for day in days)


@pytest.mark.parametrize(
    ("day", "label"), [(0, "0–1"), (1, "0–1"), (2, "2–3"), (7, "4–7"), (8, "8–14"), (29, BEYOND)]
)
def test_the_edges_of_bins(day: int, label: str) -> None:
    assert dict(count_days([day]))[label] == 1


def test_months_are_named_over_the_turn_of_the_year() -> None:
    assert name_months(date(2026, 1, 31), 3) == ("11/25", "12/25", "01/26")
    assert len(set(name_months(date(2026, 5, 1), 12))) == 12


def test_what_if_in_words() -> None:
    assert WhatIf(rule="unanimity", flips=7, of=41, to_award=0).said == "Under unanimity 7 of 41 would change"
    said = WhatIf(rule="the mildest assessor", flips=7, of=41, to_award=7).said
    assert said == "Under the mildest assessor 7 of 41 would change, 7 of them to an award"
