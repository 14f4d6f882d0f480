"""Evidence of more than 10 MB: Git LFS objects, sealed, that only those fetch who open them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from bench.large_file import hand_in, write_film
from mcred.domain.pieces import FileDigest
from mcred.domain.sealed.large_file import write_pointer
from mcred.store.folder_index import digest_file
from tests.cli.lfs_server import LfsServer
from tests.cli.test_guard import guarded
from tests.cli.test_sealed_work import ANA, sealed
from tests.cli.test_workflows import NAMES, Runner, values_of
from tests.cli.town import OVERVIEW, PLAN, Town, git
from tests.website.test_traces import film as film_with_a_place

__all__ = ["sealed"]
pytestmark = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
SIZE = 30 * 1024 * 1024
FILM = f"portfolios/{ANA}/evidence/lesson.mp4"


def a_film(place: Path, size: int = SIZE, seed: int = 1) -> Path:
    """A file that begins as a film does; its bytes stand nowhere else."""
    place.write_bytes(
        b"\0\0\0\x10ftypisom\0\0\2\0"
        + (size - 16).to_bytes(4)
        + b"mdat"
        + random.Random(seed).randbytes(size - 24)  # noqa: S311
    )
    return place


def begin(town: Town, person: str = "ana") -> Path:
    """Start, with all that is asked for but the film; where the film is."""
    folder, desk = town.start(person), town.desk(person)
    (folder / "1-overview.md").write_text(OVERVIEW, encoding="utf-8")
    (desk / "plan.md").write_text(PLAN, encoding="utf-8")
    town.run(person, "add", str(desk / "plan.md"), "--for", "lesson-plan")
    return a_film(desk / "lesson.mp4")


WORDS = ("--for", "class-video", "--type", "video")


@pytest.fixture
def sent(sealed: Town) -> Town:
    """One where Ana sent a film."""
    film = begin(sealed)
    sealed.run("ana", "add", str(film), *WORDS)
    sealed.run("ana", "submit", "--attest", "all")
    return sealed


def kept(home: Path) -> list[Path]:
    """The large objects of a repository."""
    return [p for p in (home / "lfs" / "objects").rglob("*") if p.is_file()]


def film_in_view(town: Town, person: str) -> list[Path]:
    """The films beside the pages that someone looked at."""
    return list((town.home(person) / ".git" / "mcred" / "view").rglob("*.mp4"))


def test_only_who_opens_it_fetches_it(sent: Town) -> None:
    content = (sent.desk("ana") / "lesson.mp4").read_bytes()
    (asked,) = sent.panel("ana")
    assert ANA in sent.run(asked, "view", ANA, "--text").out
    assert not kept(sent.home(asked) / ".git")
    page = sent.run(asked, "view", ANA, "--no-open").said
    (film,) = film_in_view(sent, asked)
    assert film.read_bytes() == content and film.stem == sha256(content).hexdigest()
    html = (film.parent.parent / "index.html").read_text("utf-8")
    assert f"evidence/{film.name}" in html and "30" in html and "could not be fetched" not in html, page
    for person in ("ben", "dev", asked):
        sent.run(person, "sync")
        assert not kept(sent.home(person) / ".git")
    (there,) = kept(sent.remote)
    sealed_bytes = there.read_bytes()
    assert there.stat().st_mode & 0o060 == 0o060 and there.parent.stat().st_mode & 0o2070 == 0o2070
    assert sealed_bytes.startswith(b"age-encryption.org/v1\n") and content[100:200] not in sealed_bytes
    for home in (sent.home("ana"), sent.home(asked), sent.home("ben"), sent.remote):
        assert _largest_pack(home) < 2**20


def test_its_earner_sees_it_before_it_is_submitted(sealed: Town) -> None:
    film = begin(sealed)
    sealed.run("ana", "add", str(film), *WORDS)
    for _ in range(2):
        sealed.run("ana", "preview", "--no-open")
        (shown,) = film_in_view(sealed, "ana")
        assert shown.read_bytes() == film.read_bytes()
    sealed.run("ana", "submit", "--attest", "all")
    assert "could not be downloaded" not in sealed.run("ana", "preview", "--no-open").said


def _largest_pack(home: Path) -> int:
    """The most bytes of a file in git's own store."""
    git_dir = home / ".git" if (home / ".git").is_dir() else home
    return max(p.stat().st_size for p in (git_dir / "objects").rglob("*") if p.is_file())


@pytest.fixture
def awarded(sent: Town) -> Town:
    """One where Ana's work, with a film, was awarded."""
    sent.assess("ana")
    sent.decide("ana")
    sent.run("ana", "sync")
    return sent


@pytest.mark.parametrize("verb", ["publish-piece", "reveal"])
def test_a_large_file_is_neither_on_pages_nor_revealed(awarded: Town, verb: str) -> None:
    ran = awarded.run("ana", verb, "evidence/lesson.mp4", "--of", ANA, expect=1)
    assert "evidence/lesson.mp4 has 30 MB, and files over 10 MB are neither on pages nor revealed" in ran.err


def test_an_export_has_the_work_but_for_large_files(awarded: Town) -> None:
    awarded.run("ana", "export", "--out", str(awarded.desk("ana") / "mine.zip"))
    with zipfile.ZipFile(awarded.desk("ana") / "mine.zip") as packed:
        names = packed.namelist()
        assert packed.read("work/wait-time/1/evidence/plan.md").decode() == PLAN
        assert "Files over 10 MB are not in it." in " ".join(packed.read("README.txt").decode().split())
    assert "work/wait-time/1/1-overview.md" in names and not any("lesson.mp4" in name for name in names)
    awarded.run("rosa", "export", "--person", "ana", "--out", str(awarded.desk("rosa") / "hers.zip"))
    with zipfile.ZipFile(awarded.desk("rosa") / "hers.zip") as packed:
        assert not any("plan.md" in name or "overview" in name for name in packed.namelist())


@pytest.mark.parametrize("host", NAMES)
def test_what_a_host_runs_needs_no_git_lfs(awarded: Town, host: str) -> None:
    awarded.run("rosa", "init", ".", "--host", host)
    ran = awarded.run("ana", "publish-piece", "Plan.MD", "--of", ANA, "--yes")
    assert "“plan” of ana/wait-time is published" in ran.out, "also by the name that her own file has"
    head = git(awarded.remote, "rev-parse", "main").strip()
    runner = Runner(awarded, awarded.place / "ci", head)
    asked = runner.place / "git-lfs-was-asked"
    runner.script("git-lfs", f"#!/bin/sh\ntouch {asked}; exit 1\n")
    code, said = runner.run(host, "pages", values_of(awarded, head, "main"))
    assert code == 0 and not asked.exists(), said
    pages = runner.programme / "public" if host == "gitlab" else runner.place / "pages"
    published = pages / "badges" / "ana" / "wait-time" / "1" / "evidence"
    assert [f.read_text("utf-8") for f in published.iterdir()] == [PLAN]


def test_the_guard_takes_pointers_to_sealed_files(sealed: Town) -> None:
    film = begin(guarded(sealed))
    sealed.run("ana", "add", str(film), *WORDS)
    sealed.run("ana", "submit", "--attest", "all")
    assert sealed.panel("ana") and f"refs/heads/work/{ANA}/1" in sealed.refs()


def test_one_that_was_changed_at_the_remote_is_named_and_not_shown(sent: Town) -> None:
    (there,) = kept(sent.remote)
    there.chmod(0o644)
    data = there.read_bytes()
    there.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    (asked,) = sent.panel("ana")
    said = sent.run(asked, "view", ANA, "--no-open").said
    assert "1 of 1 large files could not be downloaded" in said and not film_in_view(sent, asked)


@pytest.mark.parametrize("by", ["ana", "rosa"])
def test_one_that_is_erased_leaves_every_store_and_page(sent: Town, by: str) -> None:
    town = guarded(sent)
    (asked,) = town.panel("ana")
    town.run(asked, "view", ANA, "--no-open")
    town.assess("ana")
    town.decide("ana")
    town.run("ana", "sync")
    what = town.run("ana", "reveal", "class-video", expect=1).err
    assert "lesson.mp4 has 30 MB, and files over 10 MB are neither on pages nor revealed" in what
    town.run(by, "erase", "class-video", "--of", ANA, "--reason", "A child can be seen.", "--yes")
    for person in ("ana", asked):
        town.run(person, "sync")
    assert not kept(town.remote) and not kept(town.home("ana") / ".git")
    assert not (town.home("ana") / FILM).exists() and not film_in_view(town, asked)
    assert town.run("rosa", "audit", "--json").json["findings"] == []


def test_another_computer_fetches_it_when_it_is_restored(sealed: Town) -> None:
    sent, film = sealed, begin(sealed)
    fresh = sent.second_computer("ana")
    sent.run("ana", "add", str(film), *WORDS)
    sent.run("ana", "sync", at=fresh)
    assert not (fresh / FILM).exists() and not kept(fresh / ".git")
    assert "lesson.mp4 was not found" not in sent.run("ana", "check", at=fresh, expect=None).said
    sent.run("ana", "save", at=fresh)
    sent.run("ana", "restore", at=fresh)
    assert (fresh / FILM).read_bytes() == (sent.desk("ana") / "lesson.mp4").read_bytes()
    sent.run("ana", "sync", at=fresh)
    assert (fresh / FILM).is_file()


def test_a_lost_file_is_opened_again_from_the_sealed_one(sent: Town) -> None:
    place = sent.home("ana") / FILM
    content = place.read_bytes()
    place.unlink()
    sent.run("ana", "restore")
    assert place.read_bytes() == content


def test_without_git_lfs_add_says_what_to_install(sealed: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    film = begin(sealed)
    bin_ = sealed.place / "bin"
    bin_.mkdir()
    for name in ("git", "sh", "ssh"):
        if found := shutil.which(name):
            (bin_ / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(bin_))
    ran = sealed.run("ana", "add", str(film), *WORDS, expect=None)
    assert (
        ran.code != 0 and "30 MB; files over 10 MB are sent with git-lfs, which is not installed" in ran.err
    )
    assert "Windows" in ran.next and "brew install git-lfs" in ran.next and f"--copy {film}" in ran.next
    link = ("https://video.example.org/1", "--copy", str(film))
    sealed.run("ana", "add", *link, *WORDS)


def test_where_work_is_open_a_larger_file_is_refused(town: Town) -> None:
    film = begin(town)
    ran = town.run("ana", "add", str(film), *WORDS, expect=None)
    assert ran.code != 0 and "more than 25 MB; larger ones are accepted only where" in ran.err


def test_where_work_is_open_a_film_of_11_mb_is_stored_and_on_pages(town: Town) -> None:
    film = a_film(begin(town), 11 * 2**20)
    town.run("ana", "add", str(film), *WORDS)
    town.run("ana", "submit", "--attest", "all")
    town.assess("ana")
    town.decide("ana")
    town.run("ana", "sync")
    town.run("ana", "publish-piece", "evidence/lesson.mp4", "--of", ANA, "--yes")
    town.run("rosa", "build", "--out", str(town.desk("rosa") / "site"))
    (shown,) = (town.desk("rosa") / "site").rglob("*.mp4")
    assert digest_file(shown) == digest_file(film) and not kept(town.home("ana") / ".git")
    parcel = town.desk("ana") / "film.zip"
    town.run("ana", "reveal", "evidence/lesson.mp4", "--of", ANA, "--out", str(parcel))
    with zipfile.ZipFile(parcel) as packed:
        assert packed.read("piece/lesson.mp4") == film.read_bytes()
    assert town.run("rosa", "verify", str(parcel)).out.endswith("\nValid\n")


def test_a_file_that_only_points_to_another_is_not_saved(sent: Town) -> None:
    content = write_pointer(FileDigest(sha256="0" * 64, bytes=SIZE))
    (sent.folder("ana") / "evidence" / "other.mp4").write_bytes(content)
    ran = sent.run("ana", "save", expect=None)
    assert "only points to a file that Git LFS stores elsewhere" in ran.said
    assert "other.mp4" not in git(sent.home("ana"), "ls-tree", "-r", f"refs/mcred/draft/{ANA}")


@pytest.fixture
def server(sealed: Town) -> Iterator[LfsServer]:
    """A host that keeps the large files of everyone in the town, over http."""
    with LfsServer(sealed.place / "host").running() as server:
        for person in ("ana", "mei", "tom", "rosa"):
            git(sealed.home(person), "config", "lfs.url", server.url)
        yield server


def test_a_fetch_that_was_cut_goes_on_where_it_was(sealed: Town, server: LfsServer) -> None:
    film = begin(sealed)
    sealed.run("ana", "add", str(film), *WORDS)
    sealed.run("ana", "submit", "--attest", "all")
    (asked,) = sealed.panel("ana")
    git(sealed.home(asked), "config", "lfs.transfer.maxRetries", "1")
    server.stops_after = 20_000_000
    server.on_stop = lambda: setattr(server, "stops_after", 1)
    said = sealed.run(asked, "view", ANA, "--no-open").said
    assert "1 of 1 large files could not be downloaded" in said and not film_in_view(sealed, asked)
    server.stops_after = None
    sealed.run(asked, "view", ANA, "--no-open")
    (seen,) = film_in_view(sealed, asked)
    assert seen.read_bytes() == film.read_bytes()
    assert server.asked[-1][0] == "GET" and server.asked[-1][1] > 20_000_000


@pytest.mark.parametrize("point", ["while sealing", "while sending", "before the refs are pushed"])
def test_killed_at_any_point_the_same_command_finishes(sealed: Town, server: LfsServer, point: str) -> None:
    film, remote = begin(sealed), server.folder
    drafts = git(sealed.remote, "rev-parse", f"work/{ANA}/draft")
    server.stops_after = 5_000_000 if point == "while sending" else None
    assert _kill_adding(sealed, film, point, server) == -signal.SIGKILL
    here, there = kept(sealed.home("ana") / ".git"), list(remote.iterdir())
    assert (len(here), len(there)) == {
        "while sealing": (0, 0),
        "while sending": (1, 0),
        "before the refs are pushed": (1, 1),
    }[point]
    assert git(sealed.remote, "rev-parse", f"work/{ANA}/draft") == drafts
    server.stops_after = None
    sealed.run("ana", "add", str(film), *WORDS)
    sealed.run("ana", "submit", "--attest", "all")
    (asked,) = sealed.panel("ana")
    sealed.run(asked, "view", ANA, "--no-open")
    (seen,) = film_in_view(sealed, asked)
    assert seen.read_bytes() == film.read_bytes()
    assert len(list(remote.iterdir())) == 1
    if point == "before the refs are pushed":
        assert [verb for verb, _ in server.asked].count("PUT") == 1


_KILLER = """
import os, signal, sys
from pathlib import Path
point = sys.argv.pop(1)
def kill(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
from mcred.store import lfs
if point == "while sealing":
    seen = lfs.Digesting._seen
    lfs.Digesting._seen = lambda self, data: seen(self, data) if self._bytes < 15_000_000 else kill()
elif point == "before the refs are pushed":
    from mcred.store import remote
    talk = remote._talk
    remote._talk = lambda repo, verb, *a, **how: kill() if verb == "push" else talk(repo, verb, *a, **how)
from mcred.cli.app import main
main()
"""


def _kill_adding(town: Town, film: Path, point: str, server: LfsServer) -> int:
    """Add the film with another process, which is killed; returns its exit code."""
    words = [sys.executable, "-c", _KILLER, point, "add", str(film), *WORDS]
    process = subprocess.Popen(words, cwd=town.home("ana"), start_new_session=True)
    server.on_stop = lambda: os.killpg(process.pid, signal.SIGKILL)
    return process.wait(120)


BIG = 60 * 1024 * 1024


def killed_midway(town: Town, server: LfsServer, person: str, *words: str) -> None:
    """A command in a process of its own, that is killed with git-lfs when half of a big file went through."""
    line = [sys.executable, "-m", "mcred", *words]
    process = subprocess.Popen(line, cwd=town.home(person), start_new_session=True, env=quiet())
    server.stops_after, server.on_stop = BIG // 2, lambda: os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(120) == -signal.SIGKILL
    server.stops_after, server.on_stop = None, lambda: None


def quiet() -> dict[str, str]:
    return {**os.environ, "MCRED_NO_INPUT": "1"}


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["save", "submit"])
def test_killed_while_sending_and_while_fetching(sealed: Town, server: LfsServer, verb: str) -> None:
    film, home = a_film(begin(sealed), BIG), sealed.home("ana")
    for person in ("ana", "mei", "tom"):
        git(sealed.home(person), "config", "lfs.transfer.maxRetries", "1")
    server.stops_after = 0  # The host answers nothing while it is added: it waits on this computer.
    sealed.run("ana", "add", str(film), *WORDS)
    assert not list(server.folder.iterdir())
    words = {"save": ("save",), "submit": ("submit", "--attest", "all")}[verb]
    drafts, before = git(sealed.remote, "rev-parse", f"work/{ANA}/draft"), len(server.asked)
    killed_midway(sealed, server, "ana", *words)
    assert len(kept(home / ".git")) == 1 and not list(server.folder.iterdir())
    assert git(sealed.remote, "rev-parse", f"work/{ANA}/draft") == drafts and not sealed.sent("ana")
    sealed.run("ana", *words)
    sealed.run("ana", "submit", "--attest", "all")
    assert [verb for verb, _ in server.asked[before:]] == ["PUT", "PUT"], "the cut one, and once in whole"
    assert len(list(server.folder.iterdir())) == len(kept(home / ".git")) == 1
    assert sealed.sent("ana") == ["1"]

    (asked,) = sealed.panel("ana")
    killed_midway(sealed, server, asked, "view", ANA, "--no-open")
    (part,) = (sealed.home(asked) / ".git" / "lfs" / "incomplete").iterdir()
    os.utime(part, (0, 0))
    assert not film_in_view(sealed, asked)
    sealed.run(asked, "view", ANA, "--no-open")
    (seen,) = film_in_view(sealed, asked)
    assert digest_file(seen) == digest_file(film)
    fetched = [first for verb, first in server.asked if verb == "GET"]
    assert len(fetched) == 2 and fetched[0] == 0 and fetched[1] > BIG // 4, "goes on where it was"
    sealed.run(asked, "view", ANA, "--no-open")
    assert len([verb for verb, _ in server.asked if verb == "GET"]) == 2
    assert not [p for p in (sealed.home(asked) / ".git" / "lfs").rglob("*") if p.is_file()]


def test_what_a_large_film_tells_of_places_is_not_stored(sealed: Town) -> None:
    source, pictures = begin(sealed), b"\0\0\0\0mdat" + bytes(SIZE)
    source.write_bytes(film_with_a_place() + pictures)
    said = sealed.run("ana", "add", str(source), *WORDS)
    assert "place: +52.3700-004.8900/" in said.err and "removed from the copy" in said.err
    stored = (sealed.home("ana") / FILM).read_bytes()
    assert b"52.37" not in stored and stored.endswith(pictures)
    assert len(stored) == source.stat().st_size and source.read_bytes() == film_with_a_place() + pictures


@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("MCRED_TESTS") != "large", reason="needs 10 GB of disk and some minutes")
def test_a_film_of_2_gb_needs_less_than_150_mb_of_memory(sealed: Town) -> None:
    film = write_film(sealed.place / "film.mp4", 2048)
    for verb, (_, memory) in hand_in(sealed, film).items():
        assert memory < 150, verb
    (asked,) = sealed.panel("ana")
    (seen,) = film_in_view(sealed, asked)
    assert digest_file(seen) == digest_file(film)
    for person in ("ben", "dev"):
        sealed.run(person, "sync")
        assert not kept(sealed.home(person) / ".git")
