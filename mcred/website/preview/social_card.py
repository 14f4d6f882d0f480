"""The card that other sites show of a link to a badge: its picture, its title, its earner and the issuer.

A PNG of 1200 by 630 pixels. What all badges of a micro-credential share is drawn and compressed once. A text
with letters that cannot be drawn here is left out, and without its title there is no card.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mcred.domain.award import PICTURE_PNG
from mcred.website.badge_views import Copy
from mcred.website.preview.drawn_text import draw_line, spell, wrap

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

SOCIAL = "social.png"
"""In the folder of a page."""
WIDTH, HEIGHT = 1200, 630
_PAPER, _INK, _SOFT, _GILT = (248, 246, 241), (28, 36, 44), (82, 93, 104), (201, 155, 69)
_LEFT, _SIDE = 540, 400
"""Where text begins, and the side of the picture."""
_ROOM = WIDTH - _LEFT - 76
_TOP, _END = 452, 544
"""The rows of the earner's name."""
_SIZES = (68, 58, 50, 42, 36)
"""Of a title, the largest that fits into four lines."""


class _Ground(NamedTuple):
    """A card without a name: the rows that a name may be written on, and what is around them."""

    strip: Picture
    above: bytes
    """Compressed, with its checksum."""
    checked: int
    below: bytes
    """Not compressed, since the checksum runs over it after the name."""
    ending: bytes
    """The same compressed."""

    def fill(self, strip: Picture) -> bytes:
        """The card as PNG, with these rows in place of its own."""
        rows = _rows(strip)
        checked = zlib.adler32(self.below, zlib.adler32(rows, self.checked))
        chunks = (
            (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)),
            (b"PLTE", bytes(self.strip.getpalette("RGB") or ())),
            (b"IDAT", b"\x78\x9c" + self.above + _deflate(rows) + self.ending + struct.pack(">I", checked)),
            (b"IEND", b""),
        )
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )


def social_card(
    site: str, folder: str, pictures: Iterable[Copy], title: str, issuer: str, earner: str = ""
) -> tuple[Copy, ...]:
    """The card of a page in a folder; nothing where it cannot be drawn, or no one can link to it because the
    site has no address. `pictures`: those of what the page is about, a PNG among them."""
    picture = next((copy.content for copy in pictures if copy.path.endswith(PICTURE_PNG)), None)
    ground = _draw_ground(picture, title, issuer, bool(earner)) if site and picture else None
    if ground is None:
        return ()
    strip = ground.strip.copy()
    letters = spell(earner) if earner else None
    if letters:
        _sign(strip, letters)
    return (Copy(path=folder + SOCIAL, content=ground.fill(strip)),)


@lru_cache(maxsize=256)
def _draw_ground(picture: bytes, title: str, issuer: str, is_earned: bool) -> _Ground | None:
    from PIL import Image, ImageDraw, UnidentifiedImageError

    letters = spell(title)
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG",)) as opened:
            art = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    fits = (s for s in _SIZES if letters and len([*wrap(letters, s, _ROOM)]) <= 4)
    size = next(fits, 0)
    if not letters or not size or draw_line(letters, size) is None:
        return None
    card = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    ImageDraw.Draw(card).rectangle((20, 20, WIDTH - 21, HEIGHT - 21), outline=_GILT, width=4)
    art.thumbnail((_SIDE, _SIDE))
    card.paste(art, (76 + (_SIDE - art.width) // 2, (HEIGHT - art.height) // 2), art)
    lines = [*wrap(letters, size, _ROOM)]
    high = len(lines) * size * 1.2
    top = (HEIGHT - high) / 2 - (30 if is_earned else 0)
    for n, line in enumerate(lines):
        _write(card, line, size, (_LEFT, round(top + n * size * 1.2 - size * 0.6)), _INK)
    named = spell(issuer)
    if named:
        size = _fitting(named, (30, 24, 20))
        _write(card, next(wrap(named, size, _ROOM)), size, (_LEFT, 50), _SOFT)
    drawn = card.quantize(colors=128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    above = _rows(drawn.crop((0, 0, WIDTH, _TOP)))
    below = _rows(drawn.crop((0, _END, WIDTH, HEIGHT)))
    return _Ground(
        strip=drawn.crop((0, _TOP, WIDTH, _END)),
        above=_deflate(above),
        checked=zlib.adler32(above),
        below=below,
        ending=_deflate(below, last=True),
    )


def _sign(strip: Picture, letters: tuple[str, ...]) -> None:
    """Write a name on a strip, in the colours that it has."""
    from PIL import Image

    size = _fitting(letters, (46, 38, 30, 24))
    mask = draw_line(next(wrap(letters, size, _ROOM)), size)
    if mask is not None:
        part = strip.crop((_LEFT, 0, _LEFT + mask.width, mask.height)).convert("RGB")
        part.paste(_INK, mask=mask)
        inked = mask.point([0] + [255] * 255)
        strip.paste(part.quantize(palette=strip, dither=Image.Dither.NONE), (_LEFT, 0), inked)


def _fitting(letters: tuple[str, ...], sizes: tuple[int, ...]) -> int:
    """The first of some sizes at which a text fits into one line; the last one where it fits at none."""
    return next((s for s in sizes if len([*wrap(letters, s, _ROOM)]) == 1), sizes[-1])


def _write(
    card: Picture, letters: tuple[str, ...], size: int, at: tuple[int, int], ink: tuple[int, int, int]
) -> None:
    mask = draw_line(letters, size)
    if mask is not None:
        card.paste(ink, (at[0], at[1], at[0] + mask.width, at[1] + mask.height), mask)


def _rows(part: Picture) -> bytes:
    """The rows of a picture with a palette, each after the byte that says that it is not filtered."""
    data = part.tobytes()
    return b"".join(b"\0" + data[n : n + part.width] for n in range(0, len(data), part.width))


def _deflate(rows: bytes, *, last: bool = False) -> bytes:
    """Rows compressed without regard to those before them."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(rows) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
