"""`mcred browse`: list the micro-credentials."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.catalogue import catalogue_answer
from mcred.app.work.browse import browse
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import Json, terminal_of

EXAMPLES = (
    "mcred browse",
    "mcred browse fractions",
    "mcred browse student work",
    "mcred browse --topic mathematics --json",
)


def run(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only those that have these words in their title, topics, competency, or method; "
            "accents and small slips do not matter.",
            metavar="[WORD…]",
        ),
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Only topics whose name contains this.")] = None,
    json: Json = False,
) -> None:
    """List the micro-credentials by topic, with where you stand."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="no")
    found = browse(ws, topic or "", " ".join(words or ()))
    if json:
        edge.show.answer(catalogue_answer(found))
        return
    if not found:
        edge.show.say("No micro-credential matches that.")
        edge.show.next("mcred browse")
        return
    more = ("credits",) if any(row.credential.credits for row in found) else ()
    edge.show.table(
        ("id", "title", "topic", "hours", *more, "you"),
        [
            (
                *(c.id, c.title, ", ".join(c.topics), str(c.hours or "-")),
                *(str(c.credits or "-") for _ in more),
                row.word,
            )
            for row in found
            for c in (row.credential,)
        ],
    )
    for stack in ws.catalog.stacks.values():
        names = ", ".join(stack.credentials)
        edge.show.say(f"Stack {stack.title}: {stack.needed} of {names}")
    edge.show.next(f"mcred show {found[0].credential.id}")
