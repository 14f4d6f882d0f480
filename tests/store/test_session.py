"""Inside a session git gives the same answers, with fewer processes; what may have changed is asked again."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mcred.domain.ids import BlobId, CommitId
from mcred.problems import Exit, McredError
from mcred.store.batch import ask_sizes, read_files
from mcred.store.config import read_config, write_config
from mcred.store.diffs import list_changes, list_many_changes
from mcred.store.git import Repo, list_refs, open_repo, read_refs, resolve
from mcred.store.leftovers import find_locks
from mcred.store.log import find_blob_versions, find_unreached, is_ancestor
from mcred.store.oversized_trees import read_folders
from mcred.store.remote import fetch
from mcred.store.session import FEW, Session, git_session, session
from mcred.store.snapshot import list_tree, read_objects, tree_ids
from mcred.store.write import Moved, build_tree, move_refs, put_blob
from tests.conftest import Save

MAIN = "refs/heads/main"
SENT = "refs/remotes/origin"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that git is started with, without its options."""
    found: list[str] = []

    class Counted(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: Any) -> None:
            words = [w for at, w in enumerate(command) if at and command[at - 1] != "-c"]
            found.append(" ".join(w for w in words if w != "-c" and not w.startswith("--git-dir"))[:30])
            super().__init__(command, **options)

    monkeypatch.setattr("mcred.store.git.subprocess.Popen", Counted)
    return found


def questions(repo: Repo, first: CommitId, last: CommitId) -> Iterator[Callable[[], Any]]:
    """One of each kind of question about two commits."""
    paths = (
        "mcred.yaml",
        "portfolios/ana/profile.yaml",
        "portfolios/ana",
        "nowhere.md",
        "é .md",
        "a missing",
    )
    yield lambda: list(read_objects(repo, [first, last]))
    yield lambda: read_files(repo, [(last, path) for path in paths])
    yield lambda: dict(list_tree(repo, last))
    for under in ("portfolios", "portfolios/ana/profile.yaml", "portfolios/ana/", "nowhere"):
        yield lambda under=under: dict(list_tree(repo, last, under))  # type: ignore[misc]
    for some in ((), ("portfolios",), ("nowhere", "é .md")):
        yield lambda some=some: [  # type: ignore[misc]
            *list_many_changes(repo, [(last, first), (first, None), (last, last)], some)
        ]
    yield lambda: tree_ids(repo, [first, last])
    yield lambda: list(ask_sizes(repo, [e.blob for e in list_tree(repo, last).values()]))
    yield lambda: [resolve(repo, name) for name in (MAIN, "refs/heads/nobody", first, "1" * 40)]
    yield lambda: list_refs(repo)
    yield lambda: [is_ancestor(repo, a, b) for a in (first, last) for b in (first, last)]
    yield lambda: [find_unreached(repo, (first, last), known) for known in (first, last)]
    yield lambda: [
        read_config(repo, key) for key in ("core.bare", "core.repositoryFormatVersion", "a.b", "x.Y.z")
    ]


def test_answers_are_the_same(bare: Repo, start: CommitId, save: Save, started: list[str]) -> None:
    last = save(bare, {"é .md": "x\n\n", "big.md": "y" * 100_000}, start, ref=MAIN, old=start)
    for key, value in (("x.Y.z", "Ü = 1"), ("a.b", "")):
        write_config(bare, key, value)
    outside = [ask() for ask in questions(bare, start, last)]
    alone = len(started)
    with git_session():
        inside = [ask() for ask in questions(bare, start, last)]
        first_round = len(started) - alone
        again = [ask() for ask in questions(bare, start, last)]
    assert inside == outside == again
    assert first_round < alone * 0.6 and len(started) - alone - first_round < first_round


def test_what_moved_is_asked_again(bare: Repo, start: CommitId, save: Save) -> None:
    with git_session():
        assert resolve(bare, MAIN) == start and list_refs(bare)[MAIN] == start
        grown = save(bare, {"a": "1"}, start)
        assert not is_ancestor(bare, grown, start)
        move_refs(bare, [(MAIN, grown, start), ("refs/heads/x", start, None)])
        assert list_refs(bare) == {MAIN: grown, "refs/heads/x": start}
        assert resolve(bare, MAIN) == grown
        assert read_config(bare, "mcred.person") is None
        write_config(bare, "mcred.person", "ana")
        assert read_config(bare, "mcred.person") == "ana"


def test_what_is_written_meanwhile_is_found(bare: Repo, start: CommitId) -> None:
    with git_session():
        list(read_objects(bare, [start]))
        blob = put_blob(bare, b"new\n")
        assert list(read_objects(bare, [blob])) == [(blob, "blob", b"new\n")]
        tree = build_tree(bare, start, {"new.md": blob})
        assert "new.md" in list_tree(bare, CommitId(tree))


def test_differences_to_what_is_written_meanwhile_are_found(bare: Repo, start: CommitId, save: Save) -> None:
    names = {"#", "é", "folder/#"}
    with git_session():
        assert list_changes(bare, start, start) == ()
        grown = save(bare, dict.fromkeys(names, "1"), start)
        assert {c.path for c in list_changes(bare, start, grown)} == names


def test_differences_of_what_is_missing_are_said_as_without(bare: Repo, start: CommitId) -> None:
    gone = CommitId(tree_ids(bare, [start])[0])
    (bare.git_dir / "objects" / gone[:2] / gone[2:]).unlink()

    def said() -> str:
        with pytest.raises(McredError) as refused:
            list_changes(bare, None, start)
        return refused.value.what

    outside = said()
    with git_session():
        assert said() == outside


def test_what_is_missing_is_said_as_without(bare: Repo, start: CommitId) -> None:
    def said() -> str:
        with pytest.raises(McredError) as refused:
            list(read_objects(bare, [start, "1" * 40]))
        return refused.value.what

    outside = said()
    with git_session():
        assert said() == outside
        assert [name for name, _, _ in read_objects(bare, [start])] == [start]


@pytest.fixture
def borrowed(bare: Repo, start: CommitId) -> None:
    """Its objects lie in another store, which is git's to follow."""
    store = bare.git_dir / "objects"
    shutil.copytree(store, bare.git_dir / "lent")
    for place in store.iterdir():
        shutil.rmtree(place)
    (store / "info").mkdir()
    (store / "info" / "alternates").write_text("../lent\n")


@pytest.mark.usefixtures("borrowed")
def test_a_reader_that_ended_is_started_again(bare: Repo, start: CommitId, started: list[str]) -> None:
    with git_session():
        expected = list(read_objects(bare, [start]))
        running = session()
        assert running is not None
        for reader in running._readers.values():
            reader.kill()
            reader.wait()
        assert list(read_objects(bare, [start])) == expected
        assert started[-1].startswith("cat-file --batch --buffer"), "a process of its own says why"
        assert list(read_objects(bare, [start])) == expected


def test_a_damaged_object_is_refused_as_without(bare: Repo, start: CommitId) -> None:
    blob = put_blob(bare, b"whole\n" * 50)
    place = bare.git_dir / "objects" / blob[:2] / blob[2:]
    place.chmod(0o600)
    place.write_bytes(place.read_bytes()[:20])
    with pytest.raises(McredError) as outside:
        list(read_objects(bare, [blob]))
    with git_session(), pytest.raises(McredError) as inside:
        list(read_objects(bare, [start, blob]))
    assert inside.value.what == outside.value.what


def test_many_at_once_have_a_process_of_their_own(
    bare: Repo, started: list[str], request: pytest.FixtureRequest
) -> None:
    blobs = [put_blob(bare, b"%d\n" % n) for n in range(FEW + 1)]
    request.getfixturevalue("borrowed")
    with git_session():
        assert [name for name, _, _ in read_objects(bare, blobs)] == blobs
    assert started[-1].startswith("cat-file --batch --buffer")


@pytest.mark.usefixtures("borrowed")
def test_it_is_this_processs_and_this_threads(bare: Repo, start: CommitId) -> None:
    seen: list[Session | None] = []
    with git_session():
        outer = session()
        assert outer is not None
        with git_session():
            assert session() is outer, "one within another is the same"
        thread = threading.Thread(target=lambda: seen.append(session()))
        thread.start()
        thread.join()
        list(read_objects(bare, [start]))
        if (child := os.fork()) == 0:
            os._exit(0 if session() is None else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        readers = list(outer._readers.values())
    assert seen == [None] and session() is None
    assert readers and all(reader.wait() is not None for reader in readers), "nothing is left running"


def test_memory_stays_bounded() -> None:
    kept = Session()
    for n in range(10_000):
        kept.keep("trees", BlobId(f"{n:040}"), n)
    assert len(kept.remembered["trees"]) <= 256


def test_locks_left_behind_are_seen_beside_our_own_readers(bare: Repo, start: CommitId) -> None:
    lock = bare.git_dir / "index.lock"
    lock.touch()
    with git_session():
        list(read_objects(bare, [start]))
        assert find_locks(bare.git_dir, lock.stat().st_mtime + 1, 1) == (lock,)
        assert list(read_objects(bare, [start]))


@pytest.mark.parametrize("near", [1, 2, 3, 256])
def test_ancestors_are_the_same_near_and_far(
    bare: Repo, start: CommitId, save: Save, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    monkeypatch.setattr("mcred.store.log.NEAR", near)
    left, right = (save(bare, {"a.md": text}, start) for text in ("left", "right"))
    both = save(bare, {"a.md": "both"}, left, right)
    away = CommitId("1" * 40)
    four = (start, left, right, both)
    related = {(a, a) for a in four} | {(start, b) for b in four} | {(a, both) for a in four}
    with git_session():
        for a in (*four, away):
            for b in four:
                assert is_ancestor(bare, a, b) == ((a, b) in related)
            assert not is_ancestor(bare, start, away)
        assert find_unreached(bare, four, left) == {right, both}
        with pytest.raises(McredError):
            find_unreached(bare, (away,), left)


def test_a_history_that_is_not_all_here_is_asked_of_git(
    bare: Repo, start: CommitId, save: Save, tmp_path: Path
) -> None:
    newer = save(bare, {"a.md": "x"}, start, ref=MAIN, old=start)
    place = tmp_path / "shallow"
    command = ["git", "clone", "-q", "--depth=1", "--no-local", f"file://{bare.git_dir}", str(place)]
    subprocess.run(command, check=True)
    shallow = open_repo(place)
    with git_session():
        with pytest.raises(McredError, match="missing on this computer") as unknown:
            is_ancestor(shallow, start, newer)
        assert unknown.value.code is Exit.UNREACHABLE
        assert find_unreached(shallow, (newer,), newer) == frozenset()


def test_a_broken_ref_elsewhere_stops_nothing(bare: Repo, start: CommitId) -> None:
    tag = bare.git_dir / "refs" / "tags" / "bad"
    tag.parent.mkdir(parents=True, exist_ok=True)
    tag.write_text("1" * 40 + "\n")
    with git_session():
        assert list_refs(bare) == {MAIN: start}


def test_odd_modes_are_read_as_git_reads_them(bare: Repo, start: CommitId) -> None:
    blob = put_blob(bare, b"x\n")

    def store(kind: str, *rows: tuple[str, str, str]) -> str:
        raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(o) for mode, name, o in rows)
        command = ("git", f"--git-dir={bare.git_dir}")
        how = ("hash-object", "-t", kind, "-w", "--literally", "--stdin")
        return (
            subprocess.run((*command, *how), input=raw, capture_output=True, check=True)
            .stdout.decode()
            .strip()
        )

    inner = store("tree", ("100664", "a.md", blob))
    top = CommitId(store("tree", ("40000", "f", inner)))
    padded = CommitId(store("tree", ("040000", "f", inner)))
    outside = [dict(list_tree(bare, tree, "f")) for tree in (top, padded)]
    with git_session():
        assert [dict(list_tree(bare, tree, "f")) for tree in (top, padded)] == outside


def test_another_threads_session_hides_none_of_mine(bare: Repo, start: CommitId) -> None:
    begun, ended = threading.Event(), threading.Event()

    def other() -> None:
        with git_session():
            begun.set()
            ended.wait(20)

    with git_session():
        assert list_refs(bare) == {MAIN: start}
        thread = threading.Thread(target=other)
        thread.start()
        begun.wait(20)
        move_refs(bare, [("refs/heads/x", start, None)])
        ended.set()
        thread.join()
        assert "refs/heads/x" in list_refs(bare)


def test_names_with_spaces_that_are_gone_are_no_objects(bare: Repo, start: CommitId, save: Save) -> None:
    there = save(bare, {"my blob": "1"}, start)
    gone = save(bare, {"my blob": None}, there)
    (blob,) = find_blob_versions(bare, gone, "my blob")
    assert len(blob) == 40
    assert read_folders(bare, [(gone, "x tree")]) == ({},)
    with git_session():
        assert find_blob_versions(bare, gone, "my blob") == (blob,)
        assert read_folders(bare, [(gone, "x tree")]) == ({},)


def test_what_was_moved_here_is_known_as_git_tells_it(
    bare: Repo, start: CommitId, save: Save, started: list[str]
) -> None:
    with git_session():
        assert list_refs(bare) == {MAIN: start}
        made = save(bare, {"a.md": "x"}, start)
        move_refs(bare, [(MAIN, made, start), ("refs/heads/a/b", start, None)])
        at = len(started)
        told = (read_refs(bare, "refs/"), resolve(bare, MAIN))
        assert started[at:] == [] and told[1] == made
        with pytest.raises(Moved):
            move_refs(bare, [(MAIN, start, start)])
        assert resolve(bare, MAIN) == made
    assert told[0] == read_refs(bare, "refs/")


@pytest.mark.parametrize("asked", [[], ["fetch"]], ids=["shared folder", "by git"])
def test_only_a_fetch_that_brought_something_is_looked_at(
    ana: Repo,
    bare: Repo,
    start: CommitId,
    save: Save,
    started: list[str],
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if asked:
        monkeypatch.setattr("mcred.store.remote.read_heads", lambda *_: None)
    with git_session():
        fetch(ana)
        known, at = list_refs(ana, "refs/remotes/origin/"), len(started)
        fetch(ana)
        assert list_refs(ana, "refs/remotes/origin/") == known == {f"{SENT}/main": start}
        assert [line.split()[0] for line in started[at:]] == asked
        made = save(bare, {"a.md": "x"}, start, ref="refs/heads/news")
        fetch(ana)
        assert list_refs(ana, "refs/remotes/origin/") == {**known, f"{SENT}/news": made}
        subprocess.run(["git", "update-ref", "-d", "refs/heads/news"], cwd=bare.git_dir, check=True)
        fetch(ana)
        assert "refs/mcred/fetched/news" not in [name for *_, name in read_refs(ana, "refs/mcred/")]
