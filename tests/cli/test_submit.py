"""`submit`: sent once, said only when it has arrived, and never without the earner's word."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import pytest

from mcred.app.sealed import line
from mcred.app.sealed.line import RefMove
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import draft_ref
from mcred.store.git import Repo
from mcred.store.write import move_refs
from tests.cli.town import OLD, OVERVIEW, PLAN, SLIP, WAIT, Town, git


def more(town: Town, text: str = "And more.\n") -> None:
    (town.folder("ana") / "1-overview.md").write_text(OVERVIEW + text, encoding="utf-8")


def better_plan(town: Town) -> None:
    (town.folder("ana") / "evidence" / "plan.md").write_text(PLAN + "Four times.\n", encoding="utf-8")


class TestFirst:
    def test_sends_and_says_who_judges_it_by_when(self, ready: Town) -> None:
        ran = ready.run("ana", "submit", "--attest", "all")
        assert "Attempt 1 of wait-time is submitted." in ran.out
        assert "the expert" in ran.out and "due 2026-03-12" in ran.out and ran.next == "mcred status"
        assert ready.sent("ana") == ["1"]
        assert ready.status("ana")["state"] == "in review (0 of 1)"

    def test_twice_is_once(self, sent: Town) -> None:
        before = sent.refs("ana"), sent.refs(), sent.files("ana")
        assert "was already submitted" in sent.run("ana", "submit").out
        assert "was already submitted" in sent.run("ana", "submit", "--replace", "--attest", "all").out
        assert (sent.refs("ana"), sent.refs(), sent.files("ana")) == before

    @pytest.mark.parametrize("done", range(4))
    def test_killed_while_git_moves_its_refs_it_saves_all_the_same(
        self, ready: Town, monkeypatch: pytest.MonkeyPatch, done: int
    ) -> None:
        more(ready)

        def move_some(repo: Repo, moves: Sequence[RefMove]) -> None:
            if len(moves) < 3:
                move_refs(repo, moves)
                return
            move_refs(repo, moves[:done])
            raise KeyboardInterrupt

        monkeypatch.setattr(line, "move_refs", move_some)
        ready.run("ana", "submit", "--attest", "all", expect=130)
        monkeypatch.undo()
        ready.run("ana", "submit", "--attest", "all")
        assert ready.sent("ana") == ["1"]
        assert ready.status("ana")["state"] == "in review (0 of 1)"
        kept = git(
            ready.home("ana"),
            "show",
            f"{draft_ref(SubmissionId.parse(f'ana/{WAIT}'))}:portfolios/ana/{WAIT}/1-overview.md",
        )
        assert kept.rstrip().endswith("And more.")

    def test_remarks_in_the_list_survive(self, ready: Town) -> None:
        path = ready.listing("ana")
        path.write_text(path.read_text("utf-8").replace("format: 2", "format: 2  # mine"), encoding="utf-8")
        ready.run("ana", "submit", "--attest", "all", "--note", "Line one\nLine two # no remark")
        text = path.read_text(encoding="utf-8")
        assert "format: 2  # mine" in text and "own-work" in text and "Line two # no remark" in text

    def test_each_statement_is_asked_for_in_its_words(self, ready: Town) -> None:
        before = ready.refs("ana")
        ran = ready.run("ana", "submit", "--attest", "ready", expect=2)
        assert "own-work: This is my own work" in ran.err and "ready: This is complete" not in ran.err
        assert (
            ran.next.startswith(f"mcred submit {WAIT} --attest own-work ") and "--attest all" not in ran.said
        )
        assert ready.refs("ana") == before
        ready.run("ana", "submit", "--attest", "own-work", "--attest", "release")
        assert ready.sent("ana") == ["1"]

    def test_an_unknown_statement(self, ready: Town) -> None:
        ran = ready.run("ana", "submit", "--attest", "redy", expect=2)
        assert "no statement 'redy'" in ran.err and ran.next.endswith("--attest ready")

    def test_students_need_consent(self, ready: Town) -> None:
        path = ready.listing("ana")
        text = path.read_text("utf-8").replace("title: talk", "title: talk\n    students: true")
        path.write_text(text, encoding="utf-8")
        words = ("--attest", "ready", "--attest", "own-work", "--attest", "release")
        ran = ready.run("ana", "submit", *words, expect=2)
        assert "student-consent: Every student" in ran.err and "named in “talk”" in ran.err
        assert "Get consent for every one of them" in ran.err and "--attest all" not in ran.said
        assert ran.next.startswith(f"mcred submit {WAIT}   (")
        # What it names to do otherwise can be typed as it is.
        way_out = ran.err.partition("(mcred ")[2].partition(")")[0]
        assert "“talk” was removed" in ready.run("ana", *shlex.split(way_out)).out
        assert "attest all" not in ready.run("ana", "submit", "--attest", "quite-other", expect=2).said

    def test_incomplete_work_is_refused_with_every_gap(self, town: Town) -> None:
        town.start("ana")
        ran = town.run("ana", "submit", "--attest", "all", expect=1)
        assert "1-overview.md:3" in ran.err and "“Class video” needs 1" in ran.err
        assert ran.next == f"mcred check {WAIT}"
        # What is missing is asked for before statements are written down.
        assert "attestations: []" in town.listing("ana").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("person", "words", "code", "then"),
        [
            ("ana", ("submit",), 1, "mcred browse"),
            ("ana", ("submit", WAIT), 1, f"mcred start {WAIT}"),
            ("ana", ("submit", "wait-tme"), 1, "mcred browse"),
            ("ana", ("submit", OLD), 1, ""),
        ],
    )
    def test_nothing_to_send(
        self, town: Town, person: str, words: tuple[str, ...], code: int, then: str
    ) -> None:
        ran = town.run(person, *words, expect=code)
        assert ran.next.startswith(then) and ran.next

    def test_not_confirmed(self, town: Town) -> None:
        town.hand_in("eva")
        ran = town.run("eva", "submit", "--attest", "all", expect=5)
        assert "mcred person add eva" in ran.err and ran.next == "mcred sync" and not town.sent("eva")
        town.run("rosa", "person", "add", "eva")
        town.run("eva", "submit", "--attest", "all")
        assert town.sent("eva") == ["1"]

    def test_no_remote(self, ready: Town) -> None:
        git(ready.home("ana"), "config", "--remove-section", "remote.origin")
        ran = ready.run("ana", "submit", "--attest", "all", expect=1)
        assert "not online yet" in ran.err and ran.next.startswith("mcred init . --remote")

    def test_a_note_that_is_too_long(self, ready: Town) -> None:
        ran = ready.run("ana", "submit", "--attest", "all", "--note", "x" * 6001, expect=1)
        assert "the limit is 6000" in ran.err and ran.next.startswith("mcred submit")

    def test_dry_run_shows_who_would_judge(self, ready: Town) -> None:
        ran = ready.run("ana", "submit", "--attest", "all", "-n")
        assert "the expert" in ran.out and "Nothing was submitted" in ran.out and not ready.sent("ana")


class TestAgain:
    def test_other_content_in_review_needs_a_word(self, sent: Town) -> None:
        more(sent)
        ran = sent.run("ana", "submit", expect=1)
        assert "in review (0 of 1 done)" in ran.err and ran.next.startswith(f"mcred submit {WAIT} --replace")
        assert "changes not saved" in sent.status("ana")["state"]
        sent.run("ana", "submit", "--replace")
        assert sent.sent("ana") == ["1", "2"]

    def test_after_feedback_a_note_is_asked_for(self, back: Town) -> None:
        better_plan(back)
        ran = back.run("ana", "submit", expect=2)
        assert "--note" in ran.err and ran.next == 'mcred submit --note "WHAT YOU CHANGED"'
        ran = back.run("ana", "submit", "--note", "Four pauses now.")
        assert "Kept from the attempt before, because nothing changed there: context, waiting" in ran.out
        assert back.status("ana")["state"] == "in review (0 of 1)"

    def test_an_old_note_does_not_stand_for_a_new_one(self, back: Town) -> None:
        better_plan(back)
        back.run("ana", "submit", "--note", "Four pauses now.")
        back.assess("ana", levels={"questions": "developing"})
        back.decide("ana", WAIT, "revise", "--feedback", "Nearly.")
        back.run("ana", "sync")
        (back.folder("ana") / "evidence" / "plan.md").write_text("A third plan.", encoding="utf-8")
        assert "--note" in back.run("ana", "submit", expect=2).err
        back.run("ana", "submit", "--note", "A new plan.")
        assert back.status("ana")["state"] == "in review (0 of 1)"

    def test_nothing_changed_since_the_feedback(self, back: Town) -> None:
        ran = back.run("ana", "submit", "--note", "Nothing, really", expect=1)
        assert "nothing that is assessed has changed" in ran.err and ran.next == f"mcred feedback {WAIT}"

    def test_earned_already(self, earned: Town) -> None:
        ran = earned.run("ana", "submit", WAIT, expect=1)
        assert "already earned wait-time" in ran.err and ran.next == f"mcred feedback {WAIT}"
        assert "nothing of yours is open" in earned.run("ana", "submit", expect=1).err

    def test_declined(self, sent: Town) -> None:
        sent.assess("ana", levels={"questions": "developing"})
        sent.decide("ana", WAIT, "decline", "--reason", "Not this year.")
        sent.run("ana", "sync")
        assert "was declined" in sent.run("ana", "submit", WAIT, expect=1).err

    def test_which_one(self, ready: Town) -> None:
        ready.start("ana", SLIP)
        assert ready.run("ana", "submit", expect=2).next == f"mcred submit {SLIP}"


def test_a_dry_run_after_a_cut_sends_nothing(ready: Town) -> None:
    hook = ready.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    assert ready.run("ana", "submit", "--attest", "all", expect=None).code != 0
    hook.unlink()
    assert "Nothing was submitted" in ready.run("ana", "submit", "-n").out and not ready.sent("ana")
    ready.run("ana", "submit")
    assert ready.sent("ana") == ["1"]
