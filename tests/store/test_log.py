"""The log: order, trailers, changes, and commits no one honest would write."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import McredError
from mcred.store.diffs import list_changes
from mcred.store.git import Repo
from mcred.store.log import (
    find_unreached,
    is_ancestor,
    list_touching,
    merge_base,
    parse_commit,
    parse_trailers,
    read_commit,
    walk_log,
)
from mcred.store.signatures import KeyPair
from mcred.store.write import Author, commit_tree, put_blob

Save = Callable[..., CommitId]
Raw = Callable[..., str]

TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NAME = CommitId("1" * 40)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_commit_as_value(bare: Repo, start: CommitId, save: Save, key: KeyPair) -> None:
    made = save(
        bare, {"a": "1"}, start, message="Ask for review\n\nText.\n\nMcred-Event: submit\nMcred-Attempt: 1"
    )
    commit = read_commit(bare, made)
    assert (commit.id, commit.parents, commit.author, commit.email) == (
        made,
        (start,),
        "Ana Silva",
        "ana@school.example",
    )
    assert commit.when == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert commit.trailers == {"Mcred-Event": "submit", "Mcred-Attempt": "1"}
    assert commit.message.startswith("Ask for review\n\nText.")
    assert commit.signer == key.public
    assert walk_log(bare, [made])[-1] == commit


def test_walk_is_oldest_first_and_leaves_out(bare: Repo, start: CommitId, save: Save) -> None:
    one = save(bare, {"a": "1"}, start)
    two = save(bare, {"a": "2"}, one)
    assert [commit.id for commit in walk_log(bare, [two])] == [start, one, two]
    assert [commit.id for commit in walk_log(bare, [two], [start])] == [one, two]
    assert walk_log(bare, [two], [two]) == ()
    assert walk_log(bare, []) == ()


def test_what_touched_a_folder_newest_first(bare: Repo, start: CommitId, save: Save) -> None:
    one = save(bare, {"a/x": "1"}, start)
    two = save(bare, {"b/x": "1"}, one)
    three = save(bare, {"a/x": "2"}, two)
    then = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert list_touching(bare, [three], "a") == ((three, then), (one, then))
    assert list_touching(bare, [two], "a") == ((one, then),)
    assert list_touching(bare, [three], "c") == list_touching(bare, [], "a") == ()


def test_a_time_that_no_calendar_has_is_the_beginning_of_time(
    bare: Repo, start: CommitId, raw_git: Raw
) -> None:
    blob = raw_git(bare, "hash-object", "-w", "--stdin", stdin=b"x").strip()
    tree = raw_git(bare, "mktree", stdin=f"100644 blob {blob}\ta\n".encode()).strip()
    text = (
        f"tree {tree}\nauthor A <a@b.c> 99999999999999 +0000\ncommitter A <a@b.c> 99999999999999 +0000\n\nx\n"
    )
    name = raw_git(bare, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text.encode())
    assert list_touching(bare, [CommitId(name.strip())], "a")[0][1] == EPOCH


def test_order_does_not_depend_on_the_order_of_arguments(bare: Repo, start: CommitId, save: Save) -> None:
    tips = [save(bare, {name: name}, start) for name in "abc"]
    orders = {tuple(c.id for c in walk_log(bare, list(tips))) for tips in itertools.permutations(tips)}
    assert len(orders) == 1 and orders.pop()[0] == start


def test_parents_come_before_children(bare: Repo, start: CommitId, save: Save) -> None:
    left = save(bare, {"l": "1"}, start)
    right = save(bare, {"r": "1"}, start)
    merged = save(bare, {}, left, right)
    log = walk_log(bare, [merged])
    place = {commit.id: at for at, commit in enumerate(log)}
    assert all(place[parent] < place[commit.id] for commit in log for parent in commit.parents)
    assert [c.id for c in walk_log(bare, [merged], first_parent=True)] == [start, left, merged]


def test_forged_dates_do_not_change_the_order(
    bare: Repo, start: CommitId, save: Save, author: Author, key: KeyPair
) -> None:
    tree = read_commit(bare, start).tree
    late, early = datetime(2037, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)
    side = commit_tree(bare, tree, [start], "side", replace(author, when=late), key)
    one = commit_tree(bare, tree, [side], "one", replace(author, when=early), key)
    two = commit_tree(bare, tree, [side], "two", replace(author, when=late), key)
    tips = [commit_tree(bare, tree, [one], "end", author, key), two]
    log = walk_log(bare, tips)
    place = {commit.id: at for at, commit in enumerate(log)}
    assert all(place[parent] < place[commit.id] for commit in log for parent in commit.parents)
    old_root = commit_tree(bare, tree, [], "root", replace(author, when=late), key)
    child = commit_tree(bare, tree, [old_root], "child", replace(author, when=early), key)
    other = commit_tree(bare, tree, [old_root], "other", replace(author, when=late), key)
    merged = commit_tree(bare, tree, [child, other], "merged", author, key)
    names = [commit.message.strip() for commit in walk_log(bare, [merged])]
    assert names[0] == "root" and names[-1] == "merged"


def test_without_verify_no_one_signed(bare: Repo, start: CommitId) -> None:
    assert walk_log(bare, [start], verify=False)[0].signer is None
    assert walk_log(bare, [start])[0].signer is not None


def test_only_full_names(bare: Repo) -> None:
    for bad in ("HEAD", "--all", "^x", "main"):
        with pytest.raises(ValueError):
            walk_log(bare, [CommitId(bad)])
        with pytest.raises(ValueError):
            walk_log(bare, [], [CommitId(bad)]) or list_changes(bare, None, CommitId(bad))


def test_a_blob_is_no_commit(bare: Repo) -> None:
    with pytest.raises(McredError):
        read_commit(bare, CommitId(put_blob(bare, b"x")))


def test_list_changes(bare: Repo, start: CommitId, save: Save) -> None:
    new = save(
        bare, {"mcred.yaml": "changed", "portfolios/ben/a.md": None, "moved.md": "b\n", "ü x": "new"}, start
    )
    changes = {change.path: change for change in list_changes(bare, start, new)}
    assert set(changes) == {"mcred.yaml", "portfolios/ben/a.md", "moved.md", "ü x"}
    gone, come = changes["portfolios/ben/a.md"], changes["moved.md"]
    assert gone.new is None and come.old is None and gone.old == come.new, "a move is two changes"
    both = changes["mcred.yaml"]
    assert both.old and both.new and both.old.blob != both.new.blob and both.new.mode == "100644"
    assert [change.path for change in list_changes(bare, None, start)] == [
        "mcred.yaml",
        "portfolios/ana/profile.yaml",
        "portfolios/ben/a.md",
    ]
    assert list_changes(bare, new, new) == ()


def test_list_changes_sees_a_changed_mode(bare: Repo, start: CommitId, raw_git: Raw) -> None:
    blob = put_blob(bare, b"x")
    trees = [
        CommitId(raw_git(bare, "mktree", stdin=f"{mode} blob {blob}\tx\n".encode()))
        for mode in ("100644", "120000")
    ]
    (change,) = list_changes(bare, trees[0], trees[1])
    assert change.old and change.new and (change.old.mode, change.new.mode) == ("100644", "120000")


def test_ancestors(bare: Repo, start: CommitId, save: Save) -> None:
    left, right = save(bare, {"l": "1"}, start), save(bare, {"r": "1"}, start)
    assert is_ancestor(bare, start, left) and is_ancestor(bare, left, left)
    assert not is_ancestor(bare, left, start) and not is_ancestor(bare, left, right)
    assert not is_ancestor(bare, CommitId("1" * 40), left)
    assert merge_base(bare, left, right) == start
    assert merge_base(bare, left, save(bare, {"x": "alone"})) is None


@pytest.mark.parametrize(
    ("message", "trailers"),
    [
        ("Subject\n\nMcred-Event: award\n", {"Mcred-Event": "award"}),
        ("Subject\r\n\r\nMcred-Event: award\r\n", {"Mcred-Event": "award"}),
        ("Subject\n\nText\n\nMcred-Event:award  \nSigned-off-by: A <a@b>\n\n", {"Mcred-Event": "award"}),
        ("Subject\n\nMcred-A: 1\nMcred-B: 2\nMcred-A: 3", {"Mcred-B": "2"}),
        ("Subject\n\nMcred-A: 1\nMcred-A: 1", {}),
        ("Subject\n\nMcred-Event: award\n\nLast words.", {}),
        ("Subject\n\nI wrote\nMcred-Event: award", {}),
        ("Mcred-Event: award", {}),
        ("Subject\n\nOther-Event: award\nmcred-event: award", {}),
        ("", {}),
    ],
)
def test_trailers(message: str, trailers: dict[str, str]) -> None:
    commit = parse_commit(NAME, f"tree {TREE}\nauthor A <a@b> 1 +0000\n\n{message}".encode())
    assert commit.trailers == trailers


@given(st.text(max_size=80))
def test_trailers_never_raise(text: str) -> None:
    assert all(key.startswith("Mcred-") for key in parse_trailers(text))


def test_time_keeps_its_zone() -> None:
    commit = parse_commit(NAME, f"tree {TREE}\nauthor A <a@b> 86400 -0330\n\nx".encode())
    assert commit.when == EPOCH + timedelta(days=1)
    assert commit.when.utcoffset() == timedelta(hours=-3, minutes=-30)


@pytest.mark.parametrize(
    "author",
    [
        *(
            b"",
            b"A",
            b"A <a@b>",
            b"A <a@b> x +0000",
            b"A <a@b> 999999999999 +0000",
            b"A <a@b> -999999999999 -0000",
        ),
        *(b"A <a@b> 1 +9999", b"A <a@b> 99999999999999999999 +0000", b"A <a> <b> 1 +0000 trailing"),
    ],
)
def test_hostile_author_lines(author: bytes) -> None:
    commit = parse_commit(NAME, b"tree " + TREE.encode() + b"\nauthor " + author + b"\n\nx")
    assert commit.when == EPOCH and commit.when.tzinfo is not None


def test_hostile_names_are_replaced_not_believed() -> None:
    commit = parse_commit(NAME, b"tree " + TREE.encode() + b"\nauthor \xff\xfe <\xff> 1 +0000\n\n\xff\xfe")
    assert "\ufffd" in commit.author and "\ufffd" in commit.message


def test_only_parents_right_after_the_tree_count() -> None:
    raw = f"tree {TREE}\nparent {'a' * 40}\nauthor A <a@b> 1 +0000\nparent {'b' * 40}\n\nparent {'c' * 40}\n"
    assert parse_commit(NAME, raw.encode()).parents == ("a" * 40,)


@given(st.binary(max_size=200))
def test_any_bytes_are_some_commit(raw: bytes) -> None:
    assert parse_commit(NAME, raw).signer is None


def test_forged_commit_objects_in_a_real_repository(bare: Repo, start: CommitId, raw_git: Raw) -> None:
    head = f"tree {TREE}\nparent {start}\nauthor \xff <> 9999999999999999 +9999\ncommitter x <y> 1 +0000\n"
    raw = (
        head.encode("latin-1") + b"gpgsig x\n y\ngpgsig z\n\n\xff\n\nMcred-Event: award\nMcred-Event: none\n"
    )
    name = raw_git(bare, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
    last = walk_log(bare, [CommitId(name)])[-1]
    assert last.parents == (start,) and last.signer is None and last.trailers == {}
    assert BlobId(last.tree) == TREE


def test_unreached(bare: Repo, start: CommitId, save: Save) -> None:
    second = save(bare, {"a": "2"}, start)
    beside = save(bare, {"b": "3"}, start)
    assert find_unreached(bare, [start, second, beside], second) == {beside}
    assert find_unreached(bare, [], second) == frozenset()
