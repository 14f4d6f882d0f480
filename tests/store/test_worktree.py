"""What a person sees in the folder: theirs is kept, the rest follows, and nothing leaves the folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.problems import McredError
from mcred.store import worktree
from mcred.store.folder_index import read_laid, write_file
from mcred.store.git import Repo
from mcred.store.log import read_commit
from mcred.store.snapshot import list_tree, read_blobs
from mcred.store.worktree import LayResult, changed_files, lay_out, snapshot_folder
from mcred.store.write import move_refs, put_blob

Lay = Callable[[CommitId], LayResult]
Save = Callable[..., CommitId]
Raw = Callable[..., str]


@pytest.fixture
def root(ana: Repo) -> Path:
    """Ana's folder on the disk."""
    assert ana.work_tree is not None
    return ana.work_tree


@pytest.fixture
def lay(ana: Repo) -> Lay:
    """Lay out the tree of a commit, as `main`."""

    def do(commit: CommitId) -> LayResult:
        return lay_out(ana, read_commit(ana, commit).tree, commit)

    return do


def on_disk(root: Path) -> dict[str, bytes]:
    files = (path for path in sorted(root.rglob("*")) if ".git" not in path.parts and path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def in_tree(repo: Repo, commit: CommitId) -> dict[str, bytes]:
    entries = list_tree(repo, commit)
    blobs = read_blobs(repo, (item.blob for item in entries.values()))
    return {path: blobs[item.blob] for path, item in entries.items()}


# --- laying out


def test_first_layout_shows_everything(ana: Repo, root: Path, start: CommitId, lay: Lay) -> None:
    assert read_laid(ana).tree is None
    result = lay(start)
    assert on_disk(root) == in_tree(ana, start)
    assert set(result.written) == set(on_disk(root)) and not (result.removed or result.kept or result.skipped)
    assert read_laid(ana).tree == read_commit(ana, start).tree
    assert lay(start) == LayResult(written=(), removed=(), kept=())


def test_follows_what_others_changed(ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save) -> None:
    lay(start)
    new = save(ana, {"mcred.yaml": "new\n", "portfolios/ben/a.md": None, "deep/er/x": b"\0\r\n"}, start)
    result = lay(new)
    assert result == LayResult(written=("deep/er/x", "mcred.yaml"), removed=("portfolios/ben/a.md",), kept=())
    assert on_disk(root) == in_tree(ana, new)
    assert not (root / "portfolios" / "ben").exists(), "an empty folder goes too"


def test_keeps_what_is_mine(ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save) -> None:
    first = save(ana, {"edited": "1\n", "dropped": "1\n", "gone": "1\n", "same": "1\n"}, start)
    lay(first)
    (root / "edited").write_text("mine\n")
    (root / "dropped").unlink()
    (root / "gone").write_text("mine\n")
    (root / "same").write_text("2\n")
    (root / "untracked").write_text("mine\n")
    second = save(
        ana, {"edited": "2\n", "dropped": "2\n", "gone": None, "same": "2\n", "untracked": "theirs\n"}, first
    )
    result = lay(second)
    assert result.kept == ("dropped", "edited", "gone", "untracked")
    assert result.written == result.removed == ()
    disk = on_disk(root)
    assert disk["edited"] == disk["gone"] == disk["untracked"] == b"mine\n" and "dropped" not in disk
    assert lay(second).kept == (), "said once, not for ever"
    assert set(changed_files(ana, "")) == {"dropped", "edited", "gone", "untracked"}


def test_takes_the_new_one_again_once_mine_is_saved(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save
) -> None:
    lay(start)
    (root / "mcred.yaml").write_text("mine\n")
    mine = save(ana, {"mcred.yaml": "mine\n"}, start)
    assert lay(mine).kept == () and changed_files(ana, "") == {}
    assert lay(save(ana, {"mcred.yaml": "newer\n"}, mine)).written == ("mcred.yaml",)


def test_a_file_with_windows_line_ends_is_not_changed(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save
) -> None:
    lay(start)
    (root / "mcred.yaml").write_bytes(b"\xef\xbb\xbfformat: 1\r\n")
    assert changed_files(ana, "") == {}
    assert lay(save(ana, {"mcred.yaml": "format: 2\n"}, start)).written == ("mcred.yaml",)


def test_a_file_becomes_a_folder_and_back(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save
) -> None:
    one = save(ana, {"x": "same\n"}, start)
    two = save(ana, {"x": None, "x/y": "same\n"}, one)
    for commit in (one, two, one):
        assert lay(commit).kept == ()
        assert on_disk(root) == in_tree(ana, commit)


def test_my_file_stands_where_a_folder_should_be(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save
) -> None:
    lay(start)
    (root / "x").write_text("mine")
    assert lay(save(ana, {"x/y": "theirs"}, start)).kept == ("x/y",)
    assert (root / "x").read_text() == "mine"
    (root / "z").mkdir()
    (root / "z" / "mine").write_text("mine")
    assert lay(save(ana, {"z": "theirs"}, start)).kept == ("z",)
    assert (root / "z" / "mine").read_text() == "mine"


def test_writes_through_no_link(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.md").write_text("b\n")
    lay(start)
    (root / "portfolios" / "ben" / "a.md").unlink()
    (root / "portfolios" / "ben").rmdir()
    (root / "portfolios" / "ben").symlink_to(outside)
    (root / "link").symlink_to(outside / "target")
    new = save(
        ana, {"portfolios/ben/a.md": "evil\n", "portfolios/ben/b.md": "evil\n", "link": "evil\n"}, start
    )
    assert lay(new).kept == ("link", "portfolios/ben/a.md", "portfolios/ben/b.md")
    assert on_disk(outside) == {"a.md": b"b\n"} and not (outside / "target").exists()


def test_removes_through_no_link(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save, tmp_path: Path
) -> None:
    lay(start)
    (root / "portfolios" / "ben").rename(tmp_path / "outside")
    (root / "portfolios" / "ben").symlink_to(tmp_path / "outside")
    assert lay(save(ana, {"portfolios/ben/a.md": None}, start)).removed == ()
    assert on_disk(tmp_path / "outside") == {"a.md": b"b\n"}


def test_a_link_put_there_after_the_plan(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "d").symlink_to(tmp_path / "outside")
    assert write_file(root, "d/x", b"evil") is False
    assert on_disk(tmp_path / "outside") == {}


def test_writes_only_regular_files_with_good_names(
    ana: Repo, root: Path, start: CommitId, lay: Lay, raw_git: Raw
) -> None:
    blob = put_blob(ana, b"/etc/passwd")
    kinds = [("120000 blob", blob, "link"), ("160000 commit", start, "sub"), ("100644 blob", blob, "fine")]
    kinds += [("100644 blob", blob, "con"), ("100755 blob", blob, "run.sh"), ("100644 blob", blob, "a:b")]
    lines = "".join(f"{kind} {name}\t{path}\n" for kind, name, path in kinds)
    tree = raw_git(ana, "mktree", stdin=lines.encode())
    result = lay_out(ana, tree, start)
    assert result.written == ("fine", "run.sh") and result.skipped == ("a:b", "con", "link", "sub")
    assert set(on_disk(root)) == {"fine", "run.sh"}


@pytest.mark.parametrize("name", [".git", "..", ".GIT"])
def test_a_hostile_tree_never_reaches_gits_own_folder(
    ana: Repo, root: Path, start: CommitId, lay: Lay, raw_git: Raw, name: str
) -> None:
    blob = put_blob(ana, b"[core]\n\tsshCommand = evil\n")
    inner = raw_git(ana, "mktree", stdin=f"100644 blob {blob}\tconfig\n".encode())
    raw = b"40000 " + name.encode() + b"\0" + bytes.fromhex(inner)
    tree = raw_git(ana, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    before = (ana.git_dir / "config").read_bytes()
    result = lay_out(ana, tree, start)
    assert result.written == () and result.skipped == (f"{name}/config",)
    assert (ana.git_dir / "config").read_bytes() == before and not (root.parent / "config").exists()


def test_large_files_come_in_batches(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktree, "_BATCH", 10)
    new = save(ana, {f"f{n}": "x" * 6 for n in range(7)}, start)
    lay(new)
    assert on_disk(root) == in_tree(ana, new)


def test_a_shared_copy_has_no_folder(bare: Repo, start: CommitId) -> None:
    for call in (
        lambda: lay_out(bare, read_commit(bare, start).tree, start),
        lambda: changed_files(bare, ""),
    ):
        with pytest.raises(McredError):
            call()


# --- killed at any instant


KILLER = """
import os, signal, sys
from pathlib import Path
from mcred.store import folder_index as folder
from mcred.store import worktree
from mcred.store.git import open_repo
left = int(sys.argv[4])
def count(real):
    def call(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(*args, **kwargs)
    return call
steps = [(Path, name) for name in ("replace", "unlink", "mkdir", "rmdir")] + [(os, "open"), (worktree, "run")]
for owner, name in steps:
    setattr(owner, name, count(getattr(owner, name)))
worktree.lay_out(open_repo(Path(sys.argv[1])), sys.argv[2], sys.argv[3])
"""


@pytest.mark.slow
def test_killed_anywhere_the_next_call_finishes(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save
) -> None:
    old = save(ana, {"a": "1", "b/c": "1", "d": "1", "mine": "1"}, start)
    new = save(ana, {"a": "2", "b/c": None, "e/f": "2", "mine": "2"}, old)
    newer = save(ana, {"a": "3", "b/c": "3", "e/f": None}, new)
    killed = 0
    for at in range(60):
        lay(old)
        (root / "mine").write_text("edited")
        goal = (new, newer)[at % 2]
        script = (sys.executable, "-c", KILLER, str(root), read_commit(ana, new).tree, new, str(at))
        code = subprocess.run(script, check=False, cwd=Path.cwd()).returncode
        assert code in (0, -signal.SIGKILL)
        lay(goal)
        want = in_tree(ana, goal) | {"mine": b"edited"}
        assert on_disk(root) == want, f"killed at step {at}"
        assert list(changed_files(ana, "")) == ["mine"]
        (root / "mine").write_bytes(in_tree(ana, goal)["mine"])
        killed += code != 0
        if code == 0:
            break
    assert killed > 8 and code == 0


# --- one's own index


def status(root: Path) -> str:
    return subprocess.run(
        ["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True
    ).stdout


def test_git_status_is_clean_after_each_layout(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save
) -> None:
    lay(start)
    assert status(root) == ""
    new = save(ana, {"mcred.yaml": "new"}, start)
    move_refs(ana, [("refs/heads/main", new, start)])
    assert lay(new).note == "" and status(root) == ""


def test_an_index_with_changes_is_left_alone(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save, raw_git: Raw
) -> None:
    lay(start)
    (root / "staged").write_text("x")
    raw_git(ana, "add", "staged")
    before = (ana.git_dir / "index").read_bytes()
    assert "changes in it" in lay(save(ana, {"a": "1"}, start)).note
    assert (ana.git_dir / "index").read_bytes() == before


def test_another_checkout_is_left_alone(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save, raw_git: Raw
) -> None:
    lay(start)
    raw_git(ana, "checkout", "-q", "-b", "other")
    before = (ana.git_dir / "index").read_bytes()
    assert "not on main" in lay(save(ana, {"a": "1"}, start)).note
    assert (ana.git_dir / "index").read_bytes() == before


def test_a_locked_index_is_no_error(ana: Repo, start: CommitId, lay: Lay) -> None:
    (ana.git_dir / "index.lock").write_text("")
    result = lay(start)
    assert "could not be moved" in result.note and result.written


def test_an_index_that_was_locked_for_a_moment_goes_on_with_the_next_call(
    ana: Repo, start: CommitId, lay: Lay, save: Save, raw_git: Raw
) -> None:
    lay(start)
    later = save(ana, {"portfolios/ana/new.md": b"new\n"}, start)
    raw_git(ana, "update-ref", "refs/heads/main", later)
    (ana.git_dir / "index.lock").write_text("")
    assert "could not be moved" in lay(later).note
    (ana.git_dir / "index.lock").unlink()
    last = save(ana, {"portfolios/ana/last.md": b"last\n"}, later)
    raw_git(ana, "update-ref", "refs/heads/main", last)
    assert lay(last).note == ""
    assert raw_git(ana, "diff", "--cached", "--name-status") == "", "a commit would take both back"


# --- reading the folder


def test_changed_files(ana: Repo, root: Path, start: CommitId, lay: Lay) -> None:
    lay(start)
    mine = root / "portfolios" / "ana"
    (mine / "profile.yaml").unlink()
    (mine / "new ü.md").write_text("x")
    (mine / ".DS_Store").write_text("x")
    (root / "mcred.yaml").write_text("elsewhere")
    assert changed_files(ana, "portfolios/ana") == {
        "portfolios/ana/new ü.md": mine / "new ü.md",
        "portfolios/ana/profile.yaml": None,
    }
    assert changed_files(ana, "portfolios/an") == {}
    assert set(changed_files(ana, "portfolios/ana/")) == set(changed_files(ana, "portfolios/ana"))


def test_same_size_and_same_instant_is_noticed(ana: Repo, root: Path, start: CommitId, lay: Lay) -> None:
    lay(start)
    path = root / "mcred.yaml"
    info = path.stat()
    path.write_text("format: 2\n")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert list(changed_files(ana, "")) == ["mcred.yaml"]


def test_unchanged_old_files_are_not_read(
    ana: Repo, root: Path, start: CommitId, lay: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (root / "mcred.yaml",):
        path.write_text("format: 1\n")
        os.utime(path, (1_000_000_000, 1_000_000_000))
    lay(start)

    def read(name: str, *_: object) -> None:
        assert name != "mcred.yaml"

    monkeypatch.setattr(worktree, "which_blob", read)
    assert "mcred.yaml" not in changed_files(ana, "")


def test_a_link_in_ones_folder_is_named(ana: Repo, root: Path, start: CommitId, lay: Lay) -> None:
    lay(start)
    (root / "portfolios" / "ana" / "video.mp4").symlink_to("/etc/passwd")
    for call in (changed_files, snapshot_folder):
        with pytest.raises(McredError, match=r"portfolios/ana/video\.mp4"):
            call(ana, "portfolios/ana")


def test_snapshot_stores_text_with_plain_line_ends_and_the_rest_as_it_is(
    ana: Repo, root: Path, start: CommitId, lay: Lay
) -> None:
    lay(start)
    mine = root / "portfolios" / "ana"
    contents: Mapping[str, bytes] = {
        "1-overview.md": b"\xef\xbb\xbfa\r\nb\r\n",
        "2.md": b"plain\n",
        "evidence/scan.pdf": b"\xef\xbb\xbf\r\n\0",
    }
    for name, data in contents.items():
        (mine / name).parent.mkdir(exist_ok=True)
        (mine / name).write_bytes(data)
    blobs = snapshot_folder(ana, "portfolios/ana")
    stored = read_blobs(ana, blobs.values())
    assert {path.removeprefix("portfolios/ana/"): stored[blob] for path, blob in blobs.items()} == {
        "1-overview.md": b"a\nb\n",
        "2.md": b"plain\n",
        "evidence/scan.pdf": b"\xef\xbb\xbf\r\n\0",
        "profile.yaml": b"name: Ana\n",
    }
    assert snapshot_folder(ana, "portfolios/nobody") == {}


def test_what_is_snapped_and_laid_again_changes_nothing(
    ana: Repo, root: Path, start: CommitId, lay: Lay, save: Save
) -> None:
    lay(start)
    (root / "portfolios" / "ana" / "x.md").write_bytes(b"a\r\n")
    blobs = read_blobs(ana, snapshot_folder(ana, "portfolios/ana").values())
    assert b"a\n" in blobs.values()
    result = lay(save(ana, {"portfolios/ana/x.md": "a\n"}, start))
    assert result.kept == () and changed_files(ana, "") == {}
    assert (root / "portfolios" / "ana" / "x.md").read_bytes() == b"a\r\n", (
        "the person's editor keeps its line ends"
    )
