"""Towns for the tests of the command line, founded once and copied for each test."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.domain.credential import Validity
from mcred.formats.encode import encode
from tests.cli.court import end_started, set_rules
from tests.cli.town import DEFINITIONS, SITE, SLIP, Town, found_town, set_site
from tests.cli.webtown import introduce, show_on

Make = Callable[[str, Callable[[Path], Town]], Town]


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Whatever a test started ends with it, also where the test failed before it could."""
    yield
    end_started()


@contextmanager
def _world(place: Path) -> Iterator[None]:
    """The empty world of every test, for what is made before the first of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith(("GIT_", "XDG_", "MCRED_", "SSH_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(place))
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make a town once, also where several processes run the tests side by side."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def make(name: str, build: Callable[[Path], Town]) -> Town:
        place, done = base / name, base / f"{name}.done"
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                with _world(base):
                    made = build(place).whole().pack()
                done.write_text(made.now.isoformat(), encoding="utf-8")
        return Town(place=place, now=datetime.fromisoformat(done.read_text("utf-8")), is_fixed=True)

    return make


@pytest.fixture(scope="session")
def first_town(make_once: Make) -> Town:
    """No one has begun anything."""
    return make_once("town", found_town)


@pytest.fixture(scope="session")
def first_ready(make_once: Make, first_town: Town) -> Town:
    """Ana has all that Wait Time asks for, and has not sent it."""

    def build(place: Path) -> Town:
        town = first_town.copy(place)
        town.hand_in("ana")
        return town

    return make_once("ready", build)


@pytest.fixture(scope="session")
def first_sent(make_once: Make, first_ready: Town) -> Town:
    """Ana's Wait Time is in review."""

    def build(place: Path) -> Town:
        town = first_ready.copy(place)
        town.run("ana", "submit", "--attest", "all")
        return town

    return make_once("sent", build)


@pytest.fixture(scope="session")
def first_back(make_once: Make, first_sent: Town) -> Town:
    """Ana's Wait Time came back: one criterion is not there yet."""

    def build(place: Path) -> Town:
        town = first_sent.copy(place)
        town.assess("ana", levels={"questions": "developing"})
        town.decide("ana", "wait-time", "revise", "--feedback", "Open the questions.")
        town.run("ana", "sync")
        return town

    return make_once("back", build)


@pytest.fixture(scope="session")
def first_earned(make_once: Make, first_sent: Town) -> Town:
    """Ana has earned Wait Time."""

    def build(place: Path) -> Town:
        town = first_sent.copy(place)
        town.assess("ana")
        town.decide("ana")
        town.run("ana", "sync")
        return town

    return make_once("earned", build)


@pytest.fixture(scope="session")
def first_peers(make_once: Make, first_town: Town) -> Town:
    """Ana, Ben and Cleo have earned Wait Time, and three peers are asked from now on; Dev's is in review."""

    def build(place: Path) -> Town:
        town = first_town.copy(place)
        set_rules(town, "  peers: 2 ", "  peers: 3 ")
        for earner in ("ana", "ben", "cleo"):
            town.award(earner)
        town.run("dev", "sync")
        town.submit("dev")
        return town

    return make_once("peers", build)


@pytest.fixture(scope="session")
def first_signed(make_once: Make, first_sent: Town) -> Town:
    """Ana has earned Wait Time, and Exit Slip, which holds for a year; awards are signed and in a list."""

    def build(place: Path) -> Town:
        town = first_sent.copy(place)
        (place / "keys").mkdir()
        slip = town.home("rosa") / "credentials" / SLIP / "credential.yaml"
        slip.write_bytes(encode(replace(DEFINITIONS[SLIP], validity=Validity(months=12))))
        set_site(town, SITE)
        town.run("rosa", "key", "new")
        town.assess("ana")
        town.decide("ana")
        town.run("ana", "sync")
        town.award("ana", SLIP)
        return town

    return make_once("signed", build)


@pytest.fixture(scope="session")
def first_shown(make_once: Make, first_ready: Town) -> Town:
    """Ana's award is signed; its page shows her plan, to which she wrote a text too."""

    def build(place: Path) -> Town:
        town = first_ready.copy(place)
        (place / "keys").mkdir()
        town.tell_of_plan("ana")
        town.run("ana", "submit", "--attest", "all")
        set_site(town, SITE)
        town.run("rosa", "key", "new")
        town.assess("ana")
        town.decide("ana")
        town.run("ana", "sync")
        town.run("ana", "publish-piece", "plan.md", "--yes")
        return town

    return make_once("shown", build)


@pytest.fixture
def shown(first_shown: Town, tmp_path: Path) -> Town:
    """One where an item of Ana's award has both a text and evidence, which is shown."""
    return first_shown.copy(tmp_path / "town")


@pytest.fixture
def signed(first_signed: Town, tmp_path: Path) -> Town:
    """One where Ana's awards are signed and can be revoked."""
    return first_signed.copy(tmp_path / "town")


@pytest.fixture
def town(first_town: Town, tmp_path: Path) -> Town:
    """A town of the test's own."""
    return first_town.copy(tmp_path / "town")


@pytest.fixture
def ready(first_ready: Town, tmp_path: Path) -> Town:
    """One where Ana can submit."""
    return first_ready.copy(tmp_path / "town")


@pytest.fixture
def sent(first_sent: Town, tmp_path: Path) -> Town:
    """One where Ana's work is in review."""
    return first_sent.copy(tmp_path / "town")


@pytest.fixture
def back(first_back: Town, tmp_path: Path) -> Town:
    """One where Ana's work came back with feedback."""
    return first_back.copy(tmp_path / "town")


@pytest.fixture
def peers(first_peers: Town, tmp_path: Path) -> Town:
    """One where Dev's work waits for Ana, Ben and Cleo."""
    return first_peers.copy(tmp_path / "town")


@pytest.fixture
def earned(first_earned: Town, tmp_path: Path) -> Town:
    """One where Ana earned Wait Time."""
    return first_earned.copy(tmp_path / "town")


@pytest.fixture(scope="session")
def first_web(make_once: Make, first_town: Town) -> Town:
    """Everyone's names on review hosts are known."""

    def build(place: Path) -> Town:
        town = first_town.copy(place)
        introduce(town)
        return town

    return make_once("web", build)


@pytest.fixture(params=["github", "gitlab", "gitea"])
def web(request: pytest.FixtureRequest, first_web: Town, tmp_path: Path) -> Town:
    """A town that is shown on a review host, once for each kind."""
    return show_on(first_web.copy(tmp_path / "town"), request.param)
