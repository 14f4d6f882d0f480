"""The picture of a micro-credential that brings none."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import png
import pytest

from mcred.badges.default_image import SIDE, Colour, draw_artwork, write_png, write_svg
from mcred.problems import McredError

TITLES = [
    (topic, f"Title {n}", f"title-{n}")
    for topic in ("Questioning", "Assessment", "Équité")
    for n in range(40)
]


def pixels(data: bytes) -> tuple[int, list[bytearray]]:
    width, height, rows, _ = png.Reader(bytes=data).asRGBA8()
    assert width == height
    return width, [bytearray(row) for row in rows]


def light(colour: Colour) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_same_words_give_the_same_picture_and_others_another() -> None:
    pictures = [write_svg(draw_artwork(*words)) for words in TITLES]
    assert len(set(pictures)) == len(TITLES)
    assert pictures == [write_svg(draw_artwork(*words)) for words in TITLES]
    shapes = {draw_artwork(*words).shapes for words in TITLES}
    assert len(shapes) == len(TITLES)


def test_one_topic_looks_related() -> None:
    backs = {draw_artwork("Questioning", f"Title {n}", "a").shapes[1] for n in range(20)}
    assert len(backs) == 1


@pytest.mark.parametrize("words", TITLES[::7], ids=range(len(TITLES[::7])))
def test_the_pattern_stands_out(words: tuple[str, str, str]) -> None:
    art = draw_artwork(*words)
    dark, pale = light(art.shapes[1].colour), light(art.shapes[-1].colour)
    assert (pale + 0.05) / (dark + 0.05) > 4.5
    assert all(0 <= c <= SIDE for shape in art.shapes for point in shape.points for c in point)


def test_svg_and_png_show_the_same_at_64_pixels() -> None:
    art = draw_artwork("Questioning", "Wait Time", "wait-time")
    side, rows = pixels(write_png(art, 64))
    assert side == 64
    assert rows[0][3] == 0, "the corner is clear"
    for shape in art.shapes[2:]:
        x, y = (sum(p[k] for p in shape.points) / len(shape.points) * 64 / SIDE for k in (0, 1))
        assert tuple(rows[int(y)][int(x) * 4 : int(x) * 4 + 3]) == shape.colour
    assert write_png(art, 64) == write_png(art, 64)


def test_no_sign_covers_the_ring_around_it() -> None:
    """Each shape is seen in its own colour, whatever the sign."""
    signs = set()
    for n in range(120):
        art = draw_artwork(f"Topic {n}", "Wait Time", "wait-time")
        signs.add(tuple(shape.points for shape in art.shapes if shape.colour == art.shapes[-1].colour))
        assert (light(art.shapes[-1].colour) + 0.05) / (light(art.shapes[1].colour) + 0.05) > 4.5
        _, rows = pixels(write_png(art, 256))
        for shape in art.shapes[2:]:
            x, y = (sum(p[k] for p in shape.points) / len(shape.points) / 2 for k in (0, 1))
            assert tuple(rows[int(y)][int(x) * 4 : int(x) * 4 + 3]) == shape.colour, n
    assert len(signs) == 18


SHIPPED = (
    *("Deeper Learning", "STEM", "Getting Started", "Data Literacy", "Fractions Instruction"),
    *("Media Literacy", "Global Competence", "Teacher Leadership", "Teacher Protocols"),
    *("Financial Literacy", "Learning Differences"),
)
"""The topics after which the micro-credentials that come with mcred are drawn."""


def on_white(data: bytes) -> list[Colour]:
    row = b"".join(pixels(data)[1])
    found = ((row[n : n + 3], row[n + 3]) for n in range(0, len(row), 4))
    return [tuple(255 + (c - 255) * alpha // 255 for c in rgb) for rgb, alpha in found]  # type: ignore[misc]


def apart(one: list[Colour], other: list[Colour]) -> int:
    """How many pixels of two pictures look different."""
    return sum(math.dist(a, b) > 96 for a, b in zip(one, other, strict=True))


def test_topics_are_told_apart_at_36_pixels() -> None:
    """Any two of them differ in more pixels than any two micro-credentials of one topic do."""
    drawn = {
        (topic, title): on_white(write_png(draw_artwork(topic, title, title), 36))
        for topic in SHIPPED
        for title in ("One", "Two", "Three")
    }

    pairs = [(one, other, apart(drawn[one], drawn[other])) for one, other in combinations(drawn, 2)]
    within = max(far for one, other, far in pairs if one[0] == other[0])
    across = min(far for one, other, far in pairs if one[0] != other[0])
    assert across > within


def test_two_of_one_topic_are_told_apart_at_36_pixels() -> None:
    """All but one pair in fifty; most of them by far."""
    found = []
    for topic in SHIPPED:
        drawn = [on_white(write_png(draw_artwork(topic, f"{n}", f"id-{n}"), 36)) for n in range(12)]
        found += [apart(one, other) for one, other in combinations(drawn, 2)]
    found.sort()
    assert found[len(found) // 50] >= 30
    assert found[len(found) // 2] >= 100


def test_the_ring_stands_out() -> None:
    for topic in SHIPPED:
        for n in range(12):
            _, ground, ring, *_ = draw_artwork(topic, f"{n}", f"id-{n}").shapes
            assert (light(ring.colour) + 0.05) / (light(ground.colour) + 0.05) > 3


def test_two_pictures_differ_in_many_pixels_at_64() -> None:
    _, one = pixels(write_png(draw_artwork("Questioning", "Wait Time", "wait-time"), 64))
    _, two = pixels(write_png(draw_artwork("Questioning", "Open Questions", "open"), 64))
    differ = sum(
        a[n : n + 4] != b[n : n + 4] for a, b in zip(one, two, strict=True) for n in range(0, 256, 4)
    )
    assert differ > 200


@pytest.mark.parametrize("title", ["</title><script>alert(1)</script>", "]]>", "&amp;", '"', "👩🏽‍🏫"])
def test_a_title_is_text(title: str) -> None:
    from defusedxml.minidom import parseString

    tree: Any = parseString(write_svg(draw_artwork(title, title, "a")))
    assert tree.getElementsByTagName("title")[0].firstChild.data == title
    assert not tree.getElementsByTagName("script")


def test_a_title_that_no_picture_can_hold_is_refused() -> None:
    with pytest.raises(McredError, match=r"U\+0000"):
        draw_artwork("a", "b\0", "c")
