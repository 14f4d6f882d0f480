"""Which files an assessor's browser cannot open: by their content, else by their names, with what helps."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from mcred.website.metadata.formats import explain_unshown
from tests.website.test_traces import film, pdf, word


def picture(kind: str) -> bytes:
    """A small picture, written by Pillow."""
    out = io.BytesIO()
    Image.new("RGB", (4, 3), "navy").save(out, kind)
    return out.getvalue()


def package(*names: str) -> bytes:
    """A zip file with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return out.getvalue()


def box(kind: bytes, data: bytes) -> bytes:
    """A box of a film."""
    return (8 + len(data)).to_bytes(4) + kind + data


def movie(codec: bytes, brand: bytes = b"isom", pictures: bytes = b"") -> bytes:
    """A film whose one track is stored in some way."""
    table = box(b"stsd", bytes(4) + (1).to_bytes(4) + box(codec, bytes(78)))
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table))))
    return box(b"ftyp", brand + bytes(4)) + box(b"mdat", pictures) + box(b"moov", track)


TEXT = b"Wait three seconds, then ask again.\n"
UNSHOWN = {
    "photo.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC", "Formats > Most Compatible"),
    "really.jpg": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC", "Add it as a JPEG"),
    "clip.mov": (movie(b"hvc1", b"qt  "), "HEVC", "MP4 with H.264"),
    "clip.mp4": (movie(b"hev1"), "HEVC", "Formats > Most Compatible"),
    "cut.mov": (movie(b"apcn", b"qt  "), "ProRes", "MP4 with H.264"),
    "phone.mp4": (movie(b"avc1", b"3gp5"), "3GP", "MP4"),
    "plan.pages": (package("Index/Document.iwa", "preview.jpg"), "Pages", "Export To > PDF"),
    "plan.zip": (package("Index/Slide.iwa"), "Keynote", "Export To > PDF"),
    "work.zip": (package("a.jpg", "b.jpg"), "zip archives", "add each of them"),
    "work.docx": (package("a.jpg"), "zip archives", "add each of them"),
    "old.avi": (b"RIFF\x10\0\0\0AVI LIST", "AVI", "MP4"),
    "old.mp4": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "WMV", "MP4"),
    "disc.mkv": (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", "MKV", "MP4"),
    "card.mts": (b"".join(b"\0\0\0\0G" + bytes(187) for _ in range(5)), "MPEG", "MP4"),
    "scan.png": (picture("TIFF"), "TIFF", "JPEG"),
    "raw.dng": (picture("TIFF"), "raw photos", "JPEG"),
    "raw.jpg": (b"II*\0\x10\0\0\0CR\x02\0", "raw photos", "JPEG"),
    "lesson.gdoc": (b'{"doc_id":"1x","email":"a@b.c"}\n', "link to a document", "File > Download > PDF"),
    "lesson.txt": (b'{"url": "https://docs.google.com/open?id=1x"}', "link to a document", "Download > PDF"),
    "go.url": (b"[InternetShortcut]\r\nURL=https://example.org\r\n", "link to a document", "PDF"),
    "site.webloc": (TEXT, "link to a document", "PDF"),
    "plan.docx.lnk": (b"L\0\0\0\x01\x14\x02\0\0\0\0\0", "only open another", "Add that file itself"),
    "plan alias": (b"book\0\0\0\0mark\0\0\0\0", "only open another", "Add that file itself"),
    "plan.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "older Office", "Save As > PDF"),
    "plan.rtf": (b"{\\rtf1 x}", "RTF", "PDF"),
    "memo.wav": (b"FORM\0\0\0\x20AIFFCOMM", "AIFF", "MP3"),
    "memo.amr": (b"#!AMR\n", "AMR", "M4A"),
    "all.tgz": (gzip.compress(TEXT), "gzip", "add each"),
    "a.jp2": (picture("JPEG2000"), "JPEG 2000", "JPEG"),
    "a.bmp": (picture("BMP"), ".bmp", "JPEG"),
    "shot.heic": (picture("JPEG"), "a JPEG that has the extension .heic", "Rename it to shot.jpg"),
    "noend": (pdf(), "a PDF that has no file extension", "Rename it to noend.pdf"),
}
SHOWN = {
    "a.jpg": picture("JPEG"),
    "a.jpeg": picture("JPEG"),
    "a.png": picture("PNG"),
    "a.webp": picture("WEBP"),
    "a.gif": picture("GIF"),
    "a.pdf": pdf(),
    "a.docx": word(),
    "a.odt": package("mimetype", "content.xml"),
    "a.mp4": movie(b"avc1"),
    "by-chance.mp4": movie(b"avc1", pictures=b"....hvc1....hev1"),
    "told.mp4": film(),
    "a.mov": movie(b"avc1", b"qt  "),
    "a.webm": b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm",
    "a.avif": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1",
    "b.avif": b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif",
    "a.md": TEXT,
    "about.md": b"# About AVI files, CR2 and AIFF\n",
    "a.json": b'{"levels": ["basic"], "items": {"url": 1}}',
    "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "empty-like.xyz": b"\x01\x02",
}


@pytest.mark.parametrize("name", UNSHOWN)
def test_what_browsers_cannot_show_is_named_with_what_helps(name: str, tmp_path: Path) -> None:
    data, what, helps = UNSHOWN[name]
    (tmp_path / name).write_bytes(data)
    found = explain_unshown(tmp_path / name)
    assert found is not None and what in found.what and helps in found.help, found


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_is_said_of_what_they_show(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(SHOWN[name])
    assert explain_unshown(tmp_path / name) is None


def test_a_long_film_is_not_read_whole(tmp_path: Path) -> None:
    """Its pictures stand before what tells how they are stored."""
    place = tmp_path / "long.mov"
    begin = box(b"ftyp", b"qt  " + bytes(4))
    size = 6 * 2**30
    with place.open("wb") as file:
        file.write(begin + (1).to_bytes(4) + b"mdat" + size.to_bytes(8))
        file.seek(len(begin) + size)
        file.write(movie(b"hvc1")[24:])
    found = explain_unshown(place)
    assert found is not None and "HEVC" in found.what
