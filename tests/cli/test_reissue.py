"""`mcred reissue`: the same award as a new badge, for one award or after a moved site."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from mcred.badges.proof_pair import digest_content
from tests.cli.court import on_main
from tests.cli.listed import ANA, award_of, built, is_set, lists_of, put_on_main, steps_on_main, tip, verdict
from tests.cli.town import SITE, SLIP, WAIT, Town, set_site

NEW_SITE = "https://badges.lakeside.example"
WHY = ("--reason", "Our pages have a new address.")
ALL = ("reissue", "--all", *WHY)


@pytest.fixture
def moved(signed: Town) -> Town:
    """The pages have another address since today."""
    set_site(signed, NEW_SITE)
    return signed


def test_one_award_is_issued_again_with_the_same_dates(signed: Town) -> None:
    old, before = award_of(signed, credential=SLIP), tip(signed)
    signed.now += timedelta(days=9)
    ran = signed.run("rosa", "reissue", f"ana/{SLIP}", "--reason", "Her name changed.")
    assert "reissued" in ran.out and ran.next == "mcred build"
    assert steps_on_main(signed, before) == [f"Reissue attempt 1 of ana/{SLIP}"]
    new = award_of(signed, "1-2", credential=SLIP)
    for name in ("validFrom", "validUntil", "awardedDate", "name", "issuer", "type"):
        assert new[name] == old[name], name
    assert new["id"] != old["id"] and new["relatedResource"][0]["id"] == old["id"]
    assert new["proof"][0]["created"] > old["proof"][0]["created"]
    assert is_set(signed, old) and not is_set(signed, new)
    record = on_main(signed, f"portfolios/ana/{SLIP}/attempts/1/reissue-2.json").decode()
    assert '"act": "reissue"' in record and "Her name changed." in record and old["id"] in record


def test_the_pages_name_what_was_replaced_and_then_revoked_for_browsers(signed: Town) -> None:
    """Kept from one build to the next, too, whatever the person publishes."""
    old = digest_content(award_of(signed))

    def told() -> dict[str, Any]:
        read = built(signed) / "verify" / "ended.json"
        found: dict[str, Any] = json.loads(read.read_text("utf-8"))
        return {name: found[name] for name in ("revoked", "replaced")}

    assert told() == {"revoked": [], "replaced": []}
    signed.run("rosa", "reissue", ANA, *WHY)
    assert told() == {"revoked": [], "replaced": [old]}
    new = digest_content(award_of(signed, "1-2"))
    signed.run("rosa", "revoke", ANA, "--reason", "A mistake.", "--yes")
    assert told() == {"revoked": sorted((old, new)), "replaced": []}


def test_a_name_that_changed_is_in_the_new_badge(signed: Town) -> None:
    signed.run("ana", "setup", "--name", "Ana Vega")
    signed.run("rosa", "person", "add", "ana")
    signed.run("rosa", "reissue", ANA, "--reason", "Her name changed.")
    named = [i for i in award_of(signed, "1-2")["credentialSubject"]["identifier"] if not i["hashed"]]
    assert [i["identityHash"] for i in named] == ["Ana Vega"]


def test_typed_again_it_is_done_once_and_another_reason_is_another_wish(signed: Town) -> None:
    signed.run("rosa", "reissue", ANA, *WHY)
    before = tip(signed)
    assert "was reissued by rosa" in signed.run("rosa", "reissue", ANA, *WHY).out
    assert tip(signed) == before
    signed.run("rosa", "reissue", ANA, "--reason", "Her name changed.")
    assert award_of(signed, "1-3")["relatedResource"][0]["id"] == award_of(signed, "1-2")["id"]


def test_after_a_renewal_the_renewed_dates_stay(signed: Town) -> None:
    signed.run("rosa", "renew", f"ana/{SLIP}", "--reason", "Again.", wait=timedelta(days=50))
    signed.run("rosa", "reissue", f"ana/{SLIP}", *WHY, wait=timedelta(days=50))
    second, third = (award_of(signed, name, credential=SLIP) for name in ("1-2", "1-3"))
    assert [second[n] for n in ("validFrom", "validUntil")] == [third[n] for n in ("validFrom", "validUntil")]
    assert signed.status("ana", SLIP)["state"] == f"earned, valid until {third['validUntil'][:10]}"


def test_after_a_move_all_are_issued_again_in_one_step(moved: Town) -> None:
    olds = [award_of(moved, credential=c) for c in (WAIT, SLIP)]
    before = tip(moved)
    assert "reissue 2 awards" in moved.run("rosa", *ALL, "-n").out
    assert tip(moved) == before
    ran = moved.run("rosa", *ALL)
    assert "Reissued: 2" in ran.out
    assert steps_on_main(moved, before) == ["Reissue 2 awards"]
    news = [award_of(moved, "1-2", credential=c) for c in (WAIT, SLIP)]
    assert {n["issuer"]["id"] for n in news} == {"did:web:badges.lakeside.example"}
    assert {n["credentialStatus"]["statusListCredential"] for n in news} == {f"{NEW_SITE}/status/2.json"}
    assert all(n["id"].startswith(f"{NEW_SITE}/badges/") for n in news)
    assert all(is_set(moved, old) for old in olds) and not any(is_set(moved, new) for new in news)
    assert all(verdict(moved, new, expect=0) == "valid" for new in news)
    # The old list is still the old issuer's own, at its old address.
    old_list = lists_of(moved)[f"{SITE}/status/1.json"]
    assert old_list["proof"]["verificationMethod"].startswith("did:web:badges.example.org:lakeside#")
    pages = built(moved)
    assert {p.name for p in (pages / "status").iterdir()} == {"1.json", "2.json"}


def test_all_typed_again_finds_nothing_to_do(moved: Town) -> None:
    moved.run("rosa", *ALL)
    before = tip(moved)
    assert "has today's address and key" in moved.run("rosa", *ALL).out
    assert tip(moved) == before


def test_revoked_ones_are_not_issued_again(moved: Town) -> None:
    moved.run("rosa", "revoke", ANA, "--reason", "By mistake.", "--yes")
    assert is_set(moved, award_of(moved))
    assert "Reissued: 1" in moved.run("rosa", *ALL).out
    refused = moved.run("rosa", "reissue", ANA, *WHY, expect=1)
    assert "was revoked by rosa" in refused.err


def test_an_old_list_that_no_key_of_today_may_sign_is_said(moved: Town) -> None:
    """Moved and with another key: the old issuer never listed it, so the old list stays as it is."""
    moved.run("rosa", "key", "rotate", "--yes")
    before = on_main(moved, "credentials/status/1.json")
    ran = moved.run("rosa", *ALL)
    assert "Reissued: 2" in ran.out
    assert f"The list at {SITE}/status/1.json could not be changed" in ran.err
    assert on_main(moved, "credentials/status/1.json") == before
    assert verdict(moved, award_of(moved, "1-2"), expect=0) == "valid"


def test_one_that_cannot_be_issued_stops_no_other(moved: Town) -> None:
    profile = moved.home("rosa") / "portfolios/ben/profile.yaml"
    assert profile.is_file()
    moved.award("ben", SLIP)
    set_site(moved, "https://third.example")
    moved.run("rosa", "sync")
    # Ben's profile goes, as an issuer might take out someone who left.

    put_on_main(moved, {"portfolios/ben/profile.yaml": None})
    ran = moved.run("rosa", *ALL, expect=1)
    assert "Reissued: 2" in ran.out
    assert "1 could not be reissued" in ran.err and f"ben/{SLIP}, attempt 1" in ran.err
    before = tip(moved)
    assert "none of them can be reissued" in moved.run("rosa", *ALL, expect=1).err
    assert tip(moved) == before


def test_who_may_and_what_is_asked_for(signed: Town) -> None:
    assert "only issuers" in signed.run("mei", *ALL, expect=5).err
    assert "say which award, or use --all" in signed.run("rosa", "reissue", *WHY, expect=2).err
    assert "say which award, or use --all" in signed.run("rosa", "reissue", ANA, "--all", *WHY, expect=2).err
    assert "--reason" in signed.run("rosa", "reissue", ANA, expect=2).next
    set_site(signed, NEW_SITE)
    assert "--reason" in signed.run("rosa", "reissue", "--all", expect=2).next


def test_without_a_key_one_is_issued_again_unsigned_and_all_are_refused(earned: Town) -> None:
    refused = earned.run("rosa", *ALL, expect=1)
    assert refused.next == "mcred key new"
    earned.run("rosa", "reissue", ANA, *WHY)
    new = award_of(earned, "1-2")
    assert "proof" not in new and new["relatedResource"][0]["id"] == award_of(earned)["id"]
    earned.run("rosa", "key", "new")
    assert "Reissued: 1" in earned.run("rosa", *ALL).out
    signed = award_of(earned, "1-3")
    assert verdict(earned, signed, expect=0) == "valid"
    assert "credentialStatus" not in signed
