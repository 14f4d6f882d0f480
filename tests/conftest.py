"""Every test runs in a world of its own: no home, no git configuration, no network.

Then a bare shared copy, two people's folders and commits made in one line, for the tests that need git.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mcred.domain.ids import BlobId, CommitId
from mcred.store.config import set_remote
from mcred.store.git import Repo, create_repo
from mcred.store.remote import clone
from mcred.store.signatures import KeyPair, make_key
from mcred.store.write import Author, commit_files, move_refs, put_blob

# Where Python is told to keep no compiled modules, each of the many processes that tests start would compile
# mcred again, which takes longer than what is tested.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A developer's runs look for new counterexamples; a run that must give a verdict repeats the same ones.
settings.register_profile("search", deadline=None, print_blob=True)
settings.register_profile("verdict", deadline=None, print_blob=True, derandomize=True, database=None)
# While someone works on something, an answer soon is worth more than many examples.
settings.register_profile("quick", deadline=None, print_blob=True, max_examples=5)
# The same, with the tests of files of some gigabytes.
settings.register_profile("large", settings.get_profile("verdict"))
settings.load_profile(os.environ.get("MCRED_TESTS") or ("verdict" if os.environ.get("CI") else "search"))

# Under `nohup`, and in the background of a shell without job control, these two are ignored, and every
# process that a test starts would ignore them too. Where this process has a handler, those have the
# default.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)

Save = Callable[..., CommitId]
Raw = Callable[..., str]


class NetworkUsedInATest(RuntimeError):
    """A test tried to leave this computer; give it a bare repository or a local server instead."""


def pytest_xdist_auto_num_workers() -> int | None:
    """One process more than processors: in a sixth of the time a test waits for what it started."""
    if os.environ.get("MCRED_TESTS") == "quick":
        return None
    can = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len(can) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the tests that take long, file by file on all processes: begun last, one keeps all waiting.

    Each process is given as many tests as the others, one after another, and takes over some of another's
    last ones when it is done.
    """
    count: int = getattr(config, "workerinput", {}).get("workercount", 1)
    if count == 1:
        return
    slow: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("slow"):
            slow.setdefault(item.nodeid.partition("::")[0], []).append(item)
    others = [item for item in items if not item.get_closest_marker("slow")]
    shares: list[list[pytest.Item]] = [[] for _ in range(count)]
    for file in sorted(slow.values(), key=len, reverse=True):
        min(shares, key=len).extend(file)
    size, items[:] = len(items) // count, []
    for share in shares:
        room = max(0, size - len(share))
        items += [*share, *others[:room]]
        others = others[room:]
    items += others


def pytest_collection_finish() -> None:
    """Leave nine thousand collected tests out of every later garbage collection."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run what was skipped and why; most reasons name the command that brings it."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"skipped {count}: {reason}")


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where jinja2 keeps its compiled templates for every test: a second for each new home otherwise."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "templates"
    place.mkdir(mode=0o700, exist_ok=True)
    return place


@pytest.fixture(autouse=True)
def pinned_world(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, compiled_templates: Path
) -> None:
    """Home and configuration are empty folders, git's own variables are gone, the network is refused."""
    home = tmp_path_factory.mktemp("home")
    (home / ".cache" / "mcred").mkdir(parents=True)
    (home / ".cache" / "mcred" / "templates").symlink_to(compiled_templates)
    for name in list(os.environ):
        if name.startswith(("GIT_", "XDG_", "MCRED_", "SSH_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name, folder in (
        ("CONFIG", ".config"),
        ("DATA", ".local/share"),
        ("STATE", ".state"),
        ("CACHE", ".cache"),
    ):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / folder))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(socket.socket, "connect", _connect_locally)


_connect = socket.socket.connect


def _connect_locally(self: socket.socket, address: Any) -> None:
    local = self.family not in (socket.AF_INET, socket.AF_INET6) or address[0] in (
        "127.0.0.1",
        "::1",
        "localhost",
    )
    if not local:
        raise NetworkUsedInATest(f"connect to {address!r}")
    _connect(self, address)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder whose name needs care: a space and a letter with an accent."""
    folder = tmp_path / "my école"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def key() -> KeyPair:
    """One person's key."""
    return make_key()


@pytest.fixture(scope="session")
def author() -> Author:
    """One person, on one day."""
    return Author(name="Ana Silva", email="ana@school.example", when=datetime(2026, 3, 1, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="session")
def save(author: Author, key: KeyPair) -> Save:
    """Make a signed commit from texts: `save(repo, {"a.md": "one"}, parent)`; None removes."""

    def make(
        repo: Repo,
        files: Mapping[str, str | bytes | None],
        *parents: CommitId,
        ref: str | None = None,
        old: CommitId | None = None,
        message: str = "Save",
    ) -> CommitId:
        changes: dict[str, BlobId | None] = {}
        for path, data in files.items():
            raw = data.encode() if isinstance(data, str) else data
            changes[path] = None if raw is None else put_blob(repo, raw)
        base = parents[0] if parents else None
        made = commit_files(
            repo, base=base, changes=changes, parents=parents, message=message, author=author, key=key
        )
        if ref:
            move_refs(repo, [(ref, made, old)])
        return made

    return make


@pytest.fixture(scope="session")
def first_day(tmp_path_factory: pytest.TempPathFactory, save: Save) -> tuple[Path, CommitId]:
    """Made once and copied for each test: an empty shared copy, one with a first state, a folder of it."""
    place = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(place))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        create_repo(place / "empty.git", bare=True)
        files = {
            "mcred.yaml": "format: 1\n",
            "portfolios/ana/profile.yaml": "name: Ana\n",
            "portfolios/ben/a.md": "b\n",
        }
        start = save(create_repo(place / "shared.git", bare=True), files, ref="refs/heads/main")
        clone(str(place / "shared.git"), place / "ana")
    return place, start


@pytest.fixture
def bare(work: Path, first_day: tuple[Path, CommitId]) -> Repo:
    """A shared copy with nothing in it."""
    shutil.copytree(first_day[0] / "empty.git", work / "shared.git")
    return Repo(git_dir=work / "shared.git", work_tree=None)


@pytest.fixture
def start(bare: Repo, first_day: tuple[Path, CommitId]) -> CommitId:
    """The first state of the shared copy."""
    shutil.copytree(first_day[0] / "shared.git", bare.git_dir, dirs_exist_ok=True)
    return first_day[1]


@pytest.fixture
def ana(bare: Repo, start: CommitId, work: Path, first_day: tuple[Path, CommitId]) -> Repo:
    """Ana's folder."""
    shutil.copytree(first_day[0] / "ana", work / "ana")
    repo = Repo(git_dir=work / "ana" / ".git", work_tree=work / "ana")
    set_remote(repo, str(bare.git_dir))
    return repo


@pytest.fixture
def ben(bare: Repo, start: CommitId, work: Path) -> Repo:
    """Ben's folder."""
    return clone(str(bare.git_dir), work / "ben")


@pytest.fixture
def raw_git() -> Raw:
    """git itself, as a person or an attacker would type it."""

    def call(repo: Repo | Path, *args: str, stdin: bytes = b"", check: bool = True) -> str:
        where = repo if isinstance(repo, Path) else repo.work_tree or repo.git_dir
        identity = ("-c", "user.name=Mallory", "-c", "user.email=m@example.org")
        done = subprocess.run(
            ["git", *identity, *args], cwd=where, input=stdin, capture_output=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(done.stderr.decode())
        return done.stdout.decode("utf-8", "replace").strip()

    return call
