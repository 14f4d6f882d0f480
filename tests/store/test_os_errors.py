"""What the system and git refuse, as they really word it: the cause, the reason in their words, what helps."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from mcred.domain.ids import CommitId
from mcred.problems import Exit, McredError
from mcred.store.git import Repo, attempt, open_repo, run
from mcred.store.os_errors import explain_git, explain_os_error, pick_words
from mcred.store.outcome import GitFailed
from mcred.store.remote import fetch
from mcred.store.remote_errors import CHANGED_FIRST, explain_unreachable, read_reasons
from tests.conftest import Raw

# ruff: noqa: E501
NO_HEAD = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n"
LOCK = "fatal: Unable to create '/x/.git/packed-refs.lock': File exists.\n\nAnother git process seems to be running in this repository, e.g.\nan editor opened by 'git commit'. Please make sure all processes\nare terminated then try again.\n"
GIT = {
    "error: unable to write file .git/objects/ab/cd: No space left on device\nfatal: cannot store it": "disk is full",
    "fatal: sha1 file '/x/index.lock' write error. Out of diskspace": "disk is full",
    "error: unable to write new index file": "could not be written here",
    "fatal: write error: Disk quota exceeded": "share of the disk",
    "fatal: could not create 'x': Read-only file system": "is read-only",
    LOCK: "another command is running",
    "error: could not lock config file .git/config: File exists": "another command is running",
    "fatal: bad config line 3 in file /h/.gitconfig": "settings of git in /h/.gitconfig",
    "fatal: bad numeric config value 'x' for 'gc.auto' in file /h/.gitconfig: invalid unit": "settings of git",
    "fatal: bad numeric config value 'x' for 'core.compression': invalid unit": "settings of git",
    "fatal: unable to access '/h/.config/git/config': Permission denied": "your account does not have permission",
    "error: insufficient permission for adding an object to repository database .git/objects\nfatal: no": "your account",
    "error: object file .git/objects/9b/1e is empty\nfatal: loose object 9b1e is corrupt": "is damaged",
    "fatal: index file corrupt": "is damaged",
    "error: unable to normalize alternate object path: /gone/objects\nfatal: bad object HEAD": "is damaged",
    "fatal: unable to create thread: Resource temporarily unavailable": "cannot run more programs",
    "fatal: cannot open x: Too many open files": "cannot run more programs",
    "error: unable to create file a: File name too long": "a name is too long",
    "fatal: read error: Input/output error": "is not responding properly",
    "fatal: update_ref failed for ref 'refs/heads/submission/a': cannot lock ref 'refs/heads/submission/a': "
    "'refs/heads/submission' exists; cannot create 'refs/heads/submission/a'": "submission is in the way",
    "fatal: detected dubious ownership in repository at '/s/x y'": "/s/x y belongs to another user",
    "xcrun: error: invalid active developer path": "too old or not completely",
}


@pytest.mark.parametrize("stderr", GIT)
def test_a_cause_of_the_surroundings_is_no_bug_and_keeps_gits_own_reason(stderr: str) -> None:
    failed = GitFailed(("update-ref",), 128, stderr)
    code = Exit.UNREACHABLE if GIT[stderr] == "is damaged" else Exit.REFUSED
    assert GIT[stderr] in failed.what and failed.code is code and failed.hint
    assert "dubious" in stderr or pick_words(stderr) in failed.what


def test_what_git_was_asked_wrongly_stays_a_bug() -> None:
    assert GitFailed(("cat-file",), 129, "usage: git cat-file <type> <object>").code is Exit.BUG
    assert GitFailed(("rev-parse",), 128, "fatal: ambiguous argument 'x'").code is Exit.BUG


@pytest.mark.parametrize(("status", "said"), [(-9, "signal 9"), (127, "does not work")])
def test_a_git_that_was_stopped_or_does_not_start_is_no_bug(status: int, said: str) -> None:
    failed = GitFailed(("fetch",), status, "")
    assert said in failed.what and failed.code is Exit.REFUSED


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_has_its_words_and_its_place(number: int) -> None:
    error = explain_os_error(OSError(number, os.strerror(number), "/work/a.md"))
    assert os.strerror(number) in error.what and "/work/a.md" in error.what
    assert error.hint and error.code is Exit.REFUSED


@pytest.mark.parametrize(
    ("stderr", "says"),
    [
        (
            "fatal: detected dubious ownership in repository at '/srv/x.git'\nTo add an exception\n"
            + NO_HEAD,
            "another user",
        ),
        (
            "fatal: unable to access 'https://x/': SSL certificate problem: certificate has expired",
            "certificate",
        ),
        ("fatal: unable to access 'https://x/': Could not resolve proxy: p.local", "proxy"),
        ("fatal: unable to access 'https://x/': Received HTTP code 407 from proxy after CONNECT", "proxy"),
        ("error: cannot run ssh: No such file or directory\nfatal: unable to fork", "not installed"),
        ("sh: 1: ssh: not found\n" + NO_HEAD, "not installed"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 503", "is not responding"),
        ("fatal: write error: No space left on device\nfatal: index-pack failed", "disk is full"),
        (
            "remote: fatal: write error: No space left on device\nerror: failed to push some refs",
            "at https://e.org/p: the disk",
        ),
        ("remote: fatal: odd: very odd\nfatal: the remote end hung up unexpectedly", "odd: very odd"),
        (LOCK, "packed-refs.lock"),
    ],
)
def test_why_the_other_side_was_not_reached_is_not_guessed(stderr: str, says: str) -> None:
    error = explain_unreachable(stderr, "https://e.org/p")
    assert says in error.what and "and the repository exists" not in error.what


def test_a_refused_ref_keeps_its_reason() -> None:
    line = "!\tabc:refs/heads/submission/a/b\t[remote rejected] (failed to update ref)\n"

    def why(said: str) -> str:
        heard = f"remote: error: cannot lock ref 'refs/heads/submission/a/b': {said}        \n"
        return read_reasons(line, heard)["refs/heads/submission/a/b"]

    assert why("is at 1111 but expected 2222") == why("reference already exists") == CHANGED_FIRST
    assert "branch named submission is in the way" in why("'refs/heads/submission' exists; cannot create 'x'")
    assert "x.lock" in why("Unable to create '/r/x.lock': File exists.")
    assert "Permission denied" in why("Unable to create '/r/x.lock': Permission denied")
    full = "!\tabc:refs/heads/x\t[remote rejected] (unpacker error)\n"
    heard = "remote: fatal: write error: No space left on device\n"
    assert "No space left on device" in read_reasons(full, heard)["refs/heads/x"]


def test_broken_settings_are_not_taken_for_a_folder_without_a_programme(
    ana: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "gitconfig"
    own.write_text("[user\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert ana.work_tree is not None
    with pytest.raises(McredError, match="settings of git in") as refused:
        open_repo(ana.work_tree)
    assert f"fix line 1 of {own}" in str(refused.value.hint)


def test_settings_are_named_so_that_they_are_found(ana: Repo, bare: Repo, start: CommitId) -> None:
    failed = GitFailed(
        ("x",), 128, "fatal: bad numeric config value 'x' for 'core.compression': invalid unit"
    )
    assert "core.compression" in str(failed.hint)
    settings = bare.git_dir / "config"
    settings.write_text(settings.read_text() + "[core\n")
    with pytest.raises(McredError, match=re.escape(f"settings of git in {settings} cannot be read")):
        fetch(ana)
    assert ana.work_tree is not None
    settings = ana.git_dir / "config"
    settings.write_text(settings.read_text() + "[core\n")
    (ana.work_tree / "deep").mkdir()
    for place in (ana.work_tree, ana.work_tree / "deep"):
        with pytest.raises(McredError, match=re.escape(f"settings of git in {settings} cannot be read")):
            open_repo(place)


def test_the_settings_and_the_owner_at_a_host_are_not_taken_for_ones_here() -> None:
    broken = explain_unreachable("fatal: bad config line 9 in file ./config\n" + NO_HEAD, "git@h.org:p.git")
    assert "git@h.org:p.git/config" in broken.what
    said = "fatal: detected dubious ownership in repository at '/srv/p.git'\n" + NO_HEAD
    there, here = explain_unreachable(said, "git@h.org:p.git"), explain_unreachable(said, "/srv/p.git")
    assert "another user of that computer" in there.what and "--system" in str(there.hint)
    assert "another user of this computer" in here.what and "--global" in str(here.hint)


def test_a_lock_and_a_damaged_object_as_git_really_says_it(ana: Repo, raw_git: Raw) -> None:
    lock = ana.git_dir / "refs" / "heads" / "new.lock"
    lock.touch()
    with pytest.raises(GitFailed, match="another command is running") as locked:
        run(ana, "-c", "core.filesRefLockTimeout=0", "update-ref", "refs/heads/new", "refs/heads/main")
    assert str(lock) in locked.value.what and locked.value.code is Exit.REFUSED
    head = raw_git(ana, "commit-tree", "-m", "x", "main^{tree}").strip()
    place = ana.git_dir / "objects" / head[:2] / head[2:]
    place.chmod(0o600)
    place.write_bytes(b"")
    with pytest.raises(GitFailed, match="is damaged") as damaged:
        run(ana, "cat-file", "commit", head)
    assert damaged.value.code is Exit.UNREACHABLE and str(damaged.value.hint).startswith("mcred doctor")


@pytest.mark.parametrize("end", [b"x" * 50, b"x" * 50 + b"\n"], ids=["cut", "odd"])
def test_a_list_of_refs_cut_short_is_damage(ana: Repo, raw_git: Raw, end: bytes) -> None:
    raw_git(ana, "pack-refs", "--all")
    place = ana.git_dir / "packed-refs"
    place.write_bytes(place.read_bytes() + end)
    with pytest.raises(GitFailed, match="is damaged"):
        run(ana, "for-each-ref")


@pytest.mark.skipif(os.name == "nt", reason="rights of that kind are not Windows'")
def test_a_git_that_cannot_be_started_is_named(
    ana: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").write_text("no program")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(McredError, match="git does not start") as refused:
        attempt(ana, "status")
    assert "git-scm.com" in str(refused.value.hint)
    (tmp_path / "git").chmod(0o755)
    with pytest.raises(McredError, match="does not start"):
        attempt(ana, "status")


def test_words_that_say_nothing_are_passed_over() -> None:
    assert pick_words(f"remote: fatal: one reason\n{NO_HEAD}") == "one reason"
    assert explain_git("") is None


class OfWindows(OSError):
    """An error with Windows' own code, which only Windows' Python sets."""

    def __init__(self, number: int, code: int, name: str) -> None:
        super().__init__(number, "as Windows says it", name)
        self.winerror = code


@pytest.mark.parametrize(
    ("error", "what", "helps"),
    [
        (OfWindows(errno.EACCES, 32, r"C:\a.md"), "another program is using it", "close that program"),
        (OfWindows(errno.EACCES, 5, r"C:\a.md"), "another program has the file open", "close the programs"),
        (OfWindows(errno.ENOENT, 206, r"C:\a.md"), "a name is too long", "move it higher up"),
        (OfWindows(errno.ENOENT, 3, "C:\\" + "a" * 260), "a name is too long", "move it higher up"),
        (OfWindows(errno.EINVAL, 123, r"C:\a?.md"), "Windows takes no such name", "another name"),
        (OfWindows(errno.ENOENT, 2, r"C:\a.md"), "something is missing", "put it back"),
    ],
)
def test_what_windows_tells_apart_by_codes_of_its_own(error: OSError, what: str, helps: str) -> None:
    told = explain_os_error(error)
    assert what in told.what and str(error.filename) in told.what and helps in str(told.hint)
