"""Small values that much rests on: keys and their days, roles, periods, places of badges, who holds what."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.award import badge_folder, definition_folder, valid_until
from mcred.domain.credential import AssessmentOverride, Validity
from mcred.domain.ids import CredentialId, PersonId, SubmissionId, Version
from mcred.domain.issuer_key import PublicKey
from mcred.domain.people import SigningKey
from mcred.domain.programme import Issuer, Policy, Roles
from tests.school import (
    ANA,
    BEN,
    CLEO,
    DEV,
    MEI,
    NOON,
    ROSA,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_person,
    a_programme,
    a_record,
)

unhurried = settings(deadline=None, max_examples=60)
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
people = st.sampled_from([ANA, BEN, CLEO, DEV, MEI, ROSA])
FEEDBACK = CredentialId("feedback")


def a_key(name: str, since: int, until: int | None = None) -> PublicKey:
    last = None if until is None else date(until, 12, 31)
    return PublicKey(id=name, multibase=f"z6Mk{name}", since=date(since, 1, 1), until=last)


def an_issuer(*keys: PublicKey) -> Issuer:
    return replace(a_programme().issuer, keys=keys)


def test_new_awards_are_signed_with_the_newest_key_that_is_open() -> None:
    old, first, second = a_key("old", 2024, 2025), a_key("first", 2025), a_key("second", 2026)
    assert an_issuer().current_key is None
    assert an_issuer(old).current_key is None, "a key that ended signs nothing new"
    assert an_issuer(old, first, second).current_key == second
    assert an_issuer(first, replace(second, until=date(2026, 6, 1))).current_key == first


@given(days, days, st.none() | days)
def test_a_key_was_in_use_on_the_days_of_its_period_only(day: date, since: date, until: date | None) -> None:
    key = PublicKey(id="a", multibase="z6Mk", since=since, until=until)
    assert key.used_on(day) == (since <= day <= (until or date.max))
    if until is not None and until < since:
        assert not key.used_on(since) and not key.used_on(until)


def test_a_key_that_came_back_after_it_was_retired_signs_again() -> None:
    retired = SigningKey(public="ssh-ed25519 a", since=date(2025, 1, 1), retired=date(2026, 1, 1))
    person = a_person("ana", keys=(retired,))
    assert not person.signs_with(retired.public)
    assert replace(person, keys=(retired, replace(retired, retired=None))).signs_with(retired.public)


@given(days, st.integers(1, 600))
def test_an_award_ends_on_the_same_day_of_a_later_month_or_on_its_last(awarded: date, months: int) -> None:
    last = valid_until(awarded, Validity(months=months))
    assert last is not None
    assert (last.year * 12 + last.month) - (awarded.year * 12 + awarded.month) == months
    assert last.day == awarded.day or (last.day < awarded.day and (last + timedelta(days=1)).day == 1)


@given(days, days, st.integers(1, 60))
def test_who_was_awarded_later_does_not_lose_it_earlier(one: date, two: date, months: int) -> None:
    first, second = sorted((one, two))
    ends = [valid_until(day, Validity(months=months)) for day in (first, second)]
    assert ends[0] is not None and ends[1] is not None and ends[0] <= ends[1]
    assert valid_until(first, None) is None


def test_a_leap_day_ends_on_the_last_of_february() -> None:
    assert valid_until(date(2028, 2, 29), Validity(months=12)) == date(2029, 2, 28)
    assert valid_until(date(2028, 2, 29), Validity(months=48)) == date(2032, 2, 29)


ids = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)
attempts = st.tuples(ids, ids, st.integers(1, 99))


@given(attempts, attempts)
def test_no_two_awards_share_a_place(one: tuple[str, str, int], two: tuple[str, str, int]) -> None:
    folders = [badge_folder(SubmissionId(PersonId(a), CredentialId(b)), n) for a, b, n in (one, two)]
    assert (folders[0] == folders[1]) == (one == two)
    assert not definition_folder(CredentialId(one[1])).startswith(tuple(folders))
    for folder in folders:
        assert folder.endswith("/") and not folder.startswith("/") and ".." not in folder
        assert one == two or not folders[0].startswith(folders[1]), "none lies inside another"


@given(st.lists(people, max_size=3), st.lists(people, max_size=3), st.lists(people, max_size=3), people)
def test_who_may_assess_anything_is_called_an_expert(
    general: list[PersonId], special: list[PersonId], others: list[PersonId], who: PersonId
) -> None:
    roles = Roles(
        maintainers=(),
        issuers=(),
        experts=tuple(general),
        experts_for={WAIT: tuple(special), FEEDBACK: tuple(others)},
    )
    trained = [roles.experts_of(c) for c in (WAIT, FEEDBACK, CredentialId("other"))]
    assert ("expert" in roles.of(who)) == any(who in found for found in trained)
    assert all(len(set(found)) == len(found) for found in trained)
    assert set(trained[0]) & set(trained[1]) >= set(trained[2]) == set(general)


numbers = st.none() | st.integers(0, 9)


@given(
    st.builds(
        AssessmentOverride, expert_submissions=numbers, experts=numbers, peers=numbers, due_days=numbers
    )
)
def test_overriding_twice_is_overriding_once_and_touches_nothing_else(override: AssessmentOverride) -> None:
    credential = a_credential(assessment=override)
    once = Policy(max_open=7, conflicts=("self",)).for_credential(credential)
    assert once.for_credential(credential) == once
    assert (once.max_open, once.conflicts, once.outcome) == (7, ("self",), "median")


# a whole programme


@given(
    st.lists(st.tuples(people, st.sampled_from([WAIT, FEEDBACK]), st.booleans()), unique_by=lambda t: t[:2])
)
def test_who_holds_what_is_told_alike_from_both_sides(
    found: list[tuple[PersonId, CredentialId, bool]],
) -> None:
    records = tuple(
        a_record(SubmissionId(who, what), awards={1: b"{}"} if awarded else {})
        for who, what, awarded in found
    )
    catalog = a_catalog(records)
    for who in {p for p, _, _ in found} | {ANA}:
        assert catalog.held_by(who) == {what for p, what, awarded in found if awarded and p == who}
    assert sum(catalog.assessed(c) for c in (WAIT, FEEDBACK)) == len(found) == len(catalog.decided)
    assert {c for c, _ in catalog.in_use()} == {what for _, what, _ in found}


@given(st.permutations([1, 2, 3, 10]))
def test_the_newest_decision_is_the_highest_attempt_whenever_it_was_made(order: list[int]) -> None:
    made = {n: a_decision(attempt=n, decided=NOON - timedelta(days=n)) for n in order}
    assert a_record(decisions=tuple(made[n] for n in order)).decision == made[10]


def test_a_record_of_nothing_uses_no_version() -> None:
    bare = a_record(assessments=(), decisions=(), awards={}, work=None)
    assert bare.versions == frozenset()
    full = a_record(assessments=(), decisions=(), awards={})
    assert full.versions == {Version("1.2.0")}
