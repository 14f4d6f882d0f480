"""A badge in its picture: one, the same one, and no harm from pictures of strangers."""

from __future__ import annotations

import struct
import time
import zlib
from html import escape
from typing import Any

import pytest

from mcred.badges.bake import MAX_IMAGE, extract, is_image
from mcred.badges.default_image import draw_artwork, write_png, write_svg
from mcred.problems import McredError
from tests.badges.issuing import a_badge, bake, write

ART = draw_artwork("Questioning", "Wait Time", "wait-time")
SVG, PNG = write_svg(ART), write_png(ART, 64)
BADGE = write(a_badge())
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def with_chunks(*chunks: bytes) -> bytes:
    """A PNG with more chunks before its end."""
    return PNG[:-12] + b"".join(chunks) + PNG[-12:]


def itxt(text: bytes, packed: bool = False) -> bytes:
    return chunk(b"iTXt", b"openbadgecredential\0" + bytes([packed]) + b"\0\0\0" + text)


@pytest.mark.parametrize("image", [SVG, PNG], ids=["svg", "png"])
def test_what_is_put_in_comes_out(image: bytes) -> None:
    baked = bake(image, BADGE)
    assert extract(baked) == BADGE and is_image(baked)
    assert bake(baked, BADGE) == baked == bake(image, BADGE)


@pytest.mark.parametrize("image", [SVG, PNG], ids=["svg", "png"])
@pytest.mark.parametrize("text", ["]]>", "<a>&amp;</a>", "👩🏽‍🏫", "\\ud83d", "--><!--", "é\u00a0", "a\\nb"])
def test_any_text_comes_out_as_it_went_in(image: bytes, text: str) -> None:
    badge = f'{{"name": "{text}"}}'.encode()
    assert extract(bake(image, badge)) == badge


def read_strictly(svg: bytes) -> bytes:
    """The badge of an SVG by the letter of Open Badges 3.0, §5.3.2, without what the product reads with."""
    from xml.parsers import expat

    seen: list[tuple[str, Any]] = []
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text, parser.buffer_size = True, 2**20
    parser.StartElementHandler = lambda name, attributes: seen.append((name, attributes))
    parser.EndElementHandler = lambda name: seen.append(("end", name))
    parser.CharacterDataHandler = lambda text: seen.append(("text", text))
    parser.StartCdataSectionHandler = lambda: seen.append(("cdata", None))
    parser.EndCdataSectionHandler = lambda: seen.append(("end", "cdata"))
    parser.CommentHandler = lambda text: seen.append(("comment", text)) if seen else None
    parser.Parse(svg, True)
    (root, on_root), (first, on_first), *rest = seen
    assert root == "svg" and on_root["xmlns:openbadges"] == NAMESPACE
    assert (first, on_first) == ("openbadges:credential", {}), "directly after <svg>, without attributes"
    inside = rest[: rest.index(("end", "openbadges:credential"))]
    assert {kind for kind, _ in inside} == {"cdata", "text", "end"}
    assert [kind for kind, _ in inside] == ["cdata", "text", "end"] * (len(inside) // 3), "nothing but CDATA"
    assert not [name for name, _ in rest if name == "openbadges:credential"], "only one"
    return "".join(text for kind, text in inside if kind == "text").encode()


ILLUSTRATOR = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<!-- Generator: Adobe Illustrator -->\n'
    b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
)
OLD_BAKE = SVG.replace(
    b"</svg>",
    b'<openbadges:credential xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">'
    + escape(BADGE.decode()).encode()
    + b"</openbadges:credential></svg>",
)
"""As it was written before: the last child of the picture, escaped."""


@pytest.mark.parametrize(
    "image",
    [
        SVG,
        ILLUSTRATOR + SVG,
        OLD_BAKE,
        SVG.replace(b"<svg ", b'<svg xmlns:openbadges="http://openbadges.org" '),
        bake(SVG, b'{"old": 1}'),
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
    ids=["plain", "doctype", "old bake", "older badges", "baked", "empty"],
)
@pytest.mark.parametrize("badge", [BADGE, b'{"a": "]]>"}', b'{"a": "]]]]>]]><![CDATA[&<"}'], ids=range(3))
def test_a_badge_stands_in_its_svg_where_the_standard_wants_it(image: bytes, badge: bytes) -> None:
    baked = bake(image, badge)
    assert read_strictly(baked) == badge == extract(baked)
    assert bake(baked, badge) == baked and b"DOCTYPE" not in baked


def test_a_badge_is_read_wherever_it_stands_and_however_it_is_written() -> None:
    with pytest.raises((AssertionError, KeyError)):
        read_strictly(OLD_BAKE)
    assert extract(OLD_BAKE) == BADGE
    inside = b"<openbadges:credential><![CDATA[" + BADGE + b"]]></openbadges:credential>"
    declared = SVG.replace(b"<svg ", f'<svg xmlns:openbadges="{NAMESPACE}" '.encode())
    assert extract(ILLUSTRATOR + declared.replace(b"</svg>", b"<g>" + inside + b"</g></svg>")) == BADGE


@pytest.mark.parametrize("bad", ["\r", "\x01", "\ufffe"])
def test_a_character_that_xml_cannot_carry_is_refused(bad: str) -> None:
    badge = f'{{"a":{bad}"b"}}'.encode()
    with pytest.raises(McredError, match="an SVG cannot contain"):
        bake(SVG, badge)
    assert extract(bake(PNG, badge)) == badge


@pytest.mark.parametrize("image", [SVG, PNG], ids=["svg", "png"])
def test_an_old_badge_is_replaced(image: bytes) -> None:
    twice = bake(bake(image, b'{"old": 1}'), BADGE)
    assert extract(twice) == BADGE and b"old" not in twice


def test_a_badge_under_another_prefix_is_found_and_replaced() -> None:
    other = SVG.replace(
        b"</svg>", f'<ob:credential xmlns:ob="{NAMESPACE}">{{"old": 1}}</ob:credential></svg>'.encode()
    )
    assert extract(other) == b'{"old": 1}'
    assert extract(bake(other, BADGE)) == BADGE


def test_two_badges_are_refused_and_replaced_by_one() -> None:
    svg = bake(SVG, BADGE)
    start = svg.index(b"<openbadges:credential")
    double = svg[:start] + svg[start : svg.index(b"</svg>")] * 2 + b"</svg>"
    for image in (
        double,
        with_chunks(itxt(BADGE), itxt(BADGE)),
        with_chunks(itxt(BADGE), chunk(b"tEXt", b"openbadgecredential\0x")),
    ):
        with pytest.raises(McredError, match="2 badges"):
            extract(image)
        assert extract(bake(image, BADGE)) == BADGE


def test_a_packed_badge_is_read_within_bounds() -> None:
    assert extract(with_chunks(itxt(zlib.compress(BADGE), packed=True))) == BADGE
    bomb = with_chunks(itxt(zlib.compress(bytes(200 * 2**20)), packed=True))
    began = time.perf_counter()
    with pytest.raises(McredError, match="too large"):
        extract(bomb)
    assert time.perf_counter() - began < 2


LAUGHS = (
    b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 99 + b'">]>'
    b'<svg xmlns="http://www.w3.org/2000/svg">&b;</svg>'
)
OUTSIDE = b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'
HOSTILE = {
    "nothing": b"",
    "not an image": b"hello",
    "not an SVG": b"<html/>",
    "cut SVG": SVG[:-9],
    "laughs": LAUGHS,
    "outside entity": OUTSIDE,
    "outside parameter entity": b'<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><svg/>',
    "unused entity": b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>',
    "unparsed entity": b'<!DOCTYPE svg [<!NOTATION n SYSTEM "n"><!ENTITY a SYSTEM "b" NDATA n>]><svg/>',
    "large attributes for everything": b'<!DOCTYPE svg [<!ATTLIST g a CDATA "'
    + b"a" * 2**20
    + b'">]><svg>'
    + b"<g/>" * 2**19
    + b"</svg>",
    "too large SVG": b"<svg>" + b" " * MAX_IMAGE + b"</svg>",
    "too large PNG": PNG + bytes(MAX_IMAGE),
    "cut PNG": PNG[:-20],
    "PNG without an end": PNG[:-12],
    "PNG with a wrong checksum": PNG[:40] + bytes([PNG[40] ^ 1]) + PNG[41:],
    "PNG with more after its end": PNG + b"more",
    "PNG of many parts": with_chunks(*[chunk(b"tEXt", b"a\0b")] * 20_001),
    "badge of no text": with_chunks(itxt(b"\xff\xfe")),
    "cut badge": with_chunks(chunk(b"iTXt", b"openbadgecredential\0")),
    "bad packing": with_chunks(itxt(b"no zlib", packed=True)),
    "an empty badge": SVG.replace(b"</svg>", f'<a:credential xmlns:a="{NAMESPACE}"/></svg>'.encode()),
    "a badge with elements": SVG.replace(
        b"</svg>", f'<a:credential xmlns:a="{NAMESPACE}"><g/>{{}}</a:credential></svg>'.encode()
    ),
    "deep SVG": b"<svg>" + b"<g>" * 100_000 + b"</g>" * 100_000 + b"</svg>",
    "a large badge": with_chunks(itxt(b"{" + b" " * 300_000 + b"}")),
}


def test_a_picture_may_hold_a_token() -> None:
    assert extract(with_chunks(itxt(b"aaa.bbb.ccc"))) == b"aaa.bbb.ccc"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_is_refused_in_words(name: str) -> None:
    began = time.perf_counter()
    with pytest.raises(McredError):
        extract(HOSTILE[name])
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "name", ["nothing", "not an SVG", "laughs", "outside entity", "too large PNG", "cut PNG", "deep SVG"]
)
def test_nothing_is_baked_into_a_hostile_picture(name: str) -> None:
    with pytest.raises(McredError):
        bake(HOSTILE[name], BADGE)


def test_scripts_do_not_survive_baking() -> None:
    bad = SVG.replace(
        b"</svg>", b'<script>alert(1)</script><g onload="alert(1)"><a href="javascript:a()"/></g></svg>'
    )
    baked = bake(bad, BADGE).split(b"<openbadges")[0]
    assert b"script" not in baked and b"onload" not in baked


def test_a_badge_that_is_too_large_or_no_text_is_not_baked() -> None:
    for badge in (b"{" + b" " * 300_000 + b"}", b"\xff"):
        with pytest.raises(McredError):
            bake(SVG, badge)
