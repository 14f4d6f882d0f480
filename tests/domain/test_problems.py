"""What went wrong, and the command that goes on from there."""

from __future__ import annotations

import msgspec
import pytest

from mcred.problems import Hint, McredError, NextStep, Place, Problem, next_step


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (next_step("sync"), "mcred sync"),
        (next_step("person", "add", "ana"), "mcred person add ana"),
        (next_step("diff", "ana/wait-time", "--from", 1), "mcred diff ana/wait-time --from 1"),
        (
            next_step("sync", note="then the same command again"),
            "mcred sync   (then the same command again)",
        ),
        (
            next_step("doctor", "--host", before="set MCRED_TOKEN, then"),
            "set MCRED_TOKEN, then: mcred doctor --host",
        ),
        (next_step("join", "../the programme"), "mcred join '../the programme'"),
        (next_step("revoke", "ana/talk", "--reason", "…"), 'mcred revoke ana/talk --reason "…"'),
        (
            next_step("assign", "ana/talk", "--because", "WHY", note="a", before="b"),
            'b: mcred assign ana/talk --because "WHY"   (a)',
        ),
    ],
)
def test_a_next_step_is_the_line_that_is_typed(step: NextStep, line: str) -> None:
    assert str(step) == f"{step}" == line


def test_a_next_step_keeps_its_words_apart_for_callers_without_a_terminal() -> None:
    step = next_step("join", "../the programme", note="n")
    assert (step.verb, step.words, step.note) == ("join", ("../the programme",), "n")
    assert step == NextStep("join", ("../the programme",), "n")


@pytest.mark.parametrize("hint", ["", "save it as UTF-8", next_step("lint", note="n")])
def test_an_error_and_a_problem_keep_the_hint_they_are_given(hint: Hint) -> None:
    problem = Problem(what="x", where=Place(file="a.yaml"), hint=hint)
    assert McredError("x", hint=hint).hint == problem.hint == hint
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(problem), type=Problem) == problem


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("plan.md", "mcred add plan.md"),
        ("my plan.md", 'mcred add "my plan.md"'),
        (r"C:\Users\ana\plan.md", r'mcred add "C:\Users\ana\plan.md"'),
        ("Ana's plan.md", 'mcred add "Ana\'s plan.md"'),
    ],
)
def test_on_windows_a_word_has_the_quotes_that_all_its_shells_know(
    monkeypatch: pytest.MonkeyPatch, word: str, line: str
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert str(next_step("add", word)) == line
