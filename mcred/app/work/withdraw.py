"""An earner withdraws a submission from review."""

from __future__ import annotations

from mcred.app.context import Context
from mcred.app.events import Withdrawn
from mcred.app.lookup import pick_draft
from mcred.app.push import note_odd
from mcred.app.sealed.line import sent_tip
from mcred.app.sealed.sent import commit_sent
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import refresh, save_draft, unsent_of
from mcred.app.work.unfit_files import drop_outdated
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import submission_ref
from mcred.problems import McredError, NextStep, next_step
from mcred.store.git import resolve
from mcred.store.write import move_refs


class WithdrawResult(Result, frozen=True, kw_only=True):
    """The attempt that was withdrawn."""

    submission: SubmissionId
    attempt: int


class Withdraw(Command[WithdrawResult], frozen=True, kw_only=True):
    """Withdraw my submission for `credential` from review; None is my only open one."""

    credential: str | None = None

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError while the remote cannot be reached."""
        ws = open_workspace(ctx)
        submission = pick_draft(ws, self.credential, "withdraw", in_review=True)
        ws.need_fresh(_again(submission))
        if not ctx.dry_run:
            drop_outdated(ws, submission)
        return ws

    def plan(self, ws: Workspace) -> WithdrawPlan | WithdrawResult:
        """Which attempt. Raises McredError for a submission that is not in review."""
        submission = pick_draft(ws, self.credential, "withdraw", in_review=True)
        standing = ws.standing(submission)
        if standing.word == "withdrawn":
            event = Withdrawn(submission=submission, attempt=standing.attempt)
            return WithdrawResult(
                ws=ws, status="not needed", event=event, submission=submission, attempt=standing.attempt
            )
        if not standing.is_open:
            raise McredError(
                f"{submission.credential} is not in review ({standing.word})", hint=next_step("status")
            )
        return WithdrawPlan(command=self, submission=submission, attempt=standing.attempt)


class WithdrawPlan(Plan[WithdrawResult], frozen=True, kw_only=True):
    """Which attempt is withdrawn."""

    submission: SubmissionId
    attempt: int

    def confirmation(self) -> Confirmation:
        """Nothing is asked: it can be submitted again."""
        return Confirmation(would=f"Would withdraw attempt {self.attempt} of {self.submission.credential}.")

    def apply(self, ws: Workspace) -> WithdrawResult:
        """Commit it and push it; what an earlier run committed is only pushed."""
        submission, newest = self.submission, sent_tip(ws, self.submission)
        if newest is None or newest[0] != "withdraw":
            note_odd(ws.ctx, save_draft(ws, submission).odd)
            title = f"Withdraw {submission}"
            tip = commit_sent(ws, submission, "withdraw", None, attempt=self.attempt, title=title)
            ref = submission_ref(submission)
            move_refs(ws.repo, [(ref, tip, resolve(ws.repo, ref))])
        refresh(ws)
        send(ws, unsent_of(ws, submission), _again(submission))
        after = open_workspace(ws.ctx, fetching="no")
        refresh(after)
        event = Withdrawn(submission=submission, attempt=self.attempt)
        return WithdrawResult(ws=after, submission=submission, attempt=self.attempt, event=event)


def _again(submission: SubmissionId) -> NextStep:
    return next_step("withdraw", submission.credential)
