"""A history that is read once: the same changes as git tells, and nothing that is not whole."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.domain.pieces import digest_of
from mcred.store.batch import LARGE
from mcred.store.diffs import list_changes
from mcred.store.git import Repo, create_repo
from mcred.store.history.check import check_commits, list_history, unpack_changes
from tests.audit.objects import Objects

Folder = dict[str, "tuple[str, str] | Folder"]
"""Name → mode and id of a file, or another folder."""
WHO = b"Ana <ana@mcred.invalid> 1780000000 +0000"


@pytest.fixture(params=["sha1", "sha256"])
def objects(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Objects]:
    """The objects of a new repository."""
    create_repo(tmp_path / "whole.git", bare=True, hexes=40 if request.param == "sha1" else 64)
    made = Objects(tmp_path / "whole.git", request.param)
    yield made
    made.close()


@pytest.fixture
def repo(objects: Objects) -> Repo:
    """The repository itself."""
    return Repo(git_dir=objects.git_dir, work_tree=None)


def put_folder(objects: Objects, folder: Folder) -> str:
    rows = []
    for name, inner in folder.items():
        mode, stored = inner if isinstance(inner, tuple) else ("40000", put_folder(objects, inner))
        rows.append((name + "/" * (mode == "40000"), f"{mode} {name}", stored))
    return put_rows(objects, [(head, stored) for _, head, stored in sorted(rows)])


def put_rows(objects: Objects, rows: list[tuple[str, str]]) -> str:
    return objects.put(b"".join(h.encode() + b"\0" + bytes.fromhex(s) for h, s in rows), "tree")


def put_commit(objects: Objects, tree: str, *parents: str) -> CommitId:
    said = "".join(f"parent {name}\n" for name in parents).encode()
    head = f"tree {tree}\n".encode() + said + b"author %s\ncommitter %s\n\nx\n" % (WHO, WHO)
    return CommitId(objects.put(head, "commit"))


def change(objects: Objects, folder: Folder, luck: random.Random, most: int = 90) -> Folder:
    """Some changes of any kind, in one folder or below."""
    found = dict(folder)
    for _ in range(luck.choice((0, 1, 1, 2, 5, 90)) if most > 1 else 1):
        name = luck.choice([*found, f"new-{luck.random()}"])
        inner = found.get(name)
        match luck.randrange(8):
            case 0:
                found.pop(name, None)
            case 1:
                found[name] = {"a.md": ("100644", objects.put(name.encode())), "b": {}}
            case 2:
                found[name] = ("100755", objects.put(name.encode()))
            case 3:
                found[name] = ("160000", "1" * len(objects.put(b"")))
            case _ if isinstance(inner, dict):
                found[name] = change(objects, inner, luck, 1)
            case _:
                found[name] = ("100644", objects.put(str(luck.random()).encode()))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_a_history_read_once_has_the_changes_that_git_tells(objects: Objects, repo: Repo, seed: int) -> None:
    luck = random.Random(seed)  # noqa: S311
    file = ("100644", objects.put(b"1"))
    people: Folder = {f"teacher-{n:03}": {"profile.yaml": file, "x": {"y": file}} for n in range(120)}
    states: list[Folder] = [{"mcred.yaml": file, "people": people}]
    commits = [put_commit(objects, put_folder(objects, states[0]))]
    for _ in range(24):
        at = luck.randrange(max(0, len(states) - 4), len(states))
        states.append(change(objects, states[at], luck))
        if isinstance(inner := states[-1].get("people"), dict):
            states[-1]["people"] = change(objects, inner, luck)
        others = [luck.choice(commits)] if luck.random() < 0.3 else []
        parents = dict.fromkeys([commits[at], *others])
        commits.append(put_commit(objects, put_folder(objects, states[-1]), *parents))
    tip = put_commit(objects, put_folder(objects, states[-1]), *dict.fromkeys(commits[::-1]))
    listed = list_history(repo, tip, None)
    assert {*listed} == {tip, *commits}
    found = check_commits(repo, [*listed.items()])
    assert found is not None
    for commit, above in listed.items():
        before = above[0] if above else None
        assert unpack_changes(found.changes[commit]) == list_changes(repo, before, commit), commit
    known = commits[len(commits) // 2]
    later = list_history(repo, tip, known)
    some = check_commits(repo, [*later.items()])
    assert some is not None
    assert some.changes == {name: found.changes[name] for name in later}
    assert all(later[name] == listed[name] for name in later)


def test_large_files_are_hashed_in_pieces(objects: Objects, repo: Repo) -> None:
    data = b"x" * (LARGE + 3 * 1024 * 1024)
    blob = objects.put(data)
    tree = put_rows(objects, [("100644 a", objects.put(b"y" * LARGE)), ("100644 film", blob)])
    found = check_commits(repo, [(put_commit(objects, tree), ())])
    assert found is not None
    assert found.large == {blob: digest_of(data)}


def rows_of(objects: Objects, count: int) -> list[tuple[str, str]]:
    return [(f"100644 file-{n:03}", objects.put(b"%d" % n)) for n in range(count)]


Rows = list[tuple[str, str]]
ODD: Mapping[str, Callable[[Rows], Rows]] = {
    "there twice": lambda rows: rows[:2] + rows[1:],
    "in another order": lambda rows: [rows[1], rows[0], *rows[2:]],
    "of a mode that git does not write": lambda rows: [("100664 file-000", rows[0][1]), *rows[1:]],
    "with a slash": lambda rows: [("100644 file-000/a", rows[0][1]), *rows[1:]],
    "a folder that is a file": lambda rows: [("40000 file-000", rows[0][1]), *rows[1:]],
    "missing": lambda rows: [(rows[0][0], "1" * len(rows[0][1])), *rows[1:]],
}


@pytest.mark.parametrize("count", [4, 90])
@pytest.mark.parametrize("odd", ODD)
def test_what_is_not_whole_or_as_git_writes_it_is_left_to_git(
    objects: Objects, repo: Repo, odd: str, count: int
) -> None:
    rows = rows_of(objects, count)
    first = put_commit(objects, put_rows(objects, rows))
    assert check_commits(repo, [(first, ())]) is not None
    second = put_commit(objects, put_rows(objects, ODD[odd](rows)), first)
    assert check_commits(repo, [(first, ()), (second, (first,))]) is None
    assert check_commits(repo, [(second, (first,))]) is None


def test_a_file_and_a_folder_of_one_name_are_left_to_git(objects: Objects, repo: Repo) -> None:
    rows = rows_of(objects, 90)
    inner = put_rows(objects, rows[:1])
    both = [*rows[:50], ("100644 file-049-a", rows[0][1]), ("40000 file-049", inner), *rows[50:]]
    first = put_commit(objects, put_rows(objects, rows))
    second = put_commit(objects, put_rows(objects, both), first)
    assert check_commits(repo, [(first, ())]) is not None
    assert check_commits(repo, [(first, ()), (second, (first,))]) is None


def test_what_is_too_large_to_be_held_is_left_to_git(objects: Objects, repo: Repo) -> None:
    rows = rows_of(objects, 4)
    tree = put_rows(objects, rows)
    first = put_commit(objects, tree)
    wide = put_rows(objects, [(f"100644 {n:0200}", rows[0][1]) for n in range(20_000)])
    second = put_commit(objects, wide, first)
    who = b"author %s\ncommitter %s\n\n" % (WHO, WHO)
    third = CommitId(objects.put(f"tree {tree}\nparent {first}\n".encode() + who + b"x" * 300_000, "commit"))
    for commit in (second, third):
        assert check_commits(repo, [(first, ()), (commit, (first,))]) is None


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
def test_one_byte_more_is_seen(objects: Objects, repo: Repo, kind: str) -> None:
    rows = rows_of(objects, 90)
    tree = put_rows(objects, rows)
    first = put_commit(objects, tree)
    second = put_commit(objects, put_rows(objects, rows[1:]), first)
    commits = [(first, ()), (second, (first,))]
    assert check_commits(repo, commits) is not None
    name = {"commit": first, "tree": tree, "blob": rows[0][1]}[kind]
    place = objects.git_dir / "objects" / name[:2] / name[2:]
    other = objects.put(objects.get(name)[1] + b"\n", kind)
    place.chmod(0o644)
    place.write_bytes((objects.git_dir / "objects" / other[:2] / other[2:]).read_bytes())
    assert check_commits(repo, commits) is None
    assert [check_commits(repo, [one]) is None for one in commits] == [True, kind != "blob"]


def test_a_commit_is_read_with_the_parents_that_were_listed(objects: Objects, repo: Repo) -> None:
    tree = put_rows(objects, rows_of(objects, 4))
    first = put_commit(objects, tree)
    second = put_commit(objects, tree, first)
    assert check_commits(repo, [(first, ()), (second, (first,))]) is not None
    assert check_commits(repo, [(first, ()), (second, ())]) is None
