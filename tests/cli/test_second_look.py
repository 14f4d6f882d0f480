"""A further attempt: its assessor reads what changed, and finds their own scores where nothing did."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from mcred.domain.ids import Version
from mcred.formats.encode import encode
from tests.cli.court import AtKeyboard, asked, set_rules
from tests.cli.town import DEFINITIONS, WAIT, Town

ANAS = f"ana/{WAIT}"


def edit(town: Town, path: str, old: str, new: str) -> None:
    """Ana changes a file of hers."""
    place = town.folder("ana") / path
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def again(back: Town) -> Town:
    """One where Ana answered the feedback, and nothing is carried over."""
    set_rules(back, "carry_over: unchanged", "carry_over: none")
    back.run("ana", "sync")
    edit(back, "evidence/plan.md", "three", "five")
    back.run("ana", "submit", "--note", "Waited longer.", "--attest", "all")
    return back


def blank(town: Town, person: str) -> tuple[str, dict[str, dict[str, str]]]:
    """The file an assessor would fill in: as text, and each criterion's score."""
    place = town.desk(person) / "blank.yaml"
    place.unlink(missing_ok=True)
    town.run(person, "assess", ANAS, "--blank", str(place))
    text = place.read_text("utf-8")
    return text, {s["criterion"]: s for s in yaml.safe_load(text)["scores"]}


def test_my_scores_come_back_where_nothing_changed(again: Town) -> None:
    text, scores = blank(again, asked(again))
    assert scores["context"]["level"] == "passing"
    assert scores["waiting"]["level"] == "proficient"
    assert scores["questions"]["level"] is None, "its plan is another one"
    assert "# Changed since attempt 1: Lesson plan" in text
    assert f"# To compare word by word: mcred diff {ANAS} --from 1 --to 2" in text
    assert text.count("nothing it assesses has changed since") == 2


def test_the_command_that_is_named_shows_it(again: Town) -> None:
    person = asked(again)
    ran = again.run(person, "diff", ANAS, "--from", "1", "--to", "2")
    assert "[-three-] {+five+}" in ran.out
    assert ran.next == f"mcred assess {ANAS}"
    assert "[-three-] {+five+}" in again.run(person, "diff", ANAS).out, "without being told which attempts"


def test_a_filled_blank_is_taken(again: Town) -> None:
    person = asked(again)
    text, _ = blank(again, person)
    place = again.desk(person) / "blank.yaml"
    head, tail = text.split("criterion: questions\n    level: ")
    place.write_text(f"{head}criterion: questions\n    level: proficient{tail}", "utf-8")
    ran = again.run(person, "assess", ANAS, "--from", str(place), "--yes")
    assert "is submitted" in ran.out


def test_someone_else_gets_no_scores_but_is_told(again: Town) -> None:
    other = ({"mei", "tom"} - {asked(again)}).pop()
    ran = again.run(other, "view", ANAS, "--text")
    assert "What changed since attempt 1\n  Lesson plan\n" in ran.out


def test_the_page_tells_it_and_shows_it_beside(again: Town) -> None:
    person = asked(again)
    ran = again.run(person, "view", ANAS)
    page = Path(next(w for w in ran.out.split() if w.endswith("index.html")))
    html = page.read_text("utf-8")
    assert "What changed since attempt 1" in html
    assert 'href="changes.html"' in html
    assert "<del>three</del>" in (page.parent / "changes.html").read_text("utf-8").replace("<del> ", "<del>")


def test_what_is_carried_over_stays_closed(back: Town) -> None:
    edit(back, "evidence/plan.md", "three", "five")
    back.run("ana", "submit", "--note", "Waited longer.", "--attest", "all")
    text, scores = blank(back, asked(back))
    assert list(scores) == ["questions"]
    assert "Changed since attempt 1: Lesson plan" in text


def test_a_first_attempt_says_nothing_of_changes(sent: Town) -> None:
    text, scores = blank(sent, asked(sent))
    assert "Since attempt" not in text
    assert {s["level"] for s in scores.values()} == {None}
    assert "What changed" not in sent.run("mei", "view", ANAS, "--text").out


def test_scores_of_a_replaced_attempt_come_back_too(sent: Town) -> None:
    person = asked(sent)
    sent.assess("ana")
    sent.run("ana", "sync")
    edit(sent, "1-overview.md", "quiet", "loud")
    sent.run("ana", "submit", "--replace", "--yes", "--attest", "all")
    text, scores = blank(sent, person)
    assert {c: s["level"] for c, s in scores.items()} == {
        "context": None,
        "questions": "proficient",
        "waiting": "proficient",
    }
    assert "Changed since attempt 1: Your setting" in text


def test_a_rubric_that_changed_brings_nothing_back(again: Town) -> None:
    """The attempt is withdrawn and sent again by a newer version, in which one criterion asks for more."""
    old = DEFINITIONS[WAIT]
    overview, artifacts = old.parts
    waiting = replace(artifacts.criteria[1], required=None)
    changed = replace(artifacts, criteria=(artifacts.criteria[0], waiting))
    again.run("rosa", "sync")
    path = again.home("rosa") / "credentials" / WAIT / "credential.yaml"
    path.write_bytes(encode(replace(old, version=Version("1.3.0"), parts=(overview, changed))))
    again.run("rosa", "save", "--programme")
    again.run("ana", "sync")
    edit(again, "submission.yaml", "1.2.0", "1.3.0")
    again.run("ana", "submit", "--replace", "--yes", "--note", "By the new rubric.", "--attest", "all")
    _, scores = blank(again, asked(again))
    assert scores["context"]["level"] == "passing"
    assert scores["waiting"]["level"] is None


def test_the_guided_way_asks_to_keep_them(again: Town) -> None:
    person = asked(again)
    terminal = AtKeyboard(again, person, "assess", ANAS)
    terminal.child.expect_exact("Changed since attempt 1: Lesson plan")
    terminal.answer("Nothing changed here. In attempt 1 you gave passing. Keep it?", "y")
    terminal.answer("Level", "proficient")
    terminal.answer("Feedback", "")
    terminal.answer("In attempt 1 you gave proficient. Keep it?", "n")
    terminal.answer("Level", "basic")
    terminal.answer("Feedback", "")
    terminal.answer("Overall comment", "")
    terminal.answer("Submit this assessment?", "y")
    terminal.child.expect_exact("is submitted")
    assert terminal.end() == 0
    ran = again.run("rosa", "reconcile", ANAS)
    assert "basic" in ran.out
