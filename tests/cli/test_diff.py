"""`mcred diff`: a draft since the last feedback, attempts, days, and what everybody is told of it."""

from __future__ import annotations

from tests.cli.town import Town


def rewrite(town: Town, person: str, path: str, old: str, new: str) -> None:
    """Somebody edits a file of their own folder."""
    place = town.folder(person) / path
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new), "utf-8")


def test_my_draft_since_the_feedback(back: Town) -> None:
    plan = next((back.folder("ana") / "evidence").glob("plan*"))
    plan.write_text("# Lesson plan\n\nWait five seconds, twice, then ask an open question.\n", "utf-8")
    rewrite(back, "ana", "1-overview.md", "a quiet goal", "a loud one")
    ran = back.run("ana", "diff")
    assert "[-quiet goal.-] {+loud one.+}" in ran.out
    assert "Wait [-three-] {+five+} seconds," in ran.out
    assert ran.next == "mcred check wait-time"
