"""`mcred explain`: how an award came about, for readers without technical knowledge."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.awards.explain import explain
from mcred.app.awards.explain_stack import StackStory
from mcred.cli.render.explanation import show_explanation
from mcred.cli.render.explanation_json import story_json
from mcred.cli.render.stack_explanation import stack_json, tell_stack
from mcred.cli.terminal import Json, terminal_of
from mcred.problems import Exit

EXAMPLES = (
    "mcred explain ana/fractions-number-line",
    "mcred explain ana/fractions-number-line --attempt 1 --brief",
    "mcred explain ana/stacks/evidence-to-action",
    "mcred explain badge.json",
)


def run(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            help="ana/true-cost, ana/stacks/evidence-to-action, or a badge file.",
            metavar="WHAT",
        ),
    ],
    attempt: Annotated[int | None, typer.Option(help="An earlier attempt.", min=1)] = None,
    brief: Annotated[bool, typer.Option("--brief", help="Counts instead of names and remarks.")] = False,
    json: Json = False,
) -> None:
    """Explain how an award came about: the rule at the time, who assessed it and why, what they found.

    WHAT is a submission, a stack badge, or a badge file (JSON, SVG, or PNG). The whole record is audited
    first. Exits with 1 when something about it does not follow from the rules.
    """
    edge = terminal_of(ctx)
    edge.show.as_json = json
    found = explain(edge, what, attempt)
    story, show = found.story, edge.show
    if json:
        told = stack_json(story) if isinstance(story, StackStory) else story_json(story)
        badge = {"file": found.file, "as_recorded": not found.is_altered} if found.file else None
        show.json("mcred/explain/1", {**told, "badge": badge})
    else:
        if found.is_altered:
            said = "This file differs from the badge on record: it was altered."
            show.say(said, style="bold red")
        if isinstance(story, StackStory):
            tell_stack(show, story)
        else:
            show_explanation(show, story, brief=brief)
    if story.findings or found.is_altered:
        raise typer.Exit(int(Exit.REFUSED))
