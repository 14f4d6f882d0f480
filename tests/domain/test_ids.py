"""Ids: what is one, what a bad one could be; versions and object names."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.ids import (
    SubmissionId,
    Version,
    explain_bad_id,
    is_hex,
    is_id,
    is_version,
    suggest_id,
    version_key,
)
from tests.school import ANA, BEN, WAIT

unhurried = settings(deadline=None, max_examples=60)
numbers = st.integers(0, 999_999)
versions = st.lists(numbers, min_size=2, max_size=3).map(lambda parts: Version(".".join(map(str, parts))))


@pytest.mark.parametrize(
    "text", ["a", "7", "wait-time", "a--b", "2026-cohort", "x" * 63, "com", "com10", "nully"]
)
def test_an_id_is_lower_case_letters_digits_and_inner_hyphens(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-a",
        "a-",
        "-",
        "Wait",
        "wait time",
        "wait_time",
        "a.b",
        "a/b",
        "..",
        "é",
        "a\n",
        "٣",
        "x" * 64,
        "a\0",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize("text", ["con", "prn", "aux", "nul", "com0", "com1", "com9", "lpt0", "lpt5", "lpt9"])
def test_a_device_name_of_windows_is_no_id(text: str) -> None:
    assert not is_id(text)
    assert suggest_id(text) == f"{text}-1"
    assert explain_bad_id(text) == f"it could be '{text}-1'"


@unhurried
@given(st.text(max_size=80))
def test_whatever_is_an_id_is_safe_in_a_path_and_a_reference(text: str) -> None:
    if is_id(text):
        assert 1 <= len(text) <= 63
        assert set(text) <= set(string.ascii_lowercase + string.digits + "-")
        assert text == text.casefold()
        assert not text.startswith("-") and not text.endswith("-")


@unhurried
@given(st.text(max_size=100))
def test_a_suggestion_is_an_id_or_nothing(text: str) -> None:
    suggestion = suggest_id(text)
    assert suggestion == "" or is_id(suggestion)


@unhurried
@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True).filter(is_id))
def test_only_runs_of_hyphens_are_ever_changed_in_what_is_an_id_already(text: str) -> None:
    squeezed = suggest_id(text)
    assert squeezed.replace("-", "") == text.replace("-", "")
    assert squeezed == text or "--" in text


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("Wait Time", "wait-time"),
        ("  Wait   Time!! ", "wait-time"),
        ("wait_time", "wait-time"),
        ("Élan Vital", "elan-vital"),
        ("ﬁrst", "first"),
        ("Wait—Time", "wait-time"),
        ("Straße", "strasse"),
        ("İzmir", "izmir"),
        ("Teacher’s and students' work", "teachers-and-students-work"),
        ("CON", "con-1"),
        ("", ""),
        ("!!!", ""),
        ("日本", ""),
    ],
)
def test_a_title_becomes_the_nearest_id(text: str, better: str) -> None:
    assert suggest_id(text) == better


def test_a_long_title_is_cut_without_leaving_a_hyphen_at_its_end() -> None:
    assert suggest_id("a" * 62 + " bcd") == "a" * 62


def test_a_bad_id_is_explained_with_a_better_one_or_with_the_rule() -> None:
    assert explain_bad_id("Wait Time") == "it could be 'wait-time'"
    assert explain_bad_id("日本") == "use lower-case letters a-z, digits and hyphens, at most 63 characters"


@unhurried
@given(versions)
def test_numbers_with_dots_are_a_version(version: Version) -> None:
    assert is_version(version)
    assert ".".join(map(str, version_key(version))) == version


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.",
        ".1",
        "1.2.3.4",
        "01.2",
        "1.02",
        "1.2.03",
        "v1.2",
        "1.2-rc1",
        "1,2",
        "1.2\n",
        "1.1234567",
        "1.1٢",
        "1.٢",
    ],
)
def test_anything_else_is_no_version(text: str) -> None:
    assert not is_version(text)


@unhurried
@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=2, max_size=6))
def test_versions_are_ordered_by_their_numbers(parts: list[tuple[int, int, int]]) -> None:
    as_text = [Version(".".join(map(str, p))) for p in parts]
    assert sorted(as_text, key=version_key) == [Version(".".join(map(str, p))) for p in sorted(parts)]


@pytest.mark.parametrize(
    ("older", "newer"), [("1.9", "1.10"), ("1.2", "1.2.1"), ("1.9.9", "2.0"), ("0.9.10", "0.10.0")]
)
def test_a_later_version_sorts_after(older: str, newer: str) -> None:
    assert version_key(Version(older)) < version_key(Version(newer))


@pytest.mark.parametrize("text", ["a" * 40, "0" * 64, "0123456789abcdef" * 4])
def test_a_full_object_name_is_40_or_64_hex_digits(text: str) -> None:
    assert is_hex(text)


@pytest.mark.parametrize(
    "text", ["", "abc", "a" * 39, "a" * 41, "a" * 63, "a" * 65, "A" * 40, "g" * 40, "a" * 40 + "\n"]
)
def test_anything_else_is_no_object_name(text: str) -> None:
    assert not is_hex(text)


def test_a_submission_is_called_by_its_earner_and_its_credential() -> None:
    assert str(SubmissionId(ANA, WAIT)) == "ana/wait-time"
    assert SubmissionId.parse("ana/wait-time") == SubmissionId(ANA, WAIT)
    assert sorted([SubmissionId(BEN, WAIT), SubmissionId(ANA, WAIT)])[0].earner == ANA


@pytest.mark.parametrize("text", ["", "ana", "ana/", "/wait-time", "ana/a/b", "Ana/wait-time", "ana/con"])
def test_no_other_text_is_a_submission(text: str) -> None:
    with pytest.raises(ValueError, match="is not a submission"):
        SubmissionId.parse(text)
