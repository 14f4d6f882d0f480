"""What an earner shows of the way to a badge reaches its page, and leaves it again."""

from __future__ import annotations

from tests.cli.town import WAIT, Town


def page(town: Town) -> str:
    town.run("rosa", "build")
    town.run("rosa", "build", "--out", "fresh")
    path = f"badges/ana/{WAIT}/1/index.html"
    text = (town.home("rosa") / "site" / path).read_text("utf-8")
    assert (town.home("rosa") / "fresh" / path).read_text("utf-8") == text
    return text


def test_the_way_to_a_badge_is_on_its_page_as_far_as_the_earner_says(earned: Town) -> None:
    assert "How it grew" not in page(earned)
    earned.run("ana", "growth", WAIT, "--show", "attempts,levels")
    earned.run("rosa", "person", "add", "ana")
    text = page(earned)
    assert "How it grew" in text and "Attempt 1 submitted" in text and "criteria met" in text
    assert "saved" not in text
    earned.run("ana", "sync")
    earned.run("ana", "growth", WAIT, "--show", "nothing")
    earned.run("rosa", "person", "add", "ana")
    assert "How it grew" not in page(earned)
