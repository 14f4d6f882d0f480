"""A picture for a micro-credential that brings none: outline from its topic, pattern from its title.

Micro-credentials of one topic look related, each has a rosette of its own, and the same words give the same
picture. It has large plain shapes and no letters, so it can be told apart at 64 pixels, and so that SVG and
PNG show the same without a font. Colours are far apart in lightness (contrast over 4.5 to 1). Two titles may
share a rosette by chance, about one pair in twenty thousand. Puts no badge inside: that is `bake`'s.
"""

from __future__ import annotations

import colorsys
import hashlib
import html
import io
import math
from collections.abc import Iterable

from msgspec import Struct

from mcred.badges.signable_text import refuse_unsafe

SIDE = 512
_FINER = 4
"""How much larger a PNG is drawn before it is reduced, so that its edges are smooth."""
Point = tuple[float, float]
Colour = tuple[int, int, int]


class Shape(Struct, frozen=True, kw_only=True):
    """A filled polygon."""

    points: tuple[Point, ...]
    colour: Colour


class Artwork(Struct, frozen=True, kw_only=True):
    """Shapes on a square of `SIDE`, the first at the back."""

    title: str
    shapes: tuple[Shape, ...]


def draw_artwork(topic: str, title: str, key: str) -> Artwork:
    """The picture of a micro-credential; `key` (its id) tells two of the same title apart."""
    refuse_unsafe({"topic": topic, "title": title})
    kind = hashlib.sha256(topic.casefold().encode()).digest()
    own = hashlib.sha256(f"{topic}\n{title}\n{key}".encode()).digest()
    hue = int.from_bytes(kind[:2], "big") / 65536
    accent = (hue + _ACCENTS[own[0] % len(_ACCENTS)]) % 1
    outline = _OUTLINES[kind[2] % len(_OUTLINES)]()
    dark, bright, pale = _colour(hue, 0.2, 0.5), _colour(accent, 0.6, 0.55), _colour(accent, 0.9, 0.6)
    back = (
        Shape(points=_place(outline, 250), colour=bright),
        Shape(points=_place(outline, 232), colour=dark),
    )
    outer, inner = _rosette(own[1:])
    return Artwork(
        title=title,
        shapes=(
            *back,
            *(Shape(points=mark, colour=bright) for mark in outer),
            *(Shape(points=mark, colour=pale) for mark in inner),
        ),
    )


def write_svg(art: Artwork) -> bytes:
    """The picture as SVG; its title is what a screen reader says."""
    paths = "\n".join(
        f'<path fill="#{bytes(s.colour).hex()}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in s.points)}Z"/>'
        for s in art.shapes
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img">'
    return f"{head}\n<title>{html.escape(art.title, quote=False)}</title>\n{paths}\n</svg>\n".encode()


def write_png(art: Artwork, side: int = SIDE) -> bytes:
    """The picture as PNG, `side` pixels each way, its background clear; the same art gives the same bytes."""
    from PIL import Image, ImageDraw

    scale = side * _FINER / SIDE
    large = Image.new("RGBA", (side * _FINER, side * _FINER))
    draw = ImageDraw.Draw(large)
    for shape in art.shapes:
        # A point of the drawing lies in the pixel that it is rounded down to.
        draw.polygon([(int(x * scale), int(y * scale)) for x, y in shape.points], fill=shape.colour)
    written = io.BytesIO()
    large.reduce(_FINER).save(written, "PNG", compress_level=9)
    return written.getvalue()


def _colour(hue: float, light: float, full: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, light, full)
    return round(red * 255), round(green * 255), round(blue * 255)


def _place(outline: Iterable[Point], radius: float) -> tuple[Point, ...]:
    return tuple((SIDE / 2 + x * radius, SIDE / 2 + y * radius) for x, y in outline)


Polygon = tuple[Point, ...]


def _rosette(own: bytes) -> tuple[tuple[Polygon, ...], tuple[Polygon, ...]]:
    """An outer ring of marks, and an inner one around a centre: as many of each as there are folds."""
    folds = (5, 6, 7, 8, 9, 10, 12)[own[0] % 7]
    many = folds * (2 if folds <= 8 and own[1] % 2 else 1)
    outer = _ring(many, 136 + own[2] % 3 * 8, 25, own[3], 0.5 if own[4] % 2 else 0.0)
    near = 64 + own[5] % 3 * 7
    inner = _ring(folds, near, 34, own[6], 0.0)
    middle = near - _size(folds, near, 34) - 7
    return outer, (*inner, _turned(_MARKS[(0, 3, 5)[own[7] % 3]], 0.0, 0.0, max(middle, 18.0)))


def _ring(count: int, radius: float, most: float, kind: int, shift: float) -> tuple[Polygon, ...]:
    """Marks of one kind around the centre, each looking outwards, none touching its neighbour."""
    size, mark = _size(count, radius, most), _MARKS[kind % len(_MARKS)]
    return tuple(_turned(mark, 2 * math.pi * (n + shift) / count, radius, size) for n in range(count))


def _size(count: int, radius: float, most: float) -> float:
    return min(most, 0.92 * radius * math.sin(math.pi / count))


def _turned(mark: Iterable[Point], angle: float, radius: float, size: float) -> Polygon:
    """A mark at a distance from the picture's centre, turned with its place."""
    sin, cos = math.sin(angle), math.cos(angle)
    half = SIDE / 2
    return tuple(
        (half + x * size * cos - (y * size - radius) * sin, half + x * size * sin + (y * size - radius) * cos)
        for x, y in mark
    )


def _regular(corners: int, turn: float = 0.0) -> list[Point]:
    angles = (2 * math.pi * (n + turn) / corners - math.pi / 2 for n in range(corners))
    return [(math.cos(a), math.sin(a)) for a in angles]


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


_ACCENTS = (0.08, 0.12, 0.42, 0.5, 0.58, 0.88, 0.92)
"""How far the second colour is from the first, round the circle: near it, or across."""

_MARKS: tuple[tuple[Point, ...], ...] = (
    tuple(_regular(32)),
    ((0.0, -1.0), (0.62, 0.0), (0.0, 1.0), (-0.62, 0.0)),
    tuple((0.95 * x, 0.95 * y) for x, y in _regular(3)),
    ((-0.72, -0.72), (0.72, -0.72), (0.72, 0.72), (-0.72, 0.72)),
    tuple((0.62 * math.sin(2 * math.pi * n / 32), -math.cos(2 * math.pi * n / 32)) for n in range(32)),
    tuple((0.95 * x, 0.95 * y) for x, y in _regular(6)),
)
"""Marks of one unit from their middle, looking up: disc, diamond, triangle, square, petal, hexagon."""
