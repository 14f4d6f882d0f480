"""Names that strangers chose, for branches and files: read as they are, and never taken for another's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.store.batch import read_files
from mcred.store.diffs import list_changes
from mcred.store.git import Repo, list_refs, resolve
from mcred.store.log import find_blob_versions, read_commit
from mcred.store.remote import clone, fetch, push, remote_heads
from mcred.store.snapshot import find_faults, gate, list_tree, take_snapshot
from mcred.store.worktree import changed_files, lay_out
from mcred.store.write import put_blob

Save = Callable[..., CommitId]
Raw = Callable[..., str]

MAIN = "refs/heads/main"
MINE = "refs/heads/submission/ana/wait-time"
BREAKS = ["\u2028", "\u2029", "\x85"]
"""What Unicode ends a line with and git takes in a name."""
ODD = [
    "a\tb",
    "a\nb",
    'a"b',
    "a\\b",
    " a",
    "a ",
    "a\x85b",
    "a\u2028b",
    "x\u202ey",
    "-a",
    ":a",
    "a blob 5",
    "ü",
]
"""Names that a tree can hold, each fine for git."""


def tree_of(repo: Repo, raw_git: Raw, *lines: str) -> CommitId:
    """A tree of `mode kind object<TAB>name` lines, whatever the names are."""
    data = b"".join(line.encode("utf-8", "surrogateescape") + b"\0" for line in lines)
    return CommitId(raw_git(repo, "mktree", "-z", stdin=data))


def forged_tree(repo: Repo, raw_git: Raw, *entries: tuple[str, str, str]) -> CommitId:
    """A tree as no git would write it, from mode, name and object."""
    raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(target) for mode, name, target in entries)
    return CommitId(raw_git(repo, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw))


def commit_of(repo: Repo, raw_git: Raw, tree: str, *parents: str) -> CommitId:
    given = [word for parent in parents for word in ("-p", parent)]
    return CommitId(raw_git(repo, "commit-tree", "-m", "x", *given, tree))


# --- branches


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_a_branch_with_a_line_break_of_unicode_stops_no_one(
    ana: Repo, bare: Repo, start: CommitId, work: Path, raw_git: Raw, save: Save, sign: str
) -> None:
    grown = save(bare, {"mcred.yaml": "2"}, start, ref=MAIN, old=start)
    raw_git(bare, "update-ref", f"refs/heads/submission/ben/x{sign}y", start)
    assert list_refs(bare) == {MAIN: grown}
    assert fetch(ana) == ()
    assert resolve(ana, "refs/remotes/origin/main") == grown
    assert resolve(clone(str(bare.git_dir), work / "new"), MAIN) == grown


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_no_branch_is_taken_for_the_one_its_name_begins_with(
    ana: Repo, bare: Repo, start: CommitId, save: Save, raw_git: Raw, sign: str
) -> None:
    other = save(bare, {"mcred.yaml": "other"}, start)
    raw_git(bare, "update-ref", f"{MINE}{sign}x", other)
    raw_git(bare, "update-ref", f"{MAIN}{sign}x", other)
    assert remote_heads(ana) == {MAIN: start}
    assert remote_heads(ana, [MINE]) == {}
    mine = save(ana, {"portfolios/ana/x.md": "mine"}, start)
    assert push(ana, {MINE: mine}, {MINE: None}).sent == (MINE,), "the place is still free"
    assert remote_heads(ana, [MINE]) == {MINE: mine}


def test_a_ref_that_is_no_commit_is_left_out(bare: Repo, start: CommitId, raw_git: Raw) -> None:
    raw_git(bare, "tag", "-a", "-m", "x", "v1", start)
    raw_git(bare, "update-ref", "refs/mcred/fetched/a", put_blob(bare, b"x"))
    for kind in ("refs/mcred/fetched/a", "refs/tags/v1"):
        (bare.git_dir / "refs" / "heads" / "odd").write_text(raw_git(bare, "rev-parse", kind) + "\n")
        assert list_refs(bare) == {MAIN: start}


# --- files


def test_every_name_a_tree_can_hold_is_listed_and_read_as_it_is(bare: Repo, raw_git: Raw) -> None:
    names = [*ODD, "bad\udcff"]
    lines = [f"100644 blob {put_blob(bare, name.encode('utf-8', 'replace'))}\t{name}" for name in names]
    tree = tree_of(bare, raw_git, *lines)
    snap = take_snapshot(bare, tree, lambda *_: True)
    assert dict(snap.contents) == {name: name.encode("utf-8", "replace") for name in names}
    commit = commit_of(bare, raw_git, tree)
    asked = [name for name in names if "\n" not in name]
    assert read_files(bare, [(commit, name) for name in asked]) == tuple(snap.contents[n] for n in asked)
    assert {change.path for change in list_changes(bare, None, commit)} == set(names)


def test_files_that_are_not_there_leave_the_others_in_their_places(bare: Repo, start: CommitId) -> None:
    for name in (*(n for n in ODD if "\n" not in n), "\u2028", "a\u2028b\u2028c", "nope", "bad\udcff"):
        asked = [(start, "mcred.yaml"), (start, name), (start, "portfolios/ben/a.md")]
        assert read_files(bare, asked) == (b"format: 1\n", None, b"b\n"), ascii(name)


@pytest.mark.parametrize("path", ["a\nb", "mcred.yaml\0x", "mcred.yaml\r", "\n"])
def test_a_name_that_would_be_asked_for_as_another_is_refused(bare: Repo, start: CommitId, path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        read_files(bare, [(start, path)])
    assert find_blob_versions(bare, start, path) == ()


def test_only_files_of_the_asked_size_are_read(bare: Repo, start: CommitId, raw_git: Raw) -> None:
    blob = put_blob(bare, b"12345")
    tree = tree_of(
        bare,
        raw_git,
        f"100644 blob {blob}\tfile",
        f"040000 tree {read_commit(bare, start).tree}\tfolder",
        f"160000 commit {start}\tother",
    )
    commit = commit_of(bare, raw_git, tree)
    places = [(commit, "file"), (commit, "folder"), (commit, "other"), (commit, "folder/mcred.yaml")]
    assert read_files(bare, places, max_bytes=5) == (b"12345", None, None, None)
    assert read_files(bare, places, max_bytes=10) == (b"12345", None, None, b"format: 1\n")
    assert read_files(bare, []) == ()


def test_the_name_of_a_lost_file_cannot_say_it_had_other_content(
    bare: Repo, start: CommitId, raw_git: Raw
) -> None:
    never = "1" * 40
    path = f"x\u2028blob {never}\u2028"
    real = put_blob(bare, b"real")
    held = commit_of(bare, raw_git, tree_of(bare, raw_git, f"100644 blob {real}\t{path}"))
    gone = commit_of(bare, raw_git, read_commit(bare, start).tree, held)
    assert find_blob_versions(bare, gone, path) == (real,)


# --- what lies in the folder


def test_a_file_and_a_folder_of_one_name_are_not_believed(ana: Repo, start: CommitId, raw_git: Raw) -> None:
    one = put_blob(ana, b"one")
    inner = tree_of(ana, raw_git, f"100644 blob {one}\ty")
    tree = forged_tree(ana, raw_git, ("100644", "x", one), ("40000", "x", inner))
    entries = list_tree(ana, tree)
    assert set(entries) == {"x", "x/y"}
    assert [(path, what) for path, what, _ in find_faults(entries)] == [
        ("x", "this name appears twice in one folder")
    ]
    assert lay_out(ana, tree, start).skipped == ("x",)


def test_of_what_no_disk_can_hold_only_the_rest_is_laid(ana: Repo, start: CommitId, raw_git: Raw) -> None:
    assert ana.work_tree is not None
    blob = put_blob(ana, b"x")
    names = ["A.md", "a.md", "e\u0301.md", "é.md", "x\u202ey", "bad\udcff", "a\nb", "trail.", "fine.md"]
    tree = tree_of(ana, raw_git, *(f"100644 blob {blob}\t{name}" for name in names))
    result = lay_out(ana, tree, start)
    # Of two names that are one on many computers the plain spelling stays: lower case, composed.
    assert result.written == ("a.md", "fine.md", "é.md")
    assert set(result.skipped) == {*names} - {"a.md", "fine.md", "é.md"}
    assert sorted(p.name for p in ana.work_tree.iterdir()) == [".git", "a.md", "fine.md", "é.md"]
    assert changed_files(ana, "") == {}, "what was left out is no change of the person's"


def test_every_odd_name_of_a_portfolio_has_a_better_one_that_passes(bare: Repo, raw_git: Raw) -> None:
    blob = put_blob(bare, b"x")
    for name in (n for n in ODD if n not in ("-a", "a blob 5", "ü")):
        inner = tree_of(bare, raw_git, f"100644 blob {blob}\t{name}")
        tree = tree_of(bare, raw_git, f"040000 tree {inner}\tportfolios")
        (problem,) = gate(list_tree(bare, tree))
        assert problem.where is not None and problem.where.file.startswith("portfolios/")
        better = str(problem.hint).split("'", 1)[1].removesuffix("'")
        assert (
            better != f"portfolios/{name}"
            and gate({better: list_tree(bare, tree)[f"portfolios/{name}"]}) == ()
        )
