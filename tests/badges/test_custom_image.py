"""A programme's own picture: shapes are taken, everything else is named with its line."""

from __future__ import annotations

import io
import zlib
from typing import Any

import png
import pytest
from defusedxml.minidom import parseString
from hypothesis import given, settings
from hypothesis import strategies as some

from mcred.badges.bake import extract, read_chunks
from mcred.badges.custom_image import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_PNG,
    MAX_SVG,
    check_png,
    check_svg,
    wrap_png,
)
from tests.badges.issuing import bake

FILE = "credentials/wait-time/badge.svg"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"'
GOOD = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by hand -->
{HEAD} role="img" aria-label="A clock &amp; a wave">
<title>Wait &lt;Time&gt; ]]&gt;</title>
<defs>
  <linearGradient id="sky" x1="0" x2="1"><stop offset="10%" stop-color="#1b5a63"/></linearGradient>
  <clipPath id="round"><circle cx="50" cy="50" r="50"/></clipPath>
</defs>
<g transform="translate(1, -2.5e1) rotate(10)" clip-path="url(#round)" opacity=".5">
  <rect width="100" height="100" fill="url(#sky)"/>
  <path d="M0,0 L10 10z" stroke="rgb(1,2,3)" stroke-width="2" fill="none" fill-rule="evenodd"/>
  <polygon points="1,2 3,4"/>
</g>
</svg>
"""


def svg(inside: str, more: str = "") -> bytes:
    return f"{HEAD}{more}>\n{inside}\n</svg>".encode()


def test_shapes_are_taken_and_written_again() -> None:
    made, problems = check_svg(GOOD.encode(), FILE)
    assert problems == () and made is not None
    text = made.decode()
    assert "drawn by hand" not in text and "<?xml" not in text
    for kept in ('fill="url(#sky)"', 'd="M0,0 L10 10z"', "Wait &lt;Time&gt; ]]&gt;", 'viewBox="0 0 100 100"'):
        assert kept in text
    assert check_svg(made, FILE) == (made, ()), "read again it stays as it is"
    assert extract(bake(made, b'{"id": "urn:x"}')) == b'{"id": "urn:x"}'


REFUSED = {
    "script": ("<g>\n<script>alert(1)</script></g>", 3, "<script>"),
    "script of another space": ('<a:script xmlns:a="urn:x"/>', 2, "<script>"),
    "handler": ('<rect onload="alert(1)"/>', 2, "onload"),
    "style": ("<style>*{}</style>", 2, "<style>"),
    "style attribute": ('<rect style="fill:red"/>', 2, "style"),
    "class": ('<rect class="a"/>', 2, "class"),
    "foreign": ("<foreignObject/>", 2, "<foreignObject>"),
    "html": ('<p xmlns="http://www.w3.org/1999/xhtml">x</p>', 2, "<p>"),
    "image": ('<image href="https://evil.example/x.png"/>', 2, "<image>"),
    "link": ('<a href="javascript:alert(1)"><rect/></a>', 2, "<a>"),
    "use": ('<use href="#a"/>', 2, "<use>"),
    "animation": ('<animate attributeName="fill"/>', 2, "<animate>"),
    "text": ("<text>Wait</text>", 2, "<text>"),
    "bare text": ("Wait", 2, "outside"),
    "href": ('<path href="#a"/>', 2, "href"),
    "xlink": ('<path xmlns:l="http://www.w3.org/1999/xlink" l:href="#a"/>', 2, "href"),
    "outside paint": ('<rect fill="url(https://evil.example/#a)"/>', 2, "fill"),
    "quoted paint": ("<rect fill=\"url('#a')\"/>", 2, "fill"),
    "loud paint": ('<rect fill="URL(//evil.example)"/>', 2, "fill"),
    "escaped paint": ('<rect fill="u\\72l(//evil.example)"/>', 2, "fill"),
    "two paints": ('<rect fill="url(#a) url(//evil.example)"/>', 2, "fill"),
    "declaration": ('<rect fill="red; background: blue"/>', 2, "fill"),
    "element in a title": ("<title><g/></title>", 2, "may contain only text"),
    "svg in svg": ('<svg viewBox="0 0 1 1"/>', 2, "no other inside"),
    "turned title": ("<title>a\u202eb</title>", 2, "U+202E"),
    "deep": ("<g>" * MAX_DEPTH + "</g>" * MAX_DEPTH, 2, "inside one another"),
    "many": ("<g/>" * MAX_ELEMENTS, 2, "elements"),
    "open": ("<g>", 3, "not readable"),
    "instruction": ("<?xml-stylesheet href='x'?>", 2, "instruction"),
    "entity": ("&evil;", 2, "not readable"),
}


@pytest.mark.parametrize(("inside", "line", "named"), REFUSED.values(), ids=REFUSED)
def test_everything_else_is_refused_with_its_line(inside: str, line: int, named: str) -> None:
    made, problems = check_svg(svg(inside), FILE)
    assert made is None
    first = problems[0]
    assert first.where is not None and (first.where.file, first.where.line) == (FILE, line)
    assert named in first.what and first.hint


WHOLE = {
    "entities": b'<!DOCTYPE svg [<!ENTITY a "aa">]>' + svg("<title>&a;</title>"),
    "outside doctype": b'<!DOCTYPE svg SYSTEM "http://evil.example/x.dtd">' + svg(""),
    "another root": b"<html/>",
    "no space": b'<svg viewBox="0 0 1 1"/>',
    "no size": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "UTF-16": GOOD.replace("UTF-8", "UTF-16").encode("utf-16"),
    "Latin-1": svg("<title>\u00e9</title>").decode().encode("latin-1"),
    "nothing": b"",
    "two": svg("") + svg(""),
    "large": svg("<g/>" + " " * MAX_SVG),
    "a PNG": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_what_is_no_plain_svg_is_refused(data: bytes) -> None:
    made, problems = check_svg(data, FILE)
    assert made is None and problems and all(p.what and p.hint for p in problems)


@settings(max_examples=200, deadline=None)
@given(some.text(alphabet="<>\"'&;:/()#=! \nabcdefghlnoprstuvxy", max_size=80) | some.just("<g><path/></g>"))
def test_no_text_comes_through_as_more_than_it_is(text: str) -> None:
    made, _ = check_svg(svg(f"{text}<title>x</title>"), FILE)
    if made is None:
        return
    tree: Any = parseString(made)
    for node in tree.getElementsByTagName("*"):
        assert node.tagName in ("svg", "g", "title", "path", "rect")
        assert set(node.attributes.keys()) <= {"xmlns", "viewBox"}


def a_png(side: int = 64, *, mode: str = "RGBA", **more: object) -> bytes:
    out = io.BytesIO()
    writer = png.Writer(side, side, greyscale=mode == "L", alpha=mode == "RGBA", **more)
    planes = {"RGBA": 4, "L": 1, "RGB": 3}[mode]
    writer.write(out, [[n % 2 for n in range(side * planes)]] * side)
    return out.getvalue()


def rebuilt(
    *, drop: bytes = b"", data: bytes | None = None, extra: tuple[bytes, bytes] | None = None
) -> bytes:
    chunks = [(k, data if k == b"IDAT" and data is not None else d) for k, d in read_chunks(a_png())]
    chunks = [(k, d) for k, d in chunks if k != drop]
    if extra:
        chunks.insert(1, extra)
    out = io.BytesIO()
    png.write_chunks(out, chunks)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L"])
def test_a_png_is_kept_without_what_is_written_in_it(mode: str) -> None:
    plain = a_png(mode=mode)
    made, problems = check_png(plain, "badge.png")
    assert problems == () and made is not None
    assert list(png.Reader(bytes=made).asRGBA8()[2]) == list(png.Reader(bytes=plain).asRGBA8()[2])
    noted = rebuilt(extra=(b"tEXt", b"Author\0Ana Reyes"))
    assert b"Ana" not in (check_png(noted, "badge.png")[0] or b"Ana")


SCANLINES = 64 * (64 * 4 + 1)
BAD_PNGS = {
    "small": a_png(63),
    "wide": a_png(2049, mode="L", bitdepth=1),
    "interlaced": a_png(interlace=True),
    "heavy": b"\x89PNG\r\n\x1a\n" + bytes(MAX_PNG),
    "SVG": GOOD.encode(),
    "cut": a_png()[:-20],
    "after its end": a_png() + b"x",
    "too few rows": rebuilt(data=zlib.compress(bytes(SCANLINES - 1))),
    "too many rows": rebuilt(data=zlib.compress(bytes(200 * 2**20))),
    "unknown filter": rebuilt(data=zlib.compress(bytes([9]) * SCANLINES)),
    "after the rows": rebuilt(data=zlib.compress(bytes(SCANLINES)) + b"hidden"),
    "no rows": rebuilt(drop=b"IDAT"),
    "no packing": rebuilt(data=b"not packed"),
}


@pytest.mark.parametrize("data", BAD_PNGS.values(), ids=BAD_PNGS)
def test_a_png_that_is_not_what_it_says_is_refused(data: bytes) -> None:
    made, problems = check_png(data, "badge.png")
    assert made is None
    assert problems[0].where is not None and problems[0].where.file == "badge.png" and problems[0].hint


def test_a_png_can_stand_inside_an_svg() -> None:
    wrapped = wrap_png(a_png(), "A <b> & c")
    assert b"A &lt;b&gt; &amp; c" in wrapped and b'href="data:image/png;base64,' in wrapped
    assert extract(bake(wrapped, b"{}")) == b"{}"
