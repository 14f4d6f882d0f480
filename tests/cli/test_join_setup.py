"""`join` and `setup`: a programme on this computer, and who sits here."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.town import PEOPLE, Town, git

WHO = ("--name", "Zoe Ito", "--id", "zoe", "--school", "Bay School")


def join(town: Town, *words: str, expect: int = 0) -> str:
    return town.run(
        "zoe", "join", str(town.remote), str(town.home("zoe")), *words, at=town.place, expect=expect
    ).said


def settings(town: Town, person: str) -> str:
    return (town.home(person) / ".git" / "config").read_text(encoding="utf-8")


class TestJoin:
    def test_brings_the_programme_and_asks_to_be_confirmed(self, town: Town) -> None:
        said = join(town, *WHO)
        assert "Lakeside Schools is in" in said and "mcred person add zoe" in said
        assert (town.home("zoe") / "mcred.yaml").exists()
        assert "refs/heads/person/zoe" in town.refs()
        town.run("rosa", "person", "add", "zoe")
        assert "not confirmed" not in town.run("zoe", "status").out

    def test_without_a_name_it_says_how_to_go_on(self, town: Town) -> None:
        assert 'mcred setup --name "YOUR NAME"' in join(town)

    def test_again_goes_on_where_it_stopped(self, town: Town) -> None:
        join(town)
        join(town, *WHO)
        before = town.refs("zoe"), town.refs(), town.files("zoe"), settings(town, "zoe")
        join(town, *WHO)
        assert (town.refs("zoe"), town.refs(), town.files("zoe"), settings(town, "zoe")) == before

    def test_a_folder_of_someone_else(self, town: Town) -> None:
        ran = town.run("ana", "join", str(town.remote), str(town.home("ana")), *WHO, at=town.place, expect=1)
        assert "belongs to ana" in ran.err and "ANOTHER-FOLDER" in ran.next
        assert "Ana Reyes" in settings(town, "ana")

    def test_a_folder_with_something_in_it(self, town: Town) -> None:
        (town.place / "full").mkdir()
        (town.place / "full" / "notes.txt").write_text("mine", encoding="utf-8")
        ran = town.run("zoe", "join", str(town.remote), "full", at=town.place, expect=1)
        assert "already exists" in ran.err
        assert [p.name for p in (town.place / "full").iterdir()] == ["notes.txt"]

    @pytest.mark.parametrize(
        ("address", "code", "said"),
        [
            ("nowhere.git", 7, "there is no program at"),
            ("http://git.example.org/x.git", 1, "is not safe"),
            ("https://zoe:pw12345@git.example.org/x.git", 1, "a name, a password, or a token"),
            ("ext::sh -c id", 1, "not an address mcred can use"),
            ("--upload-pack=id", 2, ""),
        ],
    )
    def test_addresses_that_lead_nowhere(self, town: Town, address: str, code: int, said: str) -> None:
        ran = town.run("zoe", "join", address, "fresh", at=town.place, expect=code)
        assert said in ran.err and "pw12345" not in ran.said and ran.next
        assert not (town.place / "fresh").exists()

    def test_an_empty_remote(self, town: Town) -> None:
        git(town.place, "init", "--quiet", "--bare", "empty.git")
        ran = town.run("zoe", "join", str(town.place / "empty.git"), "fresh", at=town.place, expect=1)
        assert "nothing at" in ran.err and "mcred init" in ran.next


class TestSetup:
    def test_the_key_stays_here_and_is_its_owners_alone(self, town: Town) -> None:
        join(town, *WHO)
        key = town.home("zoe") / ".git" / "mcred" / "signing-key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        profile = (town.home("zoe") / "portfolios" / "zoe" / "profile.yaml").read_text(encoding="utf-8")
        assert "ssh-ed25519" in profile and "PRIVATE" not in profile and "school: Bay School" in profile

    def test_twice_is_once(self, town: Town) -> None:
        before = town.refs("ana"), town.refs(), town.files("ana"), settings(town, "ana")
        assert "You are confirmed in this program" in town.run("ana", "setup").out
        assert (town.refs("ana"), town.refs(), town.files("ana"), settings(town, "ana")) == before

    def test_a_change_goes_to_be_confirmed(self, town: Town) -> None:
        ran = town.run("ana", "setup", "--publish", "unlisted")
        assert "Your change was sent to the program" in ran.out
        town.run("rosa", "person", "add", "ana")
        town.run("ana", "sync")
        profile = (town.home("ana") / "portfolios" / "ana" / "profile.yaml").read_text(encoding="utf-8")
        assert "publish: unlisted" in profile and "Lincoln Elementary" in profile

    def test_a_dry_run_says_who_and_changes_nothing(self, town: Town) -> None:
        before = town.refs("ana"), town.files("ana")
        ran = town.run("ana", "setup", "--email", "ana@school.example", "-n")
        told = "Ana Reyes (ana), Lincoln Elementary, ana@school.example."
        assert ran.out == f"Would introduce you as {told}\n"
        assert (town.refs("ana"), town.files("ana")) == before

    def test_without_a_name_it_says_how_to_give_one(self, town: Town) -> None:
        join(town)
        assert 'mcred setup --name "YOUR NAME"' in town.run("zoe", "setup", expect=2).next

    def test_a_folder_belongs_to_one_person(self, town: Town) -> None:
        assert "belongs to ana" in town.run("ana", "setup", "--id", "ben", expect=1).err

    def test_a_broken_profile_is_named_with_its_line(self, town: Town) -> None:
        profile = town.home("ana") / "portfolios" / "ana" / "profile.yaml"
        profile.write_text(profile.read_text("utf-8") + "colour: blue\n", encoding="utf-8")
        ran = town.run("ana", "setup", expect=1)
        assert "portfolios/ana/profile.yaml:" in ran.err and ran.next.startswith("mcred setup")


def test_everyone_before_setup_is_told_to_set_up(town: Town) -> None:
    join(town)
    assert town.run("zoe").next == "mcred setup"
    for words in (("start", "wait-time"), ("save",), ("check",), ("submit",), ("withdraw",), ("feedback",)):
        assert town.run("zoe", *words, expect=1).next == "mcred setup"
    assert "Exit Slip" in town.run("zoe", "browse").out


def test_not_a_programme(town: Town, tmp_path: Path) -> None:
    for words in ((), ("status",), ("start", "wait-time"), ("save",), ("browse",), ("setup",)):
        ran = town.run("ana", *words, at=tmp_path, expect=1)
        assert "not inside a program" in ran.err and ran.next.startswith("mcred join")
    assert PEOPLE["ana"][0] not in ran.err
