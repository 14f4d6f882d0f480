"""The feedback on a decided attempt, and what its earner can do next."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from mcred.app.keys.reading import all_reading_keys
from mcred.app.sealed.opening import open_record
from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId, SubmissionId
from mcred.domain.rules.submit import ENDED
from mcred.domain.status import StateWord
from mcred.problems import McredError, next_step


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


def view_feedback(ws: Workspace, credential: str | None = None, attempt: int | None = None) -> Feedback:
    """The feedback on my submission for `credential`, or on the one decided last.

    `attempt`: None is the newest that was decided. Raises McredError where nothing was decided.
    """
    record = open_record(_find_record(ws, credential), all_reading_keys(ws.repo))
    name, roles = record.id.credential, ws.catalog.programme.roles
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
    )


def _find_record(ws: Workspace, credential: str | None) -> Record:
    """My decided submission: the one named, or the one decided last."""
    me = ws.person()
    if credential is not None:
        submission = SubmissionId(me, ws.known(credential).id)
        found = ws.catalog.records.get(submission)
        if found is None or not found.decisions:
            word = ws.standing(submission).word
            raise McredError(f"there is no feedback on {credential} yet ({word})", hint=next_step("status"))
        return found
    mine = [r for r in ws.catalog.records_of(me) if r.decision is not None]
    if not mine:
        raise McredError("there is no feedback for you yet", hint=next_step("status"))
    return max(mine, key=lambda r: max(d.decided for d in r.decisions))
