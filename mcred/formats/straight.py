"""A fast YAML reader for the subset that `encode` writes: keys, lists, and one-line texts.

Most of a programme's files were written by `encode`, and a build or an audit reads tens of thousands; the
full parser takes more than twice as long. Input outside the subset (comments between lines, brackets,
escapes, blocks, anything wrong or ambiguous) is left to that parser: this returns exactly the nodes that
`formats/yaml_reader` does, or None.
"""

from __future__ import annotations

import re

from mcred.formats.yaml_node import Node

MOST_ROWS = 2000
DEEPEST = 8
"""Both well below what `formats/yaml_reader` allows."""
_HEAD = re.compile(r"(?:#[^\n]*\n)*")
_TEXT = r"[\w(¿¡“„«][^\n]*|'[^'\n]*'"
_ROW = re.compile(
    rf"^( *)(- )?(?:([A-Za-z_][A-Za-z0-9_-]{{0,99}}):(?: ({_TEXT}))?|({_TEXT}))\n", re.MULTILINE
)
_SPACES, _DASH, _KEY, _VALUE, _ALONE = 1, 2, 3, 4, 5
_Rows = list[re.Match[str]]
_make = tuple.__new__
"""Makes a `Node` from a full tuple of values: 81 µs a file, where the constructor takes 136."""


class _Odd(Exception):
    """The input is outside the fast path's subset."""


def read_straight(text: str) -> Node | None:
    """The root node of a text without hidden characters, or None where the full parser is needed."""
    head = _HEAD.match(text)
    begin = head.end() if head else 0
    rows = list(_ROW.finditer(text, begin))
    if "\t" in text or not text.endswith("\n") or len(rows) != text.count("\n", begin):
        return None
    if not 0 < len(rows) <= MOST_ROWS or rows[0][_SPACES] or rows[0][_DASH]:
        return None
    try:
        root, end = _mapping(rows, 0, 0, text.count("\n", 0, begin) + 1, 1)
    except _Odd:
        return None
    return root if end == len(rows) else None


def _mapping(rows: _Rows, at: int, column: int, line: int, depth: int) -> tuple[Node, int]:
    """The mapping whose first key is at a row and column, and the row after it.

    `line`: the line number of the first row.
    """
    first, pairs, seen = at, [], set()
    while at < len(rows):
        row = rows[at]
        spaces, dash, key, value, _ = row.groups()
        if at > first:
            if len(spaces) < column:
                break
            if dash or len(spaces) > column:
                raise _Odd
        if key is None or key in seen:
            raise _Odd
        seen.add(key)
        begin, end = row.span(_KEY)
        name = _make(Node, ("scalar", at + line, column + 1, begin, end, key, True, False, (), ()))
        if value is None:
            node, at = _inner(rows, at + 1, column, line, depth + 1)
        else:
            node, at = _text(rows, at, _VALUE, column, line)
        pairs.append((name, node))
    key_node, last = pairs[0][0], pairs[-1][1]
    made = ("mapping", key_node[1], key_node[2], key_node[3], last[4], "", True, False, (), tuple(pairs))
    return _make(Node, made), at


def _inner(rows: _Rows, at: int, above: int, line: int, depth: int) -> tuple[Node, int]:
    """The value below a key without a text."""
    if at == len(rows) or depth > DEEPEST:
        raise _Odd
    column = len(rows[at][_SPACES])
    if column <= above:
        raise _Odd
    return (_list if rows[at][_DASH] else _mapping)(rows, at, column, line, depth)


def _list(rows: _Rows, at: int, column: int, line: int, depth: int) -> tuple[Node, int]:
    """The list whose first dash is at a row and column, and the row after it."""
    first, items = at, []
    while at < len(rows):
        spaces, dash, key, _, _ = rows[at].groups()
        if len(spaces) < column:
            break
        if not dash or len(spaces) > column:
            raise _Odd
        if key is None:
            node, at = _text(rows, at, _ALONE, column, line)
        else:
            node, at = _mapping(rows, at, column + 2, line, depth + 1)
        items.append(node)
    begin = rows[first].start(_DASH)
    made = ("list", first + line, column + 1, begin, items[-1][4], "", True, False, tuple(items), ())
    return _make(Node, made), at


def _text(rows: _Rows, at: int, group: int, column: int, line: int) -> tuple[Node, int]:
    """The text in a row, with its continuation rows, which are indented further."""
    row, here = rows[at], at + line
    text = row[group]
    begin, end = row.span(group)
    left = begin - row.start() + 1
    at += 1
    if text[0] == "'":
        return _make(Node, ("scalar", here, left, begin, end, text[1:-1], False, False, (), ())), at
    _check(text)
    while at < len(rows) and len(rows[at][_SPACES]) > column:
        more = rows[at][_ALONE]
        if rows[at][_DASH] or more is None or more[0] == "'":
            raise _Odd
        _check(more)
        text, end, at = f"{text} {more}", rows[at].end(_ALONE), at + 1
    return _make(Node, ("scalar", here, left, begin, end, text, True, False, (), ())), at


def _check(text: str) -> None:
    """Raise `_Odd` for a text that would end before its line does, or be a key."""
    if ": " in text or " #" in text or text[-1] in ": ":
        raise _Odd
