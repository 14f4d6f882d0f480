"""Debian's `age`, given a person's key file, opens what that person may read, and nothing for others."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.court import asked
from tests.cli.test_sealed_work import ANA, sealed, sent
from tests.cli.town import ANSWER, Town, git

__all__ = ["sealed", "sent"]
pytestmark = pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
PEOPLE = ("ana", "rosa", "mei", "tom", "ben", "cleo")
ADDRESS = "ana@school.example"


def age(key: Path, data: bytes) -> bytes | None:
    """What age opens with a key file, None where it cannot."""
    command = ["age", "--decrypt", "--identity", str(key)]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def mine(town: Town, person: str) -> Path:
    """A person's key file."""
    return town.home(person) / ".git" / "mcred" / "reading-key"


def key_file(town: Town, key: bytes) -> Path:
    """A key that was opened, as a file."""
    place = town.place / "opened-key"
    place.write_bytes(key)
    return place


def show(town: Town, ref: str, path: str) -> bytes:
    """A file at the remote."""
    words = ["git", "show", f"{ref}:{path}"]
    return subprocess.run(words, cwd=town.remote, capture_output=True, check=True).stdout


def keys_of(town: Town, ref: str) -> Sequence[bytes]:
    """The keys, sealed to a reader each, of work or a grant."""
    names = git(town.remote, "ls-tree", "-r", "--name-only", ref, "keys/").split()
    return [show(town, ref, name) for name in names]


def openers(town: Town, *files: bytes) -> Iterator[tuple[str, bytes]]:
    """Who opens one of some age files with their own key, and what it holds."""
    for person in PEOPLE:
        found = [data for file in files if (data := age(mine(town, person), file)) is not None]
        assert len(found) <= 1
        if found:
            yield person, found[0]


def record(town: Town, ref: str, name: str) -> Any:
    """A record of Ana's first attempt at the remote."""
    return json.loads(show(town, ref, f"portfolios/{ANA}/attempts/1/{name}"))


def test_an_attempt_and_its_answers_for_its_readers(sent: Town) -> None:
    ref, judge = f"refs/heads/work/{ANA}/1", asked(sent)
    opened = dict(openers(sent, *keys_of(sent, ref)))
    assert set(opened) == {"ana", "rosa", judge} and len({*opened.values()}) == 1
    key = key_file(sent, opened["ana"])
    listed = json.loads(age(key, show(sent, ref, "list.age")) or b"{}")
    files = {f["path"]: (f["name"], f["key"]) for f in listed["files"]}
    name, own = files["1-overview.md"]
    answer = show(sent, ref, f"files/{name}.age")
    assert age(key, answer) is None and not dict(openers(sent, answer))
    assert ANSWER.encode() in (age(key_file(sent, own.encode()), answer) or b"")


def test_a_grant_for_who_became_an_issuer_later(sent: Town) -> None:
    sent.run("rosa", "person", "add", "cleo", "--role", "issuer")
    sent.run("ana", "sync")
    ref = f"refs/heads/grant/{ANA}/1/ana"
    opened = dict(openers(sent, *keys_of(sent, ref)))
    assert set(opened) == {"cleo"}
    listed = show(sent, f"refs/heads/work/{ANA}/1", "list.age")
    assert b'"1-overview.md"' in (age(key_file(sent, opened["cleo"]), listed) or b"")


def test_an_address_for_the_issuers_and_its_owner(town: Town) -> None:
    town.run("ana", "setup", "--email", ADDRESS)
    town.run("rosa", "person", "add", "ana")
    profile = yaml.safe_load(show(town, "main", "portfolios/ana/profile.yaml"))
    opened = dict(openers(town, base64.b64decode(profile["email"]["sealed"])))
    assert set(opened) == {"ana", "rosa"}
    assert {data.split(b"\n")[0] for data in opened.values()} == {ADDRESS.encode()}
    # Addresses of usual lengths give the same length.
    assert {len(data) for data in opened.values()} == {384}


def test_a_review_for_the_issuers_and_its_assessor_and_after_the_decision_for_her(sent: Town) -> None:
    judge = asked(sent)
    sent.assess("ana", levels={"questions": "developing"})
    review = record(sent, f"refs/heads/review/{ANA}/1/{judge}", f"reviews/{judge}.json")
    content = base64.b64decode(review["sealed"])
    opened = dict(openers(sent, base64.b64decode(review["key"])))
    assert set(opened) == {"rosa", judge} and not dict(openers(sent, content))
    assert b"Say more here." in (age(key_file(sent, opened["rosa"]), content) or b"")
    sent.decide("ana", "wait-time", "revise", "--feedback", "Open the questions.")
    decision = record(sent, "main", "decision.json")
    told = dict(openers(sent, base64.b64decode(decision["sealed"])))
    assert set(told) == {"ana", "rosa", judge} and b"Open the questions." in told["ana"]
    (passed,) = json.loads(told["ana"])["keys"]
    assert b"Say more here." in (age(key_file(sent, passed["key"].encode()), content) or b"")
