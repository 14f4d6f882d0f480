"""What no programme takes: left out of a save, named, and never in the way of anything else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcred.app.keys.signing import read_key
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.layout import draft_ref, submission_ref
from mcred.store.git import Repo, attempt, open_repo, resolve
from mcred.store.log import read_commit
from mcred.store.snapshot import FOLDER, list_tree
from mcred.store.write import Author, commit_files, commit_tree, move_refs, name_files, put_blob, put_file
from tests.cli.test_guard import guarded
from tests.cli.town import OVERVIEW, PLAN, SLIP, WAIT, Town, git
from tests.store.test_oversized_trees import make_tree, unfolding

ANA = SubmissionId(PersonId("ana"), CredentialId(WAIT))
MINE = f"portfolios/ana/{WAIT}"
VIDEO = f"{MINE}/evidence/video.mp4"


@pytest.fixture
def place(ready: Town) -> Town:
    return guarded(ready)


def put_video(folder: Path) -> Path:
    video = folder / "evidence" / "video.mp4"
    with video.open("wb") as file:
        file.truncate(143 * 2**20)
    return video


def save_as_before(repo: Repo, path: str, file: Path, ref: str) -> CommitId:
    """A save that has a file which no programme takes, as it could be made once."""
    old = resolve(repo, ref)
    assert old is not None
    was = read_commit(repo, old)
    made = commit_files(
        repo,
        base=old,
        changes={path: put_file(repo, file)},
        parents=[old],
        message=f"Save a draft\n\nMcred-Event: save\nMcred-Submission: {ANA}\n",
        author=Author(name=was.author, email=was.email, when=was.when),
        key=read_key(repo),
    )
    move_refs(repo, [(ref, made, old)])
    return made


def tip(folder: Path) -> CommitId:
    """The newest commit of what was submitted."""
    return CommitId(git(folder, "rev-parse", submission_ref(ANA)).strip())


class TestPutByHand:
    def test_a_video_is_left_out_and_everything_else_is_saved(self, place: Town) -> None:
        other = place.start("ana", SLIP)
        (other / "1-slip.md").write_text("# Slip\n\n## One slip\n\nMine.\n", "utf-8")
        video = put_video(place.folder("ana"))
        (place.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        ran = place.run("ana", "save", expect=1)
        assert f"{WAIT}: saved here and online" in ran.out
        assert f"{SLIP}: saved here and online" in ran.out
        assert f"{VIDEO}: error: the file has 143 MiB" in ran.err
        assert "mcred add URL --for ITEM --copy FILE" in ran.err
        assert ran.next.startswith(f"mcred check {WAIT}")
        assert b"And more." in place.saved("ana")["1-overview.md"]
        assert video.stat().st_size == 143 * 2**20
        repo = open_repo(place.home("ana"))
        (blob,) = name_files(repo, [video])
        assert attempt(repo, "cat-file", "-e", blob).code, "its bytes were stored here"
        assert "video.mp4" in place.run("ana", "check", WAIT, expect=1).out
        assert attempt(repo, "cat-file", "-e", blob).code, "asking what is missing stored it"

    def test_sync_goes_on_and_names_it_until_it_is_gone(self, place: Town) -> None:
        video = put_video(place.folder("ana"))
        ran = place.run("ana", "sync", expect=1)
        assert "Up to date." not in ran.out and "143 MiB" in ran.err
        assert "video.mp4" in place.run("ana", "submit", "--attest", "all", expect=1).err
        video.unlink()
        place.run("ana", "sync")
        assert "is submitted" in place.run("ana", "submit", "--attest", "all").out

    def test_a_file_that_grew_too_large_stays_as_it_was_saved(self, place: Town) -> None:
        plan = place.folder("ana") / "evidence" / "plan.md"
        os.truncate(plan, 143 * 2**20)
        assert "plan.md" in place.run("ana", "save", expect=1).err
        assert place.saved("ana")["evidence/plan.md"] == PLAN.encode()

    @pytest.mark.parametrize("kind", ["link", "pipe", "project", "name", "twins", "accents"])
    def test_of_every_kind(self, place: Town, kind: str) -> None:
        evidence = place.folder("ana") / "evidence"
        if kind == "link":
            (evidence / "odd").symlink_to("/etc")
        elif kind == "pipe":
            os.mkfifo(evidence / "odd")
        elif kind == "project":
            (evidence / "odd" / ".git").mkdir(parents=True)
        elif kind == "name":
            (evidence / "odd:1").write_text("x")
        elif kind == "twins":
            (evidence / "odd").write_text("x")
            (evidence / "Odd").write_text("y")
        else:
            (evidence / "odd\u00e9").write_text("x")
            (evidence / "odde\u0301").write_text("y")
        before = sorted(path.name for path in evidence.iterdir())
        (place.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        for verb in ("save", "sync"):
            assert "odd" in place.run("ana", verb, expect=1).err
        assert b"And more." in place.saved("ana")["1-overview.md"]
        assert sorted(path.name for path in evidence.iterdir()) == before

    def test_too_many_files(self, place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("mcred.store.worktree.MAX_FOLDER", 9)
        for number in range(10):
            (place.folder("ana") / "evidence" / f"{number}.txt").write_text("x")
        (place.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        assert "files; at most" in place.run("ana", "save", expect=1).err
        draft = place.saved("ana")
        assert "evidence/plan.md" in draft and "evidence/1.txt" not in draft
        assert b"And more." in place.saved("ana")["1-overview.md"]


class TestSavedBefore:
    """An older state has it."""

    def test_the_next_save_is_free_of_it(self, place: Town) -> None:
        video = put_video(place.folder("ana"))
        save_as_before(open_repo(place.home("ana")), VIDEO, video, draft_ref(ANA))
        video.unlink()
        (place.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        place.run("ana", "sync")
        assert b"And more." in place.saved("ana")["1-overview.md"]
        assert "is submitted" in place.run("ana", "submit", "--attest", "all").out

    def test_what_was_sent_is_left_as_it_is(self, ready: Town) -> None:
        """A remote without a check took it: the next state is without it, its history stays."""
        repo = open_repo(ready.home("ana"))
        ready.run("ana", "submit", "--attest", "all")
        video = put_video(ready.folder("ana"))
        made = save_as_before(repo, VIDEO, video, submission_ref(ANA))
        git(repo.git_dir, "push", "--quiet", "origin", f"{made}:{submission_ref(ANA)}")
        video.unlink()
        ready.run("ana", "sync")
        town = guarded(ready)
        (town.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        assert "saved here and online" in town.run("ana", "save").out
        town.run("ana", "submit", "--replace", "--yes", "--attest", "all")
        assert VIDEO not in list_tree(open_repo(town.remote), tip(town.remote))


class TestOnMain:
    """Where no check stands before the remote, main may hold what no computer takes."""

    @pytest.mark.parametrize("name", [".git", ".GIT", "git~1", ".git.", ".g\u200cit", "..", "unfolding"])
    def test_it_is_left_out_and_named(self, ready: Town, name: str) -> None:
        repo = open_repo(ready.remote)
        main = CommitId(git(ready.remote, "rev-parse", "main").strip())
        inner = (
            unfolding(repo)
            if name == "unfolding"
            else make_tree(repo, {"x": ("100644", put_blob(repo, b"x"))})
        )
        rows = {}
        for line in git(ready.remote, "ls-tree", "main").splitlines():
            mode, _, found = line.partition("\t")[0].split()
            rows[line.partition("\t")[2]] = (mode.lstrip("0"), found)
        if name == "unfolding":
            deep = make_tree(repo, {"all": (FOLDER, unfolding(repo))})
            inner = make_tree(repo, {"portfolios": (FOLDER, deep)})
        tree = make_tree(repo, {**rows, name: (FOLDER, inner)})
        was = read_commit(repo, main)
        author = Author(name=was.author, email=was.email, when=was.when)
        key = read_key(open_repo(ready.home("ana")))
        move_refs(repo, [("refs/heads/main", commit_tree(repo, tree, [main], "Odd", author, key), main)])
        (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "And more.\n", encoding="utf-8")
        ran = ready.run("ana", "sync")
        assert f"{name}/" in ran.err and "left out" in ran.err
        assert b"And more." in ready.saved("ana")["1-overview.md"]
        assert "is submitted" in ready.run("ana", "submit", "--attest", "all").out
        for verb in ("status", "doctor"):
            ready.run("ana", verb)
        assert not (ready.home("ana") / name / "x").exists()


class TestInWhatWasSent:
    """Someone wrote over it by hand, where no check stands before the remote."""

    def test_what_was_typed_stays(self, ready: Town) -> None:
        ready.run("ana", "submit", "--attest", "all")
        repo = open_repo(ready.remote)
        old = tip(ready.remote)
        rows = {}
        for line in git(ready.remote, "ls-tree", f"{old}:{MINE}").splitlines():
            mode, _, found = line.partition("\t")[0].split()
            rows[line.partition("\t")[2]] = (mode.lstrip("0"), found)
        mine = make_tree(repo, {**rows, "deep": (FOLDER, unfolding(repo))})
        folder = make_tree(repo, {WAIT: (FOLDER, mine)})
        top = make_tree(repo, {"portfolios": (FOLDER, make_tree(repo, {"ana": (FOLDER, folder)}))})
        author = Author(name="x", email="x@x", when=read_commit(repo, old).when)
        key = read_key(open_repo(ready.home("ana")))
        message = f"Save a draft\n\nMcred-Event: save\nMcred-Submission: {ANA}\n"
        made = commit_tree(repo, top, [old], message, author, key)
        move_refs(repo, [(submission_ref(ANA), made, old)])
        before = {p.name: p.read_bytes() for p in ready.folder("ana").rglob("*") if p.is_file()}
        ready.run("ana", "sync")
        after = {p.name: p.read_bytes() for p in ready.folder("ana").rglob("*") if p.is_file()}
        assert after == before
        ready.run("ana", "submit", "--replace", "--yes", "--attest", "all")
        assert not any("deep/" in path for path in list_tree(repo, tip(ready.remote)))
