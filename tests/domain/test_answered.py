"""Remarks and what answers them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mcred.domain.compare.answered import judge_criteria, of_the_whole, said_of
from mcred.domain.compare.report import Comparison, ItemChange, PartChange, Piece, PieceChange, PieceKind
from mcred.domain.compare.text_diff import Span
from mcred.domain.decision import Settled
from mcred.domain.ids import Slug
from tests.school import MEI, ROSA, a_credential, a_decision, an_assessment

WAIT = a_credential()
PLAN = Slug("lesson-plan")
ADDED = Span(kind="added", old=(0, 0), new=(0, 3), text="new")
AWAY = Span(kind="moved out", old=(0, 3), new=(0, 0), text="old")


def changed(*items: ItemChange) -> Comparison:
    return Comparison(parts=(PartChange(part=Slug("artifacts"), title="Artifacts", items=items),), other=())


def piece(kind: PieceKind, came_from: str = "lesson-plan") -> PieceChange:
    found = Piece(title="Day one", type="lesson-plan", item=came_from, place="evidence/plan.md")
    return PieceChange(kind=kind, before=found, after=replace(found, item="lesson-plan"))


def plan(**changes: object) -> ItemChange:
    return replace(ItemChange(item=PLAN, title="Lesson plan"), **changes)


def test_everything_that_was_said_and_nothing_that_was_not() -> None:
    decision = a_decision(
        levels=(Settled(criterion=Slug("context"), level=Slug("passing"), feedback="Clear."),)
    )
    found = said_of(1, [decision], [an_assessment(summary=" ")])
    assert [(s.by, s.criterion, s.text) for s in found] == [
        (ROSA, None, "Well waited."),
        (ROSA, "context", "Clear."),
        (MEI, "context", "Seen."),
        (MEI, "questions", "Seen."),
        (MEI, "waiting", "Seen."),
    ]
    assert said_of(2, [decision], [an_assessment()]) == ()


@pytest.mark.parametrize("kind", ["added", "removed", "replaced", "moved"])
def test_new_evidence_answers(kind: PieceKind) -> None:
    said = said_of(1, [], [an_assessment()])
    criteria = judge_criteria(WAIT, changed(plan(evidence=(piece(kind),))), said)
    assert {c.criterion: c.remarks[0].answers for c in criteria} == {
        "context": (),
        "questions": ("Lesson plan",),
        "waiting": (),
    }


@pytest.mark.parametrize("kind", ["renamed", "reworded"])
def test_the_same_evidence_under_another_name_answers_nothing(kind: PieceKind) -> None:
    comparison = changed(plan(evidence=(piece(kind),)))
    assert not any(c.changed for c in judge_criteria(WAIT, comparison))
    assert [r.answers for r in of_the_whole(comparison, said_of(1, [a_decision()], []))] == [()]


def test_words_answer_and_their_place_does_not() -> None:
    assert plan(spans=(ADDED,)).is_substantial
    assert not plan(spans=(AWAY,)).is_substantial


def test_a_piece_that_moved_away_changes_what_it_left() -> None:
    comparison = changed(plan(evidence=(piece("moved", came_from="class-video"),)))
    found = {c.criterion: c.changed for c in judge_criteria(WAIT, comparison)}
    assert found == {"context": (), "questions": ("Lesson plan",), "waiting": ("Class video",)}


def test_levels_stand_beside_each_other_and_are_told_when_they_differ() -> None:
    before = {Slug("context"): Slug("passing"), Slug("questions"): Slug("basic")}
    after = {Slug("context"): Slug("passing"), Slug("questions"): Slug("proficient")}
    nothing = Comparison(parts=(), other=())
    found = {c.criterion: c for c in judge_criteria(WAIT, nothing, (), before, after)}
    assert (found[Slug("questions")].before, found[Slug("questions")].after) == ("basic", "proficient")
    assert [c for c in found if found[c].is_told] == ["questions"]
    undecided = judge_criteria(WAIT, nothing, (), before)
    assert not any(c.is_told for c in undecided), "no level yet is no other level"


def test_what_is_said_of_all_is_answered_by_anything_new() -> None:
    said = said_of(1, [a_decision()], [])
    assert of_the_whole(changed(plan(spans=(ADDED,))), said)[0].answers == ("Lesson plan",)
    assert of_the_whole(Comparison(parts=(), other=()), said)[0].answers == ()
