"""Many people at the same instant, in real processes with folders of their own: everything arrives."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mcred.badges.status_places import place_of
from mcred.domain.decision import Decision
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from tests.cli.court import (
    ANAS,
    anas_folder,
    asked,
    desk_of,
    hand_scores,
    names_on_main,
    read_on_main,
    scores_file,
    set_rules,
    standing_of,
    start_mcred,
)
from tests.cli.listed import award_of, is_set, key_files, lists_of, verdict
from tests.cli.town import EXPERTS, PEOPLE, SLIP, WAIT, Town, git, set_site

pytestmark = pytest.mark.slow
ANA = f"ana/{WAIT}"


def finish(processes: dict[str, subprocess.Popen[bytes]], expect: int = 0) -> dict[str, str]:
    """Wait for everyone; what each one saw."""
    said = {name: process.communicate(timeout=120)[0].decode() for name, process in processes.items()}
    codes = {name: process.returncode for name, process in processes.items()}
    assert set(codes.values()) == {expect}, said
    return said


def assess_words(town: Town, person: str, earner: str = "ana") -> tuple[str, ...]:
    """The command of one assessor."""
    return ("assess", f"{earner}/{WAIT}", "--from", str(scores_file(town, person)), "--yes")


def test_two_assessors_at_the_same_instant(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    set_rules(town, "  experts: 1\n", "  experts: 2\n")
    town.submit("ana")
    finish({p: start_mcred(town, p, *assess_words(town, p)) for p in EXPERTS})
    assert standing_of(town).word == "being reconciled"
    assert {e.person for e in standing_of(town).reviews} == set(EXPERTS)
    town.decide("ana")


def test_the_earner_saves_while_the_issuer_decides(sent: Town) -> None:
    town = sent
    hand_scores(town, asked(town))
    judged = standing_of(town).judged
    page = town.folder("ana") / "1-overview.md"
    page.write_text(page.read_text("utf-8") + "A later thought.\n", "utf-8")
    words = ("reconcile", ANA, "--revise", "--yes", "--reason", "So.")
    finish({"ana": start_mcred(town, "ana", "save"), "rosa": start_mcred(town, "rosa", *words)})
    decision = read_on_main(town, f"{anas_folder()}/attempts/1/decision.json", Decision)
    assert decision.judged == judged
    assert "A later thought" not in git(town.remote, "show", f"main:{anas_folder()}/1-overview.md")
    assert b"A later thought." in town.saved("ana")["1-overview.md"]
    town.run("ana", "sync")
    assert "A later thought." in page.read_text("utf-8")
    assert (page.parent / "attempts/1/decision.json").is_file()


def test_two_issuers_decide_different_submissions_at_once(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    town.run("rosa", "person", "add", "cleo", "--role", "issuer")
    town.run("cleo", "sync")
    for earner in ("ana", "ben"):
        town.submit(earner)
        town.assess(earner)
    finish(
        {
            "rosa": start_mcred(town, "rosa", "reconcile", ANA, "--award", "--yes"),
            "cleo": start_mcred(town, "cleo", "reconcile", f"ben/{WAIT}", "--award", "--yes"),
        }
    )
    for earner in ("ana", "ben"):
        names = names_on_main(town, f"portfolios/{earner}/{WAIT}")
        assert {"attempts/1/decision.json", "attempts/1/badge.json"} <= set(names)
    holders = desk_of(town).catalog.holders[CredentialId(WAIT)]
    assert holders == {"ana", "ben"}


def test_two_issuers_decide_the_same_submission_at_once(sent: Town) -> None:
    town = sent
    hand_scores(town, asked(town))
    town.run("rosa", "person", "add", "cleo", "--role", "issuer")
    before = git(town.remote, "rev-parse", "main").strip()
    words = ("reconcile", ANA, "--award", "--yes")
    both = [start_mcred(town, person, *words) for person in ("rosa", "cleo")]
    codes = sorted((p.communicate(timeout=60)[0], p.returncode)[1] for p in both)
    assert codes in ([0, 6], [0, 0])
    assert git(town.remote, "rev-list", "--count", "--first-parent", f"{before}..main").strip() == "1"
    for person in ("rosa", "cleo"):
        assert "awarded by" in town.run(person, *words).out


Words = tuple[str, ...]


def start_two(signed: Town, rosas: Words, cleos: Words) -> dict[str, subprocess.Popen[bytes]]:
    """Rosa and Cleo, both issuers with the key, type at the same instant."""
    return {"rosa": start_mcred(signed, "rosa", *rosas), "cleo": start_mcred(signed, "cleo", *cleos)}


@pytest.fixture
def issuers(signed: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Rosa and Cleo both issue, and both have the key."""
    signed.run("rosa", "person", "add", "cleo", "--role", "issuer")
    signed.run("cleo", "sync")
    monkeypatch.setenv("MCRED_ISSUER_KEY", str(key_files(signed)[0]))
    return signed


@pytest.mark.parametrize("site", ["", "https://elsewhere.example"], ids=["same list", "both begin the list"])
def test_two_issuers_award_at_once_and_no_place_is_given_twice(issuers: Town, site: str) -> None:
    if site:
        set_site(issuers, site)
    for earner in ("ben", "dev"):
        issuers.submit(earner, SLIP)
        issuers.assess(earner, SLIP)
    award = ("--award", "--yes")
    finish(start_two(issuers, ("reconcile", f"ben/{SLIP}", *award), ("reconcile", f"dev/{SLIP}", *award)))
    places = [place_of(award_of(issuers, earner=e, credential=SLIP)) for e in ("ana", "ben", "dev")]
    assert len(set(places)) == 3
    assert len(lists_of(issuers)) == (2 if site else 1)
    # The processes read the computer's own clock.
    issuers.now = datetime.now(UTC)
    for person in PEOPLE:
        issuers.run(person, "sync", expect=None)
    for earner in ("ben", "dev"):
        assert verdict(issuers, award_of(issuers, earner=earner, credential=SLIP)) == "valid"


def test_two_issuers_revoke_at_once_and_both_bits_are_set(issuers: Town) -> None:
    why = ("--reason", "By mistake.", "--yes")
    finish(start_two(issuers, ("revoke", ANA, *why), ("revoke", f"ana/{SLIP}", *why)))
    assert is_set(issuers, award_of(issuers)) and is_set(issuers, award_of(issuers, credential=SLIP))


def test_one_renews_while_another_revokes(issuers: Town) -> None:
    both = start_two(
        issuers,
        ("renew", f"ana/{SLIP}", "--reason", "Again."),
        ("revoke", f"ana/{SLIP}", "--reason", "By mistake.", "--yes"),
    )
    codes = [(p.communicate(timeout=120)[0], p.returncode)[1] for p in both.values()]
    assert codes in ([0, 0], [1, 0])
    names = names_on_main(issuers, f"portfolios/ana/{SLIP}")
    numbers = ["1"] + (["1-2"] if "attempts/1/badge-2.json" in names else [])
    assert all(is_set(issuers, award_of(issuers, n, credential=SLIP)) for n in numbers)
    assert "attempts/1/revocation.json" in names


def test_twenty_experts_of_one_submission_at_once(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    people = [f"judge-{n}" for n in range(20)]
    for person in people:
        who = ("--name", person, "--id", person, "--school", f"School {person}")
        town.run(person, "join", str(town.remote), str(town.home(person)), *who, at=town.place)
        town.run("rosa", "person", "add", person, "--role", "expert")
    set_rules(town, "  experts: 1\n", "  experts: 22\n")
    town.submit("ana")
    everybody = (*people, *EXPERTS)
    finish({p: start_mcred(town, p, *assess_words(town, p)) for p in everybody})
    refs = git(town.remote, "for-each-ref", "--format=%(refname)", f"refs/heads/review/{ANA}").split()
    assert {ref.rpartition("/")[2] for ref in refs} == set(everybody)
    fresh = tmp_path / "fresh"
    shutil.copytree(town.home("ben"), fresh, symlinks=True)
    assert {e.person for e in standing_of(town).reviews} == set(everybody)
    town.decide("ana")
    assert len(git(town.remote, "log", "-1", "--format=%P", "main").split()) == 2 + len(everybody)


def test_eight_submit_at_once_at_a_place_with_a_guard(first_town: Town, tmp_path: Path) -> None:
    """Each is drawn from what had arrived before it, whoever was faster."""
    town = first_town.copy(tmp_path / "town")
    earners = [f"teacher-{n}" for n in range(8)]
    for person in earners:
        who = ("--name", person, "--id", person, "--school", f"School {person}")
        town.run(person, "join", str(town.remote), str(town.home(person)), *who, at=town.place)
        town.run("rosa", "person", "add", person)
        town.run(person, "sync")
        town.hand_in(person)
    town.run("rosa", "init", ".", "--remote", str(town.remote))
    finish({p: start_mcred(town, p, "submit", WAIT, "--attest", "all", "--yes") for p in earners})
    standings = desk_of(town).record.standings
    for earner in earners:
        assert standings[SubmissionId(PersonId(earner), CredentialId(WAIT))].word == "in review"
        history = git(town.remote, "log", "--format=%s", f"refs/heads/submission/{earner}/{WAIT}")
        assert sum(line.startswith("Submit") for line in history.splitlines()) == 1


def test_twenty_submissions_are_assessed_at_once(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    set_rules(town, "max_open: 4", "max_open: 20")
    earners = [f"teacher-{n}" for n in range(20)]
    for person in earners:
        who = ("--name", person, "--id", person, "--school", f"School {person}")
        town.run(person, "join", str(town.remote), str(town.home(person)), *who, at=town.place)
        town.run("rosa", "person", "add", person)
        town.submit(person)
    started: dict[str, subprocess.Popen[bytes]] = {}
    for earner in earners:
        (judge,) = standing_of(town, SubmissionId(PersonId(earner), CredentialId(WAIT))).missing
        # Each with a folder of its own, as on another computer: one expert judges many.
        home = town.place / "rooms" / earner
        shutil.copytree(town.home(judge), home, symlinks=True)
        words = ("--at", str(home), *assess_words(town, judge, earner))
        started[earner] = start_mcred(town, judge, *words)
    finish(started)
    standings = desk_of(town).record.standings
    for earner in earners:
        standing = standings[SubmissionId(PersonId(earner), CredentialId(WAIT))]
        assert standing.word == "being reconciled"
    assert ANAS not in standings
