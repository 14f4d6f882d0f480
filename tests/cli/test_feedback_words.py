"""`feedback` after every kind of decision: what is said, in which order, and how it is kept harmless."""

from __future__ import annotations

import pytest

from tests.cli.court import asked, asked_before, hand_scores, scores_file, set_rules
from tests.cli.town import SLIP, WAIT, Town, git

ANA = f"ana/{WAIT}"


@pytest.fixture
def judged(sent: Town) -> Town:
    """Ana's work was assessed: one criterion is not there yet."""
    hand_scores(sent, asked(sent), {"questions": "developing"})
    return sent


def test_a_decline_is_final_and_says_why(judged: Town) -> None:
    judged.decide("ana", WAIT, "decline", "--reason", "It was bought.", "--feedback", "Come and talk to me.")
    ran = judged.run("ana", "feedback")
    lines = ran.out.splitlines()
    assert lines[0] == "Wait Time, attempt 1: declined"
    assert lines[1:4] == [
        "2026-03-02, decided by rosa",
        "  Come and talk to me.",
        "  Reason: It was bought.",
    ]
    assert ran.next == "mcred status" and "resubmit it" not in ran.out
    assert "declined" in judged.run("ana", "submit", WAIT, expect=1).err


def test_an_award_against_the_assessor_shows_both(judged: Town) -> None:
    judge = asked_before(judged)
    judged.decide("ana", WAIT, "award", "--reason", "The new plan is open.")
    out = judged.run("ana", "feedback").out
    assert "Wait Time, attempt 1: earned" in out and "Reason: The new plan is open." in out
    assert "Questions: developing (proficient required)" in out
    assert f"    {judge} (developing): Say more here." in out.splitlines()
    assert f"  {judge}: Read with pleasure." in out.splitlines()


def test_what_no_one_said_is_no_empty_line(judged: Town) -> None:
    judged.decide("ana", WAIT, "revise")
    lines = judged.run("ana", "feedback").out.splitlines()
    assert "Context: passing" in lines
    assert lines[lines.index("Context: passing") + 1] == ""
    assert not any("Reason:" in line for line in lines)
    assert (
        lines[-2]
        == "Revise the criteria above and resubmit. Criteria whose evidence is unchanged keep their level."
    )


def test_hostile_feedback_is_shown_as_plain_text(sent: Town) -> None:
    judge = asked(sent)
    path = scores_file(sent, judge, {"questions": "developing"})
    text = path.read_text("utf-8")
    path.write_text(text.replace("Say more here.", '"[bold]x[/bold] \\e[2J"'), "utf-8")
    refused = sent.run(judge, "assess", ANA, "--from", str(path), "--yes", expect=1)
    assert f"{path}:7:" in refused.err and "\x1b" not in refused.said
    path.write_text(text.replace("Say more here.", '"[bold]x[/bold] :tada:"'), "utf-8")
    sent.run(judge, "assess", ANA, "--from", str(path), "--yes")
    words = ("reconcile", ANA, "--revise", "--yes", "--feedback")
    refused = sent.run("rosa", *words, "here\x1b[2J", expect=1)
    assert "hidden character (U+001B)" in refused.err and "\x1b" not in refused.said
    assert sent.status("ana")["state"] == "being reconciled"
    sent.run("rosa", *words, "[link=file:///etc]here[/link]")
    lines = sent.run("ana", "feedback").out.splitlines()
    assert f"    {judge} (developing): [bold]x[/bold] :tada:" in lines
    assert "  [link=file:///etc]here[/link]" in lines


def test_without_a_name_it_is_about_what_was_decided_last(back: Town) -> None:
    back.submit("ana", SLIP)
    back.assess("ana", SLIP)
    assert back.run("ana", "feedback").out.startswith("Wait Time, attempt 1")
    back.decide("ana", SLIP)
    assert back.run("ana", "feedback").out.startswith("Exit Slip, attempt 1: earned")
    assert back.run("ana", "feedback", WAIT).out.startswith("Wait Time, attempt 1: not yet earned")
    found = back.run("ana", "feedback", "--json").json
    assert found["decision"]["submission"] == f"ana/{SLIP}"


def test_while_a_second_attempt_is_open_the_first_feedback_leads_nowhere_new(back: Town) -> None:
    (back.folder("ana") / "evidence" / "plan.md").write_text("Better.", encoding="utf-8")
    assert back.run("ana", "feedback").next.startswith(f"mcred submit {WAIT} --note")
    back.run("ana", "submit", "--note", "A better plan.")
    ran = back.run("ana", "feedback")
    assert "attempt 1: not yet earned" in ran.out
    assert ran.next == "mcred status" and "resubmit it" not in ran.out


def test_each_attempts_assessments_stay_with_it_for_machines(back: Town) -> None:
    (back.folder("ana") / "evidence" / "plan.md").write_text("Better.", encoding="utf-8")
    back.run("ana", "submit", "--note", "A better plan.")
    back.assess("ana")
    back.decide("ana", WAIT, "award", "--feedback", "Well done.")
    second = back.run("ana", "feedback", "--json").json
    assert (second["decision"]["attempt"], second["decision"]["outcome"]) == (2, "award")
    assert [s["criterion"] for a in second["assessments"] for s in a["scores"]] == ["questions"]
    kept = {s["criterion"]: s.get("carried", False) for s in second["decision"]["levels"]}
    assert kept == {"context": True, "questions": False, "waiting": True}
    first = back.run("ana", "feedback", WAIT, "--attempt", "1", "--json").json
    assert first["decision"]["feedback"] == "Open the questions."
    assert [len(a["scores"]) for a in first["assessments"]] == [3]


def test_the_coach_is_spoken_of_only_while_there_is_something_to_do(back: Town) -> None:
    back.run("rosa", "person", "add", "cleo", "--role", "coach")
    back.run("rosa", "person", "add", "dev", "--role", "coach")
    set_rules(back, "coach_after: 3", "coach_after: 1")
    assert "This was attempt 1. cleo or dev can help as a coach." in back.run("ana", "feedback").out
    (back.folder("ana") / "evidence" / "plan.md").write_text("Better.", encoding="utf-8")
    back.run("ana", "submit", "--note", "A better plan.")
    assert "can help" not in back.run("ana", "feedback").out


def test_feedback_is_read_without_the_remote_and_said_to_be_old(back: Town) -> None:
    away = back.remote.rename(back.place / "away.git")
    ran = back.run("ana", "feedback")
    assert "Open the questions." in ran.out
    assert "What follows is what was last received." in ran.err
    ran = back.run("ana", "feedback", "--json")
    assert ran.json["decision"]["outcome"] == "revise"
    away.rename(back.remote)
    assert back.run("ana", "feedback").err == ""


def test_a_definition_that_changed_since_does_not_change_the_feedback(back: Town) -> None:
    path = back.home("rosa") / "credentials" / WAIT / "credential.yaml"
    text = path.read_text("utf-8")
    text = text.replace("version: 1.2.0", "version: 2.0.0").replace("title: Questions", "title: Inquiry")
    path.write_text(text.replace("title: Wait Time", "title: Longer Waits"), "utf-8")
    back.run("rosa", "save", "--programme")
    out = back.run("ana", "feedback").out
    assert out.startswith("Wait Time, attempt 1")
    assert "Questions: developing" in out and "Inquiry" not in out


@pytest.mark.parametrize(
    ("person", "words", "code", "said", "then"),
    [
        ("ben", (), 1, "there is no feedback for you yet", "mcred status"),
        ("ben", (WAIT,), 1, f"there is no feedback on {WAIT} yet (not started)", "mcred status"),
        ("ana", (SLIP,), 1, f"there is no feedback on {SLIP} yet (not started)", "mcred status"),
        ("ana", ("exit-slop",), 1, "did you mean exit-slip?", "mcred browse"),
        ("ana", ("zzz",), 1, "there is no micro-credential 'zzz'", "mcred browse"),
        ("ana", (WAIT, "--attempt", "2"), 1, "attempt 2 has no decision", f"mcred feedback {WAIT}"),
    ],
)
def test_where_there_is_none_it_says_what_there_is(
    back: Town, person: str, words: tuple[str, ...], code: int, said: str, then: str
) -> None:
    ran = back.run(person, "feedback", *words, expect=code)
    assert said in ran.err and ran.out == ""
    assert ran.next.startswith(then)
    assert back.run(person, "feedback", *words, "--json", expect=code).out == ""


def test_before_setup_no_one_has_feedback(back: Town) -> None:
    git(back.home("ana"), "config", "--unset", "mcred.person")
    ran = back.run("ana", "feedback", expect=1)
    assert "does not know who you are" in ran.err and ran.next == "mcred setup"


def test_an_older_attempts_feedback_asks_for_nothing_any_more(back: Town) -> None:
    plan = back.folder("ana") / "evidence" / "plan.md"
    plan.write_text("Better.", encoding="utf-8")
    back.run("ana", "submit", "--note", "A better plan.")
    back.assess("ana", levels={"questions": "basic"})
    back.decide("ana", WAIT, "revise", "--feedback", "Nearly.")
    newest = back.run("ana", "feedback")
    assert "attempt 2: not yet earned" in newest.out and newest.next.startswith(f"mcred submit {WAIT}")
    older = back.run("ana", "feedback", WAIT, "--attempt", "1")
    assert "attempt 1: not yet earned" in older.out
    assert "resubmit it" not in older.out and older.next == "mcred status"
