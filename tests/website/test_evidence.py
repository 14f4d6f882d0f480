"""Evidence is shown only by its earner's choice, and never as something that runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from mcred.domain.ids import Slug
from mcred.domain.pieces import PieceContent, disclose
from mcred.domain.shown import ShownPiece
from mcred.domain.submission import CommittedPiece
from mcred.website.badge_views import Copy, EvidenceRow
from mcred.website.evidence import ShownEvidence, list_evidence, published_name
from tests.school import a_credential, a_request, a_shown_piece

FOLDER = "badges/ana/wait-time/1/"
BYTES = b"# plan\n"
NAME = hashlib.sha256(BYTES).hexdigest()
HELD = {f"{NAME}.txt": BYTES}


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


REQUEST = a_request()
PLAN, VIDEO = a_shown_piece(file=f"{NAME}.txt"), a_shown_piece(place=2)


def rows_of(
    *pieces: ShownPiece, files: Mapping[str, bytes] = HELD, erased: tuple[str, ...] = ()
) -> tuple[tuple[EvidenceRow, ...], tuple[Copy, ...]]:
    shown = ShownEvidence(pieces={(REQUEST.submission, 1): pieces}, files=files)
    return list_evidence(REQUEST, a_credential(), FOLDER, shown, erased)


def test_a_published_file_is_copied_under_its_hash() -> None:
    (row, _), (copy,) = rows_of(PLAN)
    assert copy.path == row.file == f"{FOLDER}evidence/{NAME}.txt"
    assert copy.content == BYTES
    assert (row.item, row.title, row.size, row.published) == ("Lesson plan", "Day one", len(BYTES), True)


def test_what_is_not_published_shows_the_rubrics_words_only() -> None:
    (row, link), copies = rows_of()
    assert copies == () and not row.published and not link.published
    assert [(r.item, r.type) for r in (row, link)] == [
        ("Lesson plan", "lesson-plan"),
        ("Class video", "video"),
    ]
    assert {(r.title, r.about, r.file, r.url) for r in (row, link)} == {("", "", "", "")}


def test_what_is_said_of_a_piece_is_what_its_commitment_holds() -> None:
    said = PieceContent(
        name="evidence", value={"item": "class-video", "type": "video", "about": "For Maria."}
    )
    piece = a_shown_piece(place=2, disclosure=disclose("x" * 22, said))
    committed = CommittedPiece(commitment=piece.commitment, item=Slug("class-video"), type=Slug("video"))
    request = replace(REQUEST, pieces=(committed,))
    shown = ShownEvidence(pieces={(REQUEST.submission, 1): (piece,)})
    (row,), _ = list_evidence(request, a_credential(), FOLDER, shown, ())
    assert (row.about, row.url, row.file) == ("For Maria.", "", "")


@pytest.mark.parametrize("value", [7, None, ["x"], {"a": 1}])
def test_a_value_that_is_no_text_is_left_out(value: object) -> None:
    said = {"item": "class-video", "type": "video", "about": value, "url": value}
    piece = a_shown_piece(place=2, disclosure=disclose("x" * 22, PieceContent(name="evidence", value=said)))
    committed = CommittedPiece(commitment=piece.commitment, item=Slug("class-video"), type=Slug("video"))
    shown = ShownEvidence(pieces={(REQUEST.submission, 1): (piece,)})
    (row,), _ = list_evidence(replace(REQUEST, pieces=(committed,)), a_credential(), FOLDER, shown, ())
    assert (row.published, row.about, row.url) == (True, "", "")


def test_a_copy_without_hidden_information_is_called_one() -> None:
    digest = PLAN.content.digest
    assert digest is not None
    as_it_was = replace(PLAN, file=f"{digest.sha256}.txt")
    assert [rows_of(piece)[0][0].is_copy for piece in (PLAN, as_it_was)] == [True, False]


def test_an_erased_piece_is_no_row() -> None:
    rows, copies = rows_of(PLAN, VIDEO, erased=(PLAN.commitment,))
    assert [row.title for row in rows] == ["Talk"] and copies == ()


def test_a_file_whose_bytes_are_not_there_is_named_without_a_copy() -> None:
    (row, _), copies = rows_of(PLAN, files={})
    assert row.published and row.title == "Day one" and row.file == "" and not copies


@pytest.mark.parametrize(("url", "kept"), [("https://v.example.org/1", True), ("javascript:alert(1)", False)])
def test_links_lead_to_the_web_or_nowhere(url: str, kept: bool) -> None:
    said = PieceContent(name="evidence", value={"item": "class-video", "type": "video", "url": url})
    piece = a_shown_piece(place=2, disclosure=disclose("x" * 22, said))
    committed = CommittedPiece(commitment=piece.commitment, item=Slug("class-video"), type=Slug("video"))
    shown = ShownEvidence(pieces={(REQUEST.submission, 1): (piece,)})
    (row,), _ = list_evidence(replace(REQUEST, pieces=(committed,)), a_credential(), FOLDER, shown, ())
    assert row.url == (url if kept else "")


def test_pieces_come_in_the_order_of_the_items() -> None:
    rows, _ = rows_of(VIDEO, PLAN)
    assert [r.title for r in rows] == ["Day one", "Talk"]
