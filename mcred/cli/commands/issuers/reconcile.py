"""`mcred reconcile`: from the assessors' levels to a decision."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec.structs import replace

from mcred.app.awards.decide import (
    Case,
    Verdict,
    build_change_set,
    find_grounds,
    open_case,
    others_who_decide,
    require_issuer,
)
from mcred.app.awards.stacks import new_badges, stack_title
from mcred.app.clock import check_clock
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.events import Decided
from mcred.app.hosting.reviews import with_altered
from mcred.app.hosting.sync import hold_on_host
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.push import publish
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import show_of
from mcred.cli.terminal import DryRun, Json, Terminal, Yes, terminal_of
from mcred.domain.decision import Outcome
from mcred.domain.ids import PersonId, SubmissionId
from mcred.domain.rules.attestation import attested_flag
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred reconcile ana/fractions-number-line",
    "mcred reconcile ana/fractions-number-line --award --yes",
    'mcred reconcile ana/fractions-number-line --revise --feedback "Show the second lesson."',
    'mcred reconcile ana/fractions-number-line --level student-talk=basic --award --reason "See part 2."',
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    award: Annotated[bool, typer.Option("--award", help="Award it.")] = False,
    revise: Annotated[bool, typer.Option("--revise", help="Send it back with feedback.")] = False,
    decline: Annotated[bool, typer.Option("--decline", help="Decline it for good.")] = False,
    level: Annotated[
        list[str] | None, typer.Option(help="Settle a criterion yourself.", metavar="CRITERION=LEVEL")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, where you differ or settle.")] = "",
    feedback: Annotated[str, typer.Option(help="A word to the earner.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show the assessors' levels side by side, and decide: award, revise or decline."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    wanted_outcome = _choice(award, revise, decline)
    ws = open_workspace(edge, fetching="must")
    wanted = parse_submission(ws, submission)
    if _is_decided(ws, wanted, wanted_outcome, dry_run):
        return
    me = require_issuer(ws, wanted)
    case = with_altered(ws, open_case(ws, wanted, level or []))
    _refuse_own_assessment(ws, case, me)
    if not dry_run and not json:
        check_clock(ws, case.request.requested)
    if json:
        edge.show.json("mcred/matrix/1", _as_json(case))
    show_matrix(edge, case, with_feedback=wanted_outcome is None)
    outcome = wanted_outcome or _ask_outcome(edge, case)
    if outcome is None:
        edge.show.next(f"mcred reconcile {wanted} --{case.matrix.recommended}")
        return
    verdict = _verdict(edge, case, outcome, reason, feedback)
    if dry_run:
        edge.show.say(f"Would {outcome} attempt {case.standing.attempt} of {wanted}. Nothing was changed.")
        return
    if not yes and edge.interactive and not edge.confirm(f"Decide '{outcome}' for {wanted}?"):
        edge.show.say("Nothing was decided.")
        return
    _decide(ws, case, verdict, me, level or [])


def _choice(award: bool, revise: bool, decline: bool) -> Outcome | None:
    options: tuple[tuple[Outcome, bool], ...] = (("award", award), ("revise", revise), ("decline", decline))
    chosen = [outcome for outcome, is_on in options if is_on]
    if len(chosen) > 1:
        raise McredError(
            "choose one of --award, --revise, --decline", hint="mcred reconcile --help", code=Exit.USAGE
        )
    return chosen[0] if chosen else None


def _refuse_own_assessment(ws: Workspace, case: Case, me: PersonId) -> None:
    """Raises McredError for an issuer who assessed this, where another one could decide."""
    others = others_who_decide(ws, case.submission, case.panel)
    if me in case.panel and others:
        raise McredError(
            f"you assessed this yourself, so {' or '.join(others)} decides",
            hint="mcred queue",
            code=Exit.NOT_ALLOWED,
        )


def _is_decided(ws: Workspace, submission: SubmissionId, outcome: Outcome | None, dry_run: bool) -> bool:
    """Whether the newest attempt has been decided already; then that is said."""
    standing = ws.standing(submission)
    decision = standing.decision
    if standing.is_open or decision is None or standing.word == "withdrawn":
        return False
    said = f"{submission}, attempt {decision.attempt}: {decision.outcome}, decided by {decision.issuer}"
    if outcome is not None and outcome != decision.outcome:
        raise McredError(f"{said} already", hint="mcred queue", code=Exit.CHANGED)
    if not dry_run:
        # A run that was cut after the decision had arrived did not lay it out here.
        refresh(ws)
        event = Decided(submission=submission, attempt=decision.attempt, outcome=decision.outcome)
        publish(ws, (event,))
    if show_of(ws).as_json:
        show_of(ws).json(
            "mcred/decided/1",
            {
                "submission": str(submission),
                "attempt": decision.attempt,
                "outcome": decision.outcome,
                "issuer": decision.issuer,
                "decided": str(decision.decided.date()),
            },
        )
    ws.ctx.show.say(f"{said} on {decision.decided.date()}.")
    ws.ctx.show.next("mcred build" if decision.outcome == "award" else "mcred queue")
    return True


def show_matrix(edge: Terminal, case: Case, *, with_feedback: bool) -> None:
    """Criterion by criterion: who gave what, what it comes to."""
    people = [a.assessor for a in case.assessments]
    edge.show.title(f"{case.definition.title}: {case.submission}, attempt {case.standing.attempt}")
    rows = []
    for row in case.matrix.rows:
        mark = "kept" if row.carried else "far apart" if row.escalated else "" if row.met else "below"
        given = [row.given.get(p, "-") for p in people]
        rows.append((row.criterion.title, *given, row.level, row.required, mark))
    edge.show.table(("criterion", *people, "comes to", "needed", ""), rows)
    for assessment in case.assessments if with_feedback else ():
        for score in assessment.scores:
            if score.feedback:
                edge.show.say(f"{assessment.assessor} on {score.criterion}: {score.feedback}", indent=2)
    edge.show.say(f"Recommended: {case.matrix.recommended} ({'; '.join(case.matrix.reasons)})", style="bold")
    for doubt in case.doubts:
        edge.show.say(f"This was not asked by the rules: {doubt}.", style="bold red")
    for found in case.assessments:
        if found.attested is not None:
            edge.show.say(f"{attested_flag(found, found.attested)}.", style="yellow")
    for changed in case.altered:
        edge.show.say(f"{changed}; the levels are as they were recorded.", style="bold yellow")
    if case.matrix.escalated:
        edge.show.say("Where assessors are far apart, settle the level yourself and say why.", style="yellow")


def _ask_outcome(edge: Terminal, case: Case) -> Outcome | None:
    if not edge.interactive or edge.show.as_json:
        return None
    outcomes: tuple[Outcome, ...] = ("award", "revise", "decline")
    text = edge.choose("Your decision", (*outcomes, "later"), "--award", case.matrix.recommended)
    return next((o for o in outcomes if o == text), None)


def _verdict(edge: Terminal, case: Case, outcome: Outcome, reason: str, feedback: str) -> Verdict:
    """The issuer's word, with the reason where one is due."""
    grounds = " and ".join(find_grounds(case, outcome))
    if grounds and not reason.strip() and edge.interactive:
        reason = edge.ask(f"Your reason, as {grounds}", "--reason TEXT")
    if grounds and not reason.strip():
        hint = f'mcred reconcile {case.submission} --{outcome} --reason "…"'
        raise McredError(f"a reason is needed, as {grounds}", hint=hint)
    if outcome == "revise" and not feedback and edge.interactive:
        feedback = edge.ask("A word to the earner (may stay empty)", "--feedback", "")
    return Verdict(outcome=outcome, reason=reason, feedback=feedback)


def _decide(ws: Workspace, case: Case, verdict: Verdict, me: PersonId, levels: list[str]) -> None:
    again = f"mcred reconcile {case.submission} --{verdict.outcome}"
    first = case.judged
    key = signing_key(ws.ctx, ws.catalog.programme) if verdict.outcome == "award" else None

    def decide(now: Workspace) -> ChangeSet:
        standing = now.standing(case.submission)
        if not standing.is_open or standing.judged != first:
            raise McredError(
                f"{case.submission} changed meanwhile: it is {standing.word}", hint=again, code=Exit.CHANGED
            )
        require_issuer(now, case.submission)
        again_open = replace(open_case(now, case.submission, levels), altered=case.altered)
        _refuse_own_assessment(now, again_open, me)
        return build_change_set(now, again_open, verdict, me, key)

    if verdict.outcome != "award":
        hold_on_host(ws, case.submission)
    after = commit_to_main(ws, decide, again)
    show = after.ctx.show
    show.say(f"{case.submission}, attempt {case.standing.attempt}: {verdict.outcome}.", style="bold green")
    for person, stack in new_badges(ws.catalog, after.catalog):
        show.say(f"With it {person} completed {stack_title(after.catalog, stack)} and has its badge too.")
    if verdict.outcome == "award":
        show.next("mcred build")
    else:
        show.next("mcred queue")


def _as_json(case: Case) -> dict[str, object]:
    return {
        "submission": str(case.submission),
        "attempt": case.standing.attempt,
        "recommended": case.matrix.recommended,
        "reasons": list(case.matrix.reasons),
        "criteria": [
            {
                "criterion": row.criterion.id,
                "given": dict(row.given),
                "level": row.level,
                "required": row.required,
                "spread": row.spread,
                "carried": row.carried,
                "met": row.met,
            }
            for row in case.matrix.rows
        ],
    }
