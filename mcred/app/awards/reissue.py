"""Reissues an award as a new badge, for a moved site, a new key, or a reason concerning one person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from mcred.app.awards.changes import (
    ChangeCommand,
    ChangePlan,
    Step,
    commit_step,
    find_outdated,
    find_same,
    pick_award,
    say_revoked,
)
from mcred.app.awards.decide import require_issuer
from mcred.app.awards.reissue_stack import (
    find_outdated_stacks,
    find_same_stack,
    gather_stack,
    issue_stack,
    issue_stacks,
)
from mcred.app.awards.stack_lookup import find_stack_record, names_stack, need_stack_issuer
from mcred.app.context import Context
from mcred.app.events import AttemptEvent, Reissued
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.use_case import Result
from mcred.app.workspace import Workspace
from mcred.badges.keys import IssuerKey
from mcred.domain.award import Reissue
from mcred.domain.catalog import Record
from mcred.domain.ids import SubmissionId
from mcred.domain.stack_badge import StackRecord, StackReissue
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, Problem, next_step


class ReissueResult(Result, frozen=True, kw_only=True):
    """What was reissued."""

    name: str = ""
    """`ana/wait-time, attempt 1`, `ana/stacks/talk`, or empty for all that were outdated."""
    earlier: Reissue | StackReissue | None = None
    """Where it was not needed: the earlier reissue."""
    awards: int = 0
    stacks: int = 0
    failed: tuple[Problem, ...] = ()
    """What could not be reissued, and why."""
    lost: tuple[str, ...] = ()
    """Addresses of status lists that could no longer be changed."""


class ReissueBadge(ChangeCommand[ReissueResult], frozen=True, kw_only=True):
    """Reissue `award`, such as ana/wait-time or ana/stacks/talk, or `all` that are outdated."""

    award: str | None = None
    all: bool = False

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError where neither or both are named."""
        if (self.award is None) is not self.all:
            raise McredError(
                "say which award, or use --all", hint=next_step("reissue", "--help"), code=Exit.USAGE
            )
        return super().begin(ctx)

    def plan(self, ws: Workspace) -> ReissuePlan | ReissueStackPlan | ReissueAllPlan | ReissueResult:
        """What is reissued. Raises McredError for an award that is not valid, and for a user who may not."""
        if self.award is None:
            return _plan_all(ws, self)
        if names_stack(self.award):
            stacked = find_stack_record(ws, self.award)
            need_stack_issuer(ws, stacked)
            gather_stack(ws, stacked)
            return ReissueStackPlan(command=self, deed=f"reissue {stacked.name}", record=stacked)
        submission = parse_submission(ws, self.award)
        require_issuer(ws, submission)
        record, attempt = _live(ws, submission)
        deed = f"reissue attempt {attempt} of {submission}"
        return ReissuePlan(command=self, deed=deed, record=record, attempt=attempt)


class ReissuePlan(ChangePlan[ReissueResult], frozen=True, kw_only=True):
    """Which award is reissued."""

    why: ClassVar[str] = "Why is it reissued"
    record: Record
    attempt: int

    def settle(self, ws: Workspace) -> ReissuePlan | ReissueResult:
        """This plan, or the result of the same reissue today. Raises McredError without a reason."""
        self.check_reason(ws)
        earlier = find_same(ws, self.record, self.attempt, "reissue", self.reason)
        if earlier is None:
            return self
        event = Reissued(submission=self.record.id, attempt=self.attempt, kind="reissue")
        name = str(self.record.id)
        return ReissueResult(ws=ws, status="not needed", event=event, name=name, earlier=earlier)

    def apply(self, ws: Workspace) -> ReissueResult:
        """Commit the new badge to main. Raises McredError where another change came first."""
        submission = self.record.id
        again = next_step("reissue", submission, "--reason", "…")
        key = signing_key(ws.ctx, ws.catalog.programme)

        def fill(step: Step) -> tuple[str, tuple[Reissued]]:
            require_issuer(step.ws, submission)
            found, chosen = _live(step.ws, submission)
            if find_same(step.ws, found, chosen, "reissue", self.reason):
                raise McredError(f"{submission} was reissued in the meantime", hint=again, code=Exit.CHANGED)
            step.issue_again(found, chosen, "reissue", self.reason)
            text = message(f"Reissue attempt {chosen} of {submission}", "reissue", submission, chosen)
            return text, (Reissued(submission=submission, attempt=chosen, kind="reissue"),)

        after, lost = commit_step(ws, key, fill, again)
        return ReissueResult(ws=after, name=f"{submission}, attempt {self.attempt}", lost=lost)


class ReissueStackPlan(ChangePlan[ReissueResult], frozen=True, kw_only=True):
    """Which stack badge is reissued."""

    why: ClassVar[str] = "Why is it reissued"
    record: StackRecord

    def settle(self, ws: Workspace) -> ReissueStackPlan | ReissueResult:
        """This plan, or the result of the same reissue today. Raises McredError without a reason."""
        self.check_reason(ws)
        earlier = find_same_stack(ws, self.record, self.reason)
        if earlier is None:
            return self
        return ReissueResult(ws=ws, status="not needed", name=self.record.name, earlier=earlier)

    def apply(self, ws: Workspace) -> ReissueResult:
        """Commit the new badge to main. Raises McredError where another change came first."""
        name = self.record.name
        again = next_step("reissue", name, "--reason", "…")
        key = signing_key(ws.ctx, ws.catalog.programme)

        def fill(step: Step) -> tuple[str, tuple[()]]:
            found = find_stack_record(step.ws, name)
            if find_same_stack(step.ws, found, self.reason):
                raise McredError(f"{name} was reissued in the meantime", hint=again, code=Exit.CHANGED)
            need_stack_issuer(step.ws, found)
            issue_stack(step, found, self.reason)
            return message(f"Reissue {name}", "reissue"), ()

        after, lost = commit_step(ws, key, fill, again)
        return ReissueResult(ws=after, name=name, lost=lost)


class ReissueAllPlan(ChangePlan[ReissueResult], frozen=True, kw_only=True):
    """How many badges do not name today's address and key."""

    why: ClassVar[str] = "Why are they reissued"
    key: IssuerKey
    awards: int
    stacks: int

    def apply(self, ws: Workspace) -> ReissueResult:
        """Commit the new badges to main, awards first. Raises McredError where none can be made."""
        failed: list[Problem] = []
        lost: list[str] = []
        awards, stacks = self.awards, self.stacks
        if awards:
            issue = partial(_issue_each, key=self.key, reason=self.reason)
            ws, awards = _put_on_main(ws, self.key, AWARDS, issue, failed, lost)
        # A stack badge names the other badges as they are now, so those come first.
        if stacks:
            issue = partial(issue_stacks, key=self.key, reason=self.reason)
            ws, stacks = _put_on_main(ws, self.key, STACKS, issue, failed, lost)
        if not awards + stacks:
            raise McredError("none of them can be reissued", hint=next_step("lint"), problems=tuple(failed))
        unlisted = tuple(dict.fromkeys(lost))
        return ReissueResult(ws=ws, awards=awards, stacks=stacks, failed=tuple(failed), lost=unlisted)


def _live(ws: Workspace, submission: SubmissionId) -> tuple[Record, int]:
    record, newest = pick_award(ws, submission)
    if not record.live:
        raise McredError(
            f"{say_revoked(record, newest)} That cannot be undone", hint=next_step("queue", "--all")
        )
    return record, record.live[-1]


def _plan_all(ws: Workspace, command: ReissueBadge) -> ReissueAllPlan | ReissueResult:
    require_issuer(ws, None)
    key = signing_key(ws.ctx, ws.catalog.programme)
    if key is None:
        raise McredError("awards of this program are not signed yet", hint=next_step("key", "new"))
    awards, stacks = sum(1 for _ in find_outdated(ws, key)), sum(1 for _ in find_outdated_stacks(ws, key))
    if not awards + stacks:
        return ReissueResult(ws=ws, status="not needed")
    what = " and ".join(count(n, *words) for n, words in ((awards, AWARDS), (stacks, STACKS)) if n)
    return ReissueAllPlan(command=command, deed=f"reissue {what}", key=key, awards=awards, stacks=stacks)


AWARDS, STACKS = ("award", "awards"), ("stack badge", "stack badges")


def count(number: int, one: str, many: str) -> str:
    """`1 award`, `3 awards`."""
    return f"{number} {one if number == 1 else many}"


def _put_on_main(
    ws: Workspace,
    key: IssuerKey,
    words: tuple[str, str],
    issue: Callable[..., int],
    failed: list[Problem],
    lost: list[str],
) -> tuple[Workspace, int]:
    """One commit with all badges of a kind that can be reissued; returns the programme after it, and how
    many."""
    doubts: list[Problem] = []
    done = 0

    def fill(step: Step) -> tuple[str, tuple[AttemptEvent, ...]]:
        nonlocal done
        doubts.clear()
        done = issue(step, failed=doubts)
        if not done:
            raise _NoneLeft("none of them can be reissued", hint=next_step("lint"))
        events = tuple(Reissued(submission=s, attempt=n, kind="reissue") for s, n in step.issued)
        return message(f"Reissue {count(done, *words)}", "reissue"), events

    with suppress(_NoneLeft):
        ws, gone = commit_step(ws, key, fill, next_step("reissue", "--all", "--reason", "…"))
        lost += gone
    failed += doubts
    return ws, done


class _NoneLeft(McredError):
    """There is nothing to commit to main."""


def _issue_each(step: Step, key: IssuerKey, reason: str, failed: list[Problem]) -> int:
    """Reissue every outdated award; returns how many. One that cannot be is reported and stops no other."""
    todo = list(find_outdated(step.ws, key))
    with step.ws.ctx.show.working("reissuing") as tell:
        for done, (record, attempt) in enumerate(todo, start=1):
            try:
                require_issuer(step.ws, record.id)
                step.issue_again(record, attempt, "reissue", reason)
            except McredError as error:
                failed.append(Problem(what=f"{record.id}, attempt {attempt}: {error.what}", hint=error.hint))
            if tell:
                tell("reissuing", done, len(todo))
    return len(todo) - len(failed)
