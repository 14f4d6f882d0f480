"""docs/record.md names every finding, kind of file and key that there is, and no record's key too many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, get_args, get_type_hints

import pytest
from msgspec.structs import fields

from mcred.domain.assessment import Attested, DefinitionRef
from mcred.domain.credential import Credential, Stack
from mcred.domain.layout import PathKind
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.record_file import RecordFile
from mcred.domain.shown import ShownList
from mcred.domain.submission import Submission
from mcred.formats.decode import type_fields
from mcred.formats.hints import is_shape, optional_of, split_hint
from tests.audit.second_checker import RECHECK
from tests.audit.test_findings_page import told

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
WRITTEN = (Programme, Person, Credential, Stack, RecognitionPolicy, Submission)
ELSEWHERE = (Attested, DefinitionRef)
"""Values with a description of their own on the page."""
TEXTS = PAGE.partition("### 4.1")[2].partition("### 4.2")[0]


def shapes_in(hint: Any) -> Iterator[type]:
    """The records or mappings inside a type hint."""
    hint, _ = split_hint(hint)
    hint = optional_of(hint) or hint
    if is_shape(hint):
        yield hint
    for inner in get_args(hint):
        yield from shapes_in(inner)


def keys_in(shape: type) -> Iterator[tuple[str, bool]]:
    """Each key of a record and of what is inside it, and whether it is required."""
    hints = get_type_hints(shape, include_extras=True)
    for one in fields(shape):
        yield one.encode_name, one.required
        for inner in shapes_in(hints[one.name]):
            yield from () if inner in ELSEWHERE else keys_in(inner)


RECORDS = [shape for shape in RecordFile.__subclasses__() if shape is not ShownList]
"""What people publish is no part of the record."""


def test_every_finding_is_named() -> None:
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE))
    assert {code for code, _ in told()} <= named


def test_the_second_checker_reads_written_parts_by_the_texts_of_the_page() -> None:
    said: dict[str, Any] = {"re": re}
    texts = PAGE.partition("### 4.3")[2].partition("\n## ")[0]
    for block in re.findall(r"```python\n(.*?)```", texts, re.DOTALL):
        exec(dedent(block), said)  # noqa: S102
    names = {name for name in said if name.isupper()}
    assert {"COMMENT_OR_CODE", "BLURRED", "DEEP", "HEADING", "ODD"} <= names
    assert {name: said[name] for name in names} == {name: getattr(RECHECK, name) for name in names}


def test_every_kind_of_path_has_a_row() -> None:
    assert {row[0] for row in ROWS} >= {*get_args(PathKind), "loose"}


@pytest.mark.parametrize("shape", RECORDS, ids=lambda s: s.__name__)
def test_a_record_has_exactly_these_keys(shape: type[RecordFile]) -> None:
    (row,) = (r for r in ROWS if r[0] == f"`{shape.__struct_config__.tag}`")
    assert {*re.findall(r"`([a-z0-9_]+)`", row[2])} == {name for name, _ in keys_in(shape)} - {"format"}


@pytest.mark.parametrize("shape", WRITTEN, ids=lambda s: s.__name__)
def test_every_key_that_people_write_is_named(shape: type) -> None:
    assert type_fields(shape)["format"][0]
    missing = [name for name, required in keys_in(shape) if f"`{name}{'!' if required else ''}`" not in TEXTS]
    assert missing == []
