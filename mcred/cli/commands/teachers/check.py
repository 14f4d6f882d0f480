"""`mcred check`: list what is still missing from a draft."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.work.drafts import is_sent, pick_draft, read_draft
from mcred.app.work.saved_files import missing_files, told_missing
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.rules.submit import FINAL
from mcred.domain.submission import find_gaps
from mcred.problems import Exit, McredError, errors

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
    """Say what is still missing before you can submit. Ends with 1 while anything is."""
    edge = terminal_of(ctx)
    if style not in STYLES:
        raise McredError(
            f"--format cannot be '{style}': it is {' or '.join(STYLES)}",
            hint=f"mcred check{f' {credential}' if credential else ''} --format {STYLES[0]}",
            code=Exit.USAGE,
        )
    edge.show.as_json = json
    ws = open_workspace(edge, fetching="no", only=lambda s: True)
    submission = pick_draft(ws, credential, "check")
    with edge.show.answering(style):
        draft = read_draft(ws, submission)
    found = (*draft.problems, *find_gaps(draft.work, draft.definition))
    open_gaps = errors(found)
    if json:
        rows = [
            {
                "severity": p.severity,
                "where": str(p.where) if p.where else None,
                "what": p.what,
                "help": str(p.hint),
            }
            for p in found
        ]
        edge.show.json(
            "mcred/check/1", {"submission": str(submission), "complete": not open_gaps, "problems": rows}
        )
    else:
        edge.show.problems(found, style)
        missing = missing_files(ws, submission)
        if missing:
            again = f"mcred restore {submission.credential}"
            edge.show.say(f"{told_missing(missing)}; {again} brings back what was saved.")
            edge.show.next(again)
        elif open_gaps:
            count = len(open_gaps)
            edge.show.say(
                f"{draft.definition.title}: {count} {'thing is' if count == 1 else 'things are'} missing."
            )
            edge.show.next(f"mcred check {submission.credential}   (after you mended these)")
        else:
            edge.show.say(f"{draft.definition.title} is complete.", style="green")
            standing = ws.standing(submission)
            if standing.word in FINAL or is_sent(ws, draft):
                edge.show.next("mcred status")
            else:
                edge.show.next(
                    f"mcred submit {submission.credential}{' --replace' if standing.is_open else ''}"
                )
    if open_gaps:
        raise typer.Exit(int(Exit.REFUSED))
