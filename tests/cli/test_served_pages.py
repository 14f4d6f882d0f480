"""`serve` answers on this computer only, and `build` writes where it may: looks of one's own, broken work."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.court import on_main, set_rules, start_mcred
from tests.cli.town import PLAN, TALK, WAIT, Town, digests, git

BADGE = f"badges/ana/{WAIT}/1/badge.json"


@contextmanager
def serving(town: Town, *words: str, quiet: bool = True) -> Iterator[int]:
    """`mcred serve` as a process of its own; its port. `quiet`: whether it is to say nothing more."""
    process: subprocess.Popen[bytes] = start_mcred(town, "rosa", "serve", "--port", "0", *words)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("The pages are at http://127.0.0.1:"), line
        yield int(line.split(":")[2].split("/")[0])
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0 and not (quiet and rest), rest.decode()


def ask(port: int, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    """What the server answers: status, kind, body. The path is sent exactly as given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type", ""), body


def test_the_pages_are_answered_and_nothing_beside_them(earned: Town) -> None:
    secret = earned.home("rosa") / "secret.txt"
    secret.write_text("not a page", "utf-8")
    with serving(earned) as port:
        status, kind, body = ask(port, "/")
        assert (status, kind) == (200, "text/html") and b"Lakeside Schools" in body
        status, kind, body = ask(port, f"/{BADGE}")
        assert (status, kind) == (200, "application/json")
        assert body == on_main(earned, f"portfolios/ana/{WAIT}/attempts/1/badge.json")
        assert ask(port, f"/{BADGE}", "HEAD")[::2] == (200, b"")
        for path in (
            "/nowhere",
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "//../mcred.yaml",
            "/..%2fmcred.yaml",
        ):
            status, _, body = ask(port, path)
            assert status == 404 and b"not a page" not in body and b"maintainers" not in body, path
        assert ask(port, "/", "POST")[0] == 501
        with socket.socket() as other:
            other.settimeout(2)
            assert other.connect_ex(("127.0.0.2", port)) != 0
    assert (earned.home("rosa") / "site" / "index.html").is_file()


def test_it_serves_the_newest_state_from_a_folder_one_names(earned: Town) -> None:
    out = earned.place / "pages"
    earned.run("rosa", "build", "--out", str(out))
    stale = (out / "index.html").read_bytes()
    set_rules(earned, '"Lakeside Schools"', '"Lakeside <Union>"')
    with serving(earned, "--out", str(out)) as port:
        body = ask(port, "/index.html")[2]
    assert body != stale and b"Lakeside &lt;Union&gt;" in body and b"<Union>" not in body
    assert not (earned.home("rosa") / "site").exists()


@pytest.mark.parametrize("verb", ["build", "serve"])
def test_a_folder_with_other_files_is_left_alone(town: Town, verb: str) -> None:
    place = town.place / "mine"
    place.mkdir()
    (place / "letter.txt").write_text("Dear", "utf-8")
    ran = town.run("rosa", verb, "--out", str(place), expect=1)
    assert "has files that mcred did not make: nothing was written" in ran.err
    assert ran.next.startswith("mcred build --out")
    assert list(digests(place)) == ["letter.txt"]


@pytest.mark.parametrize("out", ["portfolios", "credentials", "mcred.yaml", "."])
def test_the_programmes_own_folders_are_never_pages(earned: Town, out: str) -> None:
    before = earned.files("rosa")
    ran = earned.run("rosa", "build", "--out", out, expect=1)
    assert ran.next.startswith("mcred build --out")
    assert earned.files("rosa") == before


@pytest.mark.parametrize("port", ["-1", "65536", "web"])
def test_a_port_that_is_none_is_wrong_usage(town: Town, port: str) -> None:
    ran = town.run("rosa", "serve", "--port", port, expect=2)
    assert "--port" in ran.err and ran.next == "mcred serve --help"


def test_a_look_of_ones_own_is_taken_from_the_folder(town: Town) -> None:
    shipped = Path(__file__).parents[2] / "templates" / "site"
    own = town.home("rosa") / "templates" / "site"
    own.mkdir(parents=True)
    name = "base.html.j2"
    text = (shipped / name).read_text("utf-8")
    (own / name).write_text(text.replace("</body>", "<p>Our own look</p></body>"), "utf-8")
    town.run("rosa", "build")
    page = (town.home("rosa") / "site" / "index.html").read_text("utf-8")
    assert "Our own look" in page
    (own / name).unlink()
    assert "changed in" in town.run("rosa", "build").out
    assert "Our own look" not in (town.home("rosa") / "site" / "index.html").read_text("utf-8")


def test_pages_of_what_is_no_longer_public_go(earned: Town) -> None:
    earned.run("rosa", "build")
    site = earned.home("rosa") / "site"
    assert (site / BADGE).is_file()
    earned.run("ana", "setup", "--publish", "private")
    earned.run("rosa", "person", "add", "ana")
    ran = earned.run("rosa", "build")
    assert "0 badges have a page" in ran.out and not (site / BADGE).exists()
    assert not any(b"Ana Reyes" in p.read_bytes() for p in site.rglob("*") if p.is_file())


def test_only_released_evidence_is_among_the_pages(ready: Town) -> None:
    ready.run("ana", "submit", "--attest", "all")
    ready.assess("ana")
    ready.decide("ana")
    ready.run("ana", "sync")
    ready.run("ana", "publish-piece", "lesson-plan", "--yes")
    ready.run("rosa", "build")
    pages = [p.read_bytes() for p in (ready.home("rosa") / "site").rglob("*") if p.is_file()]
    assert PLAN.encode() in pages
    assert not any(TALK.encode().strip() in page for page in pages)


def test_without_the_remote_the_last_known_pages_are_built_and_that_is_said(earned: Town) -> None:
    fresh, stale = earned.place / "fresh", earned.place / "stale"
    earned.run("rosa", "build", "--out", str(fresh))
    earned.remote.rename(earned.place / "away.git")
    ran = earned.run("rosa", "build", "--out", str(stale))
    assert "The pages show what was last received." in ran.err
    assert digests(fresh) == digests(stale)


def test_a_dry_run_counts_what_a_build_writes(earned: Town) -> None:
    before = earned.files("rosa")
    said = earned.run("rosa", "build", "--dry-run").out
    count = int(said.split()[2])
    assert earned.files("rosa") == before
    ran = earned.run("rosa", "build")
    assert ran.out.startswith(f"{count} files changed in ") and ran.next == "mcred serve --out site"
    assert "1 badge has a page." in ran.out


def test_one_broken_profile_stops_no_one_elses_pages(earned: Town) -> None:
    """Someone put a file on the programme's line that cannot be read."""
    home = earned.home("rosa")
    profile = home / "portfolios" / "ben" / "profile.yaml"
    profile.write_text("format: 2\nid: ben\nname: [x\n", "utf-8")
    git(home, "-c", "commit.gpgsign=false", "commit", "--quiet", "-am", "By hand")
    git(home, "push", "--quiet", "origin", "HEAD:main")
    ran = earned.run("rosa", "build")
    assert "portfolios/ben/profile.yaml:" in ran.err and ": error: " in ran.err
    assert "1 badge has a page." in ran.out
    assert (home / "site" / BADGE).is_file()
    assert "portfolios/ben/profile.yaml:" in earned.run("rosa", "lint", expect=1).out
