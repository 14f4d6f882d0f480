"""A definition: its rubric's ranks and required levels, award rules as text, stacks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.credential import (
    ATTESTATION_TEXTS,
    EVIDENCE_TYPES,
    AwardRule,
    Criterion,
    Item,
    parse_award_rule,
    progress,
)
from mcred.domain.ids import CredentialId, Slug, is_id
from tests.school import WAIT, a_credential, a_stack

unhurried = settings(deadline=None, max_examples=60)
WAITING = Slug("waiting")


def the(criterion: str) -> Criterion:
    return next(c for c in a_credential().criteria if c.id == criterion)


def test_criteria_and_items_come_in_the_order_of_the_parts() -> None:
    definition = a_credential()
    assert [c.id for c in definition.criteria] == ["context", "questions", "waiting"]
    assert [i.id for i in definition.items] == ["setting", "lesson-plan", "class-video"]


@pytest.mark.parametrize(
    ("criterion", "part"), [("context", "overview"), ("questions", "artifacts"), ("waiting", "artifacts")]
)
def test_a_criterion_stands_in_its_part_and_takes_its_scale(criterion: str, part: str) -> None:
    definition = a_credential()
    assert definition.part_of(the(criterion)).id == part
    assert definition.scale_of(the(criterion)) == definition.scales[definition.part_of(the(criterion)).scale]


def test_the_best_level_has_rank_zero_and_the_worst_the_last() -> None:
    definition = a_credential()
    assert [definition.rank(the("questions"), level) for level in definition.scales[Slug("three")]] == [
        0,
        1,
        2,
    ]


def test_an_unknown_level_has_no_rank() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        a_credential().rank(the("questions"), Slug("passing"))


@pytest.mark.parametrize(
    ("criterion", "required"), [("context", "passing"), ("questions", "proficient"), ("waiting", "basic")]
)
def test_the_best_level_is_required_unless_another_is_named(criterion: str, required: str) -> None:
    assert a_credential().required_level(the(criterion)) == required


@pytest.mark.parametrize(
    ("criterion", "level", "met"),
    [
        ("context", "passing", True),
        ("context", "not-yet", False),
        ("questions", "proficient", True),
        ("questions", "basic", False),
        ("waiting", "proficient", True),
        ("waiting", "basic", True),
        ("waiting", "developing", False),
    ],
)
def test_a_level_meets_a_criterion_from_the_required_one_upwards(
    criterion: str, level: str, met: bool
) -> None:
    assert a_credential().meets(the(criterion), Slug(level)) is met


def test_a_criterion_that_names_no_items_judges_all_of_its_part() -> None:
    part = a_credential().parts[1]
    every = replace(part.criteria[0], items=())
    assert part.items_of(every) == part.items


def test_a_criterion_judges_only_the_items_it_names_in_the_order_of_the_part() -> None:
    part = a_credential().parts[1]
    both = replace(part.criteria[0], items=(Slug("class-video"), Slug("lesson-plan")))
    assert [i.id for i in part.items_of(part.criteria[1])] == ["class-video"]
    assert [i.id for i in part.items_of(both)] == ["lesson-plan", "class-video"]


def test_an_item_that_takes_no_evidence_is_a_written_one() -> None:
    assert Item(id=Slug("why"), title="Why").is_written
    assert not Item(id=Slug("plan"), title="Plan", accepts=(Slug("lesson-plan"),)).is_written


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("every criterion at its required level", AwardRule()),
        ("Every criterion  at its\nrequired level ", AwardRule(kind="all")),
        ("points >= 12", AwardRule(kind="points", number=12)),
        ("POINTS>=12", AwardRule(kind="points", number=12)),
        ("3 of 4", AwardRule(kind="count", number=3, of=4)),
        ("  3   OF 4 ", AwardRule(kind="count", number=3, of=4)),
        ("4 of 4", AwardRule(kind="count", number=4, of=4)),
    ],
)
def test_an_award_rule_is_read_whatever_its_spaces_and_capitals(text: str, rule: AwardRule) -> None:
    assert parse_award_rule(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all",
        "points > 12",
        "points >= ",
        "points >= -1",
        "points >= 12.5",
        "points >= 12345",
        "12 points",
        "3of 4",
        "three of four",
        "points >= 0",
        "0 of 3",
        "0 of 0",
        "5 of 4",
        "points >= ١٢",
        "٣ of 4",
        "3 of",
        "3 of 4 of 5",
        "1000 of 1000",
        "every criterion",
        "points >= 12 or 3 of 4",
    ],
)
def test_any_other_text_is_no_award_rule(text: str) -> None:
    assert parse_award_rule(text) is None


rules = st.one_of(
    st.just(AwardRule()),
    st.builds(AwardRule, kind=st.just("points"), number=st.integers(1, 9999)),
    st.integers(1, 999).flatmap(
        lambda of: st.builds(AwardRule, kind=st.just("count"), number=st.integers(1, of), of=st.just(of))
    ),
)


@unhurried
@given(rules)
def test_an_award_rule_written_and_read_again_is_the_same(rule: AwardRule) -> None:
    assert parse_award_rule(str(rule)) == rule


@unhurried
@given(st.text(alphabet="points >=of0123456789 every", max_size=40))
def test_what_is_read_as_an_award_rule_has_one_way_of_being_written(text: str) -> None:
    rule = parse_award_rule(text)
    if rule is not None:
        assert parse_award_rule(str(rule)) == rule


def test_a_stack_needs_all_of_its_credentials_unless_it_says_how_many() -> None:
    three = tuple(CredentialId(n) for n in ("wait-time", "open-questions", "feedback"))
    assert a_stack(credentials=three).needed == 3
    assert a_stack(credentials=three, need=2).needed == 2


def test_progress_counts_what_is_held_of_the_stack_and_nothing_else() -> None:
    stack = a_stack(credentials=(WAIT, CredentialId("feedback")), need=1)
    assert progress(stack, frozenset()) == (0, 1)
    assert progress(stack, frozenset({CredentialId("other")})) == (0, 1)
    assert progress(stack, frozenset({WAIT, CredentialId("other")})) == (1, 1)
    assert progress(stack, frozenset({WAIT, CredentialId("feedback")})) == (2, 1)


def test_the_usual_types_of_evidence_are_ids_each_named_once() -> None:
    assert all(is_id(name) for name in EVIDENCE_TYPES)
    assert len(set(EVIDENCE_TYPES)) == len(EVIDENCE_TYPES) == 12


def test_every_attestation_a_definition_asks_for_by_default_has_its_sentence() -> None:
    assert set(a_credential().attestations) <= set(ATTESTATION_TEXTS)
    assert set(ATTESTATION_TEXTS) == {"ready", "own-work", "release", "student-consent", "ai-use"}
