"""`mcred impact`: before a definition is saved, whom it touches; and `lint` on examples that flip."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.domain.credential import AwardRule, Credential, Words
from mcred.domain.ids import Version
from mcred.formats.encode import encode
from tests.cli.test_diff import add_example
from tests.cli.town import DEFINITIONS, WAIT, Town

PLACE = f"credentials/{WAIT}"


def edit(town: Town, definition: Credential) -> Path:
    """Rosa edits the definition in her folder."""
    town.run("rosa", "sync")
    path = town.home("rosa") / PLACE / "credential.yaml"
    path.write_bytes(encode(definition))
    return path


def longer(version: str = "1.3.0") -> Credential:
    """More words are asked for."""
    old = DEFINITIONS[WAIT]
    item = replace(old.parts[0].items[0], words=Words(min=20, max=60))
    return replace(old, version=Version(version), parts=(replace(old.parts[0], items=(item,)), old.parts[1]))


@pytest.fixture
def busy(earned: Town) -> Town:
    """Ana holds it, Ben's is in review, Cleo took hers back. Dev has a draft, which no one else knows."""
    earned.submit("ben")
    earned.submit("cleo")
    earned.run("cleo", "withdraw")
    earned.start("dev")
    return earned


def test_everyone_it_touches(busy: Town) -> None:
    edit(busy, longer())
    before = busy.refs("rosa"), busy.files("rosa")
    ran = busy.run("rosa", "impact", PLACE)
    assert "from version 1.2.0 to version 1.3.0" in ran.out
    assert "changed: item “Your setting” in part “Overview questions”" in ran.out
    assert "3 to 30 words → 20 to 60 words" in ran.out
    assert "In progress: 1" in ran.out
    assert "In review: 1" in ran.out
    assert "Held: 1" in ran.out
    row = next(line for line in ran.out.splitlines() if line.startswith("ana/wait-time"))
    assert "1.2.0" in row
    assert "and needs at least 20" in ran.out
    assert ran.next == "mcred lint"
    assert (busy.refs("rosa"), busy.files("rosa")) == before


def test_the_same_for_machines(busy: Town) -> None:
    edit(busy, longer())
    found = busy.run("rosa", "impact", WAIT, "--json").json
    assert found["schema"] == "mcred/impact/1"
    assert {t["submission"]: t["as"] for t in found["touched"]} == {
        "ana/wait-time": "held",
        "ben/wait-time": "in review",
        "cleo/wait-time": "draft",
    }
    ana = next(t for t in found["touched"] if t["as"] == "held")
    assert ana["judged_anew"] == ["context"]
    assert ana["kept"] == ["questions", "waiting"]


def test_a_definition_that_no_one_edited(earned: Town) -> None:
    earned.run("rosa", "sync")
    ran = earned.run("rosa", "impact", WAIT)
    assert "Both versions ask the same" in ran.out
    assert ran.next == "mcred show wait-time"


def test_a_version_in_use_needs_a_new_number(earned: Town) -> None:
    edit(earned, longer("1.2.0"))
    assert "give it a version higher than 1.2.0" in earned.run("rosa", "impact", WAIT).out


def test_what_cannot_be_read_or_is_gone(town: Town) -> None:
    path = edit(town, longer())
    path.write_text("format: 2\nid: wait-time\n", "utf-8")
    ran = town.run("rosa", "impact", WAIT, expect=1)
    assert ran.next == "mcred lint"
    path.unlink()
    assert "no longer exists" in town.run("rosa", "impact", WAIT, expect=1).err
    assert "did you mean wait-time" in town.run("rosa", "impact", "wait-tim", expect=1).err


@pytest.mark.parametrize("named", ["exit-tickets", "credentials/exit-tickets"])
def test_what_a_new_definition_brings(town: Town, named: str) -> None:
    words = ("--title", "Exit Tickets", "--topic", "Assessment", "--competency", "Plans from exit tickets.")
    town.run("rosa", "new", "exit-tickets", *words)
    ran = town.run("rosa", "impact", named)
    assert "It is new: version 1.0.0, status draft. No one has started it." in ran.out
    assert "proficient: award" in ran.out and "near-miss: revise" in ran.out
    assert "It can be assessed by mei, tom." in ran.out
    assert ran.next == "mcred lint"
    answer = town.run("rosa", "impact", named, "--json").json
    assert answer["schema"] == "mcred/impact-new/1" and answer["experts"] == ["mei", "tom"]
    assert {e["example"]: e["outcome"] for e in answer["examples"]} == {
        "proficient": "award",
        "near-miss": "revise",
    }


def test_an_example_that_flips_fails_lint_until_acknowledged(sent: Town) -> None:
    sent.run("rosa", "sync")
    place = add_example(sent, "weak") / "agreed.yaml"
    lax = replace(DEFINITIONS[WAIT], version=Version("1.3.0"), award_rule=AwardRule(kind="points", number=5))
    edit(sent, lax)
    ran = sent.run("rosa", "impact", WAIT)
    assert "weak: award → revise" in ran.out
    ran = sent.run("rosa", "lint", expect=1)
    assert "“weak” came to 'award' by version 1.2.0 and comes to 'revise' by 1.3.0" in ran.out
    place.write_text(place.read_text("utf-8").replace("outcome: award", "outcome: revise"), "utf-8")
    ran = sent.run("rosa", "lint", expect=1)
    assert "came to 'award'" in ran.out
    assert 'acknowledged: "1.3.0"' in ran.out
    assert "came to 'award'" in sent.run("rosa", "save", "--programme", expect=1).err
    with place.open("a", encoding="utf-8") as file:
        file.write('acknowledged: "1.3.0"\n')
    assert "(acknowledged)" in sent.run("rosa", "impact", WAIT).out
    sent.run("rosa", "lint")
    sent.run("rosa", "save", "--programme")
    sent.run("rosa", "lint")
