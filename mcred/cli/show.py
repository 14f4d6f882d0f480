"""The only printer. Results go to stdout, remarks to stderr; user text never becomes markup or control codes.

Nothing here decides anything; verbs pass in plain text and tables.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mcred.domain.text import clean, show_unseen
from mcred.problems import Hint, McredError, Problem

MOST_PROBLEMS = 50
"""The most problems that are printed; of others only their number."""
NARROW = 64
"""Columns below which a table would break its words."""
WORD = 40
"""The most characters of a word that a table never breaks."""


if TYPE_CHECKING:
    from mcred.app.answers.answer import VerbAnswer
    from mcred.app.workspace import Workspace


class Show:
    """Prints for one run of mcred. `quiet` omits remarks."""

    def __init__(self, out: IO[str] | None = None, talk: IO[str] | None = None) -> None:
        self.out = _console(out or sys.stdout)
        self.talk = _console(talk or sys.stderr)
        self.as_json = False
        self._hidden: set[str] = set()

    def hide(self, secret: str) -> None:
        """Never print this text from now on."""
        self._hidden.add(secret)

    def without_secrets(self, text: str) -> str:
        """Text with the secrets removed, for printing or storing."""
        for secret in self._hidden:
            text = text.replace(secret, "…")
        return text

    def plain(self, text: str) -> str:
        """Text as a terminal shows it: without control codes and secrets."""
        return clean(self.without_secrets(text))

    def _shown(self, text: str) -> str:
        """What is wrong, as a terminal shows it, with what cannot be seen in its quotations."""
        return clean(show_unseen(self.without_secrets(text)))

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """A line (or paragraph) of the result."""
        if self.as_json:
            return
        _print(self.out, self.plain(text), style, indent)

    def title(self, text: str) -> None:
        """A heading within the result."""
        self.say(text, style="bold")

    def mixed(self, pieces: Sequence[tuple[str, str]], indent: int = 0) -> None:
        """A paragraph of styled pieces: text and style of each."""
        if self.as_json:
            return
        text = Text.assemble(*((self.plain(words), style) for words, style in pieces))
        if self.out.is_terminal:
            self.out.print(Padding(text, (0, 0, 0, indent), expand=False))
        else:
            self.out.print(Text.assemble(" " * indent, text), soft_wrap=True)

    def note(self, text: str, style: str = "dim", indent: int = 0) -> None:
        """A remark: progress or advice; never part of the result."""
        _print(self.talk, self.plain(text), style, indent)

    def notes(self, lines: Iterable[str]) -> None:
        """Remarks of one kind, a line each; of very many the first ones and the number of others."""
        found = tuple(lines)
        for line in found[:MOST_PROBLEMS]:
            self.note(line, style="yellow")
        if len(found) > MOST_PROBLEMS:
            self.note(f"… and {len(found) - MOST_PROBLEMS:,} more", style="yellow")

    def next(self, command: Hint) -> None:
        """The next command, on a line of its own that is never wrapped."""
        if self.as_json:
            return
        self.out.print(Text.assemble(("Next: ", "bold green"), self.plain(str(command))), soft_wrap=True)

    def whole(self, text: str) -> None:
        """A line of the result that is copied, so never wrapped."""
        if not self.as_json:
            self.out.print(Text(self.plain(text)), soft_wrap=True)

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Rows below headers; on a narrow terminal each row as a block of its own."""
        if self.as_json:
            return
        if self.out.is_terminal and self.out.width < NARROW and len(headers) > 2:
            for row in rows:
                self._block(headers, row)
            return
        from rich.table import Table  # here, and so everywhere: what few verbs need and takes 3 ms or more

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        cells = [[Text(self.plain(cell)) for cell in row] for row in rows]
        for number, header in enumerate(headers):
            # What people copy stays in one piece: ids and dates have no place to break a line at.
            is_word = all(" " not in (cell := line[number].plain) and len(cell) <= WORD for line in cells)
            table.add_column(header, overflow="fold", no_wrap=is_word)
        for line in cells:
            table.add_row(*line)
        self.out.print(table)

    def _block(self, headers: Sequence[str], row: Sequence[str]) -> None:
        """A row as its first cell with the others labelled below it; empty ones are left out."""
        self.say(row[0], style="bold")
        for header, cell in zip(headers[1:], row[1:], strict=True):
            if cell.strip(" -"):
                self.say(f"{header}: {cell}" if header else cell, indent=2)

    def answer(self, answer: VerbAnswer, *, lines: bool = True) -> None:
        """The result as one JSON document, which begins with its schema's name; `lines`: on many lines."""
        from mcred.app.answers.answer import answer_to_plain

        plain = answer_to_plain(answer)
        text = json.dumps(plain, ensure_ascii=True, indent=2 if lines else None)
        self.out.file.write(self.without_secrets(text) + "\n")
        self.out.file.flush()  # a command may forget now what it has shown

    def problems(self, problems: Iterable[Problem], style: str = "text") -> None:
        """The result of a verb that looks for problems. `style` github: annotations for its CI."""
        self._problems(problems, self.out, style)

    def warn(self, problems: Iterable[Problem]) -> None:
        """Problems that do not stop the command, on stderr."""
        self._problems(problems, self.talk)

    def _problems(self, problems: Iterable[Problem], console: Console, style: str = "text") -> None:
        found = tuple(problems)
        for problem in found[:MOST_PROBLEMS]:
            if style == "github":
                console.print(Text(_annotation(problem)), soft_wrap=True)
            else:
                self._problem(problem, console)
        if len(found) > MOST_PROBLEMS:
            console.print(f"… and {len(found) - MOST_PROBLEMS:,} more")

    @contextmanager
    def answering(self, style: str = "text") -> Iterator[None]:
        """Show an error's problems as the result, for a verb that looks for them."""
        try:
            yield
        except McredError as error:
            if self.as_json or not error.problems:
                raise
            self.problems(error.problems, style)
            raise McredError(error.what, hint=error.hint, code=error.code) from error

    def _problem(self, problem: Problem, console: Console) -> None:
        """A problem's place, its source line with a caret, and help."""
        place = f"{problem.where}: " if problem.where else ""
        mark = "bold red" if problem.severity == "error" else "bold yellow"
        wide = not console.is_terminal
        head = Text.assemble(
            (clean(show_unseen(place)), "bold"), (f"{problem.severity}: ", mark), self._shown(problem.what)
        )
        console.print(head, soft_wrap=wide)
        if problem.where and problem.where.source.strip():
            line = problem.where.source.expandtabs(1)
            source, column = clean(show_unseen(line)), problem.where.column
            before = len(clean(show_unseen(line[: column - 1]))) if column else 0
            start = max(0, before - 39) if len(source) > 100 else 0
            console.print(Text("    " + source[start : start + 100], style="dim"), soft_wrap=True)
            if column:
                console.print(Text(" " * (before + 4 - start) + "^", style=mark))
        if problem.hint:
            console.print(Text.assemble(("    help: ", "green"), clean(str(problem.hint))), soft_wrap=wide)

    def error(self, error: McredError) -> None:
        """An error: what happened, every problem, the next command."""
        said = Text.assemble(("Not done: ", "bold red"), self._shown(error.what))
        self.talk.print(said, soft_wrap=not self.talk.is_terminal)
        self.warn(error.problems)
        if error.hint:
            self.talk.print(
                Text.assemble(("Next: ", "bold green"), self.plain(str(error.hint))), soft_wrap=True
            )

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str, int, int | None], None] | None]:
        """Progress of a long operation: a bar on a terminal, nothing when piped, though colors are forced.

        Yields a function that takes (phase, done, total or None), or None when no progress is shown.
        """
        if not (self.talk.is_terminal and self.talk.file.isatty()):
            yield None
            return
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(20),
            TextColumn("{task.fields[count]}"),
        )
        with Progress(*columns, console=self.talk, transient=True) as bar:
            task = bar.add_task(clean(what), total=None, count="")

            def tell(phase: str, done: int, total: int | None) -> None:
                count = f"{done}/{total}" if total is not None else ""
                bar.update(task, description=clean(phase or what), completed=done, total=total, count=count)

            yield tell


def show_of(ws: Workspace) -> Show:
    """The printer of a workspace that was opened from a terminal."""
    show = ws.ctx.show
    if not isinstance(show, Show):
        raise TypeError("this workspace was not opened from a terminal")
    return show


def note_stale(ws: Workspace, what: str = "What follows is") -> None:
    """Print that `what` may be old, where the remote could not be reached."""
    if ws.stale is not None:
        ws.ctx.show.note(f"{ws.stale.what}. {what} what was last received.", style="yellow")


class _Console(Console):
    """Prints nowhere once its reader has left, as `head` does, so that the command finishes its work."""

    def on_broken_pipe(self) -> None:
        """Called by rich, which otherwise ends the program."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def _console(file: IO[str]) -> Console:
    console = _Console(file=file, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 100
    return console


def _print(console: Console, text: str, style: str, indent: int = 0) -> None:
    if console.is_terminal and not text:
        # Padding around nothing is nothing at all, not even a line.
        console.print()
    elif console.is_terminal:
        console.print(Padding(Text(text, style=style), (0, 0, 0, indent), expand=False))
    else:
        # Piped: never wrapped or padded, so that other programs find whole lines.
        console.print(Text(textwrap.indent(text, " " * indent), style=style), soft_wrap=True)


def _annotation(problem: Problem) -> str:
    """A workflow command of GitHub's CI, its data escaped as that format requires."""

    def escape(text: str) -> str:
        text = clean(text).replace("%", "%25").replace("\n", "%0A")
        return text.replace(":", "%3A").replace(",", "%2C")

    where = problem.where
    place = (
        f" file={escape(where.file)},line={max(where.line, 1)},col={max(where.column, 1)}" if where else ""
    )
    text = clean(f"{show_unseen(problem.what)} ({problem.hint})").replace("%", "%25").replace("\n", "%0A")
    return f"::{problem.severity}{place}::{text}"
