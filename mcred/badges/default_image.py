"""The generated image of a micro-credential without its own: its sign by the topic, a ring by the title.

Deterministic: one topic has one sign, ground and outline, and each title its own ring of arcs and marks. Few
large shapes without letters, so that topics, and two of one topic, can be told apart at 36 pixels, and SVG
and PNG look the same without a font. The sign has a contrast over 4.5 to 1, the ring over 3 to 1. About one
pair of titles in 128 has the same arcs in the same colour by chance, and differs in its small marks only. No
badge holds its picture or a digest of it, so a later mcred may draw in another way. Embedding a badge is
`bake`'s.
"""

from __future__ import annotations

import colorsys
import hashlib
import html
import io
import math
from collections.abc import Callable, Iterable

from msgspec import Struct

from mcred.badges.signable_text import refuse_unsafe

SIDE = 512
_FINER = 4
"""The supersampling factor of a PNG, for smooth edges."""
Point = tuple[float, float]
Colour = tuple[int, int, int]


class Shape(Struct, frozen=True, kw_only=True):
    """A filled polygon."""

    points: tuple[Point, ...]
    colour: Colour


class Artwork(Struct, frozen=True, kw_only=True):
    """Shapes on a square with side `SIDE`, back to front."""

    title: str
    shapes: tuple[Shape, ...]


def draw_artwork(topic: str, title: str, key: str) -> Artwork:
    """The image of a micro-credential; `key` (its id) distinguishes two of the same title."""
    refuse_unsafe({"topic": topic, "title": title})
    kind = hashlib.sha256(topic.casefold().encode()).digest()
    own = hashlib.sha256(f"{topic}\n{title}\n{key}".encode()).digest()
    outline = _OUTLINES[kind[0] % len(_OUTLINES)]()
    place = kind[1] % len(_GROUNDS)
    sign = _SIGNS[kind[2] % len(_SIGNS)]()
    reach = max(math.hypot(x, y) for piece in sign for x, y in piece)
    rim = (place / 12 + _RIMS[kind[3] % len(_RIMS)]) % 1
    pale = _colour(rim, 0.94, 0.7)
    rings = ["ffffff", *(_RINGS[(place + step) % 12] for step in (2, 6, 10))]
    return Artwork(
        title=title,
        shapes=(
            Shape(points=_place(outline, 250), colour=_colour(rim, 0.72, 0.6)),
            Shape(points=_place(outline, 232), colour=_hex(_GROUNDS[place])),
            *(Shape(points=mark, colour=_hex(rings[own[0] % 4])) for mark in _ring_of(own[1:])),
            *(Shape(points=_place(piece, 152 / reach), colour=pale) for piece in sign),
        ),
    )


def write_svg(art: Artwork) -> bytes:
    """The image as SVG, with a title for screen readers."""
    paths = "\n".join(
        f'<path fill="#{bytes(s.colour).hex()}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in s.points)}Z"/>'
        for s in art.shapes
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img">'
    return f"{head}\n<title>{html.escape(art.title, quote=False)}</title>\n{paths}\n</svg>\n".encode()


def write_png(art: Artwork, side: int = SIDE) -> bytes:
    """The image as a PNG of `side` × `side` pixels with a transparent background; deterministic."""
    from PIL import Image, ImageDraw

    scale = side * _FINER / SIDE
    large = Image.new("RGBA", (side * _FINER, side * _FINER))
    draw = ImageDraw.Draw(large)
    for shape in art.shapes:
        # A point of the drawing belongs to the pixel that it is rounded down to.
        draw.polygon([(int(x * scale), int(y * scale)) for x, y in shape.points], fill=shape.colour)
    written = io.BytesIO()
    large.reduce(_FINER).save(written, "PNG", compress_level=9)
    return written.getvalue()


def _hex(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


def _colour(hue: float, light: float, full: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, light, full)
    return round(red * 255), round(green * 255), round(blue * 255)


def _place(outline: Iterable[Point], radius: float) -> tuple[Point, ...]:
    return tuple((SIDE / 2 + x * radius, SIDE / 2 + y * radius) for x, y in outline)


Polygon = tuple[Point, ...]


def _ring_of(own: bytes) -> tuple[Polygon, ...]:
    """Arcs around the sign, and small marks where there is none: the same from both sides."""
    arcs, size = _arcs_of(own[0]), (7, 9, 11, 13)[own[3] % 4]
    kinds = [_MARKS[own[1] % len(_MARKS)], _MARKS[own[2] % len(_MARKS)]]
    return tuple(
        _place(_arc(22.5 * n, 22.5, 163, 193), 1)
        if arcs >> min(n, 16 - n) & 1
        else _turned(kinds[n % 2], math.pi * n / 8, 178, size)
        for n in range(16)
    )


def _arcs_of(number: int) -> int:
    """Which of the nine places from the top to the bottom have an arc, as bits.

    One of 32 answers, of which any two differ in three places or more (a shortened Hamming code), and none
    has arcs nowhere or everywhere.
    """
    checks = 0
    for bit, places in enumerate((3, 5, 6, 9, 10)):
        checks ^= places * (number >> bit & 1)
    return (number % 32 << 4 | checks) ^ 13


def _turned(mark: Iterable[Point], angle: float, radius: float, size: float) -> Polygon:
    """A mark at a distance from the image's centre, rotated by its angle."""
    sin, cos = math.sin(angle), math.cos(angle)
    half = SIDE / 2
    return tuple(
        (half + x * size * cos - (y * size - radius) * sin, half + x * size * sin + (y * size - radius) * cos)
        for x, y in mark
    )


def _regular(corners: int, turn: float = 0.0) -> list[Point]:
    angles = (2 * math.pi * (n + turn) / corners - math.pi / 2 for n in range(corners))
    return [(math.cos(a), math.sin(a)) for a in angles]


def _star(points: int, inner: float) -> list[Point]:
    return [
        (x * (inner if n % 2 else 1), y * (inner if n % 2 else 1))
        for n, (x, y) in enumerate(_regular(2 * points))
    ]


def _disc(x: float, y: float, radius: float) -> list[Point]:
    return [(x + radius * a, y + radius * b) for a, b in _regular(48)]


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _arc(middle: float, width: float, inner: float, outer: float) -> list[Point]:
    """A piece of a ring; `middle` and `width` in degrees, 0 at the top."""
    angles = [math.radians(middle + width * (n / 16 - 0.5)) for n in range(17)]
    return [
        *((outer * math.sin(a), -outer * math.cos(a)) for a in angles),
        *((inner * math.sin(a), -inner * math.cos(a)) for a in reversed(angles)),
    ]


def _leaf(degrees: float, low: float, high: float, width: float) -> list[Point]:
    """A leaf that grows outwards from the middle of the bottom, turned by an angle."""
    turn, middle, half = math.radians(degrees), (low + high) / 2, (high - low) / 2
    bow = [(width * math.sin(math.pi * n / 24), math.cos(math.pi * n / 24)) for n in range(25)]
    both = [*bow, *((-x, y) for x, y in reversed(bow[1:-1]))]
    across = [(x, -middle + half * y) for x, y in both]
    sin, cos = math.sin(turn), math.cos(turn)
    return [(x * cos - y * sin, 0.75 + x * sin + y * cos) for x, y in across]


def _both(*shapes: list[Point]) -> list[list[Point]]:
    """Each shape, and as a mirror shows it."""
    return [*shapes, *([(-x, y) for x, y in shape] for shape in shapes)]


_SIGNS: tuple[Callable[[], list[list[Point]]], ...] = (
    lambda: [_star(5, 0.42)],
    lambda: [_star(4, 0.3)],
    lambda: [_star(8, 0.62)],
    lambda: [_disc(0, 0, 0.44), *(_arc(45 * n, 22, 0.62, 1) for n in range(8))],
    lambda: [_disc(0, 0, 0.34), *(_arc(90 * n, 74, 0.6, 0.98) for n in range(4))],
    lambda: [
        [(0, -1), (0.85, -0.1), (0.36, -0.1), (0.36, 0.95), (-0.36, 0.95), (-0.36, -0.1), (-0.85, -0.1)]
    ],
    lambda: _both(*([(0.04, y), (0.9, y + 0.6), (0.9, y + 1.1), (0.04, y + 0.5)] for y in (-0.95, -0.15))),
    lambda: _both(_disc(0.47, 0.47, 0.43), _disc(0.47, -0.47, 0.43)),
    lambda: [_leaf(0, 0.1, 1.75, 0.3), *_both(_leaf(52, 0.1, 1.35, 0.27))],
    lambda: [
        [(0, -0.95), (0.52, 0.8), (-0.52, 0.8)],
        *_both([(0.72, -0.3), (1.08, 0.8), (0.6, 0.8)]),
    ],
    lambda: [_box(-0.16, -1, 0.16, 0.85), *_both(_box(0.28, -0.5, 0.6, 0.85), _box(0.72, 0.05, 1.04, 0.85))],
    lambda: [[(-0.75, -0.95), (0.75, -0.95), (0, -0.06)], [(-0.75, 0.95), (0.75, 0.95), (0, 0.06)]],
    lambda: [
        [(x * s, y * t) for s, t in ((1, 1), (-1, 1), (-1, -1), (1, -1)) for x, y in _corner(s * t > 0)]
    ],
    lambda: [[(0, -1.05), *((0.72 * x, 0.3 + 0.72 * y) for x, y in _regular(48)[7:42])]],
    lambda: [[(-0.95, 0.75), (-0.95, -0.6), (-0.45, 0), (0, -0.9), (0.45, 0), (0.95, -0.6), (0.95, 0.75)]],
    lambda: [
        [(0, -0.42), (0.42, 0), (0, 0.42), (-0.42, 0)],
        *([(x, y - 0.3), (x + 0.3, y), (x, y + 0.3), (x - 0.3, y)] for x, y in ((0, -0.72), (0, 0.72))),
        *_both([(0.72, -0.3), (1.02, 0), (0.72, 0.3), (0.42, 0)]),
    ],
    lambda: [
        _disc(0, 0.45, 0.34),
        *([(x, y + 0.4) for x, y in _arc(d, 52, 0.72, 1.1)] for d in (-58, 0, 58)),
    ],
    lambda: [_box(-0.36, -0.92, 0.36, -0.46), _box(-0.64, -0.23, 0.64, 0.23), _box(-0.92, 0.46, 0.92, 0.92)],
)
"""What stands for a topic, around the centre: pieces apart from each other, each with its middle in it, the
same from both sides. No pictures of things, which would be wrong for some topic.
"""


def _corner(first: bool) -> list[Point]:
    """A quarter of a cross, to the right and down."""
    found = [(0.95, 0.34), (0.34, 0.34), (0.34, 0.95)]
    return found if first else found[::-1]


def _seal() -> list[Point]:
    waves = ((2 * math.pi * n / 96, 0.95 + 0.05 * math.cos(12 * 2 * math.pi * n / 96)) for n in range(96))
    return [(radius * math.cos(a), radius * math.sin(a)) for a, radius in waves]


def _shield() -> list[Point]:
    bow = [(math.cos(a), math.sin(a)) for a in (math.pi * n / 24 for n in range(25))]
    return [(-0.9, -0.9), (0.9, -0.9), *((0.9 * x, 0.1 + 0.9 * y) for x, y in bow)]


_OUTLINES = (
    lambda: _regular(64),
    lambda: _regular(6),
    lambda: _regular(8, 0.5),
    lambda: _regular(12),
    _seal,
    _shield,
)


_GROUNDS = (
    *("b42a2a", "875320", "626217", "416a19", "1a6e1a", "1a6d43", "196a6a", "25619e", "4c4cd5", "8133cf"),
    *("a126a1", "ad296b"),
    *("572616", "3f3310", "2e390e", "1a3c0f", "0f3d1b", "0f3c30", "123946", "1c306e", "392081", "531966"),
    *("5d174c", "63192b"),
)
"""Twelve hues of the relative luminance 0.115, and twelve between them of 0.035."""

_RINGS = (
    *("f79a9a", "f1a354", "baba0f", "6dca10", "11d011", "11ce6f", "10c8c8", "7db9f4", "adadf8", "cda2f7"),
    *("f68df6", "f696c6"),
)
"""The twelve hues at the relative luminance 0.452, which is three to one on the lightest ground."""

_RIMS = (0.08, 0.12, 0.42, 0.5, 0.58, 0.88, 0.92)
"""Hue distances of the rim from the ground: near it, or opposite."""

_MARKS: tuple[tuple[Point, ...], ...] = (
    tuple(_regular(32)),
    ((0.0, -1.0), (0.62, 0.0), (0.0, 1.0), (-0.62, 0.0)),
    tuple((0.95 * x, 0.95 * y) for x, y in _regular(3)),
    ((-0.72, -0.72), (0.72, -0.72), (0.72, 0.72), (-0.72, 0.72)),
    tuple((0.62 * math.sin(2 * math.pi * n / 32), -math.cos(2 * math.pi * n / 32)) for n in range(32)),
    tuple((0.95 * x, 0.95 * y) for x, y in _regular(6)),
)
"""Marks of unit radius, pointing up: disc, diamond, triangle, square, petal, hexagon."""
