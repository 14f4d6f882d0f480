"""Lines of text for pictures, drawn without a font file of any computer: the same bytes everywhere.

The font that comes with Pillow has the letters of ASCII. Accents are drawn here, so that most names in the
Latin alphabet are spelled right; a text with any other letter is not drawn at all.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

FINER = 2
"""Text is drawn so many times larger, then reduced."""
_Line = tuple[tuple[float, float], ...]
_ACUTE: _Line = ((-0.04, 0.0), (0.09, 0.14))
_ABOVE: Mapping[str, tuple[_Line, ...]] = {
    "\u0300": (((0.04, 0.0), (-0.09, 0.14)),),
    "\u0301": (_ACUTE,),
    "\u0302": (((-0.11, 0.0), (0.0, 0.12), (0.11, 0.0)),),
    "\u0303": (((-0.13, 0.03), (-0.06, 0.1), (0.06, 0.03), (0.13, 0.1)),),
    "\u0304": (((-0.12, 0.06), (0.12, 0.06)),),
    "\u0306": (((-0.11, 0.12), (-0.06, 0.03), (0.06, 0.03), (0.11, 0.12)),),
    "\u0307": (((0.0, 0.06), (0.0, 0.07)),),
    "\u0308": (((-0.11, 0.06), (-0.11, 0.07)), ((0.11, 0.06), (0.11, 0.07))),
    "\u030a": (((-0.07, 0.07), (0.0, 0.14), (0.07, 0.07), (0.0, 0.0), (-0.07, 0.07)),),
    "\u030b": (tuple((x - 0.07, y) for x, y in _ACUTE), tuple((x + 0.09, y) for x, y in _ACUTE)),
    "\u030c": (((-0.11, 0.12), (0.0, 0.0), (0.11, 0.12)),),
}
"""Marks as lines, in parts of the font's size, from the middle of a letter's top upwards."""
_BELOW: Mapping[str, tuple[_Line, ...]] = {
    "\u0323": (((0.0, -0.1), (0.0, -0.11)),),
    "\u0326": (((0.03, -0.06), (-0.03, -0.17)),),
    "\u0327": (((0.0, 0.0), (0.05, -0.08), (-0.05, -0.15)),),
    "\u0328": (((0.06, 0.0), (0.0, -0.1), (0.1, -0.14)),),
}
"""The same from the middle of the line that letters stand on."""
_ACROSS: Mapping[str, tuple[str, _Line]] = {
    "ł": ("l", ((-0.12, 0.3), (0.12, 0.42))),
    "Ł": ("L", ((-0.32, 0.28), (0.02, 0.42))),
    "ø": ("o", ((-0.24, 0.0), (0.24, 0.5))),
    "Ø": ("O", ((-0.3, 0.0), (0.3, 0.7))),
    "đ": ("d", ((-0.02, 0.6), (0.3, 0.6))),
    "Đ": ("D", ((-0.42, 0.36), (-0.08, 0.36))),
}
"""Letters with a line across them: the letter without it, and the line."""
_TURNED = {"¿": "?", "¡": "!"}
_SPELLED = str.maketrans(
    {"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "–": "-", "—": "-", "…": "..."}
)
_KNOWN = frozenset(map(chr, range(32, 127))) | frozenset("‘’“”")
_WEIGHT = 0.065


@lru_cache(maxsize=16)
def _font(size: int) -> FreeTypeFont | None:
    from PIL import ImageFont

    found = ImageFont.load_default(size)
    return found if isinstance(found, ImageFont.FreeTypeFont) else None


def spell(text: str) -> tuple[str, ...] | None:
    """A text as letters with their marks; None where one cannot be drawn.

    >>> spell("Zoë") == ("Z", "o", "e\u0308"), spell("ليلى")
    (True, None)
    """
    letters: list[str] = []
    for sign in unicodedata.normalize("NFD", " ".join(text.split()).translate(_SPELLED)):
        if letters and (sign in _ABOVE or sign in _BELOW):
            letters[-1] += sign
        elif sign in _KNOWN or sign in _ACROSS or sign in _TURNED or sign == "ı":
            letters.append(sign)
        else:
            return None
    return tuple(letters)


def width_of(letters: tuple[str, ...], size: int) -> float:
    """How wide a text is at a size in pixels; 0 where there is no font."""
    font = _font(size * FINER)
    return font.getlength("".join(map(_plain, letters))) / FINER if font else 0.0


def wrap(letters: tuple[str, ...], size: int, width: float) -> Iterator[tuple[str, ...]]:
    """The lines of a text that is broken between words, each as wide as it may be."""
    line: tuple[str, ...] = ()
    for word in _words(letters):
        longer = (*line, " ", *word) if line else word
        if line and width_of(longer, size) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _words(letters: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    word: list[str] = []
    for letter in (*letters, " "):
        if letter != " ":
            word.append(letter)
        elif word:
            yield tuple(word)
            word = []


def draw_line(letters: tuple[str, ...], size: int) -> Image | None:
    """A line of text as a mask, `2 × size` high, its letters standing at `1.4 × size`; None where there is no
    font."""
    from PIL import Image, ImageDraw

    large = size * FINER
    font = _font(large)
    if font is None:
        return None
    wide = int(font.getlength("".join(map(_plain, letters)))) + large
    mask = Image.new("L", (wide + wide % FINER, 2 * large))
    draw, base = ImageDraw.Draw(mask), 1.4 * large
    done = ""
    for letter in letters:
        plain, x = _plain(letter), font.getlength(done)
        if letter in _TURNED:
            upright = Image.new("L", (math.ceil(font.getlength(plain)), large))
            ImageDraw.Draw(upright).text((0, large - 1), plain, fill=255, font=font, anchor="ls")
            mask.paste(upright.rotate(180), (round(x), round(base + font.getbbox("x", anchor="ls")[1])))
        else:
            draw.text((x, base), plain, fill=255, font=font, anchor="ls")
        _mark(draw, font, letter, x, base)
        done += plain
    return mask.reduce(FINER)


def _plain(letter: str) -> str:
    first = letter[0]
    return _ACROSS[first][0] if first in _ACROSS else "i" if first == "ı" else _TURNED.get(first, first)


def _mark(draw: ImageDraw, font: FreeTypeFont, letter: str, x: float, base: float) -> None:
    plain, em = _plain(letter), font.size
    left, top, right, _ = font.getbbox(plain, anchor="ls")
    above = [sign for sign in letter[1:] if sign in _ABOVE]
    if letter[0] in ("i", "j", "ı") and (above or letter[0] == "ı"):
        top = font.getbbox("x", anchor="ls")[1]
        draw.rectangle((x + left - 1, base - em, x + right + 1, base + top - em * 0.03), fill=0)
    middle = x + (left + right) / 2
    for n, sign in enumerate(above):
        for line in _ABOVE[sign]:
            _stroke(draw, line, middle, base + top - em * (0.06 + 0.17 * n), em)
    for sign in letter[1:]:
        for line in _BELOW.get(sign, ()):
            _stroke(draw, line, middle, base, em)
    if letter[0] in _ACROSS:
        _stroke(draw, _ACROSS[letter[0]][1], middle, base, em)


def _stroke(draw: ImageDraw, line: _Line, x: float, y: float, em: float) -> None:
    points = [(x + dx * em, y - dy * em) for dx, dy in line]
    half = em * _WEIGHT / 2
    draw.line(points, fill=255, width=round(2 * half), joint="curve")
    for px, py in points:
        draw.ellipse((px - half, py - half, px + half, py + half), fill=255)
