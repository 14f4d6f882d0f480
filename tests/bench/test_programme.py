"""The programmes that audits are measured on are honest, and always the same."""

from __future__ import annotations

import subprocess
from itertools import takewhile
from pathlib import Path

import pytest

from bench.programme import Size, make_programme
from mcred.app.audit.run import run_audit
from mcred.app.fetch import latest_main
from mcred.store.git import Repo, run
from mcred.store.main_history import walk_line

SMALL = Size(awards=12, commits=150, people=40)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return make_programme(tmp_path_factory.mktemp("bench") / "small", SMALL)


def test_it_audits_clean_and_is_about_as_large_as_asked(repo: Repo) -> None:
    cache = repo.git_dir / "cache"
    found = run_audit(repo, latest_main(repo), cache=cache)
    assert found.audited.clean, found.audited.findings
    assert len(found.audited.proofs) == SMALL.awards
    commits = int(run(repo, "rev-list", "--all", "--count"))
    assert 0.7 * SMALL.commits < commits < 1.4 * SMALL.commits
    assert run_audit(repo, latest_main(repo), cache=cache).checked == 0, "signers are remembered"


def test_git_finds_nothing_wrong_with_it(repo: Repo) -> None:
    done = subprocess.run(["git", "fsck", "--strict"], cwd=repo.git_dir, capture_output=True, check=True)
    assert not done.stdout + done.stderr.replace(b"notice: HEAD points to an unborn branch", b"").strip()


def test_an_altered_decision_in_it_is_found(repo: Repo) -> None:
    """So that clean means something."""
    line = walk_line(repo, latest_main(repo), ("mcred.yaml", "portfolios"))
    step = line.steps[-1].commit
    raw = run(repo, "cat-file", "commit", step.id).replace(b"Award", b"Grant")
    forged = run(repo, "hash-object", "-t", "commit", "-w", "--stdin", stdin=raw).decode().strip()
    found = run_audit(repo, type(step.id)(forged))
    assert "not-signed" in {f.code for f in found.audited.findings}


@pytest.mark.slow
def test_the_same_arguments_give_the_same_programme(repo: Repo, tmp_path: Path) -> None:
    """Up to the first review: what is sealed in it is other bytes each time, and later draws rest on them."""
    again = make_programme(tmp_path / "again", SMALL)
    steps = [_steps_before_decisions(one) for one in (repo, again)]
    assert steps[0] == steps[1] and len(steps[0]) > 20


def _steps_before_decisions(repo: Repo) -> list[str]:
    told = run(repo, "log", "--first-parent", "--reverse", "--format=%H %s", latest_main(repo)).decode()
    return list(takewhile(lambda line: " attempt " not in line, told.splitlines()))


@pytest.mark.slow
def test_signed_badges(tmp_path: Path) -> None:
    signed = make_programme(tmp_path / "signed", Size(awards=4, commits=60, people=40, signed=True))
    found = run_audit(signed, latest_main(signed), cache=tmp_path / "cache")
    assert found.audited.clean, found.audited.findings
    assert found.proofs_checked == 4
    assert run_audit(signed, latest_main(signed), cache=tmp_path / "cache").proofs_checked == 0
