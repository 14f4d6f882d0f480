"""Counting the pages of an untrusted PDF. Only its index is read."""

from __future__ import annotations

import io
import logging

MOST_BYTES = 10 * 1024 * 1024
MOST_PAGES = 100_000


def count_pages(data: bytes) -> int | None:
    """The number of pages a PDF states; None when it is not a PDF, too large or too broken."""
    if not data.startswith(b"%PDF-") or len(data) > MOST_BYTES:
        return None
    from pypdf import PdfReader

    # The library logs every oddity of a file to stderr.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    try:
        # Not `len(reader.pages)`: that walks the page tree, which a forged file can make endless.
        pages = PdfReader(io.BytesIO(data)).root_object["/Pages"]["/Count"]  # type: ignore[index]
        count = int(str(pages))
    except Exception:
        # Whatever the library raises for a broken file, the number is unknown.
        return None
    return count if 0 < count <= MOST_PAGES else None
