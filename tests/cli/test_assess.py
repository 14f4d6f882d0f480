"""`assess`, `queue`, `view`: what an assessor types, and what they are told."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from mcred.app.assessment.scores import kept_scores
from mcred.cli.opening import split_editor
from mcred.domain.assessment import Assessment
from mcred.domain.ids import PersonId
from mcred.domain.layout import assessment_path, remote_ref, review_ref
from tests.cli.court import (
    ANAS,
    AtKeyboard,
    asked,
    desk_of,
    hand_scores,
    read_on_main,
    scores_file,
    set_rules,
    standing_of,
)
from tests.cli.town import EXPERTS, WAIT, Town, digests, git
from tests.sealing import opened_by

ANA = f"ana/{WAIT}"


@pytest.fixture
def court(sent: Town) -> Town:
    """Ana's work waits for an expert."""
    return sent


def review_tip(town: Town, judge: str, attempt: int = 1) -> str:
    """What the remote has of an assessor's answer; empty when nothing."""
    ref = review_ref(ANAS, attempt, PersonId(judge))
    return git(town.remote, "for-each-ref", "--format=%(objectname)", ref).strip()


def test_a_blank_file_filled_in_is_an_assessment(court: Town) -> None:
    judge = asked(court)
    said = court.run(judge, "assess", ANA, "--blank", "scores.yaml")
    assert said.next == f"mcred assess {ANA} --from scores.yaml"
    path = court.home(judge) / "scores.yaml"
    text = path.read_text("utf-8")
    assert "#   basic (needed): 1 s." in text
    assert court.run(judge, "assess", ANA, "--blank", "scores.yaml", expect=1).next.endswith(
        "--from scores.yaml"
    )
    for level in ("passing", "proficient", "basic"):
        text = text.replace("level: \n", f"level: {level}\n", 1)
    path.write_text(text, "utf-8")
    said = court.run(judge, "assess", ANA, "--from", "scores.yaml")
    assert "is submitted" in said.said
    assert said.next == "mcred queue"
    review = opened_by(court.home(judge), desk_of(court).record.assessments[(ANAS, 1, PersonId(judge))])
    assert [s.level for s in review.scores] == ["passing", "proficient", "basic"]
    assert court.status("ana")["state"] == "being reconciled"


def test_all_that_is_wrong_with_scores_is_said_at_once_with_its_line(court: Town) -> None:
    path = court.desk("x") / "bad.yaml"
    path.write_text(
        "format: 2\nscores:\n"
        "  - {criterion: context, level: good}\n"
        "  - {criterion: contxt, level: passing}\n"
        "  - {criterion: questions, level: basic}\n"
        "  - {criterion: questions, level: proficient}\n",
        "utf-8",
    )
    said = court.run(asked(court), "assess", ANA, "--from", str(path), expect=1).said
    assert f"{path}:3:33: error: criterion 'context' has no level 'good'" in said
    assert "its levels are passing, not-yet" in said
    assert f"{path}:4:17: error: unknown criterion 'contxt'" in said
    assert f"{path}:5:5: error: criterion 'questions' is below the required level and has no feedback" in said
    assert f"{path}:6:5: error: criterion 'questions' is scored twice" in said
    assert "criterion 'waiting' has no score" in said
    assert f"Next: mcred assess {ANA} --from {path}" in said
    assert not review_tip(court, asked(court))


@pytest.mark.parametrize(
    "text",
    ["", "scores: 3\n", "format: 2\nscores: []\n", "format: 2\nscore: []\n"],
    ids=lambda t: repr(t)[:20],
)
def test_a_file_that_holds_no_scores_is_refused(court: Town, text: str) -> None:
    path = court.desk("x") / "odd.yaml"
    path.write_text(text, "utf-8")
    said = court.run(asked(court), "assess", ANA, "--from", str(path), expect=1).said
    assert "has errors" in said
    assert f"{path}" in said


def test_a_file_that_is_not_there_can_be_made(court: Town) -> None:
    said = court.run(asked(court), "assess", ANA, "--from", "none.yaml", expect=1)
    assert "none.yaml was not found" in said.said
    assert said.next == f"mcred assess {ANA} --blank none.yaml"


def test_no_one_assesses_their_own_work(court: Town) -> None:
    said = court.run("ana", "assess", ANA, "--from", "x", expect=5)
    assert "no one assesses their own work" in said.said


def test_who_was_not_asked_hears_why(court: Town) -> None:
    other = next(p for p in EXPERTS if p != asked(court))
    path = str(scores_file(court, other))
    said = court.run(other, "assess", ANA, "--from", path, expect=5)
    assert f"it is assigned to {asked(court)}" in said.said
    assert said.next == f"mcred queue --why {ANA}"
    assert court.run(other, *said.next.split()[1:]).out.count(asked(court)) >= 1
    said = court.run("ben", "assess", ANA, "--from", path, expect=5)
    assert f"ben is not an expert for {WAIT}" in said.said


def test_scores_for_an_older_state_are_refused(court: Town) -> None:
    judge = asked(court)
    court.run(judge, "assess", ANA, "--blank", "s.yaml")
    path = court.home(judge) / "s.yaml"
    text = path.read_text("utf-8")
    for level in ("passing", "proficient", "basic"):
        text = text.replace("level: \n", f"level: {level}\n", 1)
    path.write_text(text, "utf-8")
    (court.folder("ana") / "evidence" / "plan.md").write_text("# Another plan\n", "utf-8")
    court.run("ana", "submit", WAIT, "--attest", "all", "--replace", "--yes")
    said = court.run(judge, "assess", ANA, "--from", "s.yaml", "--yes", expect=1).said
    assert "s.yaml:3:9: error: these scores are for an earlier version" in said
    assert f"mcred view {ANA}" in said
    path.write_text("\n".join(x for x in text.splitlines() if not x.startswith("judged")) + "\n", "utf-8")
    court.run(judge, "assess", ANA, "--from", "s.yaml", "--yes")
    assert standing_of(court).word == "being reconciled"
    assert standing_of(court).attempt == 2


def test_a_dry_run_of_assess_writes_nothing(court: Town) -> None:
    judge = asked(court)
    path = str(scores_file(court, judge))
    court.run(judge, "sync")
    before = court.refs(judge), court.refs(), digests(court.home(judge))
    said = court.run(judge, "assess", ANA, "--from", path, "--dry-run").said
    assert "Nothing was submitted." in said
    assert "Questions" in said
    assert (court.refs(judge), court.refs(), digests(court.home(judge))) == before


class _Cut(BaseException):
    """The computer goes off."""


def cut_before_sending(monkeypatch: pytest.MonkeyPatch, town: Town, judge: str, path: Path) -> None:
    """An assessment that is stored here and did not get out."""

    def stop(*_: Any, **__: Any) -> None:
        raise _Cut

    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.push.send", stop)
        with pytest.raises(_Cut):
            town.run(judge, "assess", ANA, "--from", str(path), "--yes")
    assert not review_tip(town, judge)


def stored_here(town: Town, judge: str) -> str:
    """What an assessor's own folder has of their answer."""
    return git(town.home(judge), "rev-parse", review_ref(ANAS, 1, PersonId(judge))).strip()


@pytest.mark.parametrize("again", ["same file", "no file"])
def test_an_assessment_that_was_cut_is_finished_by_the_same_command(
    court: Town, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    judge = asked(court)
    path = scores_file(court, judge)
    cut_before_sending(monkeypatch, court, judge, path)
    stored = stored_here(court, judge)
    court.run(judge, "assess", ANA, *(("--from", str(path), "--yes") if again == "same file" else ()))
    assert review_tip(court, judge) == stored
    assert not list((court.home(judge) / ".git" / "mcred" / "scores").glob("*"))


def test_a_dry_run_after_a_cut_sends_nothing(court: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = asked(court)
    path = scores_file(court, judge)
    cut_before_sending(monkeypatch, court, judge, path)
    court.run(judge, "assess", ANA, "--from", str(path), "--dry-run")
    assert not review_tip(court, judge)


def test_without_a_terminal_the_way_by_file_is_named(court: Town) -> None:
    said = court.run(asked(court), "assess", ANA, expect=2)
    assert said.next.startswith(f"mcred assess {ANA} --blank scores.yaml")
    said = court.run(asked(court), "assess", ANA, "--edit", expect=1)
    assert "the editor needs a terminal" in said.said


def test_what_is_not_in_review_cannot_be_assessed(court: Town) -> None:
    judge = asked(court)
    said = court.run(judge, "assess", f"ben/{WAIT}", "--from", "x", expect=1)
    assert f"ben/{WAIT} is not in review (not started)" in said.said
    said = court.run(judge, "assess", f"ann/{WAIT}", "--from", "x", expect=1)
    assert f"did you mean {ANA}?" in said.said
    hand_scores(court, judge)
    court.decide("ana")
    assert "(earned)" in court.run(judge, "assess", ANA, "--from", "x", expect=1).said


def test_an_unreachable_place_is_said_before_anything_is_asked(court: Town) -> None:
    judge = asked(court)
    away = court.remote.rename(court.place / "away.git")
    said = court.run(judge, "assess", ANA, "--from", str(scores_file(court, judge)), "--yes", expect=7)
    assert said.next and "arrived" not in said.said
    away.rename(court.remote)
    assert not review_tip(court, judge)


def test_guided_it_asks_criterion_by_criterion_and_goes_on_after_a_stop(court: Town) -> None:
    judge = asked(court)
    person = AtKeyboard(court, judge, "assess", ANA)
    person.child.expect_exact("1/3  Context")
    person.child.expect_exact("Period two, ten year olds")
    person.answer("Level (passing / not-yet):", "pass")
    person.answer("Feedback (optional)", "Clear.")
    person.child.expect_exact("2/3  Questions")
    person.child.expect_exact("evidence/plan.md")
    person.answer("Level (proficient / basic / developing):", "b")
    person.child.expect_exact("What would bring it to the required level:")
    person.child.sendline("")
    person.child.expect_exact("What would bring it to the required level:")
    person.child.sendcontrol("c")
    person.child.expect_exact("Everything saved is still there")
    assert person.end() == 130
    assert not review_tip(court, judge)

    person = AtKeyboard(court, judge, "assess", ANA)
    person.answer("You gave passing. Keep it? [Y/n]:", "")
    person.answer("Level (proficient / basic / developing) [basic]:", "best")
    person.child.expect_exact("please type one of proficient, basic, developing")
    person.answer("Level (proficient / basic / developing) [basic]:", "")
    person.answer("What would bring it to the required level:", "Ask open ones.")
    person.answer("Level (proficient / basic / developing):", "p")
    person.answer("Feedback (optional)", "")
    person.answer("Overall comment", "Good.")
    person.answer("no conflict of interest with Ana Reyes", "y")
    person.child.expect_exact("is submitted")
    assert person.end() == 0
    review = opened_by(court.home(judge), desk_of(court).record.assessments[(ANAS, 1, PersonId(judge))])
    assert [(s.level, s.feedback) for s in review.scores] == [
        ("passing", "Clear."),
        ("basic", "Ask open ones."),
        ("proficient", ""),
    ]
    assert review.summary == "Good."


def test_guided_kept_scores_that_do_not_fit_are_asked_again(court: Town) -> None:
    judge = asked(court)
    standing = standing_of(court)
    assert standing.judged is not None
    kept = kept_scores(desk_of(court, judge), ANAS, standing.judged)
    kept.write_text(
        "format: 2\nscores:\n"
        "  - {criterion: context, level: splendid}\n  - {criterion: other, level: basic}\n",
        "utf-8",
    )
    person = AtKeyboard(court, judge, "assess", ANA)
    person.answer("Level (passing / not-yet):", "passing")
    person.answer("Feedback (optional)", "")
    for level in ("proficient", "basic"):
        person.answer("Level (proficient / basic / developing):", level)
        person.answer("Feedback (optional)", "")
    person.answer("Overall comment", "")
    person.answer("[y/N]", "n")
    person.child.expect_exact("Nothing was submitted; your scores are kept.")
    assert person.end() == 0
    assert not review_tip(court, judge)


def test_guided_one_can_go_back_and_nothing_typed_is_lost(court: Town) -> None:
    judge = asked(court)
    person = AtKeyboard(court, judge, "assess", ANA)
    person.answer("Level (passing / not-yet):", "passing")
    person.answer("Feedback (optional)", "Clear.")
    person.answer("Level (proficient / basic / developing):", "back")
    person.child.expect_exact("1/3  Context")
    person.child.expect_exact("(shown above)")
    person.answer("Level (passing / not-yet) [passing]:", "not-yet")
    person.answer("What would bring it to the required level [Clear.]:", "back")
    person.answer("Level (passing / not-yet) [not-yet]:", "")
    person.answer("What would bring it to the required level [Clear.]:", "Name the class.")
    for _ in range(2):
        person.answer("Level (proficient / basic / developing):", "p")
        person.answer("Feedback (optional)", "")
    person.answer("Overall comment", "Nearly there.")
    person.answer("[y/N]", "n")
    person.child.expect_exact("your scores are kept")
    assert person.end() == 0

    person = AtKeyboard(court, judge, "assess", ANA)
    for level in ("not-yet", "proficient", "proficient"):
        person.answer(f"You gave {level}. Keep it? [Y/n]:", "")
    person.answer("Overall comment (optional; - for none) [Nearly there.]:", "back")
    person.child.expect_exact("3/3")
    person.answer("Level (proficient / basic / developing) [proficient]:", "basic")
    person.answer("Feedback (optional)", "")
    person.answer("Overall comment (optional; - for none) [Nearly there.]:", "")
    person.answer("no conflict of interest with Ana Reyes", "y")
    assert person.end() == 0
    review = opened_by(court.home(judge), desk_of(court).record.assessments[(ANAS, 1, PersonId(judge))])
    assert [(s.level, s.feedback) for s in review.scores] == [
        ("not-yet", "Name the class."),
        ("proficient", ""),
        ("basic", ""),
    ]
    assert review.summary == "Nearly there."


def test_guided_an_earlier_comment_can_be_taken_back(court: Town) -> None:
    judge = asked(court)
    person = AtKeyboard(court, judge, "assess", ANA)
    person.answer("Level (passing / not-yet):", "not-yet")
    person.answer("What would bring it to the required level:", "-")
    person.answer("What would bring it to the required level:", "Name the class.")
    for said in ("Clear.", "-"):
        person.answer("Level (proficient / basic / developing):", "p")
        person.answer("Feedback (optional):", said)
    person.answer("Overall comment (optional):", "Nearly there.")
    person.answer("[y/N]", "n")
    assert person.end() == 0

    person = AtKeyboard(court, judge, "assess", ANA)
    person.answer("You gave not-yet. Keep it? [Y/n]:", "")
    person.answer("You gave proficient. Keep it? [Y/n]:", "n")
    person.answer("Level (proficient / basic / developing) [proficient]:", "")
    person.answer("Feedback (optional; - for none) [Clear.]:", "-")
    person.answer("You gave proficient. Keep it? [Y/n]:", "")
    person.answer("Overall comment (optional; - for none) [Nearly there.]:", "-")
    person.answer("no conflict of interest with Ana Reyes", "y")
    assert person.end() == 0
    review = opened_by(court.home(judge), desk_of(court).record.assessments[(ANAS, 1, PersonId(judge))])
    assert [s.feedback for s in review.scores] == ["Name the class.", "", ""] and review.summary == ""


def an_editor(town: Town, script: str) -> str:
    """A small program that changes the file it is given."""
    path = town.place / "editor"
    path.write_text(f"#!{sys.executable}\nimport sys, pathlib\np = pathlib.Path(sys.argv[1])\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_scores_are_typed_in_ones_own_editor(court: Town) -> None:
    judge = asked(court)
    editor = an_editor(court, "p.write_text(p.read_text().replace('level: ', 'level: great'))")
    person = AtKeyboard(court, judge, "assess", ANA, "--edit", env={"EDITOR": editor})
    person.child.expect_exact("has no level 'great'")
    person.child.expect_exact("(what you typed is kept)")
    assert person.end() == 1
    mend = "t = p.read_text()\nassert 'great' in t\nfor w in 'passing proficient basic'.split():\n"
    editor = an_editor(court, mend + "    t = t.replace('great', w, 1)\np.write_text(t)")
    person = AtKeyboard(court, judge, "assess", ANA, "--edit", "--yes", env={"VISUAL": editor})
    person.child.expect_exact("is submitted")
    assert person.end() == 0
    review = opened_by(court.home(judge), desk_of(court).record.assessments[(ANAS, 1, PersonId(judge))])
    assert [s.level for s in review.scores] == ["passing", "proficient", "basic"]


def test_an_editor_that_fails_is_said(court: Town) -> None:
    person = AtKeyboard(court, asked(court), "assess", ANA, "--edit", env={"EDITOR": "/nowhere/vi"})
    person.child.expect_exact("the editor '/nowhere/vi' did not work")
    assert person.end() == 1


def test_an_assessors_folder_stays_clean(court: Town) -> None:
    judge = asked(court)
    hand_scores(court, judge)
    assert git(court.home(judge), "status", "--porcelain") == ""
    assert not (court.home(judge) / assessment_path(ANAS, 1, PersonId(judge))).exists()
    court.decide("ana")
    court.run(judge, "sync")
    path = assessment_path(ANAS, 1, PersonId(judge))
    assert not (court.home(judge) / path).exists() and git(court.home(judge), "status", "--porcelain") == ""
    assert read_on_main(court, path, Assessment).assessor == judge
    assert remote_ref(review_ref(ANAS, 1, PersonId(judge))) not in court.refs(judge), "main has it"


def test_expert_for_one_micro_credential_judges_that_one(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    set_rules(town, "experts:\n    - mei\n    - tom", "experts: []")
    town.run("rosa", "person", "add", "dev", "--role", "expert", "--for", WAIT)
    town.submit("ana")
    assert asked(town) == "dev"
    hand_scores(town, "dev")
    town.decide("ana")


@pytest.mark.parametrize(
    ("platform", "said", "words"),
    [
        ("linux", "code --wait", ["code", "--wait"]),
        ("linux", "'/opt/my editor' -w", ["/opt/my editor", "-w"]),
        ("linux", "", ["nano"]),
        ("win32", r'"C:\Program Files\Code\code.exe" --wait', [r"C:\Program Files\Code\code.exe", "--wait"]),
        ("win32", r"C:\vim\vim.exe", [r"C:\vim\vim.exe"]),
        ("win32", "", ["notepad"]),
    ],
)
def test_an_editor_is_split_as_its_system_writes_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, said: str, words: list[str]
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert split_editor(said) == words
