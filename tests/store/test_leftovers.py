"""Locks that were left and files of other programs: found, put aside, and sending goes on without a word."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.store.git import Repo, list_refs
from mcred.store.leftovers import MOVED, clear_dead, clear_log_locks, find_foreign, find_locks, move_away
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


def _left(place: Path, age: float) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    os.utime(place, (time.time() - age,) * 2)
    return place


def test_stale_locks_are_deleted_here_soon_and_at_the_shared_place_later(ana: Repo, bare: Repo) -> None:
    ours = [
        _left(ana.git_dir / name, 700)
        for name in ("HEAD.lock", "refs/heads/a.lock", "packed-refs.new", "gc.pid")
    ]
    of_a_log = _left(ana.git_dir / "logs/a.lock", 700)
    info = _left(ana.git_dir / "objects/info/commit-graphs/commit-graph-chain.lock", 700)
    young, theirs = _left(ana.git_dir / "packed-refs.lock", 1), _left(bare.git_dir / "refs/heads/b.lock", 700)
    fresh, packing = _left(bare.git_dir / "HEAD.lock", 60), _left(bare.git_dir / "gc.pid", 7000)
    clear_dead(ana.git_dir, ana.state_dir, bare.git_dir)
    assert not [lock for lock in (*ours, info, theirs) if lock.exists()]
    assert young.exists() and fresh.exists() and packing.exists()
    assert find_locks(ana.git_dir, time.time(), 600) == (of_a_log,), (
        "looked for by doctor, and before a collection"
    )
    clear_log_locks(ana.git_dir)
    assert not of_a_log.exists() and young.exists()


@pytest.mark.parametrize("sees", [True, False])
def test_how_soon_depends_on_whether_git_can_be_seen_at_work(
    ana: Repo, monkeypatch: pytest.MonkeyPatch, sees: bool
) -> None:
    monkeypatch.setattr("mcred.store.leftovers._CAN_SEE", sees)
    minute, index = _left(ana.git_dir / "HEAD.lock", 60), _left(ana.git_dir / "index.lock", 700)
    clear_dead(ana.git_dir, ana.state_dir, None)
    assert (minute.exists(), index.exists()) == (not sees, not sees)


def test_no_lock_is_deleted_while_git_is_at_work(ana: Repo) -> None:
    if not Path("/proc/self/comm").exists():
        pytest.skip("this system does not tell where programs are at work")
    lock = _left(ana.git_dir / "HEAD.lock", 7000)
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=ana.work_tree, stdin=subprocess.PIPE) as child:
        while not (Path(f"/proc/{child.pid}/comm").read_text().startswith("git")):
            time.sleep(0.02)
        clear_dead(ana.git_dir, ana.state_dir, None)
        assert lock.exists()
        child.terminate()
    clear_dead(ana.git_dir, ana.state_dir, None)
    assert not lock.exists()


def test_what_is_being_written_stays_and_what_was_abandoned_goes(ana: Repo) -> None:
    at_work, abandoned = ana.state_dir / "writing-a", ana.state_dir / "writing-b"
    _left(at_work / "0", 700)
    _left(abandoned / "0", 700)
    part = _left(ana.state_dir / ".mcred-part-0123", 700)
    (at_work / "1").touch()
    for folder in (at_work, abandoned):
        os.utime(folder, (time.time() - 700,) * 2)
    clear_dead(ana.git_dir, ana.state_dir, None)
    assert (at_work / "0").exists() and not abandoned.exists() and not part.exists()
