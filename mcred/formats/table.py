"""Rows as a CSV file that opens in any spreadsheet and computes nothing there.

TRUST, "terminal escapes, rich markup, CSV formulas": a cell that a program could take for a formula gets an
apostrophe before it; so does one that hides its first sign behind blanks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table in UTF-8 with the mark by which spreadsheets know that it is; None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in headers])
    writer.writerows([harmless("" if cell is None else str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def harmless(cell: str) -> str:
    """A cell that no program computes with.

    >>> harmless("=1+1"), harmless("a=1")
    ("'=1+1", 'a=1')
    """
    text = cell.replace("\0", "")
    # What cannot be seen is skipped by some programs before they look for a formula.
    seen = text.lstrip(" \u00a0\u200b\ufeff")
    return f"'{text}" if seen.startswith(_STARTS) or text.startswith(_STARTS) else text
