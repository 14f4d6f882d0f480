"""Badges of stacks under an audit: given by rule, taken back, and forged by someone who may sign them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mcred.app.keys.signing import read_key
from mcred.badges.clr import clr_holds
from mcred.domain.credential import Stack
from mcred.domain.ids import CredentialId, CreditHours, StackId, Version
from mcred.formats.encode import encode
from tests.audit.second_checker import check_again
from tests.cli.court import Forgery, on_main, repo_of, send_forgery
from tests.cli.listed import award_of, built, is_set, key_files, steps_on_main, tip, verdict
from tests.cli.town import SLIP, WAIT, Town, set_site

PAIR = StackId("pair")
BADGE = "portfolios/ana/stacks/pair/1/badge.json"


@pytest.fixture
def stacked(signed: Town) -> Town:
    """Ana holds both micro-credentials of a stack, and its signed badge."""
    stack = Stack(
        format=2,
        id=PAIR,
        version=Version("1.0.0"),
        title="Both",
        credits=CreditHours(Decimal(3)),
        credentials=(CredentialId(WAIT), CredentialId(SLIP)),
    )
    place = signed.home("rosa") / "credentials" / "stacks" / "pair.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(encode(stack))
    signed.run("rosa", "save", "--programme")
    signed.run("rosa", "stacks", "--award")
    return signed


def found(town: Town) -> set[tuple[str, str]]:
    """Code and path of every finding, of which the second checker says the same."""
    town.run("rosa", "sync")
    ran = town.run("rosa", "audit", "--json", expect=None)
    check_again(town.home("rosa"), ran.code, ran.json)
    return {(f["code"], f["path"]) for f in ran.json["findings"]}


def forge(town: Town, files: Mapping[str, bytes]) -> None:
    """Rosa herself puts files on the main line."""
    key = read_key(repo_of(town, "rosa"))
    send_forgery(
        town,
        Forgery(by="rosa", ref="refs/heads/main", parent="refs/forger/main", files=files, text="So", key=key),
    )


def test_given_and_taken_back_nothing_is_found(stacked: Town) -> None:
    assert json.loads(on_main(stacked, BADGE))["proof"]
    assert found(stacked) == set()
    stacked.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")
    assert found(stacked) == set()


def test_a_badge_for_someone_who_does_not_hold_enough(stacked: Town) -> None:
    path = BADGE.replace("ana", "ben")
    forge(stacked, {path: on_main(stacked, BADGE)})
    assert ("stack-not-earned", path) in found(stacked)


def test_a_second_badge_while_the_first_holds(stacked: Town) -> None:
    path = BADGE.replace("/1/", "/2/")
    forge(stacked, {path: on_main(stacked, BADGE)})
    assert ("stack-not-earned", path) in found(stacked)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"name": "Both"', b'"name": "Best"'),
        (b'"creditsAvailable": 3', b'"creditsAvailable": 4'),
        (b'"validUntil": "20', b'"validUntil": "21'),
        (b'"proofValue": "z', b'"proofValue": "z2'),
        (b"SHA-256 ", b"SHA-256 0"),
    ],
)
def test_a_badge_that_says_something_else(old: bytes, new: bytes, stacked: Town) -> None:
    badge = on_main(stacked, BADGE)
    assert old in badge
    stacked.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")
    path = BADGE.replace("/1/", "/2/")
    forge(stacked, {path: badge.replace(old, new)})
    assert ("award-other", path) in found(stacked)


def test_a_badge_taken_back_without_a_reason_or_a_bit(stacked: Town) -> None:
    path = "portfolios/ana/stacks/pair/1/revocation.json"
    forge(stacked, {path: b"format: 2\n"})
    assert found(stacked) == {("revocation-wrong", path), ("status-not-set", path)}


NEWER, WHY = BADGE.replace("/1/", "/2/"), "portfolios/ana/stacks/pair/2/reissue.json"
STATUS = "credentials/status/1.json"
REISSUE = ("reissue", "ana/stacks/pair", "--reason", "Her name changed.", "--yes")


def rows(town: Town) -> list[tuple[str, str, int, bool]]:
    """The badges of stacks as an audit lists them."""
    listed = town.run("rosa", "audit", "--json", expect=None).json["stacks"]
    return [(r["earner"], r["stack"], r["number"], r["proved"]) for r in listed]


def test_one_is_issued_again_with_its_date_and_proved(stacked: Town) -> None:
    old = json.loads(on_main(stacked, BADGE))
    before = tip(stacked)
    assert "Would reissue ana/stacks/pair" in stacked.run("rosa", *REISSUE, "-n").out
    assert tip(stacked) == before
    stacked.now += timedelta(days=3)
    ran = stacked.run("rosa", *REISSUE)
    assert "reissued" in ran.out and ran.next == "mcred build"
    assert steps_on_main(stacked, before) == ["Reissue ana/stacks/pair"]
    new = json.loads(on_main(stacked, NEWER))
    for name in ("validFrom", "validUntil", "awardedDate", "name", "issuer", "type", "evidence"):
        assert new.get(name) == old.get(name), name
    assert new["id"] != old["id"] and new["proof"][0]["created"] > old["proof"][0]["created"]
    assert is_set(stacked, old) and not is_set(stacked, new)
    assert found(stacked) == set()
    assert rows(stacked) == [("ana", "pair", 1, True), ("ana", "pair", 2, True)]
    assert "2 of 2 stack badges proved" in stacked.run("rosa", "audit").out
    assert verdict(stacked, old) == "superseded" and verdict(stacked, new, expect=0) == "valid"
    after = tip(stacked)
    assert "was reissued by rosa" in stacked.run("rosa", *REISSUE).out and tip(stacked) == after
    stacked.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")
    assert is_set(stacked, new) and found(stacked) == set()
    assert verdict(stacked, old) == verdict(stacked, new) == "revoked"
    assert "is revoked" in stacked.run("rosa", *REISSUE, expect=1).err
    assert stacked.run("rosa", "stacks", "--json").json["stacks"][0]["badge"] is None


def test_its_pages_say_which_one_holds(stacked: Town) -> None:
    stacked.run("rosa", *REISSUE)
    pages = built(stacked) / "badges/ana/stacks/pair"
    old, new = ((pages / number / "index.html").read_text("utf-8") for number in ("1", "2"))
    assert "Replaced." in old and 'href="../2/' in old and "Add to LinkedIn" not in old
    assert "Replaced." not in new and "On record as valid" in new and "Add to LinkedIn" in new
    assert "<dt>Credit hours</dt><dd>3</dd>" in new
    (month,) = (pages.parents[3] / "earned").glob("*/badges.json")
    listed = json.loads(month.read_text("utf-8"))["badges"]
    assert [b["page"] for b in listed if "/stacks/" in b["page"]] == ["badges/ana/stacks/pair/2/index.html"]
    assert "(replaced)" in stacked.run("ana", "export").out


def test_who_no_longer_holds_enough_gets_none(stacked: Town) -> None:
    stacked.run("rosa", "revoke", f"ana/{SLIP}", "--reason", "So.", "--yes")
    refused = stacked.run("rosa", *REISSUE, expect=1)
    assert "ana now holds 1 of its micro-credentials, and 2 are required" in refused.err
    assert refused.next == 'mcred revoke ana/stacks/pair --reason "…"'
    assert "only issuers" in stacked.run("ben", *REISSUE, expect=5).err


def test_by_the_definition_it_was_given_by(stacked: Town) -> None:
    place = stacked.home("rosa") / "credentials/stacks/pair.yaml"
    text = place.read_text("utf-8")
    place.write_text(text.replace("1.0.0", "2.0.0").replace("title: Both", "title: All"), "utf-8")
    stacked.run("rosa", "save", "--programme")
    stacked.run("rosa", *REISSUE)
    new, old = (json.loads(on_main(stacked, path)) for path in (NEWER, BADGE))
    for name in ("name", "version"):
        achieved = (badge["credentialSubject"]["achievement"][name] for badge in (new, old))
        assert len(set(achieved)) == 1
    assert found(stacked) == set()


def test_explain_tells_the_rule_the_badges_and_what_came_of_it(stacked: Town, tmp_path: Path) -> None:
    stacked.run("rosa", *REISSUE)
    ran = stacked.run("ana", "explain", "ana/stacks/pair")
    for said in ("Both: ana/stacks/pair", "all 2 micro-credentials", f"ana/{SLIP}, attempt 1", "Proved:"):
        assert said in ran.out, said
    assert "Reissued" in ran.out and "Her name changed." in ran.out
    told = stacked.run("ana", "explain", "ana/stacks/pair", "--json").json
    assert (told["stack"], told["number"], told["proved"]) == ("ana/stacks/pair", 2, True)
    assert [h["kind"] for h in told["since"]] == ["reissue"]
    assert "did you mean" in stacked.run("ana", "explain", "ana/stacks/pari", expect=1).err
    assert "no attempts" in stacked.run("ana", "explain", "ana/stacks/pair", "--attempt", "1", expect=2).err
    for path in (BADGE, NEWER):
        file = stacked.home("ana") / "badge.json"
        file.write_bytes(on_main(stacked, path))
        assert "all 2 micro-credentials" in stacked.run("ana", "explain", "badge.json").out
    file.write_bytes(on_main(stacked, NEWER).replace(b"Both", b"Best"))
    assert "it was altered" in stacked.run("ana", "explain", "badge.json", expect=1).out


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, set()),
        ({WHY: (b"Her name changed.", b"")}, {("reissue-wrong", NEWER)}),
        ({WHY: (b'"issuer": "rosa"', b'"issuer": "mei"')}, {("reissue-wrong", NEWER)}),
        ({WHY: (b"pair/1/", b"pair/7/")}, {("reissue-wrong", NEWER)}),
        ({WHY: (b'"number": 2', b'"number": 3')}, {("reissue-wrong", NEWER)}),
        ({WHY: None}, {("stack-not-earned", NEWER)}),
        ({NEWER: None}, {("reissue-without-badge", WHY)}),
        ({NEWER: (b'"name": "Both"', b'"name": "Best"')}, {("award-other", NEWER)}),
        ({NEWER: (b'"awardedDate": "20', b'"awardedDate": "19')}, {("award-other", NEWER)}),
        ({NEWER: (b'"proofValue": "z', b'"proofValue": "z2')}, {("award-other", NEWER)}),
        ({NEWER: (b"SHA-256 ", b"SHA-256 0")}, {("award-other", NEWER)}),
        ({STATUS: None}, {("status-not-set", NEWER)}),
    ],
)
def test_one_issued_again_by_a_forger(
    change: Mapping[str, tuple[bytes, bytes] | None],
    codes: set[tuple[str, str]],
    stacked: Town,
    tmp_path: Path,
) -> None:
    """What an honest issuer would put there, with one thing changed."""
    honest = stacked.copy(tmp_path / "honest")
    honest.run("rosa", *REISSUE)
    files = {path: on_main(honest, path) for path in (NEWER, WHY, STATUS)}
    for path, pair in change.items():
        if pair is None:
            del files[path]
        else:
            assert pair[0] in files[path]
            files[path] = files[path].replace(*pair)
    forge(stacked, files)
    told = found(stacked)
    assert codes <= told and bool(told) == bool(codes)
    if codes and NEWER in files:
        assert ("ana", "pair", 2, False) in rows(stacked)
        assert stacked.run("ana", "explain", "ana/stacks/pair", expect=1).next == "mcred audit"


def test_one_issued_again_of_what_was_revoked_or_is_not_held(stacked: Town, tmp_path: Path) -> None:
    honest = stacked.copy(tmp_path / "honest")
    honest.run("rosa", *REISSUE)
    files = {path: on_main(honest, path) for path in (NEWER, WHY)}
    revoked = stacked.copy(tmp_path / "revoked")
    revoked.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")
    forge(revoked, files)
    assert ("reissue-wrong", NEWER) in found(revoked)
    stacked.run("rosa", "revoke", f"ana/{SLIP}", "--reason", "So.", "--yes")
    forge(stacked, files)
    assert ("stack-not-earned", NEWER) in found(stacked)


def test_after_a_move_those_of_stacks_are_issued_again_too(stacked: Town) -> None:
    set_site(stacked, "https://badges.lakeside.example")
    everything = ("reissue", "--all", "--reason", "Our pages have a new address.")
    before = tip(stacked)
    told = stacked.run("rosa", *everything, "-n").out
    assert "reissue 2 awards and 1 stack badge" in told and tip(stacked) == before
    ran = stacked.run("rosa", *everything)
    assert "Reissued: 2. Reissued: 1 stack badge." in ran.out
    assert steps_on_main(stacked, before) == ["Reissue 2 awards", "Reissue 1 stack badge"]
    new = json.loads(on_main(stacked, NEWER))
    assert new["issuer"]["id"] == "did:web:badges.lakeside.example"
    names = [award_of(stacked, "1-2", credential=c)["id"] for c in (WAIT, SLIP)]
    assert [e["id"] for e in new["evidence"]] == names
    assert found(stacked) == set() and all(proved for *_, proved in rows(stacked))
    after = tip(stacked)
    assert "stacks included, has today's address and key" in stacked.run("rosa", *everything).out
    assert tip(stacked) == after


def test_one_that_no_longer_stands_stops_no_other(stacked: Town) -> None:
    stacked.run("rosa", "revoke", f"ana/{SLIP}", "--reason", "So.", "--yes")
    set_site(stacked, "https://badges.lakeside.example")
    ran = stacked.run("rosa", "reissue", "--all", "--reason", "x", expect=1)
    assert "Reissued: 1." in ran.out and "ana/stacks/pair" in ran.err
    assert 'mcred revoke ana/stacks/pair --reason "…"' in ran.err
    assert "none of them" in stacked.run("rosa", "reissue", "--all", "--reason", "x", expect=1).err


def test_a_record_of_all_is_signed_beside_an_older_badge_of_a_stack(stacked: Town, tmp_path: Path) -> None:
    def record() -> tuple[dict[str, Any], str]:
        place = tmp_path / f"{stacked.now:%H%M}.zip"
        ran = stacked.run("rosa", "export", "--person", "ana", "--out", str(place))
        with zipfile.ZipFile(place) as packed:
            found: dict[str, Any] = json.loads(packed.read("clr.json"))
        return found, " ".join(ran.out.split())

    assert record()[0]["proof"]
    set_site(stacked, "https://badges.lakeside.example")
    old, said = record()
    assert "proof" not in old and "have an earlier address or key of the issuer: mcred reissue --all" in said
    for credential in (WAIT, SLIP):
        stacked.run("rosa", "reissue", f"ana/{credential}", "--reason", "Moved.", "--yes")
    new, said = record()
    assert new["proof"] and new["issuer"]["id"] == "did:web:badges.lakeside.example"
    assert "no signature of its own" not in said
    assert {m["issuer"]["id"] for m in new["credentialSubject"]["verifiableCredential"]} == {
        "did:web:badges.lakeside.example",
        "did:web:badges.example.org:lakeside",
    }
    members = new["credentialSubject"]["verifiableCredential"]
    key = new["proof"]["verificationMethod"].partition("#")[2]
    assert clr_holds(new, members, key)
    for file in key_files(stacked):
        file.unlink()
    assert "its key is not on this computer" in record()[1]
