"""`mcred doctor`: each thing that can be amiss is named with a command, and the report keeps secrets."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mcred.app.keys.signing import KEY_FILE
from mcred.cli.terminal import Terminal
from mcred.hosting.values import Protection
from mcred.store.git import open_repo
from tests.cli.court import repo_of
from tests.cli.town import OVERVIEW, WAIT, Town, git
from tests.cli.webtown import show_on


def levels(town: Town, person: str = "ana", expect: int | None = 0) -> dict[str, str]:
    """Topic → level, as machines get it."""
    found = town.run(person, "doctor", "--json", expect=expect).json
    assert found["schema"] == "mcred/doctor/1"
    assert found["well"] is ("wrong" not in {f["level"] for f in found["findings"]})
    assert all(f["next"] or f["level"] == "good" for f in found["findings"])
    return {f["topic"]: f["level"] for f in found["findings"]}


def test_a_healthy_folder(sent: Town) -> None:
    found = levels(sent)
    assert set(found.values()) == {"good"}
    assert {"mcred", "git", "folder", "shared place", "programme", "you", "key", "clock"} <= set(found)
    said = sent.run("ana", "doctor")
    assert "wrong" not in said.out and said.next == "mcred status"


def test_nothing_is_changed_by_looking(sent: Town) -> None:
    sent.run("ana", "sync")
    before, files = sent.refs("ana"), sent.files("ana")
    sent.run("ana", "doctor")
    assert (sent.refs("ana"), sent.files("ana")) == (before, files)


def test_outside_a_programme(tmp_path: Path, town: Town) -> None:
    ran = town.run("ana", "doctor", at=tmp_path, expect=1)
    assert "folder" in ran.out and ran.next.startswith("mcred ")


def test_without_git(sent: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for said, word in (("", "not on this computer"), ("git version 2.17.1", "older than 2.30")):
        monkeypatch.setattr("mcred.app.doctor.checkup.read_helper", lambda _, said=said: said)
        ran = sent.run("ana", "doctor", expect=1)
        assert word in ran.out and "install" in ran.next


def test_no_one_set_up(sent: Town) -> None:
    git(sent.home("ana"), "config", "--unset", "mcred.person")
    ran = sent.run("ana", "doctor", expect=1)
    assert ran.next == "mcred setup"


def test_a_lost_key_and_one_that_others_can_read(sent: Town) -> None:
    place = repo_of(sent, "ana").state_dir / KEY_FILE
    place.chmod(0o644)
    assert levels(sent, expect=1)["key"] == "wrong"
    dry = sent.run("ana", "doctor", "--fix", "--dry-run", expect=1)
    assert place.stat().st_mode & 0o077 and dry.next == "mcred doctor --fix"
    mended = sent.run("ana", "doctor", "--fix")
    assert "only you can read" in mended.out
    assert not place.stat().st_mode & 0o077
    assert "Fixed" not in sent.run("ana", "doctor", "--fix").out
    place.rename(place.with_name("elsewhere"))
    assert sent.run("ana", "doctor", expect=1).next == "mcred setup"


def test_a_key_that_waits_and_a_person_who_waits(town: Town) -> None:
    assert levels(town, "eva")["you"] == "look"
    town.run("ana", "setup", "--new-key")
    found = levels(town)
    assert found["key"] in ("look", "good")


def test_a_remote_that_is_away_or_was_never_there(sent: Town) -> None:
    sent.remote.rename(sent.place / "away.git")
    assert levels(sent, expect=1)["shared place"] == "wrong"
    git(sent.home("ana"), "remote", "remove", "origin")
    assert levels(sent)["shared place"] == "look"


def test_a_clock_that_is_behind(sent: Town) -> None:
    ran = sent.run("ana", "doctor", expect=1, wait=-timedelta(days=30))
    assert "set the clock" in ran.next


def test_work_that_is_only_here(sent: Town) -> None:
    hook = sent.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    (sent.folder("ana") / "1-overview.md").write_text(
        "# Overview questions\n\n## Your setting\n\nNew words.\n"
    )
    sent.run("ana", "save", expect=None)
    found = sent.run("ana", "doctor", "--json").json
    assert {"topic": "your work", "level": "look", "next": "mcred sync"}.items() <= next(
        f for f in found["findings"] if f["topic"] == "your work"
    ).items()
    assert found["next"] == "mcred sync"


def test_every_command_takes_away_what_killed_ones_were_writing(sent: Town) -> None:
    state = open_repo(sent.home("ana")).state_dir
    old, young = state / "tree-old", state / "tree-young"
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (time.time() - 700,) * 2)
    sent.run("ana", "status")
    assert young.is_dir() and not old.exists()


def test_the_report_has_no_secret_no_name_and_no_work(sent: Town) -> None:
    repo = repo_of(sent, "ana")
    key = (repo.state_dir / KEY_FILE).read_text("ascii")
    git(sent.home("ana"), "remote", "set-url", "origin", "https://ana:ghp_planted123@127.0.0.1:1/x.git")
    sent.run("ana", "doctor", "--report", "for-support.txt", expect=None)
    text = (sent.home("ana") / "for-support.txt").read_text("utf-8")
    assert "What mcred doctor found" in text and "server" in text
    for secret in ("planted", "Ana", "Reyes", str(Path.home()), *key.split()[4:7]):
        assert secret not in text, secret
    assert not any(line.strip() and line in key for line in text.splitlines())
    assert "(me)" in text


def test_the_review_host_is_asked_only_when_wanted_and_only_where_there_is_one(sent: Town) -> None:
    assert "review host" not in levels(sent)
    found = sent.run("ana", "doctor", "--host", "--json").json["findings"]
    (row,) = [f for f in found if f["topic"] == "review host"]
    assert (row["level"], row["what"]) == ("good", "none: the program's server is not a review host")


def test_without_a_token_the_host_cannot_be_asked(sent: Town) -> None:
    show_on(sent, "github")
    sent.tokens = {}
    sent.run("ana", "sync", expect=None)
    found = sent.run("ana", "doctor", "--host", "--json", expect=None).json["findings"]
    (row,) = [f for f in found if f["topic"] == "review host"]
    assert row["level"] == "look" and row["next"].endswith("mcred doctor --host")


class Keeping:
    """A host that keeps main in some way."""

    def __init__(self, found: Protection) -> None:
        self.found = found

    def protection(self, branch: str) -> Protection:
        assert branch == "main"
        return self.found


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ((True, True, False), "protects main as it should"),
        ((False, True, False), "main can be overwritten; forbid force pushes in Settings"),
        ((True, False, False), "main can be deleted; forbid that in Settings"),
        ((None, True, False), "whether main can be overwritten is not visible with this token"),
        ((True, True, True), "no one may push to main, so decisions do not arrive"),
    ],
)
def test_what_a_host_lets_happen_is_said_with_where_to_switch_it(
    sent: Town, monkeypatch: pytest.MonkeyPatch, kept: tuple[bool | None, ...], said: str
) -> None:
    show_on(sent, "github")
    sent.run("ana", "sync", expect=None)
    names = ("refuses_rewriting", "refuses_removal", "refuses_pushes")
    found = Protection(**dict(zip(names, kept, strict=True)))
    monkeypatch.setattr("mcred.app.hosting.session.make_forge", lambda *_: Keeping(found))
    ran = sent.run("ana", "doctor", "--host", "--report", "r.txt", expect=None)
    assert said in " ".join(ran.out.split())
    written = (sent.home("ana") / "r.txt").read_text("utf-8")
    assert sent.tokens["ana"] not in ran.said + written


def said_of(town: Town, *words: str) -> str:
    """What the doctor found, whatever it was."""
    return town.run("ana", "doctor", *words, expect=None).out


def test_locks_and_files_of_other_programs_are_named_and_cleared_here_and_at_the_remote(
    sent: Town,
) -> None:
    old = time.time() - 7200
    left = []
    for folder in (sent.home("ana") / ".git", sent.remote):
        (folder / "refs" / "heads" / "desktop.ini").write_text("[.ShellClassInfo]\n")
        (folder / "packed-refs.lock").touch()
        os.utime(folder / "packed-refs.lock", (old, old))
        left += [folder / "refs" / "heads" / "desktop.ini", folder / "packed-refs.lock"]
    found = said_of(sent)
    assert all(str(path) in found for path in left) and "mcred doctor --fix" in found
    fixed = said_of(sent, "--fix")
    assert not any(path.exists() for path in left) and "wrong" not in fixed
    assert (sent.remote / "mcred" / "moved-away" / "refs" / "heads" / "desktop.ini").is_file()
    assert set(levels(sent).values()) == {"good"}


def test_a_shared_folder_of_an_older_mcred_is_put_right(sent: Town) -> None:
    sent.run("rosa", "init", ".", "--remote", str(sent.remote))
    assert "wrong" not in said_of(sent)
    (sent.remote / "hooks" / "pre-receive").write_text("#!/bin/sh\nexec python -m mcred guard\n", "utf-8")
    for key in ("core.hooksPath", "core.sharedRepository"):
        git(sent.remote, "config", "--unset-all", key)
    found = said_of(sent)
    assert "older mcred" in found and "core.hooksPath" in found and "its group cannot send" in found
    assert "checks what arrives" in said_of(sent, "--fix")
    assert set(levels(sent).values()) == {"good"}
    assert git(sent.remote, "config", "--local", "core.hooksPath").strip() == "hooks"


def test_damage_and_a_branch_in_the_way_are_said_with_what_helps(sent: Town) -> None:
    home = sent.home("ana")
    entry = f"100644 blob {'1' * 40}\tx\n".encode()
    made = subprocess.run(
        ["git", "mktree", "--missing"], cwd=home, input=entry, capture_output=True, check=True
    )
    tree = made.stdout.decode().strip()
    commit = git(home, "commit-tree", "-m", "x", tree).strip()
    git(home, "update-ref", "refs/heads/vouch", commit)
    rows = sent.run("ana", "doctor", "--json", expect=1).json["findings"]
    said = " ".join(row["what"] for row in rows if row["level"] == "wrong")
    assert "a branch named vouch is in the way" in said and "is damaged (" in said
    steps = [row["next"] for row in rows if row["level"] == "wrong"]
    assert any(step.startswith("git branch -m vouch old-vouch") for step in steps)
    assert f"mcred join {sent.remote} ANOTHER-FOLDER" in steps


def test_a_damaged_folder_is_not_sent_back_to_the_doctor(sent: Town) -> None:
    home = sent.home("ana")
    git(home, "pack-refs", "--all")
    with (home / ".git" / "packed-refs").open("ab") as file:
        file.write(b"cut")
    assert sent.run("ana", "save", expect=7).next.startswith("mcred doctor")
    ran = sent.run("ana", "doctor", expect=1)
    assert ran.next == f"mcred join {sent.remote} ANOTHER-FOLDER"
    sent.run("ana", *ran.next.split()[1:], at=home.parent)
    assert (home.parent / "ANOTHER-FOLDER" / "mcred.yaml").exists()


def drop_refs_folder(git_dir: Path) -> None:
    """What a sync program leaves of packed refs: no empty folders."""
    git(git_dir, "--git-dir", str(git_dir), "pack-refs", "--all")
    shutil.rmtree(git_dir / "refs")


def with_windows_line_ends(path: Path) -> None:
    """A file as an editor of Windows saves it."""
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def closed_to_the_group(folder: Path) -> None:
    """A folder as a copy of it is."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & 0o755)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda place: (place / "HEAD").write_bytes(b""), "HEAD"),
        (drop_refs_folder, "refs"),
        (lambda place: shutil.rmtree(place / "hooks"), "check of what arrives is missing"),
        (lambda place: with_windows_line_ends(place / "hooks" / "pre-receive"), "check of what arrives"),
        (lambda place: closed_to_the_group(place / "objects"), "others in its group cannot send"),
        (lambda place: (place / "config").unlink(), "others in its group cannot send"),
    ],
    ids=["HEAD", "refs", "hooks", "line ends", "rights", "settings"],
)
def test_what_a_copy_of_the_shared_place_lost_is_written_again(
    sent: Town, harm: Callable[[Path], object], says: str
) -> None:
    sent.run("rosa", "init", ".", "--remote", str(sent.remote))
    harm(sent.remote)
    ran = sent.run("ana", "doctor", expect=1)
    assert says in ran.out and ran.next == "mcred doctor --fix"
    sent.run("ana", "doctor", "--fix")
    (sent.folder("ana") / "1-overview.md").write_text(f"{OVERVIEW}More.\n", "utf-8")
    assert "saved here and online" in sent.run("ana", "sync").out


@pytest.mark.parametrize(
    "harm", [lambda place: (place / "HEAD").unlink(), drop_refs_folder], ids=["HEAD", "refs"]
)
def test_what_a_sync_program_left_out_of_ones_own_folder_is_written_again(
    sent: Town, harm: Callable[[Path], object]
) -> None:
    harm(sent.home("ana") / ".git")
    ran = sent.run("ana", "save", expect=7)
    assert "a sync program left out" in ran.err and ran.next == "mcred doctor --fix"
    assert sent.run("ana", "doctor", expect=1).next == "mcred doctor --fix"
    sent.run("ana", "doctor", "--fix")
    sent.run("ana", "save")


def test_a_lock_at_the_shared_place_is_said_with_the_command_that_clears_it(sent: Town) -> None:
    lock = sent.remote / "refs" / "heads" / "work" / "ana" / WAIT / "draft.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    (sent.folder("ana") / "1-overview.md").write_text(f"{OVERVIEW}More.\n", "utf-8")
    ran = sent.run("ana", "sync", expect=6)
    assert "a lock is in the way there" in ran.err and str(lock.name) in ran.err
    assert ran.next.startswith("mcred doctor --fix")
    os.utime(lock, (time.time() - 7200,) * 2)
    said_of(sent, "--fix")
    sent.run("ana", "sync")


def test_what_a_wrong_clock_locked_is_cleared_too(sent: Town) -> None:
    lock = sent.remote / "packed-refs.lock"
    lock.touch()
    os.utime(lock, (time.time() + 3 * 365 * 86400,) * 2)
    assert str(lock) in said_of(sent)
    said_of(sent, "--fix")
    assert not lock.exists()


def test_a_file_where_a_folder_of_ones_own_should_be(
    sent: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.write_text("x")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(Terminal, "cache", home / ".cache" / "mcred")
    sent.run("ana", "sync")
    row = next(r for r in sent.run("ana", "doctor", "--json").json["findings"] if "your own" in r["topic"])
    assert row["what"].startswith(f"{home} is no folder") and row["level"] == "look"


def test_settings_of_the_shared_place_that_cannot_be_read_are_the_one_thing_said(sent: Town) -> None:
    sent.run("rosa", "init", ".", "--remote", str(sent.remote))
    settings = sent.remote / "config"
    settings.write_text(settings.read_text() + "[core\n")
    rows = sent.run("ana", "doctor", "--json", expect=1).json["findings"]
    wrong = [(row["topic"], row["next"]) for row in rows if row["level"] == "wrong"]
    assert len(wrong) == 1 and wrong[0][0] == "shared place" and str(settings) in wrong[0][1]
    assert str(settings) in sent.run("ana", "sync", expect=None).said


def test_a_folder_where_gits_settings_should_be_is_named(
    sent: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "gitconfig"
    own.mkdir()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert sent.run("ana", "sync", expect=1).next.startswith("mcred doctor")
    assert f"its settings in {own} cannot be read" in said_of(sent)


def test_settings_of_git_that_cannot_be_read_are_named(
    sent: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "gitconfig"
    own.write_text("[user\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert f"line 1 of {own}" in said_of(sent)
    ran = sent.run("ana", "sync", expect=1)
    assert str(own) in ran.err and ran.next.startswith(f"fix line 1 of {own}")
