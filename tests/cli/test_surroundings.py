"""A full disk, closed streams, a folder that is gone, settings of git: said plainly, and no bug of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.court import PROJECT
from tests.cli.town import OVERVIEW, Town, git

FOUNDER = ("--name", "Lakeside", "--person", "Rosa Diaz", "--id", "rosa", "--school", "District")


def start(town: Town, script: str, person: str = "ana") -> tuple[int, str]:
    """A line of the shell in a person's folder, with $MCRED as the command; its exit code and stderr."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "MCRED": f"{sys.executable} -m mcred"}
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=town.home(person),
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr, done.stderr
    return done.returncode, done.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_an_output_that_cannot_be_written_is_said_and_is_no_success(sent: Town) -> None:
    code, said = start(sent, "$MCRED browse > /dev/full")
    assert code == 1 and "No space left on device" in said and "a bug in mcred" not in said
    assert start(sent, "$MCRED browse > /dev/full 2>&1")[0] == 1
    assert start(sent, "$MCRED nonsense 2> /dev/full")[0] != 3


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-", "| true"])
def test_closed_streams_stop_nothing(sent: Town, closed: str) -> None:
    assert start(sent, f"$MCRED status {closed}")[0] == 0


def test_a_reader_that_has_left_stops_no_work(ready: Town) -> None:
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "More.\n", "utf-8")
    for verb in ("show wait-time", "browse", "save"):
        assert start(ready, f"{{ $MCRED {verb}; echo $? >&2; }} | true")[1].splitlines()[-1] == "0", verb
    assert "nothing new to save" in ready.run("ana", "save").out


def test_a_file_of_messages_has_no_progress_bar_though_colors_are_forced(ready: Town) -> None:
    code, said = start(ready, "FORCE_COLOR=1 $MCRED nonsense; FORCE_COLOR=1 $MCRED sync")
    assert code == 0 and "\x1b[" in said and "\x1b[?25l" not in said


def test_a_folder_that_is_gone_is_said(sent: Town) -> None:
    code, said = start(sent, "mkdir gone && cd gone && rmdir ../gone && $MCRED status")
    assert code == 1 and "the folder you are in no longer exists" in said


def test_too_many_open_files_are_no_bug(sent: Town) -> None:
    code, said = start(sent, "ulimit -n 8; $MCRED sync")
    assert code == 1 and "too many files are open" in said


def test_an_error_of_the_system_is_no_bug_and_nothing_is_lost(
    ready: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ready.folder("ana") / "1-overview.md"
    draft.write_text(OVERVIEW + "More.\n", "utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(draft))

    with monkeypatch.context() as patch:
        patch.setattr("mcred.store.worktree.save_laid", full)
        ran = ready.run("ana", "save", expect=1)
    assert f"the disk is full ({draft}: No space left on device)" in ran.err and ran.next
    assert draft.read_text("utf-8").endswith("More.\n")
    ready.run("ana", "save")


@pytest.mark.parametrize("name", ["submission", "review", "person", "vouch"])
@pytest.mark.parametrize("where", ["here", "there"])
def test_a_branch_in_the_way_is_named_with_the_command_that_moves_it(
    name: str, where: str, tmp_path: Path, town: Town
) -> None:
    remote, place = tmp_path / "remote.git", tmp_path / "x"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    git(tmp_path, "clone", "-q", str(remote), str(place))
    git(place, "-c", "user.name=a", "-c", "user.email=a@x", "commit", "-qm", "x", "--allow-empty")
    git(place, "push", "-q", "origin", "HEAD:main")
    git(place if where == "here" else remote, "branch", name, "main")
    ran = town.run("rosa", "init", ".", *FOUNDER, "--remote", str(remote), at=place, expect=1)
    assert f"a branch named {name} is in the way" in ran.err
    assert (place / "mcred.yaml").exists() == (where == "there")
    command, _, _ = ran.next.partition("   (")
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    town.run("rosa", "init", ".", *FOUNDER, "--remote", str(remote), at=place)
    assert "mcred.yaml" in git(remote, "ls-tree", "--name-only", "main")


def test_a_history_that_another_program_began_inside_the_folder_is_named(sent: Town) -> None:
    folder = sent.folder("ana")
    git(folder, "init", "-q")
    ran = sent.run("ana", "save", at=folder, expect=1)
    assert f"cut off from the program in {sent.home('ana')}" in ran.err
    assert ran.next.startswith(f"move the folder {folder / '.git'} somewhere else")
    (folder / ".git").rename(sent.home("ana").parent / "away")
    sent.run("ana", "save", at=folder)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_other_settings_of_git_do_not_stop_a_programme(
    algorithm: str, tmp_path: Path, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "gitconfig"
    own.write_text("[safe]\n\tbareRepository = explicit\n[init]\n\ttemplateDir = /nowhere\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    remote, place = tmp_path / "remote.git", tmp_path / "x"
    git(tmp_path, "init", "-q", f"--object-format={algorithm}", "-b", "main", str(place))
    town.run("rosa", "init", ".", *FOUNDER, "--remote", str(remote), at=place)
    words = ("--name", "Ana Reyes", "--id", "ana", "--school", "Lincoln", "--publish", "public")
    town.run("ana", "join", str(remote), "a", *words, at=tmp_path)
    town.run("rosa", "person", "add", "ana", at=place)
    town.run("ana", "sync", at=tmp_path / "a")
    town.run("ana", "start", "student-work-protocol", at=tmp_path / "a")
    refs = git(
        tmp_path, "--git-dir", str(remote), "for-each-ref", "--format=%(refname) %(objectname)"
    ).split()
    assert "refs/heads/work/ana/student-work-protocol/draft" in refs
    assert len(refs[1]) == (64 if algorithm == "sha256" else 40)


def test_an_address_that_gits_settings_turn_into_another_is_named(
    ready: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(f'[url "/nowhere/"]\n\tinsteadOf = {ready.place}/\n', "utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "More.\n", "utf-8")
    ran = ready.run("ana", "sync", expect=7)
    assert f"at /nowhere/remote.git, which is what your git settings make of {ready.remote}" in ran.err
