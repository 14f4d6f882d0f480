"""Words of two texts: what is told of a change, and the laws that every comparison keeps."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.domain.compare import text_diff as wording
from mcred.domain.compare.text_diff import Body, Span, compare_texts, is_rewritten, plain_body

WORDS = st.sampled_from(
    ["a", "wait", "three", "seconds", "then", "ask", "again", "of", "the", "class", "é", "e\u0301"]
)
SPACES = st.sampled_from([" ", "\n", "\n\n", "  ", "\t", "\u00a0"])
TEXTS = st.lists(st.tuples(WORDS, SPACES), max_size=40).map(lambda found: "".join(w + s for w, s in found))
LONG = " ".join(f"word{n}" for n in range(12))
OTHER = " ".join(f"thing{n}" for n in range(9))


def one(old: str, new: str) -> tuple[Span, ...]:
    return compare_texts({"a": (plain_body(old), plain_body(new))})["a"]


def told(old: str, new: str) -> list[tuple[str, str]]:
    """Kind and words of each span."""
    return [(s.kind, " ".join(s.text.split())) for s in one(old, new)]


def test_a_changed_word_stands_between_what_stayed() -> None:
    assert told(
        "I waited one second before I asked them.", "I waited three seconds before I asked them."
    ) == [
        ("same", "I waited"),
        ("removed", "one second"),
        ("added", "three seconds"),
        ("same", "before I asked them."),
    ]


def test_a_reflowed_paragraph_is_not_rewritten() -> None:
    spans = one(LONG, LONG.replace(" ", "\n", 4))
    assert {s.kind for s in spans} == {"same", "reflowed"}
    assert not is_rewritten(spans)


def test_paragraphs_that_changed_places_are_moved_and_nothing_else() -> None:
    spans = one(f"{LONG}\n\n{OTHER}\n", f"{OTHER}\n\n{LONG}\n")
    kinds = {s.kind for s in spans}
    assert "moved out" in kinds
    assert "moved in" in kinds
    assert not is_rewritten(spans)


def test_a_sentence_that_went_to_another_answer_says_where() -> None:
    found = compare_texts(
        {
            "plan": (plain_body(f"First. {OTHER}"), plain_body("First.")),
            "why": (plain_body("Because."), plain_body(f"Because. {OTHER}")),
        }
    )
    out = next(s for s in found["plan"] if s.kind == "moved out")
    into = next(s for s in found["why"] if s.kind == "moved in")
    assert (out.other, into.other) == ("why", "plan")
    assert out.text.split() == into.text.split() == OTHER.split()


def test_a_move_inside_one_text_names_no_other() -> None:
    assert {s.other for s in one(f"{LONG}\n\n{OTHER}", f"{OTHER}\n\n{LONG}")} == {""}


def test_few_words_are_no_move() -> None:
    assert told("one two three four", "x one two three four")[0] == ("added", "x")
    kinds = [k for k, _ in told(f"p q r s {LONG}", f"{LONG} p q r s")]
    assert "moved in" not in kinds
    assert "added" in kinds


def test_what_is_said_once_more_is_new_and_not_moved() -> None:
    kinds = [k for k, _ in told(OTHER, f"{OTHER} {OTHER}")]
    assert kinds.count("added") == 1
    assert "moved in" not in kinds


def test_words_by_chance_between_changes_belong_to_them() -> None:
    found = told("red green of blue black", "one two of three four")
    assert found == [("removed", "red green of blue black"), ("added", "one two of three four")]


def test_a_word_between_two_small_changes_stays() -> None:
    assert [k for k, _ in told("a of b", "c of d")] == ["removed", "added", "same", "removed", "added"]


def test_a_hidden_remark_is_no_text() -> None:
    old = Body(raw="one <!-- x --> two", shown="one            two")
    new = Body(raw="one two", shown="one two")
    (first, second) = compare_texts({"a": (old, new)})["a"]
    assert (first.kind, second.kind) == ("same", "reflowed")
    assert second.text.split() == ["two"]


def test_accents_written_apart_are_the_same_word() -> None:
    assert {s.kind for s in one("caf\u00e9 noir", "cafe\u0301 noir")} == {"reflowed", "same"}


@pytest.mark.parametrize("most", [wording.MOST_WORK, 6, 0])
@given(old=TEXTS, new=TEXTS)
def test_every_sign_of_both_texts_is_in_exactly_one_span(most: int, old: str, new: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "MOST_WORK", most)
        spans = one(old, new)
    assert "".join(old[s.old[0] : s.old[1]] for s in spans) == old
    assert "".join(new[s.new[0] : s.new[1]] for s in spans) == new
    for first, second in pairwise(spans):
        assert first.old[1] == second.old[0]
        assert first.new[1] == second.new[0]


@given(old=TEXTS, new=TEXTS)
def test_what_is_called_the_same_is_the_same(old: str, new: str) -> None:
    for span in one(old, new):
        a, b = old[span.old[0] : span.old[1]], new[span.new[0] : span.new[1]]
        if span.kind == "same":
            assert a == b
        elif span.kind == "reflowed":
            assert a != b
        else:
            assert bool(a) != bool(b), "a span of one side has nothing of the other"
            assert span.text in (a, b)


@given(text=TEXTS)
def test_a_text_differs_from_itself_in_nothing(text: str) -> None:
    assert {s.kind for s in one(text, text)} <= {"same"}


@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_every_move_has_both_its_ends(texts: list[tuple[str, str]]) -> None:
    named = {str(n): (plain_body(a), plain_body(b)) for n, (a, b) in enumerate(texts)}
    found = compare_texts(named)
    went = sorted(
        (name, s.other or name, " ".join(s.text.split()))
        for name, spans in found.items()
        for s in spans
        if s.kind == "moved out"
    )
    came = sorted(
        (s.other or name, name, " ".join(s.text.split()))
        for name, spans in found.items()
        for s in spans
        if s.kind == "moved in"
    )
    fold = [(a, b, t.replace("e\u0301", "é")) for a, b, t in went]
    assert sorted(fold) == sorted((a, b, t.replace("e\u0301", "é")) for a, b, t in came)


def test_a_long_text_is_compared_by_lines_first(monkeypatch: pytest.MonkeyPatch) -> None:
    old = "\n".join(f"line {n} has words" for n in range(30))
    new = old.replace("line 7 has", "line 7 had")
    monkeypatch.setattr(wording, "MOST_WORK", 100)
    assert [(k, t) for k, t in told(old, new) if k != "same"] == [("removed", "has"), ("added", "had")]
    monkeypatch.setattr(wording, "MOST_WORK", 10)
    assert ("removed", "line 7 has words") in told(old, new), "too much even for the one line"


def test_more_lines_than_can_be_compared_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"line {n} has words" for n in range(30)]
    monkeypatch.setattr(wording, "MOST_WORK", 30 * 30 - 1)
    found = told("\n".join(lines), "\n".join([*lines[15:], *lines[:15]]))
    assert {kind for kind, _ in found} == {"moved out", "moved in"}


def test_hostile_texts_take_little_time() -> None:
    words = [str(n % 7) for n in range(60_000)]
    for old, new in ((words, words[::-1]), (words, [f"{w}\n" for w in words[::-1]])):
        begun = time.process_time()
        one(" ".join(old), " ".join(new))
        assert time.process_time() - begun < 6
