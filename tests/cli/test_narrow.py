"""A joined folder holds its owner's portfolio only; and refs end when main has their commits."""

from __future__ import annotations

import sqlite3

import pytest

from mcred.app.index.database import place_of
from mcred.cli.terminal import Terminal
from mcred.store.git import open_repo
from tests.cli.town import WAIT, Town, git

ANAS = f"portfolios/ana/{WAIT}"


@pytest.fixture
def joined(earned: Town) -> Town:
    """Zoe has joined; Ana's work is on main."""
    earned.run("zoe", "join", str(earned.remote), str(earned.home("zoe")), at=earned.place)
    earned.run("zoe", "setup", "--id", "zoe", "--name", "Zoe Ito")
    return earned


def clean(town: Town) -> bool:
    """Whether git sees no change of a file that it knows."""
    return not git(town.home("zoe"), "status", "--porcelain", "--untracked-files=no")


def grow(town: Town) -> None:
    """Main goes on, with a new top-level folder."""
    (town.home("rosa") / "templates" / "site").mkdir(parents=True, exist_ok=True)
    (town.home("rosa") / "templates" / "site" / "home.html.j2").write_text("x", "utf-8")
    town.run("rosa", "save", "--programme")


def test_it_holds_no_one_elses_files_and_git_finds_it_clean(joined: Town) -> None:
    assert not (joined.home("zoe") / ANAS).exists() and clean(joined)
    joined.run("rosa", "person", "add", "zoe")
    grow(joined)
    joined.run("zoe", "sync")
    assert [p.name for p in (joined.home("zoe") / "portfolios").iterdir()] == ["zoe"] and clean(joined)
    assert (joined.home("zoe") / "templates" / "site" / "home.html.j2").is_file()


def test_one_that_its_owner_widened_with_git_holds_everything(joined: Town) -> None:
    git(joined.home("zoe"), "sparse-checkout", "disable")
    joined.run("rosa", "person", "add", "eva")
    joined.run("zoe", "sync")
    assert (joined.home("zoe") / ANAS / "submission.yaml").is_file()
    assert (joined.home("zoe") / "portfolios" / "eva" / "profile.yaml").is_file() and clean(joined)


def test_files_that_git_ignores_outside_of_it_stay(joined: Town) -> None:
    notes = joined.home("zoe") / "portfolios" / "ana" / "notes.bak"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine", "utf-8")
    (joined.home("zoe") / ".git" / "info" / "exclude").write_text("*.bak\n", "utf-8")
    grow(joined)
    joined.run("zoe", "sync")
    assert notes.read_text("utf-8") == "mine" and clean(joined)


def test_git_knows_whose_folder_it_is_as_soon_as_mcred_does(joined: Town) -> None:
    def own(name: str) -> bool:
        patterns = joined.home("zoe") / ".git/info/sparse-checkout"
        return f"/portfolios/{name}/\n" in patterns.read_text("utf-8")

    assert own("zoe")
    git(joined.home("zoe"), "config", "mcred.person", "yan")
    joined.run("zoe", "sync")
    assert own("yan") and clean(joined)


def test_open_work_is_as_it_was_until_main_or_what_was_sent_changes(sent: Town) -> None:
    asked = sent.run("rosa", "queue", "--all").out
    home = sent.home("rosa")
    place = place_of(Terminal(at=home, no_input=True).cache, open_repo(home))
    with sqlite3.connect(place) as base:
        assert base.execute("SELECT COUNT(*) FROM open_whole WHERE fingerprint != ''").fetchone() == (1,)
        base.execute("UPDATE open SET fingerprint = 'kept'")
    base.close()
    assert sent.run("rosa", "queue", "--all").out == asked
    with sqlite3.connect(place) as base:
        assert base.execute("SELECT fingerprint FROM open").fetchall() == [("kept",)], "nothing is looked at"
    base.close()
    sent.assess("ana")
    assert sent.run("rosa", "queue", "--all").out != asked


def test_open_work_that_was_kept_and_cannot_be_read_is_read_again(sent: Town) -> None:
    said = sent.run("rosa", "queue", "--all").out
    home = sent.home("rosa")
    place = place_of(Terminal(at=home, no_input=True).cache, open_repo(home))
    with sqlite3.connect(place) as base:
        assert base.execute("UPDATE open SET value = x'c1'").rowcount == 1
    base.close()
    assert sent.run("rosa", "queue", "--all").out == said


def test_an_issuers_sync_deletes_what_an_earlier_command_could_not(earned: Town) -> None:
    judged = git(earned.remote, "rev-parse", "main^2").strip()
    ref = f"refs/heads/submission/ana/{WAIT}"
    assert ref not in git(earned.remote, "for-each-ref")
    git(earned.remote, "update-ref", ref, judged)
    earned.run("ana", "sync")
    assert ref in git(earned.remote, "for-each-ref"), "not hers to tidy"
    earned.run("rosa", "sync")
    assert ref not in git(earned.remote, "for-each-ref") + git(earned.home("rosa"), "for-each-ref")
