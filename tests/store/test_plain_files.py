"""Refs, settings and the folder's own place are read as git reads them, or are left to git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.problems import McredError
from mcred.store.config import read_config, write_config
from mcred.store.diffs import list_many_changes
from mcred.store.files import refs
from mcred.store.files.refs import read_ref_files
from mcred.store.files.settings import parse_settings
from mcred.store.git import Repo, read_refs, run
from mcred.store.remote import remote_heads
from mcred.store.session import git_session
from mcred.store.shared import read_heads
from mcred.store.write import move_refs
from tests.conftest import Raw, Save

BELOW = ("refs/heads", "refs/remotes/origin", "refs/mcred")


def by_git(repo: Repo) -> dict[str, str]:
    listing = run(repo, "for-each-ref", "--format=%(refname) %(objectname)", *BELOW).decode()
    return dict(line.split(" ") for line in listing.splitlines())


def test_refs_are_those_that_git_lists(bare: Repo, start: CommitId, save: Save, raw_git: Raw) -> None:
    newer = save(bare, {"a.md": "x"}, start)
    names = [
        "refs/heads/review/ana/b/1",
        "refs/heads/work/a-b",
        "refs/mcred/draft/ana/x",
        "refs/remotes/origin/main",
    ]
    move_refs(bare, [(name, start, None) for name in names])
    raw_git(bare, "update-ref", "refs/tags/t", start)
    assert read_ref_files(bare.git_dir, BELOW) == by_git(bare)
    raw_git(bare, "-c", "user.name=x", "tag", "-a", "-m", "x", "annotated", start)
    raw_git(bare, "update-ref", "refs/mcred/tagged", "refs/tags/annotated")
    raw_git(bare, "pack-refs", "--all")
    assert b"^" in (bare.git_dir / "packed-refs").read_bytes()
    move_refs(bare, [("refs/heads/main", newer, start), ("refs/heads/work/c", start, None)])
    raw_git(bare, "update-ref", "-d", "refs/heads/work/a-b")
    (bare.git_dir / "refs" / "heads" / "x.lock").touch()
    found = read_ref_files(bare.git_dir, BELOW)
    assert found == by_git(bare) and list(found) == sorted(found) and found["refs/heads/main"] == newer
    assert read_ref_files(bare.git_dir, ["refs/heads/"]) == {n: t for n, t in found.items() if "/heads/" in n}
    with git_session():
        assert read_refs(bare, "refs/") == [
            line.split(" ", 2)
            for line in run(bare, "for-each-ref", "--format=%(objectname) %(objecttype) %(refname)", *BELOW)
            .decode()
            .splitlines()
        ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("refs/heads/odd", "ref: refs/heads/main\n"),
        ("refs/heads/odd", "\n"),
        ("refs/heads/main (1)", None),
        ("refs/heads/desktop.ini", "[x]\n"),
        ("refs/heads/odd", "A" * 40 + "\n"),
        ("reftable/tables.list", ""),
        ("packed-refs", "# pack-refs with: sorted\nrubbish\n"),
        ("packed-refs", None),
    ],
)
def test_odd_refs_are_left_to_git(bare: Repo, start: CommitId, name: str, text: str | None) -> None:
    place = bare.git_dir / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"{start}\n" if text is None else text, "utf-8")
    assert read_ref_files(bare.git_dir, BELOW) is None


def test_linked_refs_and_many_are_left_to_git(
    bare: Repo, start: CommitId, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = bare.git_dir / "refs" / "heads" / "link"
    link.symlink_to("main")
    assert read_ref_files(bare.git_dir, BELOW) is None
    link.unlink()
    move_refs(bare, [(f"refs/heads/x{n}", start, None) for n in range(4)])
    monkeypatch.setattr(refs, "MOST", 3)
    assert read_ref_files(bare.git_dir, BELOW) is None


def test_a_ref_to_nothing_is_gits_to_explain(bare: Repo, start: CommitId) -> None:
    (bare.git_dir / "refs" / "heads" / "gone").write_text("1" * 40 + "\n")
    with pytest.raises(McredError) as outside:
        read_refs(bare, "refs/")
    with git_session(), pytest.raises(McredError) as inside:
        read_refs(bare, "refs/")
    assert inside.value.what == outside.value.what


VALUES = ("x", "", " padded ", "a;b", "a#b", 'a"b', "a\\b", "C:\\x", "ü ñ", "a\tb", "a  b", "=", "a = b")


@pytest.mark.parametrize("name", ["a.b", "Core.CamelCase", "remote.origin.URL", "branch.X y.merge"])
def test_settings_are_those_that_git_lists(bare: Repo, raw_git: Raw, name: str) -> None:
    raw_git(bare, "config", "--add", name, "before")
    for value in VALUES:
        raw_git(bare, "config", "--replace-all", name, value)
        listing = run(bare, "config", "--local", "--null", "--list").decode().split("\0")[:-1]
        found = parse_settings(bare.git_dir / "config")
        assert found in (None, dict(line.split("\n", 1) for line in listing))
        assert found is not None or set(value) & set('";#\\\t') or value != value.strip()


@pytest.mark.parametrize(
    "text",
    ["[a]\n\tb\n", "[a]\n\tb = x \\\n y\n", "[a.c]\n\tb = x\n", "b = x\n", "[a] b = x\n", "[a\n", "\xff"],
)
def test_settings_that_git_would_not_write_are_left_to_git(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text, "latin-1")
    assert parse_settings(tmp_path / "config") is None
    assert parse_settings(tmp_path / "none") == {}


def test_what_was_written_by_hand_is_still_read(ana: Repo) -> None:
    with (ana.git_dir / "config").open("a") as file:
        file.write('[mcred]\n\tperson = "ana" ; me\n')
    with git_session():
        assert read_config(ana, "mcred.person") == "ana"
        write_config(ana, "mcred.person", "ben")
        assert read_config(ana, "mcred.person") == "ben"


def test_differences_are_those_that_git_finds(bare: Repo, start: CommitId, save: Save) -> None:
    one = save(bare, {"a": "1", "a.b": "1", "f/x": "1", "f/é": "1", "g/h/i": "1", "f.d": "1"}, start)
    two = save(bare, {"a": None, "a/b": "2", "f/x": None, "f/é": None, "f": "3", "g/h/i": "9"}, one)
    pairs = [(two, one), (one, two), (one, start), (start, None), (two, two), (two, None)]
    for under in ((), ("g",), ("a", "f"), ("g/h", "nowhere")):
        outside = list(list_many_changes(bare, pairs, under))
        with git_session(), pytest.MonkeyPatch.context() as patch:
            patch.setattr("mcred.store.diffs.start_reader", lambda *args: pytest.fail("git was asked"))
            assert list(list_many_changes(bare, pairs, under)) == outside


def test_differences_of_forged_folders_are_left_to_git(bare: Repo, start: CommitId, save: Save) -> None:
    blob = run(bare, "rev-parse", f"{start}:mcred.yaml").decode().strip()

    def tree(*rows: tuple[str, str]) -> CommitId:
        raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(blob) for mode, name in rows)
        command = [
            "git",
            f"--git-dir={bare.git_dir}",
            "hash-object",
            "-t",
            "tree",
            "-w",
            "--literally",
            "--stdin",
        ]
        return CommitId(
            subprocess.run(command, input=raw, capture_output=True, check=True).stdout.decode().strip()
        )

    right = tree(("100644", "a"))
    for odd in (
        tree(("100644", "b"), ("100644", "a")),
        tree(("100644", "a"), ("100755", "a")),
        tree(("100664", "a")),
    ):
        pairs = [(odd, right), (right, odd)]
        outside = list(list_many_changes(bare, pairs))
        with git_session():
            assert list(list_many_changes(bare, pairs)) == outside


def test_branches_of_a_shared_folder_are_those_that_git_lists(
    ana: Repo, bare: Repo, start: CommitId, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(bare, {"a.md": "x"}, start, ref="refs/heads/submission/ana/x")
    told = remote_heads(ana)
    assert read_heads(bare.git_dir) == told and len(told) == 2
    monkeypatch.setattr("mcred.store.remote.read_heads", lambda *_: None)
    assert remote_heads(ana) == told


@pytest.mark.parametrize(
    "settings", [("receive.hideRefs", "refs/x"), ("transfer.hideRefs", "refs/heads"), ("extensions.x", "y")]
)
def test_a_shared_folder_with_settings_of_its_own_is_left_to_git(
    bare: Repo, start: CommitId, settings: tuple[str, str]
) -> None:
    assert read_heads(bare.git_dir) == {"refs/heads/main": start}
    write_config(bare, *settings)
    assert read_heads(bare.git_dir) is None


def test_a_shared_folder_that_is_damaged_or_anothers_is_left_to_git(
    ana: Repo, bare: Repo, start: CommitId, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (tmp_path, tmp_path / "nowhere", ana.work_tree, ana.git_dir):
        assert place is not None and read_heads(place) is None
    gone = bare.git_dir / "refs" / "heads" / "gone"
    gone.write_text("1" * 40 + "\n")
    assert read_heads(bare.git_dir) is None
    assert read_heads(bare.git_dir, ["1" * 40]) == {"refs/heads/main": start, "refs/heads/gone": "1" * 40}
    gone.unlink()
    (bare.git_dir / "shallow").write_text(f"{start}\n")
    assert read_heads(bare.git_dir) is None
    (bare.git_dir / "shallow").unlink()
    assert read_heads(bare.git_dir) == {"refs/heads/main": start}
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert read_heads(bare.git_dir) is None
