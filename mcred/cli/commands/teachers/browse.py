"""`mcred browse`: list the micro-credentials."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.credential import Credential
from mcred.domain.ids import SubmissionId

EXAMPLES = ("mcred browse", "mcred browse --topic fractions", "mcred browse --search protocol --json")


def run(
    ctx: typer.Context,
    topic: Annotated[str | None, typer.Option(help="Only topics with this in their name.")] = None,
    search: Annotated[
        str | None, typer.Option(help="Only those with this in title, competency or method.")
    ] = None,
    json: Json = False,
) -> None:
    """List the micro-credentials by topic, with where you stand."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    ws = open_workspace(edge, fetching="no", only=lambda s: True)
    found = [d.credential for d in ws.catalog.definitions.values() if d.credential.status == "live"]
    if topic:
        found = [c for c in found if any(topic.casefold() in t.casefold() for t in c.topics)]
    if search:
        found = [c for c in found if search.casefold() in _text(c)]
    found.sort(key=lambda c: (c.topics[:1], c.title))
    if json:
        edge.show.json("mcred/catalogue/1", {"credentials": [_row(ws, c) for c in found]})
        return
    if not found:
        edge.show.say("No micro-credential fits that.")
        edge.show.next("mcred browse")
        return
    edge.show.table(
        ("id", "title", "topic", "hours", "you"),
        [(c.id, c.title, ", ".join(c.topics), str(c.hours or "-"), _word(ws, c)) for c in found],
    )
    for stack in ws.catalog.stacks.values():
        names = ", ".join(stack.credentials)
        edge.show.say(f"Stack {stack.title}: {stack.needed} of {names}")
    edge.show.next(f"mcred show {found[0].id}")


def _text(credential: Credential) -> str:
    texts = (credential.title, credential.competency, credential.key_method, *credential.topics)
    return " ".join(texts).casefold()


def _word(ws: Workspace, credential: Credential) -> str:
    if ws.me is None:
        return "-"
    word = ws.standing(SubmissionId(ws.me, credential.id)).word
    return "-" if word == "not started" else word


def _row(ws: Workspace, credential: Credential) -> dict[str, object]:
    return {
        "id": credential.id,
        "version": credential.version,
        "title": credential.title,
        "topics": list(credential.topics),
        "competency": credential.competency,
        "hours": credential.hours,
        "needs_students": credential.needs_students,
        "standing": _word(ws, credential),
    }
