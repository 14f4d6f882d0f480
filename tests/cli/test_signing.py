"""The programme's key, signed awards, and checking them: `mcred key`, `reconcile`, `build`, `verify`."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from mcred.app.keys.issuer import make_key_file
from mcred.cli.terminal import Terminal
from tests.cli.court import desk_of
from tests.cli.town import WAIT, Town, git, set_site

AWARD = "badges/ana/wait-time/1/badge.json"


def key_file(town: Town) -> Path:
    """Where the founder's key is made: below the test's own home."""
    (found,) = Path(os.environ["HOME"]).rglob("*.pem")
    return found


@pytest.fixture
def signed(sent: Town) -> Town:
    """Ana's Wait Time was awarded with a signature."""
    sent.run("rosa", "key", "new")
    sent.assess("ana")
    sent.decide("ana", WAIT, "award")
    return sent


def badge_of(town: Town) -> Path:
    """The award as the pages have it."""
    town.run("rosa", "build")
    return town.home("rosa") / "site" / AWARD


def test_without_a_key_awards_are_unsigned_and_that_is_said(earned: Town) -> None:
    shown = earned.run("rosa", "key")
    assert "not signed yet" in shown.out and shown.next == "mcred key new"
    assert "proof" not in json.loads(
        git(earned.remote, "show", f"main:portfolios/ana/{WAIT}/attempts/1/badge.json")
    )


def test_the_key_is_made_once_outside_and_listed(town: Town) -> None:
    before = town.refs("rosa")
    assert "Would create a key" in town.run("rosa", "key", "new", "-n").out
    assert town.refs("rosa") == before and not list(Path(os.environ["HOME"]).rglob("*.pem"))
    town.run("rosa", "key", "new")
    place = key_file(town)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert not place.is_relative_to(town.place)
    shown = town.run("rosa", "key", "show", "--json").json
    assert shown["issuer"] == f"did:key:{shown['keys'][0]['multibase']}" and shown["here"] is True
    private = place.read_text().splitlines()[1]
    assert private not in git(town.remote, "log", "-p", "--all")
    tip = git(town.remote, "rev-parse", "main")
    assert "already has a key" in town.run("rosa", "key", "new").out
    assert git(town.remote, "rev-parse", "main") == tip


def test_a_key_that_was_made_and_not_listed_is_listed_by_the_same_command(town: Town) -> None:
    edge = Terminal(at=town.home("rosa"), keys=town.keys, no_input=True)
    make_key_file(edge, desk_of(town).catalog.programme, "")
    made = key_file(town).read_bytes()
    town.run("rosa", "key", "new")
    assert key_file(town).read_bytes() == made
    assert len(town.run("rosa", "key", "--json").json["keys"]) == 1


def test_only_maintainers_make_the_key(town: Town) -> None:
    refused = town.run("ana", "key", "new", expect=5)
    assert "only maintainers" in refused.err and "rosa" in refused.err


def test_an_award_is_signed_and_anyone_can_check_it(signed: Town, tmp_path: Path) -> None:
    copy = tmp_path / "from-ana.json"
    copy.write_bytes(badge_of(signed).read_bytes())
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    issuer = json.loads(copy.read_bytes())["issuer"]["id"]
    words = ("verify", str(copy), "--issuer", issuer)
    ran = signed.run("ana", *words, "--identity", "ana", at=outside)
    assert ran.out.splitlines()[-1] == "Valid"
    said = signed.run("ana", *words, "--json", at=outside).json
    assert (said["schema"], said["answer"]) == ("mcred/verify/1", "valid")
    assert all(check["ok"] and check["clause"] for check in said["checks"])


def test_an_address_is_in_the_badge_as_a_hash_only(sent: Town) -> None:
    sent.run("rosa", "key", "new")
    sent.run("ana", "setup", "--email", "Ana@School.example")
    sent.run("rosa", "person", "add", "ana")
    sent.assess("ana")
    sent.decide("ana", WAIT, "award")
    badge = badge_of(sent)
    sent.run("ben", "sync")
    assert b"school.example" not in badge.read_bytes().lower()
    assert (
        "issued to ana@school.example"
        in sent.run("ben", "verify", str(badge), "--identity", "ana@school.example").out
    )
    other = sent.run("ben", "verify", str(badge), "--identity", "ben@school.example", expect=1)
    assert "Not valid: issued to someone else" in other.out
    for page in (sent.home("rosa") / "site").rglob("*"):
        assert not page.is_file() or b"chool.example" not in page.read_bytes()


def test_a_changed_badge_is_not_valid(signed: Town, tmp_path: Path) -> None:
    document = json.loads(badge_of(signed).read_bytes())
    document["name"] = "Another Skill"
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document))
    assert "Not valid" in signed.run("ana", "verify", str(forged), expect=1).out
    stranger = signed.run("ana", "verify", str(badge_of(signed)), "--identity", "ben", expect=1)
    assert "Not valid: issued to someone else" in stranger.out


def test_with_a_site_the_issuer_is_its_address_and_did_json_is_built(sent: Town, tmp_path: Path) -> None:
    set_site(sent, "https://badges.example.org/lakeside")
    sent.run("rosa", "key", "new")
    sent.assess("ana")
    sent.decide("ana", WAIT, "award")
    badge = badge_of(sent)
    document = json.loads(badge.read_bytes())
    assert document["issuer"]["id"] == "did:web:badges.example.org:lakeside"
    assert document["id"] == f"https://badges.example.org/lakeside/{AWARD}"
    site = sent.home("rosa") / "site"
    assert json.loads((site / "did.json").read_bytes())["id"] == document["issuer"]["id"]
    assert "Valid" in sent.run("rosa", "verify", str(badge)).out
    unknown = sent.run("ana", "verify", str(badge), at=tmp_path, expect=7)
    assert "Cannot tell" in unknown.out and "not at hand" in unknown.out
    assert "Valid" in sent.run("ana", "verify", str(badge), "--site", str(site), at=tmp_path).out


def test_a_programme_with_a_key_never_awards_without_it(sent: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    sent.run("rosa", "key", "new")
    sent.assess("ana")
    place = key_file(sent)
    kept = place.rename(place.with_name("kept-elsewhere.pem"))
    before = git(sent.remote, "rev-parse", "main")
    refused = sent.run("rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes", expect=1)
    assert "its key is not on this computer" in refused.err and "MCRED_ISSUER_KEY" in refused.next
    assert git(sent.remote, "rev-parse", "main") == before
    monkeypatch.setenv("MCRED_ISSUER_KEY", str(kept))
    sent.decide("ana", WAIT, "award")
    monkeypatch.setenv("MCRED_ISSUER_KEY", kept.read_text())
    assert "Valid" in sent.run("rosa", "verify", str(badge_of(sent))).out


def test_building_needs_no_key_and_gives_the_same_bytes(signed: Town) -> None:
    first = badge_of(signed).read_bytes()
    key_file(signed).unlink()
    again = signed.run("rosa", "build", "--out", "other")
    assert "1 badge" in again.out
    assert (signed.home("rosa") / "other" / AWARD).read_bytes() == first


def test_what_is_no_badge_is_said(town: Town, tmp_path: Path) -> None:
    odd = tmp_path / "x.json"
    odd.write_text("{}")
    assert "Cannot tell: not as a credential requires" in town.run("ana", "verify", str(odd), expect=7).out
    assert "was not found" in town.run("ana", "verify", "gone.json", expect=1).err
    assert "has no action" in town.run("rosa", "key", "turn", expect=2).err
