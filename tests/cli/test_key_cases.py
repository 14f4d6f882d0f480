"""The issuer's key on this computer: passphrases, other places for it, keys that do not fit, retired ones."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mcred.badges.keys import make_issuer_key, write_key
from tests.cli.court import AtKeyboard, asked, hand_scores, on_main, set_rules
from tests.cli.town import WAIT, Town, git

ANA = f"ana/{WAIT}"
AWARD = f"portfolios/{ANA}/attempts/1/badge.json"
SECRET = "open sesame, twice"  # noqa: S105


def key_files() -> list[Path]:
    """Every key file below the test's own home."""
    return sorted(Path(os.environ["HOME"]).rglob("*.pem*"))


def a_key(number: int, passphrase: str = "") -> str:
    """The text of a key that was made somewhere else."""
    return write_key(make_issuer_key(bytes([number]) * 32), passphrase)


@pytest.fixture
def judged(sent: Town) -> Town:
    """Ana's work can be decided."""
    hand_scores(sent, asked(sent))
    return sent


def listed(town: Town) -> list[str]:
    """The public keys that the programme lists."""
    return [k["multibase"] for k in town.run("mei", "key", "--json").json["keys"]]


def award(town: Town, expect: int = 0) -> str:
    """Rosa awards; what she is told."""
    return town.run("rosa", "reconcile", ANA, "--award", "--yes", expect=expect).said


def test_a_passphrase_without_a_terminal_names_the_variable_and_makes_nothing(town: Town) -> None:
    before = git(town.remote, "rev-parse", "main")
    ran = town.run("rosa", "key", "new", "--passphrase", expect=2)
    assert "not running in a terminal" in ran.err and ran.next == "set MCRED_ISSUER_PASSPHRASE"
    assert not key_files() and git(town.remote, "rev-parse", "main") == before


def test_a_key_with_a_passphrase_is_made_asked_for_and_never_shown(judged: Town) -> None:
    person = AtKeyboard(judged, "rosa", "key", "new", "--passphrase")
    person.answer("A passphrase for the key", SECRET)
    person.child.expect_exact("From now on, every award is signed.")
    judged.now = datetime.now(UTC)  # Others' commands follow the clock of this one, which is the computer's.
    assert SECRET not in person.child.before
    assert person.end() == 0
    (place,) = key_files()
    assert "ENCRYPTED" in place.read_text("ascii") and stat.S_IMODE(place.stat().st_mode) == 0o600
    ran = judged.run("rosa", "reconcile", ANA, "--award", "--yes", expect=2)
    assert ran.next == "set MCRED_ISSUER_PASSPHRASE"
    person = AtKeyboard(judged, "rosa", "reconcile", ANA, "--award", "--yes")
    person.answer("Passphrase of the issuer's key", "not that")
    person.child.expect_exact("the passphrase does not open the issuer key")
    assert person.end() == 1
    person = AtKeyboard(judged, "rosa", "reconcile", ANA, "--award", "--yes")
    person.answer("Passphrase of the issuer's key", SECRET)
    person.child.expect_exact(f"{ANA}, attempt 1: awarded.")
    assert person.end() == 0
    assert SECRET.encode() not in on_main(judged, AWARD)
    assert "proof" in json.loads(on_main(judged, AWARD))


@pytest.mark.parametrize("given", ["file", "text"])
def test_a_locked_key_from_the_surroundings_opens_with_the_variable(
    judged: Town, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    locked = judged.place / "locked.pem"
    locked.write_text(a_key(7, SECRET), "ascii")
    monkeypatch.setenv("MCRED_ISSUER_KEY", str(locked) if given == "file" else locked.read_text("ascii"))
    monkeypatch.setenv("MCRED_ISSUER_PASSPHRASE", SECRET)
    judged.run("rosa", "key", "new")
    assert listed(judged) == [make_issuer_key(b"\x07" * 32).multibase]
    assert not key_files()
    monkeypatch.setenv("MCRED_ISSUER_PASSPHRASE", "wrong")
    assert "the passphrase does not open the issuer key" in award(judged, 1)
    monkeypatch.setenv("MCRED_ISSUER_PASSPHRASE", SECRET)
    award(judged)
    assert "proof" in json.loads(on_main(judged, AWARD))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (a_key(9).encode(), "the key on this computer is not the one that mcred.yaml lists"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "this is not an issuer key"),
        (b"", "this is not an issuer key"),
        ("clé privée".encode(), "this is not an issuer key"),
        (b"\xff\xfe\x00", "this is not an issuer key"),
    ],
    ids=["another key", "broken", "empty", "accents", "bytes"],
)
def test_a_file_that_is_not_the_key_awards_nothing(
    judged: Town, monkeypatch: pytest.MonkeyPatch, content: bytes, said: str
) -> None:
    judged.run("rosa", "key", "new")
    other = judged.place / "other.pem"
    other.write_bytes(content)
    monkeypatch.setenv("MCRED_ISSUER_KEY", str(other))
    before = judged.refs()
    ran = judged.run("rosa", "reconcile", ANA, "--award", "--yes", expect=1)
    assert said in ran.err and ran.next == "mcred key show"
    assert judged.refs() == before
    monkeypatch.delenv("MCRED_ISSUER_KEY")
    award(judged)


def test_a_revise_needs_no_key(judged: Town) -> None:
    judged.run("rosa", "key", "new")
    for place in key_files():
        place.unlink()
    words = ("--revise", "--reason", "Not seen.", "--feedback", "Show it.", "--yes")
    assert "attempt 1: returned for revision." in judged.run("rosa", "reconcile", ANA, *words).out


def test_a_second_maintainer_hears_that_the_key_is_elsewhere(town: Town) -> None:
    town.run("rosa", "key", "new")
    (place,) = key_files()
    kept = place.rename(place.with_name("kept"))
    town.run("rosa", "person", "add", "mei", "--role", "maintainer")
    before = git(town.remote, "rev-parse", "main")
    ran = town.run("mei", "key", "new", expect=1)
    assert "the program already has a key, on another computer" in ran.err and ran.next == "mcred key show"
    shown = town.run("mei", "key").out
    assert "is not on this computer (it would be " in shown and str(place) in shown
    assert town.run("mei", "key", "--json").json["here"] is False
    assert git(town.remote, "rev-parse", "main") == before and not key_files()
    kept.rename(place)
    assert f"Its private part is stored in {place}." in town.run("mei", "key").out


def test_show_names_the_issuer_and_each_key_with_its_time(town: Town) -> None:
    town.run("rosa", "key", "new")
    (key,) = listed(town)
    out = town.run("ben", "key", "show").out
    assert out.splitlines()[0] == f"The issuer is did:key:{key}"
    row = next(line for line in out.splitlines() if line.startswith(key))
    assert row.split()[1:] == ["2026-03-02", "in", "use"]


def test_before_there_is_a_key_machines_get_an_empty_list(town: Town) -> None:
    assert town.run("ben", "key", "--json").json == {
        "schema": "mcred/keys/1",
        "issuer": None,
        "keys": [],
        "here": False,
    }


def test_a_dry_run_names_the_place_and_leaves_none(town: Town) -> None:
    ran = town.run("rosa", "key", "new", "--dry-run")
    assert "issuer-keys" in ran.out and "lakeside.pem" in ran.out and "mcred.yaml" in ran.out
    assert not any(p.name == "issuer-keys" for p in Path(os.environ["HOME"]).rglob("*"))


def test_a_site_that_cannot_name_the_issuer_is_refused_before_anything_is_listed(town: Town) -> None:
    set_rules(town, 'site:\n  url: ""', "site:\n  url: http://badges.example.org")
    before = git(town.remote, "rev-parse", "main")
    ran = town.run("rosa", "key", "new", expect=1)
    assert "did:web needs an https address" in ran.err and ran.next.startswith("set site: url:")
    assert git(town.remote, "rev-parse", "main") == before and listed(town) == []
    set_rules(town, "url: http://badges", "url: https://badges")
    town.run("rosa", "key", "new")
    assert town.run("rosa", "key", "--json").json["issuer"] == "did:web:badges.example.org"


def test_a_retired_key_signs_nothing_and_a_new_one_is_made_beside_it(judged: Town) -> None:
    judged.run("rosa", "key", "new")
    (old,) = listed(judged)
    (place,) = key_files()
    text = place.read_bytes()
    set_rules(judged, "since: '2026-03-02'", "since: '2026-03-02'\n      until: '2026-03-02'")
    assert "Awards of this program are not signed yet." in judged.run("rosa", "key").out
    before = git(judged.remote, "rev-parse", "main")
    for words in ((), ("--dry-run",)):
        ran = judged.run("rosa", "key", "new", *words, expect=1)
        assert "was retired; it no longer signs anything" in ran.err and str(place) in ran.next
    assert git(judged.remote, "rev-parse", "main") == before and place.read_bytes() == text
    place.rename(place.with_name("retired-key"))
    judged.run("rosa", "key", "new")
    assert len(listed(judged)) == 2 and listed(judged)[0] == old
    award(judged)
    document = json.loads(on_main(judged, AWARD))
    assert document["issuer"]["id"] == f"did:key:{listed(judged)[1]}"
    rows = judged.run("rosa", "key").out.splitlines()
    assert [r.split()[1:] for r in rows if r.startswith("z6Mk")] == [
        ["2026-03-02", "2026-03-02"],
        ["2026-03-02", "in", "use"],
    ]
