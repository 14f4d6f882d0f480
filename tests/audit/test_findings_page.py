"""docs/findings.md says each code of the source once, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from mcred.app.audit.told import read_advice
from tests.audit.forged_recognition import FORGERIES

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "findings.md").read_text("utf-8")
DOMAIN = PROJECT / "mcred" / "domain"
SOURCES = (
    *(
        DOMAIN / "audit" / f"{n}.py"
        for n in (
            "replay",
            "check_request",
            "check_decision",
            "check_awards",
            "check_seats",
            "check_erasure",
            "check_joining",
            "check_opened",
            "check_override",
            "check_recognized",
            "state",
            "watch",
            "witness",
        )
    ),
    *(DOMAIN / "rules" / f"{n}.py" for n in ("decide", "growth", "request", "stack_badges")),
    PROJECT / "mcred" / "app" / "audit" / "run.py",
)
CODE = re.compile(r"[a-z]+(-[a-z]+)+")


def codes_in(source: str) -> Iterator[str]:
    """Every text of a module that is spelled like a code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value


def told() -> list[tuple[str, list[str]]]:
    """Each row of the page: its code and its other cells."""
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `")]
    return [(cells[0].strip(" `"), [c.strip() for c in cells[1:]]) for cells in rows]


def test_every_code_is_told_once_and_none_that_there_is_not() -> None:
    real = {code for path in SOURCES for code in codes_in(path.read_text("utf-8"))}
    rows = [code for code, _ in told()]
    assert len(rows) == len(set(rows))
    assert set(rows) == real
    assert len(real) > 60


def test_every_row_says_meaning_rule_and_what_to_do() -> None:
    for code, cells in told():
        assert len(cells) == 3 and all(cells), code
        assert re.match(r"(TRUST|FORMATS|ARCHITECTURE): ", cells[1]), code
        assert cells[2].endswith("."), code


def test_what_an_audit_advises_is_the_last_cell_of_the_row() -> None:
    assert read_advice() == {code: cells[2].replace("`", "") for code, cells in told()}


def test_a_code_that_is_new_would_be_noticed() -> None:
    assert list(codes_in('x = Finding(code="made-up", what="not one: it has blanks")')) == ["made-up"]


def test_every_forgery_is_told() -> None:
    assert {f.code for f in FORGERIES} <= {code for code, _ in told()}
