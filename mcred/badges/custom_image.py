"""Sanitizing a programme's own image for a micro-credential: `badge.svg` or `badge.png` by the definition.

It is published with every badge, so it may contain shapes only. An SVG is checked against an allowlist of
elements and attributes (SVG 2, chapters 5 to 13): no script, style, foreign content, animation, image,
external reference, entity. Anything else is reported with its line. The published file is written from
scratch from what was checked. Text is not accepted, because it looks different on every computer. A PNG keeps
the chunks that make the image, and its rows must inflate to exactly its stated size (PNG, third edition, §5
and §11).
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct, field

from mcred.badges.bake import read_chunks
from mcred.badges.signable_text import find_unsafe
from mcred.problems import McredError, Place, Problem

MAX_SVG = 128 * 1024
MAX_PNG = 512 * 1024
MIN_SIDE, MAX_SIDE = 64, 2048
MAX_ELEMENTS = 5_000
MAX_DEPTH = 30

_SVG = "http://www.w3.org/2000/svg"
_SHAPES = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon")
_WORDS = ("title", "desc")
_ELEMENTS = frozenset(
    ("svg", "g", "defs", "linearGradient", "radialGradient", "stop", "clipPath", *_SHAPES, *_WORDS)
)
_ATTRIBUTES = frozenset(
    (
        *("id", "version", "width", "height", "viewBox", "preserveAspectRatio", "role", "aria-label"),
        *("d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "fr"),
        *("transform", "gradientTransform", "gradientUnits", "spreadMethod", "clipPathUnits", "pathLength"),
        *("fill", "fill-rule", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap"),
        *("stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "vector-effect"),
        *("opacity", "color", "offset", "stop-color", "stop-opacity", "clip-path", "clip-rule"),
        *("paint-order", "display", "visibility", "shape-rendering"),
    )
)
_LOCAL = re.compile(r"url\(#[A-Za-z_][\w.-]{0,99}\)", re.ASCII)
_VALUE = re.compile(r"[\w\s.,#%+()/-]*", re.ASCII)
"""Numbers, names, colours and transforms; no quote, colon, semicolon, backslash or at sign."""
_PLAIN = "save it as plain SVG, with text converted to paths"
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type of a PNG → samples per pixel (§11.2.1)."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def check_svg(data: bytes, file: str) -> tuple[bytes | None, tuple[Problem, ...]]:
    """The sanitized SVG, or None, and every problem."""
    if len(data) > MAX_SVG:
        what = f"the picture has {-(-len(data) // 1024)} kB, more than {MAX_SVG // 1024} kB"
        return None, (Problem(what=what, where=Place(file=file), hint="draw it with fewer points"),)
    reader = _SvgReader(file)
    reader.read(data)
    if reader.problems:
        return None, tuple(reader.problems)
    return "".join((*reader.written, "\n")).encode(), ()


class _SvgReader(Struct):
    """Handles parser events: notes what is not on the allowlist, and writes what is."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    count: int = 0
    line: int = 0

    def note(self, what: str, hint: str = _PLAIN) -> None:
        if len(self.problems) < 20:
            self.problems.append(Problem(what=what, where=Place(file=self.file, line=self.line), hint=hint))

    def read(self, data: bytes) -> None:
        from xml.parsers import expat

        # No entity is ever expanded: parsing stops at the first declaration.
        parser = expat.ParserCreate("UTF-8", namespace_separator=" ")

        def here() -> None:
            self.line = parser.CurrentLineNumber

        def begin(name: str, attributes: dict[str, str]) -> None:
            here()
            self.begin(name, attributes)

        def say(text: str) -> None:
            here()
            self.say(text)

        def stop(what: str) -> None:
            here()
            self.note(what)
            raise _Stopped

        parser.StartElementHandler = begin
        parser.EndElementHandler = lambda name: self.end()
        parser.CharacterDataHandler = say
        parser.StartDoctypeDeclHandler = lambda *_: stop("it has a <!DOCTYPE>, which can define entities")
        parser.ProcessingInstructionHandler = lambda *_: stop("it has an instruction <?…?>")
        try:
            data.decode("utf-8")
            parser.Parse(data, True)
        except _Stopped:
            return
        except UnicodeDecodeError:
            self.note("the picture is not UTF-8")
        except expat.ExpatError as error:
            self.line = error.lineno
            self.note(f"the picture is not readable: {expat.ErrorString(error.code)}")

    def begin(self, full: str, attributes: Mapping[str, str]) -> None:
        space, _, name = full.rpartition(" ")
        self.count += 1
        if self.count > MAX_ELEMENTS or len(self.open) >= MAX_DEPTH:
            self.note(
                f"it has more than {MAX_ELEMENTS:,} elements, or more than {MAX_DEPTH} inside one another"
            )
            raise _Stopped
        if space != _SVG or name not in _ELEMENTS:
            self.note(f"<{name[:40]}> is not allowed")
        elif (name == "svg") != (not self.open):
            self.note("a picture is one <svg>, with no other inside it")
        elif self.open and self.open[-1] in _WORDS:
            self.note(f"<{name}> inside a <{self.open[-1]}>: that may contain only text")
        if name == "svg" and not self.open and not {"viewBox", "width"} & set(attributes):
            self.note("it does not give its size", 'add viewBox="0 0 512 512" to its <svg>')
        self.open.append(name)
        kept = "".join(f" {key}={quoteattr(value)}" for key, value in self.attributes(name, attributes))
        space = f' xmlns="{_SVG}"' if name == "svg" else ""
        self.written.append(f"<{name}{space}{kept}>")

    def attributes(self, element: str, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for full, value in given.items():
            name = full.rpartition(" ")[2]
            if full not in _ATTRIBUTES:
                self.note(f"<{element}> has the attribute {name[:40]}, which is not allowed")
            elif name == "aria-label":
                self.words(value)
                yield name, value
            elif not (_VALUE.fullmatch(value) and "url" not in value.lower()) and not _LOCAL.fullmatch(value):
                self.note(f"<{element}> has a value of {name} that is not allowed: {value[:40]!r}")
            else:
                yield name, value

    def say(self, text: str) -> None:
        if self.open and self.open[-1] in _WORDS:
            self.words(text)
            self.written.append(escape(text))
        elif text.strip():
            self.note("there is text outside of <title> and <desc>")
        else:
            self.written.append(text)

    def words(self, text: str) -> None:
        for problem in find_unsafe({"its words": text}):
            self.note(problem.what, str(problem.hint))

    def end(self) -> None:
        self.written.append(f"</{self.open.pop()}>")


class _Stopped(Exception):
    """Parsing was stopped."""


def check_png(data: bytes, file: str) -> tuple[bytes | None, tuple[Problem, ...]]:
    """The PNG with its essential chunks only, or None, and every problem."""
    try:
        return _read_png(data), ()
    except McredError as error:
        return None, (Problem(what=error.what, where=Place(file=file), hint=error.hint),)


def _read_png(data: bytes) -> bytes:
    from mcred.badges.bake import write_chunks

    if len(data) > MAX_PNG:
        what = f"the picture has {-(-len(data) // 1024)} kB, more than {MAX_PNG // 1024} kB"
        raise McredError(what, hint="save it smaller: 512 by 512 is enough")
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise McredError("this is not a PNG", hint="save it as PNG, or give badge.svg")
    chunks = [(kind, body) for kind, body in read_chunks(data) if kind in _PNG_CHUNKS]
    width, height, pixel_bits = _read_head(chunks[0][1])
    rows = _inflate(b"".join(body for kind, body in chunks if kind == b"IDAT"), width, height, pixel_bits)
    stride = len(rows) // height
    if any(rows[line * stride] > 4 for line in range(height)):
        raise McredError("the picture is damaged", hint="save it again as PNG")
    return write_chunks(chunks)


def _read_head(head: bytes) -> tuple[int, int, int]:
    """Width, height and bits per pixel (§11.2.1)."""
    if len(head) != 13:
        raise McredError("the picture is damaged", hint="save it again as PNG")
    width, height = int.from_bytes(head[:4]), int.from_bytes(head[4:8])
    depth, colour, packing, filtering, interlaced = head[8:]
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        what = f"the picture is {width} by {height}, not {MIN_SIDE} to {MAX_SIDE} each way"
        raise McredError(what, hint="save it at 512 by 512")
    if depth not in _DEPTHS.get(colour, ()) or packing or filtering:
        raise McredError("the picture is damaged", hint="save it again as PNG")
    if interlaced:
        raise McredError("the picture is interlaced", hint="save it as PNG without interlacing")
    return width, height, depth * _SAMPLES[colour]


def _inflate(packed: bytes, width: int, height: int, pixel_bits: int) -> bytes:
    """The inflated rows, each after its filter byte; exactly as many bytes as the size requires."""
    expected = (1 + -(-width * pixel_bits // 8)) * height
    opener = zlib.decompressobj()
    try:
        rows = opener.decompress(packed, expected + 1)
    except zlib.error:
        rows = b""
    if len(rows) != expected or not opener.eof or opener.unused_data:
        raise McredError(
            "the picture is damaged: it does not have as many pixels as it says", hint="save it again"
        )
    return rows


def wrap_png(data: bytes, title: str) -> bytes:
    """A checked PNG wrapped in an SVG, for a programme without an SVG image."""
    width, height, _ = _read_head(read_chunks(data)[0][1])
    head = f'<svg xmlns="{_SVG}" viewBox="0 0 {width} {height}" role="img">'
    inside = f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"
    image = f'<image width="{width}" height="{height}" href="{inside}"/>'
    return f"{head}\n<title>{escape(title)}</title>\n{image}\n</svg>\n".encode()
