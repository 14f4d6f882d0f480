"""A computer's date is compared with the record before anything is signed with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mcred.cli.terminal import Terminal
from tests.cli.court import asked, hand_scores
from tests.cli.town import OVERVIEW, SLIP, WAIT, Town, git

YEARS = timedelta(days=9 * 365)
ANA = f"ana/{WAIT}"


@pytest.fixture
def judged(sent: Town) -> Town:
    """Ana's work can be decided, and badges are signed."""
    sent.run("rosa", "key", "new")
    hand_scores(sent, asked(sent))
    return sent


@pytest.mark.parametrize(
    "off", [-YEARS, -timedelta(hours=3), YEARS], ids=["years ago", "hours ago", "years ahead"]
)
def test_a_date_that_does_not_fit_signs_nothing(off: timedelta, judged: Town) -> None:
    before, now = judged.refs(), judged.now
    for person, words in (
        ("rosa", ("reconcile", ANA, "--award", "--yes")),
        ("rosa", ("key", "rotate", "--yes")),
        ("rosa", ("person", "add", "eva")),
    ):
        ran = judged.run(person, *words, wait=off, expect=1)
        assert "this computer's clock says" in ran.err and f"{now:%Y-%m-%d}" in ran.err
        assert ran.next.startswith(f"mcred {words[0]}")
        judged.now = now
    assert judged.refs() == before
    judged.decide("ana")
    judged.run("ana", "sync")
    assert "1 of 1 awards proved" in judged.run("ana", "audit").out
    badge = judged.home("ana") / "portfolios" / "ana" / WAIT / "attempts/1/badge.json"
    assert "Valid" in judged.run("ana", "verify", str(badge)).out


@pytest.mark.parametrize("off", [-YEARS, YEARS], ids=["years ago", "years ahead"])
def test_neither_work_nor_scores_go_out_with_it(off: timedelta, ready: Town) -> None:
    now = ready.now
    assert (
        "this computer's clock says" in ready.run("ana", "submit", "--attest", "all", wait=off, expect=1).err
    )
    ready.now = now
    ready.run("ana", "submit", "--attest", "all")
    (judge,) = ready.panel("ana")
    now = ready.now
    blank = ready.run(judge, "assess", ANA, "--blank", "scores.yaml", wait=off, expect=1)
    assert "set this computer's date" in blank.err
    ready.now = now
    ready.assess("ana")


@pytest.mark.parametrize("off", [-YEARS, YEARS], ids=["years ago", "years ahead"])
def test_neither_drafts_nor_profiles_are_dated_with_it(off: timedelta, ready: Town) -> None:
    draft = ready.folder("ana") / "1-overview.md"
    draft.write_text(OVERVIEW + "More.\n", "utf-8")
    before, now = (ready.refs(), ready.refs("ana")), ready.now
    for words in (("save",), ("sync",), ("start", SLIP), ("setup", "--school", "Bay")):
        ran = ready.run("ana", *words, wait=off, expect=1)
        assert "set this computer's date" in ran.err and ran.next.startswith("mcred")
        ready.now = now
    assert (ready.refs(), ready.refs("ana")) == before
    ready.run("ana", "save")
    assert b"More." in ready.saved("ana")["1-overview.md"]
    ready.run("ana", "setup", "--school", "Bay")
    ready.run("rosa", "person", "add", "ana")


def test_a_draft_dated_ahead_keeps_no_later_one_from_the_right_date(ready: Town) -> None:
    draft, now = ready.folder("ana") / "1-overview.md", ready.now
    for wait in (timedelta(days=90), timedelta(0)):
        ready.now = now
        draft.write_text(f"{OVERVIEW}More after {wait.days} days.\n", "utf-8")
        ready.run("ana", "save", wait=wait)
    assert b"More after 0 days." in ready.saved("ana")["1-overview.md"]
    newest = git(ready.remote, "log", "-1", "--format=%ct", f"refs/heads/work/ana/{WAIT}/draft")
    assert int(newest) == int(now.timestamp())


def test_in_a_terminal_a_date_far_ahead_is_asked_about_once(
    judged: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_of: list[str] = []
    monkeypatch.setattr(Terminal, "interactive", property(lambda _: True))

    def confirm(_: Terminal, text: str, *__: object) -> bool:
        asked_of.append(text)
        return True

    monkeypatch.setattr(Terminal, "confirm", confirm)
    judged.run("rosa", "person", "add", "eva", wait=YEARS)
    assert len([text for text in asked_of if "today's date" in text]) == 1


def test_minutes_between_two_clocks_spoil_nothing(judged: Town) -> None:
    judged.now -= timedelta(minutes=5)
    judged.decide("ana")
    judged.now += timedelta(minutes=10)
    judged.run("ana", "sync")
    assert "1 of 1 awards proved" in judged.run("ana", "audit").out
    assert git(judged.remote, "log", "-1", "--format=%s", "main").startswith("Award")


@pytest.mark.parametrize(("off", "word"), [(YEARS, "wrong"), (-YEARS, "wrong"), (timedelta(days=200), "ok")])
def test_the_doctor_compares_the_date_with_the_record(off: timedelta, word: str, town: Town) -> None:
    lines = town.run("rosa", "doctor", wait=off, expect=None).out.splitlines()
    assert next(line for line in lines if "clock:" in line).startswith(word)
