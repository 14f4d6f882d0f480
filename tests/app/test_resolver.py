"""Where keys, lists and badges are looked for, in which order, and what is said when they are nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jwt
import pytest
from msgspec.structs import replace
from openvc.proof.di_jcs import EddsaJcsProofSuite

from mcred.app.awards.resolver import (
    MAX_ASKED,
    MAX_FILE,
    Parcel,
    SiteCopy,
    Sources,
    index_parcel,
    need_badge,
    open_file,
    open_site,
    read_below,
)
from mcred.app.awards.verify_export import verify_badge
from mcred.badges.checks import Material, VerifyReport
from mcred.badges.keys import IssuerKey, did_document, did_key, make_issuer_key, method_id
from mcred.badges.open_badge import Replaced, write_document
from mcred.badges.proof import sign
from mcred.domain.catalog import Catalog
from mcred.domain.issuer_key import PublicKey
from mcred.domain.programme import Site
from mcred.problems import Exit, McredError
from tests.badges import elsewhere
from tests.badges.issuing import KEY as SCHOOL
from tests.badges.issuing import METHOD, OTHER, a_badge, a_context, the_facts, write
from tests.school import NOON, a_catalog, a_programme

URL = "https://badges.example.org"
DID = "did:web:badges.example.org"
LIST = f"{URL}/status/1.json"
MULTIBASE = make_issuer_key(b"\x01" * 32).multibase
KEY = PublicKey(id=MULTIBASE, multibase=MULTIBASE, since=date(2026, 9, 1))
NOT_ASKED = "not looked up online"


def a_document(name: object) -> bytes:
    return json.dumps({"id": name}).encode()


def a_site(folder: Path, **files: bytes) -> SiteCopy:
    """A copy of the pages, names with `__` for a slash and `_` for a dot."""
    (folder / ".well-known").mkdir(parents=True)
    (folder / ".well-known/did.json").write_bytes(a_document(DID))
    for name, data in files.items():
        place = folder / name.replace("__", "/").replace("_", ".")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return open_site(folder)


def the_programme(**changes: Any) -> Catalog:
    rules = a_programme()
    rules = replace(rules, site=Site(url=URL), issuer=replace(rules.issuer, keys=(KEY,)))
    return a_catalog(programme=rules, **changes)


def answering(pages: Mapping[str, bytes], asked: list[str] | None = None) -> Callable[[str], bytes]:
    """A network with these pages; what is asked for is written down."""

    def fetch(url: str) -> bytes:
        if asked is not None:
            asked.append(url)
        if url not in pages:
            raise McredError("there is nothing at that address")
        return pages[url]

    return fetch


class TestSiteCopy:
    @pytest.mark.parametrize(
        ("place", "did", "address"),
        [
            (".well-known/did.json", DID, URL),
            ("did.json", f"{DID}:team:badges", f"{URL}/team/badges"),
            ("did.json", "did:web:badges.example.org%3A8443:a", "https://badges.example.org:8443/a"),
            # A did:key says nothing of where the pages stand.
            ("did.json", f"did:key:{MULTIBASE}", ""),
        ],
    )
    def test_issuer_and_address(self, tmp_path: Path, place: str, did: str, address: str) -> None:
        (tmp_path / ".well-known").mkdir()
        (tmp_path / place).write_bytes(a_document(did))
        assert open_site(tmp_path) == SiteCopy(
            folder=tmp_path, issuer=did, keys=a_document(did), address=address
        )

    @pytest.mark.parametrize("data", [None, b"", b"[]", b"{}", a_document(3), a_document("")])
    def test_without_keys_no_one_is_named(self, tmp_path: Path, data: bytes | None) -> None:
        if data is not None:
            (tmp_path / "did.json").write_bytes(data)
        assert open_site(tmp_path) == SiteCopy(folder=tmp_path, issuer="", keys=b"", address="")

    def test_the_root_comes_first(self, tmp_path: Path) -> None:
        assert a_site(tmp_path, did_json=a_document("did:web:other.example")).issuer == DID

    def test_no_such_folder(self, tmp_path: Path) -> None:
        with pytest.raises(McredError, match="there is no folder") as refused:
            open_site(tmp_path / "none")
        assert str(refused.value.hint) == "mcred verify FILE --site DIR"

    @pytest.mark.parametrize(
        ("url", "found"),
        [
            *((f"{URL}/a/x.json", True), (f"{URL}/a/x.json?v=2#proof", True), (f"{URL}/a/./x.json", True)),
            ("https://Badges.Example.org/a/x.json", True),
            *((f"{URL}/a/y.json", False), (f"{URL}/a", False), (f"{URL}/", False), (URL, False)),
            *((f"{URL}.evil.example/a/x.json", False), ("https://other.example/a/x.json", False)),
            *((f"{URL}/../secret", False), (f"{URL}//etc/passwd", False), ("", False), ("a/x.json", False)),
            ("http://badges.example.org/a/x.json", False),
        ],
    )
    def test_what_is_at_an_address(self, tmp_path: Path, url: str, found: bool) -> None:
        (tmp_path / "secret").write_bytes(b"no page")
        site = a_site(tmp_path / "pages", a__x_json=b"page")
        assert site.find(url) == (b"page" if found else None)


class TestReadBelow:
    @pytest.mark.parametrize(
        "path", ["../out", "a/../../out", "", ".", "a", "none", "x\0y", "a/link", "way/out"]
    )
    def test_nothing_from_elsewhere(self, tmp_path: Path, path: str) -> None:
        (tmp_path / "out").write_bytes(b"secret")
        (tmp_path / "in/a").mkdir(parents=True)
        (tmp_path / "in/a/link").symlink_to(tmp_path / "out")
        (tmp_path / "in/way").symlink_to(tmp_path)
        assert read_below(tmp_path / "in", path) is None

    def test_absolute_paths_lead_nowhere(self, tmp_path: Path) -> None:
        (tmp_path / "out").write_bytes(b"secret")
        (tmp_path / "in").mkdir()
        assert read_below(tmp_path / "in", str(tmp_path / "out")) is None

    def test_links_that_stay_inside_are_followed(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"page")
        (tmp_path / "link").symlink_to("x")
        assert read_below(tmp_path, "link") == b"page"

    @pytest.mark.parametrize(("size", "taken"), [(MAX_FILE, True), (MAX_FILE + 1, False)])
    def test_huge_files_are_left(self, tmp_path: Path, size: int, taken: bool) -> None:
        with (tmp_path / "big").open("wb") as file:
            file.truncate(size)
        found = read_below(tmp_path, "big")
        assert (None if found is None else len(found)) == (size if taken else None)


class TestDid:
    def test_every_place_in_its_order(self, tmp_path: Path) -> None:
        """Each place answers when those before it are not there."""
        address = f"{URL}/.well-known/did.json"
        sources = Sources(
            named={DID: b"named"},
            site=a_site(tmp_path),
            catalog=the_programme(),
            fetch=answering({address: b"online"}),
            parcel=Parcel(documents={DID: b"packed"}),
        )
        assert sources.find_did(DID) == Material(data=b"named", where="the did.json you named")
        sources.named = {}
        kept = write_document(did_document(DID, (KEY,)))
        assert sources.find_did(DID) == Material(data=a_document(DID), where=f"from {tmp_path}")
        sources.site = None
        assert sources.find_did(DID) == Material(data=kept, where="from the program's record")
        sources.catalog = None
        assert sources.find_did(DID) == Material(data=b"online", where=f"from {address}", public=True)
        sources.fetch, sources.asked = None, {}
        assert sources.find_did(DID) == Material(data=b"packed", where="from the same file", own=True)
        sources.parcel = None
        assert sources.find_did(DID) == Material(data=None, where=NOT_ASKED)

    def test_the_programme_is_known_by_its_keys_too(self) -> None:
        name = did_key(MULTIBASE)
        found = Sources(catalog=the_programme()).find_did(name)
        assert found.data == write_document(did_document(name, (KEY,)))

    @pytest.mark.parametrize("did", ["did:web:other.example", did_key(make_issuer_key(b"\2" * 32).multibase)])
    def test_another_issuer_is_not_answered_for(self, tmp_path: Path, did: str) -> None:
        sources = Sources(
            site=a_site(tmp_path), catalog=the_programme(), parcel=Parcel(documents={DID: b"x"})
        )
        assert sources.find_did(did).data is None

    @pytest.mark.parametrize("did", ["did:key:zzz", "did:example:1", "", URL])
    def test_only_web_names_are_asked_online(self, did: str) -> None:
        asked: list[str] = []
        assert Sources(fetch=answering({}, asked)).find_did(did) == Material(data=None, where="")
        assert asked == []


class TestLists:
    def test_the_newest_counts_so_the_network_comes_first(self, tmp_path: Path) -> None:
        kept = a_document(LIST)
        sources = Sources(
            site=a_site(tmp_path, status__1_json=b"copy"),
            catalog=the_programme(lists={1: kept}),
            fetch=answering({LIST: b"online"}),
            parcel=Parcel(documents={LIST: b"packed"}),
        )
        assert sources.find_list(LIST) == Material(data=b"online", where=f"from {LIST}", public=True)
        sources.fetch, sources.asked = None, {}
        assert sources.find_list(LIST) == Material(data=b"copy", where=f"from {tmp_path}", public=True)
        sources.site = None
        assert sources.find_list(LIST) == Material(data=kept, where="from the program's record")
        sources.catalog = the_programme(lists={1: a_document(f"{URL}/status/2.json"), 2: b"no json"})
        assert sources.find_list(LIST) == Material(data=b"packed", where="from the same file", own=True)

    def test_a_network_that_fails_is_named_and_the_next_place_answers(self, tmp_path: Path) -> None:
        sources = Sources(site=a_site(tmp_path, status__1_json=b"copy"), fetch=answering({}))
        assert sources.find_list(LIST).data == b"copy"
        sources.site = None
        assert sources.find_list(LIST) == Material(
            data=None, where=f"{LIST}: there is nothing at that address"
        )


class TestAsking:
    def test_an_address_is_asked_once_whatever_it_answers(self) -> None:
        asked: list[str] = []
        sources = Sources(fetch=answering({LIST: b"x"}, asked))
        for url in (LIST, f"{URL}/gone.json") * 2:
            sources.find_list(url)
        assert asked == [LIST, f"{URL}/gone.json"]

    def test_so_many_addresses_and_no_more(self) -> None:
        asked: list[str] = []
        urls = [f"{URL}/status/{n}.json" for n in range(MAX_ASKED + 2)]
        sources = Sources(fetch=answering(dict.fromkeys(urls, b"x"), asked))
        found = [sources.find_list(url) for url in urls]
        assert asked == urls[:MAX_ASKED]
        assert [f.data for f in found] == [b"x"] * MAX_ASKED + [None, None]
        assert {f.where for f in found[MAX_ASKED:]} == {f"it names more than {MAX_ASKED} addresses"}
        assert sources.find_list(urls[0]).data == b"x"


class TestBadges:
    @pytest.mark.parametrize(
        ("typed", "asked"),
        [
            ("badges/ana/wait-time/1/badge.json", "badges/ana/wait-time/1/badge.json"),
            ("badges/ana/wait-time/1/", "badges/ana/wait-time/1/badge.json"),
            ("badges/ana/wait-time/1/index.html", "badges/ana/wait-time/1/badge.json"),
            ("badges/ana/wait-time/1/badge.svg", "badges/ana/wait-time/1/badge.svg"),
            ("badges/ana/wait-time/1", "badges/ana/wait-time/1"),
        ],
    )
    def test_for_its_page_the_document_beside_it(self, typed: str, asked: str) -> None:
        address = f"{URL}/{asked}"
        found = Sources(fetch=answering({address: b"badge"})).find_badge(f"{URL}/{typed}")
        assert found == Material(data=b"badge", where=f"from {address}", public=True)

    def test_a_copy_comes_before_the_network(self, tmp_path: Path) -> None:
        asked: list[str] = []
        sources = Sources(site=a_site(tmp_path, b__badge_json=b"copy"), fetch=answering({}, asked))
        assert need_badge(sources, f"{URL}/b/") == b"copy"
        assert asked == []

    def test_no_one_was_asked(self) -> None:
        with pytest.raises(McredError, match="not looked up online") as refused:
            need_badge(Sources(), f"{URL}/b/")
        assert (str(refused.value.hint), refused.value.code) == (
            f"mcred verify {URL}/b/ --online",
            Exit.UNREACHABLE,
        )

    def test_it_is_nowhere(self) -> None:
        with pytest.raises(McredError) as refused:
            need_badge(Sources(fetch=answering({})), f"{URL}/b/")
        why = f"{URL}/b/badge.json: there is nothing at that address"
        assert refused.value.what == f"no badge was found: {why}"
        assert refused.value.code is Exit.UNREACHABLE


class TestFiles:
    def test_a_file_is_opened(self, tmp_path: Path) -> None:
        (tmp_path / "badge.json").write_bytes(b"{}")
        with open_file(tmp_path, "badge.json") as file:
            assert file.read() == b"{}"

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("gone.json", "was not found"),
            ("plain/badge.json", "was not found"),
            ("x" * 5000, "too long"),
            ("a/" * 3000, "too long"),
            ("a\0b", "not a file that can be read"),
            ("round", "leads back to itself"),
            ("/dev/null", "not a file with a badge"),
            (".", "is a folder"),
            ("", "is a folder"),
        ],
        ids=range(9),
    )
    def test_what_cannot_be_opened_is_said(self, tmp_path: Path, name: str, why: str) -> None:
        (tmp_path / "round").symlink_to("round")
        (tmp_path / "plain").write_bytes(b"")
        with pytest.raises(McredError, match=why) as refused:
            open_file(tmp_path, name)
        assert str(refused.value.hint) == "mcred verify FILE" and len(refused.value.what) < 200

    def test_the_command_that_was_typed_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(McredError, match="was not found") as refused:
            open_file(tmp_path, "gone.json", "endorse", "add")
        assert str(refused.value.hint) == "mcred endorse add FILE"

    def test_for_a_folder_a_badge_in_it_is_named(self, tmp_path: Path) -> None:
        place = tmp_path / "my export" / "badges" / "wait-time" / "1" / "badge.json"
        place.parent.mkdir(parents=True)
        place.write_bytes(b"{}")
        with pytest.raises(McredError) as refused:
            open_file(tmp_path, "my export")
        assert str(refused.value.hint) == "mcred verify 'my export/badges/wait-time/1/badge.json'"


class TestReplaced:
    """A badge of the copy of the pages that says it is in another one's place."""

    OLD = a_badge()

    def later(self, key: IssuerKey = SCHOOL, method: str = METHOD, **changes: Any) -> dict[str, Any]:
        made = a_badge(the_facts(replaces=Replaced(id="urn:uuid:other", document=b"{}")))
        unsigned = {name: value for name, value in made.items() if name != "proof"}
        related = [{**made["relatedResource"][0], "id": self.OLD["id"]}]
        said = {"id": "urn:uuid:later", "relatedResource": related, **changes}
        return dict(sign({**unsigned, **said}, key, method, NOON))

    def state(self, folder: Path, *later: dict[str, Any]) -> str:
        names = (f"badges__ana__wait-time__{n}__badge_json" for n in range(len(later)))
        files = {name: write(badge) for name, badge in zip(names, later, strict=True)}
        return verify_badge(write(self.OLD), Sources(site=a_site(folder, **files)), a_context(keys={})).state

    def test_a_signed_one_of_the_same_issuer_takes_its_place(self, tmp_path: Path) -> None:
        assert self.state(tmp_path, self.later()) == "superseded"

    def test_no_one_elses_does(self, tmp_path: Path) -> None:
        good = self.later()
        unsigned = {name: value for name, value in good.items() if name != "proof"}
        did = did_key(OTHER.multibase)
        stranger = self.later(OTHER, method_id(did, OTHER), issuer={**good["issuer"], "id": did})
        changed, itself = {**good, "name": "X"}, {**good, "id": self.OLD["id"]}
        bad = (unsigned, changed, stranger, itself)
        assert self.state(tmp_path / "bad", *bad) == "valid"
        assert self.state(tmp_path / "both", *bad, good) == "superseded", "none hides the right one"

    def test_what_does_not_say_so_is_not_looked_at(self, tmp_path: Path) -> None:
        badges = {
            "badges__ana__wait-time__1__badge_json": write(self.later()),
            "badges__ana__stacks__x__1__badge_json": b'no json "relatedResource"',
        }
        sources = Sources(site=a_site(tmp_path, **badges))
        assert list(sources.find_later(self.OLD["id"])) == [write(self.later())]
        assert not list(sources.find_later("urn:uuid:later"))
        assert not list(Sources().find_later(self.OLD["id"]))


@pytest.mark.parametrize(
    ("ids", "indexed"),
    [
        ((), {}),
        (("a",), {"a": 0}),
        (("a", "b"), {"a": 0, "b": 1}),
        (("a", "b", "a"), {"b": 1}),
        (("a", "a", "a"), {}),
        (("", 3, None, "b"), {"b": 3}),
    ],
)
def test_an_id_that_two_claim_is_no_ones(ids: tuple[object, ...], indexed: dict[str, int]) -> None:
    files = {f"keys/{n}.json": a_document(name) for n, name in enumerate(ids)}
    files["keys/none.json"] = b"no json"
    expected = {name: files[f"keys/{n}.json"] for name, n in indexed.items()}
    assert index_parcel(files).documents == expected


class TestWhatMembersPublish:
    """A copy of the pages vouches for the issuer of its did.json, not for what people have on their pages."""

    PAGE = f"{URL}/portfolios/mallory/elsewhere/x.json"

    def report(self, folder: Path, badge: bytes, page: Mapping[str, Any]) -> VerifyReport:
        site = a_site(folder, portfolios__mallory__elsewhere__x_json=json.dumps(page).encode())
        sources = Sources(site=site)
        found = {"find_did": sources.find_did, "find_list": sources.find_list, "find_page": sources.find_page}
        context = replace(elsewhere.reading(), **found)
        return verify_badge(badge, sources, context)

    def test_a_did_document_makes_no_known_issuer(self, tmp_path: Path) -> None:
        method = f"{self.PAGE}#k"
        multibase = elsewhere.did_of(elsewhere.ed25519()).removeprefix("did:key:")
        one = {"id": method, "type": "Multikey", "controller": self.PAGE, "publicKeyMultibase": multibase}
        page = {"id": self.PAGE, "assertionMethod": [method], "verificationMethod": [one]}
        badge = EddsaJcsProofSuite().add_proof(
            elsewhere.credential(self.PAGE),
            signing_key=elsewhere.signing_key(elsewhere.ed25519()),
            verification_method=method,
            created=elsewhere.SIGNED,
        )
        report = self.report(tmp_path, json.dumps(badge).encode(), page)
        assert (report.answer, report.state, report.known) == ("cannot tell", "whole", False)

    def test_nor_does_a_key_file(self, tmp_path: Path) -> None:
        key = elsewhere.ed25519()
        token = jwt.encode(
            {**elsewhere.credential(f"{URL}/"), "iss": f"{URL}/"},
            elsewhere.pem_of(key),
            algorithm="EdDSA",
            headers={"kid": self.PAGE},
        )
        page = {"publicKeyJwk": elsewhere.signing_key(key).public_jwk()}
        report = self.report(tmp_path, token.encode(), page)
        assert (report.answer, report.known) == ("cannot tell", False)

    def test_nor_does_a_badge_of_an_older_version(self, tmp_path: Path) -> None:
        badge = {"type": "BadgeClass", "id": "urn:x", "issuer": {"id": f"{URL}/", "name": "School"}}
        page = elsewhere.assertion(id=self.PAGE, badge=badge)
        report = self.report(tmp_path, json.dumps(page).encode(), page)
        assert (report.answer, report.known) == ("cannot tell", False)
