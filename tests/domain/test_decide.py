"""Who decides, and which decisions need a reason."""

from __future__ import annotations

import pytest

from mcred.domain.ids import PersonId, Slug
from mcred.domain.rules.decide import (
    find_bars,
    find_grounds,
    has_own_assessment_flag,
    list_deciders,
    others_who_decide,
    own_assessment_flag,
)
from mcred.domain.rules.outcome import combine, find_set_by_issuer
from tests.school import ANA, ANAS, BEN, CLEO, MEI, ROSA, a_credential, a_programme, an_assessment

ROLES = a_programme(issuers=(ROSA, MEI, ANA)).roles


def codes(person: PersonId, assessors: tuple[PersonId, ...] = (), roles: object = ROLES) -> list[str]:
    return [bar.code for bar in find_bars(person, roles, ANAS, assessors)]  # type: ignore[arg-type]


class TestWhoDecides:
    def test_an_issuer_who_neither_earns_nor_assessed_it(self) -> None:
        assert codes(ROSA, (MEI,)) == []
        assert codes(BEN) == ["decision-not-issuers"]
        assert codes(ANA) == ["decision-own"]

    def test_an_issuer_who_assessed_it_only_where_no_other_is_left(self) -> None:
        assert codes(MEI, (MEI, BEN)) == ["decision-own-assessment"]
        alone = a_programme(issuers=(MEI, ANA)).roles
        assert codes(MEI, (MEI, BEN), alone) == []
        assert codes(MEI, (MEI, ROSA)) == []

    def test_of_no_submission_the_role_alone_is_asked(self) -> None:
        assert not any(find_bars(ANA, ROLES))
        assert any(find_bars(BEN, ROLES))

    def test_the_sentences_of_the_audit(self) -> None:
        (bar,) = find_bars(MEI, a_programme(issuers=(ROSA, MEI, BEN)).roles, ANAS, (MEI,))
        assert bar.what == "mei also assessed it, and ben, rosa could have decided"

    def test_the_deciders_are_those_without_a_bar(self) -> None:
        assert list_deciders(ROLES, ANAS) == (ROSA, MEI)
        assert list_deciders(ROLES, ANAS, (MEI,)) == (ROSA,) == others_who_decide(ROLES, ANAS, (MEI,))
        assert list_deciders(ROLES, ANAS, (MEI, ROSA)) == (ROSA, MEI)

    def test_the_flag_of_an_issuer_who_assessed_is_recognised(self) -> None:
        assert has_own_assessment_flag(("seen on paper", own_assessment_flag(MEI)))
        assert not has_own_assessment_flag(("seen on paper",))


def grounds(
    outcome: str = "award", settled: dict[str, str] | None = None, *, doubted: bool = False, **levels: str
) -> tuple[list[str], list[str]]:
    """What the issuer is told and what the audit says, for Mei's levels beside Ben's and Cleo's best ones."""
    given = (an_assessment(MEI, levels), an_assessment(BEN), an_assessment(CLEO))
    typed = {Slug(c): Slug(v) for c, v in (settled or {}).items()}
    matrix = combine(given, a_credential(), {}, typed)
    own = find_set_by_issuer(given, a_credential(), {}, {r.criterion.id: r.level for r in matrix.rows})
    found = tuple(find_grounds(outcome, matrix, own, is_doubted=doubted))  # type: ignore[arg-type]
    return [g.to_issuer for g in found], [g.on_record for g in found]


class TestReason:
    def test_none_is_due_where_the_levels_say_it_all(self) -> None:
        assert grounds() == ([], [])
        assert grounds(questions="basic") == ([], [])

    def test_for_another_outcome_than_recommended(self) -> None:
        assert grounds("revise") == (
            ["you depart from the recommendation"],
            ["it differs from the recommendation"],
        )

    def test_for_assessors_who_are_far_apart(self) -> None:
        assert grounds(waiting="developing") == (
            ["assessors disagree on waiting"],
            ["assessors disagree on waiting"],
        )

    def test_a_level_that_the_issuer_sets_answers_the_spread_and_needs_a_reason_itself(self) -> None:
        assert grounds(settled={"waiting": "basic"}, waiting="developing") == (
            ["you set the level of waiting"],
            ["the issuer set the level of waiting"],
        )

    def test_the_level_it_comes_to_anyway_is_none_that_the_issuer_set(self) -> None:
        """Here the command and the audit had two lists: one took what was typed, one what it changed."""
        assert grounds(settled={"waiting": "proficient"}) == ([], [])
        assert grounds(settled={"waiting": "proficient"}, waiting="developing")[0] == [
            "assessors disagree on waiting"
        ]

    @pytest.mark.parametrize(("outcome", "due"), [("award", True), ("revise", False), ("decline", False)])
    def test_an_award_that_was_not_asked_by_the_rules(self, outcome: str, due: bool) -> None:
        """The audit asked no reason for it; the command did."""
        asked, said = grounds(outcome, doubted=True)
        assert ("its assessors were not chosen by the rules" in asked) is due
        assert ("its assessors were not chosen by the rules" in said) is due
