"""Scores against the rubric: everything that does not fit is said at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.assessment import Score, check_scores
from mcred.domain.ids import Slug
from mcred.problems import Fault
from tests.school import a_credential, an_assessment

unhurried = settings(deadline=None, max_examples=60)
ALL = tuple(Slug(c) for c in ("context", "questions", "waiting"))
GOOD = (("context", "passing"), ("questions", "proficient"), ("waiting", "basic"))


def scores(*pairs: tuple[str, str], feedback: str = "Seen.") -> tuple[Score, ...]:
    return tuple(Score(criterion=Slug(c), level=Slug(v), feedback=feedback) for c, v in pairs)


def said(problems: tuple[Fault, ...]) -> list[str]:
    return [p.what for p in problems]


def test_a_full_set_of_levels_fits() -> None:
    assert check_scores(scores(*GOOD), a_credential(), ALL) == ()


def test_the_order_of_the_scores_does_not_matter() -> None:
    assert check_scores(scores(*reversed(GOOD)), a_credential(), ALL) == ()


def test_an_unknown_criterion_is_named_with_those_that_are_open() -> None:
    (problem,) = check_scores(scores(*GOOD, ("contxt", "passing")), a_credential(), ALL)
    assert problem.what == "unknown criterion 'contxt'"
    assert problem.hint == "the criteria are context, questions, waiting"


def test_a_criterion_scored_twice_is_said_once() -> None:
    (problem,) = check_scores(scores(*GOOD, ("waiting", "proficient")), a_credential(), ALL)
    assert problem.what == "criterion 'waiting' is scored twice"
    assert problem.hint == "keep only one of them"


def test_a_criterion_without_a_score_is_said_with_its_levels() -> None:
    (problem,) = check_scores(scores(*GOOD[:2]), a_credential(), ALL)
    assert problem.what == "criterion 'waiting' has no score"
    assert problem.hint == "give it one of proficient, basic, developing"


def test_a_level_of_another_scale_is_refused_with_the_levels_there_are() -> None:
    (problem,) = check_scores(scores(("context", "proficient"), *GOOD[1:]), a_credential(), ALL)
    assert problem.what == "criterion 'context' has no level 'proficient'"
    assert problem.hint == "its levels are passing, not-yet"


@pytest.mark.parametrize("feedback", ["", "  \n "])
def test_a_level_below_the_required_one_needs_feedback(feedback: str) -> None:
    low = scores(("waiting", "developing"), feedback=feedback)
    (problem,) = check_scores((*scores(*GOOD[:2]), *low), a_credential(), ALL)
    assert problem.what == "criterion 'waiting' is below the required level and has no feedback"
    assert "feedback" in problem.hint


def test_a_level_below_the_required_one_with_feedback_fits() -> None:
    low = scores(("waiting", "developing"), feedback="Count to three.")
    assert check_scores((*scores(*GOOD[:2]), *low), a_credential(), ALL) == ()


def test_a_level_that_is_enough_needs_no_feedback() -> None:
    assert check_scores(scores(*GOOD, feedback=""), a_credential(), ALL) == ()


def test_a_carried_criterion_is_left_out_of_a_further_attempt() -> None:
    assert check_scores(scores(GOOD[0]), a_credential(), ALL[:1]) == ()
    (problem,) = check_scores(scores(*GOOD[:2]), a_credential(), ALL[:1])
    assert problem.what == "criterion 'questions' is not open in this attempt"
    assert "its level is kept" in problem.hint


def test_no_scores_at_all_miss_every_open_criterion() -> None:
    assert said(check_scores((), a_credential(), ALL)) == [f"criterion '{c}' has no score" for c in ALL]


def test_all_problems_are_said_at_once() -> None:
    mixed = (
        *scores(("nonsense", "passing"), ("context", "splendid"), ("context", "passing")),
        *scores(("questions", "basic"), feedback=""),
    )
    assert said(check_scores(mixed, a_credential(), ALL)) == [
        "unknown criterion 'nonsense'",
        "criterion 'context' has no level 'splendid'",
        "criterion 'context' is scored twice",
        "criterion 'questions' is below the required level and has no feedback",
        "criterion 'waiting' has no score",
    ]


levels = ("passing", "not-yet", "proficient", "basic", "developing", "splendid")
any_score = st.builds(
    Score,
    criterion=st.sampled_from([*ALL, Slug("nonsense")]),
    level=st.sampled_from([Slug(v) for v in levels]),
    feedback=st.sampled_from(["", "Seen."]),
)


@unhurried
@given(
    st.lists(any_score, max_size=6).map(tuple), st.sets(st.sampled_from(ALL)).map(lambda s: tuple(sorted(s)))
)
def test_scores_fit_exactly_when_each_open_criterion_has_one_level_of_its_scale(
    given_scores: tuple[Score, ...], open_criteria: tuple[Slug, ...]
) -> None:
    definition = a_credential()
    rows = {c.id: c for c in definition.criteria}
    fits = sorted(s.criterion for s in given_scores) == sorted(open_criteria) and all(
        s.level in definition.scale_of(rows[s.criterion])
        and (s.feedback or definition.meets(rows[s.criterion], s.level))
        for s in given_scores
    )
    assert (check_scores(given_scores, definition, open_criteria) == ()) is fits


def test_the_level_of_a_criterion_is_found_by_its_name() -> None:
    assessment = an_assessment(levels={"waiting": "basic"})
    assert assessment.level_of(Slug("waiting")) == "basic"
    assert assessment.level_of(Slug("context")) == "passing"
    assert assessment.level_of(Slug("nonsense")) is None
