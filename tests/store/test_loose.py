"""An object stored without git is the one that git would store, for the same people."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.store.config import write_config
from mcred.store.files.loose import Sharing, read_sharing, write_object
from mcred.store.git import Repo, create_repo, run
from mcred.store.write import build_tree, put_blob
from tests.conftest import Raw, Save


def rights(place: Path) -> list[str]:
    return [stat.filemode(p.stat().st_mode) for p in (place.parent, place)]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o027])
@pytest.mark.parametrize("bare", [False, True], ids=["own", "shared"])
def test_stored_as_git_stores_it(tmp_path: Path, bare: bool, umask: int) -> None:
    before = os.umask(umask)
    try:
        repos = [create_repo(tmp_path / name, bare=bare) for name in ("one", "two")]
        data = b"".join(b"line %d\n" % n for n in range(500))
        name = run(repos[0], "hash-object", "-w", "--stdin", stdin=data).decode().strip()
        sharing = read_sharing(repos[1].git_dir)
        assert write_object(repos[1].git_dir / "objects", "blob", data, sharing) == name
    finally:
        os.umask(before)
    places = [repo.git_dir / "objects" / name[:2] / name[2:] for repo in repos]
    assert rights(places[0]) == rights(places[1])
    assert run(repos[1], "cat-file", "blob", name) == data
    assert run(repos[1], "fsck", "--no-dangling", "--strict") == b""


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("core.sharedRepository", "group", "group"),
        ("core.sharedRepository", "1", "group"),
        ("core.sharedRepository", "umask", "no"),
        ("core.sharedRepository", "all", "unknown"),
        ("core.sharedRepository", "0640", "unknown"),
        ("core.fsync", "loose-object", "unknown"),
        ("core.fsyncObjectFiles", "true", "unknown"),
        ("x.y", '"', "unknown"),
    ],
)
def test_other_ways_are_left_to_git(tmp_path: Path, key: str, value: str, expected: Sharing) -> None:
    repo = create_repo(tmp_path / "own", bare=False)
    assert read_sharing(repo.git_dir) == "no"
    write_config(repo, key, value)
    assert read_sharing(repo.git_dir) == expected
    assert read_sharing(create_repo(tmp_path / "new", bare=False, hexes=64).git_dir) == "unknown"


def test_git_is_not_asked_and_what_is_there_becomes_young(
    ana: Repo, start: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcred.store.write.run", lambda *args, **more: pytest.fail("git was asked"))
    blob = put_blob(ana, b"x\n")
    place = ana.git_dir / "objects" / blob[:2] / blob[2:]
    os.utime(place, (1, 1))
    assert put_blob(ana, b"x\n") == blob
    assert place.stat().st_mtime > 1
    build_tree(ana, start, {"a/b.md": blob})
    assert not list((ana.git_dir / "objects").rglob("tmp_obj_*"))


def test_what_a_disk_refuses_is_left_to_git(ana: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    blob = put_blob(ana, b"new\n")
    assert run(ana, "cat-file", "blob", blob) == b"new\n"
    assert not list((ana.git_dir / "objects").rglob("tmp_obj_*"))


@pytest.mark.parametrize(
    "make", [lambda ana, work: ana, lambda ana, work: create_repo(work / "n", bare=False, hexes=64)]
)
def test_trees_are_those_that_git_makes(
    ana: Repo, work: Path, make: Callable[[Repo, Path], Repo], raw_git: Raw, save: Save
) -> None:
    repo = make(ana, work)
    blob = put_blob(repo, b"x\n")
    names = ("a", "a.b", "a/b", "a0", "é", "f/g/h", "f.d", "f-d")
    changes = {name: blob for name in names if name != "a"}
    tree = build_tree(repo, None, changes)
    listing = run(repo, "ls-tree", "-z", tree)
    assert run(repo, "mktree", "-z", stdin=listing).decode().strip() == tree
    assert run(repo, "fsck", "--no-dangling", "--strict") == b""
    assert build_tree(repo, None, {}) == run(repo, "mktree").decode().strip()
