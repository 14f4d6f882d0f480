"""What `person` prints, in usual and unusual orders; whom it confirms: tests/app/test_people.py."""

from __future__ import annotations

import pytest

from tests.cli.town import Town, git


def newcomer(town: Town, person: str, name: str) -> None:
    """Someone joins and waits."""
    who = ("--name", name, "--id", person, "--school", "Bay School")
    town.run(person, "join", str(town.remote), str(town.home(person)), *who, at=town.place)


def test_typed_alone_it_is_the_list(town: Town) -> None:
    assert town.run("ben", "person").out == town.run("ben", "person", "list").out


def test_each_of_those_who_wait_is_the_next_step_in_turn(town: Town) -> None:
    newcomer(town, "abe", "Abe Lee")
    assert "Waiting to be confirmed: abe, eva" in town.run("rosa", "person", "list").out
    assert town.run("mei", "person", "list", "--json").json["waiting"] == ["abe", "eva"]
    ran = town.run("rosa", "person", "add", "eva")
    assert "Eva Novak (eva) is confirmed: teacher." in ran.out and ran.next == "mcred person add abe"
    ran = town.run("rosa", "person", "add", "abe")
    assert ran.next == "mcred person list"
    assert town.run("mei", "person", "list", "--json").json["waiting"] == []
    assert "Waiting" not in town.run("rosa", "person", "list").out


def test_the_list_shows_roles_and_a_dash_for_none(town: Town) -> None:
    lines = town.run("ben", "person", "list").out.splitlines()
    assert lines[0].split() == ["id", "name", "school", "roles"]
    rows = {line.split()[0]: line.rstrip() for line in lines[1:] if not line.startswith(("Waiting", "Next"))}
    assert rows["rosa"].endswith("maintainer, issuer") and rows["mei"].endswith("expert")
    assert rows["ben"].split()[-1] == "-" and "Harbor Middle School" in rows["ben"]


@pytest.mark.parametrize("words", [("add",), ("remove", "eva"), ("List",), ("",)])
def test_what_person_cannot_do_leads_to_the_list(town: Town, words: tuple[str, ...]) -> None:
    ran = town.run("rosa", "person", *words, expect=2)
    assert f"mcred person has no action '{words[0]}'" in ran.err and ran.next == "mcred person list"


def test_a_name_cannot_steer_the_terminal(town: Town) -> None:
    newcomer(town, "abe", "[red]Abe[/red] :eyes:")
    ran = town.run("rosa", "person", "add", "abe")
    assert "[red]Abe[/red] :eyes: (abe) is confirmed: teacher." in ran.out
    assert "[red]Abe[/red]" in town.run("rosa", "person", "list").out


def test_someone_without_a_folder_of_their_own_confirms_no_one(town: Town) -> None:
    git(town.home("rosa"), "config", "--unset", "mcred.person")
    assert town.run("rosa", "person", "add", "eva", expect=1).next == "mcred setup"
    assert "eva" in town.run("rosa", "person", "list").out
    ran = town.run("eva", "person", "add", "eva", expect=5)
    assert "you are not confirmed in this program yet; rosa can do that" in ran.err


@pytest.mark.parametrize("is_changed", [False, True])
def test_an_administrators_school_is_said_before_the_role_is_given(town: Town, is_changed: bool) -> None:
    school = "Elm High" if is_changed else "Lincoln Elementary"
    if is_changed:
        town.run("ana", "setup", "--school", school)
    words = ("rosa", "person", "add", "ana", "--role", "administrator")
    said = " ".join(town.run(*words, "--dry-run").said.split())
    assert f"As an administrator, ana sees the transcripts of {school}." in said
    assert ("Ana Reyes (ana) changes from Lincoln Elementary to Elm High." in said) == is_changed
    assert school in town.run(*words).said


def test_an_administrator_without_a_school_is_said_to_see_none(town: Town) -> None:
    town.run("ana", "setup", "--school", "")
    said = town.run("rosa", "person", "add", "ana", "--role", "administrator", "--dry-run").said
    assert "the transcripts of no school: there is none in their profile." in " ".join(said.split())
