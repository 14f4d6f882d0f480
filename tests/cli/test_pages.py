"""`build` and `serve`: the same pages for everyone, and no one in them who did not wish it."""

from __future__ import annotations

import signal
import socket
import urllib.request
from pathlib import Path

from tests.cli.court import (
    on_main,
    start_mcred,
)
from tests.cli.town import WAIT, Town, digests


def test_a_port_that_is_taken_is_said_and_a_free_one_serves(town: Town) -> None:

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = town.run("rosa", "serve", "--port", str(port), "--out", str(town.place / "s"), expect=1)
        assert f"port {port} is already in use" in said.said
        assert said.next == "mcred serve --port 0"
    process = start_mcred(town, "rosa", "serve", "--port", "0", "--out", str(town.place / "s"))
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    address = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
    with urllib.request.urlopen(address) as answer:  # noqa: S310 (our own server)
        assert b"Lakeside Schools" in answer.read()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert (process.returncode, rest.decode()) == (0, "")


def test_pages_are_the_same_bytes_each_time_and_in_each_copy(earned: Town) -> None:
    town = earned
    town.submit("ben")
    one, two = town.place / "one", town.place / "two"
    said = town.run("rosa", "build", "--out", str(one))
    assert "1 badge has a page" in said.out
    first = digests(one)
    times = {p: p.stat().st_mtime_ns for p in one.rglob("*") if p.is_file()}
    assert "0 files changed" in town.run("rosa", "build", "--out", str(one)).out
    assert {p: p.stat().st_mtime_ns for p in one.rglob("*") if p.is_file()} == times
    town.run("mei", "build", "--out", str(two))
    assert digests(two) == first
    assert f"badges/ana/{WAIT}/1/badge.json" in first
    assert not any("ben" in Path(p).parts for p in first)
    assert (one / f"badges/ana/{WAIT}/1/badge.json").read_bytes() == on_main(
        town, f"portfolios/ana/{WAIT}/attempts/1/badge.json"
    )
    (one / "index.html").write_text("changed by hand", "utf-8")
    assert "1 file changed" in town.run("rosa", "build", "--out", str(one)).out
    assert digests(one) == first
    said = town.run("rosa", "build", "--out", ".", expect=1)
    assert "the pages need a folder of their own" in said.said


def test_a_dry_run_of_build_writes_nothing(town: Town) -> None:
    said = town.run("rosa", "build", "--out", str(town.place / "s"), "--dry-run")
    assert "Would write" in said.out
    assert not (town.place / "s").exists()


def test_a_private_persons_name_is_in_no_byte_of_the_pages(town: Town) -> None:
    town.run("ana", "setup", "--publish", "private")
    town.run("rosa", "person", "add", "ana")
    town.award("ana")
    site = town.place / "site"
    town.run("rosa", "build", "--out", str(site))
    every = b"".join(p.read_bytes() for p in site.rglob("*") if p.is_file())
    names = "".join(p.as_posix() for p in site.rglob("*"))
    assert b"Ana Reyes" not in every
    assert b"badges/ana" not in every
    assert "/ana/" not in names
    assert b"Wait Time" in every


def test_who_joins_later_gets_the_same_pages(town: Town) -> None:
    who = ("--name", "Zoe Ito", "--id", "zoe", "--school", "Bay")
    town.run("zoe", "join", str(town.remote), str(town.home("zoe")), *who, at=town.place)
    out = town.place / "site"
    town.run("zoe", "build", "--out", str(out))
    before = digests(out)
    town.run("rosa", "build", "--out", str(out))
    assert digests(out) == before
