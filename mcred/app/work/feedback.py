"""The feedback on a decided attempt, and what its earner can do next."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from mcred.app.lookup import parse_submission
from mcred.app.sealed.coached import my_record
from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId
from mcred.domain.rules.submit import ENDED
from mcred.domain.status import StateWord
from mcred.problems import Exit, McredError, next_step


class Feedback(Struct, frozen=True, kw_only=True):
    """What was decided on one attempt, and why."""

    record: Record
    decision: Decision
    assessments: tuple[Assessment, ...]
    definition: Credential | None
    """As of that time; None where it cannot be read."""
    ends: date | None
    """Until when the award is valid."""
    revisable: StateWord | None
    """The state in which the earner can submit this work again; None where they cannot, or did already."""
    coaches: tuple[PersonId, ...]
    """Who can help, after several attempts."""
    viewer: PersonId


def view_feedback(ws: Workspace, credential: str | None = None, attempt: int | None = None) -> Feedback:
    """The feedback on my submission for `credential`, or on the one decided last; on another person's that is
    named as `ana/wait-time`, for its readers.

    `attempt`: None is the newest that was decided. Raises McredError where nothing was decided, and for those
    who may not read it.
    """
    record = _find_record(ws, credential)
    name, roles = record.id if record.id.earner != ws.me else record.id.credential, ws.catalog.programme.roles
    decisions = [d for d in record.decisions if attempt in (None, d.attempt)]
    if not decisions:
        raise McredError(f"attempt {attempt} has no decision", hint=next_step("feedback", name))
    decision = max(decisions, key=lambda d: d.attempt)
    standing = ws.standing(record.id)
    is_open = standing.word in ("not yet earned", *ENDED) and standing.attempt == decision.attempt
    is_late = decision.attempt >= ws.catalog.programme.attempts.coach_after
    return Feedback(
        record=record,
        decision=decision,
        assessments=tuple(a for a in record.assessments if a.attempt == decision.attempt),
        definition=ws.catalog.editions.get(decision.definition.blob),
        ends=ws.catalog.ends(record, decision.attempt),
        revisable=standing.word if is_open else None,
        coaches=roles.coaches if is_late else (),
        viewer=ws.person(),
    )


def _find_record(ws: Workspace, credential: str | None) -> Record:
    """A decided submission as far as I can open it: the one named, or mine that was decided last."""
    me = ws.person()
    if credential is None:
        mine = [r for r in ws.catalog.records_of(me) if r.decision is not None]
        if not mine:
            raise McredError("there is no feedback for you yet", hint=next_step("status"))
        submission = max(mine, key=lambda r: max(d.decided for d in r.decisions)).id
    else:
        is_named = "/" in credential
        submission = parse_submission(ws, credential) if is_named else ws.submission(credential)
    found = my_record(ws, submission)
    if found is None or not found.decisions:
        word = ws.standing(submission).word
        raise McredError(f"there is no feedback on {credential} yet ({word})", hint=next_step("status"))
    if submission.earner != me and all(decision.is_sealed for decision in found.decisions):
        raise McredError(
            f"the feedback on {submission} is sealed to {submission.earner}, the assessors, and the issuers",
            hint=next_step(
                "let-in", me, "--of", submission.credential, note=f"typed by {submission.earner}, lets you in"
            ),
            code=Exit.NOT_ALLOWED,
        )
    return found
