"""`mcred lint`: check everything in the programme."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.programme import lint_answer
from mcred.app.programme.first_steps import first_command
from mcred.app.programme.folder import lint_folder
from mcred.cli.terminal import Json, terminal_of
from mcred.problems import Exit, McredError, errors

STYLES = ("text", "json", "github")
EXAMPLES = ("mcred lint", "mcred lint --format github", "mcred lint --json")


def run(
    ctx: typer.Context,
    style: Annotated[
        str, typer.Option("--format", help="text, json, or github for annotations in its CI.")
    ] = "text",
    json: Json = False,
) -> None:
    """Check the rules, definitions, people, portfolios, and golden examples in your folder."""
    edge = terminal_of(ctx)
    if style not in STYLES:
        raise McredError(
            f"--format cannot be '{style}'; use {', '.join(STYLES)}", hint="mcred lint", code=Exit.USAGE
        )
    json = json or style == "json"
    edge.show.as_json = json
    with edge.show.answering(style), edge.show.working("checking everything"):
        linted = lint_folder(edge)
    found = linted.problems
    if json:
        edge.show.answer(lint_answer(found))
    else:
        edge.show.problems(found, style)
        count = len(errors(found))
        if count:
            edge.show.say(f"{count} {'problem' if count == 1 else 'problems'} found.")
            edge.show.next("mcred lint   (once these are fixed)")
        else:
            said = "No problems found, but see the warnings." if found else "No problems found."
            edge.show.say(said, style="yellow" if found else "green")
            after = first_command(linted.first) or "mcred build"
            edge.show.next("mcred save --programme" if linted.is_edited else after)
    if errors(found):
        raise typer.Exit(int(Exit.REFUSED))
