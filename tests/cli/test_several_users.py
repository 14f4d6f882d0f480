"""A folder that users of one computer share: its owner, a member of its group, and a third who is neither.

Real users of the system, so that only root can try it; each with a home, a umask and settings of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from mcred.cli.demo import CREDENTIAL, example
from mcred.domain.assessment import Agreed, Scoring
from mcred.domain.sealed.large_file import LARGE
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from tests.cli.court import PROJECT

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be several users"
)
GROUP = 64100
USERS = {
    "rosa": (64001, [GROUP]),
    "ana": (64002, [GROUP]),
    "eva": (64003, []),
    "mei": (64004, [GROUP]),
}
PACKAGES = Path(msgspec.__file__).parents[1]


class Computer:
    """One computer with a folder that a group shares."""

    def __init__(self, place: Path, python: str) -> None:
        self.place, self.python = place, python
        self.remote = place / "srv" / "lakeside.git"
        place.chmod(0o755)
        for name, (uid, _) in USERS.items():
            (place / name).mkdir(mode=0o700)
            os.chown(place / name, uid, uid)
        self.remote.parent.mkdir()
        os.chown(self.remote.parent, USERS["rosa"][0], GROUP)
        self.remote.parent.chmod(0o2770)

    def start(self, user: str, *command: str, path: str = os.defpath) -> tuple[int, str]:
        """A program as one of the users; its exit code and all that it says."""
        uid, groups = USERS[user]
        done = subprocess.run(
            command,
            cwd=self.place / user,
            env={"HOME": str(self.place / user), "PATH": path, "PYTHONPATH": f"{PROJECT}:{PACKAGES}"},
            user=uid,
            group=uid,
            extra_groups=groups,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout.decode()

    def mcred(self, user: str, *words: str, code: int = 0) -> str:
        """One command of one user."""
        found, said = self.start(user, self.python, "-m", "mcred", *words)
        assert found == code, said
        return said

    def git(self, user: str, *words: str, code: int = 0) -> str:
        """Plain git, as one of the users."""
        found, said = self.start(user, "git", *words)
        assert found == code, said
        return said

    def refs(self) -> str:
        """What the shared folder has."""
        return self.git("rosa", "--git-dir", str(self.remote), "for-each-ref", "--format=%(refname)")


@pytest.fixture(scope="module")
def python() -> str:
    """A Python that users other than root can start, of the version that the packages here are for."""
    for found in (
        sys.executable,
        shutil.which(f"python3.{sys.version_info[1]}", path="/usr/bin:/usr/local/bin"),
    ):
        command = [str(found), "-c", "import mcred.cli.app"]
        environment = {"PYTHONPATH": f"{PROJECT}:{PACKAGES}"}
        try:
            done = subprocess.run(
                command, user=64001, group=64001, extra_groups=[], env=environment, check=False
            )
        except OSError:
            continue
        if done.returncode == 0:
            return str(found)
    pytest.skip("no Python here that another user can start")


@pytest.fixture(params=["sha1"])
def computer(python: str, request: pytest.FixtureRequest) -> Iterator[Computer]:
    place = Path(tempfile.mkdtemp(prefix="users-"))
    try:
        made = Computer(place, python)
        made.git("rosa", "init", "-q", f"--object-format={request.param}", "-b", "main", "p")
        founder = ("--person", "Rosa Diaz", "--id", "rosa", "--school", "District")
        said = made.mcred("rosa", "init", "p", "--name", "Lakeside", *founder, "--remote", str(made.remote))
        assert "everyone in that group can send there" in said
        yield made
    finally:
        shutil.rmtree(place)


def join(computer: Computer, user: str, code: int = 0) -> str:
    words = (
        "--name",
        f"{user.title()} Reyes",
        "--id",
        user,
        "--school",
        f"School of {user.title()}",
        "--publish",
        "public",
    )
    return computer.mcred(user, "join", str(computer.remote), "p", *words, code=code)


def test_a_member_of_the_group_works_in_a_folder_of_someone_else(computer: Computer) -> None:
    join(computer, "ana")
    computer.mcred("rosa", "--at", "p", "person", "add", "ana")
    computer.mcred("ana", "--at", "p", "sync")
    assert not (computer.place / "ana" / ".gitconfig").exists(), "nothing was written into their settings"
    computer.mcred("ana", "--at", "p", "start", "student-work-protocol")
    assert "refs/heads/work/ana/student-work-protocol/draft" in computer.refs()
    assert "it answers" in computer.mcred("ana", "--at", "p", "doctor")
    # What the one made, the other can add to.
    computer.mcred("rosa", "--at", "p", "setup", "--school", "Harbor")
    computer.mcred("rosa", "--at", "p", "person", "add", "rosa")
    assert "wrong" not in computer.mcred("rosa", "--at", "p", "doctor")
    for path in computer.remote.rglob("*"):
        mode = path.stat().st_mode
        assert path.stat().st_gid == GROUP and mode & 0o040, path
        assert not path.is_dir() or mode & 0o2070 == 0o2070 or path.name == "hooks", path


def test_a_third_user_is_told_why_in_plain_words(computer: Computer) -> None:
    said = join(computer, "eva", code=5)
    assert f"your account may not use {computer.remote}" in said and "add your account to the group" in said
    assert "Traceback" not in said and not (computer.place / "eva" / "p").exists()
    # Others may look into it, and not write: what is refused is the sending.
    computer.remote.parent.chmod(0o2775)
    for path in (computer.remote, *computer.remote.rglob("*")):
        path.chmod(path.stat().st_mode | (0o005 if path.is_dir() else 0o004))
    said = join(computer, "eva", code=5)
    assert "your account" in said or "may read" in said, said
    assert "Traceback" not in said and "refs/heads/person/eva" not in computer.refs()


def test_a_members_own_settings_do_not_let_anything_in(computer: Computer) -> None:
    join(computer, "ana")
    hooks = computer.place / "ana" / "hooks"
    hooks.mkdir()
    os.chown(hooks, *[USERS["ana"][0]] * 2)
    for key, value in {
        "core.hooksPath": str(hooks),
        "receive.denyNonFastForwards": "false",
        "receive.denyDeletes": "false",
        "receive.hideRefs": "refs/heads/main",
        "receive.maxInputSize": "1",
        "safe.directory": "*",
        "user.name": "Ana",
        "user.email": "ana@x",
    }.items():
        computer.git("ana", "config", "--global", key, value)
    main = computer.git("ana", "-C", "p", "rev-parse", "main")
    computer.git("ana", "clone", "-q", str(computer.remote), "x")
    (computer.place / "ana" / "x" / "mcred.yaml").write_text("broken")
    computer.git("ana", "-C", "x", "commit", "-qam", "not allowed")
    for more in ((), ("-c", f"core.hooksPath={hooks}"), ("-c", "receive.denyNonFastForwards=false")):
        said = computer.git("ana", "-C", "x", *more, "push", "origin", "+HEAD:main", code=1)
        assert "mcred: refs/heads/main" in said, said
    said = computer.git("ana", "-C", "x", "push", "origin", ":main", code=1)
    assert "refs/heads/main" in said
    assert computer.git("rosa", "--git-dir", str(computer.remote), "rev-parse", "main") == main


def test_a_check_that_does_not_start_lets_nothing_in_and_says_so(computer: Computer) -> None:
    join(computer, "ana")
    hook = computer.remote / "hooks" / "pre-receive"
    text = hook.read_text().replace(f"PYTHON={computer.python}", "PYTHON=/root/no/python")
    hook.write_text(text)
    before = computer.refs()
    computer.mcred("rosa", "--at", "p", "setup", "--school", "Bay", code=6)
    said = computer.mcred("rosa", "--at", "p", "sync", code=6)
    assert "the check on this server does not start" in said and computer.refs() == before
    # An mcred that the sender has answers in its place.
    bin_folder = computer.place / "bin"
    bin_folder.mkdir()
    own = bin_folder / "mcred"
    own.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT}:{PACKAGES} exec {computer.python} -m mcred "$@"\n')
    own.chmod(0o755)
    command = (computer.python, "-m", "mcred", "--at", "p", "sync")
    found, said = computer.start("rosa", *command, path=f"{bin_folder}:{os.defpath}")
    assert found == 0 and "refs/heads/person/rosa" in computer.refs(), said


def test_an_older_shared_folder_is_put_right_by_its_owner(computer: Computer) -> None:
    remote = str(computer.remote)
    for key in ("core.hooksPath", "core.sharedRepository", "receive.hideRefs"):
        computer.git("rosa", "--git-dir", remote, "config", "--unset-all", key)
    for path in (computer.remote, *computer.remote.rglob("*")):
        path.chmod(path.stat().st_mode & 0o700)
    join(computer, "ana", code=5)
    found = computer.mcred("rosa", "--at", "p", "doctor", code=1)
    assert "others in its group cannot send to it" in found and "core.hooksPath" in found
    assert "set up for its group" in computer.mcred("rosa", "--at", "p", "doctor", "--fix")
    join(computer, "ana")
    assert "refs/heads/person/ana" in computer.refs()


def put(computer: Computer, user: str, path: str, content: bytes) -> None:
    """Write a file in a user's folder, as that user's own."""
    place = computer.place / user / "p" / path
    place.write_bytes(content)
    os.chown(place, *[USERS[user][0]] * 2)


def hand_in(computer: Computer, user: str) -> None:
    """Start, and fill in all that is asked for, with the example that passes."""
    computer.mcred(user, "--at", "p", "start", CREDENTIAL)
    passing = example(CREDENTIAL, "proficient")
    for answers in sorted(passing.glob("*.md")):
        put(computer, user, f"portfolios/{user}/{CREDENTIAL}/{answers.name}", answers.read_bytes())
    listed, _ = decode((passing / "submission.yaml").read_bytes(), Submission, "submission.yaml")
    assert listed is not None
    for number, piece in enumerate(listed.evidence):
        source = piece.url
        if piece.file:
            source = f"{number}{Path(piece.file).suffix}"
            put(computer, user, source, (passing / piece.file).read_bytes())
        words = ("--for", piece.item, "--type", piece.type, "--title", piece.title, "--in", CREDENTIAL)
        more = (
            *(("--about", piece.about) if piece.about else ()),
            *(("--students",) if piece.students else ()),
        )
        computer.mcred(user, "--at", "p", "add", source, *words, *more)


def agreed_scores() -> bytes:
    """The scores of the example that passes."""
    agreed, _ = decode(
        (example(CREDENTIAL, "proficient") / "agreed.yaml").read_bytes(), Agreed, "agreed.yaml"
    )
    assert agreed is not None
    return encode(Scoring(format=2, scores=agreed.scores, summary="Read with pleasure."))


@pytest.mark.slow
@pytest.mark.parametrize("computer", ["sha1", "sha256"], indirect=True)
def test_a_whole_tour_between_users_in_a_folder_of_one_of_them(computer: Computer) -> None:
    submission = f"ana/{CREDENTIAL}"
    computer.git("ana", "config", "--global", "safe.bareRepository", "explicit")
    rosa = partial(computer.mcred, "rosa", "--at", "p")
    rosa("key", "new")
    for user, roles in (("ana", ()), ("mei", ("--role", "expert"))):
        join(computer, user)
        rosa("person", "add", user, *roles)
        computer.mcred(user, "--at", "p", "sync")
    hand_in(computer, "ana")
    computer.mcred("ana", "--at", "p", "submit", CREDENTIAL, "--attest", "all")
    assert submission in computer.mcred("mei", "--at", "p", "queue")
    put(computer, "mei", "scores.yaml", agreed_scores())
    computer.mcred("mei", "--at", "p", "assess", submission, "--from", "scores.yaml", "--yes")
    rosa("reconcile", submission, "--award", "--yes")
    computer.mcred("ana", "--at", "p", "sync")
    assert "earned" in computer.mcred("ana", "--at", "p", "status")
    computer.mcred("mei", "--at", "p", "sync")
    for user in ("rosa", "ana", "mei"):
        assert "1 of 1 awards proved" in computer.mcred(user, "--at", "p", "audit")
        computer.mcred(user, "--at", "p", "doctor")
    join(computer, "eva", code=5)


def test_what_a_program_of_one_member_left_there_stops_none(computer: Computer) -> None:
    join(computer, "ana")
    stray = computer.remote / "refs" / "heads" / "desktop.ini"
    for user in ("ana", "rosa"):
        stray.write_text("[.ShellClassInfo]")
        computer.mcred(user, "--at", "p", "setup", "--school", "Bay")
        assert not stray.exists()
    moved = computer.remote / "mcred" / "moved-away" / "refs" / "heads"
    assert len(list(moved.iterdir())) == 2


def test_what_an_administrators_command_made_is_named_with_the_way_to_get_it_back(computer: Computer) -> None:
    join(computer, "ana")
    for path in ("p/.git/refs/heads", "p/.git/index", "p/.git/mcred/laid.json", "p/portfolios/ana"):
        place = computer.place / "ana" / path
        before = place.stat()
        os.chown(place, 0, 0)
        place.chmod(0o700 if place.is_dir() else 0o600)
        said = computer.mcred("ana", "--at", "p", "doctor", code=1)
        may = "write in" if place.is_dir() else "read"
        assert f"your account may not {may} {place}: it belongs to root" in said and "sudo chown -R" in said
        failed, told = computer.start("ana", computer.python, "-m", "mcred", "--at", "p", "sync")
        assert failed in (0, 1, 5, 7) and "our bug" not in told and "Traceback" not in told
        os.chown(place, before.st_uid, before.st_gid)
        place.chmod(0o500 if place.is_dir() else 0o200)
        assert f"{place} can be used by you again" in computer.mcred("ana", "--at", "p", "doctor", "--fix")
    computer.mcred("ana", "--at", "p", "sync")


@pytest.mark.skipif(shutil.which("git-lfs", path=os.defpath) is None, reason="git-lfs is not installed here")
def test_a_large_file_goes_into_a_folder_of_somebody_else(computer: Computer) -> None:
    join(computer, "ana")
    computer.mcred("rosa", "--at", "p", "person", "add", "ana")
    computer.mcred("ana", "--at", "p", "sync")
    computer.mcred("ana", "--at", "p", "start", CREDENTIAL)
    put(computer, "ana", "class.mp4", os.urandom(LARGE + 1))
    words = ("--for", "class-record", "--type", "video", "--title", "One discussion")
    said = computer.mcred("ana", "--at", "p", "add", "class.mp4", *words)
    assert "not sent" not in said and not (computer.place / "ana" / ".gitconfig").exists(), said
    (large,) = (p for p in (computer.remote / "lfs" / "objects").rglob("*") if p.is_file())
    assert large.stat().st_size > LARGE and large.stat().st_gid == GROUP and large.stat().st_mode & 0o040
