"""Trees as they are, and the gate that names all that is wrong with them at once."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import McredError
from mcred.store.git import Repo, run
from mcred.store.log import find_blob_versions
from mcred.store.snapshot import (
    Entry,
    explain_bad_path,
    gate,
    list_tree,
    read_blobs,
    take_snapshot,
)
from mcred.store.write import build_tree, put_blob

Save = Callable[..., CommitId]
Raw = Callable[..., str]

BLOB = BlobId("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")


def entry(mode: str = "100644", size: int = 1) -> Entry:
    return Entry(mode=mode, blob=BLOB, size=size)


def problems_of(*paths: str) -> list[str]:
    return [str(problem) for problem in gate({path: entry() for path in paths})]


def test_list_tree_with_sizes_and_odd_names(bare: Repo, save: Save) -> None:
    commit = save(bare, {"a/é (1).md": "four", "b.md": "", "a/b/c": b"\x00\xff"})
    tree = list_tree(bare, commit)
    assert {path: item.size for path, item in tree.items()} == {"a/b/c": 2, "a/é (1).md": 4, "b.md": 0}
    assert list(list_tree(bare, commit, "a/b")) == ["a/b/c"]
    assert list(list_tree(bare, commit, "a/b/")) == ["a/b/c"]
    assert list_tree(bare, commit, "a/*") == {}


def test_list_tree_shows_links_and_submodules(bare: Repo, start: CommitId, raw_git: Raw) -> None:
    lines = f"120000 blob {put_blob(bare, b'/etc/passwd')}\tlink\n160000 commit {start}\tsub\n"
    tree = raw_git(bare, "mktree", stdin=lines.encode())
    modes = {path: item.mode for path, item in list_tree(bare, CommitId(tree)).items()}
    assert modes == {"link": "120000", "sub": "160000"}


def test_a_name_twice_in_one_tree_is_seen(bare: Repo, raw_git: Raw) -> None:
    one, two = put_blob(bare, b"one"), put_blob(bare, b"two")
    raw = b"".join(b"100644 a.md\0" + bytes.fromhex(blob) for blob in (one, two))
    tree = raw_git(bare, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    entries = list_tree(bare, CommitId(tree))
    assert "twice" in str(gate(entries)[0])
    assert take_snapshot(bare, CommitId(tree), lambda *_: True).contents == {}


def test_read_blobs_in_one_go(bare: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [b"", b"\n", b"x\ny", bytes(range(256)) * 5000]
    blobs = [put_blob(bare, raw) for raw in data]
    calls: list[tuple[str, ...]] = []

    def counting(repo: Repo, *args: str, stdin: bytes = b"") -> bytes:
        calls.append(args)
        return run(repo, *args, stdin=stdin)

    monkeypatch.setattr("mcred.store.git.run", counting)
    assert read_blobs(bare, [*blobs, *blobs]) == dict(zip(blobs, data, strict=True))
    assert calls == [("cat-file", "--batch", "--buffer")]
    assert read_blobs(bare, []) == {} and len(calls) == 1


def test_a_missing_blob_is_said_plainly(bare: Repo) -> None:
    with pytest.raises(McredError) as refused:
        read_blobs(bare, [BlobId("1" * 40)])
    assert "missing on this computer" in refused.value.what


def test_only_full_names_reach_git(bare: Repo) -> None:
    for bad in ("HEAD", "--all", "a" * 39, "A" * 40):
        with pytest.raises(ValueError):
            list_tree(bare, CommitId(bad))
        with pytest.raises(ValueError):
            read_blobs(bare, [BlobId(bad)])


def test_take_snapshot_reads_only_what_is_wanted(bare: Repo, start: CommitId) -> None:
    snap = take_snapshot(bare, start, lambda path, item: path.endswith(".yaml") and item.size < 100)
    assert set(snap.entries) == {"mcred.yaml", "portfolios/ana/profile.yaml", "portfolios/ben/a.md"}
    assert snap.contents == {"mcred.yaml": b"format: 1\n", "portfolios/ana/profile.yaml": b"name: Ana\n"}


def test_take_snapshot_never_reads_a_link(bare: Repo, raw_git: Raw) -> None:
    tree = raw_git(bare, "mktree", stdin=f"120000 blob {put_blob(bare, b'/x')}\tlink\n".encode())
    assert take_snapshot(bare, CommitId(tree), lambda *_: True).contents == {}


def test_find_blob_versions_through_side_lines(bare: Repo, start: CommitId, save: Save) -> None:
    path = "credentials/x/credential.yaml"
    one = save(bare, {path: "1"}, start)
    left = save(bare, {path: "left"}, one)
    right = save(bare, {path: "right"}, one)
    both = save(bare, {path: "both"}, left, right)
    gone = save(bare, {path: None}, both)
    back = save(bare, {path: "1"}, gone)
    versions = find_blob_versions(bare, back, path)
    texts = [read_blobs(bare, [blob])[blob].decode() for blob in versions]
    assert texts[:2] == ["1", "both"] and set(texts) == {"1", "both", "left", "right"}
    assert find_blob_versions(bare, start, path) == ()
    assert find_blob_versions(bare, back, "credentials/*") == ()


def test_find_blob_versions_sees_what_a_merge_threw_away(bare: Repo, start: CommitId, save: Save) -> None:
    left = save(bare, {"x": "kept"}, start)
    right = save(bare, {"x": "dropped"}, start)
    merged = save(bare, {}, left, right)
    assert put_blob(bare, b"dropped") in find_blob_versions(bare, merged, "x")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a/../b", "'..'"),
        ("a//b", "empty part"),
        ("/etc/passwd", "empty part"),
        ("a/.git/config", "reserved by git"),
        ("a/.GIT", "reserved by git"),
        ("git~1/hooks", "reserved by git"),
        ("GIT~2", "reserved by git"),
        (".git /x", "reserved by git"),
        (".git.", "reserved by git"),
        (".git::$INDEX_ALLOCATION", "reserved by git"),
        (".g\u200cit/x", "invisible one"),
        ("a\u202egnp.exe", "invisible one"),
        ("a\nb", "control"),
        ("a\x1b[31mb", "control"),
        ("a\x85b", "control"),
        ("a:b", "< >"),
        ("a\\b", "< >"),
        ("what?.md", "< >"),
        ("a.md.", "space or a dot"),
        ("a ", "space or a dot"),
        (" a", "space or a dot"),
        ("con", "'con' is a name reserved by Windows"),
        ("x/AUX.md", "reserved by Windows"),
        ("nul.tar.gz", "reserved by Windows"),
        ("com¹", "reserved by Windows"),
        ("é" * 101, "200 bytes"),
        ("e\u0301.md", "accents"),
        ("bad\udcff.md", "UTF-8"),
    ],
)
def test_bad_paths(path: str, why: str) -> None:
    assert why in explain_bad_path(path)
    problem = gate({path: entry()})[0]
    assert str(problem.hint).startswith("rename it")
    better = str(problem.hint).split("'", 1)[1].rstrip("'")
    assert explain_bad_path(better) == "", "the suggestion must itself be good"
    str(problem).encode("utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "a.md",
        "École/été 1.pdf",
        "日本語.md",
        ".gitattributes",
        "console.md",
        "a.b.c",
        "com",
        "gitx~1",
        "😀.png",
    ],
)
def test_good_paths(path: str) -> None:
    assert explain_bad_path(path) == ""


def test_gate_collects_everything_at_once() -> None:
    found = gate(
        {
            "link": entry("120000"),
            "sub": entry("160000"),
            "odd": entry("100664"),
            "big.mp4": entry(size=200 * 1024 * 1024),
            "con": entry(),
            "fine.md": entry(),
        }
    )
    assert [problem.where.file for problem in found if problem.where] == [
        "big.mp4",
        "con",
        "link",
        "odd",
        "sub",
    ]
    assert all(problem.hint for problem in found)
    assert "200 MiB" in found[0].what


def test_gate_limits() -> None:
    assert gate({"a": entry(size=10)}, max_file=10) == ()
    assert len(gate({"a": entry(size=11)}, max_file=10)) == 1
    assert gate({"a": entry(), "b": entry()}, max_entries=2) == ()
    assert "2 files" in gate({"a": entry(), "b": entry()}, max_entries=1)[0].what


@pytest.mark.parametrize(
    "paths",
    [
        ("a.md", "A.md"),
        ("straße", "STRASSE"),
        ("a/x", "A/y"),
        ("é.md", "É.md"),
    ],
)
def test_twins_on_a_disk_that_ignores_case(paths: tuple[str, str]) -> None:
    assert any("the same name on many computers" in text for text in problems_of(*paths))


def test_a_twin_folder_is_reported_once() -> None:
    assert len(problems_of("A/1", "A/2", "a/3", "a/4", "a/5")) == 1


@pytest.mark.parametrize(
    "name",
    [
        ".gitattributes",
        ".gitmodules",
        ".mailmap",
        ".GitHub/workflows/x.yml",
        ".gitlab-ci.yml",
        "x/.forgejo/y",
    ],
)
def test_active_files_do_not_belong_in_a_portfolio(name: str) -> None:
    assert "does not belong" in problems_of(f"portfolios/ana/{name}")[0]


def test_active_files_may_stand_at_the_top() -> None:
    assert problems_of(".gitattributes", ".github/workflows/build.yml") == []


@given(st.dictionaries(st.text(max_size=12), st.sampled_from(["100644", "120000", "40000", "x"]), max_size=6))
def test_gate_never_raises(tree: dict[str, str]) -> None:
    for problem in gate({path: entry(mode) for path, mode in tree.items()}):
        str(problem).encode("utf-8")


NAMES = st.text(string.ascii_lowercase + "éü ()-_", min_size=1, max_size=6).filter(
    lambda n: not explain_bad_path(n)
)
PATHS = st.lists(NAMES, min_size=2, max_size=4).map(
    lambda parts: "d/" + "/".join(parts[:-1]) + "/" + parts[-1] + ".f"
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(PATHS, st.binary(max_size=40), max_size=6))
def test_what_is_built_is_what_is_listed(bare: Repo, files: dict[str, bytes]) -> None:
    blobs = {path: put_blob(bare, data) for path, data in files.items()}
    tree = CommitId(build_tree(bare, None, dict(blobs)))
    listed = list_tree(bare, tree)
    assert {path: item.blob for path, item in listed.items()} == blobs
    assert {path: item.size for path, item in listed.items()} == {p: len(d) for p, d in files.items()}
    contents = read_blobs(bare, blobs.values())
    assert {path: contents[blob] for path, blob in blobs.items()} == files
