"""Transcripts: what counts, how it adds up, and by school."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.ids import CredentialId, CreditHours, PersonId, Slug, Version
from mcred.domain.stats.transcript import (
    EarnedAward,
    EarnedState,
    PersonTranscript,
    SchoolTotal,
    Transcript,
    within,
)

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def award(
    credential: str = "talk",
    *,
    earned: date = date(2026, 3, 1),
    state: EarnedState = "valid",
    attempt: int = 1,
    credits: str = "",
    contains: tuple[str, ...] = (),
) -> EarnedAward:
    return EarnedAward(
        person=PersonId("ana"),
        credential=credential,
        attempt=attempt,
        title=credential,
        version=Version("1.0.0"),
        earned=earned,
        until=None,
        hours=None if credential.startswith("stacks/") else 10,
        credits=CreditHours(Decimal(credits)) if credits else None,
        contains=frozenset(CredentialId(part) for part in contains),
        levels={Slug("passing"): 2},
        state=state,
    )


def person(*awards: EarnedAward, school: str = "Lake", name: str = "ana") -> PersonTranscript:
    return PersonTranscript(person=PersonId(name), name=name, school=school, awards=awards)


def test_only_what_is_valid_counts_and_a_stack_adds_no_hours() -> None:
    one = person(
        award(), award("write", state="revoked"), award("read", state="expired"), award("stacks/words")
    )
    assert (one.credentials, one.hours) == (1, 10)


def test_what_was_earned_twice_counts_once_by_the_newest_award() -> None:
    one = person(award(), award(earned=date(2026, 9, 1), attempt=2))
    assert (one.credentials, one.hours, [a.attempt for a in one.valid]) == (1, 10, [2])


def test_credits_add_up_exactly_of_what_is_valid() -> None:
    one = person(
        award(credits="0.1"),
        award("write", credits="0.2"),
        award("read", credits="3", state="expired"),
        award("listen"),
    )
    assert str(one.credits) == "0.3"
    both = (one, person(award(credits="0.7"), name="ben"))
    found = Transcript(issuer="X", day=date(2026, 5, 1), since=None, to=None, people=both)
    assert found.has_credits and [str(s.credits) for s in found.schools] == ["1"]
    assert not replace(found, people=(person(award()),)).has_credits


def a_stack(name: str, credits: str, *parts: str, state: EarnedState = "valid") -> EarnedAward:
    return award(f"stacks/{name}", credits=credits, contains=parts, state=state)


def test_a_stacks_own_credits_count_instead_of_those_of_its_parts() -> None:
    parts = (award("talk", credits="1.5"), award("write", credits="0.05"), award("read", credits="2"))
    one = person(*parts, a_stack("words", "3", "talk", "write"))
    assert one.counted_credits == {"talk": 0, "write": 0, "read": 2, "stacks/words": 3}
    assert (str(one.credits), one.hours, one.credentials) == ("5", 30, 3)


def test_credits_that_only_a_stack_has_are_counted_and_shown() -> None:
    one = person(award("talk"), award("write"), a_stack("words", "3", "talk", "write"))
    assert str(one.credits) == "3"
    assert Transcript(issuer="X", day=date(2026, 5, 1), since=None, to=None, people=(one,)).has_credits


@pytest.mark.parametrize(("credits", "state"), [("", "valid"), ("3", "revoked"), ("3", "expired")])
def test_parts_keep_their_credits_where_the_stack_adds_none(credits: str, state: EarnedState) -> None:
    one = person(award("talk", credits="1.5"), a_stack("words", credits, "talk", "write", state=state))
    assert str(one.credits) == "1.5"


def test_what_two_stacks_rest_on_counts_once() -> None:
    parts = (award("talk", credits="1.5"), award("write", credits="1"), award("read", credits="0.5"))
    one = person(*parts, a_stack("words", "3", "talk", "write"), a_stack("books", "2", "talk", "read"))
    assert one.counted_credits["stacks/books"] == Decimal("0.5") and str(one.credits) == "3.5"
    small = person(*parts, a_stack("words", "3", "talk", "write"), a_stack("books", "1", "talk", "read"))
    assert str(small.credits) == "3"


def test_schools_are_one_however_they_are_spelled() -> None:
    people = (
        person(award()),
        person(award(), award("write"), school="LAKE", name="ben"),
        person(school="Hill"),
    )
    found = Transcript(issuer="X", day=date(2026, 5, 1), since=None, to=None, people=people)
    assert found.schools == (
        SchoolTotal(school="Hill", people=0, credentials=0, hours=0, credits=Decimal(0)),
        SchoolTotal(school="Lake", people=2, credentials=3, hours=30, credits=Decimal(0)),
    )


@given(st.lists(DAYS, max_size=12), DAYS, DAYS)
def test_a_year_cut_in_two_has_each_award_once(earned: list[date], one: date, other: date) -> None:
    awards = tuple(award(earned=day, attempt=n) for n, day in enumerate(earned))
    first, last = sorted((one, other))
    between = within(awards, first, last)
    before, after = within(awards, None, first), within(awards, last, None)
    assert all(first <= a.earned <= last for a in between)
    assert {a.attempt for a in (*before, *between, *after)} == {a.attempt for a in awards}
