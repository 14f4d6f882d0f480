"""How many pages a PDF says it has. Only its index is read, since files come from anybody."""

from __future__ import annotations

import io
import logging

MOST_BYTES = 10 * 1024 * 1024
MOST_PAGES = 100_000


def count_pages(data: bytes) -> int | None:
    """The number of pages; None for what is no PDF, or too large or too broken to say."""
    if not data.startswith(b"%PDF-") or len(data) > MOST_BYTES:
        return None
    from pypdf import PdfReader

    # It talks of every oddity of a file on stderr.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    try:
        # Not `len(reader.pages)`: that walks the tree of pages, which a forged file can make endless.
        pages = PdfReader(io.BytesIO(data)).root_object["/Pages"]["/Count"]  # type: ignore[index]
        count = int(str(pages))
    except Exception:
        # Whatever a broken file does to its reader, it only means that nobody knows.
        return None
    return count if 0 < count <= MOST_PAGES else None
