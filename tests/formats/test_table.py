"""Tables for spreadsheets: every cell comes back, and none is a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mcred.formats.export.table import harmless, write_csv

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1", "\ufeff=1")
CELLS = (
    some.sampled_from(FORMULAS)
    | some.text(max_size=30)
    | some.builds("{}{}".format, some.sampled_from("=+-@\t\r"), some.text(max_size=9))
)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(some.lists(some.lists(CELLS, min_size=2, max_size=2), max_size=6))
def test_no_cell_begins_a_formula_and_none_is_lost(rows: list[list[str]]) -> None:
    read = rows_of(write_csv(("a", "b"), rows))
    assert read[0] == ["a", "b"] and len(read) == len(rows) + 1
    for cells, original in zip(read[1:], rows, strict=True):
        for cell, was in zip(cells, original, strict=True):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            kept = was.replace("\0", "").encode("utf-8", "replace").decode()
            assert cell.removeprefix("'") == kept.removeprefix("'") or cell == f"'{kept}"


@pytest.mark.parametrize("cell", FORMULAS)
def test_each_known_way_in_is_shut(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_what_is_harmless_stays() -> None:
    assert (
        write_csv(("n",), [(None,), (3,), ("a, “b”",)])
        == b'\xef\xbb\xbfn\r\n""\r\n3\r\n"a, \xe2\x80\x9cb\xe2\x80\x9d"\r\n'
    )
