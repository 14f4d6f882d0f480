"""`mcred key rotate`: another key signs from today, nothing signed gets worse, no key is ever lost."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from mcred.badges.keys import needs_passphrase, read_key
from tests.cli.court import on_main
from tests.cli.listed import ANA, award_of, built, is_set, key_files, lists_of, steps_on_main, tip, verdict
from tests.cli.town import SLIP, WAIT, Town


def keys_of(town: Town) -> list[dict[str, str]]:
    found: list[dict[str, str]] = town.run("rosa", "key", "--json").json["keys"]
    return found


def public(path: Path, passphrase: str = "") -> str:
    return read_key(path.read_text("ascii"), passphrase).multibase


def rotate(town: Town, *words: str, days: float = 10) -> None:
    town.run("rosa", "key", "rotate", "--yes", *words, wait=timedelta(days=days))


def test_a_new_key_is_listed_and_the_old_one_is_kept(signed: Town) -> None:
    (old,) = keys_of(signed)
    before, rules = tip(signed), on_main(signed, "mcred.yaml").decode()
    rotate(signed)
    assert steps_on_main(signed, before) == ["Put a new key that signs awards in the place of the old one"]
    first, second = keys_of(signed)
    today = str(signed.now.date())
    assert first == {**old, "until": today}
    assert second["since"] == today and second["until"] is None
    kept, used = key_files(signed)
    assert (kept.name, used.name) == ("lakeside.old-1.pem", "lakeside.pem")
    assert (public(kept), public(used)) == (first["multibase"], second["multibase"])
    assert {stat.S_IMODE(f.stat().st_mode) for f in (kept, used)} == {0o600}
    # Lines are put in; everything the maintainer wrote stays.
    lines = on_main(signed, "mcred.yaml").decode().splitlines()
    assert [line for line in lines if line in rules.splitlines()] == rules.splitlines()


def test_awards_afterwards_are_by_the_new_key_and_the_old_ones_still_verify(signed: Town) -> None:
    old = award_of(signed)
    rotate(signed)
    signed.award("ben", SLIP)
    new = award_of(signed, earner="ben", credential=SLIP)
    assert new["proof"][0]["verificationMethod"] != old["proof"][0]["verificationMethod"]
    assert new["issuer"]["id"] == old["issuer"]["id"]
    assert verdict(signed, old, expect=0) == verdict(signed, new, expect=0) == "valid"
    pages = built(signed)
    assert all(k["multibase"] in (pages / "did.json").read_text() for k in keys_of(signed))
    # One list, by its issuer's old key until something changes in it, then by the new one.
    (listed,) = lists_of(signed).values()
    assert listed["proof"]["verificationMethod"] == old["proof"][0]["verificationMethod"]
    signed.run("rosa", "revoke", ANA, "--reason", "By mistake.", "--yes")
    (listed,) = lists_of(signed).values()
    assert listed["proof"]["verificationMethod"] == new["proof"][0]["verificationMethod"]
    assert is_set(signed, old) and verdict(signed, old, expect=1) == "revoked"
    assert verdict(signed, new, expect=0) == "valid"


def test_all_awards_can_be_issued_again_with_the_new_key(signed: Town) -> None:
    rotate(signed)
    assert "Reissued: 2" in signed.run("rosa", "reissue", "--all", "--reason", "A new key.").out
    for credential in (WAIT, SLIP):
        new = award_of(signed, "1-2", credential=credential)
        assert new["proof"][0]["verificationMethod"].endswith(keys_of(signed)[1]["multibase"])
        assert is_set(signed, award_of(signed, credential=credential))
        assert verdict(signed, new, expect=0) == "valid"


def test_typed_twice_on_a_day_it_is_done_once(signed: Town) -> None:
    rotate(signed)
    before, files = tip(signed), {f.name: f.read_bytes() for f in key_files(signed)}
    assert "rotated today" in signed.run("rosa", "key", "rotate").out
    assert tip(signed) == before and {f.name: f.read_bytes() for f in key_files(signed)} == files
    rotate(signed, days=1)
    assert [f.name for f in key_files(signed)] == ["lakeside.old-1.pem", "lakeside.old-2.pem", "lakeside.pem"]
    assert [k.get("until") is None for k in keys_of(signed)] == [False, False, True]


def test_a_passphrase_protects_the_new_key(signed: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCRED_ISSUER_PASSPHRASE", "three grey herons")
    rotate(signed, "--passphrase")
    kept, used = key_files(signed)
    assert needs_passphrase(used.read_text()) and not needs_passphrase(kept.read_text())
    assert public(used, "three grey herons") == keys_of(signed)[1]["multibase"]
    signed.award("ben", SLIP)
    assert verdict(signed, award_of(signed, earner="ben", credential=SLIP), expect=0) == "valid"


def test_a_lost_key_is_replaced(signed: Town) -> None:
    key_files(signed)[0].unlink()
    old = award_of(signed)
    rotate(signed)
    assert [f.name for f in key_files(signed)] == ["lakeside.pem"]
    signed.award("ben", SLIP)
    assert verdict(signed, old, expect=0) == "valid"


def test_a_key_that_was_listed_and_not_yet_put_in_place_is_found_again(signed: Town) -> None:
    rotate(signed)
    kept, used = key_files(signed)
    used.rename(used.with_name("lakeside.next.pem"))
    kept.rename(used)
    signed.submit("ben", SLIP)
    signed.assess("ben", SLIP)
    refused = signed.run("rosa", "reconcile", f"ben/{SLIP}", "--award", "--yes", expect=1)
    assert refused.next.startswith("mcred key rotate")
    assert "Would finish" in signed.run("rosa", "key", "rotate", "-n").out
    signed.run("rosa", "key", "rotate")
    assert [f.name for f in key_files(signed)] == ["lakeside.old-1.pem", "lakeside.pem"]
    assert len(keys_of(signed)) == 2
    signed.decide("ben", SLIP)


def test_a_waiting_key_that_went_out_of_use_elsewhere_is_not_used_again(signed: Town) -> None:
    rotate(signed)
    kept, used = key_files(signed)
    waiting = used.with_name("lakeside.next.pem")
    waiting.write_bytes(kept.read_bytes())
    rotate(signed)
    names = ["lakeside.old-1.pem", "lakeside.old-2.pem", "lakeside.old-3.pem", "lakeside.pem"]
    assert [f.name for f in key_files(signed)] == names
    assert public(key_files(signed)[-1]) == keys_of(signed)[2]["multibase"]
    assert len(keys_of(signed)) == 3


def test_a_dry_run_changes_nothing(signed: Town) -> None:
    refs, files = (signed.refs(), signed.refs("rosa")), [f.name for f in key_files(signed)]
    assert "Would replace " in signed.run("rosa", "key", "rotate", "-n").out
    assert ((signed.refs(), signed.refs("rosa")), [f.name for f in key_files(signed)]) == (refs, files)
