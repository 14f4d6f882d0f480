"""What is read line by line is what the parser reads, place for place; all else is left to the parser."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.formats.encode import dump, encode
from mcred.formats.straight import DEEPEST, MOST_ROWS, read_straight
from mcred.formats.yaml_reader import find_hidden, parse_nodes
from tests.formats.shapes import TRICKY
from tests.school import ANA, a_decision, a_person, a_reissue, a_request, a_revocation, an_assessment


def same(text: str) -> bool:
    """Whether a text was read line by line; then the parser has to agree."""
    if find_hidden(text):
        return False
    found = read_straight(text)
    assert found is None or parse_nodes(text, "a.yaml") == (found, ())
    return found is not None


WORDS = st.lists(
    st.sampled_from(
        ["wait", "time", "¿Qué", "é😀", "1.5", "x:y", "(so)", "“no”", "it's", "don't, or [do]", "*"]
    ),
    min_size=1,
    max_size=40,
).map(" ".join)
KEYS = st.sampled_from(["item", "a", "needs_students", "level-1", "Z9", "null", "true", "1a", "é", "<<"])
PLAIN: st.SearchStrategy[Any] = st.recursive(
    WORDS | TRICKY | st.booleans() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
PIECES = st.sampled_from(
    [
        *("a: ", "b:", "key: value", "item", "- ", "-", "'", "''", "'q'", "'it''s'", '"', "x: y", " #", "#c"),
        *(
            "¿",
            "é😀",
            "null",
            "~",
            "1",
            "a:b",
            ":",
            "? ",
            "|",
            ">-",
            "[",
            "]",
            "{a: b}",
            "&x",
            "*x",
            "!t",
            ",",
        ),
        *(
            "<<: ",
            "---",
            "...",
            "%YAML",
            "\t",
            "\r",
            "\x85",
            "\ufeff",
            "\u2028",
            "=",
            "@",
            "`",
            "_",
            "(",
            "«",
        ),
    ]
)
LINES = st.lists(
    st.tuples(st.integers(0, 5), st.lists(PIECES, max_size=3)).map(lambda x: " " * x[0] + "".join(x[1])),
    max_size=8,
).map("\n".join)


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.dictionaries(KEYS, PLAIN, max_size=5), st.sampled_from(["", "# yaml-language-server: x\n", "#\n#a\n"])
)
def test_what_is_written_for_any_value_is_read_the_same(value: dict[str, Any], head: str) -> None:
    same(head + dump(value))


@pytest.mark.slow
@settings(max_examples=300)
@given(LINES, st.sampled_from(["", "\n"]))
def test_any_lines_are_read_the_same(text: str, end: str) -> None:
    same(text + end)
    same(f"a: b\n{text}{end}")
    same(f"a:\n  - b\n{text}{end}")


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.dictionaries(KEYS, PLAIN, min_size=1, max_size=4),
    st.integers(0),
    PIECES | st.just("\n") | st.just(" "),
)
def test_what_somebody_changed_is_read_the_same(value: dict[str, Any], at: int, piece: str) -> None:
    text = dump(value)
    at %= len(text)
    same(text[:at] + piece + text[at:])
    same(text[:at] + piece + text[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n",
        "# a line for editors\na: b\n",
        "a: one two\n  three\nb: c\n",
        "a:\n  b: c\n  d: '1'\ne: ''\n",
        "a:\n  - b\n  - c d\n    e\n  - 'f'\ng: h\n",
        "a:\n  - b: c\n    d:\n      - e: f\n  - b: g\nh: i\n",
        "a: x:y and#z, 'q' [1] {2}\n",
        "a: ¿Qué? (sí)\n",
    ],
)
def test_what_is_straight_is_read_here(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: b",
        "a: b\n\n",
        "a: b # c\n",
        "a: b: c\n",
        "a: b:\n",
        "a: b \n",
        "a:\tb\n",
        "a:\n",
        "a:\n- b\n",
        "a: [b]\n",
        'a: "b"\n',
        "a: 'it''s'\n",
        "a: |\n  b\n",
        "a: b\na: c\n",
        "a: b\n c: d\n",
        "a: b\n  - c\n",
        "a:\n    b: c\n  d: e\n",
        "a:\n  - b\n  c: d\n",
        "a:\n  - - b\n",
        "- a\n",
        "a\n",
        " a: b\n",
        "a: b\n# c\nd: e\n",
        "a: 'b\n  c'\n",
        "---\na: b\n",
        "".join(f"{'  ' * n}a:\n" for n in range(DEEPEST)) + "  " * DEEPEST + "a: b\n",
        "".join(f"k{n}: v\n" for n in range(MOST_ROWS + 1)),
    ],
)
def test_what_is_not_straight_is_left_to_the_parser(text: str) -> None:
    assert read_straight(text) is None


@pytest.mark.parametrize(
    "value",
    [a_person(ANA), a_request(), an_assessment(), a_decision(), a_revocation(), a_reissue()],
    ids=type,
)
def test_what_mcred_writes_is_straight(value: Any) -> None:
    assert same(encode(value).decode())
