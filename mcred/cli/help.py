"""What `--help` says: the texts in `help.txt`, laid out for the terminal that they are shown on.

`make golden` writes that file from the verbs, and a test holds it to them. So a help page, and a verb or an
option at TAB, need neither the verbs nor the parser: this module imports next to nothing (decision 58).
"""

from __future__ import annotations

import os
import sys

WIDEST = 100
"""Columns of a page, however wide the terminal is."""
NARROW = 64
"""Columns below which a text stands below its name, as in `show`."""
HELP = "--help, -h  Show this message and exit."
"""The option that every page ends with."""
MOST = 24
"""Columns of a name that has its text beside it."""


class HelpRow:
    """An option or an argument: how it is spelled, and what is said of it."""

    def __init__(self, line: str) -> None:
        self.spelled, _, self.said = line.partition("  ")
        names = self.spelled.replace(" / ", ", ").split(", ")
        *self.names, last = names
        name, _, self.takes = last.partition(" ")
        self.names.append(name)
        self.repeats = "may be repeated" in self.said


class HelpPage:
    """The help of a verb, or of mcred itself, which has no `role`."""

    def __init__(self, block: str) -> None:
        head, self.about, *lines = block.split("\n")
        self.role, _, self.verb = head.removeprefix("== ").rpartition(": ")
        self.more = [line[2:] for line in lines if line[0] == "+"]
        self.arguments = [HelpRow(line) for line in lines if line[0] not in "-+$#"]
        self.options = [*(HelpRow(line) for line in lines if line[0] == "-"), HelpRow(HELP)]
        self.examples = [line[2:] for line in lines if line[0] == "$"]
        self.notes = [line[2:] for line in lines if line[0] == "#"]


def read_pages() -> dict[str, HelpPage]:
    """The pages by verb, mcred's own by the empty text."""
    # Without a Path, which takes longer to load than all of this.
    with open(__file__.removesuffix("py") + "txt", encoding="utf-8") as file:  # noqa: PTH123
        pages = [HelpPage(block) for block in file.read().strip().split("\n\n")]
    return {page.verb.removeprefix("mcred").strip(): page for page in pages}


def help_of(verb: str) -> str:
    """The help of a verb, of mcred itself for the empty text, for standard output as it is now."""
    pages = read_pages()
    page = pages[verb]
    tables = {"Arguments": _rows(page.arguments), "Options": _rows(page.options)}
    verbs: dict[str, list[tuple[str, str]]] = {}
    for name, other in pages.items() if not verb else ():
        if name:
            verbs.setdefault(other.role, []).append((name, other.about))
    width, color = _width(), _is_colored()

    asked = " ".join(row.spelled for row in page.arguments) if verb else "VERB ..."
    lines = _wrapped(f"Usage: {page.verb} [OPTIONS] {asked}", width)
    lines[0] = lines[0].replace("Usage:", _style("Usage:", "1", color))
    for paragraph in (page.about, *page.more):
        lines += ["", *_wrapped(paragraph, width)]
    for found in (tables, verbs):
        names = [name for rows in found.values() for name, _ in rows if len(name) <= MOST]
        column = 4 if width < NARROW else 4 + max(map(len, names), default=0)
        for title, rows in found.items():
            if rows:
                lines += ["", _style(title, "1", color)]
                lines += [line for name, said in rows for line in _row(name, said, width, column, color)]
    if page.examples:
        # Never wrapped here: they are copied.
        lines += ["", _style("Examples", "1", color), *(f"  {example}" for example in page.examples)]
    for note in page.notes:
        lines += ["", *_wrapped(note, width)]
    return "\n".join(lines) + "\n"


def _rows(rows: list[HelpRow]) -> list[tuple[str, str]]:
    return [(row.spelled, row.said) for row in rows]


def _row(name: str, said: str, width: int, column: int, color: bool) -> list[str]:
    """A name with its text beside it, or below it where that leaves too little room."""
    texts = _wrapped(said, width - column, " " * column)
    head = f"  {_style(name, '36', color)}"
    if len(name) + 4 > column:
        return [head, *texts]
    return [head + " " * (column - 2 - len(name)) + texts[0].lstrip(), *texts[1:]]


def _wrapped(text: str, room: int, indent: str = "") -> list[str]:
    """A text in lines of at most so many columns, without `textwrap`, which costs more than all of this."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return [indent + line for line in lines]


def _style(text: str, code: str, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text


def _is_colored() -> bool:
    """Whether standard output is a terminal that shows colors, and the user wants them."""
    refused = os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown") or os.name == "nt"
    return sys.stdout.isatty() and not refused


def _width() -> int:
    """Columns to write in: as COLUMNS or the terminal says, 80 for a pipe."""
    said = os.environ.get("COLUMNS", "")
    try:
        found = int(said) if said.isdecimal() else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        found = 0
    return min(found or 80, WIDEST)
