"""Passing a badge on: `mcred share`, `mcred export`, and checking the exported file with no one else left."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mcred.badges.bake import extract, is_image
from mcred.badges.export_zip import write_parcel
from mcred.badges.status_list import sign_list
from mcred.domain.layout import award_path, revocation_path
from mcred.formats.encode import encode
from tests.badges.others import ask
from tests.cli.town import WAIT, Town
from tests.cli.towns_with_keys import DID, SITE, award_signed, issuer_key, place_site, read, sign_again, store
from tests.school import ANAS, a_revocation

PLACE = f"badges/{WAIT}/1"


@pytest.fixture
def signed(sent: Town) -> Town:
    """Ana's badge is signed; the pages have an address."""
    place_site(sent)
    return award_signed(sent)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "elsewhere"
    place.mkdir()
    return place


def unpack(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def revoke(town: Town) -> None:
    revoked = a_revocation(revoked=datetime(2026, 3, 3, 9, tzinfo=UTC), reason="The video was not hers.")
    store(town, revocation_path(ANAS, 1), encode(revoked))
    town.run("ana", "sync")


def words(files: Mapping[str, bytes]) -> str:
    """The README without its line breaks."""
    return " ".join(files["README.txt"].decode().split())


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = dict(attrs)


class TestShare:
    def test_everything_there_is_to_pass_on(self, signed: Town) -> None:
        ran = signed.run("ana", "share", WAIT)
        page = f"{SITE}/badges/ana/{WAIT}/1/"
        assert page in ran.out.split() and f"{page}badge.json --online" in ran.out
        said = signed.run("ana", "share", WAIT, "--json").json["badges"][0]
        fields = parse_qs(urlsplit(said["linkedin"]).query)
        assert fields["certUrl"] == [page] and fields["certId"] == [f"{page}badge.json"]
        assert (fields["issueYear"], fields["issueMonth"]) == (["2026"], ["3"])
        assert fields["organizationName"] == ["Lakeside Schools"] and fields["name"] == ["Wait Time"]
        tags = Tags(said["embed"]).found
        assert tags["a"]["href"] == page and tags["img"]["src"] == f"{page}badge.svg"
        signed.run("rosa", "build")
        assert (signed.home("rosa") / "site" / f"badges/ana/{WAIT}/1/badge.svg").is_file()

    def test_all_are_listed_when_none_is_named(self, signed: Town) -> None:
        ran = signed.run("ana", "share")
        assert "Wait Time" in ran.out and "valid" in ran.out and ran.next == f"mcred share {WAIT}"
        assert f"\n{WAIT}: {SITE}/badges/ana/{WAIT}/1/\n" in ran.out

    def test_private_says_how_to_change_it(self, signed: Town) -> None:
        signed.run("ana", "setup", "--publish", "private")
        signed.run("rosa", "person", "add", "ana")
        for words in (("share",), ("share", WAIT)):
            ran = signed.run("ana", *words)
            assert "your profile is set to private" in ran.out
            assert ran.next.startswith("mcred setup --publish")
        row = signed.run("ana", "share", "--json").json["badges"][0]
        assert (row["page"], row["linkedin"], row["embed"], row["text"]) == (None, None, None, None)

    def test_unlisted_is_said(self, signed: Town) -> None:
        signed.run("ana", "setup", "--publish", "unlisted")
        signed.run("rosa", "person", "add", "ana")
        assert "no list names it" in signed.run("ana", "share", WAIT).out

    def test_without_an_address_the_file_is_passed_on(self, earned: Town) -> None:
        ran = earned.run("ana", "share", WAIT)
        assert "pages have no address yet" in ran.out and ran.next == "mcred export"
        assert "not signed" in ran.out

    def test_what_does_not_hold_any_more_says_so(self, signed: Town) -> None:
        newer = sign_again(self.document(signed), signed.now, id=f"{SITE}/badges/ana/{WAIT}/1-2/badge.json")
        store(signed, f"portfolios/ana/{WAIT}/attempts/1/badge-2.json", newer)
        signed.run("ana", "sync")
        rows = signed.run("ana", "share", "--json").json["badges"]
        assert [(r["number"], r["state"], bool(r["embed"])) for r in rows] == [
            (1, "replaced", False),
            (2, "holds", True),
        ]
        shown = signed.run("ana", "share", WAIT).out
        assert f"{SITE}/badges/ana/{WAIT}/1-2/" in shown and "does not count: replaced" in shown
        revoke(signed)
        ran = signed.run("ana", "share", WAIT)
        assert "The video was not hers" in ran.out and "linkedin" not in ran.out

    def test_nothing_to_share(self, signed: Town) -> None:
        assert "no badge yet" in signed.run("ben", "share", expect=1).err
        ran = signed.run("ana", "share", "exit-slip", expect=1)
        assert "no badge for exit-slip" in ran.err and ran.next == "mcred status"
        assert "did you mean wait-time" in signed.run("ana", "share", "wait-tim", expect=1).err

    def document(self, town: Town) -> dict[str, Any]:
        return read(town.home("ana") / "portfolios" / "ana" / WAIT / "attempts/1/badge.json")


class TestExport:
    @pytest.fixture
    def packed(self, signed: Town, outside: Path) -> Path:
        place = outside / "ana.zip"
        signed.run("ana", "export", "--out", str(place))
        return place

    def test_all_of_it_is_in(self, signed: Town, packed: Path) -> None:
        files = unpack(packed)
        assert list(files) == sorted(files)
        work = f"work/{WAIT}/1"
        names = {
            *("README.txt", "clr.json", "keys/did.json"),
            *(f"{PLACE}/badge.{form}" for form in ("json", "png", "svg")),
            *(
                f"{work}/{n}"
                for n in ("submission.yaml", "1-overview.md", "decision.json", "definition.yaml")
            ),
            *(f"{work}/evidence/{n}" for n in ("plan.md", "talk.md")),
        }
        assert names <= set(files)
        assert any(name.startswith(f"{work}/reviews/") for name in files)
        stored = signed.home("ana") / "portfolios" / "ana" / WAIT / "attempts/1/badge.json"
        assert files[f"{PLACE}/badge.json"] == stored.read_bytes()
        for form in ("png", "svg"):
            assert json.loads(extract(files[f"{PLACE}/badge.{form}"])) == json.loads(stored.read_bytes())
        text = files["README.txt"].decode()
        assert "Micro-credentials of Ana Reyes" in text and DID in text and "mcred verify" in text
        assert max(len(line) for line in text.splitlines()) <= 100 or "z6Mk" in text

    def test_the_same_record_gives_the_same_bytes(self, signed: Town, packed: Path, outside: Path) -> None:
        first = packed.read_bytes()
        ran = signed.run("ana", "export", "--out", str(packed))
        assert packed.read_bytes() == first and ran.next == f"mcred verify {packed}"
        signed.run("ana", "export", "-n")
        assert not (signed.home("ana") / "ana-badges.zip").exists()
        signed.run("ana", "export")
        assert (signed.home("ana") / "ana-badges.zip").read_bytes() == first

    def test_another_file_is_never_written_over(self, signed: Town, outside: Path) -> None:
        place = outside / "thesis.zip"
        place.write_bytes(write_parcel({"thesis.txt": b"years of work"}))
        before = place.read_bytes()
        ran = signed.run("ana", "export", "--out", str(place), expect=1)
        assert "something else" in ran.err and place.read_bytes() == before
        assert "cannot be written" in signed.run("ana", "export", "--out", "no/such/x.zip", expect=1).err

    def test_of_someone_else_only_what_is_public(self, signed: Town, outside: Path) -> None:
        signed.run("ben", "sync")
        signed.run("ben", "export", "--person", "ana", "--out", str(outside / "x.zip"))
        work = [n for n in unpack(outside / "x.zip") if n.startswith("work/")]
        assert work == [f"work/{WAIT}/1/definition.yaml"]
        assert "no badge yet" in signed.run("ben", "export", expect=1).err
        assert "no one with the id" in signed.run("ben", "export", "--person", "nobody", expect=1).err

    def test_outside_it_is_whole_and_no_one_is_asked(self, signed: Town, packed: Path, outside: Path) -> None:
        ran = signed.run("ben", "verify", str(packed), at=outside, expect=7)
        assert "1 badge: 1 cannot tell" in ran.out and not signed.asked
        assert (
            "this file can't show that the key belongs to" in " ".join(ran.out.split())
            and "--online" in ran.next
        )
        said = signed.run("ben", "verify", str(packed), "--json", at=outside, expect=7).json
        (badge,) = said["badges"]
        checks = {c["check"]: c["ok"] for c in badge["checks"]}
        assert (said["answer"], badge["state"]) == ("cannot tell", "whole")
        assert checks["proof"] is True and checks["issuer"] is None and checks["dates"] is True

    def test_with_keys_known_otherwise_it_is_valid(self, signed: Town, packed: Path, outside: Path) -> None:
        signed.run("ben", "sync")
        inside = signed.run("ben", "verify", str(packed), "--json").json
        assert inside["schema"] == "mcred/verify-all/1"
        assert inside["answer"] == "valid"
        assert "record" in {c["check"] for c in inside["badges"][0]["checks"]}
        with zipfile.ZipFile(packed) as pack:
            pack.extractall(outside / "unpacked")
        keys = str(outside / "unpacked" / "keys")
        badge = str(outside / "unpacked" / PLACE / "badge.png")
        assert "Valid" in signed.run("ben", "verify", badge, "--site", keys, at=outside).out
        assert "1 badge: 1 valid" in signed.run("ben", "verify", str(packed), "--site", keys, at=outside).out
        signed.web[f"{SITE}/did.json"] = (outside / "unpacked" / "keys" / "did.json").read_bytes()
        words = ("verify", str(packed), "--online", "--issuer", DID)
        assert "1 valid" in signed.run("ben", *words, at=outside).out

    def test_what_was_changed_in_it_is_found(self, signed: Town, packed: Path, outside: Path) -> None:
        files = unpack(packed)
        badge = json.loads(files[f"{PLACE}/badge.json"])
        for changed, said, code in (
            ({f"{PLACE}/badge.json": json.dumps({**badge, "name": "X"}).encode()}, "does not match", 1),
            (
                {f"{PLACE}/badge.png": files[f"{PLACE}/badge.svg"].replace(b"Wait Time", b"Wait Tame")},
                "does not match",
                1,
            ),
            ({f"{PLACE}/badge.svg": b"<svg/>"}, "beside it holds another badge", 7),
        ):
            place = outside / "changed.zip"
            place.write_bytes(write_parcel({**files, **changed}))
            ran = signed.run("ben", "verify", str(place), at=outside, expect=code)
            assert said in ran.out and ("does not match" in ran.out) == (code == 1), said
            assert "forged" not in ran.said
        without = {n: data for n, data in files.items() if not n.startswith("keys/")}
        place.write_bytes(write_parcel(without))
        assert "1 cannot tell" in signed.run("ben", "verify", str(place), at=outside, expect=7).out

    def test_the_issuers_own_export_has_a_signed_record(self, signed: Town, outside: Path) -> None:
        place = outside / "x.zip"
        assert "no signature of its own" in signed.run("ana", "export", "-n").out
        signed.run("rosa", "export", "--person", "ana", "--out", str(place))
        record = json.loads(unpack(place)["clr.json"])
        assert record["type"] == ["VerifiableCredential", "ClrCredential"] and record["issuer"]["id"] == DID
        said = signed.run("rosa", "verify", str(place), "--json").json
        assert [b["file"] for b in said["badges"]] == [f"{PLACE}/badge.json", "clr.json"]
        assert said["answer"] == "valid"
        whole = signed.run("ben", "verify", str(place), at=outside, expect=7)
        assert "its issuer put these badges together" in whole.out and "Valid" not in whole.out
        record["name"] = "All of it"
        forged = outside / "y.zip"
        forged.write_bytes(write_parcel({**unpack(place), "clr.json": json.dumps(record).encode()}))
        assert "not a signed record" in signed.run("rosa", "verify", str(forged), expect=1).out

    def test_without_a_signature_it_is_said(self, earned: Town, outside: Path) -> None:
        ran = earned.run("ana", "export", "--out", str(outside / "x.zip"))
        files = unpack(outside / "x.zip")
        assert "not signed" in ran.out and "clr.json" not in files and f"{PLACE}/badge.json" in files
        assert "only the program's record vouches" in words(files)

    def test_an_issuer_without_pages_has_its_key_in_its_name(self, sent: Town, outside: Path) -> None:
        award_signed(sent)
        sent.run("ana", "export", "--out", str(outside / "x.zip"))
        assert not any(n.startswith("keys/") for n in unpack(outside / "x.zip"))
        unknown = sent.run("ben", "verify", "x.zip", at=outside)
        assert "1 badge: 1 cannot tell" in unknown.out
        did = unknown.next.split("NAME ")[1].split()[0]
        assert did.startswith("did:key:z6Mk")
        assert "1 valid" in sent.run("ben", "verify", "x.zip", "--issuer", did, at=outside).out
        around = {f"ana-badges/{name}": data for name, data in unpack(outside / "x.zip").items()}
        added = {"ana-badges/.DS_Store": b"\0", f"__MACOSX/ana-badges/{PLACE}/._badge.json": b"\0\5\x16\7"}
        (outside / "mac.zip").write_bytes(write_parcel({**around, **added}))
        for words in ((), ("--json",), ("--issuer", did)):
            as_made = sent.run("ben", "verify", "x.zip", *words, at=outside, expect=None)
            by_a_mac = sent.run("ben", "verify", "mac.zip", *words, at=outside, expect=None)
            assert by_a_mac.out.replace("mac.zip", "x.zip") == as_made.out and by_a_mac.code == as_made.code

    def test_a_revoked_badge_goes_along_and_says_so(self, signed: Town, outside: Path) -> None:
        revoke(signed)
        ran = signed.run("ana", "export", "--out", str(outside / "x.zip"))
        files = unpack(outside / "x.zip")
        assert "(revoked)" in ran.out and "clr.json" not in files
        assert "revoked on 2026-03-03: The video was not hers." in words(files)

    def test_a_replaced_badge_does_not_speak_against_the_file(self, signed: Town, outside: Path) -> None:
        """Outside, only the newer badge tells that the older one was replaced and not revoked."""
        first = TestShare().document(signed)
        key = issuer_key()

        def placed(index: int, **more: Any) -> bytes:
            entry = {
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(index),
                "statusListCredential": f"{SITE}/status/1.json",
            }
            return sign_again(first, signed.now, credentialStatus=entry, **more)

        digest = "sha384-" + "A" * 64
        old = placed(3)
        new = placed(
            4,
            id=f"{SITE}/badges/ana/{WAIT}/1-2/badge.json",
            relatedResource=[{"id": first["id"], "digestSRI": digest}],
        )
        listed = sign_list(f"{SITE}/status/1.json", {3}, key, f"{DID}#{key.multibase}", signed.now)
        store(signed, award_path(ANAS, 1), old)
        store(signed, award_path(ANAS, 1, 2), new)
        store(signed, "credentials/status/1.json", json.dumps(listed).encode())
        signed.run("ana", "sync")
        signed.run("ana", "export", "--out", str(outside / "x.zip"))
        keys = outside / "k"
        with zipfile.ZipFile(outside / "x.zip") as pack:
            pack.extractall(keys)
        said = signed.run("ben", "verify", "x.zip", "--site", "k/keys", "--json", at=outside).json
        states = {b["file"]: b["state"] for b in said["badges"]}
        assert states == {f"{PLACE}/badge.json": "superseded", f"{PLACE}-2/badge.json": "valid"}
        assert said["answer"] == "valid"
        told = signed.run("ben", "verify", "x.zip", "--site", "k/keys", at=outside).out
        assert "2 badges: 1 valid, 1 replaced" in told
        assert "keys/status/1.json" in unpack(outside / "x.zip")

    @pytest.mark.slow
    @pytest.mark.verifiers
    def test_other_peoples_software_takes_what_is_in_it(self, signed: Town, packed: Path) -> None:
        files = unpack(packed)
        listed, did = json.loads(files["keys/status/1.json"]), json.loads(files["keys/did.json"])
        badges = {n: json.loads(_document(files[n])) for n in files if n.startswith("badges/")}
        assert len(badges) == 3
        taken = ask(badges, {listed["id"]: listed, did["id"]: did})
        assert {name: a["why"] for name, a in taken.items() if not a["verified"]} == {}
        forged = {"x": {**badges[f"{PLACE}/badge.json"], "name": "Another"}}
        assert not ask(forged, {listed["id"]: listed, did["id"]: did})["x"]["verified"]


def _document(data: bytes) -> bytes:
    return extract(data) if is_image(data) else data
