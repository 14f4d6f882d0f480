"""Reads a list of people from a CSV file, as spreadsheets save it: UTF-8 with or without a mark, UTF-16 or
Windows text; commas, semicolons or tabs between cells.

The first line names the columns, in any order: name, and school, id, roles, email where they are known.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from mcred.domain.ids import MAX_LINE
from mcred.domain.text import as_id_typed, as_stored, as_typed, clean, find_unseen
from mcred.problems import Place, Problem

COLUMNS = ("id", "name", "school", "roles", "email")
_OTHER_NAMES = {"role": "roles", "e-mail": "email", "mail": "email", "full name": "name"}
MOST = 2000
"""The most people in one file."""


class RosterRow(Struct, frozen=True, kw_only=True):
    """One person of the list."""

    line: int
    """Where the person's line begins in the file, from 1."""
    name: str
    school: str = ""
    id: str = ""
    roles: tuple[str, ...] = ()
    email: str = ""


class Roster(Struct, frozen=True, kw_only=True):
    """The people of a file, and all that is wrong with it."""

    rows: tuple[RosterRow, ...]
    problems: tuple[Problem, ...]
    unused: tuple[str, ...] = ()
    """Columns that mean nothing here."""
    is_guessed: bool = False
    """Whether the letters beyond English ones are a guess: the file does not say how it was saved."""


def read_roster(data: bytes, file: str) -> Roster:
    """The people of a CSV file."""
    text, is_guessed = _decode(data)
    lines, problem = _read_lines(text, file)
    if problem is not None:
        return _wrong(problem)
    if not lines:
        return _wrong(Problem(what="the file is empty", where=Place(file=file), hint=_HEADER))
    at, head = lines[0]
    named = [_column(cell) for cell in head]
    unused = tuple(
        as_typed(c) for c, name in zip(head, named, strict=True) if name not in COLUMNS and c.strip()
    )
    if "name" not in named:
        return _wrong(
            Problem(what="there is no column 'name'", where=Place(file=file, line=at), hint=_HEADER)
        )
    twice = sorted({name for name in named if name in COLUMNS and named.count(name) > 1})
    if twice:
        what = f"the column '{twice[0]}' is there twice"
        return _wrong(Problem(what=what, where=Place(file=file, line=at), hint="remove one of them"))
    if len(lines) - 1 > MOST:
        what = f"there are {len(lines) - 1:,} lines of people, more than {MOST:,}"
        return _wrong(Problem(what=what, where=Place(file=file), hint="split it into several files"))
    rows, problems = [], []
    for line, cells in lines[1:]:
        where = Place(file=file, line=line)
        if len(cells) > len(named) and any(cell.strip() for cell in cells[len(named) :]):
            what = f"there are {len(cells)} cells, and {len(named)} columns"
            hint = "put a cell that contains the character between cells in double quotes"
            problems.append(Problem(what=what, where=where, hint=hint))
            continue
        raw = {name: cell for name, cell in zip(named, cells, strict=False) if name in COLUMNS}
        found = {name: as_typed(cell) for name, cell in raw.items()}
        problems += _check_cells(found, raw, where)
        rows.append(
            RosterRow(
                line=line,
                name=found.get("name", ""),
                school=found.get("school", ""),
                id=as_id_typed(found.get("id", "")),
                roles=tuple(
                    role.casefold() for role in re.split(r"[\s,;/]+", found.get("roles", "")) if role
                ),
                email=found.get("email", ""),
            )
        )
    return Roster(rows=tuple(rows), problems=tuple(problems), unused=unused, is_guessed=is_guessed)


_HEADER = "begin it with a line that names the columns: id,name,school,roles,email"


def _wrong(problem: Problem) -> Roster:
    return Roster(rows=(), problems=(problem,))


def _decode(data: bytes) -> tuple[str, bool]:
    plain = as_stored(data)
    try:
        return plain.decode("utf-8"), False
    except UnicodeDecodeError:
        return plain.decode("cp1252", "replace"), True


def _read_lines(text: str, file: str) -> tuple[list[tuple[int, list[str]]], Problem | None]:
    """Each line of cells that is not empty, with the number of the line it begins on; and why the cells
    after them cannot be told apart."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    between = max(",;\t", key=lambda mark: (first.count(mark), mark == ","))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    lines, begins = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error:
        # A long cell is mostly one whose quote is not closed, too, so one message has both.
        most = f"{csv.field_size_limit():,}"
        what = (
            f"a double quote is not closed at the end of its cell, or a cell has more than {most} characters"
        )
        hint = 'close it at the end of its cell and write one inside a cell twice (""), or shorten the cell'
        return lines, Problem(what=what, where=Place(file=file, line=begins), hint=hint)
    return lines, None


def _column(cell: str) -> str:
    name = as_typed(cell).casefold()
    return _OTHER_NAMES.get(name, name)


def _check_cells(found: Mapping[str, str], raw: Mapping[str, str], where: Place) -> Iterator[Problem]:
    """What is wrong with the cells of a line. `raw`: as they are in the file."""
    if not found.get("name"):
        yield Problem(
            what="column name: it is empty", where=where, hint="write the person's name, as on a badge"
        )
    for column, cell in found.items():
        if len(raw[column].strip().splitlines()) > 1:
            what = f"column {column}: there is a line break in the cell"
            hint = "write it on one line; is a double quote before it not closed?"
            yield Problem(what=what, where=where, hint=hint)
        elif len(cell) > MAX_LINE:
            what = f"column {column}: {len(cell)} characters, more than {MAX_LINE}"
            yield Problem(what=what, where=where, hint="shorten it")
        elif find_unseen(cell):
            what = f"column {column}: an invisible character is in it"
            yield Problem(what=what, where=where, hint="type it again by hand")
        elif clean(cell) != cell:
            what = f"column {column}: a control character is in it"
            yield Problem(what=what, where=where, hint="type it again by hand")
    email = found.get("email", "")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        what = f"column email: '{email}' is not an email address"
        yield Problem(what=what, where=where, hint="correct it, or leave it empty")
