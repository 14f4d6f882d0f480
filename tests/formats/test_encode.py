"""Values → text: what is written reads back the same, reads well, and what could not be read is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.assessment import Agreed, Scoring
from mcred.domain.credential import AwardRule, Credential, Stack
from mcred.domain.ids import Slug, SubmissionId
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.submission import Submission
from mcred.formats.decode import decode
from mcred.formats.encode import dump, encode, to_plain
from mcred.formats.yaml_reader import read_nodes
from mcred.problems import McredError
from tests.formats.shapes import SLOW, TEXTS, shaped
from tests.school import (
    ANAS,
    a_credential,
    a_person,
    a_programme,
    a_request,
    a_stack,
    a_work,
)

SHAPES = (
    Credential,
    Stack,
    Programme,
    Person,
    Submission,
    Agreed,
    Scoring,
)
VALUES = (
    a_credential(award_rule=AwardRule(kind="count", number=2, of=3)),
    a_stack(),
    a_programme(experts_for={Slug("wait-time"): ("mei",)}),
    a_person("ana"),
    a_work().submission,
)


def read_back(data: bytes, shape: type[Any]) -> Any:
    value, problems = decode(data, shape, "a.yaml")
    assert problems == ()
    return value


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: s.__name__)
@settings(SLOW, max_examples=12)
@given(data=st.data())
def test_every_value_reads_back_as_it_was(shape: type[Any], data: st.DataObject) -> None:
    value = data.draw(shaped(shape))
    assert read_back(encode(value), shape) == value


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_text_reads_back_as_it_was(text: str) -> None:
    listed = replace(a_work().submission, note=text)
    assert read_back(encode(listed), Submission).note == text


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_the_school_reads_back_as_it_was(value: Any) -> None:
    assert read_back(encode(value), type(value)) == value


def test_a_file_says_only_what_differs_from_the_defaults() -> None:
    assert encode(a_stack()).decode() == (
        "format: 2\nid: talk\nversion: 1.0.0\ntitle: Classroom talk\ncredentials:\n  - wait-time\n"
    )


def test_lines_of_a_text_stand_as_lines() -> None:
    written = encode(replace(a_work().submission, note="One.\n\nTwo: é")).decode()
    assert "note: |-\n  One.\n\n  Two: é\n" in written


def test_no_text_ends_the_document_for_what_may_follow() -> None:
    for text in ("a\n\n", "\n", "a\n\n\n"):
        assert "..." not in dump({"note": text})


def test_versions_and_words_that_look_like_other_things_are_quoted() -> None:
    assert b"version: '1.10'\ntitle: 'no'\n" in encode(a_stack(version="1.10", title="no"))


def test_a_head_stands_before_the_text() -> None:
    assert encode(a_stack(), head="# yaml-language-server: $schema=x\n").startswith(b"# yaml-language-server")


def test_submissions_rules_and_moments_are_written_as_people_write_them() -> None:
    assert to_plain((ANAS, AwardRule(kind="points", number=3))) == ["ana/wait-time", "points >= 3"]
    assert to_plain((a_request().requested, a_request().due)) == ["2026-11-02T12:00:00+00:00", "2026-11-12"]


def test_the_same_value_written_twice_is_written_out_twice() -> None:
    plain = {"a": {"b": ["c"]}}
    assert read_nodes(dump([plain, plain]).encode(), "a.yaml")[1] == ()


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_the_ends_of_lines_become_one_kind(end: str) -> None:
    assert read_back(encode(replace(a_work().submission, note=f"a{end}b")), Submission).note == "a\nb"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"note": "a\u202eb"}, "there is a hidden character (U+202E) here"),
        ({"note": "a\x1b[31m"}, "an escaped hidden character (U+001B)"),
        ({"note": "a\ud800"}, "this is not readable"),
        ({"note": "x" * 6001}, "note has 6001 characters, more than 6000"),
        ({"version": "newest"}, "version 'newest' is not a version"),
        ({"attempt": -1}, "attempt should be a whole number, not '-1'"),
        ({"credential": "Wait Time"}, "credential cannot be 'Wait Time'"),
    ],
)
def test_what_could_not_be_read_again_is_never_written(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(McredError) as refused:
        encode(replace(a_work().submission, **changes))
    assert refused.value.what == "this submission cannot be written so that it could be read again"
    assert refused.value.problems[0].what.startswith(what)


def test_what_does_not_fit_together_can_be_written_for_it_can_be_read() -> None:
    assert encode(a_credential(parts=()))


def test_a_submission_id_is_written_as_one_text() -> None:
    assert to_plain({SubmissionId(ANAS.earner, ANAS.credential): 1}) == {"ana/wait-time": 1}
