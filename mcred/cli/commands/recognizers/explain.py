"""`mcred explain`: how an award came about, for readers without technical knowledge."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.explanation import BadgeFileRow, explain_answer, explain_stack_answer
from mcred.app.awards.explain import explain
from mcred.app.awards.explain_stack import StackStory
from mcred.cli.render.explanation import meaning, show_explanation
from mcred.cli.render.stack_explanation import tell_stack
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
    found = explain(edge, what, attempt)
    story, show = found.story, edge.show
    if json:
        badge = BadgeFileRow(file=found.file, as_recorded=not found.is_altered) if found.file else None
        if isinstance(story, StackStory):
            show.answer(explain_stack_answer(story, badge, meaning))
        else:
            show.answer(explain_answer(story, badge, meaning))
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
