"""`mcred revoke`: an award holds no more, everywhere it is shown or checked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcred.badges.status_places import place_of
from mcred.domain.award import Revocation
from mcred.domain.ids import CredentialId
from mcred.formats.decode import decode
from mcred.store import remote
from tests.cli.court import AtKeyboard, desk_of, names_on_main, on_main, standing_of
from tests.cli.listed import (
    ANA,
    award_of,
    bits_of,
    built,
    is_set,
    key_files,
    lists_of,
    steps_on_main,
    tip,
    verdict,
)
from tests.cli.town import SITE, SLIP, WAIT, Town, set_site

WHY = ("--reason", "The video is of another class.", "--yes")


def revocation_of(town: Town, attempt: int = 1) -> Revocation:
    path = f"portfolios/{ANA}/attempts/{attempt}/revocation.json"
    found, problems = decode(on_main(town, path), Revocation, path)
    assert found is not None, problems
    return found


def test_signed_awards_have_a_place_in_a_signed_list_and_a_picture(signed: Town) -> None:
    first, second = award_of(signed), award_of(signed, credential=SLIP)
    (address,) = lists_of(signed)
    assert address == f"{SITE}/status/1.json"
    for award in (first, second):
        entry = award["credentialStatus"]
        assert (entry["statusListCredential"], entry["statusPurpose"]) == (address, "revocation")
    assert first["credentialStatus"]["statusListIndex"] != second["credentialStatus"]["statusListIndex"]
    image = first["credentialSubject"]["achievement"]["image"]["id"]
    assert image == f"{SITE}/credentials/{WAIT}/badge.png"
    assert bits_of(signed) == {address: frozenset()}
    assert lists_of(signed)[address]["issuer"] in (first["issuer"]["id"], {"id": first["issuer"]["id"]})
    assert verdict(signed, first, expect=0) == "valid"


def test_revoking_sets_the_badges_place_and_keeps_the_reason(signed: Town) -> None:
    before, award, other = tip(signed), award_of(signed), award_of(signed, credential=SLIP)
    ran = signed.run("rosa", "revoke", ANA, *WHY)
    assert "attempt 1: revoked" in ran.out and ran.next == "mcred build"
    assert steps_on_main(signed, before) == [f"Revoke attempt 1 of {ANA}"]
    assert is_set(signed, award) and not is_set(signed, other)
    found = revocation_of(signed)
    assert (found.issuer, found.reason, found.revoked) == ("rosa", WHY[1], signed.now)
    assert award_of(signed) == award
    assert verdict(signed, award, expect=1) == "revoked"
    assert verdict(signed, other, expect=0) == "valid"


def test_typed_again_it_says_what_was_done_and_does_nothing(signed: Town) -> None:
    signed.run("rosa", "revoke", ANA, *WHY)
    before = tip(signed)
    ran = signed.run("rosa", "revoke", ANA, "--reason", "Another one.", "--yes")
    assert f"was revoked by rosa on 2026-03-02: {WHY[1]}" in ran.out
    assert tip(signed) == before


def test_the_one_revoked_holds_it_no_more_and_is_no_ones_peer(signed: Town) -> None:
    wait = CredentialId(WAIT)
    assert desk_of(signed).catalog.holders[wait] == {"ana"}
    signed.run("rosa", "revoke", ANA, *WHY)
    assert wait not in desk_of(signed).catalog.holders
    assert desk_of(signed).catalog.holders[CredentialId(SLIP)] == {"ana"}


def test_the_earner_reads_why_and_may_hand_in_again(signed: Town) -> None:
    signed.run("rosa", "revoke", ANA, *WHY)
    assert signed.status("ana")["state"] == "revoked"
    said = signed.run("ana", "feedback", WAIT)
    assert "Revoked by rosa" in said.out and WHY[1] in said.out
    assert signed.run("ana", "feedback", WAIT, "--json").json["revocation"]["reason"] == WHY[1]
    assert "revoked" in signed.run("ana", "browse").out
    assert "resubmit it" in signed.run("ana", "start", WAIT).out
    page = signed.folder("ana") / "1-overview.md"
    page.write_text(page.read_text("utf-8").replace("quiet", "clear"), "utf-8")
    ran = signed.run("ana", "submit", "--attest", "all", "--note", "Filmed my own class.")
    assert "Attempt 2" in ran.out
    assert standing_of(signed).word == "in review"
    signed.assess("ana")
    signed.decide("ana")
    assert standing_of(signed).word == "earned"
    assert desk_of(signed).catalog.holders[CredentialId(WAIT)] == {"ana"}
    assert verdict(signed, award_of(signed, "2"), expect=0) == "valid"
    assert verdict(signed, award_of(signed, "1"), expect=1) == "revoked"
    again = signed.run("rosa", "revoke", ANA, "--attempt", "1", *WHY)
    assert "Attempt 2 is still valid" in again.out


def test_without_a_change_a_revoked_one_is_not_among_the_open_ones(signed: Town) -> None:
    signed.run("rosa", "revoke", ANA, *WHY)
    signed.run("ana", "sync")
    assert "nothing of yours is open" in signed.run("ana", "check", expect=1).err


def test_an_older_attempt_is_revoked_only_when_it_is_named(signed: Town) -> None:
    signed.run("rosa", "revoke", ANA, *WHY)
    refused = signed.run("rosa", "revoke", ANA, "--attempt", "2", *WHY, expect=1)
    assert "attempt 2 of ana/wait-time was not awarded; awarded: 1" in refused.err
    assert refused.next.endswith("--attempt 1")


def test_only_issuers_revoke_and_no_one_their_own(signed: Town) -> None:
    before = tip(signed)
    assert "only issuers decide (rosa)" in signed.run("mei", "revoke", ANA, *WHY, expect=5).err
    signed.run("rosa", "person", "add", "ana", "--role", "issuer")
    before = tip(signed)
    assert "their own work" in signed.run("ana", "revoke", ANA, *WHY, expect=5).err
    assert tip(signed) == before


@pytest.mark.parametrize(
    "reason", [(), ("--reason", "  "), ("--reason", "x" * 6001)], ids=["no", "blank", "long"]
)
def test_a_reason_of_a_readable_length_is_needed(signed: Town, reason: tuple[str, ...]) -> None:
    before = tip(signed)
    refused = signed.run("rosa", "revoke", ANA, *reason, expect=2)
    assert "--reason" in refused.next
    assert tip(signed) == before


def test_what_was_not_awarded_cannot_be_revoked(sent: Town) -> None:
    refused = sent.run("rosa", "revoke", ANA, *WHY, expect=1)
    assert "was not awarded (in review)" in refused.err and refused.next == "mcred queue --all"
    assert "there is no submission" in sent.run("rosa", "revoke", "zoe/wait-time", *WHY, expect=1).err


def test_a_dry_run_changes_nothing(signed: Town) -> None:
    refs, mine, files = signed.refs(), signed.refs("rosa"), signed.files("rosa")
    assert "Would revoke attempt 1" in signed.run("rosa", "revoke", ANA, *WHY, "-n").out
    assert (signed.refs(), signed.refs("rosa"), signed.files("rosa")) == (refs, mine, files)


def test_an_unsigned_award_is_revoked_in_the_record_alone(earned: Town) -> None:
    assert "names no status list" in earned.run("rosa", "revoke", ANA, *WHY, "-n").out, "before it is done"
    ran = earned.run("rosa", "revoke", ANA, *WHY)
    assert "names no status list" in ran.out
    assert revocation_of(earned).reason == WHY[1]
    assert not [n for n in names_on_main(earned, "credentials") if n.startswith("status/")]
    assert earned.status("ana")["state"] == "revoked"


def test_an_earlier_badge_without_a_list_is_named_though_the_newer_one_has_one(earned: Town) -> None:
    set_site(earned, "")
    earned.run("rosa", "key", "new")
    earned.run("rosa", "reissue", ANA, "--reason", "A key.")
    set_site(earned, SITE)
    earned.run("rosa", "reissue", ANA, "--reason", "Pages.")
    ran = earned.run("rosa", "revoke", ANA, *WHY)
    assert is_set(earned, award_of(earned, "1-3"))
    assert "2 of its badges name no status list" in " ".join(ran.out.split())


def test_without_the_issuers_key_nothing_is_revoked_by_halves(signed: Town) -> None:
    before = tip(signed)
    key_files(signed)[0].unlink()
    assert "its key is not on this computer" in signed.run("rosa", "revoke", ANA, *WHY, expect=1).err
    assert tip(signed) == before


def test_the_page_says_so_first_and_lists_leave_it_out(signed: Town) -> None:
    pages = built(signed)
    page = pages / f"badges/{ANA}/1/index.html"
    assert "Revoked." not in page.read_text("utf-8")
    assert (pages / "status/1.json").read_bytes() == on_main(signed, "credentials/status/1.json")
    signed.run("rosa", "revoke", ANA, *WHY)
    pages = built(signed)
    text = page.read_text("utf-8")
    assert text.index("Revoked.") < text.index("<h1")
    assert WHY[1] not in text
    assert (pages / "status/1.json").read_bytes() == on_main(signed, "credentials/status/1.json")
    assert (pages / f"badges/{ANA}/1/badge.json").is_file()
    for name in ("index.html", f"credentials/{WAIT}/index.html", "portfolios/ana/index.html"):
        assert f"badges/{ANA}/" not in (pages / name).read_text("utf-8")
    assert f"badges/ana/{SLIP}/1/" in (pages / "portfolios/ana/index.html").read_text("utf-8")


def test_a_private_earners_award_is_revoked_and_the_lists_name_no_one(signed: Town) -> None:
    signed.run("ana", "setup", "--publish", "private")
    signed.run("rosa", "person", "add", "ana")
    signed.run("rosa", "revoke", ANA, *WHY)
    pages = built(signed)
    assert not (pages / "badges").exists()
    assert is_set(signed, award_of(signed))
    listed = json.loads((pages / "status/1.json").read_bytes())
    del listed["credentialSubject"]["encodedList"], listed["proof"]["proofValue"]
    assert "ana" not in json.dumps(listed)


@pytest.mark.slow
def test_on_a_terminal_it_asks_why_and_whether(earned: Town) -> None:
    before = tip(earned)
    refusing = AtKeyboard(earned, "rosa", "revoke", ANA)
    refusing.answer("Why is it revoked?", WHY[1])
    refusing.answer("Revoke attempt 1 of ana/wait-time permanently?", "n")
    assert refusing.end() == 0
    assert tip(earned) == before
    going_on = AtKeyboard(earned, "rosa", "revoke", ANA, "--reason", "By mistake.")
    going_on.answer("permanently?", "y")
    assert going_on.end() == 0
    assert revocation_of(earned).reason == "By mistake."


def test_a_place_is_drawn_again_when_someone_else_was_first(
    signed: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both draw the same number; Cleo's award arrives while Rosa's is on its way."""
    signed.run("rosa", "person", "add", "cleo", "--role", "issuer")
    for earner in ("ben", "dev"):
        signed.submit(earner, SLIP)
        signed.assess(earner, SLIP)
    monkeypatch.setattr("mcred.app.awards.status_lists.secrets.randbits", lambda bits: 7)
    calls: list[object] = []

    def push(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            signed.run("cleo", "reconcile", f"dev/{SLIP}", "--award", "--yes")
        return remote.push(*args, **options)

    monkeypatch.setattr("mcred.app.commit.push", push)
    signed.decide("ben", SLIP)
    assert len(calls) == 3
    places = [place_of(award_of(signed, earner=e, credential=SLIP)) for e in ("ben", "dev")]
    assert len({p.index for p in places if p}) == 2 and len({p.list for p in places if p}) == 1
