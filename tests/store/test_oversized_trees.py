"""Trees that unfold to more than any computer can list: bounded, named, and never in the way of the rest."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

from mcred.domain.ids import BlobId, CommitId
from mcred.store import oversized_trees as thin
from mcred.store import snapshot
from mcred.store.batch import read_small
from mcred.store.diffs import list_changes, list_many_changes
from mcred.store.git import Repo, run
from mcred.store.signatures import KeyPair
from mcred.store.snapshot import FOLDER, find_faults, list_tree, take_snapshot
from mcred.store.write import Author, build_tree, commit_tree, put_blob

Save = Callable[..., CommitId]
CASE = "portfolios/ben/bomb"


def make_tree(repo: Repo, rows: dict[str, tuple[str, str]]) -> str:
    """A tree of any names and kinds, as only a forger writes them."""
    kinds = {FOLDER: "tree", "160000": "commit"}
    lines = "".join(f"{mode} {kinds.get(mode, 'blob')} {o}\t{name}\0" for name, (mode, o) in rows.items())
    return run(repo, "mktree", "-z", "--missing", stdin=lines.encode()).decode().strip()


def unfolding(repo: Repo) -> str:
    """A tree of a few kilobytes that names 64 million files; their long names soon reach git's bound."""
    blob = put_blob(repo, b"x" * 100)
    names = [f"{n:0200}" for n in range(20)]
    tree = make_tree(repo, dict.fromkeys(names, ("100644", blob)))
    for _ in range(5):
        tree = make_tree(repo, dict.fromkeys(names, (FOLDER, tree)))
    return tree


@pytest.fixture
def bomb(bare: Repo, save: Save, author: Author, key: KeyPair) -> tuple[CommitId, CommitId]:
    """A state, and the next one with such a tree beside what it has."""
    start = save(
        bare, {"mcred.yaml": "one", "portfolios/ana/x/a.md": "a", "portfolios/ben/profile.yaml": "b"}
    )
    top = {"mcred.yaml": ("100644", put_blob(bare, b"two")), "portfolios": (FOLDER, "")}
    ben = make_tree(
        bare, {"profile.yaml": ("100644", put_blob(bare, b"b")), "bomb": (FOLDER, unfolding(bare))}
    )
    ana = run(bare, "rev-parse", f"{start}:portfolios/ana").decode().strip()
    top["portfolios"] = (FOLDER, make_tree(bare, {"ana": (FOLDER, ana), "ben": (FOLDER, ben)}))
    return start, commit_tree(bare, make_tree(bare, top), [start], "Odd", author, key)


def test_everything_else_is_listed(bare: Repo, bomb: tuple[CommitId, CommitId]) -> None:
    _, tip = bomb
    entries = list_tree(bare, tip)
    assert sorted(entries) == ["mcred.yaml", "portfolios/ana/x/a.md", CASE, "portfolios/ben/profile.yaml"]
    assert [(path, what[:28]) for path, what, _ in find_faults(entries)] == [
        (CASE, "this folder holds more than ")
    ]
    assert entries["mcred.yaml"].size == 3
    assert list(list_tree(bare, tip, CASE)) == [CASE]
    assert take_snapshot(bare, tip, lambda *_: True).contents["mcred.yaml"] == b"two"


def test_what_stands_beside_it_in_one_portfolio_is_listed_too(
    bare: Repo, save: Save, author: Author, key: KeyPair
) -> None:
    files = (
        "portfolios/ana/x/1.md",
        "portfolios/ana/x/evidence/plan.md",
        "portfolios/ana/x/evidence/two/a.md",
    )
    tree = run(bare, "rev-parse", f"{save(bare, dict.fromkeys(files, 'x'))}^{{tree}}").decode().strip()
    made = below = ""
    for name in ("evidence", "x", "ana", "portfolios"):
        way = "portfolios/ana/x/evidence".partition(name)[0] + name
        rows = {}
        for line in run(bare, "ls-tree", f"{tree}:{way}").decode().splitlines():
            mode, _, found = line.partition("\t")[0].split()
            rows[line.partition("\t")[2]] = (mode.lstrip("0"), found)
        rows |= {"deep": (FOLDER, unfolding(bare))} if name == "evidence" else {below: (FOLDER, made)}
        made, below = make_tree(bare, rows), name
    tip = commit_tree(bare, make_tree(bare, {"portfolios": (FOLDER, made)}), [], "Odd", author, key)
    deep = "portfolios/ana/x/evidence/deep"
    assert sorted(list_tree(bare, tip)) == sorted([*files, deep])
    assert sorted(list_tree(bare, tip, "portfolios/ana/x")) == sorted([*files, deep])
    assert [path for path, _, _ in find_faults(list_tree(bare, tip))] == [deep]


def test_a_folder_of_too_many_files_is_listed_in_part_and_named(
    bare: Repo, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = "portfolios/ana/x"
    many = {f"{folder}/evidence/{n:02}.md": "x" for n in range(30)}
    tip = save(bare, {f"{folder}/1.md": "x", "portfolios/ben/x/1.md": "x", "mcred.yaml": "x", **many})
    for module in (snapshot, thin):
        monkeypatch.setattr(module, "MAX_FOLDER", 10)
    entries = list_tree(bare, tip)
    assert {"mcred.yaml", f"{folder}/1.md", "portfolios/ben/x/1.md"} < set(entries)
    assert sum(path.startswith(folder) for path in entries) == 11
    assert [path for path, _, _ in find_faults(entries)] == [f"{folder}/evidence"]


def test_what_differs_is_told_without_it(bare: Repo, bomb: tuple[CommitId, CommitId]) -> None:
    start, tip = bomb
    changes = list_changes(bare, start, tip)
    assert [(c.path, c.new and c.new.mode) for c in changes] == [("mcred.yaml", "100644"), (CASE, FOLDER)]
    first, back = list_many_changes(bare, [(tip, None), (start, tip)])
    assert {c.path for c in first} == set(list_tree(bare, tip))
    assert [(c.path, c.old and c.old.mode, c.new and c.new.mode) for c in back] == [
        ("mcred.yaml", "100644", "100644"),
        (CASE, FOLDER, None),
    ]


def test_a_tree_is_built_beside_it(bare: Repo, bomb: tuple[CommitId, CommitId]) -> None:
    _, tip = bomb
    tree = CommitId(build_tree(bare, tip, {"portfolios/ana/x/b.md": put_blob(bare, b"new")}))
    assert set(list_tree(bare, tree)) - set(list_tree(bare, tip)) == {"portfolios/ana/x/b.md"}


def test_in_a_gigabyte(bare: Repo, bomb: tuple[CommitId, CommitId]) -> None:
    """git too: what it starts inherits the bound."""
    start, tip = bomb
    program = (
        "from pathlib import Path; from mcred.store.git import Repo;"
        "from mcred.store.diffs import list_changes;"
        "from mcred.store.snapshot import list_tree; from mcred.store.write import build_tree;"
        f"r = Repo(git_dir=Path({str(bare.git_dir)!r}), work_tree=None);"
        f"print(len(list_tree(r, {tip!r})), len(list_changes(r, {start!r}, {tip!r})));"
        f"build_tree(r, {tip!r}, {{}})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)),
    )
    assert done.stdout.split()[:2] == ["4", "2"], done.stderr


@pytest.mark.parametrize("limit", ["MAX_LISTING", "MAX_PATHS"])
def test_a_bound_reached_gives_what_git_would(
    bare: Repo, save: Save, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    files = {"a": "1", "b/c.md": "2", "b/d/e": "3", "portfolios/ana/x/y/z": "4", "b-": "5"}
    tip = save(bare, files)
    whole, some = list_tree(bare, tip), list_tree(bare, tip, "b/d", "portfolios/ana", "none")
    monkeypatch.setattr(snapshot, limit, 4)
    assert list_tree(bare, tip) == whole and thin.list_thin(bare, tip) == whole
    assert thin.list_thin(bare, tip, ("b/d", "portfolios/ana", "none")) == some


def test_a_tree_too_large_to_read_is_one_entry(
    bare: Repo, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = save(bare, {"few/a": "x", **{f"many/{n:03}": "x" for n in range(100)}})
    monkeypatch.setattr(thin, "MOST_BYTES", 500)
    assert {p: e.mode for p, e in thin.list_thin(bare, tip).items()} == {"few/a": "100644", "many": FOLDER}


def test_a_file_that_unpacks_to_much_is_not_read(bare: Repo) -> None:
    zeros = put_blob(bare, bytes(4 * 2**20))
    small = put_blob(bare, b"x")
    assert read_small(bare, [zeros, small, BlobId("1" * 40)]) == {small: b"x"}


@pytest.mark.parametrize(
    "name",
    [".git", ".GIT", "git~1", ".git ", ".git.", ".g\u200cit", "..", ".", "a\\b", "con", "nul.txt", "a\nb"],
)
def test_a_name_that_git_refuses_keeps_nothing_from_being_built(
    bare: Repo, author: Author, key: KeyPair, name: str
) -> None:
    blob = put_blob(bare, b"x")
    inner = make_tree(bare, {"config": ("100644", blob)})
    tree = make_tree(bare, {"mcred.yaml": ("100644", blob), name: (FOLDER, inner), "b": (FOLDER, inner)})
    tip = commit_tree(bare, tree, [], "Odd", author, key)
    odd = f"{name}/config"
    assert [path for path, _, _ in find_faults(list_tree(bare, tip))] == [odd]
    built = CommitId(build_tree(bare, tip, {"b/new": blob}))
    assert set(list_tree(bare, built)) == {"mcred.yaml", "b/config", "b/new", odd}
    assert set(list_tree(bare, CommitId(build_tree(bare, built, {odd: None})))) == {
        "mcred.yaml",
        "b/config",
        "b/new",
    }
