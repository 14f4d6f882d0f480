"""Baking: embedding a credential in a PNG or SVG, and extracting it (Open Badges 3.0, §5.3).

A baked image holds exactly one credential; an existing one is replaced. An image with two, or with something
that only resembles one, is rejected. Images are untrusted: size is checked before parsing, and compressed
content before inflating; no pixel is ever decoded, no external entity read. Writing and reading the two
carriers is `openbadgeslib`'s (which also removes scripts from an SVG). The credential is not examined.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from mcred.badges.json_reader import MAX_BYTES
from mcred.problems import McredError

MAX_IMAGE = 5 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_ELEMENT, _DECLARED = "openbadges:credential", "xmlns:openbadges"
_MAX_CHUNKS = 20_000
_MAX_DEPTH = 100
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML cannot keep unchanged: control characters, and the carriage return."""
_PLAIN = b"\t\n" + bytes(range(0x20, 0x80))
"""The bytes that none of those have: most badges have no others, and are not searched."""


def is_image(data: bytes) -> bool:
    """Whether bytes are a PNG, or look like an SVG rather than a JSON document."""
    return data.startswith(_PNG) or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


class Ready(Struct, frozen=True, kw_only=True):
    """An image parsed once, into which many credentials can be embedded."""

    head: bytes
    """The bytes before the credential; in a PNG, the chunks before its own."""
    kind: bytes
    """The type of the PNG chunk with the credential; empty for an SVG."""
    before: bytes
    """The beginning of the chunk's data."""
    tail: bytes

    def fill(self, credential: bytes) -> bytes:
        """The image with a credential embedded."""
        text = _text(credential)
        if not self.kind:
            if credential.translate(None, _PLAIN) and _NO_XML.search(text):
                raise McredError(
                    "the badge contains a character that an SVG cannot contain", hint="use the PNG"
                )
            return self.head + text.replace("]]>", "]]]]><![CDATA[>").encode() + self.tail
        chunk = write_chunks([(self.kind, self.before + text.encode())])
        return self.head + chunk.removeprefix(_PNG) + self.tail


def prepare(image: bytes) -> Ready:
    """Parse an image for embedding and drop any credential in it. McredError when it is not accepted."""
    return _prepare_png(image) if image.startswith(_PNG) else _prepare_svg(image)


def _prepare_png(image: bytes) -> Ready:
    from openbadgeslib import baking

    plain = write_chunks([(kind, data) for kind, data in read_chunks(image) if not _is_carrier(kind, data)])
    place = f"credential-{hashlib.sha256(plain).hexdigest()}"
    chunks = read_chunks(bytes(baking.bake_png(plain, place, keyword=baking.ITXT_KEYWORD_OB3)))
    at = next(n for n, (_, data) in enumerate(chunks) if data.endswith(place.encode()))
    kind, carrier = chunks[at]
    return Ready(
        head=write_chunks(chunks[:at]),
        kind=kind,
        before=carrier.removesuffix(place.encode()),
        tail=write_chunks(chunks[at + 1 :]).removeprefix(_PNG),
    )


def _prepare_svg(image: bytes) -> Ready:
    from openbadgeslib import baking

    tree = _parse(image)
    for node in _carriers(tree):
        node.parentNode.removeChild(node)
    if tree.doctype:
        tree.removeChild(tree.doctype)
    if tree.documentElement.getAttribute(_DECLARED) == _NAMESPACE:
        tree.documentElement.removeAttribute(_DECLARED)
    plain = tree.toxml().encode("utf-8")
    place = f"credential-{hashlib.sha256(plain).hexdigest()}"
    baked = baking.bake_svg(plain, place, element=_ELEMENT, namespace=_NAMESPACE, as_text=True)
    head, tail = _put_first(_parse(bytes(baked)), place).split(place.encode())
    return Ready(head=head, kind=b"", before=b"", tail=tail)


def _put_first(tree: Any, place: str) -> bytes:
    """The library's SVG with the credential as §5.3.2 requires: its namespace on the `<svg>`, the element
    directly after that tag, the text as CDATA."""
    svg, (carrier,) = tree.documentElement, _carriers(tree)
    svg.removeChild(carrier)
    for node in (carrier, svg):
        if node.hasAttribute(_DECLARED):
            node.removeAttribute(_DECLARED)
    svg.setAttribute(_DECLARED, _NAMESPACE)
    carrier.replaceChild(tree.createCDATASection(place), carrier.firstChild)
    svg.insertBefore(carrier, svg.firstChild)
    written: bytes = tree.toxml().encode("utf-8")
    return written


def extract(image: bytes) -> bytes:
    """The one credential in an image, JSON or a token; McredError when there is none, or more than one."""
    found = _in_png(image) if image.startswith(_PNG) else _in_svg(image)
    if len(found) != 1:
        how_many = f"{len(found)} badges" if found else "no badge"
        raise McredError(f"the picture holds {how_many}", hint="ask for the original picture")
    if len(found[0]) > MAX_BYTES:
        raise McredError("the badge in the picture is too large", hint="ask for the badge's JSON file")
    if not found[0].strip():
        raise McredError("the picture holds no badge", hint="ask for the original picture")
    return found[0]


def _text(credential: bytes) -> str:
    if len(credential) > MAX_BYTES:
        raise McredError(
            "the badge is too large for a picture", hint="send us the badge: this is a bug in mcred"
        )
    try:
        return credential.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise McredError("the badge is not UTF-8", hint="send us the badge: this is a bug in mcred") from None


def _refusal(why: str) -> McredError:
    return McredError(f"the picture cannot be read: {why}", hint="ask for the original picture")


def _in_png(image: bytes) -> list[bytes]:
    from openbadgeslib import baking
    from openbadgeslib.errors import LibOpenBadgesException

    carriers = [chunk for chunk in read_chunks(image) if _is_carrier(*chunk)]
    if len(carriers) != 1:
        return [b""] * len(carriers)
    try:
        text = baking.extract_png(image, MAX_BYTES, keyword=baking.ITXT_KEYWORD_OB3)
    except (LibOpenBadgesException, ValueError, ArithmeticError) as error:
        raise _refusal("its badge is damaged or too large") from error
    except Exception as error:  # zlib.error is not a ValueError
        raise _refusal("its badge is damaged") from error
    if text is None:
        raise _refusal("its badge is damaged")
    return [text.encode("utf-8")]


def _is_carrier(kind: bytes, data: bytes) -> bool:
    """Whether a chunk is of any text type with the keyword, so that a second credential cannot hide."""
    from openbadgeslib import baking

    return kind in (b"iTXt", b"tEXt", b"zTXt") and data.partition(b"\0")[0] == baking.ITXT_KEYWORD_OB3


def read_chunks(image: bytes) -> list[tuple[bytes, bytes]]:
    """(type, data) of all chunks of a PNG; McredError for a bad checksum or data after its end."""
    import png

    if len(image) > MAX_IMAGE:
        raise _refusal(f"it is larger than {MAX_IMAGE // 2**20} MB")
    found: list[tuple[bytes, bytes]] = []
    try:
        for kind, data in png.Reader(bytes=image).chunks():
            found.append((bytes(kind), bytes(data)))
            if len(found) > _MAX_CHUNKS:
                raise _refusal("it has too many parts")
    except png.Error as error:
        raise _refusal("it is damaged") from error
    if not found or found[0][0] != b"IHDR" or found[-1] != (b"IEND", b""):
        raise _refusal("it is damaged")
    if sum(len(data) + 12 for _, data in found) + len(_PNG) != len(image):
        raise _refusal("there is something after its end")
    return found


def write_chunks(chunks: list[tuple[bytes, bytes]]) -> bytes:
    import io

    import png

    out = io.BytesIO()
    png.write_chunks(out, chunks)
    return out.getvalue()


def _in_svg(image: bytes) -> list[bytes]:
    found = []
    for node in _carriers(_parse(image)):
        if any(child.nodeType == child.ELEMENT_NODE for child in node.childNodes):
            raise _refusal("its badge is not plain text")
        text = "".join(c.data for c in node.childNodes if c.nodeType in (c.TEXT_NODE, c.CDATA_SECTION_NODE))
        found.append((text.strip() or node.getAttribute("verify")).encode("utf-8"))
    return found


def _parse(image: bytes) -> Any:
    """Parse an SVG within limits. A DOCTYPE may name a DTD, which is never read, but declare nothing, because
    entities and default attributes could expand."""
    from xml.parsers.expat import ExpatError

    from defusedxml.common import DefusedXmlException, DTDForbidden
    from defusedxml.expatbuilder import DefusedExpatBuilderNS

    def refuse(name: str, *_: object) -> None:
        raise DTDForbidden(name, None, None)

    if len(image) > MAX_IMAGE:
        raise _refusal(f"it is larger than {MAX_IMAGE // 2**20} MB")
    try:
        builder = DefusedExpatBuilderNS()
        builder.attlist_decl_handler = builder.element_decl_handler = refuse
        tree = builder.parseString(image)
    except (ExpatError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise _refusal("it is not a plain SVG or PNG") from error
    if tree.documentElement.tagName != "svg":
        raise _refusal("it is not an SVG")
    if any(depth > _MAX_DEPTH for _, depth in _elements(tree)):
        raise _refusal("it is nested too deeply")
    return tree


def _carriers(tree: Any) -> list[Any]:
    """The elements that hold a credential, whatever their namespace prefix."""
    return [
        node
        for node, _ in _elements(tree)
        if (node.namespaceURI, node.localName) == (_NAMESPACE, "credential") or node.tagName == _ELEMENT
    ]


def _elements(tree: Any) -> Iterator[tuple[Any, int]]:
    """Every element with its depth, without recursion."""
    waiting = [(tree.documentElement, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((c, depth + 1) for c in node.childNodes if c.nodeType == c.ELEMENT_NODE)


def find_older(image: bytes) -> str:
    """An image's Open Badges 1.x or 2.0 content: JSON, a JWS or a URL; '' when there is none. Raises
    McredError when there is more than one, or one that cannot be read."""
    found = _older_in_png(image) if image.startswith(_PNG) else _older_in_svg(image)
    texts = {text.strip() for text in found} - {""}
    if len(texts) > 1:
        raise McredError("the picture holds more than one badge", hint="ask for the original picture")
    return next(iter(texts), "")


def _older_in_png(image: bytes) -> list[str]:
    from openbadgeslib import baking

    found = []
    for kind, data in read_chunks(image):
        keyword, _, rest = data.partition(b"\0")
        if keyword != baking.ITXT_KEYWORD or kind not in (b"iTXt", b"tEXt", b"zTXt"):
            continue
        if kind == b"tEXt":
            text = rest
        elif kind == b"zTXt":
            text = _inflate(rest[1:])
        else:
            text = rest[2:].split(b"\0", 2)[-1]
            text = _inflate(text) if rest[:1] == b"\1" else text
        if len(text) > MAX_BYTES:
            raise McredError("the badge in the picture is too large", hint="ask for the badge's JSON file")
        found.append(text.decode("latin-1" if kind != b"iTXt" else "utf-8", "replace"))
    return found


def _inflate(data: bytes) -> bytes:
    import zlib

    try:
        return zlib.decompressobj().decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise _refusal("its badge is damaged") from error


def _older_in_svg(image: bytes) -> list[str]:
    """A signed badge, or the address of a hosted one, is in an attribute; a hosted one may be the text."""
    from openbadgeslib import baking

    found = []
    for node, _ in _elements(_parse(image)):
        if node.tagName == baking.SVG_ELEMENT or (node.namespaceURI, node.localName) == (
            baking.SVG_NS,
            "assertion",
        ):
            held = [c.data for c in node.childNodes if c.nodeType in (c.TEXT_NODE, c.CDATA_SECTION_NODE)]
            inside = "".join(held).strip()
            found.append(inside or str(node.getAttribute("verify")))
    return found
