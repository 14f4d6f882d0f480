"""`lint` meets every kind of broken file: the place, what is wrong, how to fix it, and an end that tells."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.formats.encode import encode
from tests.cli.town import WAIT, Town, git
from tests.school import a_stack

DEFINITION = f"credentials/{WAIT}/credential.yaml"
STACK = "credentials/stacks/talk.yaml"


@pytest.fixture
def folder(first_town: Town, tmp_path: Path) -> Town:
    """Rosa's folder alone: lint asks no one else."""
    shutil.copytree(first_town.home("rosa"), tmp_path / "people" / "rosa", symlinks=True)
    return Town(place=tmp_path)


def edit(town: Town, path: str, old: str, new: str) -> None:
    """Change a text in a file of Rosa's folder, once."""
    place = town.home("rosa") / path
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "at", "what", "mend"),
    [
        *(
            (
                "credits: '1.5'",
                f"credits: {written}",
                f"credits: {written}",
                f"credits should be 0.01 to 100 credit hours, with at most two decimals, not '{written}'",
                "write digits only, such as 3 or 0.5, or leave it out",
            )
            for written in ("101", "0.001", "1.500")
        ),
        (
            "id: wait-time",
            "id: wait-tyme",
            "id: wait-tyme",
            "the id is 'wait-tyme', but the file's location says 'wait-time'",
            "id: wait-time",
        ),
        ("format: 2", "format: 7", "format: 7", "this file has format 7", "install the newest mcred"),
        (
            "title: Wait",
            "title: [a]  #",
            "title: [a]  # Time",
            "title should be text, not a list",
            "one line",
        ),
        ("title: Wait", "title: A\ntitle:", "title: Time", "'title' appears twice", "keep only one of them"),
        (
            "title: Wait",
            "title: &x Wait",
            "title: &x Wait Time",
            "'&x' names this place for reuse",
            "remove the '&…'",
        ),
        (
            "title: Wait",
            'title: "Wait',
            'title: "Wait Time',
            "this quotation mark is never closed",
            "at its end",
        ),
        ("version: 1.2.0", "version: new", "version: new", "version 'new' is not a version", "1.2.0"),
        ("    max: 30", "    max: 2", "min: 3", "max is less than min", "swap the two numbers"),
        ("scale: pass", "scale: points", "scale: points", "there is no scale 'points'", "pass, three"),
        (
            "- lesson-plan",
            "- poem",
            "- poem",
            "there is no evidence type 'poem'",
            "the types are assessment, ",
        ),
        (
            "        max: 2",
            "        min: 3",
            "- id: lesson-plan",
            "max (1) is less than min (3)",
            "raise max",
        ),
        (
            "id: waiting",
            "id: questions",
            "- id: questions",
            "the criterion id 'questions' is used twice",
            "one",
        ),
        ("- id: class-video", "- id: setting", "- id: setting", "the item id 'setting' is used twice", "one"),
        ("id: artifacts", "id: overview", "- id: overview", "the part id 'overview' is used twice", "rename"),
        ("Class video", "LESSON  plan", "title: Lesson plan", "the title “Lesson plan” appears twice", "own"),
        ("          basic: 1 s.\n", "", "proficient: 3 s.", "level 'basic' is not described", "every one"),
        ("required: basic", "required: great", "required: great", "'three' has no level 'great'", "basic, "),
        (
            "          - class-video",
            "          - radio",
            "- radio",
            "this part has no item 'radio'",
            "class-video",
        ),
        ("    - basic\n", "", "basic: Mixed.", "the scale 'three' has no level 'basic'", "developing"),
        (
            "  - developing",
            "  - basic",
            "- proficient",
            "the scale 'three' needs at least two different",
            "best",
        ),
        (
            "- title: A",
            "- component: beat\n    title: A",
            "- component: beat",
            "no method component 'beat'",
            "pause",
        ),
        (
            "scales:",
            "prerequisites: [wait-time]\nscales:",
            "prerequisites: [wait-time]",
            "requires itself",
            "remove it",
        ),
        ("scales:", "award_rule: 2 of 4\nscales:", "award_rule: 2 of 4", "there are 3 criteria", "'… of 3'"),
        (
            "scales:",
            "award_rule: points >= 9\nscales:",
            "award_rule: points >= 9",
            "the most anyone can score is 5 points",
            ">= 5",
        ),
        (
            "scales:",
            "award_rule: mine\nscales:",
            "award_rule: mine",
            "award_rule 'mine' is not a rule",
            "5 of 6",
        ),
        (
            "scales:",
            "colour: red\nscales:",
            "colour: red",
            "unknown key 'colour'",
            "the keys here are format, ",
        ),
    ],
    ids=lambda value: "",
)
def test_a_definition_that_does_not_hold_together_is_named_with_its_line(
    folder: Town, old: str, new: str, at: str, what: str, mend: str
) -> None:
    path = folder.home("rosa") / DEFINITION
    edit(folder, DEFINITION, old, new)
    ran = folder.run("rosa", "lint", expect=1)
    errors = [line.split(": error: ") for line in ran.out.splitlines() if ": error: " in line]
    place, said = errors[0]
    file, line, _ = place.split(":")
    assert (file, path.read_text("utf-8").splitlines()[int(line) - 1].strip()) == (DEFINITION, at)
    assert what in said
    assert mend in next(x for x in ran.out.splitlines() if x.startswith("    help: "))
    assert ran.out.splitlines()[-2].endswith(" found.")
    assert ran.next == "mcred lint   (once these are fixed)"


def test_a_prerequisite_that_is_none_is_named(folder: Town) -> None:
    edit(folder, DEFINITION, "scales:", "prerequisites: [exit-slip, gone]\nscales:")
    ran = folder.run("rosa", "lint", expect=1)
    assert f"{DEFINITION}: error: the prerequisite 'gone' is not a micro-credential" in ran.out
    assert "prerequisite 'exit-slip'" not in ran.out


def a_missing_item(text: str) -> str:
    """A part that asks for nothing."""
    start, rest = text.split("    items:\n      - id: setting\n", 1)
    return start + "    items: []\n    criteria:\n" + rest.split("    criteria:\n", 1)[1]


def no_criteria(text: str) -> str:
    """Parts without criteria."""
    head, first = text.split("    criteria:\n", 1)
    second = first.split("  - id: artifacts\n", 1)[1].split("    criteria:\n", 1)[0]
    return f"{head}    criteria: []\n  - id: artifacts\n{second}    criteria: []\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (a_missing_item, "this part asks for nothing"),
        (no_criteria, "there is no criterion"),
        (lambda text: "", "format"),
        (lambda text: "[]\n", ""),
        (lambda text: text + "\x00", ""),
        (lambda text: "a: " * 3 + text, "not readable"),
        (lambda text: "\n".join("  " * n + f"k{n}:" for n in range(200)), ""),
    ],
    ids=["part", "criteria", "empty", "list", "zero byte", "three keys", "deep"],
)
def test_a_definition_of_another_shape_is_refused_and_no_bug(
    folder: Town, change: Callable[[str], str], said: str
) -> None:
    path = folder.home("rosa") / DEFINITION
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    ran = folder.run("rosa", "lint", expect=1)
    assert f"{DEFINITION}:" in ran.out and said in ran.out
    assert "bug" not in ran.out and ran.next


@pytest.mark.parametrize(
    ("changes", "said", "mend"),
    [
        ({"credentials": ()}, "there are none to earn", "mcred browse lists them"),
        ({"credentials": (WAIT, WAIT)}, f"'{WAIT}' is listed twice", "keep only one of them"),
        ({"credentials": (WAIT, "gone")}, "there is no micro-credential 'gone'", f"{WAIT}"),
        ({"id": "walk"}, "the id is 'walk', but the file's location says 'talk'", "write id: talk"),
        ({"need": 4}, "need has to be between 1 and 1", "leave it out to require all"),
    ],
    ids=["none", "twice", "unknown", "id", "need"],
)
def test_a_stack_that_cannot_be_earned_is_named(
    folder: Town, changes: dict[str, object], said: str, mend: str
) -> None:
    path = folder.home("rosa") / STACK
    path.parent.mkdir()
    path.write_bytes(encode(a_stack()))
    assert folder.run("rosa", "lint").next == "mcred save --programme"
    path.write_bytes(encode(a_stack(**changes)))
    ran = folder.run("rosa", "lint", expect=1)
    assert f"{STACK}:" in ran.out and said in ran.out and mend in ran.out


@pytest.mark.parametrize(
    ("old", "new", "said", "mend"),
    [
        ("maintainers: [rosa]", "maintainers: [rosa, rosa2]", "maintainers names 'rosa2'", "add rosa2"),
        ("issuers: [rosa]", "issuers: [ghost]", "issuers names 'ghost', who has no profile", "add ghost"),
        ("issuers: [rosa]", "issuers: []", "there is no issuer", "name one under roles"),
        ("    - mei\n", "    - may\n", "experts names 'may', who has no profile", "mcred person add may"),
        ("maintainers: [rosa]", "maintainer: [rosa]", "maintainer", ""),
        ("due_days: 10", "due_days: -3", "due_days", ""),
        ("peers: 2", "peers: many", "peers", ""),
        ("max_open: 4", "max_open: 99999999999999999999999", "max_open", ""),
        ("carry_over: unchanged", "carry_over: sometimes", "carry_over", "unchanged"),
    ],
)
def test_rules_that_name_no_one_or_nothing_are_named(
    folder: Town, old: str, new: str, said: str, mend: str
) -> None:
    edit(folder, "mcred.yaml", old, new)
    ran = folder.run("rosa", "lint", expect=1)
    assert said in ran.out and mend in ran.out
    assert "mcred.yaml" in ran.out and ran.next
    assert said in folder.run("rosa", "save", "--programme", expect=None).err


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("credentials/wait-time/con.md", "con.md"),
        ("credentials/wait-time/CREDENTIAL.yaml", "CREDENTIAL.yaml"),
        ("templates/site/a:b.html", "a:b.html"),
        ("templates/site/trailing.", "trailing."),
    ],
)
def test_names_that_other_computers_cannot_store_are_found(folder: Town, path: str, said: str) -> None:
    place = folder.home("rosa") / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("x", "utf-8")
    ran = folder.run("rosa", "lint", expect=1)
    assert said in ran.out and ran.next
    refused = folder.run("rosa", "save", "--programme", expect=None)
    assert refused.code not in (0, 3) and said in refused.err


def test_a_copy_that_a_sync_program_made_is_named_and_not_saved(folder: Town) -> None:
    home = folder.home("rosa")
    shutil.copytree(home / "credentials" / WAIT, home / "credentials" / f"{WAIT} (1)")
    ran = folder.run("rosa", "lint", expect=1)
    assert f"credentials/{WAIT} (1)/credential.yaml" in ran.out
    assert f"this is not read: '{WAIT} (1)' cannot be the id of a micro-credential" in ran.out
    assert f"'{WAIT} (1)'" in folder.run("rosa", "save", "--programme", expect=1).err


def test_several_broken_files_are_all_named_and_counted(folder: Town) -> None:
    edit(folder, DEFINITION, "required: basic", "required: great")
    edit(folder, "credentials/exit-slip/credential.yaml", "title: Exit Slip", "titel: Exit Slip")
    edit(folder, "mcred.yaml", "issuers: [rosa]", "issuers: [rosa, ghost]")
    ran = folder.run("rosa", "lint", expect=1)
    count = ran.out.count(": error: ")
    assert count >= 3 and f"{count} problems found." in ran.out
    for place in (f"{DEFINITION}:", "credentials/exit-slip/credential.yaml:", "mcred.yaml: error"):
        assert place in ran.out
    found = folder.run("rosa", "lint", "--json", expect=1).json
    told = [re.split(": (?:error|warning): ", x) for x in ran.out.splitlines() if not x.startswith(" ")]
    told = [line for line in told if len(line) == 2]
    assert [[p["where"], p["what"]] for p in found["problems"]] == told and found["in_order"] is False
    lines = folder.run("rosa", "lint", "--format", "github", expect=1).out.splitlines()
    assert sum(line.startswith("::error file=") for line in lines) == count


def test_an_annotation_cannot_be_forged_by_a_files_text(folder: Town) -> None:
    edit(folder, DEFINITION, "required: basic", 'required: "great\\n::error file=x::y"')
    out = folder.run("rosa", "lint", "--format", "github", expect=1).out
    starts = [line for line in out.splitlines() if line.startswith("::error")]
    assert starts and all(line.startswith(f"::error file={DEFINITION}") for line in starts)


def test_lint_reads_the_folder_and_changes_nothing(folder: Town) -> None:
    edit(folder, DEFINITION, "required: basic", "required: great")
    before = folder.files("rosa"), git(folder.home("rosa"), "for-each-ref")
    folder.run("rosa", "lint", expect=1)
    assert (folder.files("rosa"), git(folder.home("rosa"), "for-each-ref")) == before
    git(folder.home("rosa"), "checkout", "main", "--", DEFINITION)
    (folder.home("rosa") / "credentials" / "exit-slip" / "credential.yaml").unlink()
    assert folder.run("rosa", "lint").next == "mcred save --programme"


def test_in_a_place_without_files_the_saved_programme_is_checked(first_town: Town, tmp_path: Path) -> None:
    """A server's own check, where no one works."""
    place = tmp_path / "mirror.git"
    git(tmp_path, "clone", "--quiet", "--mirror", str(first_town.remote), str(place))
    town = Town(place=tmp_path)
    assert "No problems found" in town.run("rosa", "lint", at=place).out
    told = town.run("rosa", "lint", "--json", at=place).json
    assert told["in_order"] is True and {p["severity"] for p in told["problems"]} == {"warning"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format: 2", "format: [", "error"),
        ("attempt: 1", "attempt:", "'attempt' is empty"),
        ("attempt: 1", 'attempt: "1"', "in quotes"),
    ],
)
def test_a_portfolio_in_the_folder_is_read(town: Town, old: str, new: str, said: str) -> None:
    town.start("ana")
    assert town.run("ana", "lint").code == 0
    path = town.listing("ana")
    path.write_text(path.read_text("utf-8").replace(f"\n{old}", f"\n{new}"), "utf-8")
    ran = town.run("ana", "lint", expect=1)
    assert re.search(rf"portfolios/ana/{WAIT}/submission\.yaml:\d+:\d+: ", ran.out) and said in ran.out
    assert said in town.run("ana", "check", expect=1).out


def test_a_profile_in_the_folder_is_read(town: Town) -> None:
    path = town.home("ana") / "portfolios" / "ana" / "profile.yaml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"since: .*", "since: 2999-01-01", text), "utf-8")
    ran = town.run("ana", "lint", expect=1)
    assert "since is 2999-01-01" in ran.out and re.search(r"ana/profile\.yaml:\d+:\d+", ran.out)
    path.write_text(text + "  broken: [\n", "utf-8")
    assert re.search(r"ana/profile\.yaml:\d+", town.run("ana", "lint", expect=1).out)


def test_turning_to_sealed_says_what_stays_readable_and_to_whom(earned: Town) -> None:
    earned.run("rosa", "sync")
    edit(earned, "mcred.yaml", "work: open", "work: sealed")
    ran = earned.run("rosa", "lint")
    assert re.search(r"^mcred\.yaml:\d+: warning: work changes from open to sealed", ran.out, re.MULTILINE)
    told = " ".join(ran.out.split())
    for said in (
        "stays readable to every member, and anyone else who can reach the program",
        "the work of ana that was decided on, what is in review now, and all earlier versions",
        "sealed to their assessors and the issuers; mcred erase PIECE removes a piece from the current",
        "No problems found, but see the warnings.",
    ):
        assert said in told, said
    assert "work changes from open to sealed" in earned.run("rosa", "save", "--programme").err
    assert "work changes" not in earned.run("rosa", "lint").said
    edit(earned, "mcred.yaml", "work: sealed", "work: open # since 2026-03")
    told = " ".join(earned.run("rosa", "lint").out.split())
    assert "can read what is submitted from the next attempt on" in told
    assert "what was submitted before stays sealed" in told


def test_turning_before_anyone_submitted_names_no_one(folder: Town) -> None:
    edit(folder, "mcred.yaml", "work: open", "work: sealed")
    told = " ".join(folder.run("rosa", "lint").out.split())
    assert "can reach the program: what is in review now, and all earlier versions" in told
