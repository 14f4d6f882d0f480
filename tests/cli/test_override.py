"""An award against the levels is said to be one: by the audit, in the badge, on its page and by `explain`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mcred.cli.render.audit import group_findings
from mcred.domain.audit.values import Finding
from mcred.domain.ids import CommitId
from tests.cli.court import on_main, spread_town
from tests.cli.town import WAIT, Town

ANA = f"ana/{WAIT}"
BADGE = f"portfolios/{ANA}/attempts/1/badge.json"
REASON = "I saw her teach it."
SETTLED = "Page two lacks it."
AGAINST = (
    "Awarded by the issuer's decision against the levels; below the required level in 1 of 3: Questions."
)
SET = "The issuer, not the assessors, set the level of 1 of 3: Questions."


def narrative_of(town: Town) -> str:
    """What the badge says had to be shown."""
    text: str = json.loads(on_main(town, BADGE))["credentialSubject"]["achievement"]["criteria"]["narrative"]
    return text


def page_of(town: Town, place: Path) -> str:
    """The words of the badge's page."""
    town.run("rosa", "build", "--out", str(place))
    page = (place / "badges" / "ana" / WAIT / "1" / "index.html").read_text("utf-8")
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def overridden(sent: Town) -> Town:
    """The expert found one of three criteria below its level; the issuer awarded all the same."""
    sent.assess("ana", levels={"questions": "basic"})
    sent.decide("ana", WAIT, "award", "--reason", REASON)
    return sent


def test_an_award_against_the_levels_says_so_in_all_four_places(overridden: Town, tmp_path: Path) -> None:
    audited = overridden.run("rosa", "audit")
    assert "proved, by override" in audited.out and AGAINST in audited.out
    assert "1 of 1 awards proved" in audited.out and "1 of them awarded against the levels" in audited.out
    found = overridden.run("rosa", "audit", "--json").json
    assert found["clean"] and found["awards"][0]["proved"]
    assert found["awards"][0]["override"] is True and found["awards"][0]["departures"] == [AGAINST]
    assert AGAINST in narrative_of(overridden) and "Earned with" not in narrative_of(overridden)
    page = page_of(overridden, tmp_path / "pages")
    assert "Awarded by the issuer’s decision against the levels." in page
    assert "Below the required level in 1 of 3 criteria." in page
    told = overridden.run("rosa", "explain", ANA).out
    assert AGAINST in told and "The levels recommend revise. rosa decided otherwise." in told
    assert "This follows the recommendation." not in told


def test_levels_that_the_issuer_set_are_told_from_the_assessors(first_town: Town, tmp_path: Path) -> None:
    town = spread_town(first_town, tmp_path / "t", mei={"questions": "developing"})
    town.decide("ana", WAIT, "award", "--level", "questions=proficient", "--reason", REASON)
    audited = town.run("rosa", "audit")
    assert "proved, with levels set by the issuer" in audited.out and SET in audited.out
    assert "against the levels" not in audited.out
    found = town.run("rosa", "audit", "--json").json["awards"][0]
    assert found["override"] is False and found["departures"] == [SET]
    assert SET in narrative_of(town) and "Earned with: every criterion" in narrative_of(town)
    page = page_of(town, tmp_path / "pages")
    assert "The issuer, not the assessors, set the level of 1 of 3 criteria." in page
    assert page.count("Set by the issuer, not by the assessors.") == 1
    assert "With the levels that rosa set, award is recommended" in town.run("rosa", "explain", ANA).out


def test_a_level_set_too_low_and_awarded_all_the_same_is_both(sent: Town) -> None:
    sent.assess("ana")
    sent.decide("ana", WAIT, "award", "--level", f"questions=basic: {SETTLED}", "--reason", REASON)
    found = sent.run("rosa", "audit", "--json").json["awards"][0]
    assert found["override"] is True and found["departures"] == [AGAINST, SET]
    told = sent.run("rosa", "explain", ANA).out
    assert "This follows the recommendation." not in told
    assert (
        "With the levels that rosa set, revise is recommended; the assessors' own levels recommend award. "
        "rosa decided otherwise." in told
    )


def test_an_audit_says_what_many_files_of_one_commit_have_in_common_once() -> None:
    def found(path: str, commit: str, what: str = "it is not signed") -> Finding:
        return Finding(code="not-signed", commit=CommitId(commit), path=path, what=what)

    findings = [found("a", "1"), found("b", "1"), found("a", "2"), found("c", "1"), found("d", "1", "other")]
    assert group_findings(findings) == [(findings[0], 2), (findings[2], 0), (findings[4], 0)]


def test_an_award_by_the_levels_has_none_of_these_words(earned: Town, tmp_path: Path) -> None:
    assert "override" not in earned.run("rosa", "audit").out
    found = earned.run("rosa", "audit", "--json").json["awards"][0]
    assert found["override"] is False and found["departures"] == []
    assert narrative_of(earned).rstrip().count("Earned with: every criterion at its required level.") == 1
    assert "issuer’s decision against" not in page_of(earned, tmp_path / "pages")
    assert "This follows the recommendation." in earned.run("rosa", "explain", ANA).out
