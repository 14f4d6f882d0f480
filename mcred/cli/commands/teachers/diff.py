"""`mcred diff`: what changed in a portfolio, by part, item and criterion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from mcred.app.lookup import parse_submission
from mcred.app.work.compare import ComparedSides, choose_sides, draw_page, newest_side, tell
from mcred.app.work.drafts import pick_draft
from mcred.app.work.page_wishes import shown_people
from mcred.app.work.requirements import tell_climb, tell_upgrade
from mcred.app.work.versions import example_side, named_side
from mcred.app.workspace import Workspace, open_workspace, whoami
from mcred.cli.output_file import HTML_MARK, place_output
from mcred.cli.render.comparison import ComparisonLine, as_data, as_markdown, lines_of
from mcred.cli.render.definition_delta import (
    climb_data,
    climb_lines,
    upgrade_data,
    upgrade_lines,
)
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.domain.ids import SubmissionId
from mcred.domain.rules.consent import missing_consent
from mcred.problems import Exit, McredError
from mcred.store.git import open_repo

EXAMPLES = (
    "mcred diff",
    "mcred diff fractions-number-line --from 2026-09-01 --to draft",
    "mcred diff ana/fractions-number-line --from 1 --to 2 --html changes.html",
    "mcred diff ana/fractions-number-line ben/fractions-number-line",
    "mcred diff fractions-number-line --example proficient",
    "mcred diff fractions-number-line --stack evidence-to-action",
    "mcred diff fractions-number-line --newer --md",
)

_STYLES = {"out": "red", "in": "green", "moved": "cyan", "dim": "dim", "": ""}


def run(
    ctx: typer.Context,
    submission: Annotated[
        str | None, typer.Argument(help="Whose and which; your only open one when not said.")
    ] = None,
    other: Annotated[
        str | None, typer.Argument(help="Somebody else's of the same micro-credential.", metavar="[OTHER]")
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="An attempt's number, a day, draft or sent.", metavar="WHEN")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", help="The same; your draft when not said.", metavar="WHEN")
    ] = "",
    example: Annotated[
        str, typer.Option(help="Against a golden example of the definition.", metavar="NAME")
    ] = "",
    stack: Annotated[str, typer.Option(help="What this stack would still ask.", metavar="ID")] = "",
    newer: Annotated[
        bool, typer.Option("--newer", help="What today's version of the definition would ask.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--md", help="As Markdown.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="As one page, side by side, into this file.", metavar="FILE")
    ] = None,
    json: Json = False,
) -> None:
    """Show what changed, and which remarks it answers: your draft since the last feedback."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    _refuse_mixed(other, since or until, example, stack, newer, html)
    ws = open_workspace(edge, only=_only(edge, submission))
    note_stale(ws)
    wanted = find_submission(ws, submission)
    if stack:
        climb = tell_climb(ws, wanted, stack)
        _give(edge.show, climb_lines(climb), ("mcred/diff-stack/1", climb_data(climb)), markdown)
        _say_next(edge.show, "mcred stacks", markdown)
        return
    if newer:
        upgrade = tell_upgrade(ws, wanted)
        _give(edge.show, upgrade_lines(upgrade), ("mcred/diff-version/1", upgrade_data(upgrade)), markdown)
        _say_next(edge.show, f"mcred show {wanted.credential}", markdown)
        return
    told = _told(ws, wanted, other, since, until, example)
    if html is not None:
        _write_page(edge, told, html)
    else:
        _give(edge.show, lines_of(told), ("mcred/diff/1", as_data(told)), markdown)
    _say_next(edge.show, _next(ws, told), markdown and html is None)


def _only(edge: Terminal, typed: str | None) -> Callable[[SubmissionId], bool]:
    """A filter for the submissions to read: those of the micro-credential named, else my own."""
    if typed is not None:
        credential = typed.strip("/").rpartition("/")[2]
        return lambda s: s.credential == credential
    me = whoami(open_repo(edge.at))
    return lambda s: s.earner == me


def _refuse_mixed(
    other: str | None, moments: str, example: str, stack: str, newer: bool, html: Path | None
) -> None:
    """Raises McredError for options that exclude each other."""
    ways = (other, moments, example, stack, newer)
    if sum(1 for way in ways if way) > 1:
        raise McredError(
            "one comparison at a time: another portfolio, two moments, --example, --stack or --newer",
            hint="mcred diff --help",
            code=Exit.USAGE,
        )
    if html is not None and (stack or newer):
        raise McredError(
            "a page side by side needs two portfolios or moments",
            hint="mcred diff --newer --md",
            code=Exit.USAGE,
        )
    if html is not None and html.suffix.lower() != ".html":
        raise McredError(
            f"{html} would be written over, and its name is not that of a page",
            hint=f"mcred diff --html {html.stem or 'changes'}.html",
            code=Exit.USAGE,
        )


def _told(
    ws: Workspace, wanted: SubmissionId, other: str | None, since: str, until: str, example: str
) -> ComparedSides:
    if example:
        after = newest_side(ws, wanted)
        return tell(ws, example_side(ws, after.state.definition, example), after)
    if other is None:
        return tell(ws, *choose_sides(ws, wanted, since, until))
    second = find_submission(ws, other)
    if second.credential != wanted.credential:
        raise McredError(
            f"{wanted} and {second} are two micro-credentials: nothing in them belongs together",
            hint=f"mcred diff {wanted} {second.earner}/{wanted.credential}",
        )
    missing = missing_consent(ws.me, (wanted.earner, second.earner), shown_people(ws))
    if missing:
        raise McredError(
            f"{' and '.join(missing)} did not say that their work may be compared with somebody else's",
            hint=f"mcred setup --share-work   (typed by {' and by '.join(missing)})",
            code=Exit.NOT_ALLOWED,
        )
    sides = [newest_side(ws, s) if s.earner == ws.me else named_side(ws, s, "sent") for s in (wanted, second)]
    return tell(ws, *(replace(side, label=f"{side.submission.earner}, {side.label}") for side in sides))


def find_submission(ws: Workspace, typed: str | None) -> SubmissionId:
    """The submission named, or my only open one."""
    if typed is None:
        return pick_draft(ws, None, "diff")
    if "/" not in typed and ws.me is not None and typed in ws.catalog.definitions:
        return ws.submission(typed)
    return parse_submission(ws, typed)


def _give(
    show: Show, lines: Iterable[ComparisonLine], data: tuple[str, dict[str, Any]], markdown: bool
) -> None:
    """Print or write the result in the requested form."""
    if show.as_json:
        show.json(*data)
    elif markdown:
        show.say(as_markdown(lines).rstrip("\n"))
    else:
        show_lines(show, lines)
        show.say()


def _say_next(show: Show, command: str, markdown: bool) -> None:
    """Print the next command; not for text that is written to a file."""
    if not markdown:
        show.next(command)


def show_lines(show: Show, lines: Iterable[ComparisonLine]) -> None:
    """Print a comparison."""
    styles = {"title": "bold", "part": "bold", "item": "cyan", "criterion": "cyan", "open": "yellow"}
    for line in lines:
        if line.kind == "part":
            show.say()
        indent = 2 * line.depth
        if line.kind in styles:
            show.say(line.text, style=styles[line.kind], indent=indent)
        else:
            show.mixed([(text, _STYLES[look]) for text, look in line.pieces], indent)


def _write_page(edge: Terminal, told: ComparedSides, html: Path) -> None:
    place_output(edge, html, draw_page(told), HTML_MARK)
    edge.show.say(f"The page is {html}")


def _next(ws: Workspace, told: ComparedSides) -> str:
    submission = told.after.submission
    if ws.me == submission.earner and not told.after.attempt:
        return f"mcred check {submission.credential}"
    if ws.me in ws.standing(submission).missing:
        return f"mcred assess {submission}"
    return "mcred status"
