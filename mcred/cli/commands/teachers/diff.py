"""`mcred diff`: what changed in a portfolio, by part, item and criterion."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.answer import VerbAnswer
from mcred.app.answers.comparison import diff_answer, stack_needs_answer, upgrade_answer
from mcred.app.work.compare import (
    ComparedSides,
    after_comparing,
    compare_sides,
    draw_page,
    pick_compared,
)
from mcred.app.work.requirements import tell_climb, tell_upgrade
from mcred.app.workspace import open_workspace
from mcred.cli.output_file import HTML_MARK, place_output
from mcred.cli.render.comparison import ComparisonLine, as_markdown, lines_of, show_lines
from mcred.cli.render.definition_delta import climb_lines, upgrade_lines
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.problems import Exit, Hint, McredError

EXAMPLES = (
    "mcred diff",
    "mcred diff fractions-number-line --from 2026-09-01 --to draft",
    "mcred diff ana/fractions-number-line --from 1 --to 2 --html changes.html",
    "mcred diff ana/fractions-number-line ben/fractions-number-line",
    "mcred diff fractions-number-line --example proficient",
    "mcred diff fractions-number-line --stack evidence-to-action",
    "mcred diff fractions-number-line --newer --md",
)


def run(
    ctx: typer.Context,
    submission: Annotated[
        str | None, typer.Argument(help="The submission; by default your only open one.")
    ] = None,
    other: Annotated[
        str | None,
        typer.Argument(help="Someone else's submission for the same micro-credential.", metavar="[OTHER]"),
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="An attempt number, a date, draft, or sent.", metavar="WHEN")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="The same; by default your draft.", metavar="WHEN")] = "",
    example: Annotated[
        str, typer.Option(help="Compare with a sample submission from the definition.", metavar="NAME")
    ] = "",
    stack: Annotated[str, typer.Option(help="Show what this stack still requires.", metavar="ID")] = "",
    newer: Annotated[
        bool, typer.Option("--newer", help="Show what the current version of the definition requires.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--md", help="Print it as Markdown.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write it to this file as a side-by-side web page.", metavar="FILE")
    ] = None,
    json: Json = False,
) -> None:
    """Show what changed, and which remarks it answers: your draft since the last feedback."""
    edge = terminal_of(ctx)
    _refuse_mixed(other, since or until, example, stack, newer, html)
    ws = open_workspace(edge)
    note_stale(ws)
    wanted = pick_compared(ws, submission)
    if stack:
        climb = tell_climb(ws, wanted, stack)
        _give(edge.show, climb_lines(climb), stack_needs_answer(climb), markdown)
        _say_next(edge.show, "mcred stacks", markdown)
        return
    if newer:
        upgrade = tell_upgrade(ws, wanted)
        _give(edge.show, upgrade_lines(upgrade), upgrade_answer(upgrade), markdown)
        _say_next(edge.show, f"mcred show {wanted.credential}", markdown)
        return
    told = compare_sides(ws, wanted, other=other, since=since, until=until, example=example)
    if html is not None:
        _write_page(edge, told, html)
    if html is None or json:
        _give(edge.show, lines_of(told), diff_answer(told), markdown)
    _say_next(edge.show, after_comparing(ws, told), markdown and html is None)


def _refuse_mixed(
    other: str | None, moments: str, example: str, stack: str, newer: bool, html: Path | None
) -> None:
    """Raises McredError for options that exclude each other."""
    ways = (other, moments, example, stack, newer)
    if sum(1 for way in ways if way) > 1:
        raise McredError(
            "one comparison at a time: another portfolio, two versions, --example, --stack, or --newer",
            hint="mcred diff --help",
            code=Exit.USAGE,
        )
    if html is not None and (stack or newer):
        raise McredError(
            "a side-by-side page needs two portfolios or two versions",
            hint="mcred diff --newer --md",
            code=Exit.USAGE,
        )
    if html is not None and html.suffix.lower() != ".html":
        raise McredError(
            f"{html} would be overwritten, and its name is not that of a web page",
            hint=f"mcred diff --html {html.stem or 'changes'}.html",
            code=Exit.USAGE,
        )


def _give(show: Show, lines: Iterable[ComparisonLine], answer: VerbAnswer, markdown: bool) -> None:
    """Print or write the result in the requested form."""
    if show.as_json:
        show.answer(answer)
    elif markdown:
        show.say(as_markdown(lines).rstrip("\n"))
    else:
        show_lines(show, lines)
        show.say()


def _say_next(show: Show, command: Hint, markdown: bool) -> None:
    """Print the next command; not for text that is written to a file."""
    if not markdown:
        show.next(command)


def _write_page(edge: Terminal, told: ComparedSides, html: Path) -> None:
    place_output(edge, html, draw_page(told), HTML_MARK)
    edge.show.say(f"The page is at {html}")
