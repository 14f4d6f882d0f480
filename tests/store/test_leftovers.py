"""Locks that were left and files of other programs: found, put aside, and sending goes on without a word."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.store.git import Repo, list_refs
from mcred.store.leftovers import MOVED, find_foreign, find_locks, move_away
from mcred.store.remote import fetch, push
from tests.conftest import Save

LEFT = ("desktop.ini", "Icon\r", "main (1)", ".DS_Store", "main (Ana's conflicted copy 2026-01-02)", "~$main")
MINE = "refs/heads/person/ana"


@pytest.mark.parametrize("where", ["here", "there"])
@pytest.mark.parametrize("name", LEFT)
def test_files_of_other_programs_do_not_stop_sending(
    name: str, where: str, ana: Repo, bare: Repo, start: CommitId, save: Save
) -> None:
    repo = ana if where == "here" else bare
    stray = repo.git_dir / "refs" / "heads" / name
    stray.write_text("[.ShellClassInfo]\n")
    assert find_foreign(repo.git_dir) == (stray,)
    new = save(ana, {"a.md": "new"}, start)
    fetch(ana)
    assert push(ana, {MINE: new}).sent == (MINE,)
    moved = repo.state_dir / MOVED / "refs" / "heads" / name
    assert stray.exists() or moved.read_text() == "[.ShellClassInfo]\n"


def test_what_git_needs_is_never_put_aside(ana: Repo, bare: Repo, start: CommitId, save: Save) -> None:
    save(ana, {"a.md": "x"}, start, ref="refs/heads/submission/ana/wait-time")
    fetch(ana)
    assert find_foreign(ana.git_dir) == find_foreign(bare.git_dir) == ()
    assert [ref for ref in list_refs(ana) if "wait-time" in ref]


def test_moving_away_keeps_what_was_moved_before(ana: Repo) -> None:
    for text in ("one", "two"):
        stray = ana.git_dir / "refs" / "desktop.ini"
        stray.write_text(text)
        move_away(ana.git_dir, ana.state_dir, find_foreign(ana.git_dir))
        assert not stray.exists()
    place = ana.state_dir / MOVED / "refs"
    assert sorted(path.read_text() for path in place.iterdir()) == ["one", "two"]
    assert find_foreign(ana.git_dir) == ()


@pytest.mark.skipif(os.name == "nt", reason="rights of that kind are not Windows'")
def test_what_was_moved_away_at_a_shared_place_keeps_nobody_else_from_moving(ana: Repo, bare: Repo) -> None:
    bare.git_dir.chmod(0o2775)
    before = os.umask(0o077)
    try:
        (bare.git_dir / "refs" / "desktop.ini").write_text("x")
        move_away(bare.git_dir, bare.state_dir, find_foreign(bare.git_dir))
        assert ana.state_dir.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
    for folder in (bare.state_dir, bare.state_dir / MOVED, bare.state_dir / MOVED / "refs"):
        assert folder.stat().st_mode & 0o7777 == 0o2775, folder


def test_only_old_locks_are_found_and_none_while_git_is_at_work(ana: Repo, bare: Repo) -> None:
    assert ana.work_tree is not None
    old, young = ana.git_dir / "index.lock", ana.git_dir / "refs" / "heads" / "main.lock"
    ahead = ana.git_dir / "refs" / "heads" / "made-by-a-wrong-clock.lock"
    for lock, seconds in ((old, -7200), (young, 0), (ahead, 3 * 365 * 86400)):
        lock.touch()
        os.utime(lock, (time.time() + seconds,) * 2)
    assert find_locks(ana.git_dir, time.time(), 600) == (old, ahead)
    if not Path("/proc/self/comm").exists():
        return
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=ana.work_tree, stdin=subprocess.PIPE) as child:
        deadline = time.time() + 10
        while find_locks(ana.git_dir, time.time(), 600) and time.time() < deadline:
            time.sleep(0.02)
        assert find_locks(ana.git_dir, time.time(), 600) == ()
        child.terminate()
    assert find_locks(ana.git_dir, time.time(), 600) == (old, ahead)
