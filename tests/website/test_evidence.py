"""Evidence is shown only by its earner's choice, and never as something that runs."""

from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from mcred.domain.ids import BlobId, Slug
from mcred.domain.submission import Evidence, StoredFile, Work
from mcred.website.evidence import list_evidence, published_name
from tests.school import a_credential, a_work

FOLDER = "badges/ana/wait-time/1/"
BYTES = b"# plan\n"
NAME = hashlib.sha256(BYTES).hexdigest()
HELD = {BlobId("1" * 40): BYTES}


@pytest.mark.parametrize(
    ("file", "content", "ending"),
    [
        ("a.pdf", b"%PDF-1.7 x", ".pdf"),
        ("a.PNG", b"\x89PNG\r\n\x1a\nx", ".png"),
        ("a.mp4", b"\0\0\0\x18ftypmp42", ".mp4"),
        ("a.webp", b"RIFF1234WEBPx", ".webp"),
        ("a.md", b"# plan", ".txt"),
        ("a.svg", b"<svg onload='x()'/>", ".txt"),
        ("a.html", b"<script>", ".txt"),
        ("a.xml", b"<?xml version='1.0'?>", ".txt"),
        ("a.png", b"<svg onload='x()'/>", ".txt"),
        ("a.pdf.html", b"%PDF-1.7", ".txt"),
        ("noending", "Wörter".encode(), ".txt"),
    ],
)
def test_a_file_is_published_as_what_its_bytes_are(file: str, content: bytes, ending: str) -> None:
    assert published_name(file, content) == hashlib.sha256(content).hexdigest() + ending


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.exe", b"MZ\x90\0"),
        ("a.png", b"\xff\xfe\0"),
        ("a.txt", b"with \0 inside"),
        ("a.md", b""),
        ("a.mp4", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    ],
)
def test_what_is_neither_known_nor_text_is_not_published(file: str, content: bytes) -> None:
    assert published_name(file, content) == ""


def a_piece(**changes: object) -> Evidence:
    base = Evidence(
        item=Slug("lesson-plan"),
        type=Slug("lesson-plan"),
        title="Day one",
        file="evidence/plan.md",
        about="For Maria.",
        publish=True,
    )
    return replace(base, **changes)


def work_with(*pieces: Evidence, **changes: object) -> Work:
    return a_work(evidence=pieces, **changes)  # type: ignore[arg-type]


def test_a_published_file_is_copied_under_its_hash() -> None:
    (row,), (copy,) = list_evidence(work_with(a_piece()), a_credential(), FOLDER, HELD)
    assert copy.path == row.file == f"{FOLDER}evidence/{NAME}.txt"
    assert copy.content == BYTES
    assert (row.item, row.title, row.about, row.size) == ("Lesson plan", "Day one", "For Maria.", len(BYTES))


def test_a_private_piece_shows_the_rubrics_words_only() -> None:
    private = a_piece(publish=False, url="https://video.example.org/secret")
    (row,), copies = list_evidence(work_with(private), a_credential(), FOLDER, HELD)
    assert copies == ()
    assert (row.item, row.type, row.published) == ("Lesson plan", "lesson-plan", False)
    assert (row.title, row.about, row.file, row.url) == ("", "", "", "")


def test_students_are_shown_only_with_consent_on_file() -> None:
    seen = a_piece(students=True)
    (row,), copies = list_evidence(work_with(seen), a_credential(), FOLDER, HELD)
    assert not row.published and not copies
    agreed = work_with(seen, attestations=("student-consent",))
    (row,), copies = list_evidence(agreed, a_credential(), FOLDER, HELD)
    assert row.published and copies


def test_a_file_whose_bytes_are_not_given_is_named_without_a_copy() -> None:
    (row,), copies = list_evidence(work_with(a_piece()), a_credential(), FOLDER, {})
    assert row.published and row.title == "Day one" and row.file == "" and not copies


def test_a_file_outside_the_record_is_never_reached_for() -> None:
    stray = a_piece(file="../../ben/secret.md")
    (row,), copies = list_evidence(work_with(stray), a_credential(), FOLDER, HELD)
    assert row.file == "" and not copies


@pytest.mark.parametrize(("url", "kept"), [("https://v.example.org/1", True), ("javascript:alert(1)", False)])
def test_links_lead_to_the_web_or_nowhere(url: str, kept: bool) -> None:
    (row,), _ = list_evidence(work_with(a_piece(file="", url=url)), a_credential(), FOLDER, HELD)
    assert row.url == (url if kept else "")


def test_the_same_bytes_twice_are_one_copy() -> None:
    twice = work_with(a_piece(), a_piece(file="evidence/again.md"))
    files = {**twice.files, "evidence/again.md": StoredFile(blob=BlobId("1" * 40), size=7)}
    rows, copies = list_evidence(replace(twice, files=files), a_credential(), FOLDER, HELD)
    assert [r.file for r in rows] == [copies[0].path] * 2 and len(copies) == 1


def test_pieces_come_in_the_order_of_the_items() -> None:
    late = a_piece(item=Slug("class-video"), type=Slug("video"), title="Talk")
    rows, _ = list_evidence(work_with(late, a_piece()), a_credential(), FOLDER, HELD)
    assert [r.title for r in rows] == ["Day one", "Talk"]
