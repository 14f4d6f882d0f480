"""The generated image of a micro-credential without its own: outline by topic, pattern by title.

Deterministic: one topic has one style, and each title its own rosette. Large plain shapes without letters, so
that it is recognizable at 64 pixels, and SVG and PNG look the same without a font. Colours have a contrast
over 4.5 to 1. About one pair of titles in twenty thousand shares a rosette by chance. Embedding a badge is
`bake`'s.
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


def _colour(hue: float, light: float, full: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, light, full)
    return round(red * 255), round(green * 255), round(blue * 255)


def _place(outline: Iterable[Point], radius: float) -> tuple[Point, ...]:
    return tuple((SIDE / 2 + x * radius, SIDE / 2 + y * radius) for x, y in outline)


Polygon = tuple[Point, ...]


def _rosette(own: bytes) -> tuple[tuple[Polygon, ...], tuple[Polygon, ...]]:
    """An outer ring of marks, and an inner one around a centre, with as many marks as folds."""
    folds = (5, 6, 7, 8, 9, 10, 12)[own[0] % 7]
    many = folds * (2 if folds <= 8 and own[1] % 2 else 1)
    outer = _ring(many, 136 + own[2] % 3 * 8, 25, own[3], 0.5 if own[4] % 2 else 0.0)
    near = 64 + own[5] % 3 * 7
    inner = _ring(folds, near, 34, own[6], 0.0)
    middle = near - _size(folds, near, 34) - 7
    return outer, (*inner, _turned(_MARKS[(0, 3, 5)[own[7] % 3]], 0.0, 0.0, max(middle, 18.0)))


def _ring(count: int, radius: float, most: float, kind: int, shift: float) -> tuple[Polygon, ...]:
    """Marks of one kind around the centre, pointing outwards, without touching each other."""
    size, mark = _size(count, radius, most), _MARKS[kind % len(_MARKS)]
    return tuple(_turned(mark, 2 * math.pi * (n + shift) / count, radius, size) for n in range(count))


def _size(count: int, radius: float, most: float) -> float:
    return min(most, 0.92 * radius * math.sin(math.pi / count))


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
"""Hue distances of the second colour from the first: near it, or opposite."""

_MARKS: tuple[tuple[Point, ...], ...] = (
    tuple(_regular(32)),
    ((0.0, -1.0), (0.62, 0.0), (0.0, 1.0), (-0.62, 0.0)),
    tuple((0.95 * x, 0.95 * y) for x, y in _regular(3)),
    ((-0.72, -0.72), (0.72, -0.72), (0.72, 0.72), (-0.72, 0.72)),
    tuple((0.62 * math.sin(2 * math.pi * n / 32), -math.cos(2 * math.pi * n / 32)) for n in range(32)),
    tuple((0.95 * x, 0.95 * y) for x, y in _regular(6)),
)
"""Marks of unit radius, pointing up: disc, diamond, triangle, square, petal, hexagon."""
