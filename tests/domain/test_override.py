"""What an outcome needs that the levels do not recommend."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.decision import Outcome
from mcred.domain.ids import PersonId, Slug
from mcred.domain.layout import override_path, override_ref, parse_path, parse_ref
from mcred.domain.rules.override import find_seconds, is_forbidden, is_same
from tests.school import ANA, ANAS, BEN, CLEO, MEI, ROSA, a_programme, an_override


def seconds(
    issuers: tuple[PersonId, ...], outcome: Outcome = "award", override: Any = "two-issuers"
) -> tuple[PersonId, ...]:
    """Who has to agree with Rosa about Ana's work, which Mei's levels send back."""
    programme = a_programme(issuers=issuers)
    policy = replace(programme.assessment, override=override)
    return find_seconds(outcome, "revise", ROSA, replace(programme, assessment=policy), ANAS, (MEI,))


def test_any_other_issuer_who_may_decide_can_agree() -> None:
    assert seconds((ROSA, BEN, CLEO)) == (BEN, CLEO)
    assert seconds((ROSA, BEN), "decline") == (BEN,)


@pytest.mark.parametrize("issuers", [(ROSA,), (ROSA, MEI), (ROSA, ANA), (ROSA, MEI, ANA)])
def test_no_one_has_to_where_no_other_issuer_may_decide(issuers: tuple[PersonId, ...]) -> None:
    """Not the earner, and not an assessor as long as someone else may."""
    assert seconds(issuers) == ()


def test_no_one_has_to_agree_with_the_levels_or_where_a_reason_is_enough() -> None:
    assert seconds((ROSA, BEN), "revise") == ()
    assert seconds((ROSA, BEN), override="reason") == ()


@pytest.mark.parametrize(("outcome", "is_so"), [("award", True), ("decline", True), ("revise", False)])
def test_a_programme_may_forbid_all_but_the_levels(outcome: Outcome, is_so: bool) -> None:
    policy = a_programme().assessment
    assert not is_forbidden(outcome, "revise", policy)
    assert is_forbidden(outcome, "revise", replace(policy, override="never")) is is_so


def test_a_proposal_is_the_same_with_its_outcome_and_exactly_its_levels() -> None:
    said, levels = an_override(), {Slug("questions"): Slug("basic")}
    assert is_same(said, "award", levels)
    assert not is_same(said, "decline", levels)
    assert not is_same(said, "award", {}) and not is_same(said, "award", {**levels, Slug("a"): Slug("b")})


def test_a_proposal_has_a_path_and_a_ref_of_its_own() -> None:
    found, ref = parse_path(override_path(ANAS, 2)), parse_ref(override_ref(ANAS, 2, BEN))
    assert found is not None and (found.kind, found.submission, found.attempt) == ("override", ANAS, 2)
    assert ref is not None and (ref.kind, ref.submission, ref.attempt) == ("override", ANAS, 2)
    assert ref.assessor == BEN and parse_ref(override_ref(ANAS, 2, BEN).replace("/2/", "/0/")) is None
