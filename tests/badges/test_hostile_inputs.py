"""Pictures, keys, lists, addresses and JSON that someone bent: refused in words, or read as they are."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.badges.bake import extract, is_image
from mcred.badges.default_image import SIDE, draw_artwork, write_png, write_svg
from mcred.badges.json_reader import MAX_DEPTH, read_json
from mcred.badges.keys import (
    did_address,
    did_file,
    did_web,
    expand_did_key,
    make_issuer_key,
    read_key,
    write_key,
)
from mcred.badges.links import clean_link
from mcred.badges.proof import (
    LIST_CONTEXTS,
    check,
    find_key,
    find_uncovered,
    issuer_of,
    sign,
    signature_holds,
)
from mcred.badges.signable_text import find_unsafe, texts_of
from mcred.badges.status_list import SIZE, choose_index, pack_bits, read_bit, read_bits
from mcred.problems import McredError
from tests.badges.issuing import (
    DID,
    EARLY,
    KEY,
    METHOD,
    OTHER,
    a_badge,
    a_did_document,
    a_list,
    bake,
    with_one_proof,
    write,
)
from tests.badges.tamper import changed
from tests.school import NOON

unhurried = settings(deadline=None, max_examples=60)
ART = draw_artwork("Questioning", "Wait Time", "wait-time")
SVG, PNG = write_svg(ART), write_png(ART, 8)
SMALL = b'{"name": "\xc3\xa9", "list": [1, 2]}'
BAKED_PNG, BAKED_SVG = bake(PNG, SMALL), bake(SVG, SMALL)
BADGE = with_one_proof(a_badge())
UNSIGNED = {name: value for name, value in BADGE.items() if name != "proof"}

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=4), v, max_size=3),
    max_leaves=6,
)


# pictures


def both_ways(image: bytes) -> tuple[Callable[[], bytes], ...]:
    """A picture read, and given a new badge and read."""
    return (lambda: extract(image)), (lambda: extract(bake(image, SMALL)))


@unhurried
@given(st.integers(0, len(BAKED_PNG) - 1), st.integers(1, 255))
def test_no_changed_byte_of_a_picture_changes_the_badge_inside(at: int, by: int) -> None:
    bent = bytearray(BAKED_PNG)
    bent[at] ^= by
    try:
        assert extract(bytes(bent)) == SMALL
    except McredError as error:
        assert error.hint


@unhurried
@given(st.integers(0, len(BAKED_PNG) - 1))
def test_a_picture_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(McredError):
        extract(BAKED_PNG[:at])


@unhurried
@given(st.integers(0, len(BAKED_SVG) - 1), st.binary(max_size=4))
def test_an_svg_bent_anywhere_is_read_or_refused_in_words(at: int, put: bytes) -> None:
    bent = BAKED_SVG[:at] + put + BAKED_SVG[at + len(put) :]
    for use in both_ways(bent):
        try:
            assert isinstance(use(), bytes)
        except McredError as error:
            assert error.hint


@unhurried
@given(st.binary(max_size=60), st.sampled_from([b"", PNG[:8], PNG[:33], b"<svg>", b"<?xml version='1.0'?>"]))
def test_whatever_bytes_come_are_no_picture_with_a_badge(data: bytes, head: bytes) -> None:
    with pytest.raises(McredError):
        extract(head + data)
    assert is_image(PNG) and is_image(b"\xef\xbb\xbf \n<svg/>") and not is_image(b'{"a": "<svg>"}')


_safe = st.characters().filter(lambda c: not find_unsafe({"": c}))


@unhurried
@given(
    st.dictionaries(st.text(_safe, max_size=5), st.text(_safe, max_size=12), max_size=3),
    st.sampled_from([PNG, SVG]),
)
def test_any_badge_without_unsafe_text_comes_out_as_it_went_in(badge: dict[str, str], image: bytes) -> None:
    data = json.dumps(badge, ensure_ascii=False).encode()
    assert extract(bake(image, data)) == data


@pytest.mark.parametrize(
    "image",
    [
        b'<?xml version="1.0" encoding="no-such"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg"><a></svg>',
        b"<svg xmlns:a='x'><b:c/></svg>",
        b"<svg><!-- \xff --></svg>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>",
        b"<?xml version='1.0'?>",
        b"<svg/><svg/>",
        b"<x:svg xmlns:x='http://www.w3.org/2000/svg'/>",
    ],
    ids=range(8),
)
def test_xml_that_is_no_plain_svg_is_refused_both_ways(image: bytes) -> None:
    for use in both_ways(image):
        with pytest.raises(McredError, match="cannot be read"):
            use()


# drawn pictures


def topics_of_each_outline() -> dict[tuple[tuple[float, float], ...], str]:
    found: dict[tuple[tuple[float, float], ...], str] = {}
    for n in range(60):
        found.setdefault(draw_artwork(f"Topic {n}", "T", "k").shapes[0].points, f"Topic {n}")
    return found


def test_every_outline_holds_the_pattern_and_is_the_same_from_both_sides() -> None:
    outlines = topics_of_each_outline()
    assert len(outlines) == 6
    for topic in outlines.values():
        art = draw_artwork(topic, "Title", "key")
        for shape in art.shapes:
            assert all(0 <= x <= SIDE and 0 <= y <= SIDE for x, y in shape.points), topic
        cells = {tuple(sorted((round(x, 6), round(y, 6)) for x, y in s.points)) for s in art.shapes[2:]}
        turned = {tuple(sorted((round(SIDE - x, 6), y) for x, y in cell)) for cell in cells}
        assert cells == turned, "one sign, not two"
        ys = [y for _, y in art.shapes[1].points]
        assert min(ys) < SIDE * 0.2 and max(ys) > SIDE * 0.8


@pytest.mark.parametrize("side", [1, 7, 32])
def test_a_picture_of_any_size_is_a_whole_png_that_a_badge_fits_in(side: int) -> None:
    import png

    for topic in topics_of_each_outline().values():
        image = write_png(draw_artwork(topic, "Title", "key"), side)
        width, height, rows, info = png.Reader(bytes=image).asRGBA8()
        assert (width, height, len(list(rows)), info["alpha"]) == (side, side, side, True)
        assert extract(bake(image, SMALL)) == SMALL


# keys and names


@unhurried
@given(st.binary(min_size=32, max_size=32), st.text(alphabet="aü 1$", max_size=8))
def test_every_key_comes_back_and_signs_under_its_own_name(seed: bytes, word: str) -> None:
    key = make_issuer_key(seed)
    assert read_key(write_key(key, word), word) == key
    document = expand_did_key(f"did:key:{key.multibase}")
    assert document is not None and document["verificationMethod"][0]["publicKeyMultibase"] == key.multibase


@pytest.mark.parametrize(
    "multibase", ["", "z", "z6Mk", KEY.multibase[1:], f"u{KEY.multibase[1:]}", f"{KEY.multibase}1"]
)
@pytest.mark.parametrize("tail", ["", "\n", "#x", " "])
def test_a_key_in_another_spelling_is_no_key(multibase: str, tail: str) -> None:
    assert expand_did_key(f"did:key:{multibase}{tail}") is None
    assert not signature_holds(BADGE, multibase + tail)


@unhurried
@given(
    st.lists(st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True), min_size=2, max_size=3),
    st.none() | st.integers(1, 65535),
    st.lists(st.text(alphabet="aZ0-_.~:%é ", min_size=1, max_size=5), max_size=3),
)
def test_did_json_is_looked_for_where_the_site_has_it(
    hosts: list[str], port: int | None, path: list[str]
) -> None:
    site = f"https://{'.'.join(hosts)}{f':{port}' if port else ''}/{'/'.join(path)}".rstrip("/ ")
    try:
        did = did_web(site)
    except McredError:
        assert {".", ".."} & set(clean_link(site).split("/"))
        return
    base = clean_link(site).rstrip("/")
    assert unquote_to_bytes(did_address(did)) == unquote_to_bytes(f"{base}/{did_file(site)}")
    assert did.startswith("did:web:") and did.isascii() and not set(did) & set("/?#@ ")


@unhurried
@given(
    st.text(max_size=30), st.sampled_from(["", "https://", "https://a.example/", "http://a.example/?", "//"])
)
def test_a_clean_address_is_plain_and_stays_as_it_is(text: str, head: str) -> None:
    link = clean_link(head + text)
    assert clean_link(link) == link
    if link:
        assert link.startswith(("https://", "http://")) and link.isascii()
        assert not set(link) & set(' <>"{}|\\^`\n\t') and "@" not in link.split("/")[2]


# proofs


@unhurried
@given(values, values)
def test_no_document_of_strangers_stops_the_check_of_a_proof(one: Any, two: Any) -> None:
    for document in ({"proof": one, "issuer": two}, {**UNSIGNED, "proof": one}, {**BADGE, "@context": one}):
        assert check(document, {"id": DID, "assertionMethod": one, "verificationMethod": two})
    assert isinstance(issuer_of({"issuer": one}), str)
    key, doubts = find_key(BADGE, {**a_did_document(), "verificationMethod": one})
    assert key == "" and doubts


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("type", "Ed25519Signature2020", "type"),
        ("cryptosuite", "eddsa-jcs-2022", "cryptosuite"),
        ("proofPurpose", "authentication", "proofPurpose"),
        ("created", "2026-02-30T12:00:00Z", "not a date and time"),
        ("created", "2026-11-02T12:00:00+00:00", "created is not readable"),
        ("created", 1, "created is not readable"),
        ("created", ..., "is missing one"),
        ("proofValue", "u" + "a" * 86, "proofValue is not readable"),
        ("proofValue", "z" + "0" * 87, "proofValue is not readable"),
        ("proofValue", "z1", "proofValue is not readable"),
        ("expires", "2030-01-01T00:00:00Z", "should not have"),
        ("previousProof", "urn:x", "should not have"),
    ],
)
def test_a_proof_of_another_form_vouches_for_nothing(name: str, value: Any, why: str) -> None:
    bent = changed(BADGE, ("proof", name), value)
    assert any(why in doubt for doubt in find_uncovered(bent))
    assert check(bent, a_did_document())


def test_a_proof_for_one_kind_of_document_is_none_for_the_other() -> None:
    listed = a_list()
    assert check(listed, a_did_document(), LIST_CONTEXTS) == ()
    assert check(listed, a_did_document()) and check(BADGE, a_did_document(), LIST_CONTEXTS)


def test_what_has_another_context_is_not_signed() -> None:
    for contexts in (
        None,
        [],
        LIST_CONTEXTS[0],
        [*BADGE["@context"], "https://a.example"],
        BADGE["@context"][::-1],
    ):
        with pytest.raises(McredError, match="@context"):
            sign({**UNSIGNED, "@context": contexts}, KEY, METHOD, NOON)


def test_the_time_of_signing_and_the_key_are_part_of_what_is_signed() -> None:
    made = sign(UNSIGNED, KEY, METHOD, NOON)
    assert signature_holds(made, KEY.multibase) and not signature_holds(made, OTHER.multibase)
    assert not signature_holds(changed(made, ("proof", "created"), "2026-11-02T12:00:01Z"), KEY.multibase)
    moved = changed(made, ("proof", "proofValue"), sign(UNSIGNED, KEY, METHOD, EARLY)["proof"]["proofValue"])
    assert not signature_holds(moved, KEY.multibase)


# lists and texts


def packed(bits: bytes, **how: Any) -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(bits, **how)).decode().rstrip("=")


@pytest.mark.parametrize(
    "subject",
    [
        None,
        [],
        "u",
        {},
        {"encodedList": None},
        {"encodedList": [pack_bits(())]},
        {"encodedList": ""},
        {"encodedList": pack_bits(())[1:]},
        {"encodedList": "z" + pack_bits(())[1:]},
        {"encodedList": "u!!!!"},
        {"encodedList": "u" + base64.urlsafe_b64encode(bytes(SIZE // 8)).decode()},
        {"encodedList": packed(bytes(SIZE // 8 - 1))},
        {"encodedList": packed(b"")},
    ],
    ids=range(13),
)
def test_a_list_without_all_its_bits_says_nothing_about_anyone(subject: Any) -> None:
    for ask in (lambda d: read_bit(d, 0), read_bits):
        with pytest.raises(McredError, match="status list") as refused:
            ask({"credentialSubject": subject})
        assert refused.value.hint


@pytest.mark.parametrize("how", [{}, {"compresslevel": 0}, {"mtime": 1}])
def test_a_list_packed_by_others_or_longer_than_ours_is_read(how: dict[str, int]) -> None:
    document = {"credentialSubject": {"encodedList": packed(bytes(SIZE // 8) + b"\x01", **how)}}
    assert read_bits(document) == {SIZE + 7}
    assert read_bit(document, SIZE + 7) and not read_bit(document, SIZE + 6)
    with pytest.raises(McredError, match="no place"):
        read_bit(document, SIZE + 8)


@given(st.sets(st.integers(-5, 20), max_size=12), st.integers(0, 30))
def test_places_drawn_one_after_another_fill_the_list_from_any_beginning(used: set[int], draw: int) -> None:
    free = [n for n in range(60) if n not in used]
    assert choose_index(used, draw) == free[draw]
    assert choose_index(used, draw + SIZE - len([n for n in used if n >= 0])) == free[draw]


@unhurried
@given(st.dictionaries(st.text(max_size=4), values, max_size=4))
def test_json_that_can_be_written_comes_back_and_all_its_texts_are_looked_at(found: dict[str, Any]) -> None:
    data = json.dumps(found, ensure_ascii=False).encode()
    assert read_json(data) == found
    assert find_unsafe({"x": [found, "\u202e"]})[-1].what.startswith("x[1] holds U+202E")
    assert sum(1 for _ in texts_of(found)) <= data.count(b'"') // 2


def test_nesting_is_read_to_its_bound_and_not_one_deeper() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' * depth + b"1" + b"}" * depth

    assert read_json(nested(MAX_DEPTH))["a"]
    with pytest.raises(McredError, match="deep"):
        read_json(nested(MAX_DEPTH + 1))
    assert write(read_json(b'{"n": 10000000000000000000000}')) == b'{"n": 10000000000000000000000}'
    with pytest.raises(McredError, match="not JSON"):
        read_json(b'{"n": ' + b"9" * 5000 + b"}")
