"""Killed after any step, `assess`, `reconcile`, `person add` and `save --programme` finish when typed again.

Once: one assessment, one decision, one award; whole: the folder holds what the main line has.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.domain.ids import PersonId
from tests.cli.court import (
    ANAS,
    asked,
    desk_of,
    hand_scores,
    names_on_main,
    on_main,
    scores_file,
)
from tests.cli.cutting import cut
from tests.cli.town import WAIT, Town, digests, git
from tests.sealing import opened_by

pytestmark = pytest.mark.slow
ANA = f"ana/{WAIT}"


def cut_everywhere(town: Town, person: str, argv: list[str], check: Callable[[Town], None]) -> None:
    """Cut a command after each of its steps, type it again, and `check` what is there then."""
    whole = town.copy(town.place / "whole")
    ((code, steps),) = cut(town.now.isoformat(), argv, [(whole.home(person), 0)])
    assert code == 0
    assert steps > 5
    check(whole)
    copies = [town.copy(town.place.parent / f"cut-{k}") for k in range(1, steps + 1)]
    results = cut(town.now.isoformat(), argv, [(c.home(person), k) for k, c in enumerate(copies, start=1)])
    assert [code for code, _ in results] == [-9] * steps
    for k, copy in enumerate(copies, start=1):
        again = copy.run(person, *argv, expect=None)
        assert again.code == 0, f"after a cut at step {k} of {steps}: {again.said}"
        check(copy)
        before = git(copy.remote, "for-each-ref")
        copy.run(person, *argv)
        assert git(copy.remote, "for-each-ref") == before, k


def is_whole(town: Town, person: str) -> None:
    """Somebody's folder holds the main line, and git sees nothing else in it."""
    assert set(digests(town.home(person))) == set(
        git(town.remote, "ls-tree", "-r", "--name-only", "main").split()
    )
    assert git(town.home(person), "rev-parse", "main") == git(town.remote, "rev-parse", "main")
    assert git(town.home(person), "status", "--porcelain") == ""


@pytest.mark.parametrize("outcome", ["award", "revise"])
def test_reconcile(sent: Town, outcome: str) -> None:
    town = sent
    hand_scores(town, asked(town))
    before = git(town.remote, "rev-parse", "main").strip()

    def check(now: Town) -> None:
        kinds = git(now.remote, "log", "--first-parent", "--format=%s", f"{before}..main").split("\n")
        assert kinds == [f"{outcome.title()} attempt 1 of {ANA}", ""]
        names = names_on_main(now, f"portfolios/{ANA}")
        assert names.count("attempts/1/decision.json") == 1
        assert [n for n in names if "/badge" in n] == (["attempts/1/badge.json"] * (outcome == "award"))
        assert any(n.startswith("attempts/1/reviews/") for n in names)
        is_whole(now, "rosa")

    words = ["reconcile", ANA, f"--{outcome}", "--yes", "--reason", "So."]
    cut_everywhere(town, "rosa", words, check)


def test_person_add(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    before = git(town.remote, "rev-parse", "main").strip()

    def check(now: Town) -> None:
        assert git(now.remote, "rev-list", "--count", "--first-parent", f"{before}..main").strip() == "1"
        assert on_main(now, "mcred.yaml").decode().count("eva") == 1
        assert "Eva Novak" in on_main(now, "portfolios/eva/profile.yaml").decode()
        is_whole(now, "rosa")

    cut_everywhere(town, "rosa", ["person", "add", "eva", "--role", "expert"], check)


def test_assess(sent: Town) -> None:
    town = sent
    judge = asked(town)
    path = scores_file(town, judge, {"questions": "basic"})

    def check(now: Town) -> None:
        refs = git(now.remote, "for-each-ref", "refs/heads/review").splitlines()
        assert len(refs) == 1
        found = opened_by(now.home(judge), desk_of(now).record.assessments[(ANAS, 1, PersonId(judge))])
        assert [s.level for s in found.scores] == ["passing", "basic", "proficient"]
        log = git(now.remote, "rev-list", "--count", refs[0].split()[0], f"^refs/heads/submission/{ANA}")
        assert log.strip() == "1"
        assert not list((now.home(judge) / ".git" / "mcred" / "scores").glob("*"))

    cut_everywhere(town, judge, ["assess", ANA, "--from", str(path), "--yes"], check)


def test_save_programme(first_town: Town, tmp_path: Path) -> None:
    town = first_town.copy(tmp_path / "town")
    path = town.home("rosa") / "mcred.yaml"
    path.write_text(path.read_text("utf-8").replace("due_days: 10", "due_days: 7"), "utf-8")
    before = git(town.remote, "rev-parse", "main").strip()

    def check(now: Town) -> None:
        assert git(now.remote, "rev-list", "--count", f"{before}..main").strip() == "1"
        assert b"due_days: 7" in on_main(now, "mcred.yaml")
        is_whole(now, "rosa")

    cut_everywhere(town, "rosa", ["save", "--programme"], check)
