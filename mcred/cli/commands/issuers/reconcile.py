"""`mcred reconcile`: from the assessors' levels to a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from mcred.app.answers.answer import VerbAnswer
from mcred.app.answers.decisions import decided_answer, matrix_answer
from mcred.app.awards.decide import Case
from mcred.app.awards.reconcile import Reconcile, ReconcilePlan, ReconcileResult
from mcred.app.awards.stacks import stack_title
from mcred.app.clock import check_clock
from mcred.app.use_case import Plan
from mcred.app.workspace import Workspace
from mcred.cli.render.review import show_levels
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.domain.decision import Outcome
from mcred.domain.rules.attestation import attested_flag

EXAMPLES = (
    "mcred reconcile ana/fractions-number-line",
    "mcred reconcile ana/fractions-number-line --award --yes",
    'mcred reconcile ana/fractions-number-line --revise --feedback "Show the second lesson."',
    'mcred reconcile ana/fractions-number-line --revise --level "student-talk=basic: See part 2."',
)

_DECIDED: Mapping[Outcome, str] = {
    "award": "awarded",
    "revise": "returned for revision",
    "decline": "declined",
}


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="The submission, such as ana/true-cost.")],
    award: Annotated[bool, typer.Option("--award", help="Award it.")] = False,
    revise: Annotated[bool, typer.Option("--revise", help="Return it with feedback, to revise.")] = False,
    decline: Annotated[bool, typer.Option("--decline", help="Decline it permanently.")] = False,
    level: Annotated[
        list[str] | None,
        typer.Option(help="Set a criterion's level yourself.", metavar="CRITERION=LEVEL[: WHY]"),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why you depart from the recommendation, or set a level.")] = "",
    feedback: Annotated[str, typer.Option(help="Feedback for the earner.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show the assessors' levels side by side, and decide: award, revise, or decline."""
    edge = terminal_of(ctx)
    command = Reconcile(
        submission=submission,
        award=award,
        revise=revise,
        decline=decline,
        level=tuple(level or ()),
        reason=reason,
        feedback=feedback,
    )

    cases: list[Case] = []

    def show_plan(ws: Workspace, plan: Plan[ReconcileResult]) -> None:
        if not isinstance(plan, ReconcilePlan):
            return
        cases.append(plan.case)
        if not (json or dry_run):
            check_clock(ws, plan.case.request.requested)
        show_matrix(edge.show, plan.case, with_feedback=command.outcome is None)

    def answer(found: ReconcileResult) -> VerbAnswer:
        return matrix_answer(cases[0]) if found.status == "open" else decided_answer(found)

    run_command(edge, command, _show_result, answer, yes=yes, show_plan=show_plan)


def show_matrix(show: Show, case: Case, *, with_feedback: bool) -> None:
    """Print criterion by criterion who gave which level, and the resulting one."""
    show.title(f"{case.definition.title}: {case.submission}, attempt {case.standing.attempt}")
    show_levels(show, [a.assessor for a in case.assessments], case.matrix.rows)
    for assessment in case.assessments if with_feedback else ():
        for score in assessment.scores:
            if score.feedback:
                show.say(f"{assessment.assessor} on {score.criterion}: {score.feedback}", indent=2)
    show.say(f"Recommended: {case.matrix.recommended} ({'; '.join(case.matrix.reasons)})", style="bold")
    for doubt in case.doubts:
        show.say(f"This panel does not follow the rules: {doubt}.", style="bold red")
    for found in case.assessments:
        if found.attested is not None:
            show.say(f"{attested_flag(found, found.attested)}.", style="yellow")
    for changed in case.altered:
        show.say(f"{changed}; the levels stay as they were recorded.", style="bold yellow")
    for one in case.proposals:
        said = one.said
        show.say(f"{said.issuer} proposes to {said.outcome} it, against the levels: {said.reason}", "yellow")
        for level in said.levels:
            show.say(f"{said.issuer} sets {level.criterion} to {level.level}: {level.reason}", indent=2)
    if case.matrix.escalated:
        show.say("Where assessors disagree, set the level yourself and say why.", style="yellow")


def _show_result(show: Show, found: ReconcileResult) -> None:
    earlier, name = found.earlier, f"{found.submission}, attempt {found.attempt}"
    if found.proposed is not None:
        outcome, others = found.proposed.outcome, " or ".join(found.seconds)
        show.say(f"{name}: you propose to {outcome} it; the levels recommend {found.recommended}.", "bold")
        show.say(f"It is not decided yet: {others} has to agree and give a reason.")
        show.next(f"mcred reconcile {found.submission} --{outcome}   (by {others})")
        return
    if found.outcome is None:
        show.next(f"mcred reconcile {found.submission} --{found.recommended}")
        return
    if earlier is not None:
        day = earlier.decided.date()
        show.say(f"{name}: {_DECIDED[earlier.outcome]} by {earlier.issuer} on {day}.")
    else:
        show.say(f"{name}: {_DECIDED[found.outcome]}.", style="bold green")
    for person, stack in found.stacks:
        title = stack_title(found.ws.catalog, stack)
        show.say(f"{person} also completed {title} and has its badge.")
    show.next("mcred build" if found.outcome == "award" else "mcred queue")
