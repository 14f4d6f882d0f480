"""What the reader of YAML refuses, where it says so, and that it never falls over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.formats.yaml_node import Node
from mcred.formats.yaml_reader import _HIDDEN, MAX_BYTES, MAX_NODES, find_hidden, plain_text, read_nodes
from mcred.problems import Problem


def refused(text: str | bytes) -> tuple[Problem, ...]:
    data = text.encode() if isinstance(text, str) else text
    root, problems = read_nodes(data, "a.yaml")
    assert root is None
    assert problems
    return problems


def read(text: str | bytes) -> Node:
    root, problems = read_nodes(text.encode() if isinstance(text, str) else text, "a.yaml")
    assert problems == ()
    assert root is not None
    return root


def text_of(node: Node, key: str) -> str:
    found = node.get(key)
    assert found is not None
    return found.text


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("a: 1\nb: *x\n", "2:4", "'*x' refers to another place"),
        ("a: 1\nb: &x 2\n", "2:4", "'&x' names this place for reuse"),
        ("a:\n  - &y [1]\n", "2:5", "'&y' names this place"),
        ("&z a: 1\n", "1:1", "'&z' names this place"),
        ("a: !mine x\n", "1:4", "the tag '!mine'"),
        ("a: !!int 3\n", "1:4", "the tag 'tag:yaml.org,2002:int'"),
        ("a: ! x\n", "1:4", "the tag '!'"),
        ("!!map\na: 1\n", "1:1", "the tag"),
        ("a:\n  <<: {b: 1}\n", "2:3", "'<<' merges in another place"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document starts here"),
        ("%YAML 1.1\n---\na: no\n", "1:1", "a line with '%'"),
        ("%TAG ! tag:x,2026:\n---\na: 1\n", "1:1", "a line with '%'"),
        ("? [a]\n: b\n", "1:3", "a key has to be plain text"),
        ("{a: 1}: b\n", "1:1", "a key has to be plain text"),
        ("a:\n\tb: 1\n", "2:1", "this is not readable"),
        ("a: b: c\n", "1:5", "this is not readable: mapping values are not allowed"),
        ("title: 'Wait\nb: 2\n", "1:8", "this quotation mark is never closed"),
        ('a: "x\\qy"\n', "1:6", "this is not readable: found unknown escape character"),
        ("a: [x\nb: 2\n", "2:2", "this is not readable"),
        ("a: 1\n...\nb: 2\n", "3:1", "this is not readable"),
    ],
)
def test_what_is_dangerous_or_broken_is_refused_where_it_stands(text: str, where: str, what: str) -> None:
    (problem,) = refused(text)
    assert str(problem).startswith(f"a.yaml:{where}: error: {what}")
    assert problem.hint
    assert problem.where is not None
    assert problem.where.source == text.split("\n")[problem.where.line - 1]


@pytest.mark.parametrize("code", [0x00, 0x07, 0x0C, 0x1B, 0x7F, 0x85, 0x202E, 0x2066, 0x2028, 0xFEFF, 0xFFFE])
def test_hidden_characters_are_refused_raw_and_escaped(code: int) -> None:
    raw = refused(f"a: 1\nb: x{chr(code)}y\n")
    assert str(raw[0]) == f"a.yaml:2:5: error: there is a hidden character (U+{code:04X}) here"
    escaped = refused(f'a: 1\nb: "x\\u{code:04x}y"\n')
    assert str(escaped[0]) == f"a.yaml:2:4: error: an escaped hidden character (U+{code:04X})"


def test_a_hidden_character_in_a_key_is_refused() -> None:
    assert "U+202E" in str(refused('"a\\u202e": 1\n')[0])


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "\\ud83d\\ude00"])
def test_an_escaped_half_of_a_character_is_refused(escape: str) -> None:
    assert refused(f'a: "{escape}"\n')[0].where is not None


def test_a_lone_carriage_return_cannot_hide_the_rest_of_a_line() -> None:
    assert "U+000D" in str(refused("a: 1\rb: 2\n")[0])


def test_tabs_and_characters_of_any_alphabet_are_text() -> None:
    assert text_of(read("a: x\ty 你好 😀 שלום\n"), "a") == "x\ty 你好 😀 שלום"


def test_columns_count_characters_not_bytes() -> None:
    assert str(refused("é😀: *x\n")[0]).startswith("a.yaml:1:5:")


def test_a_duplicate_key_names_the_line_of_the_first() -> None:
    (problem,) = refused("a: 1\nb: 2\nx:\n  c: 1\n  d: 2\n  c: 3\n")
    assert str(problem) == "a.yaml:6:3: error: 'c' appears twice; the first one is on line 4"


def test_the_same_key_in_two_mappings_is_no_duplicate() -> None:
    assert len(read("x:\n  a: 1\ny:\n  a: 2\n").pairs) == 2


def test_quoted_and_plain_keys_are_the_same_key() -> None:
    assert len(refused('a: 1\n"a": 2\n')) == 1


def test_several_problems_are_reported_together_in_the_order_of_the_file() -> None:
    found = refused("a: &x 1\nb: !t 2\na: {c: *x, c: 1}\nd: 4\n---\ne: 1\n")
    assert [str(p.where) for p in found] == [
        "a.yaml:1:4",
        "a.yaml:2:4",
        "a.yaml:3:1",
        "a.yaml:3:8",
        "a.yaml:3:12",
        "a.yaml:5:1",
    ]


def test_what_was_found_before_the_text_breaks_is_still_said() -> None:
    found = refused("a: &x 1\nb: 'open\n")
    assert [p.what for p in found] == [
        "'&x' names this place for reuse",
        "this quotation mark is never closed",
    ]


def test_each_line_with_a_hidden_character_is_named() -> None:
    assert [p.where and p.where.line for p in refused("a: \x07\nb: 1\nc: \x00\n")] == [1, 3]


@pytest.mark.parametrize("text", ["a:\u00a01\n\n# c\nb: 2\n", "a: 1\nb:\u202f2\n\nc: 3\n"])
def test_a_space_that_is_none_to_yaml_is_named_with_its_line(text: str) -> None:
    line = next(n for n, source in enumerate(text.splitlines(), start=1) if not source.isascii())
    code = "U+00A0" if "\u00a0" in text else "U+202F"
    assert str(refused(text)[0].hint) == f"replace the ({code}) in line {line} by a plain space"


def test_a_tab_in_the_indentation_is_explained() -> None:
    assert str(refused("a:\n\tb: 1\n")[0].hint) == "indent with spaces, not tabs"


def test_a_file_may_have_256_kb_and_no_more() -> None:
    fits = b"a: " + b"x" * (MAX_BYTES - 4) + b"\n"
    assert len(text_of(read(fits), "a")) == MAX_BYTES - 4
    assert "257 kB, more than 256 kB" in refused(fits + b"\n")[0].what


def test_nesting_may_have_twenty_levels_and_no_more() -> None:
    assert read("[" * 20 + "]" * 20).kind == "list"
    (problem,) = refused("[" * 21 + "]" * 21)
    assert str(problem) == "a.yaml:1:21: error: this is nested too deeply"
    assert len(refused("[" * 100_000)) == 1


def test_a_file_may_have_ten_thousand_values_and_no_more() -> None:
    assert len(read("- 1\n" * (MAX_NODES - 1)).items) == MAX_NODES - 1
    (problem,) = refused("- 1\n" * MAX_NODES)
    assert str(problem) == f"a.yaml:{MAX_NODES}:3: error: this file has too many values"


def test_text_that_is_not_utf8_is_named_by_its_line() -> None:
    (problem,) = refused(b"a: 1\nb: \xe9t\xe9\n")
    assert (str(problem.where), problem.hint) == ("a.yaml:2", "save the file as UTF-8")


def test_utf16_as_some_editors_save_it_is_refused() -> None:
    assert "UTF-8" in refused("a: 1\n".encode("utf-16"))[0].what


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfa: 1\nb: 2\n", b"a: 1\r\nb: 2\r\n", b"\xef\xbb\xbfa: 1\r\nb: 2"]
)
def test_a_byte_order_mark_and_windows_line_ends_are_accepted(data: bytes) -> None:
    root = read(data)
    assert [(k.text, k.line, k.column, v.text) for k, v in root.pairs] == [("a", 1, 1, "1"), ("b", 2, 1, "2")]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n", "\ufeff"])
def test_an_empty_file_is_refused(text: str) -> None:
    (problem,) = refused(text)
    assert str(problem) == "a.yaml: error: the file is empty"


@pytest.mark.parametrize(
    "text", ["1.10", "no", "yes", "2026-01-01", "0x1f", "017", "1e3", "12:30", ".5", "NULL"]
)
def test_plain_values_stay_the_text_they_are(text: str) -> None:
    assert text_of(read(f"a: {text}\n"), "a") == text


@pytest.mark.parametrize("text", ["", "null", "~"])
def test_an_empty_value_is_nothing_and_a_quoted_one_is_text(text: str) -> None:
    plain, quoted = read(f"a: {text}\n").get("a"), read(f"a: '{text}'\n").get("a")
    assert plain is not None
    assert quoted is not None
    assert (plain.is_nothing, quoted.is_nothing, quoted.text) == (True, False, text)


def test_a_block_of_lines_is_never_nothing() -> None:
    block = read("a: |\n  null\n").get("a")
    assert block is not None
    assert (block.text, block.is_nothing) == ("null\n", False)


SNIPPETS = st.lists(
    st.sampled_from(
        ["a: ", "- ", "\n", "\n  ", "[", "]", "{", "}", "'", '"', "&x ", "*x", "!t ", "? ", ": ", "|\n"]
    )
    | st.sampled_from(
        ["#", "---\n", "...\n", "<<: ", "\\u202e", "\t", "\r\n", "\r", "%YAML", "é😀", ",", "\x00"]
    )
).map("".join)


def check_sound(data: bytes) -> None:
    root, problems = read_nodes(data, "a.yaml")
    assert (root is None) == bool(problems)
    count = len(data.decode("utf-8", "replace").split("\n"))
    for problem in problems:
        assert problem.where is not None
        assert 0 <= problem.where.line <= count
    assert list(problems) == sorted(
        problems, key=lambda p: (p.where and (p.where.line, p.where.column)) or (0, 0)
    )


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    check_sound(data)


@given(st.text(max_size=200) | SNIPPETS)
def test_arbitrary_text_never_raises(text: str) -> None:
    check_sound(text.encode("utf-8", "replace"))


@given(SNIPPETS)
def test_every_node_stands_where_it_says(text: str) -> None:
    root, _ = read_nodes(text.encode(), "a.yaml")
    if root is not None:
        plain = plain_text(text.encode())
        check_place(root, plain)


def check_place(node: Node, plain: str) -> None:
    assert 0 <= node.start <= node.end <= len(plain)
    if node.start < len(plain):
        assert plain.count("\n", 0, node.start) == node.line - 1
    inner: list[Node] = list(node.items)
    for pair in node.pairs:
        inner.extend(pair)
    for child in inner:
        check_place(child, plain)


def test_what_can_be_printed_hides_nothing() -> None:
    hidden = [chr(n) for n in range(0x110000) if _HIDDEN.match(chr(n))]
    assert len(hidden) > 2000 and not any(c.isprintable() for c in hidden)
    assert all(find_hidden(f"a\n{c}b") for c in hidden)
