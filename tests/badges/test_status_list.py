"""The status list: its bits, its bytes, and where a badge's place comes from."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcred.badges.status_list import (
    SIZE,
    choose_index,
    pack_bits,
    parse_index,
    read_bit,
    read_bits,
    sign_list,
)
from mcred.problems import McredError
from tests.badges.issuing import DID, EARLY, KEY, LIST, METHOD, a_list


def test_a_list_is_as_the_standard_has_it() -> None:
    listed = a_list(0, 7, 8, SIZE - 1)
    subject = listed["credentialSubject"]
    bits = gzip.decompress(base64.urlsafe_b64decode(subject["encodedList"][1:] + "=="))
    assert (len(bits), bits[:2], bits[-1]) == (16 * 1024, b"\x81\x80", 1)
    assert listed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert (listed["id"], listed["issuer"]) == (LIST, DID)
    assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", "revocation")
    assert listed["proof"]["cryptosuite"] == "eddsa-rdfc-2022"


def test_the_same_bits_give_the_same_bytes_at_any_time() -> None:
    assert sign_list(LIST, (5, 3), KEY, METHOD, EARLY) == sign_list(LIST, (3, 5), KEY, METHOD, EARLY)
    raw = base64.urlsafe_b64decode(pack_bits((1,))[1:] + "==")
    assert raw[4:8] == bytes(4) and raw[9] == 255  # no time, no system


@given(some.frozensets(some.integers(0, SIZE - 1), max_size=50))
def test_bits_come_back(places: frozenset[int]) -> None:
    listed = {"credentialSubject": {"encodedList": pack_bits(places)}}
    assert read_bits(listed) == places
    assert all(read_bit(listed, n) for n in places)


def test_setting_a_bit_keeps_the_others() -> None:
    def signed_with(document: Mapping[str, Any], index: int) -> dict[str, Any]:
        return sign_list(str(document["id"]), {*read_bits(document), index}, KEY, METHOD, EARLY)

    once = signed_with(a_list(3), 9)
    assert read_bits(once) == {3, 9} and once == a_list(3, 9)
    assert signed_with(once, 9) == once


def test_places_outside_the_list_are_refused() -> None:
    for index in (-1, SIZE):
        with pytest.raises(McredError, match="no place"):
            read_bit(a_list(), index)
        with pytest.raises(McredError, match="no place"):
            pack_bits((index,))


@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1.0", " 1", "1_0", "٣", "0x1", 1, None, True, ["1"]])
def test_a_place_is_a_plain_number(text: object) -> None:
    assert parse_index(text) is None
    assert (parse_index("0"), parse_index("131071")) == (0, 131071)


@given(some.frozensets(some.integers(0, 40)), some.integers(0, 2**64))
def test_a_chosen_place_is_free_and_depends_on_nothing_else(used: frozenset[int], draw: int) -> None:
    place = choose_index(used, draw)
    assert 0 <= place < SIZE and place not in used
    assert place == choose_index(list(used), draw)


def test_every_free_place_can_be_drawn_and_a_full_list_says_so() -> None:
    used = frozenset(range(SIZE)) - {5, 70_000}
    assert {choose_index(used, n) for n in range(4)} == {5, 70_000}
    with pytest.raises(McredError, match="full"):
        choose_index(range(SIZE), 1)
