"""`withdraw`, `status`, `feedback`: where I stand, and what was said."""

from __future__ import annotations

from tests.cli.town import OVERVIEW, SLIP, WAIT, Town


class TestStatus:
    def test_typed_alone_it_is_the_same(self, ready: Town) -> None:
        assert ready.run("ana").out == ready.run("ana", "status").out

    def test_nothing_begun(self, town: Town) -> None:
        assert town.run("ana").next == "mcred browse"

    def test_each_state_names_who_acts_and_one_command(self, ready: Town) -> None:
        def row() -> tuple[str, str, str]:
            found = ready.status("ana")
            return found["state"], found["waiting_for"], found["next"]

        assert row() == ("draft", "you", f"mcred submit {WAIT}")
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "More.\n", encoding="utf-8")
        assert row() == ("draft, changes not saved", "you", "mcred save")
        ready.run("ana", "submit", "--attest", "all")
        (assessor,) = ready.panel("ana")
        assert row() == ("in review (0 of 1)", assessor, "mcred status")
        assert ready.run(assessor).next == f"mcred assess ana/{WAIT}"
        ready.assess("ana", levels={"questions": "developing"})
        assert row() == ("being reconciled", "rosa", "mcred status")
        assert ready.run("rosa").next == f"mcred reconcile ana/{WAIT}"
        ready.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
        assert row() == ("not yet earned", "you", f"mcred feedback {WAIT}")

    def test_for_machines(self, sent: Town) -> None:
        ran = sent.run("ana", "status", "--json")
        assert ran.json["schema"] == "mcred/status/1" and ran.json["person"] == "ana" and ran.err == ""
        assert ran.json["submissions"][0]["due"] == "2026-03-12"

    def test_a_submit_that_was_cut_is_to_be_typed_again(self, ready: Town) -> None:
        # As a cut leaves it: stored here and not at the remote, which refuses once.
        hook = ready.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        hook.chmod(0o755)
        ran = ready.run("ana", "submit", "--attest", "all", expect=None)
        assert ran.code != 0 and "is submitted" not in ran.said
        row = ready.status("ana")
        assert row["state"] == "draft, submit not finished" and row["next"] == f"mcred submit {WAIT}"
        hook.unlink()
        assert "is submitted" in ready.run("ana", "submit").out
        assert ready.sent("ana") == ["1"]


class TestWithdraw:
    def test_takes_it_out_and_keeps_the_work(self, sent: Town) -> None:
        files = sorted(sent.files("ana"))
        ran = sent.run("ana", "withdraw")
        assert "is withdrawn" in ran.out and ran.next.startswith(f"mcred submit {WAIT}")
        assert sent.status("ana")["state"] == "withdrawn"
        assert sorted(sent.files("ana")) == files
        before = sent.refs("ana"), sent.refs()
        assert "already withdrawn" in sent.run("ana", "withdraw", WAIT).out
        assert (sent.refs("ana"), sent.refs()) == before
        sent.run("ana", "submit")
        assert sent.sent("ana") == ["1", "2"]

    def test_only_what_is_in_review_is_offered(self, sent: Town) -> None:
        sent.start("ana", SLIP)
        sent.run("ana", "withdraw")
        assert sent.status("ana")["state"] == "withdrawn"
        ran = sent.run("ana", "withdraw", expect=1)
        assert "nothing of yours is in review" in ran.err and ran.next == "mcred status"

    def test_only_what_is_in_review(self, ready: Town) -> None:
        assert "not in review (draft)" in ready.run("ana", "withdraw", expect=1).err
        ran = ready.run("ana", "withdraw", SLIP, expect=1)
        assert "not in review (not started)" in ran.err and ran.next == "mcred status"

    def test_not_after_the_award(self, earned: Town) -> None:
        assert "(earned)" in earned.run("ana", "withdraw", WAIT, expect=1).err


class TestFeedback:
    def test_criterion_by_criterion(self, back: Town) -> None:
        ran = back.run("ana", "feedback")
        assert "Wait Time, attempt 1: not yet earned" in ran.out and "Open the questions." in ran.out
        assert "Questions: developing (proficient required)" in ran.out and "Say more here." in ran.out
        assert ran.next.startswith(f"mcred submit {WAIT} --note")

    def test_earlier_feedback_stays(self, back: Town) -> None:
        (back.folder("ana") / "evidence" / "plan.md").write_text("Better.", encoding="utf-8")
        back.run("ana", "submit", "--note", "A better plan.")
        back.assess("ana")
        back.decide("ana", WAIT, "award", "--feedback", "Well done.")
        assert "attempt 2: earned" in back.run("ana", "feedback").out
        ran = back.run("ana", "feedback", WAIT, "--attempt", "1")
        assert "not yet earned" in ran.out and ran.next == "mcred status"
        assert "kept from the attempt before" in back.run("ana", "feedback", WAIT).out

    def test_for_machines(self, back: Town) -> None:
        ran = back.run("ana", "feedback", "--json")
        assert ran.json["schema"] == "mcred/feedback/1" and ran.json["decision"]["outcome"] == "revise"

    def test_when_there_is_none(self, sent: Town) -> None:
        assert sent.run("ana", "feedback", expect=1).next == "mcred status"
        assert "(in review)" in sent.run("ana", "feedback", WAIT, expect=1).err
        assert "did you mean" in sent.run("ana", "feedback", "wait-tim", expect=1).err
