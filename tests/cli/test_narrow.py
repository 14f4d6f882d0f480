"""A joined folder holds its owner's portfolio only; and refs end when main has their commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mcred.app.index.database import place_of, write_open
from mcred.cli.terminal import Terminal
from mcred.domain.ids import CommitId
from mcred.store.atomic import write_whole
from mcred.store.git import open_repo
from mcred.store.remote import delete_refs
from mcred.store.write import drop_refs
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
        base.execute("UPDATE open SET fingerprint = 'kept', seen = ''")
    base.close()
    assert sent.run("rosa", "queue", "--all").out == asked
    with sqlite3.connect(place) as base:
        assert base.execute("SELECT fingerprint FROM open").fetchall() == [("kept",)], "nothing is looked at"
    base.close()
    sent.assess("ana")
    assert sent.run("rosa", "queue", "--all").out != asked


def test_open_work_is_not_looked_into_where_only_other_refs_moved(sent: Town) -> None:
    asked = sent.run("rosa", "queue", "--all").out
    place = place_of(Terminal(at=sent.home("rosa"), no_input=True).cache, open_repo(sent.home("rosa")))

    def marks(*changes: str) -> list[tuple[str]]:
        with sqlite3.connect(place) as base:
            for change in changes:
                base.execute(change)
        base.close()
        assert sent.run("rosa", "queue", "--all").out == asked
        with sqlite3.connect(place) as base:
            found = base.execute("SELECT fingerprint FROM open").fetchall()
        base.close()
        return found

    right = marks()
    assert marks("UPDATE open SET fingerprint = 'kept'", "DELETE FROM open_whole") == [("kept",)]
    assert marks("UPDATE open SET seen = 'of an older main'", "DELETE FROM open_whole") == right
    assert marks("UPDATE open SET fingerprint = 'kept'", "DELETE FROM open_whole") == [("kept",)]


def test_what_an_older_command_writes_last_is_not_taken_for_the_whole(sent: Town) -> None:
    sent.assess("ana")
    home = sent.home("rosa")
    sent.run("rosa", "sync")
    place = place_of(Terminal(at=home, no_input=True).cache, open_repo(home))
    asked = sent.run("rosa", "queue", "--all").out
    with sqlite3.connect(place) as base:
        older = base.execute("SELECT person, credential, seen, fingerprint, NULL FROM open").fetchall()
        (whole,) = base.execute("SELECT fingerprint FROM open_whole").fetchone()
        base.execute("UPDATE open SET fingerprint = 'newer'")
    base.close()
    write_open(place, older, [], whole)
    with sqlite3.connect(place) as base:
        assert base.execute("SELECT fingerprint FROM open_whole").fetchall() == [("",)]
    base.close()
    assert sent.run("rosa", "queue", "--all").out == asked


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


@pytest.mark.parametrize("again", ["sync", "join"])
def test_a_kill_between_the_index_and_its_patterns_leaves_nothing_to_put_right(
    again: str, earned: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe = earned.home("zoe")
    who = ("--name", "Zoe Ito", "--id", "zoe", "--school", "Bay")
    join = ("join", str(earned.remote), str(zoe), *who)
    if again == "sync":
        earned.run("zoe", *join, at=earned.place)
        earned.run("rosa", "person", "add", "zoe")
        grow(earned)

    def end_before_patterns(path: Path, *given: Any) -> None:
        if path.name == "sparse-checkout":
            raise KeyboardInterrupt
        write_whole(path, *given)

    with monkeypatch.context() as patch:
        patch.setattr("mcred.store.worktree.write_whole", end_before_patterns)
        words = ("sync",) if again == "sync" else join
        earned.run("zoe", *words, at=zoe if again == "sync" else earned.place, expect=130)
    patterns = zoe / ".git" / "info" / "sparse-checkout"
    assert (zoe / ".git" / "index").exists() and not patterns.exists(), "this is the moment"
    earned.run("zoe", *words, at=zoe if again == "sync" else earned.place)
    listed = git(zoe, "sparse-checkout", "list").splitlines()
    assert "portfolios/zoe" in listed and "portfolios/ana" not in listed
    assert ("templates" in listed) == (again == "sync") and clean(earned)
    # git itself, asked to write the folder again, brings no one else's files.
    git(zoe, "sparse-checkout", "reapply")
    assert [p.name for p in (zoe / "portfolios").iterdir()] == ["zoe"] and clean(earned)


def judged_refs(town: Town) -> dict[str, str]:
    """Two refs at the remote whose commits main has, which a killed command left there."""
    tips = {
        f"refs/heads/submission/ana/{WAIT}": "main^2",
        "refs/heads/person/ben": "main^",
    }
    found = {ref: git(town.remote, "rev-parse", tip).strip() for ref, tip in tips.items()}
    for ref, tip in found.items():
        git(town.remote, "update-ref", ref, tip)
    return found


def test_two_commands_that_delete_the_same_refs_at_the_remote_at_once_both_end_well(
    earned: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = judged_refs(earned)
    first = next(iter(left))

    def after_another(repo: Any, refs: Mapping[str, CommitId], **more: Any) -> None:
        assert first in refs
        git(earned.remote, "update-ref", "-d", first)
        delete_refs(repo, refs, **more)

    with monkeypatch.context() as patch:
        patch.setattr("mcred.app.commit.delete_refs", after_another)
        earned.run("rosa", "sync")
    earned.run("rosa", "sync")
    assert not [ref for ref in left if ref in git(earned.remote, "for-each-ref")]
    here = git(earned.home("rosa"), "for-each-ref")
    assert not [ref for ref in left if ref.removeprefix("refs/heads/") in here]


def test_two_commands_that_drop_the_same_refs_here_at_once_both_end_well(
    earned: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = judged_refs(earned)
    earned.run("ana", "sync")
    ana = earned.home("ana")
    here = git(ana, "for-each-ref", "refs/remotes")
    assert all(ref.removeprefix("refs/heads/") in here for ref in left)
    for ref in left:
        git(earned.remote, "update-ref", "-d", ref)
    dropped: list[str] = []

    def after_another(repo: Any, refs: Mapping[str, CommitId]) -> None:
        if refs:
            dropped.extend(refs)
            git(ana, "update-ref", "-d", dropped[0])
        drop_refs(repo, refs)

    with monkeypatch.context() as patch:
        patch.setattr("mcred.store.remote.drop_refs", after_another)
        earned.run("ana", "sync")
    assert len(dropped) == len(left)
    here = git(ana, "for-each-ref", "refs/remotes")
    assert not [ref for ref in left if ref.removeprefix("refs/heads/") in here]
