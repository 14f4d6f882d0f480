"""The card that other sites show of a link to a badge: its picture, its title, its earner and the issuer.

A PNG of 1200 by 630 pixels. What all badges of a micro-credential share is drawn once. A text with letters
that cannot be drawn here is left out, and without its title there is no card.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

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
_SIZES = (68, 58, 50, 42, 36)
"""Of a title, the largest that fits into four lines."""


def social_card(
    site: str, folder: str, pictures: Iterable[Copy], title: str, issuer: str, earner: str = ""
) -> tuple[Copy, ...]:
    """The card of a page in a folder; nothing where it cannot be drawn, or no one can link to it because the
    site has no address. `pictures`: those of what the page is about, a PNG among them."""
    picture = next((copy.content for copy in pictures if copy.path.endswith(PICTURE_PNG)), None)
    ground = _draw_ground(picture, title, issuer, bool(earner)) if site and picture else None
    if ground is None:
        return ()
    from PIL import Image

    card = ground.copy()
    letters = spell(earner) if earner else None
    if letters:
        size = next((s for s in (46, 38, 30) if len([*wrap(letters, s, _ROOM)]) == 1), 24)
        line = next(wrap(letters, size, _ROOM))
        mask = draw_line(line, size)
        if mask is not None:
            part = card.crop((_LEFT, 452, _LEFT + mask.width, 452 + mask.height)).convert("RGB")
            part.paste(_INK, mask=mask)
            inked = mask.point([0] + [255] * 255)
            card.paste(part.quantize(palette=card, dither=Image.Dither.NONE), (_LEFT, 452), inked)
    written = io.BytesIO()
    card.save(written, "PNG", compress_level=6)
    return (Copy(path=folder + SOCIAL, content=written.getvalue()),)


@lru_cache(maxsize=256)
def _draw_ground(picture: bytes, title: str, issuer: str, is_earned: bool) -> Picture | None:
    from PIL import Image, ImageDraw, UnidentifiedImageError

    letters = spell(title)
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG",)) as opened:
            art = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError):
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
        size = next((s for s in (30, 24, 20) if len([*wrap(named, s, _ROOM)]) == 1), 20)
        _write(card, next(wrap(named, size, _ROOM)), size, (_LEFT, 50), _SOFT)
    return card.quantize(colors=128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _write(
    card: Picture, letters: tuple[str, ...], size: int, at: tuple[int, int], ink: tuple[int, int, int]
) -> None:
    mask = draw_line(letters, size)
    if mask is not None:
        card.paste(ink, (at[0], at[1], at[0] + mask.width, at[1] + mask.height), mask)
