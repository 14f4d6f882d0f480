"""What `--json` answers, held to the schema that is written down for it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SHIPPED = Path(__file__).parents[1] / "docs" / "schema" / "answers"


@cache
def _validator(name: str) -> tuple[Draft202012Validator, set[str]]:
    kind, number = name.removeprefix("mcred/").split("/")
    schema = json.loads((SHIPPED / f"{kind}.schema.json").read_text("utf-8"))
    assert schema["properties"]["schema"]["enum"] == [f"mcred/{kind}/{number}"]
    return Draft202012Validator(schema, format_checker=FormatChecker()), set(schema["properties"])


def held_to_schema(answer: Any) -> Any:
    """The same answer. Fails where its schema does not accept it, or does not name one of its fields."""
    checker, known = _validator(answer["schema"])
    faults = [f"{e.json_path}: {e.message}" for e in checker.iter_errors(answer)]
    assert not faults, faults
    assert set(answer) <= known
    return answer
