"""Safe YAML parsing into nodes with line numbers; everything dangerous or ambiguous is rejected.

Rejected, with all problems reported at once where possible: aliases, anchors, tags, merges, duplicate keys,
directives, second documents, NUL and other control characters, more than 256 kB, 20 levels or 10,000 nodes
(TRUST: YAML). Scalars stay text; `decode` converts them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import yaml

from mcred.domain.text import SPACES, show_unseen
from mcred.formats.yaml_node import Node
from mcred.problems import Place, Problem

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 10_000

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef"
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
    + "]"
)
"""Characters that could hide or reorder text, or that `badges/signable_text` would not sign: controls, lone
surrogates, line separators, direction overrides, noncharacters."""


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def find_hidden(text: str) -> re.Match[str] | None:
    """The first character of a text that could hide or reorder it."""
    if text.replace("\n", "").isprintable():  # no such character is printable: a tenth of the cost
        return None
    return _HIDDEN.search(text)


def plain_text(data: bytes) -> str:
    """A file's text without byte order mark and with `\\n` line endings."""
    return data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")


@lru_cache(maxsize=4)
def read_nodes(data: bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The document's root node, or None, and every problem.

    The last few results are cached: a list is decoded, then read again for the lines of its entries.
    """
    if len(data) > MAX_BYTES:
        what = f"the file has {-(-len(data) // 1024)} kB, more than {MAX_BYTES // 1024} kB"
        return None, (Problem(what=what, where=Place(file=file), hint="move long text into Markdown files"),)
    try:
        text = plain_text(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        where = Place(file=file, line=line)
        return None, (Problem(what="the text is not UTF-8", where=where, hint="save the file as UTF-8"),)
    reader = _Reader(text, file)
    root = None
    try:
        root = reader.document()
    except _Unreadable as stop:
        reader.problems.append(stop.problem)
    except yaml.YAMLError as error:
        reader.problems.append(reader.broken(error))
    return (None if reader.problems else root), tuple(sorted(reader.problems, key=position))


def position(problem: Problem) -> tuple[int, int]:
    """A sort key: a problem's (line, column)."""
    return (problem.where.line, problem.where.column) if problem.where else (0, 0)


_FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def _scalar(event: Any, text: str, plain: bool) -> Node:
    """A scalar node, made without the constructor: 960 µs for a file that takes 1,080 with it."""
    start = event.start_mark
    made = ("scalar", start.line + 1, start.column + 1, start.index, event.end_mark.index)
    return tuple.__new__(Node, (*made, text, plain, False, (), ()))


class _Reader:
    """Builds nodes from the parser's events, and checks the limits."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.file = file
        self.problems: list[Problem] = []
        self.count = 0
        self.take: Callable[[], Any] = lambda: None
        """The next event."""

    def place(self, line: int, column: int) -> Place:
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Place(file=self.file, line=line, column=column, source=source)

    def note(self, mark: Any, what: str, hint: str) -> None:
        self.problems.append(Problem(what=what, where=self.place(mark.line + 1, mark.column + 1), hint=hint))

    def broken(self, error: yaml.YAMLError) -> Problem:
        mark = getattr(error, "problem_mark", None)
        if mark and getattr(error, "context", None) == "while scanning a quoted scalar":
            begun = error.context_mark  # type: ignore[attr-defined]
            if "end of stream" in str(error):
                where = self.place(begun.line + 1, begun.column + 1)
                return Problem(
                    what="this quotation mark is never closed",
                    where=where,
                    hint="put the same quotation mark at its end",
                )
        detail = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it is not YAML")
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        if line > len(self.lines):
            line, column = len(self.lines), len(self.lines[-1]) + 1
        hint = "look at the indentation and quotes of this line and the one above"
        if line and "\t" in self.lines[line - 1]:
            hint = "indent with spaces, not tabs"
        elif space := self._space_above(line):
            hint = f"replace the {show_unseen(space[1], alike=True)} in line {space[0]} by a plain space"
        return Problem(what=f"this is not readable: {detail}", where=self.place(line, column), hint=hint)

    def _space_above(self, line: int) -> tuple[int, str] | None:
        """The nearest line, this or one of a few above it, with a space that YAML takes for a letter."""
        for number in range(line, max(line - 8, 0), -1):
            if found := re.search(f"[{SPACES}]", self.lines[number - 1]):
                return number, found[0]
        return None

    def document(self) -> Node | None:
        for line, source in enumerate(self.lines if find_hidden(self.text) else (), start=1):
            if hidden := find_hidden(source):
                what = f"there is a hidden character (U+{ord(hidden[0]):04X}) here"
                where = self.place(line, hidden.start() + 1)
                self.problems.append(Problem(what=what, where=where, hint="delete it and retype the text"))
        if self.problems:
            return None
        # As yaml.parse does it, without a generator: an audit takes a million events.
        self.take = yaml.CSafeLoader(self.text).get_event
        root: Node | None = None
        while (event := self.take()) is not None:
            if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
                self.note(event.start_mark, "a line with '%' changes how the rest is read", "remove the line")
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                self.note(event.start_mark, "a second document starts here", "keep one document per file")
                break
            if not isinstance(event, _FRAME):
                root = self.node(event, 1)
        if root is None and not self.problems:
            raise _Unreadable(
                Problem(what="the file is empty", where=Place(file=self.file), hint="start with format: 2")
            )
        return root

    def node(self, event: Any, depth: int) -> Node:
        self.count += 1
        mark = event.start_mark
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            what = "this is nested too deeply" if depth > MAX_DEPTH else "this file has too many values"
            where = self.place(mark.line + 1, mark.column + 1)
            raise _Unreadable(Problem(what=what, where=where, hint="split it into simpler parts"))
        if type(event) is yaml.ScalarEvent and event.anchor is None and event.tag is None:
            style = event.style
            make = self._scalar if style == '"' else _scalar
            return make(event, event.value, not style)
        if isinstance(event, yaml.AliasEvent):
            self.note(mark, f"'*{event.anchor}' refers to another place", "write the value out here")
            return self._scalar(event, "", False)
        if getattr(event, "anchor", None):
            self.note(mark, f"'&{event.anchor}' names this place for reuse", "remove the '&…'")
        if getattr(event, "tag", None):
            self.note(mark, f"the tag '{event.tag}' gives this its own type", "remove the '!…'")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, event.value, not event.style)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return self._mapping(event, depth)

    def _scalar(self, event: Any, text: str, plain: bool) -> Node:
        # The raw text was checked before; only an escape can still produce a hidden character.
        if getattr(event, "style", None) == '"' and (hidden := find_hidden(text)):
            self.note(event.start_mark, f"an escaped hidden character (U+{ord(hidden[0]):04X})", "remove it")
        return _scalar(event, text, plain)

    def _list(self, start: Any, depth: int) -> Node:
        items: list[Node] = []
        take, inner = self.take, depth + 1
        while type(event := take()) is not yaml.SequenceEndEvent:
            items.append(self.node(event, inner))
        return self._closed("list", start, event, items, items=tuple(items))

    def _mapping(self, start: Any, depth: int) -> Node:
        pairs: list[tuple[Node, Node]] = []
        seen: dict[str, int] = {}
        take, inner = self.take, depth + 1
        while type(event := take()) is not yaml.MappingEndEvent:
            key = self.node(event, inner)
            value = self.node(take(), inner)
            text = key.text
            if key.kind != "scalar":
                self.note(event.start_mark, "a key has to be plain text", "put quotes around it if it is one")
            elif text == "<<":
                self.note(event.start_mark, "'<<' merges in another place", "write the keys out here")
            elif text in seen:
                what = f"'{text}' appears twice; the first one is on line {seen[text]}"
                self.note(event.start_mark, what, "keep only one of them")
            seen.setdefault(text, key.line)
            pairs.append((key, value))
        return self._closed("mapping", start, event, [v for _, v in pairs], pairs=tuple(pairs))

    def _closed(
        self,
        kind: Literal["list", "mapping"],
        start: Any,
        end: Any,
        values: list[Node],
        items: tuple[Node, ...] = (),
        pairs: tuple[tuple[Node, Node], ...] = (),
    ) -> Node:
        """A list or mapping; one without brackets ends with its last value."""
        return Node(
            kind=kind,
            line=start.start_mark.line + 1,
            column=start.start_mark.column + 1,
            start=start.start_mark.index,
            end=values[-1].end if values and not start.flow_style else end.end_mark.index,
            flow=bool(start.flow_style),
            items=items,
            pairs=pairs,
        )
