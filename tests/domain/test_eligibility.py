"""Who may assess, and each reason why someone may not."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.domain.programme import Conflict, Policy
from mcred.domain.rules.eligibility import able, conflicts, reasons_against
from tests.school import (
    ANA,
    ANAS,
    BEN,
    CLEO,
    DEV,
    MEI,
    ROSA,
    WAIT,
    a_catalog,
    a_person,
    a_programme,
    a_record,
)

POLICY = Policy()
NOBODY = PersonId("nobody")


def with_people(*changed: Any) -> Catalog:
    catalog = a_catalog()
    return replace(catalog, people={**catalog.people, **{p.id: p for p in changed}})


def test_experts_are_those_the_programme_lists_for_the_credential() -> None:
    other = CredentialId("feedback")
    programme = a_programme(experts=(MEI, DEV), experts_for={WAIT: (CLEO,), other: (BEN,)})
    catalog = a_catalog(programme=programme)
    assert able(ANAS, catalog, "expert") == (MEI, DEV, CLEO)
    assert able(SubmissionId(ANA, other), catalog, "expert") == (MEI, DEV, BEN)


def test_peers_are_those_who_hold_the_same_credential() -> None:
    other = SubmissionId(CLEO, CredentialId("feedback"))
    catalog = a_catalog(
        (a_record(SubmissionId(DEV, WAIT)), a_record(SubmissionId(BEN, WAIT)), a_record(other))
    )
    assert able(ANAS, catalog, "peer") == (BEN, DEV)
    assert able(SubmissionId(ANA, CredentialId("other")), catalog, "peer") == ()


def test_an_expert_at_another_school_may_assess() -> None:
    assert reasons_against(MEI, ANAS, a_catalog(), "expert", POLICY) == ()


def test_a_holder_at_another_school_may_assess_as_a_peer() -> None:
    assert reasons_against(BEN, ANAS, a_catalog((a_record(SubmissionId(BEN, WAIT)),)), "peer", POLICY) == ()


def test_someone_who_is_no_expert_may_not_assess_as_one() -> None:
    catalog = a_catalog((a_record(SubmissionId(BEN, WAIT)),))
    assert reasons_against(BEN, ANAS, catalog, "expert", POLICY) == ("ben is not an expert for wait-time",)


def test_someone_who_has_not_earned_it_may_not_assess_as_a_peer() -> None:
    assert reasons_against(MEI, ANAS, a_catalog(), "peer", POLICY) == ("mei has not earned wait-time",)


def test_an_expert_without_a_confirmed_profile_may_not_assess() -> None:
    catalog = a_catalog(programme=a_programme(experts=(NOBODY,)))
    against = reasons_against(NOBODY, ANAS, catalog, "expert", POLICY)
    assert against == ("nobody is not confirmed in this program",)


def test_all_reasons_are_given_at_once() -> None:
    catalog = with_people(a_person("dev", school="Ana’s School", conflicts=(ANA,)))
    assert reasons_against(DEV, ANAS, catalog, "peer", POLICY) == (
        "dev has not earned wait-time",
        "dev and ana are at the same school",
        "dev and ana declared a conflict of interest",
    )
    assert len(reasons_against(NOBODY, ANAS, catalog, "expert", POLICY)) == 2


# conflicts of interest

SAME_SCHOOL = with_people(a_person("mei", school="Ana’s School"))
DECLARED_BY_JUDGE = with_people(a_person("mei", conflicts=(ANA,)))
DECLARED_BY_EARNER = with_people(a_person("ana", conflicts=(MEI,)))


def test_two_people_with_nothing_in_common_have_no_conflict() -> None:
    assert conflicts(MEI, ANAS, a_catalog(), POLICY) == ()


@pytest.mark.parametrize("school", ["Ana’s School", "ANA’S SCHOOL", "ana’s school"])
def test_colleagues_at_one_school_are_in_conflict_whatever_the_capitals(school: str) -> None:
    catalog = with_people(a_person("mei", school=school))
    assert conflicts(MEI, ANAS, catalog, POLICY) == ("mei and ana are at the same school",)


def test_two_people_who_name_no_school_are_not_colleagues() -> None:
    catalog = with_people(a_person("mei", school=""), a_person("ana", school=""))
    assert conflicts(MEI, ANAS, catalog, POLICY) == ()


@pytest.mark.parametrize("catalog", [DECLARED_BY_JUDGE, DECLARED_BY_EARNER])
def test_a_conflict_counts_whoever_of_the_two_declared_it(catalog: Catalog) -> None:
    assert conflicts(MEI, ANAS, catalog, POLICY) == ("mei and ana declared a conflict of interest",)


def test_a_conflict_with_someone_else_does_not_count() -> None:
    catalog = with_people(a_person("mei", conflicts=(BEN,)), a_person("ana", conflicts=(ROSA,)))
    assert conflicts(MEI, ANAS, catalog, POLICY) == ()


@pytest.mark.parametrize(
    ("off", "catalog"),
    [("same-school", SAME_SCHOOL), ("declared", DECLARED_BY_JUDGE), ("declared", DECLARED_BY_EARNER)],
)
def test_a_conflict_the_programme_does_not_mind_is_none(off: Conflict, catalog: Catalog) -> None:
    lenient = Policy(conflicts=tuple(c for c in POLICY.conflicts if c != off))
    assert conflicts(MEI, ANAS, catalog, POLICY) != ()
    assert conflicts(MEI, ANAS, catalog, lenient) == ()
    assert conflicts(MEI, ANAS, catalog, Policy(conflicts=(off,))) != ()


@pytest.mark.parametrize("minded", [POLICY.conflicts, ("same-school", "declared"), ("self",), ()])
def test_no_one_assesses_their_own_work_whatever_the_programme_minds(minded: tuple[Conflict, ...]) -> None:
    policy = Policy(conflicts=minded)
    assert conflicts(ANA, ANAS, a_catalog(), policy) == ("no one assesses their own work",)
    catalog = a_catalog((a_record(ANAS),), programme=a_programme(experts=(ANA,)))
    for rule in ("expert", "peer"):
        assert reasons_against(ANA, ANAS, catalog, rule, policy) == ("no one assesses their own work",)
