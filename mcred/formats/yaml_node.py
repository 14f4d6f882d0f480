"""What YAML text is read into: a tree of nodes that know where they stand."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Node(NamedTuple):
    """A scalar (`text`), a list (`items`) or a mapping (`pairs`); `line` and `column` count from 1.

    `start` and `end` are where it stands in the text as `plain_text` gives it. A named tuple, made in
    half the time of a dataclass: where many files are read there are a hundred thousand.
    """

    kind: Literal["scalar", "list", "mapping"]
    line: int
    column: int
    start: int
    end: int
    text: str = ""
    plain: bool = True
    """Written without quotes: only then is an empty or `null` scalar "nothing"."""
    flow: bool = False
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether this is an empty value such as `note:`."""
        return self.kind == "scalar" and self.plain and self.text in ("", "~", "null")

    def get(self, key: str) -> Node | None:
        """The value of a mapping's key."""
        return next((value for name, value in self.pairs if name.text == key), None)
