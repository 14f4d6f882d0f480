"""A picture made anew for the pages: what can be seen of it, and nothing else.

A photo says where and when it was taken, with what, and often shows a thumbnail of what was cut away. None of
that is in the copy: the pixels are decoded, turned as they are meant to be seen, and written again. What
cannot be decoded whole is not published. The same bytes give the same copy with the same Pillow.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

LONGEST = 2400
"""No side of a copy is longer, in pixels."""
MOST = 60_000_000
"""Pictures of more pixels are not opened: a small file may claim any number."""
FRAMES = 200
_FORMATS: Mapping[str, str] = {"gif": "GIF", "jpeg": "JPEG", "jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
_OPTIONS: Mapping[str, Mapping[str, int | bool]] = {
    "JPEG": {"quality": 88, "optimize": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 88, "method": 4},
}


def is_photo(ending: str) -> bool:
    """Whether files of an ending are pictures that are made anew."""
    return ending in _FORMATS


def copy_photo(content: bytes, ending: str, longest: int | None = LONGEST) -> bytes | None:
    """The picture again without what it carries beside its pixels; None when it cannot be decoded.

    `longest`: pixels of its longer side at most, None for as many as it has.
    """
    from PIL import Image, ImageOps

    kind = _FORMATS[ending]
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=[kind]) as opened:
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if opened.width * opened.height > MOST:
                return None
            if getattr(opened, "n_frames", 1) > 1:
                return _copy_moving(opened, kind)
            turned = ImageOps.exif_transpose(opened)
            if longest is not None:
                turned.thumbnail((longest, longest))
            return _write(_plain(turned, kind), kind)
    except Exception:
        # Pillow's readers fail in as many ways as bytes can be wrong; what none can read is not published.
        return None


def _plain(image: Image.Image, kind: str) -> Image.Image:
    """The pixels alone, in a mode that its format and every browser knows."""
    from PIL import Image

    clear = "A" in image.getbands() or "transparency" in image.info
    mode = "L" if image.mode in ("1", "L") and not clear else "RGBA" if clear and kind != "JPEG" else "RGB"
    seen = image.convert(mode)
    fresh = Image.new(mode, seen.size)
    fresh.paste(seen)
    return fresh


def _write(image: Image.Image, kind: str) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **_OPTIONS.get(kind, {}))
    return written.getvalue()


def _copy_moving(opened: Image.Image, kind: str) -> bytes | None:
    """A picture that moves: each frame anew, with its time."""
    from PIL import ImageSequence

    if kind not in ("GIF", "WEBP") or getattr(opened, "n_frames", 1) > FRAMES:
        return None
    frames, times = [], []
    for frame in ImageSequence.Iterator(opened):
        frame.load()  # its time is known only then
        times.append(int(frame.info.get("duration", 100)))
        frames.append(_plain(frame, kind))
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=times, loop=0, disposal=2)
    return written.getvalue()
