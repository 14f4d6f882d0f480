"""What levels add up to: medians, spreads, carried and settled levels, the three award rules."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median_high

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.assessment import Assessment
from mcred.domain.credential import AwardRule, Credential
from mcred.domain.ids import PersonId, Slug
from mcred.domain.rules.outcome import Matrix, MatrixRow, combine, meets_award_rule
from tests.school import a_credential, an_assessment

unhurried = settings(deadline=None, max_examples=60)
THREE = ("proficient", "basic", "developing")
QUESTIONS = Slug("questions")


def by(*levels: str, criterion: str = "questions") -> tuple[Assessment, ...]:
    """One assessment for each level, best levels elsewhere."""
    return tuple(an_assessment(PersonId(f"judge-{n}"), {criterion: level}) for n, level in enumerate(levels))


def the(matrix: Matrix, criterion: str = "questions") -> MatrixRow:
    return next(r for r in matrix.rows if r.criterion.id == criterion)


def ruled(kind: str, number: int, of: int = 0) -> Credential:
    return a_credential(award_rule=AwardRule(kind=kind, number=number, of=of))  # type: ignore[arg-type]


# one criterion


@pytest.mark.parametrize(
    ("given_levels", "level"),
    [
        (("basic",), "basic"),
        (("proficient", "basic", "proficient"), "proficient"),
        (("developing", "basic", "proficient"), "basic"),
        (("developing", "proficient", "developing"), "developing"),
        (("proficient", "basic", "basic", "developing", "proficient"), "basic"),
    ],
)
def test_an_odd_number_of_levels_comes_to_the_middle_one(given_levels: tuple[str, ...], level: str) -> None:
    assert the(combine(by(*given_levels), a_credential(), {})).level == level


@pytest.mark.parametrize(
    ("given_levels", "level"),
    [
        (("proficient", "basic"), "basic"),
        (("basic", "proficient"), "basic"),
        (("proficient", "developing"), "developing"),
        (("proficient", "proficient", "basic", "developing"), "basic"),
        (("proficient", "proficient", "proficient", "developing"), "proficient"),
    ],
)
def test_an_even_number_of_levels_comes_to_the_lower_middle_one(
    given_levels: tuple[str, ...], level: str
) -> None:
    assert the(combine(by(*given_levels), a_credential(), {})).level == level


@unhurried
@given(st.lists(st.sampled_from(THREE), min_size=1, max_size=7))
def test_the_level_is_the_median_and_the_order_of_assessors_does_not_matter(levels: list[str]) -> None:
    row = the(combine(by(*levels), a_credential(), {}))
    ranks = [THREE.index(level) for level in levels]
    assert row.level == THREE[median_high(ranks)]
    assert row.spread == max(ranks) - min(ranks)
    assert row.level == the(combine(by(*reversed(levels)), a_credential(), {})).level


def test_the_matrix_shows_who_gave_what_and_what_is_required() -> None:
    row = the(combine(by("proficient", "basic"), a_credential(), {}))
    assert row.given == {"judge-0": "proficient", "judge-1": "basic"}
    assert (row.required, row.met, row.carried) == ("proficient", False, False)
    waiting = the(combine(by("basic", criterion="waiting"), a_credential(), {}), "waiting")
    assert (waiting.required, waiting.met) == ("basic", True)


def test_rows_come_in_the_order_of_the_rubric() -> None:
    matrix = combine(by("basic"), a_credential(), {})
    assert [r.criterion.id for r in matrix.rows] == ["context", "questions", "waiting"]


@pytest.mark.parametrize(
    ("given_levels", "escalated"),
    [
        (("proficient",), False),
        (("basic", "basic"), False),
        (("proficient", "basic", "proficient"), False),
        (("proficient", "developing"), True),
        (("proficient", "proficient", "developing"), True),
    ],
)
def test_a_spread_of_two_levels_escalates(given_levels: tuple[str, ...], escalated: bool) -> None:
    matrix = combine(by(*given_levels), a_credential(), {})
    assert the(matrix).escalated is escalated
    assert matrix.escalated is escalated


def test_a_scale_of_two_levels_never_escalates() -> None:
    assert not combine(by("passing", "not-yet", criterion="context"), a_credential(), {}).escalated


# carried and settled levels


def without(criterion: str) -> Assessment:
    full = an_assessment()
    return an_assessment(scores=tuple(s for s in full.scores if s.criterion != criterion))


def test_a_carried_level_stands_in_for_the_scores_that_were_not_asked() -> None:
    row = the(combine((without("questions"),), a_credential(), {QUESTIONS: Slug("basic")}))
    assert (row.level, row.given, row.carried, row.spread, row.met) == ("basic", {}, True, 0, False)


def test_a_carried_level_is_not_outvoted() -> None:
    row = the(combine(by("developing", "proficient"), a_credential(), {QUESTIONS: Slug("proficient")}))
    assert (row.level, row.carried, row.escalated) == ("proficient", True, False)


def test_everything_carried_needs_no_assessment() -> None:
    carried = {
        Slug("context"): Slug("passing"),
        QUESTIONS: Slug("proficient"),
        Slug("waiting"): Slug("basic"),
    }
    assert combine((), a_credential(), carried).recommended == "award"


def test_a_settled_level_outweighs_the_median() -> None:
    given_scores = by("proficient", "developing")
    assert combine(given_scores, a_credential(), {}).recommended == "revise"
    matrix = combine(given_scores, a_credential(), {}, {QUESTIONS: Slug("proficient")})
    assert (the(matrix).level, the(matrix).met, the(matrix).spread) == ("proficient", True, 2)
    assert matrix.recommended == "award"


def test_a_settled_level_may_be_the_only_one() -> None:
    matrix = combine((without("questions"),), a_credential(), {}, {QUESTIONS: Slug("basic")})
    assert (the(matrix).level, the(matrix).carried) == ("basic", False)


def test_settling_one_criterion_leaves_the_others() -> None:
    matrix = combine(by("basic"), a_credential(), {}, {Slug("waiting"): Slug("developing")})
    assert the(matrix).level == "basic"


def test_a_criterion_without_any_level_cannot_be_combined() -> None:
    with pytest.raises(ValueError, match="criterion questions has no level"):
        combine((without("questions"),), a_credential(), {})


# the award rules


def test_by_default_every_criterion_has_to_be_at_its_required_level() -> None:
    matrix = combine(by("proficient"), a_credential(), {})
    assert (matrix.recommended, matrix.reasons) == ("award", ("every criterion is at its required level",))


def test_one_criterion_below_its_level_means_revise_and_is_named() -> None:
    matrix = combine(by("basic"), a_credential(), {})
    assert (matrix.recommended, matrix.reasons) == (
        "revise",
        ("questions is at basic, proficient is required",),
    )


def test_every_criterion_that_falls_short_is_named() -> None:
    low = an_assessment(levels={"context": "not-yet", "questions": "developing", "waiting": "developing"})
    assert [reason.split()[0] for reason in combine((low,), a_credential(), {}).reasons] == [
        "context",
        "questions",
        "waiting",
    ]


@pytest.mark.parametrize(("level", "points"), [("proficient", 5), ("basic", 4), ("developing", 3)])
def test_points_are_counted_from_the_worst_level_upwards(level: str, points: int) -> None:
    enough = combine(by(level), ruled("points", points), {})
    assert (enough.recommended, enough.reasons) == ("award", (f"{points} points; {points} are required",))
    more = combine(by(level), ruled("points", points + 1), {})
    assert (more.recommended, more.reasons) == ("revise", (f"{points} points; {points + 1} are required",))


def test_by_points_a_criterion_below_its_level_may_be_made_up_for() -> None:
    low = an_assessment(levels={"waiting": "developing"})
    assert combine((low,), ruled("points", 3), {}).recommended == "award"


@pytest.mark.parametrize(("needed", "recommended"), [(1, "award"), (2, "award"), (3, "revise")])
def test_by_count_enough_criteria_have_to_be_met(needed: int, recommended: str) -> None:
    matrix = combine(by("basic"), ruled("count", needed, 3), {})
    assert (matrix.recommended, matrix.reasons) == (recommended, (f"2 criteria met; {needed} are required",))


@pytest.mark.parametrize("rule", [AwardRule(), AwardRule(kind="points"), AwardRule(kind="count")])
def test_no_criteria_never_award(rule: AwardRule) -> None:
    empty = a_credential(parts=(), award_rule=rule)
    assert meets_award_rule((), empty) == (False, ("there is no criterion to meet",))
    assert combine((an_assessment(),), empty, {}).recommended == "revise"


# raising a level never harms

SCALES: Mapping[str, tuple[str, ...]] = {
    "context": ("passing", "not-yet"),
    "questions": THREE,
    "waiting": THREE,
}
one_persons = st.fixed_dictionaries({c: st.sampled_from(scale) for c, scale in SCALES.items()})
any_rule = st.one_of(
    st.just(("all", 0, 0)),
    st.integers(1, 6).map(lambda n: ("points", n, 0)),
    st.integers(1, 3).map(lambda n: ("count", n, 3)),
)


@unhurried
@given(st.lists(one_persons, min_size=1, max_size=4), any_rule, st.data())
def test_raising_one_level_never_turns_an_award_into_revise(
    levels: list[dict[str, str]], rule: tuple[str, int, int], data: st.DataObject
) -> None:
    definition = ruled(*rule)
    who = data.draw(st.integers(0, len(levels) - 1))
    criterion = data.draw(st.sampled_from(sorted(SCALES)))
    scale = SCALES[criterion]
    higher = scale[max(0, scale.index(levels[who][criterion]) - 1)]
    raised = [{**given_by, criterion: higher} if n == who else given_by for n, given_by in enumerate(levels)]
    before, after = (
        combine(tuple(an_assessment(PersonId(f"judge-{n}"), g) for n, g in enumerate(some)), definition, {})
        for some in (levels, raised)
    )
    assert scale.index(the(after, criterion).level) <= scale.index(the(before, criterion).level)
    assert (before.recommended, after.recommended) != ("award", "revise")


@unhurried
@given(one_persons)
def test_the_default_rule_awards_exactly_when_nothing_falls_short(levels: dict[str, str]) -> None:
    matrix = combine((an_assessment(levels=levels),), a_credential(), {})
    assert (matrix.recommended == "award") is all(row.met for row in matrix.rows)


@pytest.mark.parametrize("kind", ["points", "count"])
@pytest.mark.parametrize("number", [0, -1])
def test_a_rule_that_asks_for_nothing_never_awards(kind: str, number: int) -> None:
    matrix = combine(by("proficient"), ruled(kind, number, 3), {})
    assert (matrix.recommended, matrix.reasons) == ("revise", ("the award rule asks for nothing",))


@pytest.mark.parametrize("of", [0, 2, 4])
def test_a_count_of_other_criteria_than_there_are_never_awards(of: int) -> None:
    matrix = combine(by("proficient"), ruled("count", 1, of), {})
    reason = f"the award rule counts {of} criteria, the rubric has 3"
    assert (matrix.recommended, matrix.reasons) == ("revise", (reason,))


@pytest.mark.parametrize(("settled", "carried"), [("proficient", False), ("basic", True)])
def test_a_carried_level_the_issuer_settles_otherwise_is_no_longer_carried(
    settled: str, carried: bool
) -> None:
    kept = {QUESTIONS: Slug("basic")}
    row = the(combine((without("questions"),), a_credential(), kept, {QUESTIONS: Slug(settled)}))
    assert (row.level, row.carried) == (settled, carried)
