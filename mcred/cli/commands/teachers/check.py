"""`mcred check`: list what is still missing from a draft."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import check_answer
from mcred.app.lookup import pick_draft
from mcred.app.work.check import check_draft
from mcred.app.work.saved_files import told_missing
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import Json, terminal_of
from mcred.problems import Exit, McredError

EXAMPLES = ("mcred check", "mcred check fractions-number-line", "mcred check fractions-number-line --json")

STYLES = ("text", "github")


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    style: Annotated[
        str, typer.Option("--format", help="text, or github for annotations in its CI.")
    ] = "text",
    json: Json = False,
) -> None:
    """List what is still missing before you can submit. Exits with 1 while anything is missing."""
    edge = terminal_of(ctx)
    if style not in STYLES:
        raise McredError(
            f"--format cannot be '{style}'; use {' or '.join(STYLES)}",
            hint=f"mcred check{f' {credential}' if credential else ''} --format {STYLES[0]}",
            code=Exit.USAGE,
        )
    ws = open_workspace(edge, fetching="no")
    submission = pick_draft(ws, credential, "check")
    with edge.show.answering(style):
        found = check_draft(ws, submission)
    title, gaps, missing = found.draft.definition.title, found.gaps, found.missing
    if json:
        edge.show.answer(check_answer(submission, found))
    else:
        edge.show.problems(found.problems, style)
        if missing:
            edge.show.say(f"{told_missing(missing)}; {found.next} brings back the saved versions.")
        elif gaps:
            edge.show.say(f"{title}: {len(gaps)} {'thing is' if len(gaps) == 1 else 'things are'} missing.")
        else:
            edge.show.say(f"{title} is complete.", style="green")
        edge.show.next(found.next)
    if gaps:
        raise typer.Exit(int(Exit.REFUSED))
