"""`mcred renew` and what ends: a badge with later dates takes the place of the earlier one."""

from __future__ import annotations

from datetime import timedelta

from mcred.domain.ids import CredentialId
from tests.cli.court import desk_of, names_on_main
from tests.cli.listed import ANA, award_of, bits_of, built, is_set, steps_on_main, tip, verdict
from tests.cli.town import SITE, SLIP, WAIT, Town, digests

SLIPS = f"ana/{SLIP}"
WHY = ("--reason", "Showed it again in spring.")


def later(town: Town, days: float) -> Town:
    """The town some days on."""
    town.now += timedelta(days=days)
    return town


def test_an_award_that_ended_is_expired_and_still_held(signed: Town) -> None:
    assert signed.status("ana", SLIP)["state"] == "earned, valid until 2027-03-02"
    assert verdict(signed, award_of(signed, credential=SLIP), expect=0) == "valid"
    later(signed, 365)
    assert signed.status("ana", SLIP)["state"] == "earned, valid until 2027-03-02"
    later(signed, 1)
    assert signed.status("ana", SLIP)["state"] == "expired"
    assert signed.status("ana", WAIT)["state"] == "earned"
    assert "It was valid until 2027-03-02" in signed.run("ana", "feedback", SLIP).out
    assert "expired" in signed.run("ana", "browse").out
    assert verdict(signed, award_of(signed, credential=SLIP), expect=1) == "expired"
    assert desk_of(signed).catalog.holders[CredentialId(SLIP)] == {"ana"}


def test_renewing_gives_a_new_badge_with_later_dates_in_the_place_of_the_old(signed: Town) -> None:
    old = award_of(signed, credential=SLIP)
    before = tip(later(signed, 400))
    ran = signed.run("rosa", "renew", SLIPS, *WHY)
    assert "valid until 2028-04-0" in ran.out and ran.next == "mcred build"
    assert steps_on_main(signed, before) == [f"Renew attempt 1 of {SLIPS}"]
    new = award_of(signed, "1-2", credential=SLIP)
    assert new["id"] == f"{SITE}/badges/{SLIPS}/1-2/badge.json"
    assert new["awardedDate"] == old["awardedDate"] == old["validFrom"]
    assert new["validFrom"] == new["proof"][0]["created"] == f"{signed.now:%Y-%m-%dT%H:%M:%SZ}"
    assert (old["validUntil"][:10], new["validUntil"][:10]) == ("2027-03-02", "2028-04-06")
    assert new["credentialSubject"]["result"] == old["credentialSubject"]["result"]
    assert new["relatedResource"][0]["id"] == old["id"]
    assert is_set(signed, old) and not is_set(signed, new)
    assert award_of(signed, credential=SLIP) == old
    assert signed.status("ana", SLIP)["state"] == "earned, valid until 2028-04-06"
    assert verdict(signed, new, expect=0) == "valid"
    assert verdict(signed, old, expect=1) != "valid"


def test_typed_again_it_does_nothing_and_a_year_later_it_renews_again(signed: Town) -> None:
    later(signed, 300)
    signed.run("rosa", "renew", SLIPS, *WHY)
    before = tip(signed)
    for _ in range(2):
        assert "is already valid until 2027-12-27" in signed.run("rosa", "renew", SLIPS, *WHY).out
    # The next morning it would be a day more; that is the same wish, typed twice.
    signed.run("rosa", "renew", SLIPS, *WHY, wait=timedelta(hours=23))
    assert tip(signed) == before
    later(signed, 300)
    signed.run("rosa", "renew", SLIPS, *WHY)
    names = names_on_main(signed, f"portfolios/{SLIPS}")
    assert {
        "attempts/1/badge.json",
        "attempts/1/badge-2.json",
        "attempts/1/badge-3.json",
        "attempts/1/reissue-3.json",
    } <= set(names)
    third = award_of(signed, "1-3", credential=SLIP)
    assert third["relatedResource"][0]["id"] == award_of(signed, "1-2", credential=SLIP)["id"]
    (bits,) = bits_of(signed).values()
    assert len(bits) == 2


def test_on_the_day_of_the_award_there_is_nothing_to_renew(signed: Town) -> None:
    before = tip(signed)
    assert "is already valid until 2027-03-02" in signed.run("rosa", "renew", SLIPS, *WHY).out
    assert tip(signed) == before


def test_what_has_no_end_was_revoked_or_is_ones_own_is_not_renewed(signed: Town) -> None:
    later(signed, 100)
    refused = signed.run("rosa", "renew", ANA, *WHY, expect=1)
    assert "nothing to renew" in refused.err and refused.next.startswith(f"mcred reissue {ANA}")
    signed.run("rosa", "person", "add", "ana", "--role", "issuer")
    assert "their own work" in signed.run("ana", "renew", SLIPS, *WHY, expect=5).err
    assert "only issuers" in signed.run("mei", "renew", SLIPS, *WHY, expect=5).err
    assert "--reason" in signed.run("rosa", "renew", SLIPS, expect=2).next
    signed.run("rosa", "revoke", SLIPS, "--reason", "By mistake.", "--yes")
    assert "cannot be renewed" in signed.run("rosa", "renew", SLIPS, *WHY, expect=1).err


def test_revoking_a_renewed_award_revokes_every_badge_of_it(signed: Town) -> None:
    signed.run("rosa", "renew", SLIPS, *WHY, wait=timedelta(days=100))
    signed.run("rosa", "revoke", SLIPS, "--reason", "By mistake.", "--yes")
    old, new = (award_of(signed, name, credential=SLIP) for name in ("1", "1-2"))
    assert is_set(signed, old) and is_set(signed, new)
    pages = built(signed)
    for name in ("1", "1-2"):
        assert "Revoked." in (pages / f"badges/{SLIPS}/{name}/index.html").read_text("utf-8")


def test_a_dry_run_says_until_when_and_changes_nothing(signed: Town) -> None:
    later(signed, 30)
    refs, files = (signed.refs(), signed.refs("rosa")), signed.files("rosa")
    assert "valid until 2027-04-01" in signed.run("rosa", "renew", SLIPS, *WHY, "-n").out
    assert ((signed.refs(), signed.refs("rosa")), signed.files("rosa")) == (refs, files)


def test_the_pages_show_the_newer_badge_and_lead_to_it_from_the_old(signed: Town) -> None:
    signed.run("rosa", "renew", SLIPS, *WHY, wait=timedelta(days=100))
    pages = built(signed)
    old, new = ((pages / f"badges/{SLIPS}/{n}/index.html").read_text("utf-8") for n in ("1", "1-2"))
    assert old.index("Replaced.") < old.index("<h1") and 'href="../1-2/index.html"' in old
    assert "Replaced." not in new and "Renewed" in new and "Valid until" in new
    assert "2027-06-10" in new and "2027-06-10" not in old
    portfolio = (pages / "portfolios/ana/index.html").read_text("utf-8")
    assert f"{SLIPS}/1-2/" in portfolio and f"{SLIPS}/1/" not in portfolio
    assert (pages / f"badges/{SLIPS}/1-2/badge.json").is_file()
    before = digests(pages)
    signed.run("rosa", "build", "--out", "pages", wait=timedelta(days=900))
    assert digests(pages) == before


def test_an_expired_award_may_be_handed_in_again(signed: Town) -> None:
    later(signed, 400)
    (signed.folder("ana", SLIP) / "1-slip.md").write_text(
        "# Slip\n\n## One slip\n\nThis year’s words.\n", "utf-8"
    )
    signed.run("ana", "submit", SLIP, "--attest", "all", "--note", "From this year.")
    signed.assess("ana", SLIP)
    signed.decide("ana", SLIP)
    assert signed.status("ana", SLIP)["state"].startswith("earned, valid until 2028-04")
    # The audit took an award that ended for the last word, and accused the one after it.
    signed.run("ana", "audit")
