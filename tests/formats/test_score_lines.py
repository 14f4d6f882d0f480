"""Scores as people type them on a review host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.domain.assessment import Score
from mcred.formats.score_lines import in_order, read_scores
from tests.school import a_credential

Rows = list[tuple[str, str, str]]


def rows(text: str) -> Rows:
    return [(s.criterion, s.level, s.feedback) for s in read_scores(text).scores]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/score questions basic because two are closed", [("questions", "basic", "two are closed")]),
        ("/score questions basic", [("questions", "basic", "")]),
        ("  /SCORE Questions BASIC Because x", [("questions", "basic", "x")]),
        ("/score questions basic: x", [("questions", "basic", "x")]),
        ("/score questions basic - x", [("questions", "basic", "x")]),
        ("/score questions basic, because x", [("questions", "basic", "x")]),
        ("/score questions basic because-like", [("questions", "basic", "-like")]),
        ("/score `questions` **basic** x", [("questions", "basic", "x")]),
        ("/score a b because c\nand d\n\nand e", [("a", "b", "c\nand d")]),
        ("/score a b\r\n/score c d\r\n", [("a", "b", ""), ("c", "d", "")]),
        ("> /score a b", []),
        ("I would /score a b", []),
        ("/scores a b", []),
        (
            "| criterion | level | feedback |\n|---|:-:|---|\n| a | Not yet | f \\| g |",
            [("a", "not-yet", "f | g")],
        ),
        ("| Criterion | Level |\n|--|--|\n| a | b |\n| c | |", [("a", "b", "")]),
        ("| criterion | level | feedback |\n| a | | why |", [("a", "", "why")]),
        ("| one | two | three |\n|---|---|---|\n| a | b | c |", []),
        ("```\n/score a b because c\n```", [("a", "b", "c")]),
        ("\u200b/score\u00a0student\u2011talk basic\u200b — why", [("student-talk", "basic", "why")]),
        ("\u00a0| criterion | level |\n|--|--|\n| a\u200b | Not\u00a0yet |", [("a", "not-yet", "")]),
    ],
)
def test_what_is_a_score(text: str, found: Rows) -> None:
    assert rows(text) == found


def test_a_line_without_a_level_is_a_fault_and_the_rest_stands() -> None:
    written = read_scores("Good work.\n/score questions\n/score a b\n\nSee you.")
    assert [s.criterion for s in written.scores] == ["a"]
    assert written.faults == ("‘/score questions’ is not: /score CRITERION LEVEL because …",)
    assert written.is_assessment
    assert written.summary == "Good work.\n\nSee you."


@pytest.mark.parametrize(
    "text", ["", "Looks good to me!", "LGTM\n\n- [x] read", "> | criterion | level | x |"]
)
def test_other_words_are_no_assessment(text: str) -> None:
    assert not read_scores(text).is_assessment


def test_what_is_quoted_is_no_ones_word_on_the_whole() -> None:
    assert read_scores("> He wrote this.\nI answer.\n\n/score a b").summary == "I answer."


def test_scores_stand_in_the_order_of_the_rubric() -> None:
    given = read_scores("/score waiting basic\n/score odd x\n/score context passing").scores
    assert [s.criterion for s in in_order(given, a_credential())] == ["context", "waiting", "odd"]


words = st.text(alphabet="abcdefghij-", min_size=1, max_size=12).map(lambda w: f"q{w.strip('-')}")
reasons = st.text(alphabet="abc def,.!?äé|`*", max_size=40).map(lambda t: " ".join(t.split()).strip("|"))


@given(st.lists(st.tuples(words, words, reasons), min_size=1, max_size=6))
def test_what_is_written_as_lines_or_as_a_table_reads_the_same(scores: Rows) -> None:
    lines = "\n\n".join(f"/score {c} {level} because {why}" for c, level, why in scores)
    cells = "\n".join(f"| {c} | {level} | {why.replace('|', chr(92) + '|')} |" for c, level, why in scores)
    read_lines, read_table = rows(lines), rows(f"| criterion | level | feedback |\n|---|---|---|\n{cells}")
    assert [r[:2] for r in read_lines] == [r[:2] for r in read_table] == [s[:2] for s in scores]
    assert [r[2] for r in read_lines] == [why.strip().strip("|").strip() for _, _, why in scores]
    assert read_lines == read_table


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault_of_ours(text: str) -> None:
    written = read_scores(text)
    assert all(isinstance(s, Score) for s in written.scores)
    assert len(written.summary) <= 6000
