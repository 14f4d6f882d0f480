"""Answers of the verbs with which an earner works on a draft and sends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import (
    DoneWord,
    PlanAnswer,
    ProblemRow,
    StepRow,
    VerbAnswer,
    done_word,
    join_plans,
    list_problems,
)
from mcred.domain.assessment import Assessment
from mcred.domain.award import Revocation
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId, Slug, SubmissionId
from mcred.domain.layout import answers_file
from mcred.domain.status import StateWord
from mcred.domain.submission import Evidence

if TYPE_CHECKING:
    from mcred.app.pieces.remove import RemoveResult
    from mcred.app.work.add import AddResult
    from mcred.app.work.check import CheckedDraft
    from mcred.app.work.feedback import Feedback
    from mcred.app.work.restore import RestoreResult
    from mcred.app.work.save import SaveResult
    from mcred.app.work.start import StartResult
    from mcred.app.work.status import OwnStatus
    from mcred.app.work.submit import SubmitResult
    from mcred.app.work.sync import SyncResult
    from mcred.app.work.withdraw import WithdrawResult
    from mcred.app.workspace import Workspace


class StartAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/start/1"):
    """`mcred start`."""

    status: DoneWord
    submission: SubmissionId
    state: StateWord
    """Its state before."""
    folder: str
    files: tuple[str, ...]
    """The files of the folder that answers are written into."""


def start_answer(found: StartResult) -> StartAnswer:
    """What was started."""
    definition = found.definition
    return StartAnswer(
        status=done_word(found),
        submission=found.standing.submission,
        state=found.standing.word,
        folder=str(found.folder),
        files=tuple(answers_file(definition, part) for part in definition.parts),
    )


class AddedRow(Struct, frozen=True, kw_only=True):
    """A piece of evidence in the draft."""

    status: DoneWord
    submission: SubmissionId
    piece: Evidence


class AddAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/add/1"):
    """`mcred add`."""

    pieces: tuple[AddedRow, ...]
    """In the order in which they were named."""


def add_answer(found: AddResult) -> AddAnswer:
    """One piece that was added."""
    row = AddedRow(status=done_word(found), submission=found.submission, piece=found.piece)
    return AddAnswer(pieces=(row,))


def join_added(answers: Sequence[VerbAnswer]) -> VerbAnswer:
    """The answers for several pieces as one; of a dry run, the plan for those that are not there yet."""
    if plans := [a for a in answers if isinstance(a, PlanAnswer)]:
        return join_plans(plans)
    return AddAnswer(pieces=tuple(row for a in answers if isinstance(a, AddAnswer) for row in a.pieces))


class RemovedPiece(Struct, frozen=True, kw_only=True):
    """A piece of evidence that is no longer in the draft."""

    item: Slug
    title: str
    file: str | None
    url: str | None


class RemoveAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/remove/1"):
    """`mcred remove`."""

    submission: SubmissionId
    status: DoneWord
    piece: RemovedPiece
    file: str
    """What became of its file: `none` (it has none), `removed`, `named` (the draft uses it elsewhere), or
    `unsaved` (it stays, as it could not be saved)."""
    attempts: tuple[int, ...]
    """The submitted attempts that have it."""


def remove_answer(found: RemoveResult) -> RemoveAnswer:
    """What was removed."""
    piece = found.piece
    return RemoveAnswer(
        submission=found.submission,
        status=done_word(found),
        piece=RemovedPiece(
            item=piece.item, title=piece.title, file=piece.file or None, url=piece.url or None
        ),
        file=found.file,
        attempts=found.attempts,
    )


class RestoreAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/restore/1"):
    """`mcred restore`."""

    files: tuple[str, ...]
    """The files that are back, by their paths in the program's folder."""
    piece: Evidence | None
    """The piece of evidence that is in the draft again."""


def restore_answer(found: RestoreResult) -> RestoreAnswer:
    """What is back."""
    return RestoreAnswer(files=found.files, piece=found.piece)


class DraftCheckAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/check/1"):
    """`mcred check`."""

    submission: SubmissionId
    complete: bool
    """Whether it could be submitted."""
    problems: tuple[ProblemRow, ...]


def check_answer(submission: SubmissionId, found: CheckedDraft) -> DraftCheckAnswer:
    """What is missing from a draft."""
    return DraftCheckAnswer(
        submission=submission, complete=not found.gaps, problems=list_problems(found.problems)
    )


class SaveAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/save/1"):
    """`mcred save`."""

    status: DoneWord
    programme: bool
    """Whether definitions and rules were saved, and no draft."""
    drafts: tuple[SubmissionId, ...]


def save_answer(found: SaveResult, *, programme: bool) -> SaveAnswer:
    """What was saved."""
    return SaveAnswer(status=done_word(found), programme=programme, drafts=found.drafts)


class SyncAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/sync/1"):
    """`mcred sync`. Paths are those in the program's folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    """What the user changed, so that their version stays."""
    skipped: tuple[str, ...]
    """What is not safe to store on every computer."""


def sync_answer(found: SyncResult) -> SyncAnswer:
    """What came into the folder."""
    laid = found.laid
    if laid is None:
        return SyncAnswer(written=(), removed=(), kept=(), skipped=())
    return SyncAnswer(written=laid.written, removed=laid.removed, kept=laid.kept, skipped=laid.skipped)


class SubmitAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/submit/1"):
    """`mcred submit`."""

    status: DoneWord
    submission: SubmissionId
    attempt: int
    state: StateWord
    assessors: tuple[PersonId, ...]
    """Who is asked to assess it."""
    vacant: tuple[PersonId, ...]
    """Whose place an issuer has yet to give to someone."""
    due: date | None
    sealed: bool
    """Whether only its earner, its assessors and the issuers can open it."""


def submit_answer(found: SubmitResult) -> SubmitAnswer:
    """What was submitted, and who assesses it."""
    standing = found.standing
    return SubmitAnswer(
        status=done_word(found),
        submission=standing.submission,
        attempt=standing.attempt,
        state=standing.word,
        assessors=standing.panel,
        vacant=tuple(standing.seats.vacant),
        due=standing.due,
        sealed=standing.request is not None and standing.request.work is not None,
    )


class WithdrawAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/withdraw/1"):
    """`mcred withdraw`."""

    status: DoneWord
    submission: SubmissionId
    attempt: int


def withdraw_answer(found: WithdrawResult) -> WithdrawAnswer:
    """What was withdrawn."""
    return WithdrawAnswer(status=done_word(found), submission=found.submission, attempt=found.attempt)


class OpenAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/open/1"):
    """`mcred open`."""

    submission: SubmissionId
    place: str
    """The folder or the file."""
    opened: bool
    """Whether a program was started that shows it."""


class StandingRow(Struct, frozen=True, kw_only=True):
    """One submission of the user."""

    submission: SubmissionId
    state: str
    waiting_for: str
    since: str
    due: str
    next: str
    let_in: tuple[PersonId, ...]
    """The coaches who may read it."""


class StatusAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/status/1"):
    """`mcred status`."""

    programme: str
    person: PersonId | None
    confirmed: bool
    submissions: tuple[StandingRow, ...]
    unpublished: tuple[SubmissionId, ...]
    """Those they earned of which nothing is published, while their pages are shown."""
    duties: tuple[StepRow, ...]
    """What others wait for them to do."""
    next: str


def status_answer(ws: Workspace, found: OwnStatus) -> StatusAnswer:
    """Where the user stands."""
    return StatusAnswer(
        programme=ws.catalog.programme.issuer.id,
        person=ws.me,
        confirmed=ws.me in ws.catalog.people,
        submissions=tuple(
            StandingRow(
                submission=row.submission,
                state=row.word,
                waiting_for=row.actor,
                since=row.since,
                due=row.due,
                next=str(row.next),
                let_in=row.let_in,
            )
            for row in found.rows
        ),
        unpublished=found.unpublished,
        duties=tuple(StepRow(what=duty.what, next=str(duty.next)) for duty in found.duties),
        next=str(found.next),
    )


class FeedbackAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/feedback/1"):
    """`mcred feedback`."""

    decision: Decision
    revocation: Revocation | None
    ends: date | None
    """The last day of the award."""
    assessments: tuple[Assessment, ...]


def feedback_answer(found: Feedback) -> FeedbackAnswer:
    """What was decided, and why."""
    return FeedbackAnswer(
        decision=found.decision,
        revocation=found.record.revocations.get(found.decision.attempt),
        ends=found.ends,
        assessments=found.assessments,
    )
