"""Killed after any step, the same command typed again finishes the work: once, complete, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.court import set_rules
from tests.cli.cutting import cut
from tests.cli.town import OVERVIEW, PLAN, SLIP, WAIT, Town, digests, git, open_sealed

pytestmark = pytest.mark.slow


def cut_everywhere(
    town: Town, argv: list[str], check: Callable[[Town, Path], None], at: str = "people/ana"
) -> None:
    """Cut the command after each of its steps, type it again, and `check` what is there then."""
    whole = town.whole().copy(town.place / "whole")
    ((code, steps),) = cut(town.now.isoformat(), argv, [(whole.place / at, 0)])
    assert code == 0 and steps > 3
    check(whole, whole.place / at)
    whole.run("ana", *argv, at=whole.place / at)
    copies = [town.copy(town.place.parent / f"cut-{k}") for k in range(1, steps + 1)]
    results = cut(town.now.isoformat(), argv, [(c.place / at, k) for k, c in enumerate(copies, start=1)])
    assert [code for code, _ in results] == [-9] * steps
    for k, copy in enumerate(copies, start=1):
        again = copy.run("ana", *argv, at=copy.place / at, expect=None)
        assert again.code == 0, f"after a cut at step {k} of {steps}: {again.said}"
        check(copy, copy.place / at)
        twice = git(copy.remote, "for-each-ref", "refs/heads")
        copy.run("ana", *argv, at=copy.place / at)
        assert git(copy.remote, "for-each-ref", "refs/heads") == twice, k


def names(folder: Path) -> list[str]:
    return sorted(digests(folder))


def test_submit(ready: Town) -> None:
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
    expected = names(ready.folder("ana"))

    def check(town: Town, home: Path) -> None:
        assert town.sent("ana") == ["1"]
        assert names(home / "portfolios" / "ana" / WAIT) == expected
        assert "And more." in (home / "portfolios/ana" / WAIT / "1-overview.md").read_text("utf-8")

    cut_everywhere(ready, ["submit", WAIT, "--attest", "all"], check)


def test_submit_instead_of_what_is_in_review(sent: Town) -> None:
    (sent.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")

    def check(town: Town, home: Path) -> None:
        assert town.sent("ana") == ["1", "2"]

    cut_everywhere(sent, ["submit", WAIT, "--replace"], check)


def test_withdraw(sent: Town) -> None:
    def check(town: Town, home: Path) -> None:
        log = git(town.remote, "log", "--format=%B", f"refs/heads/submission/ana/{WAIT}", "--not", "main")
        assert log.count("Mcred-Event: withdraw") == 1

    cut_everywhere(sent, ["withdraw", WAIT, "--yes"], check)


def test_let_in(ready: Town) -> None:
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
    ref = f"refs/heads/work/ana/{WAIT}/draft"

    def check(town: Town, home: Path) -> None:
        listing = git(town.remote, "ls-tree", "-r", "--name-only", ref).split()
        assert len([path for path in listing if path.startswith("keys/")]) == 2
        assert git(town.remote, "rev-parse", ref) == git(home, "rev-parse", ref)

    cut_everywhere(ready, ["let-in", "dev", "--of", WAIT, "--yes"], check)


def test_recover(town: Town) -> None:
    set_rules(town, "work: open", "work: sealed")
    town.submit("ana")
    town.assess("ana", levels={"questions": "developing"})
    town.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    set_rules(town, "issuers: [rosa]", "issuers: [rosa, dev]")
    ref = f"refs/heads/grant/ana/{WAIT}/1/ana"

    def check(town: Town, home: Path) -> None:
        assert git(town.remote, "rev-parse", ref) == git(home, "rev-parse", ref)

    cut_everywhere(town, ["key", "recover"], check)


def test_save(ready: Town) -> None:
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")

    def check(town: Town, home: Path) -> None:
        path = f"portfolios/ana/{WAIT}/1-overview.md"
        assert b"And more." in open_sealed(town.remote, home, "ana", WAIT)["1-overview.md"]
        assert "And more." in (home / path).read_text(encoding="utf-8")

    cut_everywhere(ready, ["save"], check)


def test_remove(ready: Town) -> None:
    def check(town: Town, home: Path) -> None:
        saved = open_sealed(town.remote, home, "ana", WAIT)
        assert "evidence/plan.md" not in saved and b"plan.md" not in saved["submission.yaml"]
        assert not (home / f"portfolios/ana/{WAIT}/evidence/plan.md").exists()

    cut_everywhere(ready, ["remove", "plan"], check)


def test_add(town: Town) -> None:
    town.start("ana")
    (town.desk("ana") / "plan.md").write_text(PLAN, encoding="utf-8")

    def check(town: Town, home: Path) -> None:
        folder = home / "portfolios" / "ana" / WAIT
        assert names(folder) == ["1-overview.md", "2-artifacts.md", "evidence/plan.md", "submission.yaml"]
        assert (folder / "submission.yaml").read_text(encoding="utf-8").count("evidence/plan.md") == 1
        assert sorted(open_sealed(town.remote, home, "ana", WAIT)) == names(folder)

    cut_everywhere(town, ["add", str(town.desk("ana") / "plan.md"), "--for", "lesson-plan"], check)


@pytest.mark.parametrize("credential", [WAIT, SLIP])
def test_start(town: Town, credential: str) -> None:
    town.start("ana", credential)
    expected = names(town.folder("ana", credential))

    def check(now: Town, home: Path) -> None:
        assert names(home / "portfolios" / "ben" / credential) == expected

    cut_everywhere(town, ["start", credential], check, at="people/ben")


def test_setup(town: Town) -> None:
    town.run("zoe", "join", str(town.remote), str(town.home("zoe")), at=town.place)

    def check(now: Town, home: Path) -> None:
        count = git(now.remote, "rev-list", "--count", "refs/heads/person/zoe", "--not", "main")
        assert count.strip() == "1"
        assert (home / "portfolios" / "zoe" / "profile.yaml").exists()

    cut_everywhere(
        town, ["setup", "--name", "Zoe Ito", "--id", "zoe", "--school", "Bay"], check, at="people/zoe"
    )


def test_sync_with_news(ready: Town) -> None:
    other = ready.second_computer("ana")
    (other / "portfolios/ana" / WAIT / "2-artifacts.md").write_text("# From two\n", encoding="utf-8")
    ready.run("ana", "save", at=other)
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")

    def check(now: Town, home: Path) -> None:
        folder = home / "portfolios" / "ana" / WAIT
        assert (folder / "2-artifacts.md").read_text(encoding="utf-8") == "# From two\n"
        assert "And more." in (folder / "1-overview.md").read_text(encoding="utf-8")
        assert not [n for n in names(folder) if "other-computer" in n]

    cut_everywhere(ready, ["sync"], check)
