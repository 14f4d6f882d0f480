"""`save --programme` and `lint`: rules and definitions are edited, and stay in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcred.domain.programme import Programme
from mcred.store.remote import push
from tests.cli.court import (
    asked,
    hand_scores,
    on_main,
    read_on_main,
    set_rules,
)
from tests.cli.town import EXPERTS, WAIT, Town, git, set_site


@pytest.fixture
def empty(tmp_path: Path) -> Town:
    """A place where nothing is yet."""
    (tmp_path / "people").mkdir()
    return Town(place=tmp_path)


def definition_of(town: Town, person: str = "rosa") -> Path:
    """The definition as it is in someone's folder."""
    return town.home(person) / "credentials" / WAIT / "credential.yaml"


def edit(path: Path, old: str, new: str) -> None:
    """Change a text in a file."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_definition_in_use_never_changes_but_a_new_version_may_come(sent: Town) -> None:
    town = sent
    town.run("rosa", "sync")
    path = definition_of(town)
    before = path.read_text("utf-8")
    edit(path, "The teacher waits", "The teacher hurries")
    said = town.run("rosa", "save", "--programme", expect=1)
    assert f"{WAIT} 1.2.0 is in use" in said.said
    assert said.next.startswith("give it a new version in")
    edit(path, "version: 1.2.0", "version: 1.3.0")
    said = town.run("rosa", "save", "--programme")
    assert "Saved for everyone." in said.out
    assert said.next == "mcred build"
    path.write_text(before.replace("The teacher waits", "The teacher runs"), "utf-8")
    said = town.run("rosa", "save", "--programme", expect=1)
    assert f"{WAIT} 1.2.0 is in use" in said.said
    path.write_text(before, "utf-8")
    town.run("rosa", "save", "--programme")


def test_a_definition_in_use_cannot_be_taken_away(sent: Town) -> None:
    town = sent
    town.run("rosa", "sync")
    definition_of(town).unlink()
    said = town.run("rosa", "save", "--programme", expect=1)
    assert "so it cannot be removed" in said.said


def test_a_version_named_elsewhere_in_a_definition_does_not_count(sent: Town) -> None:
    town = sent
    town.run("rosa", "sync")
    origin = "derived_from: {repository: 'https://git.example.org/x.git', id: pausing, version: 1.2.0}\n"
    path = definition_of(town)
    edit(path, "version: 1.2.0", "version: 2.0.0")
    path.write_text(path.read_text("utf-8") + origin, "utf-8")
    town.run("rosa", "save", "--programme")
    assert "version: 2.0.0" in git(town.remote, "show", f"main:credentials/{WAIT}/credential.yaml")


def test_a_broken_definition_is_refused_with_its_place(town: Town) -> None:
    path = definition_of(town)
    edit(path, "title: Wait Time", "titel: Wait Time")
    before = git(town.remote, "rev-parse", "main")
    said = town.run("rosa", "save", "--programme", expect=1).said
    line = next(n for n, x in enumerate(path.read_text("utf-8").splitlines(), 1) if x.startswith("titel"))
    assert f"credentials/{WAIT}/credential.yaml:{line}:" in said
    assert "titel" in said
    assert "title" in said
    assert git(town.remote, "rev-parse", "main") == before
    assert "titel" in path.read_text("utf-8")


def test_only_maintainers_change_the_rules_and_only_issuers_definitions(town: Town) -> None:
    edit(town.home("mei") / "mcred.yaml", "due_days: 10", "due_days: 1")
    said = town.run("mei", "save", "--programme", expect=5)
    assert "only maintainers change mcred.yaml (rosa)" in said.said
    edit(definition_of(town, "ben"), "title: Wait Time", "title: Wait")
    said = town.run("ben", "save", "--programme", expect=5)
    assert "only issuers change definitions and templates (rosa)" in said.said


def test_an_edit_from_an_older_state_goes_over_no_one_elses(town: Town) -> None:
    town.run("rosa", "person", "add", "mei", "--role", "maintainer", "--role", "issuer")
    town.run("mei", "sync")
    edit(town.home("mei") / "mcred.yaml", "due_days: 10", "due_days: 20")
    town.run("mei", "save", "--programme")
    edit(town.home("rosa") / "mcred.yaml", "max_open: 4", "max_open: 9")
    said = town.run("rosa", "save", "--programme", expect=6)
    assert "someone else changed mcred.yaml in the meantime" in said.said
    assert said.next.startswith("mcred sync")
    assert b"due_days: 20" in on_main(town, "mcred.yaml")
    assert "mcred.yaml: you changed it, so your version stays." in town.run("rosa", "sync").said
    edit(town.home("rosa") / "mcred.yaml", "due_days: 10", "due_days: 20")
    town.run("rosa", "save", "--programme")
    assert b"due_days: 20" in on_main(town, "mcred.yaml")
    assert b"max_open: 9" in on_main(town, "mcred.yaml")


def test_an_older_copy_of_the_rules_is_no_edit(town: Town) -> None:
    """A definition is saved from a folder that has not seen the newest roles yet."""
    town.run("rosa", "person", "add", "mei", "--role", "issuer")
    town.run("mei", "sync")
    town.run("rosa", "person", "add", "dev", "--role", "expert")
    edit(definition_of(town, "mei"), "title: Wait Time", "title: Wait a Time")
    said = town.run("mei", "save", "--programme")
    assert "mcred.yaml" not in said.out
    assert "dev" in read_on_main(town, "mcred.yaml", Programme).roles.experts
    assert b"Wait a Time" in on_main(town, f"credentials/{WAIT}/credential.yaml")


def test_someone_is_faster_while_it_is_sent(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.run("rosa", "person", "add", "mei", "--role", "maintainer")
    town.run("mei", "sync")
    calls: list[int] = []

    def first_the_other(*words: Any, **more: Any) -> Any:
        if not calls:
            calls.append(1)
            edit(town.home("mei") / "mcred.yaml", "due_days: 10", "due_days: 20")
            town.run("mei", "save", "--programme")
        return push(*words, **more)

    monkeypatch.setattr("mcred.app.commit.push", first_the_other)
    edit(town.home("rosa") / "mcred.yaml", "max_open: 4", "max_open: 9")
    said = town.run("rosa", "save", "--programme", expect=6)
    assert "someone else changed mcred.yaml in the meantime" in said.said


def test_nothing_edited_is_said_and_a_dry_run_saves_nothing(town: Town) -> None:
    assert "Nothing was edited" in town.run("rosa", "save", "--programme").out
    edit(definition_of(town), "title: Wait Time", "title: Wait")
    before = town.refs(), town.refs("rosa")
    said = town.run("rosa", "save", "--programme", "--dry-run").out
    assert f"save credentials/{WAIT}/credential.yaml" in said
    assert "Would be saved for everyone." in said
    assert (town.refs(), town.refs("rosa")) == before


def test_rules_that_are_gone_from_the_folder_are_missed(town: Town) -> None:
    (town.home("rosa") / "mcred.yaml").unlink()
    said = town.run("rosa", "save", "--programme", expect=1)
    assert "mcred.yaml is missing from your folder" in said.said
    git(town.home("rosa"), *said.next.split()[1:])
    assert "Nothing was edited" in town.run("rosa", "save", "--programme").out


def test_lint_finds_a_broken_definition_in_every_format(town: Town) -> None:
    said = town.run("rosa", "lint")
    assert "No problems found, but see the warnings." in said.out
    assert said.next == "mcred key new"
    assert "no address yet (site: url in mcred.yaml)" in " ".join(said.out.split())
    set_site(town, "https://badges.example.org")
    assert "no address yet" not in town.run("rosa", "lint").out
    edit(definition_of(town), "title: Wait Time", "titel: Wait Time")
    said = town.run("rosa", "lint", expect=1)
    place = f"credentials/{WAIT}/credential.yaml"
    assert f"{place}:" in said.out
    assert "found" in said.out
    said = town.run("rosa", "lint", "--format", "github", expect=1)
    assert f"::error file={place},line=" in said.out
    for words in (("--json",), ("--format", "json")):
        found = town.run("rosa", "lint", *words, expect=1).json
        assert found["in_order"] is False
        assert any(p["where"].startswith(place) and "titel" in p["what"] for p in found["problems"])
    said = town.run("rosa", "lint", "--format", "xml", expect=2)
    assert "--format cannot be 'xml'; use text, json, github" in said.said


def test_lint_knows_roles_that_name_no_one(town: Town) -> None:
    rules = town.home("rosa") / "mcred.yaml"
    edit(rules, "coaches: []", "coaches: [ghost]\n  experts_for: {wait-tim: [phantom]}")
    said = town.run("rosa", "lint", expect=1).said
    assert "coaches names 'ghost', who has no profile" in said
    assert "experts_for wait-tim names 'phantom', who has no profile" in said
    assert "experts_for names 'wait-tim', which is not a micro-credential" in said
    edit(rules, 'site:\n  url: ""', "site:\n  url: javascript:alert(1)")
    assert "the site's url 'javascript:alert(1)'" in town.run("rosa", "lint", expect=1).said
    edit(rules, "maintainers: [rosa]", "maintainers: []")
    assert "there is no maintainer" in town.run("rosa", "lint", expect=1).said


def test_lint_sees_a_golden_example_that_comes_out_otherwise(empty: Town) -> None:
    empty.run("rosa", "init", "lake", "--name", "L", "--person", "R", "--id", "rosa", at=empty.place)
    lake = empty.place / "lake"
    agreed = lake / "credentials/fractions-number-line/examples/proficient/agreed.yaml"
    edit(agreed, "level: proficient", "level: basic")
    said = empty.run("rosa", "lint", at=lake, expect=1).said
    assert "the agreed scores result in 'revise', not 'award'" in said
    assert "examples/proficient/agreed.yaml" in said
    edit(agreed, "level: basic", "level: splendid")
    assert "has no level 'splendid'" in empty.run("rosa", "lint", at=lake, expect=1).said


def test_rules_that_cannot_be_read_are_refused_with_their_line(town: Town) -> None:
    rules = town.home("rosa") / "mcred.yaml"
    edit(rules, "due_days: 10", "due_days: soon")
    line = next(n for n, x in enumerate(rules.read_text("utf-8").splitlines(), 1) if "soon" in x)
    for words in (("lint",), ("save", "--programme")):
        assert f"mcred.yaml:{line}:" in town.run("rosa", *words, expect=1).said


def test_rules_take_effect_for_the_next_submission(town: Town) -> None:
    set_rules(town, "  experts: 1\n", "  experts: 2\n")
    town.submit("ana")
    assert sorted(town.panel("ana")) == sorted(EXPERTS)


def test_rules_of_an_earlier_day_do_not_come_back_word_for_word(town: Town) -> None:
    """TRUST: a roll-back to an older policy; said again, with a remark, it is a decision of today."""
    set_rules(town, "  experts: 1\n", "  experts: 2\n")
    rules = town.home("rosa") / "mcred.yaml"
    text = rules.read_text("utf-8").replace("  experts: 2\n", "  experts: 1\n")
    rules.write_text(text, "utf-8")
    said = town.run("rosa", "save", "--programme", expect=1)
    assert "these are exactly the rules of an earlier day" in said.said
    assert rules.read_text("utf-8") == text
    rules.write_text(text + "# one again since March\n", "utf-8")
    town.run("rosa", "save", "--programme")
    assert town.run("rosa", "audit").code == 0


def test_an_issuers_key_is_never_taken_out_of_the_rules(town: Town) -> None:
    town.run("rosa", "key", "new")
    rules = town.home("rosa") / "mcred.yaml"
    kept = rules.read_text("utf-8")
    lines = kept.splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.strip() == "keys:")
    end = next(n for n in range(first + 1, len(lines)) if not lines[n].startswith("    "))
    rules.write_text("".join(lines[:first] + lines[end:]) + "# no keys\n", "utf-8")
    said = town.run("rosa", "save", "--programme", expect=1)
    assert "an issuer's key was removed or altered" in said.said
    assert "keys" in on_main(town, "mcred.yaml").decode()


def test_a_definition_in_use_does_not_go_back_to_a_lower_version(sent: Town) -> None:
    town = sent
    hand_scores(town, asked(town))
    town.run("rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes")
    town.run("rosa", "sync")
    path = town.home("rosa") / "credentials" / WAIT / "credential.yaml"
    version = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("version:"))
    path.write_text(path.read_text("utf-8").replace(version, "version: 9.0"), "utf-8")
    town.run("rosa", "save", "--programme")
    path.write_text(path.read_text("utf-8").replace("version: 9.0", "version: 8.9"), "utf-8")
    said = town.run("rosa", "save", "--programme", expect=1)
    assert f"{WAIT} is at version 9.0; 8.9 is older" in said.said
