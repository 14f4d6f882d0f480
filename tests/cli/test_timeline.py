"""`growth`: how a portfolio grew, told and drawn; what pages show of it is the earner's choice."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from mcred.app.pending import newest_refs
from mcred.app.programme.timeline import shown_timelines
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import Terminal
from mcred.domain.people import Person
from mcred.store.signatures import make_key
from tests.cli.court import Forgery, read_on_main, repo_of, send_forgery
from tests.cli.town import WAIT, Town

ANAS = f"ana/{WAIT}"


def kinds(town: Town, person: str = "ana", which: str = ANAS) -> list[str]:
    return [m["kind"] for m in moments(town, person, which)]


def moments(town: Town, person: str = "ana", which: str = ANAS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.run(person, "growth", which, "--json").json["moments"]
    return found


def allow(town: Town, *shown: str) -> None:
    """Ana chooses, and Rosa confirms the changed profile."""
    town.run("ana", "growth", WAIT, "--show", ",".join(shown))
    town.run("rosa", "person", "add", "ana")


class TestWhatHappened:
    def test_two_attempts_are_told_in_order(self, back: Town) -> None:
        (back.folder("ana") / "evidence" / "plan.md").write_text("# Open questions\n", "utf-8")
        back.run("ana", "save")
        back.run("ana", "submit", "--attest", "all", "--note", "More.")
        back.assess("ana")
        back.decide("ana")
        found = moments(back)
        told = [(m["kind"], m["attempt"], m["outcome"]) for m in found if m["kind"] != "save"]
        assert told == [
            ("submit", 1, None),
            ("assess", 1, None),
            ("decide", 1, "revise"),
            ("submit", 2, None),
            ("assess", 2, None),
            ("decide", 2, "award"),
        ]
        assert "save" in [m["kind"] for m in found]
        met = [(m["met"], m["of"]) for m in found if m["kind"] == "decide"]
        assert met == [(2, 3), (3, 3)]
        assert [m["when"] for m in found] == sorted(m["when"] for m in found)
        said = back.run("ana", "growth", WAIT)
        assert "not yet earned, 2 of 3 criteria met" in said.out and "submitted, attempt 2" in said.out
        assert "Pages show: nothing." in said.out

    def test_what_is_open_is_there_too(self, sent: Town) -> None:
        assert kinds(sent)[-1] == "submit"

    def test_a_draft_alone(self, town: Town) -> None:
        town.start("ana")
        town.run("ana", "save")
        assert set(kinds(town)) <= {"save"}

    def test_what_someone_else_signed_in_the_earners_name_is_left_out(self, earned: Town) -> None:
        before = kinds(earned, "rosa")
        text = f"Save a draft\n\nMcred-Event: save\nMcred-Submission: {ANAS}\n"
        ref = f"refs/heads/submission/{ANAS}"
        for key, parent in ((None, "refs/forger/main"), (make_key(), f"refs/forger/submission/{ANAS}")):
            forgery = Forgery(
                by="ben",
                ref=ref,
                parent=parent,
                files={"x.md": b"x"},
                text=text,
                key=key,
            )
            send_forgery(earned, forgery)
            assert kinds(earned, "rosa") == before


class TestWhoSees:
    def test_no_one_but_companions_until_the_earner_chooses(self, earned: Town) -> None:
        said = earned.run("ben", "growth", ANAS, expect=5)
        assert "has not chosen to show" in said.err and said.next == "mcred progress"
        assert "decide" in kinds(earned, "rosa")

    def test_only_what_was_chosen(self, earned: Town) -> None:
        allow(earned, "attempts")
        found = moments(earned, "ben")
        assert {m["part"] for m in found} == {"attempts"}
        assert [m["met"] for m in found] == [None, None]
        allow(earned, "levels", "reviews", "attempts")
        found = moments(earned, "ben")
        assert {m["part"] for m in found} == {"attempts", "reviews"}
        assert [m["met"] for m in found if m["kind"] == "decide"] == [3]

    def test_the_choice_can_be_taken_back(self, earned: Town) -> None:
        allow(earned, "all")
        assert read_on_main(earned, "portfolios/ana/profile.yaml", Person).growth == {
            WAIT: ("drafts", "attempts", "reviews", "levels")
        }
        allow(earned, "nothing")
        assert read_on_main(earned, "portfolios/ana/profile.yaml", Person).growth == {}
        earned.run("ben", "growth", ANAS, expect=5)

    def test_the_choice_is_the_earners_alone(self, earned: Town) -> None:
        assert "only ana chooses" in earned.run("rosa", "growth", ANAS, "--show", "all", expect=5).err

    def test_asked_twice_it_is_sent_once_and_dry_run_sends_nothing(self, earned: Town) -> None:
        before = earned.refs()
        assert "would show" in earned.run("ana", "growth", WAIT, "--show", "all", "--dry-run").out
        assert earned.refs() == before
        earned.run("ana", "growth", WAIT, "--show", "all")
        once = earned.refs()
        earned.run("ana", "growth", WAIT, "--show", "all")
        assert earned.refs() == once != before

    def test_a_choice_changes_nothing_else_of_the_profile(self, earned: Town) -> None:
        before = read_on_main(earned, "portfolios/ana/profile.yaml", Person)
        allow(earned, "attempts")
        after = read_on_main(earned, "portfolios/ana/profile.yaml", Person)
        assert (after.keys, after.school, after.publish) == (before.keys, before.school, before.publish)
        assert earned.run("rosa", "audit").code == 0

    @pytest.mark.parametrize("words", ["names", "attempts,names", "", ",", "all,drafts"])
    def test_another_word_is_refused(self, earned: Town, words: str) -> None:
        said = earned.run("ana", "growth", WAIT, "--show", words, expect=2)
        assert said.next == "mcred growth ID --show attempts,levels"


class TestPicture:
    def test_is_written_and_says_what_it_shows(self, earned: Town) -> None:
        path = earned.desk("ana") / "growth.svg"
        assert "Would write" in earned.run("ana", "growth", WAIT, "--svg", str(path), "--dry-run").out
        assert not path.exists()
        for _ in range(2):
            earned.run("ana", "growth", WAIT, "--svg", str(path))
        root = ElementTree.fromstring(path.read_bytes())  # noqa: S314 -- made here
        assert "3 of 3 criteria met" in "".join(root.itertext())

    def test_another_persons_shows_only_what_was_chosen(self, earned: Town) -> None:
        allow(earned, "attempts")
        path = earned.desk("ben") / "growth.svg"
        earned.run("ben", "growth", ANAS, "--svg", str(path))
        text = path.read_text("utf-8")
        assert "Drafts" not in text and "criteria met" not in text and "earned" in text


class TestForPages:
    def shown(self, town: Town) -> dict[str, list[str]]:
        town.run("rosa", "sync")
        desk = open_workspace(Terminal(at=town.home("rosa"), now=lambda: town.now, no_input=True))
        refs = newest_refs(repo_of(town, "rosa"), lambda _: False)
        found = shown_timelines(desk.repo, desk.catalog, refs)
        return {str(s): [m.kind for m in t.moments] for s, t in found.items()}

    def test_have_what_was_chosen_of_those_who_are_shown(self, earned: Town) -> None:
        assert self.shown(earned) == {}
        allow(earned, "attempts")
        assert self.shown(earned) == {ANAS: ["submit", "decide"]}
        earned.run("ana", "setup", "--publish", "private")
        earned.run("rosa", "person", "add", "ana")
        assert self.shown(earned) == {}
