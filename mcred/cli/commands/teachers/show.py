"""`mcred show`: show everything about one micro-credential."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.catalogue import credential_answer
from mcred.app.work.drafts import has_draft
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.domain.credential import Credential
from mcred.domain.ids import say_credits
from mcred.domain.programme import Policy

EXAMPLES = ("mcred show fractions-number-line", "mcred show student-work-protocol --rubric")


def run(
    ctx: typer.Context,
    credential: Annotated[str, typer.Argument(help="Which micro-credential.", metavar="ID")],
    rubric: Annotated[bool, typer.Option("--rubric", help="Only the rubric.")] = False,
    json: Json = False,
) -> None:
    """Show a micro-credential: what it is about, what to submit, how it is assessed."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="no")
    found = ws.known(credential)
    if json:
        edge.show.answer(credential_answer(found))
        return
    if not rubric:
        _describe(edge, found, ws.catalog.programme.assessment.for_credential(found))
        _parts(edge, found)
    _rubric(edge, found)
    if ws.me is not None and has_draft(ws, ws.submission(found.id)):
        edge.show.next(f"mcred check {found.id}")
    else:
        edge.show.next(f"mcred start {found.id}" if found.status == "live" else "mcred browse")


def _describe(edge: Terminal, found: Credential, policy: Policy) -> None:
    show = edge.show
    show.title(f"{found.title}  ({found.id} {found.version})")
    effort = f"about {found.hours} hours" if found.hours else ""
    worth = say_credits(found.credits) if found.credits else ""
    show.say(" · ".join(filter(None, (", ".join(found.topics), effort, worth))))
    if found.status != "live":
        show.say(f"This micro-credential is {found.status}.", style="yellow")
    for heading, text in (("Competency", found.competency), ("Key method", found.key_method)):
        show.say()
        show.title(heading)
        show.say(text, indent=2)
    show.say()
    show.title("The method")
    for component in found.method_components:
        show.say(component.title, indent=2)
        show.say(component.text, indent=4)
    show.say()
    show.title("Research and resources")
    for source in found.research:
        show.say(f"- {source.citation}{f'  {source.url}' if source.url else ''}", indent=2)
    for resource in found.resources:
        show.say(f"- {resource.title}{f'  {resource.url}' if resource.url else ''}", indent=2)
    show.say()
    show.title("How it is assessed")
    show.say(
        f"The first {policy.expert_submissions} submissions are assessed by experts ({policy.experts} each), "
        f"later ones by {policy.peers} teachers who earned it before. They have {policy.due_days} days.",
        indent=2,
    )
    show.say(f"To earn it: {found.award_rule}.", indent=2)
    if found.validity:
        show.say(f"It is valid for {found.validity.months} months.", indent=2)
    if found.prerequisites:
        show.say(f"Earn first: {', '.join(found.prerequisites)}.", indent=2)


def _parts(edge: Terminal, found: Credential) -> None:
    for number, part in enumerate(found.parts, start=1):
        edge.show.say()
        edge.show.title(f"Part {number}: {part.title}")
        if part.text:
            edge.show.say(part.text, indent=2)
        for item in part.items:
            edge.show.say(f"- {item.title}  [{item.id}] {item.requirement}", indent=2)
            if item.text:
                edge.show.say(item.text, indent=4)


def _rubric(edge: Terminal, found: Credential) -> None:
    edge.show.say()
    edge.show.title("Rubric")
    for criterion in found.criteria:
        edge.show.say(f"{criterion.title}  [{criterion.id}]", indent=2)
        for level in found.scale_of(criterion):
            mark = " (needed)" if level == found.required_level(criterion) else ""
            edge.show.say(f"{level}{mark}: {criterion.levels.get(level, '')}", indent=4)
