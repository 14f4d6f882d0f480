"""The views in docs/views are what a real terminal shows, at 80 and at 40 columns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.captures import VIEWS, WIDTHS, capture, screen_of, set_scene
from tests.cli.conftest import _world
from tests.cli.town import Town

DOCS = Path(__file__).parents[2] / "docs" / "views"


def shown(name: str, width: int) -> str:
    return (DOCS / f"{name}-{width}.txt").read_text("utf-8")


def anybody(text: str) -> str:
    """Which of the two experts was asked depends on keys, which are other ones each time."""
    return re.sub(r"\b(mei|tom)\b", "mei", text)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Town:
    base = tmp_path_factory.mktemp("captures")
    with _world(base):
        return set_scene(base / "town")


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_what_a_terminal_shows(scene: Town, name: str, width: int) -> None:
    assert anybody(capture(scene, name, width)) == anybody(shown(name, width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", VIEWS)
def test_no_line_is_wider_than_its_terminal(name: str, width: int) -> None:
    lines = shown(name, width).splitlines()
    # What is to be typed is never broken, so that it can be copied.
    assert max(len(line) for line in lines if not line.startswith("Next: ")) <= width
    assert lines[-1].startswith("Next: mcred ")


@pytest.mark.parametrize("name", VIEWS)
def test_both_widths_say_the_same(name: str) -> None:
    if name == "impact":
        pytest.skip("a table in the one, blocks in the other")
    wide, narrow = (shown(name, width).split() for width in WIDTHS)
    assert wide == narrow


def test_the_draft_tells_all_there_is() -> None:
    text = " ".join(shown("diff-draft", 80).split())
    for said in (
        "Wait Time: ana/wait-time from attempt 1 to your draft",
        "[moved here: My goal is a quiet one: every hand gets time.]",
        "[-four-] {+seven+} of them never",
        "replaced: plan (lesson-plan) evidence/plan.md, 136 bytes → 168 bytes",
        "added: The board (lesson-plan)",
        "4 pages",
        "answered by: Your setting, Lesson plan",
    ):
        assert said in text


def test_two_attempts_show_levels_and_what_was_not_addressed() -> None:
    text = " ".join(shown("diff-attempts", 80).split())
    assert "Context: not-yet, as before mei (not-yet): Say more here. not addressed" in anybody(text)
    assert "Questions: developing → proficient" in text


def test_what_is_taken_back_is_not_on_the_screen() -> None:
    sent = "bar 1\r\x1b[2Kbar 2\r\n\x1b[1A\x1b[2K\x1b[32mdone\x1b[0m\r\nnext  \r\n"
    assert screen_of(sent) == ["done", "next", ""]
    assert screen_of("abc\rX") == ["Xbc"]
