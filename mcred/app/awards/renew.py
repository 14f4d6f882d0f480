"""Renews an award that expires: the same levels, valid from today."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from mcred.app.awards.changes import (
    ChangeCommand,
    ChangePlan,
    Step,
    commit_step,
    decision_of,
    find_same,
    pick_award,
    say_revoked,
)
from mcred.app.awards.decide import require_issuer
from mcred.app.events import Reissued
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.use_case import Result
from mcred.app.workspace import Workspace
from mcred.domain.award import valid_until
from mcred.domain.catalog import Record
from mcred.domain.ids import SubmissionId
from mcred.formats.trailers import message
from mcred.problems import McredError, next_step


class RenewResult(Result, frozen=True, kw_only=True):
    """The new end of validity."""

    submission: SubmissionId
    ends: date | None
    lost: tuple[str, ...] = ()
    """Addresses of status lists that could no longer be changed."""


class Renew(ChangeCommand[RenewResult], frozen=True, kw_only=True):
    """Renew `award`, such as ana/wait-time, for a `reason`."""

    award: str

    def plan(self, ws: Workspace) -> RenewPlan | RenewResult:
        """The new end of validity. Raises McredError for an award that does not expire, or is not valid."""
        submission = parse_submission(ws, self.award)
        require_issuer(ws, submission)
        record, attempt = _award_that_ends(ws, submission)
        if _is_renewed(ws, record, attempt):
            return RenewResult(
                ws=ws,
                status="not needed",
                event=Reissued(submission=submission, attempt=attempt, kind="renew")
                if find_same(ws, record, attempt, "renew") is not None
                else None,
                submission=submission,
                ends=ws.catalog.ends(record, attempt),
            )
        until = _new_end(ws, record, attempt)
        deed = f"renew attempt {attempt} of {submission}, valid until {until}"
        return RenewPlan(command=self, deed=deed, submission=submission)


class RenewPlan(ChangePlan[RenewResult], frozen=True, kw_only=True):
    """Which award is renewed."""

    why: ClassVar[str] = "Why is it renewed"
    kept: ClassVar[str] = "Nothing was renewed."
    submission: SubmissionId

    def apply(self, ws: Workspace) -> RenewResult:
        """Commit the new badge to main. Raises McredError where another change came first."""
        submission = self.submission
        again = next_step("renew", submission, "--reason", "…")
        key = signing_key(ws.ctx, ws.catalog.programme)

        def fill(step: Step) -> tuple[str, tuple[Reissued]]:
            require_issuer(step.ws, submission)
            record, attempt = _award_that_ends(step.ws, submission)
            if _is_renewed(step.ws, record, attempt):
                raise McredError(f"{submission} was renewed in the meantime", hint=again)
            step.issue_again(record, attempt, "renew", self.reason)
            text = message(f"Renew attempt {attempt} of {submission}", "renew", submission, attempt)
            return text, (Reissued(submission=submission, attempt=attempt, kind="renew"),)

        after, lost = commit_step(ws, key, fill, again)
        ends = after.standing(submission).ends
        return RenewResult(ws=after, submission=submission, ends=ends, lost=lost)


def _award_that_ends(ws: Workspace, submission: SubmissionId) -> tuple[Record, int]:
    """The newest valid award on record. Raises McredError for one that does not expire."""
    record, newest = pick_award(ws, submission)
    if not record.live:
        raise McredError(
            f"{say_revoked(record, newest)} It cannot be renewed", hint=next_step("queue", "--all")
        )
    if ws.catalog.ends(record, record.live[-1]) is None:
        raise McredError(
            f"{submission} does not expire: there is nothing to renew",
            hint=next_step("reissue", submission, "--reason", "…", note="a new badge with the same dates"),
        )
    return record, record.live[-1]


def _new_end(ws: Workspace, record: Record, attempt: int) -> date:
    today = ws.ctx.now().date()
    edition = ws.catalog.editions[decision_of(record, attempt).definition.blob]
    return valid_until(today, edition.validity) or today


def _is_renewed(ws: Workspace, record: Record, attempt: int) -> bool:
    """Whether it was renewed just now, or would not be valid a day longer."""
    ends = ws.catalog.ends(record, attempt)
    is_same = find_same(ws, record, attempt, "renew") is not None
    return is_same or (ends is not None and _new_end(ws, record, attempt) <= ends)
