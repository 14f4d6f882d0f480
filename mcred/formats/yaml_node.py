"""YAML nodes with their positions in the text."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Node(NamedTuple):
    """A scalar (`text`), a list (`items`) or a mapping (`pairs`); `line` and `column` count from 1.

    `start` and `end` are offsets in the text that `plain_text` returns. A named tuple, made in half the
    time of a dataclass: reading many files makes a hundred thousand.
    """

    kind: Literal["scalar", "list", "mapping"]
    line: int
    column: int
    start: int
    end: int
    text: str = ""
    plain: bool = True
    """Written without quotes: only then does an empty or `null` scalar mean null."""
    flow: bool = False
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether this is an empty value such as `note:`."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null")

    def get(self, key: str) -> Node | None:
        """The value of a mapping's key, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)
