"""`reconcile` and `assess` with someone at the keyboard: what is asked, what each answer does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId
from mcred.domain.layout import review_ref
from tests.cli.answering import Talk, talk
from tests.cli.court import ANAS, asked, decided, desk_of, hand_scores, read_on_main, spread_town
from tests.cli.town import WAIT, Town, git
from tests.sealing import opened_by

ANA = f"ana/{WAIT}"
DECISION = f"portfolios/{ANA}/attempts/1/decision.json"


@pytest.fixture
def judged(sent: Town) -> Town:
    """Ana's work was assessed at the best levels."""
    hand_scores(sent, asked(sent))
    return sent


def decide(town: Town, *answers: str, words: tuple[str, ...] = (), expect: int = 0) -> Talk:
    """Rosa reconciles Ana's work at her keyboard."""
    return talk(town, "rosa", "reconcile", ANA, *words, answers=answers, expect=expect)


class TestReconcile:
    @pytest.mark.parametrize(
        ("answers", "outcome", "reason", "feedback"),
        [
            (("", "y"), "award", "", ""),
            (("a", "y"), "award", "", ""),
            (("yes please", "award", "y"), "award", "", ""),
            (("decline", "It was bought.", "y"), "decline", "It was bought.", ""),
            (
                ("rev", "Seen otherwise.", "Show it again.", "y"),
                "revise",
                "Seen otherwise.",
                "Show it again.",
            ),
            (("revise", "Seen otherwise.", "", "y"), "revise", "Seen otherwise.", ""),
        ],
        ids=["enter", "letter", "nonsense first", "decline", "revise", "no word"],
    )
    def test_the_answers_become_the_decision(
        self, judged: Town, answers: tuple[str, ...], outcome: str, reason: str, feedback: str
    ) -> None:
        ran = decide(judged, *answers)
        decision, _ = decided(judged)
        assert (decision.outcome, decision.reason, decision.feedback) == (outcome, reason, feedback)
        assert "Your decision (award / revise / decline / later) [award]" in ran.asked
        assert ("Your reason (you depart from the recommendation" in ran.asked) is bool(reason)
        assert ("Feedback for the earner" in ran.asked) is (outcome == "revise")
        asked = {
            "award": f"Award {ANA}? [y/N]",
            "revise": f"Return {ANA}? [y/N]",
            "decline": f"Decline {ANA}? [y/N]",
        }
        assert asked[outcome] in ran.asked
        assert ("please type one of award, revise, decline, later" in ran.err) is (answers[0] == "yes please")
        assert ran.left == "" and ran.next == ("mcred build" if outcome == "award" else "mcred queue")

    @pytest.mark.parametrize(
        ("answers", "code", "said"),
        [
            (("later",), 0, f"Next: mcred reconcile {ANA} --award"),
            (("award", "n"), 0, "Nothing was decided."),
            (("award", ""), 0, "Nothing was decided."),
            (("decline", "   "), 1, "a reason is required: you depart from the recommendation"),
            ((), 130, "Stopped."),
            (("award",), 130, "Stopped."),
            (("decline",), 130, "Stopped."),
        ],
        ids=["later", "no", "enter", "blank reason", "closed", "closed at yes", "closed at reason"],
    )
    def test_without_a_clear_yes_nothing_is_decided(
        self, judged: Town, answers: tuple[str, ...], code: int, said: str
    ) -> None:
        before = judged.refs(), judged.files("rosa")
        ran = decide(judged, *answers, expect=code)
        assert said in ran.said
        assert (judged.refs(), judged.files("rosa")) == before
        assert judged.status("ana")["state"] == "being reconciled"

    def test_what_was_said_by_option_is_not_asked(self, judged: Town) -> None:
        words = ("--revise", "--reason", "Seen.", "--feedback", "Show it.", "--yes")
        assert decide(judged, words=words).asked == ""
        assert decided(judged)[0].feedback == "Show it."

    def test_machines_are_shown_and_never_asked(self, judged: Town) -> None:
        ran = decide(judged, words=("--json",))
        assert ran.asked == "" and ran.json["recommended"] == "award"
        assert judged.status("ana")["state"] == "being reconciled"

    def test_far_apart_levels_are_asked_about(self, first_town: Town, tmp_path: Path) -> None:
        town = spread_town(first_town, tmp_path / "t", tom={"waiting": "developing"})
        ran = decide(town, "", "Both saw another lesson.", "", "y")
        assert "Your reason (assessors disagree on waiting" in ran.asked
        decision, _ = decided(town)
        reasons = {s.criterion: s.reason for s in decision.levels if s.reason}
        assert (decision.outcome, reasons) == ("revise", {"waiting": "Both saw another lesson."})

    def test_each_act_is_asked_its_own_reason(self, sent: Town) -> None:
        sent.assess("ana")
        words = ("--award", "--level", "questions=basic")
        ran = decide(sent, "I saw her.", "Page two lacks it.", "y", words=words)
        decision = read_on_main(sent, DECISION, Decision)
        assert "Your reason (you depart from the recommendation" in ran.asked
        assert "Your reason (you set the level of questions" in ran.asked
        assert decision.reason == "I saw her."
        assert {s.criterion: s.reason for s in decision.levels if s.reason} == {
            "questions": "Page two lacks it."
        }

    def test_decided_already_nothing_is_asked_and_machines_get_the_decision(self, judged: Town) -> None:
        judged.decide("ana", WAIT, "award", "--feedback", "Well waited.")
        ran = decide(judged)
        assert ran.asked == "" and "awarded by rosa on 2026-03-02" in ran.out
        found = judged.run("ben", "reconcile", ANA, "--json").json
        assert found == {
            "schema": "mcred/decided/1",
            "submission": ANA,
            "attempt": 1,
            "outcome": "award",
            "issuer": "rosa",
            "decided": "2026-03-02",
            "stacks": [],
        }

    def test_the_whole_matrix_is_there_for_machines(self, judged: Town) -> None:
        judge = desk_of(judged).standing(ANAS).reviews[0].person
        found = judged.run("rosa", "reconcile", ANA, "--json").json
        assert list(found) == [
            "schema",
            "submission",
            "attempt",
            "recommended",
            "reasons",
            "criteria",
            "proposals",
        ]
        assert found["reasons"] == ["every criterion is at its required level"]
        assert found["criteria"][2] == {
            "criterion": "waiting",
            "given": {judge: "proficient"},
            "level": "proficient",
            "required": "basic",
            "spread": 0,
            "carried": False,
            "met": True,
        }


def reviews(town: Town) -> str:
    """What the remote has of assessors' answers."""
    return git(town.remote, "for-each-ref", "refs/heads/review")


BEST = ("passing", "", "proficient", "", "proficient", "")


class TestAssess:
    @pytest.mark.parametrize(
        ("answers", "levels", "summary"),
        [
            ((*BEST, "", "y"), ("passing", "proficient", "proficient"), ""),
            (
                ("n", "Name a goal.", *BEST[2:], "Thanks.", "y"),
                ("not-yet", "proficient", "proficient"),
                "Thanks.",
            ),
            (("x", "", "PASSING", *BEST, "", "y"), ("passing", "proficient", "proficient"), ""),
            (
                ("passing", "", "d", "", " ", "Ask more.", "b", "", "", "y"),
                ("passing", "developing", "basic"),
                "",
            ),
        ],
        ids=["best", "one short", "wrong levels", "blank feedback"],
    )
    def test_the_answers_become_the_assessment(
        self, sent: Town, answers: tuple[str, ...], levels: tuple[str, ...], summary: str
    ) -> None:
        judge = asked(sent)
        ran = talk(sent, judge, "assess", ANA, answers=answers)
        review = opened_by(sent.home(judge), desk_of(sent).record.assessments[(ANAS, 1, PersonId(judge))])
        assert tuple(s.level for s in review.scores) == levels and review.summary == summary
        assert all(s.feedback for s in review.scores if s.level in ("not-yet", "developing"))
        assert ran.left == "" and ran.next == "mcred queue"
        assert ran.err.count("please type one of passing, not-yet") == answers[:3].count("x") * 2

    @pytest.mark.parametrize("count", [1, 4, 7])
    def test_closed_in_between_what_was_answered_is_kept(self, sent: Town, count: int) -> None:
        judge, before = asked(sent), reviews(sent)
        ran = talk(sent, judge, "assess", ANA, answers=(*BEST, "")[:count], expect=130)
        assert "Everything saved is still there" in ran.said
        assert reviews(sent) == before
        again = talk(sent, judge, "assess", ANA, answers=(), expect=130)
        kept = min((count + 1) // 2, 3)
        assert "You gave passing. Keep it?" in again.asked
        rest = (*("y",) * kept, *BEST[kept * 2 :])
        ran = talk(sent, judge, "assess", ANA, answers=(*rest, "Good.", "y"))
        assert ran.asked.count("Keep it?") == kept and ran.left == ""

    def test_a_kept_level_can_be_given_again(self, sent: Town) -> None:
        judge = asked(sent)
        talk(sent, judge, "assess", ANA, answers=(*BEST, "", "n"))
        answers = ("y", "n", "basic", "Open them.", "y", "Better.", "y")
        talk(sent, judge, "assess", ANA, answers=answers)
        review = opened_by(sent.home(judge), desk_of(sent).record.assessments[(ANAS, 1, PersonId(judge))])
        assert [(s.level, s.feedback) for s in review.scores] == [
            ("passing", ""),
            ("basic", "Open them."),
            ("proficient", ""),
        ]

    def test_a_dry_run_asks_and_sends_nothing(self, sent: Town) -> None:
        judge, before = asked(sent), reviews(sent)
        ran = talk(sent, judge, "assess", ANA, "--dry-run", answers=(*BEST, ""))
        assert "Nothing was submitted." in ran.out and "By submitting you confirm" not in ran.asked
        assert reviews(sent) == before

    def test_only_what_is_open_is_asked_the_second_time(self, back: Town) -> None:
        (back.folder("ana") / "evidence" / "plan.md").write_text("# Open now\n", "utf-8")
        back.run("ana", "submit", "--note", "Opened.")
        judge = asked(back)
        ran = talk(back, judge, "assess", ANA, answers=("proficient", "Much better.", "", "y"))
        assert "1/1  Questions" in ran.err and "Context" not in ran.err
        tip = git(back.remote, "rev-parse", review_ref(ANAS, 2, PersonId(judge))).strip()
        assert git(back.remote, "diff-tree", "-r", "--name-only", tip).count("attempts/2/reviews/") == 1
        back.decide("ana")
        (review,) = decided(back, 2, "ana")[1]
        assert review.scores[0].feedback == "Much better."

    def test_guidance_is_for_assessors(self, town: Town) -> None:
        path = town.home("rosa") / "credentials" / WAIT / "credential.yaml"
        text = path.read_text("utf-8").replace(
            "        required: basic", "        guidance: Count.\n        required: basic"
        )
        path.write_text(text, "utf-8")
        town.run("rosa", "save", "--programme")
        town.submit("ana")
        ran = talk(town, asked(town), "assess", ANA, answers=(*BEST, "", "n"))
        assert "  For assessors: Count." in ran.err.splitlines()
        assert ran.err.index("3/3  Waiting") < ran.err.index("For assessors")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda town: town.run("ana", "withdraw"), "(withdrawn)"),
            (lambda town: hand_scores(town, asked(town)), "have already assessed attempt 1"),
        ],
        ids=["withdrawn", "assessed"],
    )
    def test_what_cannot_be_assessed_is_said_before_the_first_question(
        self, sent: Town, change: Callable[[Town], object], said: str
    ) -> None:
        judge = asked(sent)
        change(sent)
        ran = talk(sent, judge, "assess", ANA, answers=BEST, expect=1)
        assert said in ran.err and ran.asked == "" and ran.next == "mcred queue"
