"""Where, by whom, with what and when: found in files of every kind that teachers hand in, and taken out."""

from __future__ import annotations

import io
import struct
import time
import warnings
import zipfile
from collections.abc import Callable
from functools import partial

import pytest
from PIL import Image
from pypdf import PdfWriter

from mcred.website.metadata.traces import Traces, find_traces, kind_of, take_out


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x010F], found[0x0110], found[0x0132] = "Apple", "iPhone 15", "2026:03:02 09:00:00"
    found[0x013B] = "Ana Reyes"
    found.get_ifd(0x8825).update({1: "N", 2: (52.0, 22.0, 12.0), 3: "W", 4: (4.0, 53.0, 24.0)})
    return found


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(out, kind, exif=exif())
    return out.getvalue()


def heic() -> bytes:
    """As much of a HEIC file as its EXIF takes; its picture is not looked at."""
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x60mdat\0\0\0\x06" + exif().tobytes() + bytes(40)


def tiff() -> bytes:
    """A TIFF file without its picture."""
    return exif().tobytes().removeprefix(b"Exif\0\0")


def box(kind: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I", 8 + len(content)) + kind + content


def film(*, apple: bool = False) -> bytes:
    place = b"+52.3700-004.8900/"
    if not apple:
        words = box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(place), 0x15C7), place))
        return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", words) + box(b"mdat", bytes(50))
    key = box(b"mdta", b"com.apple.quicktime.location.ISO6709")
    keys = box(b"keys", bytes(4), struct.pack(">I", 1), key)
    said = box(b"ilst", box(struct.pack(">I", 1), box(b"data", struct.pack(">II", 1, 0), place)))
    return box(b"ftyp", b"qt  \0\0\0\0") + box(b"moov", box(b"meta", keys, said)) + box(b"mdat", bytes(50))


def pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": "Ana Reyes", "/Title": "Class 5b", "/Producer": "Word"})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def word() -> bytes:
    core = (
        "<cp:coreProperties><dc:creator>Ana Reyes</dc:creator>"
        "<cp:lastModifiedBy>Ben &amp; Co</cp:lastModifiedBy></cp:coreProperties>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("docProps/core.xml", core)
        package.writestr("docProps/app.xml", "<Properties><Company>Lincoln Elementary</Company></Properties>")
        package.writestr("word/comments.xml", '<w:comment w:author="Cleo Martin" w:id="0"/>')
        package.writestr("word/document.xml", "<w:document>What I taught.</w:document>")
        package.writestr("word/media/image1.jpeg", picture("JPEG"))
    return out.getvalue()


@pytest.mark.parametrize(
    "make",
    [*(partial(picture, kind) for kind in ("JPEG", "PNG", "WEBP")), heic, tiff],
    ids=["jpeg", "png", "webp", "heic", "tiff"],
)
def test_a_photo_says_where_and_who_and_is_the_same_picture_without(make: Callable[[], bytes]) -> None:
    content = make()
    found = find_traces(content)
    assert found.place == ("52.3700, -4.8900",)
    assert "Ana Reyes" in found.names
    assert {"Apple", "iPhone 15"} <= set(found.device) and found.dates == ("2026:03:02 09:00:00",)
    clean = take_out(content)
    assert clean is not None and kind_of(clean) == kind_of(content)
    assert find_traces(clean) == Traces()
    assert b"iPhone" not in clean and b"Reyes" not in clean
    if kind_of(content) not in ("heif", "tiff"):
        with Image.open(io.BytesIO(clean)) as again:
            assert again.size == (40, 30) and not again.getexif().get_ifd(0x8825)


def test_a_photo_that_needs_no_shrinking_is_not_shrunk() -> None:
    out = io.BytesIO()
    Image.new("L", (3000, 10)).save(out, "JPEG", exif=exif())
    clean = take_out(out.getvalue())
    assert clean is not None
    with Image.open(io.BytesIO(clean)) as again:
        assert again.size == (3000, 10)


@pytest.mark.parametrize("apple", [False, True])
def test_a_film_says_where_and_nothing_around_it_moves(apple: bool) -> None:
    content = film(apple=apple)
    assert find_traces(content).place == ("+52.3700-004.8900/",)
    clean = take_out(content)
    assert clean is not None and len(clean) == len(content) and b"52.37" not in clean


def test_a_pdf_says_its_author() -> None:
    found = find_traces(pdf())
    assert found.names == ("Ana Reyes",) and found.title == ("Class 5b",) and "Word" in found.device
    clean = take_out(pdf())
    assert clean is not None and clean.startswith(b"%PDF-") and not find_traces(clean).names


def test_a_locked_pdf_cannot_be_cleaned() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    writer.encrypt("", "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert find_traces(out.getvalue()).names == ("Ana Reyes",)
    assert take_out(out.getvalue()) is None


def test_a_word_document_says_all_who_wrote_and_holds_photos() -> None:
    found = find_traces(word())
    assert {"Ana Reyes", "Ben & Co", "Lincoln Elementary", "Cleo Martin"} <= set(found.names)
    assert found.place == ("52.3700, -4.8900",)
    clean = take_out(word())
    assert clean is not None
    with zipfile.ZipFile(io.BytesIO(clean)) as package:
        assert package.read("word/document.xml") == b"<w:document>What I taught.</w:document>"
        assert package.namelist()[0] == "docProps/core.xml"


def test_xmp_and_iptc_are_read_too() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:Description exif:GPSLatitude="52,22.2N" tiff:Make="Canon">'
        b"<dc:creator><rdf:Seq><rdf:li>Ana Reyes</rdf:li></rdf:Seq></dc:creator>"
        b"</rdf:Description></x:xmpmeta>"
    )
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "JPEG", xmp=packet)
    found = find_traces(out.getvalue())
    assert (found.place, found.names, found.device) == (("52,22.2N",), ("Ana Reyes",), ("Canon",))
    iptc = b"\x1c\x02\x50\x00\x09Ana Reyes\x1c\x02\x5a\x00\x05Delft"
    block = (
        b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    )
    plain = io.BytesIO()
    Image.new("RGB", (4, 4)).save(plain, "JPEG")
    data = plain.getvalue()
    data = data[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + data[2:]
    assert (find_traces(data).place, find_traces(data).names) == (("Delft",), ("Ana Reyes",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Wait.",
        b"\xff\xd8\xff",
        b"%PDF-1.7 nothing",
        b"PK\x03\x04",
        b"II*\0\xff\xff\xff\xff",
        bytes(4) + b"ftyp",
    ]
    + [picture("JPEG")[:n] for n in (30, 60, 200)]
    + [word()[:-40], film()[:40], heic()[:70]],
)
def test_what_is_broken_tells_nothing_and_breaks_nothing(content: bytes) -> None:
    assert isinstance(find_traces(content), Traces)
    clean = take_out(content)
    assert clean is None or not find_traces(clean).personal


def package(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


NAMED: dict[str, dict[str, str | bytes]] = {
    "word": {
        "word/comments.xml": '<w:comment w:id="0" w:author="Cleo Martin" w:initials=\'CM\'/>',
        "word/document.xml": "<w:document><w:p>What I taught.</w:p></w:document>",
        "word/people.xml": '<w15:people><w15:person w15:author="Cleo Martin"><w15:presenceInfo '
        'w15:providerId="AD" w15:userId="S::cleo@school.example::1"/></w15:person></w15:people>',
    },
    "slides": {
        "ppt/presentation.xml": '<p:sldSz name="A4"/>',
        "ppt/commentAuthors.xml": '<p:cmAuthor id="1" name="Cleo O\'Martin" initials="CM" lastIdx="1"/>',
        "ppt/authors.xml": '<p188:author id="{1}" name="Dev" initials="D" userId="dev@school.example"/>',
    },
    "table": {
        "xl/workbook.xml": '<sheet name="Scores"/>',
        "xl/persons/person.xml": '<person displayName="Cleo Martin" id="{1}" userId="cleo@school.example"/>',
        "xl/comments1.xml": "<authors><author>Dev Rao</author><author>tc={1}</author></authors>",
    },
    "open document": {
        "meta.xml": "<meta:generator>Office</meta:generator>",
        "content.xml": "<text:p>What I taught.<office:annotation><dc:creator>Cleo Martin</dc:creator>"
        "<meta:creator-initials>CM</meta:creator-initials></office:annotation></text:p>",
    },
    "names in capitals": {"DocProps/Core.XML": "<dc:creator>Cleo Martin</dc:creator>"},
}


@pytest.mark.parametrize("kind", NAMED)
def test_no_one_who_commented_stays_in_a_document(kind: str) -> None:
    content = package(NAMED[kind])
    assert any(name.startswith("Cleo") for name in find_traces(content).names)
    clean = take_out(content)
    assert clean is not None and find_traces(clean).names == ()
    with zipfile.ZipFile(io.BytesIO(clean)) as made:
        left = " ".join(made.read(name).decode() for name in made.namelist())
        assert made.namelist() == list(NAMED[kind])
    for name in ("Cleo", "Martin", "CM", "Dev", "Rao", "school.example"):
        assert name not in left
    for kept in ("What I taught.", 'name="A4"', 'name="Scores"', "tc={1}", "AD"):
        assert (kept in left) == any(kept in str(text) for text in NAMED[kind].values())


def test_a_damaged_package_breaks_nothing() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        content = package({"docProps/core.xml": "<dc:creator>Ana Reyes</dc:creator>" * 20}, method)
        for place in range(4, len(content)):
            damaged = content[:place] + b"\xff\xff" + content[place + 2 :]
            assert set(find_traces(damaged).names) <= {"Ana Reyes"} or method == zipfile.ZIP_STORED
            clean = take_out(damaged)
            assert clean is None or "Ana Reyes" not in find_traces(clean).names


def nested(depth: int) -> bytes:
    inner: bytes = b""
    for _ in range(depth):
        inner = package({f"word/media/{n}.jpeg": inner for n in range(8)})
    return inner


BLOCK = b"Exif\0\0II*\0\x08\0\0\0" + b"\xff\xff"
HEAVY = {
    "unclosed packets": b"\xff\xd8\xff" + b"<x:xmpmeta " * 100_000,
    "unclosed elements": b"\xff\xd8\xff<x:xmpmeta>" + b"<dc:creator " * 50_000 + b"</x:xmpmeta>",
    "elements in a packet": b"\xff\xd8\xff<x:xmpmeta>" + b"<dc:creator>" * 50_000 + b"</x:xmpmeta>",
    "words about a document": package({"docProps/core.xml": b"<dc:creator " * 100_000}),
    "who commented": package({"word/comments.xml": b' w:author="' * 100_000}),
    "packages in packages": nested(6),
    "blocks": b"\xff\xd8\xff" + BLOCK * 20_000,
    "lists": b"\xff\xd8\xff" + (BLOCK + struct.pack("<HHII", 0x8825, 4, 1, 8) * 200) * 400,
}


@pytest.mark.parametrize("kind", HEAVY)
def test_a_hostile_file_is_looked_at_in_a_moment(kind: str) -> None:
    began = time.process_time()
    find_traces(HEAVY[kind])
    take_out(HEAVY[kind])
    assert time.process_time() - began < 5


def test_libraries_say_nothing_of_odd_files(capfd: pytest.CaptureFixture[str]) -> None:
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w") as twice:
        for _ in range(2):
            twice.writestr("docProps/core.xml", "<dc:creator>Ana Reyes</dc:creator>")
    cut = b"\xff\xd8\xff" + exif().tobytes()[:-30]
    with warnings.catch_warnings(action="error"):
        for content in (out.getvalue(), cut, *HEAVY.values()):
            find_traces(content)
            take_out(content)
    assert capfd.readouterr() == ("", "")


def test_the_sixtieth_photo_of_a_document_is_looked_at_too() -> None:
    plain = Image.Exif()
    plain[0x0110] = "iPhone 15"
    content = b"%PDF-1.7" + plain.tobytes() * 60 + exif().tobytes()
    assert find_traces(content).place


def test_the_same_file_gives_the_same_copy() -> None:
    for content in (picture("JPEG"), pdf(), word(), film(), heic()):
        assert take_out(content) == take_out(content)
