"""`mcred feedback`: show the feedback of the assessors and the issuer."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import Show, note_stale, show_of
from mcred.cli.terminal import Json, terminal_of
from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import CredentialId, SubmissionId
from mcred.domain.rules.submit import ENDED
from mcred.formats.encode import to_plain
from mcred.problems import McredError

EXAMPLES = ("mcred feedback", "mcred feedback fractions-number-line", "mcred feedback --json")

SAID = {"award": "earned", "revise": "not yet earned", "decline": "declined"}


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    attempt: Annotated[int | None, typer.Option(help="An earlier attempt; all are kept.", min=1)] = None,
    json: Json = False,
) -> None:
    """Show the feedback on your work, criterion by criterion. Earlier feedback stays."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    ws = open_workspace(edge)
    note_stale(ws)
    record = _record(ws, credential)
    decisions = [d for d in record.decisions if attempt in (None, d.attempt)]
    if not decisions:
        raise McredError(f"attempt {attempt} has no decision", hint=f"mcred feedback {record.id.credential}")
    newest = max(decisions, key=lambda d: d.attempt)
    if json:
        edge.show.json(
            "mcred/feedback/1",
            {
                "decision": to_plain(newest),
                "revocation": to_plain(record.revocations.get(newest.attempt)),
                "ends": str(ws.catalog.ends(record, newest.attempt) or "") or None,
                "assessments": [to_plain(a) for a in record.assessments if a.attempt == newest.attempt],
            },
        )
        return
    _show(ws, record, newest)


def _record(ws: Workspace, credential: str | None) -> Record:
    """My decided submission: the one named, or the one decided last."""
    me = ws.person()
    if credential is not None:
        found = ws.catalog.records.get(SubmissionId(me, CredentialId(ws.known(credential).id)))
        if found is None or not found.decisions:
            word = ws.standing(SubmissionId(me, CredentialId(credential))).word
            raise McredError(f"there is no feedback on {credential} yet ({word})", hint="mcred status")
        return found
    mine = [r for r in ws.catalog.records.values() if r.id.earner == me and r.decision is not None]
    if not mine:
        raise McredError("there is no feedback for you yet", hint="mcred status")
    return max(mine, key=lambda r: max(d.decided for d in r.decisions))


def _show(ws: Workspace, record: Record, decision: Decision) -> None:
    show = show_of(ws)
    definition = ws.catalog.editions.get(decision.definition.blob)
    if definition is None:
        raise McredError("the definition of that time cannot be read", hint="mcred sync")
    show.title(f"{definition.title}, attempt {decision.attempt}: {SAID[decision.outcome]}")
    show.say(f"{decision.decided.date()}, decided by {decision.issuer}")
    if decision.feedback:
        show.say(decision.feedback, indent=2)
    if decision.reason:
        show.say(f"Reason: {decision.reason}", indent=2)
    given = [a for a in record.assessments if a.attempt == decision.attempt]
    _show_levels(show, definition, decision, given)
    for assessment in given:
        if assessment.summary:
            show.say()
            show.say(f"{assessment.assessor}: {assessment.summary}", indent=2)
    show.say()
    _show_ended(ws, record, decision)
    standing = ws.standing(record.id)
    if standing.word == "not yet earned" and standing.attempt == decision.attempt:
        show.say("Change what is meant, then send it again; what stays unchanged keeps its level.")
        programme = ws.catalog.programme
        if programme.roles.coaches and decision.attempt >= programme.attempts.coach_after:
            show.say(f"This was attempt {decision.attempt}: {' or '.join(programme.roles.coaches)} can help.")
        show.next(f'mcred submit {record.id.credential} --note "what you changed"')
    elif standing.word in ENDED and standing.attempt == decision.attempt:
        show.say("You can submit it again: change the files in your folder, then submit.")
        show.next(f'mcred submit {record.id.credential} --note "what you changed"')
    else:
        show.next("mcred status")


def _show_ended(ws: Workspace, record: Record, decision: Decision) -> None:
    """Print that an award was revoked, and why; or until when it is valid."""
    if decision.outcome != "award":
        return
    if decision.attempt in record.revocations:
        revocation = record.revocations[decision.attempt]
        by = f" by {revocation.issuer} on {revocation.revoked.date()}" if revocation else ""
        ws.ctx.show.say(f"Revoked{by}", style="bold red")
        ws.ctx.show.say(revocation.reason if revocation else "The reason cannot be read.", indent=2)
    elif ends := ws.catalog.ends(record, decision.attempt):
        held = "It held until" if ends < ws.ctx.now().date() else "It holds until"
        ws.ctx.show.say(f"{held} {ends}.")


def _show_levels(show: Show, definition: Credential, decision: Decision, given: list[Assessment]) -> None:
    for settled in decision.levels:
        criterion = next((c for c in definition.criteria if c.id == settled.criterion), None)
        if criterion is None:
            continue
        needed = definition.required_level(criterion)
        met = definition.meets(criterion, settled.level)
        show.say()
        show.say(
            f"{criterion.title}: {settled.level}" + ("" if met else f" ({needed} is needed)"),
            style="green" if met else "yellow",
        )
        if settled.carried:
            show.say("kept from before, as its evidence did not change", indent=4)
        if settled.feedback:
            show.say(settled.feedback, indent=4)
        for assessment in given:
            for score in assessment.scores:
                if score.criterion == settled.criterion and score.feedback:
                    show.say(f"{assessment.assessor} ({score.level}): {score.feedback}", indent=4)
