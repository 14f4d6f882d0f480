"""Revokes an award or a stack badge, permanently, with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from mcred.app.awards.changes import ChangeCommand, ChangePlan, Step, commit_step, pick_award, say_revoked
from mcred.app.awards.decide import require_issuer
from mcred.app.awards.stack_lookup import find_stack_record, names_stack, need_stack_issuer
from mcred.app.awards.stacks import stack_title
from mcred.app.clock import stamp
from mcred.app.context import Notice
from mcred.app.events import Revoked
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.use_case import Result
from mcred.app.workspace import Workspace
from mcred.badges.status_places import read_place
from mcred.domain.catalog import Record
from mcred.domain.layout import stack_revocation_path
from mcred.domain.stack_badge import StackRecord, StackRevocation
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step


class RevokeResult(Result, frozen=True, kw_only=True):
    """What was revoked."""

    name: str
    """`ana/wait-time, attempt 1` or `ana/stacks/talk`."""
    earlier: str = ""
    """If it was revoked before: a sentence about that."""
    live: int | None = None
    """If it was revoked before: another attempt that is still valid."""
    is_stack: bool = False
    lost: tuple[str, ...] = ()
    """Addresses of status lists that could no longer be changed."""


class Revoke(ChangeCommand[RevokeResult], frozen=True, kw_only=True):
    """Revoke `award`, such as ana/wait-time or ana/stacks/talk; without `attempt`, the newest."""

    award: str
    attempt: int | None = None

    def plan(self, ws: Workspace) -> RevokePlan | RevokeStackPlan | RevokeResult:
        """What is revoked. Raises McredError for what was never awarded, and for a user who may not."""
        if names_stack(self.award):
            return _plan_stack(ws, self)
        submission = parse_submission(ws, self.award)
        require_issuer(ws, submission)
        record, attempt = pick_award(ws, submission, self.attempt)
        if attempt not in record.revocations:
            deed = f"revoke attempt {attempt} of {submission}"
            return RevokePlan(command=self, deed=deed, record=record, attempt=attempt)
        return RevokeResult(
            ws=ws,
            status="not needed",
            event=Revoked(submission=submission, attempt=attempt),
            name=f"{submission}, attempt {attempt}",
            earlier=say_revoked(record, attempt),
            live=record.live[-1] if record.live else None,
        )


class RevokePlan(ChangePlan[RevokeResult], frozen=True, kw_only=True):
    """Which award is revoked."""

    why: ClassVar[str] = "Why is it revoked? The earner will read this"
    kept: ClassVar[str] = "Nothing was revoked."
    ending: ClassVar[str] = " permanently"
    is_final: ClassVar[bool] = True
    record: Record
    attempt: int

    def preview(self) -> Iterator[Notice]:
        """Which of its badges name no status list."""
        return _note_unlisted(self.record.documents(self.attempt).values())

    def apply(self, ws: Workspace) -> RevokeResult:
        """Revoke it on main, with every badge issued for it. Raises McredError where another change came
        first."""
        submission, attempt = self.record.id, self.attempt
        again = next_step("revoke", submission, "--attempt", attempt, "--reason", "…")
        documents = tuple(self.record.documents(attempt).values())
        key = signing_key(ws.ctx, ws.catalog.programme) if any(map(read_place, documents)) else None

        def fill(step: Step) -> tuple[str, tuple[Revoked]]:
            require_issuer(step.ws, submission)
            found, chosen = pick_award(step.ws, submission, attempt)
            if chosen in found.revocations:
                raise McredError(say_revoked(found, chosen), hint=again, code=Exit.CHANGED)
            step.revoke(found, chosen, self.reason)
            text = message(f"Revoke attempt {attempt} of {submission}", "revoke", submission, attempt)
            return text, (Revoked(submission=submission, attempt=attempt),)

        after, lost = commit_step(ws, key, fill, again)
        name = f"{submission}, attempt {attempt}"
        return RevokeResult(ws=after, name=name, lost=lost)


class RevokeStackPlan(ChangePlan[RevokeResult], frozen=True, kw_only=True):
    """Which stack badge is revoked."""

    why: ClassVar[str] = "Why is it revoked? This stays on record"
    kept: ClassVar[str] = "Nothing was revoked."
    ending: ClassVar[str] = " permanently"
    is_final: ClassVar[bool] = True
    record: StackRecord
    number: int

    def preview(self) -> Iterator[Notice]:
        """Which of its badges name no status list."""
        return _note_unlisted(a.document for a in self.record.awards.values() if a is not None)

    def apply(self, ws: Workspace) -> RevokeResult:
        """Revoke it on main. Raises McredError where another change came first."""
        record, number, name = self.record, self.number, self.record.name
        award = record.awards[number]
        has_place = award is not None and read_place(award.document) is not None
        key = signing_key(ws.ctx, ws.catalog.programme) if has_place else None

        def fill(step: Step) -> tuple[str, tuple[()]]:
            found = find_stack_record(step.ws, name)
            me = need_stack_issuer(step.ws, found)
            if found.live != number:
                raise McredError(f"{name} is already revoked", hint=next_step("stacks"), code=Exit.CHANGED)
            revocation = StackRevocation(
                format=2,
                earner=record.earner,
                stack=record.stack,
                number=number,
                issuer=me,
                revoked=stamp(step.ws),
                reason=self.reason,
            )
            if award is not None:
                step.end(award.document)
            step.put(stack_revocation_path(record.earner, record.stack, number), encode(revocation))
            return message(f"Revoke {name}", "revoke"), ()

        after, lost = commit_step(ws, key, fill, next_step("revoke", name, "--reason", "…"))
        return RevokeResult(ws=after, name=name, is_stack=True, lost=lost)


def _note_unlisted(documents: Iterable[bytes]) -> Iterator[Notice]:
    """Says of badges without a status list, though a newer one may have it, that verifiers see no change."""
    unlisted = [document for document in documents if read_place(document) is None]
    if unlisted:
        which = "The badge names" if len(unlisted) == 1 else f"{len(unlisted)} of its badges name"
        yield Notice(
            text=f"{which} no status list: only the program's record and pages will say that it is revoked;"
            " anyone who kept the file and verifies it elsewhere will be told that it is valid."
        )


def _plan_stack(ws: Workspace, command: Revoke) -> RevokeStackPlan | RevokeResult:
    record = find_stack_record(ws, command.award)
    need_stack_issuer(ws, record)
    badge = f"{record.earner}'s badge of {stack_title(ws.catalog, record.stack)}"
    if record.live is None:
        earlier = f"{badge} is revoked."
        return RevokeResult(ws=ws, status="not needed", name=record.name, is_stack=True, earlier=earlier)
    return RevokeStackPlan(command=command, deed=f"revoke {badge}", record=record, number=record.live)
