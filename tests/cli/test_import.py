"""`mcred person import`: everyone on a list is invited, or no one."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest

from tests.cli.town import Town, git

LIST = (
    "name;id;school;roles;email\n"
    "Zoë Itō;;Bay School;expert;zoe@bay.example\n"
    "Ana Reyes;ana;Lincoln Elementary;coach;\n"
    "Ben Okafor;ben;;teacher;\n"
    "Eva Novak;eva;;;\n"
    "Yan Wu;yan;;;\n"
)


@pytest.fixture
def people(town: Town) -> Path:
    file = town.desk("rosa") / "people.csv"
    file.write_bytes(LIST.encode("utf-16"))
    return file


def handed(file: Path) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""))
    return {row["id"]: row["what_to_type"] for row in rows}


def main_of(town: Town) -> str:
    return git(town.remote, "rev-parse", "main")


def test_a_dry_run_says_of_every_line_what_would_happen(town: Town, people: Path) -> None:
    before = main_of(town)
    said = town.run("rosa", "person", "import", str(people), "--dry-run").said
    for line, what in (
        (2, "Zoë Itō (zoe-ito, Bay School) is invited, as expert"),
        (3, "Ana Reyes (ana, Lincoln Elementary) is here already, and is given a role, as coach"),
        (4, "Ben Okafor (ben, Harbor Middle School) is a member already"),
        (5, "Eva Novak (eva, no school) has asked to join"),
        (6, "Yan Wu (yan, no school) is invited"),
    ):
        assert f"people.csv:{line}: {what}" in " ".join(said.split()), line
    assert "invite 2 of 5 people, and give new roles to 1" in said and main_of(town) == before


def test_everyone_comes_in_with_one_step_and_can_join(town: Town, people: Path) -> None:
    before, out = int(git(town.remote, "rev-list", "--count", "main")), town.desk("rosa") / "out.csv"
    town.run("rosa", "person", "import", str(people), "--to", str(out), "--yes")
    assert int(git(town.remote, "rev-list", "--count", "main")) == before + 1
    lines = handed(out)
    assert set(lines) == {"zoe-ito", "yan"}
    town.run("zoe", *lines["zoe-ito"].split()[1:], str(town.home("zoe")))
    shown = {row["id"]: row for row in town.run("rosa", "person", "list", "--json").json["people"]}
    assert (shown["zoe-ito"]["name"], shown["zoe-ito"]["roles"]) == ("Zoë Itō", ["expert"])
    assert "coach" in shown["ana"]["roles"]
    assert "zoe@bay.example" not in git(town.remote, "log", "-p", "main")
    assert town.run("rosa", "audit").code == 0


def test_again_it_invites_no_one_twice_and_keeps_the_lines_that_were_handed_out(
    town: Town, people: Path
) -> None:
    out = town.desk("rosa") / "out.csv"
    words = ("rosa", "person", "import", str(people), "--yes")
    town.run(*words, "--to", str(out))
    before, lines = main_of(town), out.read_bytes()
    assert "already exists" in town.run(*words, "--to", str(out), expect=1).err
    ran = town.run(*words, "--to", str(town.desk("rosa") / "again.csv"))
    assert "was invited before" in ran.out and "No one had to be invited" in ran.out
    assert main_of(town) == before and out.read_bytes() == lines
    assert not (town.desk("rosa") / "again.csv").exists()


def _stop(*_: object, **more: object) -> None:
    if "dry_run" not in more:
        raise KeyboardInterrupt


def test_lines_that_could_not_be_written_come_with_the_next_run(
    town: Town, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("rosa", "person", "import", str(people), "--yes", "--to", str(town.desk("rosa") / "out.csv"))
    with monkeypatch.context() as broken:
        broken.setattr("mcred.cli.commands.maintainers.person.place_output", _stop)
        town.run(*words, expect=None)
    before = main_of(town)
    town.run(*words)
    assert main_of(town) == before and set(handed(town.desk("rosa") / "out.csv")) == {"zoe-ito", "yan"}


def test_another_list_keeps_the_lines_that_could_not_be_written(
    town: Town, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, out = town.desk("rosa") / "other.csv", town.desk("rosa") / "out.csv"
    other.write_text("name\nKim Lo\n", "utf-8")
    words = ("rosa", "person", "import", str(people), "--yes", "--to", str(out))
    with monkeypatch.context() as broken:
        broken.setattr("mcred.cli.commands.maintainers.person.place_output", _stop)
        town.run(*words, expect=None)
    there = town.desk("rosa") / "other-out.csv"
    town.run("rosa", "person", "import", str(other), "--yes", "--to", str(there))
    assert set(handed(there)) == {"kim-lo"}
    town.run(*words)
    lines = handed(out)
    assert set(lines) == {"zoe-ito", "yan"}
    town.run("yan", *lines["yan"].split()[1:], str(town.home("yan")))


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_only_the_maintainer_can_read_the_lines(town: Town, people: Path) -> None:
    out = town.desk("rosa") / "out.csv"
    town.run("rosa", "person", "import", str(people), "--yes", "--to", str(out))
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_name_that_a_member_has_is_said_with_the_members_school(town: Town, people: Path) -> None:
    people.write_text("name,school\nAna Reyes,Elm High\nDEV  patel,Riverside Academy\nYan Wu,\n", "utf-8")
    said = " ".join(town.run("rosa", "person", "import", str(people), "--dry-run").said.split())
    assert "people.csv:2: Ana Reyes (ana-reyes, Elm High) is invited" in said
    assert "people.csv:2: Ana Reyes is already a member: ana, Lincoln Elementary." in said
    assert "people.csv:3: Dev Patel is already a member: dev, Riverside Academy." in said
    assert said.count("is already a member:") == 2


def test_a_member_is_the_same_person_however_the_school_is_written(town: Town, people: Path) -> None:
    people.write_text("name,id,school,roles\nDev Patel,dev,RIVERSIDE academy,coach\n", "utf-8")
    said = town.run("rosa", "person", "import", str(people), "--dry-run").said
    assert "Dev Patel (dev, Riverside Academy) is here already" in " ".join(said.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Rosa Reyes;dev;;;", "column id: Dev Patel (dev, Riverside Academy) is already a member"),
        ("Dev Patel;dev;Elm High;coach;", "column school: Dev Patel (dev) is a member, at Riverside Academy"),
        (
            "Dev Patel;dev;Elm High;issuer;",
            "column school: Dev Patel (dev) is a member, at Riverside Academy",
        ),
        ("Kim;kim;;issuer;", "column roles: an invitation gives the role"),
        ("Kim;a_b;;;", "column id: 'a_b' cannot be an id"),
        ("Yan Wu;;;;\nYan Wu;yan-wu;;;", "column id: 'yan-wu' is on line 7, too"),
    ],
)
def test_one_wrong_line_keeps_everyone_out(town: Town, people: Path, line: str, said: str) -> None:
    people.write_text(f"{LIST}{line}\n", "utf-8")
    before = main_of(town)
    ran = town.run(
        *("rosa", "person", "import", str(people), "--yes"),
        *("--to", str(town.desk("rosa") / "out.csv")),
        expect=1,
    )
    assert f"people.csv:{7 + line.count(chr(10))}" in ran.err and said in " ".join(ran.err.split())
    assert main_of(town) == before and not (town.desk("rosa") / "out.csv").exists()


@pytest.mark.parametrize("line", ["Kim Lo,kim,Elm High,administrator", "Dev Patel,dev,,administrator"])
def test_no_list_makes_administrators(town: Town, people: Path, line: str) -> None:
    people.write_text(f"name,id,school,roles\n{line}\n", "utf-8")
    ran, who = town.run("rosa", "person", "import", str(people), "--dry-run", expect=1), line.split(",")[1]
    said = " ".join(ran.err.split())
    assert "people.csv:2" in said and "gives the role expert or coach, and not 'administrator'" in said
    assert f"mcred person add {who} --role administrator" in said and "you have seen their school" in said


def test_a_quote_that_is_not_closed_is_named_with_its_line(town: Town, people: Path) -> None:
    people.write_text('name\nLi Po\n"Bob Ray\nCarl Roe\n', "utf-8")
    ran = town.run("rosa", "person", "import", str(people), "--dry-run", expect=1)
    assert "people.csv:3" in ran.err and "a double quote is not closed" in " ".join(ran.err.split())


def test_only_a_maintainer_imports_and_says_where_to(town: Town, people: Path) -> None:
    town.run("ana", "person", "import", str(people), "--dry-run", expect=5)
    assert "--to" in town.run("rosa", "person", "import", str(people), expect=2).next
