"""An earner submits work for assessment. Repeated after an interruption, it finishes and never submits
twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from msgspec.structs import replace

from mcred.app.clock import check_clock
from mcred.app.context import Context, Notice
from mcred.app.events import Submitted
from mcred.app.lookup import pick_draft
from mcred.app.push import until_taken
from mcred.app.sealed.attempts import find_readable
from mcred.app.sealed.line import need_opened, sent_tip
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.work.check import left_out, refuse_gaps, refuse_statements
from mcred.app.work.drafts import (
    Draft,
    handed_in,
    is_sent,
    read_draft,
    refresh,
    refuse_final,
    refuse_problems,
    save_draft,
    turned_away,
    unsent_of,
    work_folder,
)
from mcred.app.work.make_request import NewRequest, describe_panel, describe_vacant, make_request
from mcred.app.work.review_request import judged_note
from mcred.app.work.unfit_files import drop_outdated, own_files
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.credential import Attestation
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import submission_path, submission_ref
from mcred.domain.programme import WorkPolicy, attestation_text
from mcred.domain.rules.draw import OUTDATED
from mcred.domain.rules.submit import FINAL, next_attempt
from mcred.domain.status import Standing
from mcred.domain.submission import Submission, needed_attestations
from mcred.formats.edit import set_value
from mcred.problems import McredError, NextStep, next_step
from mcred.store.atomic import write_whole
from mcred.store.folder_index import read_written

MAX_NOTE = 6000


class SubmitResult(Result, frozen=True, kw_only=True):
    """The submission's state."""

    standing: Standing

    def finish(self) -> None:
        """As for any result; first send what an earlier run could not, since a remote that was stopped in
        the middle has the request without the work. Raises McredError where it does not have it afterwards.
        """
        if self.status == "not needed" and (waiting := unsent_of(self.ws, self.standing.submission)):
            send(self.ws, waiting, _again(self.standing.submission), together=True)
        super().finish()


class Submit(Command[SubmitResult], frozen=True, kw_only=True):
    """Submit my work for `credential`; None is my only open one.

    `attest`: names of statements that are true, `all` for every one. `note`: what changed since the feedback.
    `replace`: withdraw what is in review.
    """

    credential: str | None = None
    attest: tuple[str, ...] = ()
    note: str | None = None
    replace: bool = False

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme, and merge what my other computers saved.

        Raises McredError for a user who may not submit, and where both computers changed a file.
        """
        ws = open_workspace(ctx)
        submission = pick_draft(ws, self.credential, "submit")
        ws.confirmed()
        ws.need_shared_place()
        refuse_statements(self.attest, _again(submission))
        if not ctx.dry_run:
            drop_outdated(ws, submission)
            _join_computers(ws, submission)
        return ws

    def plan(self, ws: Workspace) -> SubmitPlan | ArrivePlan | KeepPlan | SubmitResult:
        """What is submitted. Raises McredError for what is final, in review, or incomplete."""
        submission = pick_draft(ws, self.credential, "submit")
        draft, standing = read_draft(ws, submission), ws.standing(submission)
        if is_sent(ws, draft) and not (self.replace and ws.record.rejected(standing)):
            event = Submitted(submission=submission, attempt=standing.attempt)
            return SubmitResult(ws=ws, status="not needed", event=event, standing=standing)
        if ws.stale is not None and not ws.ctx.dry_run:
            return KeepPlan(command=self, draft=draft, stale=ws.stale)
        if (stored := _find_stored(ws, draft)) is not None:
            return ArrivePlan(command=self, draft=draft, stored=stored)
        _refuse_state(ws, standing, submission, self.replace)
        if not ws.ctx.dry_run:
            check_clock(ws)
        refuse_problems(draft)
        refuse_gaps(ws, draft, sending=False)
        ws.ctx.show.warn(left_out(ws, draft))
        attempt = _next_attempt(ws, submission)
        is_note_due = attempt > 1 and standing.decision and ws.catalog.programme.attempts.note_required
        # Confirmations of the attempt before do not apply to this one.
        old = judged_note(ws, submission)
        return SubmitPlan(
            command=self,
            draft=draft,
            attempt=attempt,
            old_note=old if is_note_due else None,
            work=ws.catalog.programme.work,
        )


class SubmitPlan(Plan[SubmitResult], frozen=True, kw_only=True):
    """A draft that is complete except for what only its earner can state."""

    command: Submit
    draft: Draft
    attempt: int
    old_note: str | None
    """The note of the attempt before, where a new one is due."""
    work: WorkPolicy

    @property
    def attestations(self) -> tuple[Attestation, ...]:
        """The statements confirmed here or before."""
        needed, attest = needed_attestations(self.draft.work, self.draft.definition), self.command.attest
        said = [name for name in needed if name in attest or "all" in attest]
        return tuple(dict.fromkeys((*self.draft.work.submission.attestations, *said)))

    @property
    def note(self) -> str:
        """The earner's note on this attempt."""
        return self.draft.work.submission.note if self.command.note is None else self.command.note

    @property
    def lacks_note(self) -> bool:
        """Whether the note on changes since the feedback is missing."""
        is_old = self.command.note is None and self.note == self.old_note
        return self.old_note is not None and (is_old or not self.note.strip())

    def questions(self) -> Iterator[Question]:
        """Each unconfirmed statement, then what changed since the feedback."""
        for name in needed_attestations(self.draft.work, self.draft.definition):
            if name not in self.attestations:
                yield Question(
                    field="attest",
                    text=attestation_text(name, self.work),
                    option=f"--attest {name}",
                    statement=name,
                    is_required=False,
                )
        if self.lacks_note:
            text = "What did you change since the feedback"
            yield Question(field="note", text=text, option='--note "WHAT YOU CHANGED"')

    def settle(self, ws: Workspace) -> SendPlan:
        """The request to submit. The answers are kept in the earner's list, even where this raises.

        Raises McredError without a note that is due, for one that is too long, for an unconfirmed statement,
        and where no one can be asked.
        """
        if self.lacks_note or len(self.note) > MAX_NOTE:
            what = f"the note has {len(self.note)} characters; the limit is {MAX_NOTE}"
            missing = "a note is required: what you changed since the feedback"
            option = "WHAT YOU CHANGED" if self.lacks_note else "SHORTER"
            hint = next_step("submit", self.draft.id.credential, "--note", option)
            raise McredError(missing if self.lacks_note else what, hint=hint)
        listed = replace(
            self.draft.work.submission, attestations=self.attestations, note=self.note, attempt=self.attempt
        )
        if ws.ctx.dry_run:
            draft = replace(self.draft, work=replace(self.draft.work, submission=listed))
        else:
            draft = _write_listing(ws, self.draft, listed)
        refuse_gaps(ws, draft, sending=True)
        standing = ws.standing(draft.id)
        lost = len(standing.reviews) if standing.is_open else 0
        asking = make_request(ws, draft)
        vacant = describe_vacant(asking.request, ws.catalog.programme.roles)
        return SendPlan(command=self.command, draft=draft, asking=asking, vacant=vacant, lost=lost)


class SendPlan(Plan[SubmitResult], frozen=True, kw_only=True):
    """A draft and the request that is submitted with it."""

    command: Submit
    draft: Draft
    asking: NewRequest
    vacant: str
    """Why it asks fewer than it needs; empty where it asks them all."""
    lost: int = 0
    """How many assessments of the attempt that it replaces will not count."""

    def preview(self) -> Iterator[Notice]:
        """Who will be asked, and why."""
        request = self.asking.request
        yield Notice(text=f"{self.draft.definition.title}, attempt {request.attempt}", style="bold")
        if request.asked:
            yield Notice(text=f"Assessed by {describe_panel(request)}, due {request.due}.")
        if self.vacant:
            yield Notice(text=self.vacant)
        for reason in request.reasons:
            yield Notice(text=f"- {reason}", indent=2)
        if request.carried:
            kept = ", ".join(request.carried)
            yield Notice(text=f"Kept from the attempt before, because nothing changed there: {kept}")

    def confirmation(self) -> Confirmation:
        """Asks whether to submit it now; needs an explicit yes where an assessor's work is lost by it."""
        told = "1 assessment" if self.lost == 1 else f"{self.lost} assessments"
        loss = f" {told} of what is in review will not count" if self.lost else ""
        return Confirmation(
            would="Nothing was submitted.",
            question=f"Submit it now?{loss}",
            kept="Nothing was submitted; your work is kept.",
            next=_again(self.draft.id),
            default=not self.lost,
            is_required=bool(self.lost),
        )

    def apply(self, ws: Workspace) -> SubmitResult:
        """Commit the attempt and push it. Raises McredError where the remote does not have it afterwards.

        Where main or the open reviews changed at the same moment, assessors are drawn again.
        """
        return _until_taken(ws, self, self.command)

    def send(self, ws: Workspace) -> SubmitResult:
        """Commit the attempt and push it once."""
        submission, request = self.draft.id, self.asking.request
        if is_sealed := ws.catalog.programme.work == "sealed":
            save_draft(ws, submission)
        saved = save_draft(
            ws,
            submission,
            kind="submit",
            attempt=request.attempt,
            extra=self.asking.store(ws, sealing=is_sealed),
            title=f"Submit attempt {request.attempt} of {submission}",
        )
        refresh(ws)
        return _arrive(ws, submission, saved.tip, request.attempt)


class ArrivePlan(Plan[SubmitResult], frozen=True, kw_only=True):
    """An attempt that an earlier run committed and could not push."""

    command: Submit
    draft: Draft
    stored: CommitId

    def confirmation(self) -> Confirmation:
        """Nothing is asked again."""
        return Confirmation(would="Would send what was saved but did not arrive. Nothing was submitted.")

    def apply(self, ws: Workspace) -> SubmitResult:
        """Push it. Raises McredError where the remote does not have it afterwards.

        Where main or the open reviews changed at the same moment, assessors are drawn again.
        """
        return _until_taken(ws, self, self.command)

    def send(self, ws: Workspace) -> SubmitResult:
        """Push it once."""
        return _arrive(ws, self.draft.id, self.stored, self.draft.work.submission.attempt)


class KeepPlan(Plan[SubmitResult], frozen=True, kw_only=True):
    """A draft that cannot be submitted because the remote cannot be reached."""

    command: Submit
    draft: Draft
    stale: McredError

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        return Confirmation(would="Nothing was submitted.")

    def apply(self, ws: Workspace) -> NoReturn:
        """Store all answers. Raises McredError always: nothing is submitted."""
        draft = self.draft
        if ws.standing(draft.id).word not in FINAL:
            listed = draft.work.submission
            said = SubmitPlan(
                command=self.command,
                draft=draft,
                attempt=listed.attempt,
                old_note=None,
                work=ws.catalog.programme.work,
            )
            _write_listing(ws, draft, replace(listed, attestations=said.attestations, note=said.note))
            save_draft(ws, draft.id)
            refresh(ws)
        raise McredError(
            f"{self.stale.what}. Your work is saved on this computer but not submitted",
            hint=_again(draft.id),
            code=self.stale.code,
        )


def _again(submission: SubmissionId) -> NextStep:
    return next_step("submit", submission.credential)


def _until_taken(ws: Workspace, plan: SendPlan | ArrivePlan, command: Submit) -> SubmitResult:
    """Send an attempt; where someone else was faster, draw its assessors again and send it again."""

    def redraw(now: Workspace) -> SubmitResult:
        if now is ws:
            return plan.send(ws)
        drop_outdated(now, plan.draft.id)
        planned = command.plan(now)
        again = planned.settle(now) if isinstance(planned, SubmitPlan) else planned
        if isinstance(again, SendPlan | ArrivePlan):
            return again.send(now)
        return again.apply(now) if isinstance(again, KeepPlan) else again

    return until_taken(ws, redraw, codes=OUTDATED)


def _arrive(ws: Workspace, submission: SubmissionId, tip: CommitId, attempt: int) -> SubmitResult:
    refs = {**unsent_of(ws, submission), submission_ref(submission): tip}
    send(ws, refs, _again(submission), together=True)
    after = open_workspace(ws.ctx, fetching="no")
    refresh(after)
    # Published last: a slow review host must not delay the message that it arrived.
    event = Submitted(submission=submission, attempt=attempt)
    return SubmitResult(ws=after, standing=after.standing(submission), event=event)


def _join_computers(ws: Workspace, submission: SubmissionId) -> None:
    """Merge what my other computer saved or submitted; stop where the user has to look."""
    if need_opened(ws, submission) is None:
        return
    beside = save_draft(ws, submission).beside
    refresh(ws)
    if beside:
        raise McredError(
            f"you changed the same files on another computer; look at {', '.join(beside)} first",
            hint=next_step("check", submission.credential),
        )


def _find_stored(ws: Workspace, draft: Draft) -> CommitId | None:
    """What an earlier run committed and could not push, if nothing changed since."""
    newest = sent_tip(ws, draft.id)
    if newest is None or newest[0] != "submit":
        return None
    at = find_readable(ws, draft.id, newest[1])
    if at is None or own_files(ws, at, draft.id) != handed_in(draft.blobs, draft.id):
        return None
    if newest[1] in {e.commit for e in ws.record.sent.get(draft.id, ())}:
        return None
    if turned_away(ws, draft.id):
        return None
    return newest[1]


def _refuse_state(ws: Workspace, standing: Standing, submission: SubmissionId, replace_sent: bool) -> None:
    refuse_final(ws, submission)
    if standing.is_open and not replace_sent:
        done = len(standing.reviews)
        raise McredError(
            f"attempt {standing.attempt} is in review ({done} of {done + len(standing.missing)} done), "
            "and what you have here is different",
            hint=next_step(
                "submit", submission.credential, "--replace", note="its assessments will not count"
            ),
        )


def _write_listing(ws: Workspace, draft: Draft, listed: Submission) -> Draft:
    """Write attestations, note and attempt into the earner’s own list, its comments kept; returns the
    draft."""
    before = draft.work.submission
    if listed == before:
        return draft
    path = work_folder(ws) / submission_path(draft.id)
    data = read_written(path)
    for key in ("attestations", "note", "attempt"):
        if getattr(listed, key) != getattr(before, key):
            data = set_value(data, key, getattr(listed, key), submission_path(draft.id))
    write_whole(path, data)
    return read_draft(ws, draft.id)


def _next_attempt(ws: Workspace, submission: SubmissionId) -> int:
    sent = [e.attempt for e in ws.record.sent.get(submission, ())]
    return next_attempt(
        sent, ws.catalog.attempts(submission), {e.attempt for e in ws.record.asked(submission)}
    )
