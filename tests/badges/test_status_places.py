"""The lists while awards are issued and revoked: no place twice, nothing unset, no stranger's key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.badges import status_places as rooms
from mcred.badges.open_badge import StatusPlace
from mcred.badges.proof import LIST_CONTEXTS, check, issuer_of
from mcred.badges.status_list import read_bits, sign_list
from mcred.badges.status_places import StatusLedger, open_ledger, place_of, read_place
from tests.badges.issuing import DID, KEY, METHOD, OTHER, SITE, a_badge, a_did_document, a_list, write

NAME = METHOD.partition("#")[2]
NOW = datetime(2026, 11, 3, tzinfo=UTC)
FIRST, SECOND = (f"{SITE}/status/{n}.json" for n in (1, 2))
OLD_SITE, OLD_DID = "https://old.example", "did:web:old.example"


def an_award(index: int, address: str = FIRST, method: str = METHOD) -> bytes:
    """As little of a stored badge as the ledger reads."""
    entry = {"statusListCredential": address, "statusListIndex": str(index)}
    return json.dumps({"credentialStatus": entry, "proof": {"verificationMethod": method}}).encode()


def a_ledger(*awards: bytes, lists: dict[int, Any] | None = None) -> StatusLedger:
    found = {n: write(d) for n, d in (lists if lists is not None else {1: a_list()}).items()}
    return open_ledger(found, awards, [METHOD])


def signed(ledger: StatusLedger) -> tuple[dict[int, Any], tuple[str, ...]]:
    written, lost = ledger.sign(KEY, NAME, NOW)
    return {number: json.loads(data) for number, data in written.items()}, lost


@settings(max_examples=60)
@given(st.sets(st.integers(0, 60)), st.lists(st.integers(0, 2**64), max_size=20))
def test_no_place_is_given_twice(taken: set[int], draws: list[int]) -> None:
    ledger = a_ledger(*(an_award(n) for n in taken))
    places = [ledger.take(SITE, DID, draw) for draw in draws]
    assert {p.list for p in places} <= {FIRST}
    assert len({p.index for p in places} | taken) == len(places) + len(taken)
    assert signed(ledger) == ({}, ())


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 500)), st.sets(st.integers(0, 500)))
def test_what_was_set_stays_set_and_nothing_else_is(before: set[int], more: set[int]) -> None:
    ledger = a_ledger(lists={1: a_list(*before)})
    for index in more:
        ledger.revoke(StatusPlace(list=FIRST, index=index))
    written, lost = signed(ledger)
    assert lost == ()
    if more <= before:
        assert written == {}
        return
    assert read_bits(written[1]) == before | more
    assert check(written[1], a_did_document(), LIST_CONTEXTS) == ()
    assert (written[1]["id"], issuer_of(written[1])) == (FIRST, DID)


def test_the_first_badge_begins_the_first_list() -> None:
    ledger = a_ledger(lists={})
    assert ledger.take(SITE, DID, 7) == StatusPlace(list=FIRST, index=7)
    assert ledger.take(SITE, DID, 7).list == FIRST
    written, _ = signed(ledger)
    assert list(written) == [1]
    assert (written[1]["id"], read_bits(written[1])) == (FIRST, frozenset())
    assert check(written[1], a_did_document(), LIST_CONTEXTS) == ()


@pytest.mark.parametrize(
    "other",
    [
        sign_list(f"{OLD_SITE}/status/1.json", (), KEY, f"{OLD_DID}#{NAME}", NOW),
        sign_list(FIRST, (), KEY, f"{OLD_DID}#{NAME}", NOW),
        sign_list(f"{SITE}/status/9.json", (), KEY, METHOD, NOW),
        {"id": FIRST},
    ],
    ids=["another site", "another issuer", "another number", "no issuer"],
)
def test_a_list_of_another_issuer_or_place_takes_no_new_badge(other: dict[str, Any]) -> None:
    assert a_ledger(lists={1: other}).take(SITE, DID, 0).list == SECOND


def test_a_list_that_cannot_be_read_keeps_its_number() -> None:
    assert open_ledger({1: b"\xff"}, ()).take(SITE, DID, 0).list == SECOND


def test_a_full_list_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "SIZE", 3)
    ledger = a_ledger(*(an_award(n) for n in range(3)))
    assert ledger.take(SITE, DID, 0).list == SECOND
    assert a_ledger(*(an_award(n) for n in range(2))).take(SITE, DID, 0).list == FIRST


def test_the_newest_list_takes_new_badges() -> None:
    second = sign_list(SECOND, (), KEY, METHOD, NOW)
    assert a_ledger(lists={1: a_list(), 2: second}).take(SITE, DID, 0).list == SECOND


def old_list() -> dict[str, Any]:
    return sign_list(f"{OLD_SITE}/status/1.json", (5,), KEY, f"{OLD_DID}#{NAME}", NOW)


def test_a_list_of_the_old_site_is_signed_as_the_old_issuer_by_a_key_it_knew() -> None:
    ledger = a_ledger(lists={1: old_list()})
    ledger.revoke(StatusPlace(list=f"{OLD_SITE}/status/1.json", index=6))
    written, lost = signed(ledger)
    assert lost == ()
    assert read_bits(written[1]) == {5, 6}
    assert issuer_of(written[1]) == OLD_DID
    assert written[1]["proof"]["verificationMethod"] == f"{OLD_DID}#{NAME}"


def test_a_key_that_signed_only_badges_there_is_known_there_too() -> None:
    by_other = sign_list(f"{OLD_SITE}/status/1.json", (), OTHER, f"{OLD_DID}#{OTHER.multibase}", NOW)
    place = StatusPlace(list=by_other["id"], index=6)
    for awards, is_lost in (((), True), ((an_award(1, by_other["id"], f"{OLD_DID}#{NAME}"),), False)):
        ledger = a_ledger(*awards, lists={1: by_other})
        ledger.revoke(place)
        written, lost = signed(ledger)
        assert (bool(lost), bool(written)) == (is_lost, not is_lost)


def test_a_list_that_is_gone_is_named() -> None:
    ledger = a_ledger(lists={})
    ledger.revoke(StatusPlace(list=FIRST, index=1))
    assert ledger.pending == (FIRST,)
    assert signed(ledger) == ({}, (FIRST,))


def unreadable() -> Iterable[bytes]:
    yield from (b"", b"[]", b"\xff", b'{"proof": 1}', b'{"proof": {}, "credentialStatus": []}')
    yield b'{"proof": {}, "credentialStatus": {"statusListCredential": 1, "statusListIndex": "x"}}'
    yield an_award(-1)


def test_awards_without_a_place_or_that_cannot_be_read_take_none() -> None:
    ledger = a_ledger(*unreadable())
    assert ledger.used == {}
    assert [read_place(data) for data in unreadable()] == [None] * 7


def test_the_place_of_a_badge_is_the_one_it_was_given() -> None:
    badge = a_badge()
    place = place_of(badge)
    assert place is not None and (place.list, str(place.index)) == (
        badge["credentialStatus"]["statusListCredential"],
        badge["credentialStatus"]["statusListIndex"],
    )
