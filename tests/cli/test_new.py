"""`new`: a definition as a draft that `lint` walks its author through, up to a live one."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from mcred.domain.assessment import Agreed
from mcred.domain.credential import Credential
from mcred.formats.decode import decode
from tests.cli.answering import talk
from tests.cli.town import SLIP, Town, git

NAME = "exit-tickets"
SAID = (
    "--title",
    "Using “Exit Tickets”: now",
    "--topic",
    "Data # Literacy",
    "--competency",
    "The teacher: plans.",
)
FOLDER = f"credentials/{NAME}"


def written(town: Town, person: str = "rosa") -> dict[str, str]:
    """Every file of the programme's definitions, by what is in it."""
    root = town.home(person) / "credentials"
    return {
        str(p.relative_to(root)): sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()
    }


@pytest.fixture
def begun(town: Town) -> Town:
    """Rosa began one."""
    assert town.run("rosa", "new", NAME, *SAID).next == "mcred lint"
    return town


def test_it_is_a_sound_draft(begun: Town) -> None:
    path = begun.home("rosa") / FOLDER / "credential.yaml"
    found, problems = decode(path.read_bytes(), Credential, f"{FOLDER}/credential.yaml")
    assert found is not None and problems == ()
    assert (found.id, found.status, found.title) == (NAME, "draft", "Using “Exit Tickets”: now")
    assert (found.topics, found.competency) == (("Data # Literacy",), "The teacher: plans.")
    assert {part.kind for part in found.parts} == {"overview", "artifacts", "reflection"}
    outcomes = {}
    for place in (path.parent / "examples").iterdir():
        agreed, wrong = decode((place / "agreed.yaml").read_bytes(), Agreed, "agreed.yaml")
        assert agreed is not None and wrong == ()
        outcomes[place.name] = agreed.outcome
    assert outcomes == {"proficient": "award", "near-miss": "revise"}


def test_nothing_is_saved_or_sent(town: Town) -> None:
    before = git(town.remote, "for-each-ref"), git(town.home("rosa"), "for-each-ref")
    town.run("rosa", "new", NAME, *SAID)
    assert (git(town.remote, "for-each-ref"), git(town.home("rosa"), "for-each-ref")) == before


def test_it_asks_in_a_terminal(town: Town) -> None:
    said = talk(town, "rosa", "new", NAME, answers=("Exit Tickets", "Data", "The teacher plans."))
    assert "title" in said.asked and "topic" in said.asked and said.left == ""
    assert 'title: "Exit Tickets"' in (town.home("rosa") / FOLDER / "credential.yaml").read_text("utf-8")


@pytest.mark.parametrize("missing", [0, 2, 4])
def test_without_a_terminal_the_option_is_named(town: Town, missing: int) -> None:
    before = written(town)
    said = town.run("rosa", "new", NAME, *SAID[:missing], *SAID[missing + 2 :], expect=2)
    assert f"{SAID[missing]} is required" in said.err and SAID[missing] in said.next
    assert written(town) == before


def test_lint_leads_to_a_live_definition(begun: Town) -> None:
    """Whatever it names is written, and nothing else."""
    root = begun.home("rosa")
    told = begun.run("rosa", "lint", "--json").json["problems"]
    mine = [p for p in told if p["where"].startswith(FOLDER)]
    stubs = [p for p in mine if p["what"] == "this is not written yet"]
    assert len(stubs) > 20 and {p["severity"] for p in stubs} == {"warning"}
    for problem in stubs:
        path, line, _ = problem["where"].split(":")
        lines = (root / path).read_text("utf-8").splitlines(keepends=True)
        lines[int(line) - 1] = re.sub(r'FILL IN[^"\n]*', f"Written {line}.", lines[int(line) - 1])
        (root / path).write_text("".join(lines), "utf-8")
    for problem in (p for p in mine if p not in stubs):
        path, _, line = problem["where"].partition(":")
        place = root / path
        if place.suffix == ".md":
            answer = place.read_text("utf-8").splitlines()
            answer.insert(int(line.split(":")[0]), "\n" + "word " * 150)
            place.write_text("\n".join(answer), "utf-8")
        else:
            assert "list it here" in problem["help"]
            _hand_in(place)
    path = root / FOLDER / "credential.yaml"
    path.write_text(path.read_text("utf-8").replace("status: draft", "status: live"), "utf-8")
    left = [p for p in begun.run("rosa", "lint", "--json").json["problems"] if p["where"].startswith(FOLDER)]
    assert left == []
    begun.run("rosa", "save", "--programme")
    begun.run("ana", "sync")
    assert begun.run("ana", "start", NAME).next.endswith(f"mcred check {NAME}")


def _hand_in(listing: Path) -> None:
    """List a file for each item of an example."""
    kinds = {"plan": "lesson-plan", "student-work": "student-work"}
    (listing.parent / "evidence").mkdir(exist_ok=True)
    rows = ""
    for item, kind in kinds.items():
        (listing.parent / "evidence" / f"{item}.md").write_text("# Work\n", "utf-8")
        rows += f"  - item: {item}\n    type: {kind}\n    title: Work\n    file: evidence/{item}.md\n"
    text = listing.read_text("utf-8")
    listing.write_text(text.replace("evidence: []\n", f"evidence:\n{rows}"), "utf-8")


def test_a_draft_is_saved_as_far_as_it_is_written(begun: Town) -> None:
    begun.run("rosa", "save", "--programme")
    assert f"{FOLDER}/credential.yaml" in git(begun.remote, "ls-tree", "-r", "--name-only", "main")


def test_it_cannot_go_live_with_stubs(begun: Town) -> None:
    path = begun.home("rosa") / FOLDER / "credential.yaml"
    path.write_text(path.read_text("utf-8").replace("status: draft", "status: live"), "utf-8")
    told = begun.run("rosa", "lint", "--json", expect=1).json["problems"]
    assert {p["severity"] for p in told if p["what"] == "this is not written yet"} == {"error"}
    assert "this is not written yet" in begun.run("rosa", "save", "--programme", expect=1).err


class TestNothingIsOverwritten:
    def test_one_that_exists(self, town: Town) -> None:
        before = written(town)
        said = town.run("rosa", "new", SLIP, *SAID, expect=1)
        assert "already exists" in said.err and said.next == f"mcred show {SLIP}" and written(town) == before

    def test_typed_again(self, begun: Town) -> None:
        path = begun.home("rosa") / FOLDER / "credential.yaml"
        path.write_text(path.read_text("utf-8").replace("FILL IN the first", "The first"), "utf-8")
        before = written(begun)
        assert "nothing was changed" in begun.run("rosa", "new", NAME, *SAID).out and written(begun) == before

    def test_files_that_lie_there(self, town: Town) -> None:
        mine = town.home("rosa") / FOLDER / "examples" / "proficient" / "agreed.yaml"
        mine.parent.mkdir(parents=True)
        mine.write_text("mine", "utf-8")
        town.run("rosa", "new", NAME, *SAID)
        assert mine.read_text("utf-8") == "mine" and len(written(town)) > 8


@pytest.mark.parametrize(
    ("name", "near"), [("Exit Tickets", "exit-tickets"), ("stacks", "ID"), ("../../x", "x"), ("é", "e")]
)
def test_what_cannot_be_an_id(town: Town, name: str, near: str) -> None:
    said = town.run("rosa", "new", name, *SAID, expect=2)
    assert "cannot be an id" in said.err and said.next == f"mcred new {near}"


def test_texts_that_do_not_fit(town: Town) -> None:
    before = written(town)
    said = town.run("rosa", "new", NAME, *SAID[:-1], "x" * 500, expect=1)
    assert "400" in said.err and written(town) == before


def test_only_who_may_change_definitions(town: Town) -> None:
    said = town.run("ana", "new", NAME, *SAID, expect=5)
    assert "only issuers change definitions" in said.err
