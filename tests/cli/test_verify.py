"""`mcred verify` with all that may be at hand: a copy of the pages, the programme's record, the network."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mcred.badges.default_image import draw_artwork, write_png
from mcred.badges.status_list import sign_list
from mcred.domain.layout import revocation_path
from mcred.formats.encode import encode
from tests.badges.issuing import bake
from tests.cli.town import WAIT, Town, git, set_site
from tests.cli.towns_with_keys import (
    BADGE,
    DID,
    SITE,
    award_signed,
    build,
    issuer_key,
    place_site,
    read,
    sign_again,
    store,
)
from tests.school import ANAS, a_revocation

URL = f"{SITE}/{BADGE}"


@pytest.fixture
def signed(sent: Town) -> Town:
    """Ana's badge is signed; the pages have an address."""
    place_site(sent)
    return award_signed(sent)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that no programme is around."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    return place


def lines(said: Any) -> dict[str, Any]:
    """What `--json` says, by the names of the checks."""
    return {c["check"]: c for c in said["checks"]}


class TestAddress:
    def test_is_not_asked_without_a_word(self, signed: Town, outside: Path) -> None:
        signed.web[URL] = (build(signed) / BADGE).read_bytes()
        ran = signed.run("ben", "verify", URL, at=outside, expect=7)
        assert "not looked up online" in ran.err and ran.next == f"mcred verify {URL} --online"

    def test_online_brings_badge_and_keys_each_by_itself(self, signed: Town, outside: Path) -> None:
        site = build(signed)
        signed.web[URL] = (site / BADGE).read_bytes()
        half = signed.run("ben", "verify", URL, "--online", "--json", at=outside, expect=7).json
        assert half["answer"] == "cannot tell"
        assert f"{SITE}/did.json: there is nothing at that address" in lines(half)["issuer"]["what"]
        for path in ("did.json", "status/1.json"):
            signed.web[f"{SITE}/{path}"] = (site / path).read_bytes()
        ran = signed.run("ben", "verify", URL, "--online", at=outside, expect=7)
        assert "Cannot tell: intact" in ran.out and ran.next.startswith(f"mcred trust add NAME {DID}")
        signed.run("ben", "trust", "add", "Lakeside", DID)
        assert signed.run("ben", "verify", URL, "--online", at=outside).out.splitlines()[-1] == "Valid"
        whole = signed.run("ben", "verify", URL, "--online", "--json", at=outside).json
        assert lines(whole)["issuer"]["what"].endswith("lists (in your list of issuers: Lakeside)")

    @pytest.mark.parametrize("page", ["", "index.html"])
    def test_a_page_leads_to_the_badge_beside_it(self, signed: Town, outside: Path, page: str) -> None:
        site = build(signed)
        signed.web[URL] = (site / BADGE).read_bytes()
        address = URL.replace("badge.json", page)
        assert (
            "Valid" in signed.run("ben", "verify", address, "--online", "--site", str(site), at=outside).out
        )

    def test_in_a_copy_of_the_pages_nothing_is_asked(self, signed: Town, outside: Path) -> None:
        copy = shutil.copytree(build(signed), outside / "pages")
        said = signed.run("ben", "verify", URL, "--site", "pages", "--json", at=outside).json
        assert said["answer"] == "valid" and f"(from {copy})" in lines(said)["issuer"]["what"]
        assert not signed.asked
        for elsewhere in (f"{SITE}x/{BADGE}", URL.replace("lakeside", "other"), f"{SITE}/no/badge.json"):
            assert (
                "--online"
                in signed.run("ben", "verify", elsewhere, "--site", "pages", at=outside, expect=7).next
            )

    def test_no_path_leads_out_of_the_copy(self, signed: Town, outside: Path) -> None:
        copy = shutil.copytree(build(signed), outside / "pages")
        (outside / "badge.json").write_bytes((copy / BADGE).read_bytes())
        (copy / "link.json").symlink_to(outside / "badge.json")
        for way in ("../badge.json", "%2e%2e/badge.json", "x/../../badge.json", "link.json"):
            signed.run("ben", "verify", f"{SITE}/{way}", "--site", "pages", at=outside, expect=7)

    def test_a_copy_of_anothers_pages_says_nothing(self, signed: Town, outside: Path) -> None:
        copy = shutil.copytree(build(signed), outside / "pages")
        mine = read(copy / "did.json")
        (copy / "did.json").write_text(json.dumps(mine).replace(DID, "did:web:other.example"))
        ran = signed.run("ben", "verify", str(copy / BADGE), "--site", "pages", at=outside, expect=7)
        assert "not at hand" in ran.out and "Cannot tell" in ran.out
        assert "no folder" in signed.run("ben", "verify", URL, "--site", "gone", at=outside, expect=1).err

    def test_what_the_network_does_not_have(self, signed: Town, outside: Path) -> None:
        ran = signed.run("ben", "verify", URL, "--online", at=outside, expect=7)
        assert "nothing at that address" in ran.err and ran.next.startswith("mcred verify FILE")

    def test_a_picture_at_an_address(self, signed: Town, outside: Path) -> None:
        site = build(signed)
        picture = write_png(draw_artwork("Talk", "Wait Time", WAIT), 64)
        signed.web[f"{SITE}/p.png"] = bake(picture, (site / BADGE).read_bytes())
        ran = signed.run("ben", "verify", f"{SITE}/p.png", "--online", "--site", str(site), at=outside)
        assert "Valid" in ran.out


def with_list(town: Town, number: int = 1) -> bytes:
    """Ana's badge as it would be with a place in a status list."""
    document = read(build(town) / BADGE)
    entry = {
        "id": f"{SITE}/status/{number}.json#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": f"{SITE}/status/{number}.json",
    }
    return sign_again(document, town.now, credentialStatus=entry)


def a_list(town: Town, *revoked: int, number: int = 1) -> bytes:
    key = issuer_key()
    listed = sign_list(f"{SITE}/status/{number}.json", revoked, key, f"{DID}#{key.multibase}", town.now)
    return json.dumps(listed).encode()


class TestStatus:
    @pytest.fixture
    def badge(self, signed: Town, outside: Path) -> Path:
        place = outside / "badge.json"
        place.write_bytes(with_list(signed))
        return place

    def test_from_a_copy_of_the_pages(self, signed: Town, badge: Path, outside: Path) -> None:
        site = build(signed)
        (site / "status").mkdir(exist_ok=True)
        (site / "status" / "1.json").write_bytes(a_list(signed, 3))
        said = signed.run("ben", "verify", str(badge), "--site", str(site), "--json", at=outside).json
        assert said["answer"] == "valid"
        assert (
            lines(said)["status"]["what"] == f"not revoked, according to the list of 2026-03-02 (from {site})"
        )
        (site / "status" / "1.json").write_bytes(a_list(signed, 7))
        ran = signed.run("ben", "verify", str(badge), "--site", str(site), at=outside, expect=1)
        assert ran.out.splitlines()[-1] == "Not valid: revoked"

    def test_the_network_is_asked_before_an_older_copy(
        self, signed: Town, badge: Path, outside: Path
    ) -> None:
        site = build(signed)
        (site / "status").mkdir(exist_ok=True)
        (site / "status" / "1.json").write_bytes(a_list(signed))
        signed.web[f"{SITE}/status/1.json"] = a_list(signed, 7)
        words = ("verify", str(badge), "--site", str(site))
        assert "Valid" in signed.run("ben", *words, at=outside).out
        assert "revoked" in signed.run("ben", *words, "--online", at=outside, expect=1).out
        del signed.web[f"{SITE}/status/1.json"]
        assert "Valid" in signed.run("ben", *words, "--online", at=outside).out

    def test_what_cannot_be_reached_is_never_good(self, signed: Town, badge: Path, outside: Path) -> None:
        site = build(signed)
        shutil.rmtree(site / "status", ignore_errors=True)
        said = signed.run(
            "ben", "verify", str(badge), "--site", str(site), "--json", at=outside, expect=7
        ).json
        assert lines(said)["status"]["ok"] is None and "--online" in lines(said)["status"]["remedy"]

    def test_from_the_programme_around(self, signed: Town, badge: Path) -> None:
        store(signed, "credentials/status/1.json", a_list(signed, 7))
        signed.run("ben", "sync")
        said = signed.run("ben", "verify", str(badge), "--json", expect=1).json
        assert lines(said)["status"]["what"] == "the issuer revoked it"

    def test_a_badge_cannot_make_many_addresses_be_asked(self, signed: Town, outside: Path) -> None:
        document = read(build(signed) / BADGE)
        entries = [
            {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "7",
                "statusListCredential": f"https://host{n}.example/1.json",
            }
            for n in range(40)
        ]
        place = outside / "many.json"
        place.write_bytes(json.dumps({**document, "credentialStatus": entries}).encode())
        said = signed.run("ben", "verify", str(place), "--online", "--json", at=outside, expect=7).json
        assert 1 < len(signed.asked) <= 6 and len(set(signed.asked)) == len(signed.asked)
        assert "more than 6 addresses" in said["checks"][-1]["what"]


class TestRecord:
    """Inside a programme's folder the badge is compared with what it was derived from."""

    @pytest.fixture
    def badge(self, signed: Town) -> Path:
        return build(signed) / BADGE

    def record(self, town: Town, badge: Path, expect: int = 0) -> tuple[str, dict[str, Any]]:
        said = town.run("ben", "verify", str(badge), "--json", expect=expect).json
        return said["state"], lines(said)["record"]

    def test_the_award_is_found_again(self, signed: Town, badge: Path) -> None:
        signed.run("ben", "sync")
        state, line = self.record(signed, badge)
        assert state == "valid" and line["ok"] is True
        assert line["what"] == f"as the record has it: attempt 1 of ana/{WAIT}, decided on 2026-03-02"

    def test_not_yet_synced_is_said_and_is_not_a_forgery(self, sent: Town) -> None:
        sent.run("rosa", "key", "new")
        sent.run("ben", "sync")
        badge = build(award_signed(sent)) / BADGE
        state, line = self.record(sent, badge, expect=7)
        assert state == "unknown" and line["ok"] is None and "mcred sync" in line["what"]

    def test_signed_with_the_key_and_never_decided(self, signed: Town, badge: Path, outside: Path) -> None:
        """Who has the key can sign anything; the record does not have it."""
        document = read(badge)
        pieces = [e for e in document["evidence"] if e["genre"] != "decision record"]
        forged = outside / "forged.json"
        forged.write_bytes(sign_again(document, signed.now, evidence=pieces))
        site = str(build(signed))
        assert "Valid" in signed.run("ben", "verify", str(forged), "--site", site, at=outside).out
        signed.run("ben", "sync")
        assert self.record(signed, forged, expect=7)[1]["ok"] is None
        signed.run("rosa", "person", "add", "cleo", "--role", "coach", wait=timedelta(days=3))
        signed.run("ben", "sync")
        state, line = self.record(signed, forged, expect=1)
        assert state == "not on record" and "has no such award" in line["what"]

    @pytest.mark.parametrize("which", ["levels", "definition", "submission", "name"])
    def test_signed_with_the_key_and_not_as_decided(
        self, signed: Town, badge: Path, outside: Path, which: str
    ) -> None:
        document = read(badge)
        subject = document["credentialSubject"]
        changes: dict[str, Any] = {}
        if which == "levels":
            result = subject["result"]
            result[-1]["achievedLevel"] = result[-1]["achievedLevel"].replace("proficient", "basic")
            changes["credentialSubject"] = subject
        elif which == "definition":
            text = json.dumps(subject).replace(":1.0.0:", ":1.0.1:").replace(":1.2.0:", ":1.2.1:")
            changes["credentialSubject"] = json.loads(text)
        elif which == "submission":
            other = git(signed.remote, "rev-parse", "main~3").strip()
            changes["evidence"] = [
                {**e, "id": f"swh:1:rev:{other}"} if e["genre"] == "submission record" else e
                for e in document["evidence"]
            ]
        else:
            changes["name"] = "Wait More"
        forged = outside / "forged.json"
        forged.write_bytes(sign_again(document, signed.now, **changes))
        signed.run("ben", "sync")
        state, line = self.record(signed, forged, expect=1)
        assert state == "not on record" and "is a different document" in line["what"]
        said = {
            "levels": "its levels are not those that were decided",
            "definition": "a different definition from the decision",
            "submission": "a different submission from the decision",
            "name": "",
        }[which]
        assert said in line["what"]

    @pytest.mark.parametrize(
        "how", [("--depth=1",), ("--filter=tree:0", "--no-checkout")], ids=["shallow", "partial"]
    )
    def test_where_the_history_is_incomplete_nothing_is_called_forged(
        self, signed: Town, badge: Path, outside: Path, how: tuple[str, ...]
    ) -> None:
        git(signed.remote, "config", "uploadpack.allowFilter", "true")
        copy = outside / "part"
        git(outside, "clone", "--quiet", *how, f"file://{signed.remote}", str(copy))
        said = signed.run("ben", "verify", str(badge), "--json", at=copy, expect=None).json
        assert said["answer"] == "cannot tell" and said["state"] == "unknown"
        record = lines(said)["record"]
        assert record["ok"] is None and "mcred join" in record["remedy"]
        if how[0] == "--depth=1":
            assert lines(said)["proof"]["ok"] is True and "the history here is incomplete" in record["what"]
        else:
            assert "missing on this computer" in record["what"]

    def test_revoked_in_the_record_alone(self, sent: Town) -> None:
        """Without an address for the pages there is no status list, so the badge itself cannot say it."""
        badge = build(award_signed(sent)) / BADGE
        store(sent, revocation_path(ANAS, 1), encode(a_revocation(reason="The video was not hers.")))
        sent.run("ben", "sync")
        state, line = self.record(sent, badge, expect=1)
        assert state == "revoked" and "The video was not hers" in line["what"]

    def test_replaced_by_a_newer_number(self, signed: Town, badge: Path, outside: Path) -> None:
        newer = sign_again(read(badge), signed.now, id=f"{SITE}/badges/ana/{WAIT}/1-2/badge.json")
        store(signed, f"portfolios/ana/{WAIT}/attempts/1/badge-2.json", newer)
        signed.run("ben", "sync")
        state, line = self.record(signed, badge, expect=1)
        assert (
            state == "superseded" and line["what"] == f"replaced by {SITE}/badges/ana/{WAIT}/1-2/badge.json"
        )
        (outside / "newer.json").write_bytes(newer)
        assert self.record(signed, outside / "newer.json")[0] == "valid"

    def test_a_badge_of_another_programme_is_not_compared(
        self, signed: Town, badge: Path, outside: Path, first_town: Town, tmp_path: Path
    ) -> None:
        """Inside another programme, which has a key of its own, the badge is what it is outside."""
        other = first_town.copy(tmp_path / "other")
        other.now = signed.now
        set_site(other, "https://other.example/pages")
        rules = other.home("rosa") / "mcred.yaml"
        text = rules.read_text("utf-8")
        key = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
        listed = f"  keys:\n    - {{id: {key}, multibase: {key}, since: 2026-01-01}}\n"
        rules.write_text(text.replace("\nroles:", f"\n{listed}\nroles:", 1), "utf-8")
        other.run("rosa", "save", "--programme")
        site = str(badge.parents[4])
        said = other.run("rosa", "verify", str(badge), "--site", site, "--json").json
        line = lines(said)["record"]
        assert said["answer"] == "valid" and line["ok"] is None and line["weighs"] is False
        assert "key period" not in lines(said) and said["issuer_known"] is True
        assert "-  " in other.run("rosa", "verify", str(badge), "--site", site).out
