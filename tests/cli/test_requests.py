"""One year of one submission, told once over every kind of host: the record and what the web shows of it.

Each row says what happens, what the record says then, and what the request looks like. On a plain shared
place there is no request; what others write on the web is typed there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.court import set_rules
from tests.cli.town import SLIP, Ran, Town, git, scoring
from tests.cli.webtown import account, only, show_on
from tests.hosting.hosts import PLAIN, Shown

EARNED = ["micro-credential", "earned"]
IN_REVIEW = ["micro-credential", "in review"]
NEEDS = ["micro-credential", "needs evidence"]
BEST = """/score context passing because it names the class
/score questions basic because two are closed
/score waiting basic"""
TABLE = """I read it twice.

| criterion | level | feedback |
|---|---|---|
| context | passing | |
| questions | developing | Open them: who, why \\| how. |
| waiting | Proficient | Long. |
"""
WRONG = "/score context passing\n/score question proficient\n/score waiting good because so"
OWN = "/score context passing\n/score questions proficient\n/score waiting proficient"


@dataclass
class Year:
    """The town, and what was said in it."""

    town: Town
    said: str = ""
    attempt: int = 1

    @property
    def web(self) -> bool:
        return self.town.host is not None

    def run(self, person: str, *words: str, expect: int | None = 0) -> Ran:
        ran = self.town.run(person, *words, expect=expect)
        self.said = ran.said
        return ran

    def write(self, person: str, text: str, levels: dict[str, str], event: str = "COMMENT") -> None:
        """An assessment written on the web, or typed where there is none."""
        if self.web:
            self.town.host.say(only(self.town).number, account(person), text, event)
        else:
            self.score(person, levels)

    def score(self, person: str, levels: dict[str, str]) -> None:
        scores = self.town.desk(person) / "scores.yaml"
        kept = ("context", "waiting") if self.attempt == 2 else ()
        scores.write_bytes(scoring("wait-time", levels, kept))
        self.run(person, "assess", "ana/wait-time", "--from", str(scores), "--yes")

    @property
    def standing(self) -> str:
        return str(self.town.status("ana")["state"])

    def replies(self, shown: Shown) -> list[str]:
        return [e.body for e in shown.entries if e.body.startswith("<!-- mcred:answer")]


def submit(year: Year) -> None:
    year.town.submit("ana")


def wrong_line(year: Year) -> None:
    year.write("mei", WRONG, {}) if year.web else None
    year.run("rosa", "sync")


def twice(year: Year) -> None:
    year.run("rosa", "sync")
    year.run("ana", "submit", "wait-time")


def own(year: Year) -> None:
    if year.web:
        year.town.host.say(only(year.town).number, account("ana"), OWN, year.town.host.approving)
    year.run("rosa", "sync")


def two_on_the_web(year: Year) -> None:
    year.write("mei", BEST, {"questions": "basic"}, PLAIN)
    year.write("tom", TABLE, {"questions": "developing"})
    year.run("rosa", "sync")


def one_by_command(year: Year) -> None:
    year.score("ben", {"questions": "developing"})


def revise(year: Year) -> None:
    year.run("rosa", "reconcile", "ana/wait-time", "--revise", "--feedback", "Open @ben the #1 <b>", "--yes")


def resubmit(year: Year) -> None:
    year.run("ana", "sync")
    plan = next((year.town.folder("ana") / "evidence").rglob("plan.md"))
    plan.write_text("# Lesson plan\n\nWait three seconds, three times.\n", "utf-8")
    year.attempt = 2
    year.run("ana", "submit", "wait-time", "--note", "Open questions now", "--attest", "all")


def judged_again(year: Year) -> None:
    year.write("mei", "/score questions proficient", {})
    year.write("tom", "/score questions proficient", {})
    year.run("rosa", "sync")
    year.score("ben", {})


def edited(year: Year) -> None:
    if year.web:
        entry = next(e for e in reversed(only(year.town).entries) if e.account == account("tom"))
        entry.body = "/score questions developing because I looked again"
    year.run("rosa", "sync")


def award(year: Year) -> None:
    year.run("rosa", "reconcile", "ana/wait-time", "--award", "--yes")


def audit(year: Year) -> None:
    year.run("rosa", "audit")


def again(year: Year) -> None:
    year.run("rosa", "reconcile", "ana/wait-time", "--award", "--yes")
    year.run("ana", "sync")
    year.run("rosa", "sync")


@dataclass
class Row:
    """What happens, and what stands on the web and in the record after it."""

    act: Callable[[Year], None]
    standing: str
    state: str
    labels: list[str]
    entries: int
    """How many things were said on the request."""
    answer: tuple[str, ...] = ()
    """What the newest reply says."""
    said: str = ""
    """What whoever typed last was told, where there is a web."""


YEAR = (
    Row(submit, "in review (0 of 3)", "open", IN_REVIEW, 0),
    Row(
        wrong_line,
        "in review (0 of 3)",
        "open",
        IN_REVIEW,
        2,
        (
            "question'; the criteria are context, questions, waiting",
            "no level 'good'; its levels are proficient",
        ),
    ),
    Row(twice, "in review (0 of 3)", "open", IN_REVIEW, 2),
    Row(own, "in review (0 of 3)", "open", IN_REVIEW, 4, ("no one assesses their own work",)),
    Row(two_on_the_web, "in review (2 of 3)", "open", IN_REVIEW, 8, said="tom's assessment of ana/wait-time"),
    Row(one_by_command, "being reconciled", "open", IN_REVIEW, 9),
    Row(revise, "not yet earned", "closed", NEEDS, 10),
    Row(resubmit, "in review (0 of 3)", "open", IN_REVIEW, 10),
    Row(judged_again, "being reconciled", "open", IN_REVIEW, 15),
    Row(edited, "being reconciled", "open", IN_REVIEW, 15, said="tom's assessment was edited on"),
    Row(award, "earned", "decided", EARNED, 16, said="tom's assessment was edited on"),
    Row(audit, "earned", "decided", EARNED, 16, said="attested by the issuer: mei on"),
    Row(again, "earned", "decided", EARNED, 16),
)


@pytest.fixture(params=["github", "gitlab", "gitea", "bare"])
def year(request: pytest.FixtureRequest, first_web: Town, tmp_path: Path) -> Year:
    town = show_on(first_web.copy(tmp_path / "town"), request.param)
    set_rules(town, "signatures: required", "signatures: recorded")
    set_rules(town, "  experts: 1\n", "  experts: 3\n")
    town.run("rosa", "person", "add", "ben", "--role", "expert")
    return Year(town)


def request_words(shown: Shown) -> None:
    """What a request has to say (issue: title, parts, rubric, evidence, how to score, due date)."""
    assert shown.title == "Wait Time: Ana Reyes, attempt 1"
    for words in (
        "## Overview questions",
        "> Period two, ten year olds, and a quiet goal.",
        "- plan (lesson-plan), evidence/plan.md",
        "| Questions `questions` | proficient | **proficient** Open.<br>**basic** Mixed.",
        "/score questions proficient because",
        ", due 2026-03-12",
    ):
        assert words in shown.body, shown.body


@pytest.mark.slow
def test_a_year_on_every_host(year: Year) -> None:
    host = year.town.host
    for row in YEAR:
        row.act(year)
        assert year.standing == row.standing, row.act.__name__
        if host is None:
            continue
        shown = only(year.town)
        if row.act is submit:
            request_words(shown)
            assert sorted(shown.reviewers) == sorted(account(p) for p in ("ben", "mei", "tom"))
        state = "merged" if shown.merged else shown.state
        decided = "merged" if host.merges_by_itself else "closed"
        assert state == (decided if row.state == "decided" else row.state), row.act.__name__
        assert shown.labels == row.labels, row.act.__name__
        told = [e.body for e in shown.entries if e.event != "REQUEST_REVIEW"]
        assert len(told) == row.entries, (row.act.__name__, told)
        for words in row.answer:
            assert words in year.replies(shown)[-1].replace("\\", "").replace("\u200b", "")
        assert row.said in year.said
    if host is None:
        return
    ours = [e.body for e in only(year.town).entries if e.body.startswith("<!-- mcred:")]
    decided = next(body for body in ours if body.startswith("<!-- mcred:decision"))
    assert "ana reads it with `mcred feedback wait-time`" in decided and "developing" not in decided
    assert not any("Open them: who" in body or "Open @" in body for body in ours)
    assert account("ben") not in only(year.town).approved, "what he scored by command is sealed"


def test_withdrawn_and_sent_again_it_is_the_same_request(web: Town) -> None:
    web.submit("ana", SLIP)
    web.run("ana", "withdraw", SLIP)
    assert (only(web).state, only(web).labels) == ("closed", ["micro-credential"])
    web.run("ana", "withdraw", SLIP)
    web.run("ana", "submit", SLIP)
    assert (only(web).state, only(web).labels) == ("open", IN_REVIEW)
    assert only(web).title == "Exit Slip: Ana Reyes, attempt 2"


def test_a_host_that_goes_away_half_way_is_told_later(web: Town) -> None:
    web.hand_in("ana")
    web.host.down_after = len(web.host.calls) + 1
    ran = web.run("ana", "submit", "wait-time", "--attest", "all")
    assert "is submitted" in ran.out
    assert "mcred sync shows it later" in ran.err
    assert git(web.remote, "for-each-ref", "refs/heads/submission/ana/wait-time")
    assert not web.host.requests
    web.host.down_after = None
    web.run("ana", "sync")
    assert only(web).state == "open"
    asked = len(web.host.calls)
    web.run("ana", "sync")
    assert len(web.host.calls) == asked


def test_an_assessment_is_told_without_what_it_says(web: Town) -> None:
    web.submit("ana")
    web.assess("ana", levels={"questions": "developing"})
    (entry,) = (e for e in only(web).entries if "has assessed attempt 1" in e.body)
    ref = git(web.remote, "for-each-ref", "--format=%(refname) %(parent)", "refs/heads/review")
    name, judged = ref.split()
    assessor = name.rpartition("/")[2]
    assert f"{assessor} has assessed attempt 1. Levels and remarks are sealed" in entry.body
    assert "developing" not in entry.body and "proficient" not in entry.body
    assert entry.account == account(assessor)
    if web.host.kind != "gitlab":
        assert (entry.commit, entry.event) == (judged, "COMMENT")


def test_without_a_token_the_page_to_open_is_named(web: Town) -> None:
    web.tokens = {}
    web.hand_in("ana")
    ran = web.run("ana", "submit", "wait-time", "--attest", "all")
    assert "is submitted" in ran.out
    assert web.host.url in ran.err
    assert "wait-time" in ran.err.splitlines()[-1]
    assert not web.host.calls
    web.run("ana", "sync")
    web.run("rosa", "sync")


def test_dry_runs_ask_the_host_nothing(web: Town) -> None:
    web.hand_in("ana")
    web.run("ana", "submit", "wait-time", "--attest", "all", "--dry-run")
    web.run("ana", "submit", "wait-time", "--attest", "all")
    asked = len(web.host.calls)
    for person, *words in (
        ("ana", "submit", "wait-time", "--dry-run"),
        ("ana", "withdraw", "wait-time", "--dry-run"),
        ("rosa", "sync", "--dry-run"),
    ):
        web.run(person, *words)
    assert len(web.host.calls) == asked
