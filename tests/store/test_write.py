"""Writing without a checkout: trees, commits, and refs that move all together or not at all."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import Exit, McredError
from mcred.store.git import Repo, list_refs, resolve, run
from mcred.store.log import read_commit
from mcred.store.session import git_session
from mcred.store.signatures import KeyPair
from mcred.store.snapshot import list_tree, read_blobs
from mcred.store.write import Author, Moved, build_tree, commit_tree, move_refs, put_blob, put_file, put_files

Save = Callable[..., CommitId]
Raw = Callable[..., str]

MAIN = "refs/heads/main"


def test_put_file_takes_bytes_as_they_are(ana: Repo, work: Path) -> None:
    (work / ".gitattributes").write_text("* text=auto eol=lf\n")
    path = work / "-x ü.txt"
    path.write_bytes(b"a\r\nb\x00")
    assert put_file(ana, path) == put_blob(ana, b"a\r\nb\x00")
    assert put_files(ana, [path, work / ".gitattributes"])[0] == put_file(ana, path)
    assert put_files(ana, []) == ()


def test_put_file_runs_no_filter(ana: Repo, raw_git: Raw) -> None:
    assert ana.work_tree
    raw_git(ana, "config", "filter.evil.clean", "echo evil")
    (ana.work_tree / ".gitattributes").write_text("* filter=evil\n")
    (ana.work_tree / "x.md").write_text("mine")
    (blob,) = put_files(ana, [ana.work_tree / "x.md"])
    assert read_blobs(ana, [blob])[blob] == b"mine"


def test_put_file_refuses_links_and_folders(ana: Repo, work: Path) -> None:
    (work / "link").symlink_to("/etc/passwd")
    for path in (work / "link", work, work / "nothing"):
        with pytest.raises(McredError):
            put_file(ana, path)
        with pytest.raises(McredError):
            put_files(ana, [path])


def test_put_files_with_a_line_break_in_a_name(ana: Repo, work: Path) -> None:
    path = work / "a\nb"
    path.write_text("x")
    assert put_files(ana, [path]) == (put_blob(ana, b"x"),)


def test_build_tree_replaces_adds_and_removes(bare: Repo, start: CommitId) -> None:
    blob = put_blob(bare, b"x")
    tree = build_tree(bare, start, {"a/new.md": blob, "mcred.yaml": blob, "portfolios/ben/": None})
    entries = list_tree(bare, CommitId(tree))
    assert set(entries) == {"a/new.md", "mcred.yaml", "portfolios/ana/profile.yaml"}
    assert entries["mcred.yaml"].blob == blob
    assert build_tree(bare, start, {}) == read_commit(bare, start).tree
    assert build_tree(bare, start, {"no/such": None, "none/": None}) == read_commit(bare, start).tree


def test_build_tree_removes_exactly_the_folder(bare: Repo, save: Save) -> None:
    base = save(bare, {"a/1": "", "a/b/2": "", "ab/3": "", "a.md": ""})
    assert set(list_tree(bare, CommitId(build_tree(bare, base, {"a/": None})))) == {"a.md", "ab/3"}


def test_build_tree_turns_a_folder_into_a_file(bare: Repo, save: Save) -> None:
    base = save(bare, {"a/1": "x"})
    blob = put_blob(bare, b"y")
    assert list(list_tree(bare, CommitId(build_tree(bare, base, {"a": blob, "a/": None})))) == ["a"]
    back = save(bare, {"a": "x"})
    assert list(list_tree(bare, CommitId(build_tree(bare, back, {"a/b": blob, "a": None})))) == ["a/b"]


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../../x", ".git/config", "a/.GIT/x", "a\nb", "con", "", "a/"]
)
def test_build_tree_refuses_bad_paths(bare: Repo, path: str) -> None:
    with pytest.raises(McredError) as refused:
        build_tree(bare, None, {path: put_blob(bare, b"x")})
    assert refused.value.problems and refused.value.hint


def test_build_tree_leaves_no_litter_and_touches_no_index(ana: Repo, start: CommitId) -> None:
    before = sorted(ana.git_dir.iterdir())
    build_tree(ana, start, {"x": put_blob(ana, b"x")})
    assert list(ana.state_dir.iterdir()) == []
    assert sorted(p for p in ana.git_dir.iterdir() if p.name != "mcred") == [
        p for p in before if p.name != "mcred"
    ]
    assert not (ana.git_dir / "index").exists()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "e/f/g"]), st.binary(max_size=3)),
    then=st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "e/f/g"]), st.none() | st.binary(max_size=3)),
)
def test_build_tree_is_a_dictionary_update(
    bare: Repo, save: Save, first: dict[str, bytes], then: dict[str, bytes | None]
) -> None:
    base = save(bare, first)
    changes = {path: None if data is None else put_blob(bare, data) for path, data in then.items()}
    tree = CommitId(build_tree(bare, base, changes))
    want = {path: data for path, data in (first | then).items() if data is not None}
    entries = list_tree(bare, tree)
    contents = read_blobs(bare, (item.blob for item in entries.values()))
    assert {path: contents[item.blob] for path, item in entries.items()} == want


def test_commit_is_what_git_would_write(
    bare: Repo, start: CommitId, author: Author, key: KeyPair, raw_git: Raw
) -> None:
    zone = timezone(timedelta(hours=-3, minutes=-30))
    local = replace(author, when=datetime(2026, 3, 1, 9, 30, 59, 999999, tzinfo=zone))
    tree = read_commit(bare, start).tree
    made = commit_tree(bare, tree, [start, start], "\n\nSubject\r\nü\0\n\n", local, key)
    raw = run(bare, "cat-file", "commit", made).decode()
    assert raw.startswith(
        f"tree {tree}\nparent {start}\nparent {start}\nauthor Ana Silva <ana@school.example> "
    )
    assert " -0330\ncommitter Ana Silva" in raw and raw.endswith("\n\nSubject\nü\n")
    assert read_commit(bare, made).when == local.when.replace(microsecond=0)
    assert raw_git(bare, "fsck", "--strict", "--no-dangling") == ""


def test_the_same_commit_has_the_same_name(bare: Repo, start: CommitId, author: Author, key: KeyPair) -> None:
    tree = read_commit(bare, start).tree
    names = {commit_tree(bare, tree, [start], "x", author, key) for _ in range(2)}
    assert len(names) == 1, "a repeated command must not make a second one"


@pytest.mark.parametrize(
    ("name", "email", "shown"),
    [
        ("A <b>\nparent x", "a@b>\n\nx", "A b parent x <a@b x>"),
        ("", "", "unknown <>"),
        ("...", "a@b", "unknown <a@b>"),
        ("Zoë \udcff", "z@b", "Zoë ? <z@b>"),
    ],
)
def test_hostile_authors(
    bare: Repo, start: CommitId, key: KeyPair, author: Author, name: str, email: str, shown: str
) -> None:
    tree = read_commit(bare, start).tree
    made = commit_tree(bare, tree, [start], "x", Author(name=name, email=email, when=author.when), key)
    commit = read_commit(bare, made)
    assert f"{commit.author} <{commit.email}>" == shown
    assert commit.parents == (start,) and commit.signer == key.public


def test_a_time_without_zone_is_refused(bare: Repo, start: CommitId, author: Author, key: KeyPair) -> None:
    naive = replace(author, when=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        commit_tree(bare, read_commit(bare, start).tree, [], "x", naive, key)


def test_move_refs_needs_the_expected_old_value(bare: Repo, start: CommitId, save: Save) -> None:
    one, two = save(bare, {"a": "1"}, start), save(bare, {"a": "2"}, start)
    move_refs(bare, [(MAIN, one, start)])
    with pytest.raises(Moved) as refused:
        move_refs(bare, [(MAIN, two, start)])
    assert refused.value.code is Exit.CHANGED and refused.value.refs == (MAIN,)
    assert resolve(bare, MAIN) == one
    with pytest.raises(Moved):
        move_refs(bare, [(MAIN, two, None)])
    with pytest.raises(Moved):
        move_refs(bare, [("refs/heads/new", two, one)])


def test_move_refs_deletes_where_no_new_value_is_given(bare: Repo, start: CommitId, save: Save) -> None:
    one = save(bare, {"a": "1"}, start)
    with git_session():
        move_refs(bare, [("refs/heads/x", one, None), ("refs/heads/y", one, None)])
        assert resolve(bare, "refs/heads/x") == one
        move_refs(bare, [("refs/heads/x", None, one), (MAIN, one, start)])
        assert resolve(bare, "refs/heads/x") is None and resolve(bare, MAIN) == one
        with pytest.raises(Moved):
            move_refs(bare, [("refs/heads/y", None, start)])


def test_move_refs_is_all_or_nothing(bare: Repo, start: CommitId, save: Save) -> None:
    one = save(bare, {"a": "1"}, start)
    with pytest.raises(Moved):
        move_refs(bare, [("refs/heads/x", one, None), (MAIN, one, one), ("refs/heads/y", one, None)])
    assert list_refs(bare) == {MAIN: start}
    move_refs(bare, [("refs/heads/x", one, None), (MAIN, one, start)])
    assert set(list_refs(bare)) == {MAIN, "refs/heads/x"}
    move_refs(bare, [])


@pytest.mark.parametrize("ref", ["main", "HEAD", "refs/heads/../x", "refs/tags/x", "refs/heads/x y"])
def test_move_refs_refuses_odd_names(bare: Repo, start: CommitId, ref: str) -> None:
    with pytest.raises(ValueError):
        move_refs(bare, [(ref, start, None)])


def test_of_many_at_once_exactly_one_wins(bare: Repo, start: CommitId, save: Save) -> None:
    commits = [save(bare, {"a": str(n)}, start) for n in range(8)]

    def attempt(commit: CommitId) -> bool:
        try:
            move_refs(bare, [(MAIN, commit, start)])
        except Moved:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [commit for commit, moved in zip(commits, pool.map(attempt, commits), strict=True) if moved]
    assert len(won) == 1 and resolve(bare, MAIN) == won[0]


def test_works_without_any_identity(ana: Repo, start: CommitId, raw_git: Raw) -> None:
    raw_git(ana, "config", "user.useConfigOnly", "true")
    raw_git(ana, "config", "core.logAllRefUpdates", "always")
    move_refs(ana, [("refs/heads/x", start, None)])
    assert resolve(ana, "refs/heads/x") == start


def test_a_hook_in_the_folder_is_not_run(ana: Repo, start: CommitId, tmp_path: Path) -> None:
    hooks = ana.git_dir / "hooks"
    hooks.mkdir()
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    (hooks / "reference-transaction").chmod(0o755)
    move_refs(ana, [("refs/heads/x", start, None)])
    assert not (tmp_path / "ran").exists()
    subprocess.run(["git", "update-ref", "refs/heads/y", start], cwd=ana.git_dir, check=True)
    assert (tmp_path / "ran").exists(), "the trap itself must work"


def test_blob_names_are_checked(bare: Repo) -> None:
    with pytest.raises(ValueError):
        build_tree(bare, None, {"x": BlobId("HEAD")})
