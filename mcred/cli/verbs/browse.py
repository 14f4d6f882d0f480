"""`mcred browse`: which micro-credentials there are."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.cli.desk import Desk, open_desk
from mcred.cli.edge import Json, edge_of
from mcred.model.credential import Credential
from mcred.model.ids import SubmissionId

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
    edge = edge_of(ctx)
    edge.show.as_json = json
    desk = open_desk(edge, fetching="no", only=lambda s: True)
    found = [d.credential for d in desk.catalog.definitions.values() if d.credential.status == "live"]
    if topic:
        found = [c for c in found if any(topic.casefold() in t.casefold() for t in c.topics)]
    if search:
        found = [c for c in found if search.casefold() in _text(c)]
    found.sort(key=lambda c: (c.topics[:1], c.title))
    if json:
        edge.show.json("mcred/catalogue/1", {"credentials": [_row(desk, c) for c in found]})
        return
    if not found:
        edge.show.say("No micro-credential fits that.")
        edge.show.next("mcred browse")
        return
    edge.show.table(
        ("id", "title", "topic", "hours", "you"),
        [(c.id, c.title, ", ".join(c.topics), str(c.hours or "-"), _word(desk, c)) for c in found],
    )
    for stack in desk.catalog.stacks.values():
        names = ", ".join(stack.credentials)
        edge.show.say(f"Stack {stack.title}: {stack.needed} of {names}")
    edge.show.next(f"mcred show {found[0].id}")


def _text(credential: Credential) -> str:
    texts = (credential.title, credential.competency, credential.key_method, *credential.topics)
    return " ".join(texts).casefold()


def _word(desk: Desk, credential: Credential) -> str:
    if desk.me is None:
        return "-"
    word = desk.standing(SubmissionId(desk.me, credential.id)).word
    return "-" if word == "not started" else word


def _row(desk: Desk, credential: Credential) -> dict[str, object]:
    return {
        "id": credential.id,
        "version": credential.version,
        "title": credential.title,
        "topics": list(credential.topics),
        "competency": credential.competency,
        "hours": credential.hours,
        "needs_students": credential.needs_students,
        "standing": _word(desk, credential),
    }
