"""Pictures go out as what can be seen of them: no place, time, maker, comment or thumbnail."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, PngImagePlugin

from mcred.website.metadata import photos
from mcred.website.metadata.photos import FRAMES, LONGEST, copy_photo

SECRET = b"Xylograph Lane 7"
SAID = SECRET.decode()
ENDINGS = ("jpg", "jpeg", "png", "webp", "gif")


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """Red at the left and blue at the right, so that a turn shows."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def exif(turn: int = 1) -> Image.Exif:
    """Where, when and by whom; `turn` is how it is meant to be seen (Exif 2.3, Orientation)."""
    found = Image.Exif()
    found[0x010E] = SAID  # description
    found[0x0112] = turn
    found.get_ifd(0x8825).update({1: "N", 2: (44.0, 59.0, 1.0), 3: "W", 4: (92.0, 52.0, 1.0), 29: SAID})
    return found


def with_text() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SAID)
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SAID}</x>")
    return a_picture("PNG", pnginfo=info, exif=exif())


LOADED = {
    "jpg": a_picture("JPEG", exif=exif(), comment=SECRET, xmp=SECRET, icc_profile=SECRET * 8),
    "png": with_text(),
    "webp": a_picture("WEBP", exif=exif(), xmp=SECRET),
    "gif": a_picture("GIF", comment=SECRET),
}


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("ending", sorted(LOADED))
def test_nothing_but_the_pixels_goes_out(ending: str) -> None:
    loaded = LOADED[ending] + SECRET
    assert SECRET in loaded
    copy = copy_photo(loaded, ending)
    assert copy is not None and SECRET not in copy
    image = opened(copy)
    assert not image.getexif() and image.size == (40, 20)
    assert not {"exif", "xmp", "icc_profile", "comment", "Author", "photoshop"} & image.info.keys()
    assert image.convert("RGB").getpixel((5, 5))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize(("turn", "size", "red"), [(3, (40, 20), (35, 10)), (6, (20, 40), (10, 5))])
def test_a_photo_is_turned_as_it_is_meant_to_be_seen(
    turn: int, size: tuple[int, int], red: tuple[int, int]
) -> None:
    image = opened(copy_photo(a_picture(exif=exif(turn)), "jpg"))
    assert image.size == size
    pixel = image.convert("RGB").getpixel(red)
    assert isinstance(pixel, tuple) and pixel[0] > 200 > 60 > pixel[2]


def test_a_large_photo_becomes_smaller() -> None:
    assert opened(copy_photo(a_picture(size=(LONGEST + 800, 10)), "jpg")).size[0] == LONGEST


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGB"])
def test_modes_of_other_programs_are_read(mode: str) -> None:
    image = Image.new("RGB", (8, 8), "white").convert(mode)
    written = io.BytesIO()
    image.save(written, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(copy_photo(written.getvalue(), "jpg" if mode == "CMYK" else "png")).mode in ("L", "RGB")


def test_what_is_clear_stays_clear() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(written, "PNG")
    assert opened(copy_photo(written.getvalue(), "png")).getpixel((0, 0)) == (255, 0, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_what_moves_still_moves_and_says_no_more(kind: str) -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ("red", "green", "blue")]
    written = io.BytesIO()
    more: dict[str, Any] = {"comment": SECRET} if kind == "GIF" else {"exif": exif()}
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=70, **more)
    copy = copy_photo(written.getvalue(), kind.lower())
    image = opened(copy)
    assert getattr(image, "n_frames", 1) == 3 and image.info["duration"] == 70
    assert copy is not None and SECRET not in copy and not image.getexif()


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_cannot_be_decoded_is_not_published(ending: str) -> None:
    whole = LOADED.get(ending, LOADED["jpg"])
    for broken in (b"", whole[: len(whole) // 2], b"\x89PNG\r\n\x1a\nx", b"GIF89a", b"<svg/>"):
        assert copy_photo(broken, ending) is None, broken[:9]


def test_a_picture_that_claims_too_many_pixels_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST", 799)
    assert copy_photo(a_picture(), "jpg") is None
    assert FRAMES < 1000


def test_the_kind_is_what_its_name_says() -> None:
    assert copy_photo(LOADED["png"], "jpg") is None


@settings(max_examples=60, deadline=None)
@given(some.binary(max_size=60), some.integers(0, 400), some.sampled_from(sorted(LOADED)))
def test_hostile_bytes_give_a_picture_or_nothing(noise: bytes, at: int, ending: str) -> None:
    good = LOADED[ending]
    at %= len(good)
    copy = copy_photo(good[:at] + noise + good[at + len(noise) :], ending)
    assert copy is None or opened(copy).size


def test_the_same_photo_is_the_same_copy() -> None:
    assert copy_photo(LOADED["jpg"], "jpg") == copy_photo(LOADED["jpg"], "jpg")
