"""What stands in docs/views is what a terminal shows, fits on it, and says what a coach asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.coach_views import VIEWS, WIDTHS, capture, set_scene

DOCS = Path(__file__).parents[2] / "docs" / "views"
CAPTURES = [(name, width) for name in VIEWS for width in WIDTHS]
SAYS = {
    "progress": (
        "Lakeside Schools · 2026-04-20",
        "not yet earned",
        "(3)",
        "see a coach",
        "assess it (late)",
        "mei",
        "4 peers available, median 4 days, 1 waiting",
        "Finished submissions not listed: 4 earned.",
        "Next: mcred queue --all",
    ),
    "progress-own": ("Ben Okafor", "You see only your own progress", "Next: mcred status"),
    "report": (
        "7 attempts decided: 4 awarded, 3 returned (43%), 0 declined.",
        "Half were decided within 4 days",
        "Under unanimity 1 of 4 would change.",
        "Next: mcred report --html report.html",
    ),
    "growth": ("submitted, attempt 3", "3 assessors answered", "not yet earned, 2 of 3 criteria met"),
}


def stored(name: str, width: int) -> str:
    return (DOCS / f"{name}-{width}.txt").read_text("utf-8")


@pytest.mark.parametrize(("name", "width"), CAPTURES)
def test_fits_on_its_terminal(name: str, width: int) -> None:
    for line in stored(name, width).splitlines():
        # What to type next is one line that can be copied.
        assert len(line) <= width or line.startswith("Next: "), line


@pytest.mark.parametrize(("name", "width"), CAPTURES)
def test_says_what_is_asked(name: str, width: int) -> None:
    text = re.sub(r"\s+", " ", stored(name, width))
    for said in SAYS[name]:
        assert said in text, said


def test_no_one_without_a_role_is_shown_others() -> None:
    for width in WIDTHS:
        text = stored("progress-own", width)
        assert "Dev" not in text and "Ana Reyes" not in text


@pytest.mark.slow
def test_is_what_a_terminal_shows_today(tmp_path: Path) -> None:
    town = set_scene(tmp_path / "town")
    for name, width in CAPTURES:
        assert _lines(capture(town, name, width)) == _lines(stored(name, width)), (name, width)


def _lines(text: str) -> list[str]:
    """What is on the lines. Alpha stands there only where its library is."""
    return [re.sub(r"(alpha: |% {2,})(–|-?\d\.\d\d)$", r"\1", line) for line in text.splitlines() if line]
