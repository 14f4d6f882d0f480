"""Pages of a PDF, from files that anyone made."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from mcred.formats import pdf
from mcred.formats.pdf import count_pages

THREE = (Path(__file__).parent / "three-pages.pdf").read_bytes()


def test_a_pdf_says_how_many_pages_it_has() -> None:
    assert count_pages(THREE) == 3


@pytest.mark.parametrize(
    "data", [b"", b"# A plan\n", b"%PDF-1.7\n", THREE[:200], THREE.replace(b"/Count", b"/Cnt  ")]
)
def test_what_cannot_say_it_has_none(data: bytes) -> None:
    assert count_pages(data) is None


@pytest.mark.parametrize("count", [b"-3", b"0 ", b"9 0 R"])
def test_a_count_that_cannot_be_is_none(count: bytes) -> None:
    assert count_pages(THREE.replace(b"/Count 3", b"/Count " + count)) is None


def test_too_many_pages_and_too_many_bytes_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 2)
    assert count_pages(THREE) is None
    monkeypatch.setattr(pdf, "MOST_PAGES", 3)
    monkeypatch.setattr(pdf, "MOST_BYTES", len(THREE) - 1)
    assert count_pages(THREE) is None


def test_a_locked_pdf_is_no_error() -> None:
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert count_pages(out.getvalue()) in (None, 1)


@given(at=st.integers(0, len(THREE) - 1), put=st.binary(min_size=1, max_size=8))
@settings(deadline=None, max_examples=60)
def test_no_broken_file_stops_anything(at: int, put: bytes) -> None:
    found = count_pages(THREE[:at] + put + THREE[at + len(put) :])
    assert found is None or found > 0


def test_nothing_is_said_of_a_files_oddities() -> None:
    logging.getLogger("pypdf").setLevel(logging.NOTSET)
    count_pages(THREE[:300])
    assert not logging.getLogger("pypdf").isEnabledFor(logging.CRITICAL)
