"""What a site says for browsers that check badges: the issuer's keys, and what ended."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from msgspec.structs import replace

from mcred.app.endorsements.endorsers import Endorsers, did_of
from mcred.app.pages.verify_files import EndedBadge, find_ended, verify_files
from mcred.badges.keys import did_key, publish_key
from mcred.badges.proof_pair import digest_content
from mcred.domain.ids import StackId, Version
from mcred.domain.network.known_issuers import KnownIssuer
from mcred.domain.people import SigningKey
from mcred.domain.programme import Roles, Site
from mcred.domain.stack_badge import Contained, StackAward, StackRecord, StackReissue
from mcred.store.signatures import key_of_secret
from mcred.website.addresses import ENDORSER_KEYS, ISSUER_KEYS, NO_LONGER_VALID
from tests.badges.issuing import DID, KEY, METHOD, OTHER, PUBLIC, SITE, a_badge, the_facts, write
from tests.school import ANA, BEN, NOON, a_catalog, a_person, a_programme, a_record, a_revocation

FIRST, SECOND = a_badge(), a_badge(the_facts(number=2))
UNSIGNED = {name: value for name, value in FIRST.items() if name != "proof"}


def ended(**record: Any) -> set[EndedBadge]:
    return set(find_ended(a_catalog((a_record(**record),))))


def test_what_holds_is_not_named() -> None:
    assert ended(awards={1: write(FIRST)}) == set()


def test_what_was_replaced_or_revoked_is_named_by_what_it_says() -> None:
    both = {"awards": {1: write(FIRST)}, "issued_again": {(1, 2): write(SECOND)}}
    old, new = digest_content(FIRST), digest_content(SECOND)
    assert ended(**both) == {EndedBadge(old, False)}
    assert ended(**both, revocations={1: a_revocation()}) == {EndedBadge(old, True), EndedBadge(new, True)}
    assert ended(**both, revocations={1: None}) == {EndedBadge(old, True), EndedBadge(new, True)}


def test_what_is_not_signed_or_cannot_be_read_is_left_out() -> None:
    """What it says could be guessed."""
    for document in (write(UNSIGNED), b"{", b"[]", b'{"proof": 1}'):
        assert ended(awards={1: document}, revocations={1: None}) == set()


def test_a_stack_badge_is_named_like_others() -> None:
    given = {
        number: StackAward(
            title="Talk",
            version=Version("1.0.0"),
            awarded=NOON,
            ends=None,
            contained=(Contained(name="Wait Time", digest="0" * 64),),
            document=write(document),
        )
        for number, document in ((1, FIRST), (2, SECOND))
    }
    again = StackReissue(
        format=2,
        earner=ANA,
        stack=StackId("talk"),
        number=2,
        issuer=ANA,
        issued=NOON,
        reason="Moved.",
        replaces=str(FIRST["id"]),
    )
    record = StackRecord(earner=ANA, stack=StackId("talk"), awards=given, reissues={2: again})
    catalog = a_catalog(stacked={(ANA, StackId("talk")): record})
    assert set(find_ended(catalog)) == {EndedBadge(digest_content(FIRST), False)}


def read(files: dict[str, bytes], path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files[path])
    return found


def test_the_keys_are_those_of_the_issuer_under_each_of_its_names() -> None:
    programme = a_programme()
    ended = replace(PUBLIC, until=date(2026, 12, 31))
    issuer = replace(programme.issuer, keys=(ended, publish_key(OTHER, date(2027, 1, 1))))
    programme = replace(programme, issuer=issuer, site=Site(url=SITE))
    found = read(verify_files(Endorsers(programme=programme), ()), ISSUER_KEYS)
    issuers = found["issuers"]
    assert found["periods"] == {
        KEY.multibase: {"since": "2026-01-01", "until": "2026-12-31"},
        OTHER.multibase: {"since": "2027-01-01", "until": None},
    }
    assert issuers[DID] == {METHOD: KEY.multibase, f"{DID}#{OTHER.multibase}": OTHER.multibase}
    for key in (KEY, OTHER):
        own = did_key(key.multibase)
        assert issuers[own] == {f"{own}#{key.multibase}": key.multibase}
    assert len(issuers) == 3


def test_without_keys_no_badge_is_the_issuers() -> None:
    ended = [EndedBadge("b", True), EndedBadge("a", True), EndedBadge("a", True)]
    files = verify_files(Endorsers(programme=a_programme()), ended)
    assert read(files, ISSUER_KEYS) == {"format": 1, "issuers": {}, "periods": {}}
    assert read(files, ENDORSER_KEYS) == {"format": 1, "issuers": {}, "periods": {}, "withdrawn": {}}
    assert read(files, NO_LONGER_VALID) == {"format": 1, "revoked": ["a", "b"], "replaced": []}


def test_those_who_endorse_have_a_file_of_their_own() -> None:
    """With the keys of administrators, whoever is listed, and the programme, and what counts as withdrawn."""
    public = key_of_secret(bytes(range(3, 35)).hex()).public
    multibase = did_of(public).removeprefix("did:key:")
    vera = a_person("vera", keys=(SigningKey(public=public, since=NOON.date()),))
    listed = KnownIssuer(name="State University", id="did:web:u.example", keys=(OTHER.multibase,))
    roles = Roles(maintainers=(ANA,), issuers=(BEN,), administrators=(vera.id,))
    issuer = replace(a_programme().issuer, keys=(PUBLIC,))
    programme = replace(a_programme(), roles=roles, endorsers=(listed,), issuer=issuer, site=Site(url=SITE))
    endorsers = Endorsers(
        programme=programme,
        people={did_of(public): vera},
        withdrawn={vera.id: ("a",), ANA: ("c",)},
        withdrawn_here=("b",),
    )
    files = verify_files(endorsers, ())
    found = read(files, ENDORSER_KEYS)
    vera_did, other_did, own = did_of(public), did_key(OTHER.multibase), did_key(KEY.multibase)
    assert found["issuers"] == {
        vera_did: {f"{vera_did}#{multibase}": multibase},
        "did:web:u.example": {f"did:web:u.example#{OTHER.multibase}": OTHER.multibase},
        other_did: {f"{other_did}#{OTHER.multibase}": OTHER.multibase},
        DID: {METHOD: KEY.multibase},
        own: {f"{own}#{KEY.multibase}": KEY.multibase},
    }
    assert found["periods"] == {
        multibase: {"since": str(NOON.date()), "until": None},
        OTHER.multibase: {"since": "", "until": None},
        KEY.multibase: {"since": "2026-01-01", "until": None},
    }
    assert found["withdrawn"] == {vera_did: ["a"], DID: ["b"], own: ["b"]}
    assert read(files, ISSUER_KEYS)["issuers"].keys() == {DID, own}, "no one else's key makes a badge valid"
