"""CSV output for spreadsheets, protected against formula injection.

TRUST, "terminal escapes, rich markup, CSV formulas": a cell that a program could take for a formula gets an
apostrophe before it; so does one whose first visible character follows blanks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV table in UTF-8 with a byte order mark, which spreadsheets need; None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in headers])
    writer.writerows([harmless("" if cell is None else str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def harmless(cell: str) -> str:
    """A cell's text, escaped so that no program reads it as a formula.

    >>> harmless("=1+1"), harmless("a=1")
    ("'=1+1", 'a=1')
    """
    text = cell.replace("\0", "")
    # Some programs skip invisible characters before they look for a formula.
    seen = text.lstrip(" \u00a0\u200b\ufeff")
    return f"'{text}" if seen.startswith(_STARTS) or text.startswith(_STARTS) else text
