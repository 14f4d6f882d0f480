"""`verify` as a recognizer types it: badges from elsewhere, doctored ones, pictures, and no badges at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mcred.badge.artwork import draw_artwork, write_png, write_svg
from mcred.badge.bake import bake
from tests.cli.conftest import Make
from tests.cli.court import on_main, set_rules
from tests.cli.test_key_cases import a_key
from tests.cli.town import WAIT, Town

AWARD = f"portfolios/ana/{WAIT}/awards/1.json"
Document = dict[str, Any]


@pytest.fixture(scope="session")
def first_signed(make_once: Make, first_sent: Town) -> Town:
    """Ana's Wait Time was awarded with a signature of a key that lies nowhere."""

    def build(place: Path) -> Town:
        town = first_sent.copy(place)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MCRED_ISSUER_KEY", a_key(1))
            town.run("rosa", "key", "new")
            town.assess("ana")
            town.decide("ana")
        return town

    return make_once("signed-elsewhere", build)


@pytest.fixture
def badge(first_signed: Town, tmp_path: Path) -> Path:
    """The award as a recognizer got it, in a folder of their own."""
    path = tmp_path / "outside" / "badge.json"
    path.parent.mkdir()
    path.write_bytes(on_main(first_signed, AWARD))
    return path


def verify(town: Town, badge: Path, *words: str, expect: int = 0) -> Document:
    """What machines are told of a badge, outside any programme."""
    ran = town.run("eva", "verify", badge.name, *words, "--json", at=badge.parent, expect=expect)
    assert ran.err == ""
    found: Document = ran.json
    return found


def failed(found: Document) -> list[str]:
    """The names of the checks that do not hold."""
    return [c["check"] for c in found["checks"] if c["ok"] is False]


def test_a_badge_alone_is_enough_and_each_check_has_its_line(first_signed: Town, badge: Path) -> None:
    found = verify(first_signed, badge)
    names = [c["check"] for c in found["checks"]]
    assert names == ["form", "members", "issuer", "coverage", "proof", "dates", "status"]
    ran = first_signed.run("eva", "verify", str(badge), at=badge.parent)
    lines = ran.out.splitlines()
    assert lines[0].split() == ["check", "holds", "what", "was", "found"]
    assert [line.split()[:2] for line in lines if line.startswith(tuple(names))] == [
        [name, "yes"] for name in names
    ]
    assert lines[-1] == "Valid"


@pytest.mark.parametrize(
    ("identity", "answer", "code"),
    [
        ("ana", "valid", 0),
        ("ben", "not valid", 1),
        ("Ana Reyes", "not valid", 1),
        ("ana@x.org", "not valid", 1),
    ],
)
def test_it_is_said_whose_a_badge_is(
    first_signed: Town, badge: Path, identity: str, answer: str, code: int
) -> None:
    found = verify(first_signed, badge, "--identity", identity, expect=code)
    assert found["answer"] == answer
    assert found["state"] == ("valid" if code == 0 else "another's")
    assert found["checks"][-1]["check"] == "recipient"


def new_name(badge: Document) -> None:
    badge["name"] = "Another Skill"


def new_earner(badge: Document) -> None:
    badge["credentialSubject"]["identifier"][0]["identityHash"] = "ben"


def new_member(badge: Document) -> None:
    badge["credentialSubject"]["achievement"]["extra"] = "praise"


def later(badge: Document) -> None:
    badge["validFrom"] = "2020-01-01T00:00:00Z"


def other_issuer(badge: Document) -> None:
    badge["issuer"]["id"] = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def other_proof(badge: Document) -> None:
    badge["proof"]["proofValue"] = badge["proof"]["proofValue"][:-4] + "1111"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (new_name, "proof"),
        (new_earner, "proof"),
        (new_member, "coverage"),
        (later, "proof"),
        (other_issuer, "issuer"),
        (other_proof, "proof"),
    ],
)
def test_whatever_is_changed_the_badge_is_forged(
    first_signed: Town, badge: Path, change: Callable[[Document], None], check: str
) -> None:
    document = json.loads(badge.read_bytes())
    change(document)
    badge.write_text(json.dumps(document), "utf-8")
    found = verify(first_signed, badge, expect=1)
    assert (found["answer"], found["state"]) == ("not valid", "forged")
    assert check in failed(found)
    out = first_signed.run("eva", "verify", str(badge), at=badge.parent, expect=1).out
    assert out.splitlines()[-1] == "Not valid: forged"
    assert next(x for x in out.splitlines() if x.startswith(check)).split()[1] == "NO"


def test_without_its_proof_a_badge_is_unsigned(first_signed: Town, badge: Path) -> None:
    document = json.loads(badge.read_bytes())
    del document["proof"]
    badge.write_text(json.dumps(document), "utf-8")
    found = verify(first_signed, badge, expect=1)
    assert (found["answer"], found["state"], failed(found)) == ("not valid", "unsigned", ["proof"])
    out = first_signed.run("eva", "verify", str(badge), at=badge.parent, expect=1).out
    assert out.splitlines()[-1] == "Not valid: unsigned"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a": 1, "a": 2}',
        b"\xff\xfe",
        b"\x89PNG\r\n\x1a\n",
        b"<svg/>",
        b"[" * 9999,
    ],
    ids=["empty", "list", "null", "cut", "twice", "bytes", "png", "svg", "deep"],
)
def test_what_is_no_badge_is_no_bug(first_signed: Town, badge: Path, data: bytes) -> None:
    badge.write_bytes(data)
    found = verify(first_signed, badge, expect=1)
    assert found["answer"] == "not valid" and failed(found)[0] == "form"


def test_a_hostile_badge_says_nothing_to_the_terminal(first_signed: Town, badge: Path) -> None:
    document = json.loads(badge.read_bytes())
    document["issuer"]["id"] = "did:web:x\x1b[2J\u202e[red]y"
    document["proof"]["verificationMethod"] = document["issuer"]["id"] + "#k"
    badge.write_text(json.dumps(document), "utf-8")
    ran = first_signed.run("eva", "verify", str(badge), at=badge.parent, expect=None)
    assert ran.code in (1, 7) and not set(ran.said) & set("\x1b\u202e")


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_with_the_badge_inside_is_the_badge(first_signed: Town, badge: Path, kind: str) -> None:
    art = draw_artwork("Questioning", "Wait Time", "key")
    picture = badge.with_name(f"badge.{kind}")
    picture.write_bytes(bake(write_png(art, 64) if kind == "png" else write_svg(art), badge.read_bytes()))
    assert verify(first_signed, picture, "--identity", "ana")["answer"] == "valid"


def test_before_its_day_it_is_not_valid_yet(first_signed: Town, badge: Path) -> None:
    words = ("verify", str(badge), "--json")
    ran = first_signed.run("eva", *words, at=badge.parent, wait=timedelta(days=-9), expect=1)
    first_signed.now += timedelta(days=9)
    assert ran.json["state"] == "not yet valid" and failed(ran.json) == ["dates"]


def test_an_unsigned_award_proves_nothing(earned: Town, tmp_path: Path) -> None:
    plain = tmp_path / "plain.json"
    plain.write_bytes(on_main(earned, AWARD))
    found = verify(earned, plain, expect=1)
    assert (found["answer"], found["state"], failed(found)) == ("not valid", "unsigned", ["proof"])


def test_a_badge_of_another_programme_is_judged_by_its_own_key(
    first_signed: Town, badge: Path, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands in a programme with keys of its own looks at a badge from elsewhere."""
    monkeypatch.setenv("MCRED_ISSUER_KEY", a_key(2))
    town.run("rosa", "key", "new")
    town.now = first_signed.now
    ran = town.run("rosa", "verify", str(badge), "--json")
    assert ran.json["answer"] == "valid"
    assert "key period" not in [c["check"] for c in ran.json["checks"]]


def test_in_the_programme_itself_the_keys_own_time_is_checked(
    first_signed: Town, badge: Path, tmp_path: Path
) -> None:
    home = first_signed.copy(tmp_path / "home")
    found = home.run("rosa", "verify", str(badge), "--json").json
    assert [c["ok"] for c in found["checks"] if c["check"] == "key period"] == [True]
    since = home.now.date().isoformat()
    set_rules(home, f"since: '{since}'", f"since: '{since}'\n      until: '2025-02-01'")
    found = home.run("rosa", "verify", str(badge), "--json", expect=1).json
    assert failed(found) == ["key period"] and found["state"] == "forged"


@pytest.mark.parametrize("name", ["gone.json", ".", ""])
def test_a_file_that_is_not_there_is_said(first_signed: Town, badge: Path, name: str) -> None:
    ran = first_signed.run("eva", "verify", name, at=badge.parent, expect=1)
    assert "is not there" in ran.err and ran.next == "mcred verify FILE" and ran.out == ""
