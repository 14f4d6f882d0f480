"""`mcred diff`: what changed in a portfolio, by part, item and criterion."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.cli.desk import Desk, open_desk
from mcred.cli.differing import Told, choose_sides, tell
from mcred.cli.diffwords import as_data, as_markdown, lines_of
from mcred.cli.drafts import pick_draft
from mcred.cli.edge import Json, edge_of
from mcred.cli.naming import parse_submission
from mcred.cli.show import Show
from mcred.model.ids import SubmissionId

EXAMPLES = (
    "mcred diff",
    "mcred diff fractions-number-line --from 2026-09-01 --to draft",
    "mcred diff ana/fractions-number-line --from 1 --to 2 --md",
)

_STYLES = {"out": "red", "in": "green", "moved": "cyan", "dim": "dim", "": ""}


def run(
    ctx: typer.Context,
    submission: Annotated[
        str | None, typer.Argument(help="Whose and which; your only open one when not said.")
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="An attempt's number, a day, draft or sent.", metavar="WHEN")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", help="The same; your draft when not said.", metavar="WHEN")
    ] = "",
    markdown: Annotated[bool, typer.Option("--md", help="As Markdown.")] = False,
    json: Json = False,
) -> None:
    """Show what changed, and which remarks it answers: your draft since the last feedback."""
    edge = edge_of(ctx)
    edge.show.as_json = json
    desk = open_desk(edge)
    wanted = find_submission(desk, submission)
    told = tell(desk, *choose_sides(desk, wanted, since, until))
    if json:
        edge.show.json("mcred/diff/1", as_data(told))
    elif markdown:
        edge.show.say(as_markdown(lines_of(told)))
    else:
        show_lines(edge.show, told)
        edge.show.next(_next(desk, told))


def find_submission(desk: Desk, typed: str | None) -> SubmissionId:
    """The submission named, or my only open one."""
    if typed is None:
        return pick_draft(desk, None, "diff")
    if "/" not in typed and desk.me is not None and typed in desk.catalog.definitions:
        return desk.submission(typed)
    return parse_submission(desk, typed)


def show_lines(show: Show, told: Told) -> None:
    """The comparison on the terminal."""
    for line in lines_of(told):
        if line.kind == "part":
            show.say()
        style = {"title": "bold", "part": "bold", "item": "cyan", "criterion": "cyan"}.get(line.kind)
        indent = 2 * line.depth
        if style is not None:
            show.say(line.text, style=style, indent=indent)
        else:
            show.mixed([(text, _STYLES[look]) for text, look in line.pieces], indent)
    show.say()


def _next(desk: Desk, told: Told) -> str:
    submission = told.after.submission
    if desk.me == submission.earner and told.after.label == "your draft":
        return f"mcred check {submission.credential}"
    if desk.me in desk.standing(submission).missing:
        return f"mcred assess {submission}"
    return "mcred status"
