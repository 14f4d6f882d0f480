"""`queue` and `view`: what waits for whom, and a look at it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from mcred.app.work.review_request import Redrawn
from mcred.cli.commands.assessors.queue import _show_panel
from mcred.cli.show import Show
from mcred.domain.status import Standing
from tests.cli.court import (
    asked,
    hand_scores,
)
from tests.cli.town import EXPERTS, WAIT, Town, git
from tests.domain.test_panel import MANY, a_state, as_said, panel
from tests.school import ANAS

ANA = f"ana/{WAIT}"


@pytest.fixture
def court(sent: Town) -> Town:
    """Ana's work waits for an expert."""
    return sent


def test_the_queue_lists_what_waits_for_me(court: Town) -> None:
    judge = asked(court)
    other = next(p for p in EXPERTS if p != judge)
    said = court.run(judge, "queue")
    assert ANA in said.out
    assert said.next == f"mcred view {ANA}   then   mcred assess {ANA}"
    assert "Nothing is waiting for you." in court.run(other, "queue").out
    assert ANA in court.run(other, "queue", "--all").out
    assert court.run("rosa", "queue").out.startswith("eva: Eva Novak"), (
        "who waits to be confirmed, and no work"
    )
    rows = court.run(judge, "queue", "--json").json["submissions"]
    assert [(r["submission"], r["missing"], r["rule"]) for r in rows] == [(ANA, [judge], "expert")]
    hand_scores(court, judge)
    assert court.run("rosa", "queue").next == f"mcred reconcile {ANA}"
    assert "Nothing is waiting for you." in court.run(judge, "queue").out


def test_an_issuer_is_not_sent_to_decide_on_their_own_work(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    town.run("rosa", "person", "add", "ana", "--role", "issuer")
    town.submit("ana")
    hand_scores(town, asked(town))
    assert "Nothing is waiting for you." in town.run("ana", "queue").out
    assert town.run("rosa", "queue").next == f"mcred reconcile {ANA}"
    said = town.run("ana", "reconcile", ANA, "--award", "--yes", expect=5)
    assert "no one decides on their own work" in said.said


def test_the_queue_explains_a_panel(court: Town) -> None:
    judge = asked(court)
    said = court.run("ana", "queue", "--why", ANA).out
    assert f"assigned to {judge}" in said
    assert "0 of the first 2 submissions assessed: experts assess" in said
    for expert in EXPERTS:
        assert expert in said
    found = court.run("ana", "queue", "--why", ANA, "--json").json
    assert {c["person"] for c in found["candidates"]} == set(EXPERTS)
    assert found["main"] == git(court.remote, "rev-parse", "main").strip()
    said = court.run("ana", "queue", "--why", f"ben/{WAIT}", expect=1).said
    assert "no one is assigned to" in said


def test_the_queue_says_when_it_may_be_old(court: Town) -> None:
    judge = asked(court)
    court.run(judge, "sync")
    court.remote.rename(court.place / "away.git")
    said = court.run(judge, "queue")
    assert ANA in said.out
    assert "What follows is what was last received" in said.err


def test_view_shows_the_work_as_it_was_sent(court: Town) -> None:
    judge = asked(court)
    (court.folder("ana") / "1-overview.md").write_text("# O\n\n## Your setting\n\nSaved later on.\n", "utf-8")
    court.run("ana", "save")
    said = court.run(judge, "view", ANA, "--text")
    assert "Period two, ten year olds" in said.out
    assert "Saved later" not in said.out
    assert "evidence/plan.md" in said.out
    assert said.next == f"mcred assess {ANA}"
    assert court.run("rosa", "view", ANA, "--text").next == "mcred queue"
    said = court.run(judge, "view", f"ben/{WAIT}", expect=1)
    assert "has not been submitted yet" in said.said


def test_view_makes_a_page_with_the_evidence_beside_it(court: Town) -> None:
    pytest.importorskip("mcred.website.local.review_page")
    judge = asked(court)
    said = court.run(judge, "view", ANA, "--no-open").out
    page = Path(said.split("The page is at ", 1)[1].splitlines()[0])
    text = page.read_text("utf-8")
    assert page.is_relative_to(court.home(judge) / ".git")
    assert "Period two, ten year olds" in text
    assert "Three seconds" in "".join(p.read_text("utf-8") for p in page.parent.rglob("*") if p.is_file())
    assert git(court.home(judge), "status", "--porcelain") == ""


def test_what_was_judged_can_be_viewed_after_the_decision(court: Town) -> None:
    hand_scores(court, asked(court))
    court.decide("ana")
    assert "(earned)" in court.run("ben", "view", ANA, "--text").out


def test_the_queue_says_how_many_could_be_asked_beyond_those_a_request_names() -> None:
    out = io.StringIO()
    found = panel(a_state())
    request = as_said(found)
    standing = Standing(submission=ANAS, word="in review", attempt=1, request=request)
    _show_panel(Show(out, io.StringIO()), standing, request, Redrawn(panel=found, doubts=()))
    assert f"The first 13 of {len(MANY)} who are eligible, first choice first:" in out.getvalue()
    few = panel(a_state(MANY[:13]))
    _show_panel(Show(out, io.StringIO()), standing, as_said(few), Redrawn(panel=few, doubts=()))
    assert "Everyone eligible, first choice first:" in out.getvalue()
