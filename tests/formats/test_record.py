"""Records: one spelling each, and every other one refused with the file, the line and the key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from mcred.domain.assessment import Assessment
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId
from mcred.domain.record_file import RecordFile, RecordPart
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.yaml_reader import MAX_BYTES
from mcred.problems import Fault, McredError
from tests.formats.shapes import SLOW, TEXTS, shaped
from tests.school import a_decision, a_reissue, a_request, a_revocation, an_assessment, an_override

RECORDS = RecordFile.__subclasses__()
VALUES = (a_request(), an_assessment(), a_decision(), an_override(), a_reissue(), a_revocation())
DECISION = encode(a_decision())


def all_parts() -> Iterator[type[RecordPart]]:
    """Every record, and every value inside one."""
    todo: list[type[RecordPart]] = list(RecordPart.__subclasses__())
    while todo:
        shape = todo.pop()
        yield shape
        todo.extend(shape.__subclasses__())


def refused(data: bytes, shape: type[Any] = Decision) -> tuple[str, str]:
    """The only problem of a record, and what helps."""
    value, problems = decode(data, shape, "d.json")
    assert value is None
    (problem,) = problems
    return str(problem), str(problem.hint)


@pytest.mark.slow
@pytest.mark.parametrize("shape", RECORDS, ids=lambda s: s.__name__)
@settings(SLOW, max_examples=40)
@given(data=st.data())
def test_every_record_reads_back_as_it_was(shape: type[RecordFile], data: st.DataObject) -> None:
    value = data.draw(shaped(shape))
    written = encode(value)
    assert decode(written, shape, "r.json") == (value, ())
    plain = json.loads(written)
    assert (json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode() == written


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_the_schools_records_read_back_as_they_were(value: RecordFile) -> None:
    written = encode(value)
    assert decode(written, type(value), "r.json") == (value, ())
    assert json.loads(written)["kind"] == type(value).__struct_config__.tag


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_text_of_a_record_reads_back_as_it_was(text: str) -> None:
    decision = replace(a_decision(), reason=text)
    assert decode(encode(decision), Decision, "d.json") == (decision, ())


def test_defaults_are_values_that_the_encoder_leaves_out_however_they_were_made() -> None:
    given = {f.default for shape in all_parts() for f in fields(shape) if not f.required}
    assert {d for d in given if d is not None} <= {"", 0, ()}


def _reversed(text: str) -> dict[str, Any]:
    return dict(reversed(json.loads(text).items()))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "on one line": lambda text: json.dumps(json.loads(text), sort_keys=True) + "\n",
    "keys in a different order": lambda text: json.dumps(_reversed(text), indent=2) + "\n",
    "no line end": lambda text: text.removesuffix("\n"),
    "a line end more": lambda text: text + "\n",
    "a space before a line end": lambda text: text.replace(",\n", ", \n", 1),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "a default written out": lambda text: text.replace('{\n  "', '{\n  "badge": 0,\n  "', 1),
    "nothing written out": lambda text: text.replace('{\n  "attempt"', '{\n  "a": null,\n  "attempt"', 1),
    "a key twice": lambda text: text.replace('  "attempt": 1,\n', '  "attempt": 1,\n  "attempt": 1,\n'),
    "a key twice, two values": lambda text: text.replace('  "attempt"', '  "attempt": 7,\n  "attempt"', 1),
    "an unknown key": lambda text: text.replace('  "attempt"', '  "approved": true,\n  "attempt"', 1),
    "a letter as its number": lambda text: text.replace("award", "\\u0061ward", 1),
    "a number with a point": lambda text: text.replace('"attempt": 1', '"attempt": 1.0'),
    "a number as a text": lambda text: text.replace('"attempt": 1', '"attempt": "1"'),
    "a submission as a number": lambda text: re.sub('"submission": "[^"]*"', '"submission": 7', text),
    "a zone as a number": lambda text: text.replace('Z"', '+00:00"', 1),
    "a space in a date": lambda text: text.replace("T", " ", 1),
    "a byte order mark": lambda text: "\ufeff" + text,
    "a second record": lambda text: text + text,
    "another kind": lambda text: text.replace('"kind": "decision"', '"kind": "revocation"'),
    "no kind": lambda text: text.replace('  "kind": "decision",\n', ""),
    "YAML": lambda text: "format: 2\nattempt: 1\n",
    "nothing": lambda text: "",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_any_other_spelling_is_refused(name: str) -> None:
    text = DECISION.decode()
    other = SPELLINGS[name](text)
    assert other != text
    said, hint = refused(other.encode())
    assert said.startswith("d.json")
    assert hint.startswith("mcred writes this file")


@settings(max_examples=400, deadline=None)
@given(at=st.integers(0, len(DECISION) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_is_another_record_or_none(at: int, byte: int) -> None:
    changed = DECISION[:at] + bytes([byte]) + DECISION[at + 1 :]
    value, problems = decode(changed, Decision, "d.json")
    assert (value == a_decision()) == (changed == DECISION)
    assert (value is None) == bool(problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"issuer": "rosa"', '"issuer": "Rosa"', "d.json:{}: error: issuer: this is not an id"),
        ('"issuer": "rosa"', '"issuer": "con"', "d.json:{}: error: issuer: this is not an id"),
        ('"judged": "', '"judged": "x', "d.json:{}: error: judged: this is not a full object id"),
        ('"version": "', '"version": "v', "d.json:{}: error: definition.version: this is not a version"),
        ('"outcome": "award"', '"outcome": "maybe"', "d.json:{}: error: outcome: Invalid enum value 'maybe'"),
        ('"submission": "ana/', '"submission": "', "d.json:{}: error: submission: 'wait-time' is not a"),
        ('Z"', '"', "d.json:{}: error: decided: the time zone is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_key_and_line(old: str, new: str, said: str) -> None:
    text = DECISION.decode()
    key = said.split("error: ")[1].partition(":")[0].partition(".")[0]
    line = next(n for n, line in enumerate(text.split("\n"), start=1) if line.startswith(f'  "{key}"'))
    assert old in text
    assert refused(text.replace(old, new, 1).encode())[0].startswith(said.format(line))


def test_an_entry_of_a_list_is_named_by_its_number() -> None:
    text = encode(a_decision()).decode().replace('"assessor": "mei"', '"assessor": "Mei"', 1)
    assert "basis[0].assessor: this is not an id" in refused(text.encode())[0]


def test_a_newer_format_asks_for_the_newest_mcred() -> None:
    said, hint = refused(DECISION.replace(b'"format": 2', b'"format": 3'))
    assert (said.split(": ", 1)[1], hint) == (
        "error: this mcred cannot read this format",
        "install the newest mcred",
    )


@pytest.mark.parametrize("mark", ["\u202e", "\x7f", "\ufeff", "\u2028"])
def test_hidden_characters_are_refused(mark: str) -> None:
    data = encode(replace(a_decision(), reason="a-b")).replace(b"a-b", f"a{mark}b".encode())
    assert "a hidden character" in refused(data)[0]
    with pytest.raises(McredError):
        encode(replace(a_decision(), reason=f"a{mark}b"))


@pytest.mark.parametrize("mark", ["\x00", "\x08", "\x0c", "\x1b"])
def test_control_characters_are_refused(mark: str) -> None:
    with pytest.raises(McredError) as error:
        encode(replace(a_decision(), reason=f"a\\{mark}b"))
    assert error.value.problems[0].what == f"there is a hidden character (U+{ord(mark):04X}) here"


@pytest.mark.parametrize("text", ["a\\u0041", "a\\\\r", "a\\n", "tab\there", 'a "word"'])
def test_backslashes_of_a_person_are_their_own(text: str) -> None:
    decision = replace(a_decision(), reason=text)
    assert decode(encode(decision), Decision, "d.json") == (decision, ())


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_become_one_kind(end: str) -> None:
    value, _ = decode(encode(replace(an_assessment(), summary=f"a{end}b\\r")), Assessment, "a.json")
    assert value is not None
    assert value.summary == "a\nb\\r"


def test_a_text_that_is_too_long_is_never_written() -> None:
    with pytest.raises(McredError) as error:
        encode(replace(a_decision(), reason="x" * 6001))
    assert error.value.problems[0].what.startswith("reason: ")


def test_an_id_that_is_none_is_never_written() -> None:
    with pytest.raises(McredError) as error:
        encode(replace(a_decision(), issuer=PersonId("Rosa Diaz")))
    assert error.value.problems[0].what == "issuer: this is not an id"


def test_a_record_that_is_too_large_is_not_read() -> None:
    said, _ = refused(b" " * (MAX_BYTES + 1), ReviewRequest)
    assert "more than 256 kB" in said


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b'"' + b"\xff" * 10, b"\x00", b"{}"])
def test_anything_at_all_is_answered(data: bytes) -> None:
    assert refused(data)[0].startswith("d.json")


def test_what_does_not_fit_its_place_is_named_with_the_line() -> None:
    def check(value: Decision) -> Iterator[Fault]:
        yield Fault(
            path=("attempt",), what="the attempt is '1', but the file's location says '2'", hint="put it back"
        )

    answer = decode(DECISION, Decision, "d.json", check)
    value, problems = answer
    line = DECISION.decode().split("\n").index('  "attempt": 1,') + 1
    assert value is None
    assert [str(p) for p in problems] == [
        f"d.json:{line}: error: the attempt is '1', but the file's location says '2'"
    ]
