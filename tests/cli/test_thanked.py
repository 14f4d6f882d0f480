"""An assessor says whether the pages thank them by name; the pages follow, remembered or made anew."""

from __future__ import annotations

from pathlib import Path

from tests.cli.town import Town

PAGE = Path("site") / "assessors" / "index.html"


def page(town: Town) -> str:
    town.run("rosa", "build")
    text = (town.home("rosa") / PAGE).read_text("utf-8")
    town.run("rosa", "build", "--out", "fresh")
    assert (town.home("rosa") / "fresh" / "assessors" / "index.html").read_text("utf-8") == text
    return text


def test_thanks_by_name_begin_and_end_when_the_assessor_says_so(earned: Town) -> None:
    assert "Mei" not in page(earned)
    earned.run("mei", "setup", "--thanked")
    earned.run("rosa", "sync")
    assert "Mei" not in page(earned), "a wish counts once it is confirmed"
    earned.run("rosa", "person", "add", "mei")
    text = page(earned)
    assert "Mei" in text and "1 assessment</span>" in text
    again = earned.run("mei", "setup", "--thanked")
    assert "went to the programme" not in again.out
    earned.run("mei", "sync")
    earned.run("mei", "setup", "--not-thanked")
    earned.run("rosa", "person", "add", "mei")
    assert "Mei" not in page(earned)
