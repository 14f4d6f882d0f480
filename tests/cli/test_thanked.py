"""An assessor says whether the pages thank them by name; the pages follow, remembered or made again."""

from __future__ import annotations

from pathlib import Path

from tests.cli.court import asked_before
from tests.cli.town import Town

PAGE = Path("site") / "assessors" / "index.html"


def page(town: Town) -> str:
    town.run("rosa", "build")
    text = (town.home("rosa") / PAGE).read_text("utf-8")
    town.run("rosa", "build", "--out", "fresh")
    assert (town.home("rosa") / "fresh" / "assessors" / "index.html").read_text("utf-8") == text
    return text


def test_thanks_by_name_begin_and_end_when_the_assessor_says_so(earned: Town) -> None:
    judge = asked_before(earned)
    name = {"mei": "Mei Lin", "tom": "Tomás Vega"}[judge]
    assert name not in page(earned)
    earned.run(judge, "setup", "--thanked")
    earned.run("rosa", "sync")
    assert name not in page(earned), "a wish counts once it is confirmed"
    earned.run("rosa", "person", "add", judge)
    text = page(earned)
    assert name in text and "1 assessment</span>" in text
    again = earned.run(judge, "setup", "--thanked")
    assert "sent to the program" not in again.out
    earned.run(judge, "sync")
    earned.run(judge, "setup", "--not-thanked")
    earned.run("rosa", "person", "add", judge)
    assert name not in page(earned)
