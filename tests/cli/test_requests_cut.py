"""Killed after any question to the review host, a command typed again finishes: nothing is said twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.court import set_rules
from tests.cli.cutting import cut as run_jobs
from tests.cli.town import Town
from tests.cli.webtown import SIGNED_IN, account, only
from tests.hosting.github_host import GitHubHost
from tests.hosting.hosts import REPOSITORY
from tests.hosting.server import Served, served

pytestmark = pytest.mark.slow


def cut(town: Town, person: str, argv: tuple[str, ...], step: int) -> tuple[int, int]:
    """Exit code and number of questions of a command that is killed after the question `step` (0: never)."""
    token = {"MCRED_TOKEN": town.tokens[person], "MCRED_HOST": town.host.url.partition("://")[2]}
    job = (town.home(person), step)
    (found,) = run_jobs(town.now.isoformat(), argv, [job], what="questions", more=token)
    return found


def said(town: Town) -> list[str]:
    """What the one request shows and what was said on it, without ids and times."""
    shown = only(town)
    return [shown.title, shown.state, *shown.labels, *sorted(e.body.split("\n")[0] for e in shown.entries)]


@dataclass
class Bench:
    """Towns that are alike, each with a host of its own that answers at one address."""

    first: Town
    place: Path
    live: Served

    def town(self, name: str) -> Town:
        """A copy that nothing has happened to yet."""
        town = self.first.copy(self.place / name)
        tokens = {p: f"tok-{p}" for p in SIGNED_IN}
        town.host = self.live.put(GitHubHost(town.remote, {tokens[p]: account(p) for p in SIGNED_IN}))
        town.tokens = tokens
        return town

    def cut_everywhere(self, begin: Callable[[Town], None], person: str, *argv: str) -> int:
        """Cut a command after each of its questions and type it again; how many there were."""
        town = self.town("whole")
        begin(town)
        code, steps = cut(town, person, argv, 0)
        assert code == 0
        whole = said(town)
        for step in range(1, steps + 1):
            town = self.town(f"cut-{step}")
            begin(town)
            assert cut(town, person, argv, step) == (-9, 0)
            assert cut(town, person, argv, 0)[0] == 0, step
            assert said(town) == whole, step
            cut(town, person, ("sync",), 0)
            assert said(town) == whole, step
        return steps


@pytest.fixture
def bench(first_web: Town, tmp_path: Path) -> Iterator[Bench]:
    with served() as live:
        first = first_web.copy(tmp_path / "first")
        named = f"review_host:\n  kind: github\n  url: {live.url}\n  repository: {REPOSITORY}\n"
        set_rules(first, "\nsite:\n", f"\n{named}\nsite:\n")
        set_rules(first, "signatures: required", "signatures: recorded")
        first.hand_in("ana")
        yield Bench(first, tmp_path, live)


def test_submit(bench: Bench) -> None:
    steps = bench.cut_everywhere(lambda town: None, "ana", "submit", "wait-time", "--attest", "all")
    assert steps >= 5


def test_sync_of_what_was_written_on_the_web(bench: Bench) -> None:
    def begin(town: Town) -> None:
        town.run("ana", "submit", "wait-time", "--attest", "all")
        (assessor,) = town.panel("ana")
        best = "/score context passing\n/score questions proficient\n/score waiting proficient"
        for person, text in (("ana", best), (assessor, "/score context x"), (assessor, best)):
            town.host.say(1, account(person), text)

    assert bench.cut_everywhere(begin, "rosa", "sync") >= 6


def test_reconcile(bench: Bench) -> None:
    def begin(town: Town) -> None:
        town.run("ana", "submit", "wait-time", "--attest", "all")
        town.assess("ana", levels={"questions": "developing"})

    assert bench.cut_everywhere(begin, "rosa", "reconcile", "ana/wait-time", "--revise", "--yes") >= 4
