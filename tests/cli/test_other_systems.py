"""Where Python has only what it has on Windows: no users, no forks, and no file goes while it is open or
read-only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mcred.store.config import write_config
from mcred.store.git import open_repo
from mcred.store.options import LEAN
from mcred.store.shared import find_faults
from tests.cli.court import PROJECT
from tests.cli.test_guard import guarded
from tests.cli.town import Town

OTHER = r"""
import errno, os, shutil, sys
import platformdirs, platformdirs.unix, platformdirs._paths

user, disk = os.geteuid(), shutil.disk_usage("/")
platformdirs._paths._effective_uid = lambda: user
shutil.disk_usage = lambda place: disk
shutil._use_fd_functions = False
for name in (
    "fork forkpty getuid geteuid getgid getegid getgroups chown lchown fchown fchmod statvfs fstatvfs uname "
    "sync sched_getaffinity mkfifo mknod killpg getpgid setsid nice sysconf pread pwrite register_at_fork "
    "O_NOFOLLOW O_DIRECTORY O_NONBLOCK O_CLOEXEC"
).split():
    if hasattr(os, name):
        delattr(os, name)
for name in ("fcntl", "pwd", "grp", "termios", "tty", "resource", "pty", "readline"):
    sys.modules[name] = None
unlink, replace = os.unlink, os.replace


def refuse_held(path):
    path = os.path.realpath(path)
    held = []
    for number in os.listdir("/proc/self/fd"):
        try:
            held.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        held += [line.rstrip().partition("/")[2].join(("/", "")) for line in maps if "/" in line]
    is_read_only = os.path.isfile(path) and not os.stat(path).st_mode & 0o200
    if is_read_only or any(f"{one}/".startswith(f"{path}/") for one in held):
        raise PermissionError(errno.EACCES, "Access is denied", path)


def other_unlink(path, *, dir_fd=None):
    if not os.path.islink(path):
        refuse_held(path)
    unlink(path)


def other_replace(old, new, **more):
    if os.path.isdir(old):
        refuse_held(old)
    if os.path.isfile(new):
        refuse_held(new)
    replace(old, new)


def other_rename(old, new, **more):
    if os.path.lexists(new):
        raise FileExistsError(errno.EEXIST, "File exists", str(new))
    other_replace(old, new)


def other_symlink(*paths, **more):
    raise OSError(errno.EPERM, "A required privilege is not held by the client")


os.unlink = os.remove = other_unlink
os.replace, os.rename, os.symlink = other_replace, other_rename, other_symlink
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what is open is read from /proc")
def test_everyday_commands_work_there(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text(OTHER, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path / 'other'}:{PROJECT}",
        "PYTHONWARNDEFAULTENCODING": "1",
    }

    def mcred(*words: str) -> str:
        command = [sys.executable, "-m", "mcred", *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        own = [line for line in done.stderr.splitlines() if "EncodingWarning" in line and "/mcred/" in line]
        assert not done.returncode and not own, done.stdout + done.stderr
        return done.stdout

    founder = (
        "--person",
        "Rosa Diaz",
        "--id",
        "rosa",
        "--school",
        "District",
        "--url",
        "https://lake.example",
    )
    mcred("init", "p", "--name", "Lakeside", "--programme-id", "lake", *founder, "--remote", "remote.git")
    mcred("join", "remote.git", "ana", "--name", "Ana Reyes", "--id", "ana", "--school", "Lincoln")
    mcred("--at", "p", "person", "add", "ana")
    mcred("--at", "ana", "sync")
    mcred("--at", "ana", "start", "student-work-protocol")
    mcred("--at", "ana", "link", "../ana.txt")
    assert "wrong" not in mcred("--at", "ana", "doctor")
    mcred("--at", "p", "build", "--out", "site")
    for _ in range(2):
        mcred("--at", "p", "setup", "--school", f"Harbor {_}")
        mcred("--at", "p", "person", "add", "rosa")
        mcred("--at", "p", "publish", "--to", "pages")
    mcred("--at", "p", "audit")
    # What a killed join left is git's, and read-only.
    left = tmp_path / ".ben.joining" / "objects" / "0"
    left.parent.mkdir(parents=True)
    left.touch(0o444)
    mcred("join", "remote.git", "ben", "--name", "Ben Cho", "--id", "ben", "--school", "Lincoln")
    assert not left.exists()


def test_a_check_that_has_no_right_to_start_is_whole_where_there_is_none(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = open_repo(guarded(town).remote, named=True)
    assert find_faults(shared) == ()
    for key in LEAN:
        write_config(shared, key, "1g")
        assert "more memory" in find_faults(shared)[0]
        write_config(shared, key, LEAN[key])
    (shared.git_dir / "hooks" / "pre-receive").chmod(0o644)
    assert "missing" in find_faults(shared)[0]
    monkeypatch.delattr(os, "chown")
    assert find_faults(shared) == ()
