"""Submitted work in a programme where only its assessors and the issuers may read it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.test_sealed_drafts import files, objects
from tests.cli.town import ANSWER, OVERVIEW, PLAN, WAIT, Town, git

ANA = f"ana/{WAIT}"


@pytest.fixture
def sealed(town: Town) -> Town:
    """One that seals submitted work."""
    rules = town.home("rosa") / "mcred.yaml"
    rules.write_text(rules.read_text("utf-8") + "work: sealed\n", "utf-8")
    town.run("rosa", "save", "--programme")
    return town


@pytest.fixture
def sent(sealed: Town) -> Town:
    """One where Ana's work is in review."""
    sealed.hand_in("ana")
    sealed.run("ana", "submit", "--attest", "all")
    return sealed


def test_its_readers_read_it_and_others_are_told_who_may(sent: Town) -> None:
    (asked,) = sent.panel("ana")
    for person in (asked, "rosa", "ana"):
        assert ANSWER in sent.run(person, "view", ANA, "--text").out
    ran = sent.run("dev", "view", ANA, expect=5)
    assert "no reading key in this folder opens it" in ran.err and "sealed to ana, its assessors" in ran.err


def test_her_folder_keeps_what_was_judged(sent: Town) -> None:
    before = sent.files("ana")
    sent.assess("ana", levels={"questions": "developing"})
    sent.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    sent.run("ana", "sync")
    after = sent.files("ana")
    assert before.items() <= after.items()
    fresh = sent.second_computer("ana")
    sent.run("ana", "sync", at=fresh)
    assert (fresh / "portfolios" / "ana" / WAIT / "evidence" / "plan.md").read_text("utf-8") == PLAN


def test_a_further_attempt_keeps_levels_by_its_commitments_alone(sent: Town) -> None:
    sent.assess("ana", levels={"questions": "developing"})
    sent.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    sent.run("ana", "sync")
    plan = sent.folder("ana") / "evidence" / "plan.md"
    plan.write_text(PLAN + "And then a third time.\n", "utf-8")
    ran = sent.run("ana", "submit", "--attest", "all", "--note", "A third wait.")
    assert "Kept from before" in ran.out
    (asked,) = sent.panel("ana")
    assert "A third wait." in sent.run(asked, "view", ANA, "--text").out
    sent.assess("ana")
    assert "award" in sent.decide("ana").out


def test_whoever_is_asked_next_can_read_it(sent: Town) -> None:
    (asked,) = sent.panel("ana")
    other = "mei" if asked == "tom" else "tom"
    sent.run(other, "view", ANA, expect=5)
    sent.run(asked, "decline-review", ANA, "--because", "Too close.", "--yes")
    assert sent.panel("ana") == [other]
    assert ANSWER in sent.run(other, "view", ANA, "--text").out
    sent.assess("ana")


def test_whom_an_issuer_asks_instead_can_read_it(sent: Town) -> None:
    (asked,) = sent.panel("ana")
    other = "mei" if asked == "tom" else "tom"
    sent.run("rosa", "view", ANA)
    sent.run("rosa", "assign", ANA, "--to", other, "--because", "No answer.", "--yes")
    assert ANSWER in sent.run(other, "view", ANA, "--text").out


def test_a_new_issuer_can_read_what_is_in_review(sent: Town) -> None:
    rules = sent.home("rosa") / "mcred.yaml"
    text = rules.read_text("utf-8")
    rules.write_text(text.replace("issuers: [rosa]", "issuers: [rosa, dev]"), "utf-8")
    assert rules.read_text("utf-8") != text
    sent.run("rosa", "save", "--programme")
    sent.run("dev", "view", ANA, expect=5)
    sent.run("ana", "sync")
    assert ANSWER in sent.run("dev", "view", ANA, "--text").out


def test_a_lost_reading_key_is_put_right_by_whoever_can_read(sent: Town) -> None:
    sent.assess("ana", levels={"questions": "developing"})
    sent.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    fresh = sent.second_computer("ana")
    (fresh / ".git" / "mcred" / "reading-key").unlink()
    git(fresh, "update-ref", "-d", f"refs/mcred/draft/{ANA}")
    sent.run("ana", "setup", at=fresh)
    sent.run("rosa", "person", "add", "ana")
    sent.run("rosa", "sync")
    sent.run("ana", "sync", at=fresh)
    assert ANSWER in sent.run("ana", "view", ANA, "--text", at=fresh).out


class TestPlanted:
    @pytest.fixture
    def planted(self, sealed: Town) -> tuple[Town, Mapping[str, str]]:
        """Strings that stand nowhere else, in each place of what is submitted."""
        found = {where: secrets.token_hex(32) for where in ("text", "evidence", "name", "title", "note")}
        sealed.hand_in("ana")
        (sealed.folder("ana") / "1-overview.md").write_text(OVERVIEW + found["text"], "utf-8")
        piece = sealed.folder("ana") / "evidence" / f"{found['name']}.md"
        piece.write_text(f"# Plan\n\n{found['evidence']}\n", "utf-8")
        sealed.run("ana", "add", str(piece), "--for", "lesson-plan", "--title", found["title"])
        sealed.run("ana", "submit", "--attest", "all", "--note", found["note"])
        return sealed, found

    def test_are_read_by_nobody_else_before_and_after_the_award(
        self, planted: tuple[Town, Mapping[str, str]]
    ) -> None:
        town, found = planted
        assert _where(town, found, ("ben", "dev")) == set()
        town.assess("ana")
        town.decide("ana")
        assert _where(town, found, ("ben", "dev")) == set()
        hers = objects(town.home("ana"))
        assert all(text.encode() in hers for text in found.values())


def _where(town: Town, found: Mapping[str, str], people: tuple[str, ...]) -> set[tuple[str, str]]:
    """In which copies the strings are: of members, of a stranger, of the remote, of the pages."""
    for person in people:
        town.run(person, "sync")
    name = f"zoe-{secrets.token_hex(4)}"
    fresh = town.place / name
    town.run(name, "join", str(town.remote), str(fresh), "--name", "Zoe", "--id", name, at=town.place)
    site: Path = town.place / secrets.token_hex(4)
    town.run("rosa", "build", "--out", str(site), expect=None)
    homes = (*(town.home(person) for person in people), fresh)
    places = {str(home): objects(home) + files(home) for home in homes}
    places["remote"] = objects(town.remote) + files(town.remote)
    places["pages"] = files(site)
    return {(w, p) for w, text in found.items() for p, data in places.items() if text.encode() in data}
