"""Re-encodes a picture for the pages: its visible pixels, and nothing else.

A photo's metadata has the place, time and device, and often a thumbnail of what was cropped. None of that is
in the copy: the pixels are decoded, rotated as intended, and encoded again. What cannot be decoded in full is
not published. The same bytes give the same copy with the same Pillow.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

LONGEST = 2400
"""The longest side of a copy, in pixels."""
MOST = 60_000_000
"""The most pixels of a picture that is opened: a small file may claim any number."""
FRAMES = 200
_FORMATS: Mapping[str, str] = {"gif": "GIF", "jpeg": "JPEG", "jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
_OPTIONS: Mapping[str, Mapping[str, int | bool]] = {
    "JPEG": {"quality": 88, "optimize": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 88, "method": 4},
}


def is_photo(ending: str) -> bool:
    """Whether files with this suffix are pictures that are re-encoded."""
    return ending in _FORMATS


def copy_photo(content: bytes, ending: str, longest: int | None = LONGEST) -> bytes | None:
    """The picture without anything but its pixels; None when it cannot be decoded.

    `longest`: the most pixels of its longer side, None for no limit.
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
        # Pillow's readers raise many kinds of errors; what cannot be read is not published.
        return None


def _plain(image: Image.Image, kind: str) -> Image.Image:
    """The pixels alone, in a mode that its format and every browser supports."""
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
    """An animated picture: each frame re-encoded, with its duration."""
    from PIL import ImageSequence

    if kind not in ("GIF", "WEBP") or getattr(opened, "n_frames", 1) > FRAMES:
        return None
    frames, times = [], []
    for frame in ImageSequence.Iterator(opened):
        frame.load()  # its duration is known only then
        times.append(int(frame.info.get("duration", 100)))
        frames.append(_plain(frame, kind))
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=times, loop=0, disposal=2)
    return written.getvalue()
