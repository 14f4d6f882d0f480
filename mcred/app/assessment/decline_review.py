"""An assessor declines a review, so that the next candidate is asked."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.assessment.answer import store_answer
from mcred.app.clock import check_clock, stamp
from mcred.app.context import Notice
from mcred.app.events import ReviewDeclined
from mcred.app.lookup import need_open, parse_submission
from mcred.app.push import send_event, until_taken
from mcred.app.sealed.grants import send_grants
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.workspace import Workspace
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import declined_path, review_ref
from mcred.domain.seats import DeclinedReview, seat
from mcred.domain.status import Standing
from mcred.formats.decode import decode
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.batch import read_files
from mcred.store.git import resolve


class DeclineResult(Result, frozen=True, kw_only=True):
    """Which review was declined, and the submission's state."""

    standing: Standing
    me: PersonId

    def finish(self) -> None:
        """As for any result; and let whoever comes next read the work, where an earlier run could not."""
        super().finish()
        if self.status == "not needed":
            send_grants(self.ws, self.ws.ctx.typed, self.standing.submission)


class DeclineReview(Command[DeclineResult], frozen=True, kw_only=True):
    """Decline my review of a submission, `because`."""

    submission: str
    because: str = ""

    def plan(self, ws: Workspace) -> DeclinePlan | DeclineResult:
        """Which review. Raises McredError for a user who was not asked, or who has assessed it."""
        me = ws.confirmed()
        ws.need_shared_place()
        standing = need_open(ws.standing(parse_submission(ws, self.submission)))
        if any(e.kind == "decline-review" and e.person == me for e in standing.changes):
            event = _event(standing, me)
            return DeclineResult(ws=ws, status="not needed", event=event, standing=standing, me=me)
        stored = None if ws.ctx.dry_run else _find_stored(ws, standing, me)
        if stored is None:
            _refuse(standing, me)
            check_clock(ws)
        return DeclinePlan(command=self, standing=standing, me=me, stored=stored)


class DeclinePlan(Plan[DeclineResult], frozen=True, kw_only=True):
    """Which review is declined."""

    command: DeclineReview
    standing: Standing
    me: PersonId
    stored: DeclinedReview | None
    """What an earlier run committed and could not push."""

    @property
    def again(self) -> NextStep:
        """The command that repeats this."""
        return next_step("decline-review", self.standing.submission)

    @property
    def reason(self) -> str:
        """The reason the command has, or the one that was stored."""
        return self.stored.because if self.stored else self.command.because.strip()

    def questions(self) -> Iterator[Question]:
        """The reason, unless the command has one."""
        if not self.reason:
            yield Question(field="because", text="Why are you declining", option='--because "WHY"')

    def settle(self, ws: Workspace) -> DeclinePlan:
        """This plan, unchanged. Raises McredError without a reason."""
        if not self.reason:
            hint = f'{self.again} --because "WHY"'
            raise McredError("a reason is required; it goes on record", hint=hint)
        return self

    def preview(self) -> Iterator[Notice]:
        """Who will be asked next."""
        if self.stored is None:
            said = _whom_next(self.standing, self.me)
            yield Notice(text=f"{said}. Everyone in the program can read your reason.")

    def confirmation(self) -> Confirmation:
        """Asks whether to decline; what is stored already is sent without asking."""
        question = f"Decline to assess {self.standing.submission}? You cannot take this back."
        return Confirmation(would="Nothing was changed.", question="" if self.stored else question)

    def apply(self, ws: Workspace) -> DeclineResult:
        """Store it on top of the state that is in review, and push it.

        What was stored under an older commit of main is written again under the newest one.
        """
        me, submission = self.me, self.standing.submission

        def send(now: Workspace) -> DeclineResult:
            standing = self.standing
            if now is not ws:
                standing = need_open(now.standing(submission))
                _refuse(standing, me)
            ref = review_ref(submission, standing.attempt, me)
            is_stored = now is ws and self.stored is not None and self.stored.main == ws.main
            kept = resolve(ws.repo, ref) if is_stored else None
            commit = kept or _write(now, standing, me, self.reason)
            after = send_event(now, {ref: commit}, _event(standing, me), self.again)
            send_grants(after, self.again, submission)
            return DeclineResult(ws=after, standing=after.standing(submission), me=me)

        return until_taken(ws, send)


def _event(standing: Standing, me: PersonId) -> ReviewDeclined:
    return ReviewDeclined(submission=standing.submission, attempt=standing.attempt, assessor=me)


def _refuse(standing: Standing, me: PersonId) -> None:
    """Raises McredError for a user with no review to decline."""
    wanted = standing.submission
    if me in {e.person for e in standing.reviews}:
        raise McredError(
            f"you have already assessed attempt {standing.attempt} of {wanted}, and that stays",
            hint=next_step("queue"),
            code=Exit.CHANGED,
        )
    if me not in standing.panel:
        asked = ", ".join(standing.panel) or "no one now"
        raise McredError(
            f"you are not assigned to assess {wanted}; assigned: {asked}",
            hint=next_step("queue", "--why", wanted),
            code=Exit.NOT_ALLOWED,
        )


def _whom_next(standing: Standing, me: PersonId) -> str:
    """Who is asked once I have declined."""
    given_back = {e.person for e in standing.changes if e.kind == "decline-review"}
    assigned = (e.assignment for e in standing.changes if e.assignment is not None)
    after = seat(standing.request, {*given_back, me}, assigned)
    came = [p for p in after.panel if p not in standing.panel]
    if came:
        return f"{came[0]} is next"
    return "No other assessor is eligible, so an issuer will assign someone"


def _write(ws: Workspace, standing: Standing, me: PersonId, reason: str) -> CommitId:
    wanted, judged = standing.submission, standing.judged
    if judged is None:
        raise McredError(f"{wanted} is not in review", hint=next_step("queue"))
    declined = DeclinedReview(
        format=2,
        submission=wanted,
        attempt=standing.attempt,
        assessor=me,
        judged=judged,
        main=ws.main,
        declined=stamp(ws),
        because=reason,
    )
    return store_answer(ws, declined)


def _find_stored(ws: Workspace, standing: Standing, me: PersonId) -> DeclinedReview | None:
    """What an earlier run stored and could not push. Raises McredError where scores wait to be pushed."""
    wanted, attempt = standing.submission, standing.attempt
    stored = resolve(ws.repo, review_ref(wanted, attempt, me))
    if stored is None or me in {e.person for e in standing.reviews}:
        return None
    path = declined_path(wanted, attempt, me)
    (data,) = read_files(ws.repo, [(stored, path)])
    declined = decode(data, DeclinedReview, path)[0] if data else None
    if data is None:
        raise McredError(
            f"your assessment of {wanted} is saved on this computer but was not sent",
            hint=next_step("assess", wanted),
        )
    if declined is None or declined.judged != standing.judged or me not in standing.panel:
        return None
    return declined
