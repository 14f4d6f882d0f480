"""The way to a badge on its page: what the earner chose to show, and nothing of the assessors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mcred.domain.timeline import Timeline, TimelineMoment
from mcred.website.badge_timeline import list_growth
from mcred.website.pages import make_frame, plan_portfolios
from mcred.website.render import open_templates, render_page
from tests.school import ANAS
from tests.website.markup import Document, read
from tests.website.town import ANAS_BADGE, EVIDENCE, TEMPLATES, a_town, paint


def at(day: int, kind: str, attempt: int = 1, **more: Any) -> TimelineMoment:
    shown: Any = {"save": "drafts", "assess": "reviews"}.get(kind, "attempts")
    when = datetime(2026, 10, day, 9, tzinfo=UTC)
    return TimelineMoment(shown=shown, kind=kind, when=when, attempt=attempt, **more)


WAY = Timeline(
    submission=ANAS,
    title="Wait Time",
    moments=(
        at(1, "save"),
        at(2, "save"),
        at(3, "submit"),
        at(4, "assess"),
        at(5, "decide", outcome="revise", met=1, of=3),
        at(6, "save", 2),
        at(7, "submit", 2),
        at(8, "decide", 2, outcome="award"),
        at(9, "revoke", 2),
    ),
)


def page(growth: Any) -> Document:
    town = a_town()
    planned = plan_portfolios(town, EVIDENCE, paint, growth)
    wanted = next(p for p in planned.pages if p.path == ANAS_BADGE)
    return read(render_page(open_templates((TEMPLATES,)), wanted, make_frame(town)))


def test_steps_of_a_kind_are_told_together_up_to_the_attempt() -> None:
    steps = list_growth(WAY, 2)
    assert [(s.kind, s.count, s.attempt) for s in steps] == [
        ("save", 2, 1),
        ("submit", 1, 1),
        ("revise", 1, 1),
        ("save", 1, 2),
        ("submit", 1, 2),
        ("award", 1, 2),
    ]
    assert (steps[0].first.day, steps[0].last.day) == (1, 2) and (steps[2].met, steps[2].of) == (1, 3)
    assert [s.kind for s in list_growth(WAY, 1)] == ["save", "submit", "revise"]
    assert list_growth(None, 1) == ()


def test_the_page_shows_it_in_words_and_as_a_picture() -> None:
    document = page({ANAS: WAY})
    text = document.text
    for said in (
        "How it grew",
        "2 drafts saved",
        "Attempt 1 submitted",
        "1 of 3 criteria met",
        "October 1, 2026 –",
    ):
        assert said in text, said
    assert "assessor answered" not in text and "4 October" not in text
    marks = [e.attributes.get("class", "") for e in document.all("i")]
    assert marks.count("on") >= 1 and marks.count("off") >= 2


@pytest.mark.parametrize("growth", [None, {}])
def test_nothing_is_shown_that_was_not_chosen(growth: Any) -> None:
    assert "How it grew" not in page(growth).text
