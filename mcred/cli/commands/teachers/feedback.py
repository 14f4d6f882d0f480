"""`mcred feedback`: show the feedback of the assessors and the issuer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from mcred.app.answers.work import feedback_answer
from mcred.app.work.feedback import Feedback, view_feedback
from mcred.app.workspace import open_workspace
from mcred.cli.show import Show, note_stale
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.credential import Credential
from mcred.domain.erasure import describe_erased
from mcred.problems import McredError

EXAMPLES = (
    "mcred feedback",
    "mcred feedback fractions-number-line",
    "mcred feedback ana/fractions-number-line",
    "mcred feedback --json",
)

UNREAD = (
    "no reading key in this folder opens them. They open on the computer you used when this was decided, and "
    "for your assessors and the issuers; you can ask one of them."
)
SAID = {"award": "earned", "revise": "not yet earned", "decline": "declined"}


def run(
    ctx: typer.Context,
    credential: Annotated[
        str | None,
        typer.Argument(help="Which micro-credential; ana/true-cost where Ana lets you in.", metavar="[ID]"),
    ] = None,
    attempt: Annotated[
        int | None, typer.Option(help="An earlier attempt; every attempt is kept.", min=1)
    ] = None,
    json: Json = False,
) -> None:
    """Show the feedback on your work, criterion by criterion. Earlier feedback stays available."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    note_stale(ws)
    found = view_feedback(ws, credential, attempt)
    if json:
        edge.show.answer(feedback_answer(found))
        return
    _show(edge.show, found, edge.now().date())


def _show(show: Show, found: Feedback, today: date) -> None:
    decision, definition = found.decision, found.definition
    if definition is None:
        raise McredError("the definition it was assessed by cannot be read", hint="mcred sync")
    show.title(f"{definition.title}, attempt {decision.attempt}: {SAID[decision.outcome]}")
    show.say(f"{decision.decided.date()}, decided by {decision.issuer}")
    if decision.feedback:
        show.say(decision.feedback, indent=2)
    if decision.reason:
        show.say(f"Reason: {decision.reason}", indent=2)
    if decision.is_sealed:
        show.say(f"The levels and the feedback are sealed, and {UNREAD}", style="yellow")
    _show_levels(show, found, definition)
    for assessment in found.assessments:
        if assessment.summary:
            show.say()
            show.say(f"{assessment.assessor}: {assessment.summary}", indent=2)
    show.say()
    _show_ended(show, found, today)
    for sentence in describe_erased(found.record.erasures, decision.attempt):
        show.say(sentence, style="yellow")
    if found.record.id.earner != found.viewer:
        show.next(f"mcred view {found.record.id}")
        return
    if found.revisable is None:
        show.next("mcred status")
        return
    if found.revisable == "not yet earned":
        show.say(
            "Revise the criteria above and resubmit. Criteria whose evidence is unchanged keep their level."
        )
        if found.coaches:
            show.say(
                f"This was attempt {decision.attempt}. {' or '.join(found.coaches)} can help as a coach."
            )
    else:
        show.say("You can resubmit it: change the files in your folder, then submit.")
    show.next(f'mcred submit {found.record.id.credential} --note "what you changed"')


def _show_ended(show: Show, found: Feedback, today: date) -> None:
    """Print that an award was revoked, and why; or until when it is valid."""
    decision, revocations = found.decision, found.record.revocations
    if decision.outcome != "award":
        return
    if decision.attempt in revocations:
        revocation = revocations[decision.attempt]
        by = f" by {revocation.issuer} on {revocation.revoked.date()}" if revocation else ""
        show.say(f"Revoked{by}", style="bold red")
        show.say(revocation.reason if revocation else "The reason cannot be read.", indent=2)
    elif found.ends:
        show.say(f"{'It was valid until' if found.ends < today else 'It is valid until'} {found.ends}.")


def _show_levels(show: Show, found: Feedback, definition: Credential) -> None:
    for settled in found.decision.levels:
        criterion = next((c for c in definition.criteria if c.id == settled.criterion), None)
        if criterion is None:
            continue
        needed = definition.required_level(criterion)
        met = definition.meets(criterion, settled.level)
        show.say()
        show.say(
            f"{criterion.title}: {settled.level}" + ("" if met else f" ({needed} required)"),
            style="green" if met else "yellow",
        )
        if settled.carried:
            show.say("kept from the attempt before: its evidence did not change", indent=4)
        if settled.reason:
            show.say(f"Reason: {settled.reason}", indent=4)
        if settled.feedback:
            show.say(settled.feedback, indent=4)
        for assessment in found.assessments:
            for score in assessment.scores:
                if score.criterion == settled.criterion and score.feedback:
                    show.say(f"{assessment.assessor} ({score.level}): {score.feedback}", indent=4)
