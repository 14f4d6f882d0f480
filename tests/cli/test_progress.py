"""`progress`: who stands where, who waits for whom, what the past says of the next submission."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mcred.cli.commands.coaches.progress import most_pressing
from mcred.domain.ids import PersonId
from mcred.domain.stats.progress import ProgressRow
from tests.cli.town import EXPERTS, OLD, SLIP, WAIT, Town, git


def lines_of(town: Town, person: str, *words: str) -> dict[str, dict[str, object]]:
    """The lines that someone sees, by person and micro-credential."""
    rows = town.run(person, "progress", "--json", *words).json["people"]
    return {f"{r['person']}/{r['credential']}": r for r in rows}


def shelf_of(town: Town, credential: str = WAIT, person: str = "rosa") -> dict[str, object]:
    """What is said of a micro-credential."""
    rows = town.run(person, "progress", "--json").json["credentials"]
    found: dict[str, object] = next(r for r in rows if r["credential"] == credential)
    return found


class TestLines:
    def test_a_draft_waits_for_its_earner(self, town: Town) -> None:
        town.start("ana")
        town.run("ana", "save")
        town.run("ana", "sync")
        row = lines_of(town, "ana")[f"ana/{WAIT}"]
        assert (row["state"], row["waiting_for"], row["next"]) == ("draft", ["ana"], "submit it")
        assert shelf_of(town, person="ana")["drafts"] == 1

    def test_a_draft_is_known_to_no_one_else(self, town: Town) -> None:
        town.start("ana")
        assert f"ana/{WAIT}" not in lines_of(town, "rosa") and shelf_of(town)["drafts"] == 0
        assert "only their earners can see them" in town.run("rosa", "progress").out

    def test_what_is_in_review_waits_for_who_was_asked_and_is_late_after_its_day(self, sent: Town) -> None:
        judge = sent.panel("ana")[0]
        sent.now += timedelta(days=4)
        row = lines_of(sent, "rosa")[f"ana/{WAIT}"]
        assert (row["state"], row["waiting_for"], row["days"]) == ("in review", [judge], 4)
        assert not row["overdue"] and row["due"] == "2026-03-12"
        sent.now += timedelta(days=7)
        assert lines_of(sent, "rosa")[f"ana/{WAIT}"]["overdue"]
        assert "assess it (late)" in sent.run("rosa", "progress").out

    def test_what_is_judged_waits_for_the_issuer(self, sent: Town) -> None:
        sent.assess("ana")
        row = lines_of(sent, "rosa")[f"ana/{WAIT}"]
        assert (row["state"], row["waiting_for"]) == ("being reconciled", ["rosa"])

    def test_what_came_back_waits_for_its_earner(self, back: Town) -> None:
        row = lines_of(back, "rosa")[f"ana/{WAIT}"]
        assert (row["state"], row["attempt"], row["waiting_for"]) == ("not yet earned", 1, ["ana"])
        assert row["coach_due"] is False
        assert row["next"] == "revise it"

    def test_what_is_over_is_counted_and_not_listed(self, earned: Town) -> None:
        row = lines_of(earned, "rosa")[f"ana/{WAIT}"]
        assert (row["state"], row["waiting_for"]) == ("earned", [])
        said = earned.run("rosa", "progress").out
        assert "Finished submissions not listed: 1 earned." in said and "Ana Reyes" not in said

    def test_a_place_given_back_goes_to_the_next_and_without_one_to_the_issuer(self, sent: Town) -> None:
        for left in (1, 0):
            (judge,) = sent.panel("ana")
            sent.run(judge, "decline-review", f"ana/{WAIT}", "--because", "I coach her.")
            waiting = lines_of(sent, "rosa")[f"ana/{WAIT}"]["waiting_for"]
            assert waiting == ([p for p in EXPERTS if p != judge] if left else ["rosa"])

    def test_a_place_given_by_an_issuer_is_that_persons(self, sent: Town) -> None:
        (judge,) = sent.panel("ana")
        (other,) = {*EXPERTS} - {judge}
        sent.run("rosa", "assign", f"ana/{WAIT}", "--to", other, "--because", "On leave.", "--yes")
        assert lines_of(sent, "rosa")[f"ana/{WAIT}"]["waiting_for"] == [other]

    def test_no_one_has_begun(self, town: Town) -> None:
        assert "No one has started anything yet." in town.run("rosa", "progress").out
        assert lines_of(town, "rosa") == {}


class TestWhoSeesWhat:
    def test_without_a_role_one_sees_oneself_and_the_shelves(self, sent: Town) -> None:
        assert set(lines_of(sent, "ana")) == {f"ana/{WAIT}"}
        said = sent.run("ben", "progress")
        assert "Ana Reyes" not in said.said and "not started" in said.out
        assert set(lines_of(sent, "ben")) == {"ben/None"}
        assert shelf_of(sent, person="ben")["in_review"] == 1
        assert said.next == "mcred status"

    def test_a_coach_sees_everyone(self, sent: Town) -> None:
        assert set(lines_of(sent, "dev")) == {"dev/None"}
        sent.run("rosa", "person", "add", "dev", "--role", "coach")
        assert set(lines_of(sent, "dev")) == {f"ana/{WAIT}"}

    def test_a_cohort_is_for_those_with_a_role(self, sent: Town, tmp_path: Path) -> None:
        (tmp_path / "c.txt").write_text("ana\n", "utf-8")
        said = sent.run("ben", "progress", "--cohort", str(tmp_path / "c.txt"), expect=5)
        assert said.next.startswith("mcred progress")


class TestCohort:
    def test_its_people_are_shown_in_its_order_whatever_they_did(self, earned: Town, tmp_path: Path) -> None:
        path = tmp_path / "autumn.txt"
        path.write_text("\ufeff# autumn\ncleo, Cleo Martin\nana\nzoe\ncleo\n", "utf-8")
        found = lines_of(earned, "rosa", "--cohort", str(path))
        assert list(found) == ["cleo/None", f"ana/{WAIT}"]
        said = earned.run("rosa", "progress", "--cohort", str(path))
        assert "Ana Reyes" in said.out and "Finished submissions not listed" not in said.out
        assert "No one here has the id zoe." in said.err
        path.write_bytes("cleo\u200b;Cleo Martin\rAna\u00a0;x\r".encode("utf-16"))
        assert list(lines_of(earned, "rosa", "--cohort", str(path))) == list(found)

    @pytest.mark.parametrize("text", [b"", b"# nobody\n", b"\xff\xfe\x00", None])
    def test_one_that_names_no_one_is_refused(self, town: Town, tmp_path: Path, text: bytes | None) -> None:
        path = tmp_path / "c.txt"
        if text is not None:
            path.write_bytes(text)
        said = town.run("rosa", "progress", "--cohort", str(path), expect=2)
        assert said.next.startswith("mcred progress --cohort FILE")


class TestStack:
    def test_is_narrowed_to_its_micro_credentials(self, earned: Town) -> None:
        path = earned.home("rosa") / "credentials" / "stacks" / "talk.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"format: 2\nid: talk\nversion: 1.0.0\ntitle: Talk\ncredentials: [{WAIT}, {SLIP}]\n", "utf-8"
        )
        earned.run("rosa", "save", "--programme")
        found = earned.run("rosa", "progress", "--stack", "talk", "--json").json
        assert [s["credential"] for s in found["credentials"]] == [SLIP, WAIT]
        assert found["climbs"] == [{"person": "ana", "have": 1, "needed": 2, "missing": [SLIP]}]
        assert "1 of 2" in earned.run("rosa", "progress", "--stack", "talk").out

    def test_one_that_is_not_there_is_refused(self, town: Town) -> None:
        assert town.run("rosa", "progress", "--stack", "tlk", expect=1).next.startswith("mcred stacks")


class TestShelves:
    def test_experts_judge_until_there_are_peers_enough(self, town: Town) -> None:
        found = shelf_of(town)
        assert (found["rule"], found["able"], found["needed"]) == ("expert", 2, 1)
        assert found["forecast"] == "2 experts available, not enough data to forecast (0 decided), 0 waiting"

    def test_then_peers(self, peers: Town) -> None:
        found = shelf_of(peers)
        assert (found["rule"], found["able"], found["needed"], found["in_review"]) == ("peer", 3, 3, 1)
        assert found["forecast"] == "3 peers available, median 0 days, 1 waiting"
        assert found["months"] == [0] * 11 + [3]

    def test_without_anyone_able_it_is_said(self, town: Town) -> None:
        rules = town.home("rosa") / "mcred.yaml"
        text = re.sub(r"experts:\n(\s+- (mei|tom)\n)+", "experts: []\n", rules.read_text("utf-8"))
        rules.write_text(text, "utf-8")
        town.run("rosa", "save", "--programme")
        assert shelf_of(town)["warning"] == "no active assessor"
        assert "no active assessor" in town.run("rosa", "progress").out

    def test_a_retired_one_is_left_out(self, town: Town) -> None:
        names = [r["credential"] for r in town.run("rosa", "progress", "--json").json["credentials"]]
        assert names == [SLIP, WAIT] and OLD not in names


def test_says_the_same_as_status(peers: Town) -> None:
    peers.start("ben", SLIP)
    peers.run("ben", "save")
    peers.run("ben", "sync")
    found = {**lines_of(peers, "rosa"), **lines_of(peers, "ben")}
    for person in ("ana", "ben", "cleo", "dev"):
        for row in peers.run(person, "status", "--json").json["submissions"]:
            ours = found[row["submission"]]
            assert str(row["state"]).startswith(str(ours["state"]))


def test_nothing_is_written(sent: Town) -> None:
    sent.run("rosa", "sync")
    before = sent.refs(), sent.refs("rosa"), sent.files("rosa")
    sent.run("rosa", "progress")
    assert (sent.refs(), sent.refs("rosa"), sent.files("rosa")) == before
    assert git(sent.home("rosa"), "status", "--porcelain") == ""


def a_line(days: int, **changes: Any) -> ProgressRow:
    return ProgressRow(
        **{
            "person": PersonId("ana"),
            "name": "Ana",
            "credential": None,
            "title": "",
            "word": "draft",
            "attempt": 1,
            "days": days,
            "waiting_for": (PersonId("ana"),),
            "due": None,
            "next": "",
            **changes,
        }
    )


def test_of_very_many_the_late_and_the_stuck_come_first_then_the_oldest() -> None:
    over, late = a_line(99, waiting_for=()), a_line(1, overdue=True)
    stuck, old, new = a_line(2, coach_due=True), a_line(50), a_line(3)
    every = [new, over, old, late, stuck]
    assert most_pressing(every, 4) == [new, old, late, stuck], "as they come while they are few"
    assert most_pressing(every, 3) == [stuck, late, old]
    assert most_pressing([over]) == []
