"""Lists of people, as spreadsheets save them."""

from __future__ import annotations

import pytest

from mcred.formats.export.roster import MOST, read_roster

PLAIN = 'name,school,roles\nZoë Itō,Bay School,"expert, coach"\n'
SEMICOLONS = "Name;School;Role\nZoë Itō;Bay School;expert coach\n"
TABS = "name\tschool\troles\nZoë Itō\tBay School\texpert/coach\n"


@pytest.mark.parametrize("text", [PLAIN, SEMICOLONS, TABS, PLAIN.replace("\n", "\r\n"), f"\n{PLAIN}\n\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_same_person_however_it_was_saved(text: str, encoding: str) -> None:
    found = read_roster(text.encode(encoding), "people.csv")
    (row,) = found.rows
    assert (row.name, row.school, row.roles) == ("Zoë Itō", "Bay School", ("expert", "coach"))
    assert not found.problems and not found.is_guessed


def test_windows_text_is_read_and_said_to_be_a_guess() -> None:
    found = read_roster("name\nZoë Díaz\n".encode("cp1252"), "people.csv")
    assert found.rows[0].name == "Zoë Díaz" and found.is_guessed


def test_columns_come_in_any_order_and_others_are_named() -> None:
    found = read_roster(b"Phone,E-mail,ID,Name\n555,z@bay.example,Zoe-Ito,Zoe Ito\n", "people.csv")
    assert found.unused == ("Phone",)
    assert (found.rows[0].id, found.rows[0].email) == ("zoe-ito", "z@bay.example")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 0, "the file is empty"),
        ("Zoe Ito,Bay\n", 1, "there is no column 'name'"),
        ("name,name\nA,B\n", 1, "the column 'name' is there twice"),
        ("name,school\n,Bay\n", 2, "column name: it is empty"),
        ("name,school\nZoe,Bay,North\n", 2, "there are 3 cells, and 2 columns"),
        ("name,school\nA\u202eB,Bay\n", 2, "column name: an invisible character is in it"),
        ("name\nA\n" + f"{'x' * 201}\n", 3, "column name: 201 characters, more than 200"),
        ("name\nA\n" + f'"{"x" * 140_000}"\n', 3, "a cell has more than 131,072 characters"),
        ('name,school\nLi Po,Oak\n"Bob Ray,Oak\nCarl Roe,Oak\n', 3, "a double quote is not closed"),
        ('name,school\nLi Po,Oak\n"Bob" Ray,Oak\n', 3, "a double quote is not closed"),
        ('name,school\n"Bob Ray,Oak\nCarl Roe,Oak\n",Elm\n', 2, "column name: there is a line break"),
        ("name\nA\0b\n", 2, "column name: a control character is in it"),
        ("name,school\nA,\x1b[1mBay\n", 2, "column school: a control character is in it"),
        ("name,email\nA,b\n", 2, "column email: 'b' is not an email address"),
        ("name\n" + "A\n" * (MOST + 1), 0, f"there are {MOST + 1:,} lines of people"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, what: str) -> None:
    (problem,) = read_roster(text.encode(), "people.csv").problems
    assert problem.where is not None and (problem.where.file, problem.where.line) == ("people.csv", line)
    assert what in problem.what and problem.hint


def test_a_cell_on_two_lines_does_not_shift_the_lines_after_it() -> None:
    found = read_roster(b'name,notes\nA,"one\ntwo"\nB,\n', "people.csv")
    assert [(row.name, row.line) for row in found.rows] == [("A", 2), ("B", 4)]
