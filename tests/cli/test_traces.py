"""`add` tells what a file says of places and people, and takes it out of the stored copy by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.town import Town
from tests.website.test_formats import movie
from tests.website.test_traces import film, heic, pdf, picture, word

FILES = {
    "lesson.jpg": picture("JPEG"),
    "talk.mp4": film(),
    "plan.pdf": pdf(),
    "plan.docx": word(),
    "a.heic": heic(),
}
TOLD = {
    "lesson.jpg": ("place: 52.3700, -4.8900", "names: Ana Reyes", "Apple", "2026:03:02"),
    "talk.mp4": ("place: +52.3700-004.8900/",),
    "plan.pdf": ("names: Ana Reyes", "title: Class 5b"),
    "plan.docx": ("Lincoln Elementary", "Cleo Martin", "place: 52.3700"),
    "a.heic": ("place: 52.3700", "Add it as a JPEG: on an iPhone or iPad, Settings"),
}


@pytest.fixture
def begun(town: Town) -> Town:
    town.start("ana")
    return town


def put(town: Town, name: str) -> Path:
    path = town.desk("ana") / name
    path.write_bytes(FILES[name])
    return path


def stored(town: Town) -> list[bytes]:
    return [p.read_bytes() for p in sorted((town.folder("ana") / "evidence").iterdir())]


@pytest.mark.parametrize("name", FILES)
def test_what_is_found_is_named_and_not_stored(begun: Town, name: str) -> None:
    source = put(begun, name)
    said = begun.run("ana", "add", str(source), "--for", "lesson-plan")
    for told in (*TOLD[name], "removed from the copy"):
        assert told in said.err, told
    (kept,) = stored(begun)
    assert kept != FILES[name] and b"Reyes" not in kept and b"52.37" not in kept
    assert source.read_bytes() == FILES[name]
    begun.run("ana", "add", str(source), "--for", "lesson-plan")
    assert stored(begun) == [kept], "typed twice, it is one piece"


def test_it_is_kept_when_that_is_said(begun: Town) -> None:
    source = put(begun, "lesson.jpg")
    said = begun.run("ana", "add", str(source), "--for", "lesson-plan", "--keep-metadata")
    assert "place: 52.3700, -4.8900" in said.err and "It is kept" in said.err
    assert stored(begun) == [FILES["lesson.jpg"]]


def test_a_rehearsal_tells_and_stores_nothing(begun: Town) -> None:
    said = begun.run("ana", "add", str(put(begun, "lesson.jpg")), "--for", "lesson-plan", "--dry-run")
    assert "place: 52.3700" in said.err
    assert not (begun.folder("ana") / "evidence").exists() or stored(begun) == []


def test_what_cannot_be_taken_out_is_not_stored_unasked(begun: Town) -> None:
    source = begun.desk("ana") / "signed.pdf"
    source.write_bytes(FILES["plan.pdf"] + b"\n% /ByteRange [0 1 2 3]\n")
    said = begun.run("ana", "add", str(source), "--for", "lesson-plan", expect=1)
    assert "cannot remove that from" in said.err
    begun.run("ana", *said.next.partition("   (")[0].split()[1:])
    assert stored(begun) == [source.read_bytes()]


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("IMG.HEIC", "JPEG"),
        ("scan.tiff", "JPEG"),
        ("old.avi", "MP4"),
        ("old.wmv", "MP4"),
        ("plan.pages", "PDF"),
        ("talk.key", "PDF"),
        ("marks.numbers", "PDF"),
        ("plan.doc", "PDF"),
        ("new.mov", "H.264"),
        ("odd.xyz", "PDF"),
    ],
)
def test_what_a_browser_cannot_show_is_said(begun: Town, name: str, better: str) -> None:
    source = begun.desk("ana") / name
    content = {"new.mov": movie(b"hvc1", b"qt  "), "IMG.HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"}
    source.write_bytes(content.get(name, b"\x01\x02\0\xff"))
    said = begun.run("ana", "add", str(source), "--for", "lesson-plan")
    assert "browsers cannot show" in said.err and better in said.err and "was added to" in said.out


@pytest.mark.parametrize("name", ["a.md", "a.svg", "a.png", "a.pdf"])
def test_nothing_is_said_of_what_they_show(begun: Town, name: str) -> None:
    source = begun.desk("ana") / name
    clean = {"a.png": b"\x89PNG\r\n\x1a\nx", "a.pdf": b"%PDF-1.4 x"}
    source.write_bytes(clean.get(name, b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
    assert "browsers" not in begun.run("ana", "add", str(source), "--for", "lesson-plan").err


def test_a_file_in_the_evidence_folder_is_not_changed_unasked(begun: Town) -> None:
    source = begun.folder("ana") / "evidence" / "lesson.jpg"
    put(begun, "lesson.jpg").replace(source)
    before = source.read_bytes()
    said = begun.run("ana", "add", str(source), "--for", "lesson-plan", expect=1)
    assert "would change the file itself" in said.err and source.read_bytes() == before
    said = begun.run("ana", *said.next.partition("   (")[0].split()[1:])
    assert "removed from the file in your evidence folder" in said.err and source.read_bytes() != before
