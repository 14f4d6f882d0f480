"""An assessor scores a submission. Repeated after an interruption, it finishes and never sends two
assessments."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from mcred.app.assessment.answer import read_answer, store_answer
from mcred.app.assessment.scores import Task, kept_scores
from mcred.app.clock import check_clock, stamp
from mcred.app.events import Assessed
from mcred.app.keys.reading import all_reading_keys
from mcred.app.lookup import need_open, parse_submission
from mcred.app.pending import list_sound, read_edition, read_submitted
from mcred.app.push import send_event, until_taken
from mcred.app.sealed.attempts import find_work
from mcred.app.sealed.opening import open_review
from mcred.app.sealed.review import need_readers, note_without_key, seal_review
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.resubmission import look_again
from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment, Scoring
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import assessment_path, review_ref
from mcred.domain.rules.eligibility import conflicts, reasons_against, reasons_against_asked
from mcred.domain.status import Standing
from mcred.formats.encode import encode
from mcred.problems import Exit, McredError, Problem, next_step
from mcred.store.atomic import write_whole
from mcred.store.git import resolve
from mcred.store.seal import Unopened


class AssessResult(Result, frozen=True, kw_only=True):
    """The assessment that arrived."""

    assessment: Assessment

    def finish(self) -> None:
        """As for any result; and remove the unfinished scores, which have arrived."""
        super().finish()
        for kind in ("", "-edit"):
            kept = kept_scores(self.ws, self.assessment.submission, self.assessment.judged, kind)
            kept.unlink(missing_ok=True)


class Assess(Command[AssessResult], frozen=True, kw_only=True):
    """Score a submission that I am asked to assess. Without `scoring`, only what was interrupted is sent."""

    submission: str
    scoring: Scoring | None = None

    def plan(self, ws: Workspace) -> AssessPlan | StoredPlan | AssessResult:
        """What is scored. Raises McredError with every reason why I may not."""
        me, wanted = _wanted(ws, self.submission)
        if not ws.ctx.dry_run and (found := _find_earlier(ws, self, wanted, me)) is not None:
            return found
        return AssessPlan(command=self, task=_make_task(ws, wanted, me))


class AssessPlan(Plan[AssessResult], frozen=True, kw_only=True):
    """What there is to score."""

    command: Assess
    task: Task

    def scored(self, scoring: Scoring) -> AssessPlan:
        """The same plan with these scores."""
        return replace(self, command=replace(self.command, scoring=scoring))

    def settle(self, ws: Workspace) -> AssessPlan:
        """This plan, unchanged. Raises McredError without scores, and for scores that do not fit the
        rubric."""
        scoring, wanted = self.command.scoring, self.task.submission
        if scoring is None:
            raise McredError(
                "this needs a terminal, or a score sheet",
                hint=next_step("assess", wanted, "--blank", "scores.yaml", note="then --from scores.yaml"),
                code=Exit.USAGE,
            )
        if faults := tuple(self.task.find_faults(scoring)):
            problems = tuple(Problem(what=f.what, hint=f.hint, severity=f.severity) for f in faults)
            hint = next_step("view", wanted)
            raise McredError(
                f"these scores do not match the rubric of {wanted}", hint=hint, problems=problems
            )
        return self

    def confirmation(self) -> Confirmation:
        """Asks whether to submit it, which states that there is no conflict of interest."""
        sure = f"By submitting you confirm that you have no conflict of interest with {self.task.earner}."
        return Confirmation(
            would="Nothing was submitted.",
            question=f"Submit this assessment? {sure}",
            kept="Nothing was submitted; your scores are kept.",
            next=next_step("assess", self.task.submission),
        )

    def apply(self, ws: Workspace) -> AssessResult:
        """Store it on top of the state that is in review, and push it; the scores are kept until it
        arrived."""
        task, scoring = self.task, self.command.scoring
        if scoring is None:
            raise ValueError("there are no scores to send")
        write_whole(kept_scores(ws, task.submission, task.judged), encode(scoring))

        def send(now: Workspace) -> AssessResult:
            return _send(now, *_write(now, task if now is ws else _still(now, task), scoring))

        return until_taken(ws, send)


class StoredPlan(Plan[AssessResult], frozen=True, kw_only=True):
    """An assessment that an earlier run committed and could not push."""

    command: Assess
    assessment: Assessment
    stored: CommitId

    def anew(self, ws: Workspace) -> AssessPlan:
        """The plan to score it once more instead."""
        found = self.assessment
        return AssessPlan(command=self.command, task=_make_task(ws, found.submission, found.assessor))

    def confirmation(self) -> Confirmation:
        """Nothing is asked again."""
        return Confirmation(would="Nothing was submitted.")

    def apply(self, ws: Workspace) -> AssessResult:
        """Push it, or where main moved since then the same scores written under the new one.

        Raises McredError where the remote does not have it afterwards.
        """
        found = self.assessment

        def send(now: Workspace) -> AssessResult:
            if now is ws and found.main == ws.main:
                return _send(ws, found, self.stored)
            scoring = Scoring(format=2, scores=found.scores, summary=found.summary)
            return _send(now, *_write(now, _still(now, found), scoring))

        return until_taken(ws, send)


def open_task(ws: Workspace, submission: str) -> Task:
    """The submission I am to assess. Raises McredError with every reason why I may not."""
    me, wanted = _wanted(ws, submission)
    return _make_task(ws, wanted, me)


def _wanted(ws: Workspace, text: str) -> tuple[PersonId, SubmissionId]:
    """Who assesses what. Raises McredError where my earlier answer was rejected: no second one is accepted
    (receipt, A5)."""
    me = ws.confirmed()
    ws.need_shared_place()
    submission = parse_submission(ws, text)
    standing = ws.standing(submission)
    ref = review_ref(submission, standing.attempt, me)
    reasons = next((a.reasons for a in ws.record.turned_away if a.ref == ref), ())
    if standing.is_open and reasons:
        note = f"by {submission.earner}; then assess it again"
        raise McredError(
            f"your assessment of attempt {standing.attempt} was not accepted: {'; '.join(reasons)}",
            hint=next_step("submit", submission.credential, "--replace", note=note),
            code=Exit.CHANGED,
        )
    return me, submission


def _make_task(ws: Workspace, submission: SubmissionId, me: PersonId) -> Task:
    policy, standing = ws.catalog.programme.assessment, ws.standing(submission)
    if against := conflicts(me, submission, ws.catalog, policy):
        raise _not_allowed(standing, me, against)
    request, judged = need_open(standing).request, standing.judged
    if request is None or judged is None:
        raise McredError(f"{submission} is not in review", hint=next_step("queue"))
    if me in {e.person for e in standing.reviews}:
        raise McredError(
            f"you have already assessed attempt {standing.attempt} of {submission}", hint=next_step("queue")
        )
    why = next_step("queue", "--why", submission)
    if me in standing.seats.relieved:
        now = ", ".join(standing.panel) or "no one yet"
        raise McredError(
            f"you are no longer assigned to {submission}; assigned now: {now}", hint=why, code=Exit.CHANGED
        )
    if me not in standing.panel:
        reasons = reasons_against(me, submission, ws.catalog, request.rule, policy)
        said = "; ".join(reasons) or f"it is assigned to {', '.join(standing.panel) or 'no one yet'}"
        raise McredError(
            f"you are not assigned to assess {submission}: {said}", hint=why, code=Exit.NOT_ALLOWED
        )
    definition = read_edition(ws.repo, request.definition.blob, submission.credential)
    by_issuer = me in standing.seats.stand_ins
    rules = policy.for_credential(definition)
    if against := reasons_against_asked(me, submission, ws.catalog, request.rule, rules, by_issuer=by_issuer):
        raise _not_allowed(standing, me, against)
    at = find_work(ws, submission, judged)
    list_sound(ws.repo, at, submission)
    work, _ = read_submitted(ws.repo, at, submission, definition)
    task = Task(
        me=me,
        submission=submission,
        earner=ws.catalog.people[submission.earner].name,
        standing=standing,
        judged=judged,
        request=request,
        definition=definition,
        work=work,
        criteria=tuple(c for c in definition.criteria if c.id not in request.carried),
        again=look_again(ws, submission, standing.attempt, judged, definition),
    )
    need_readers(ws, standing)
    note_without_key(ws, standing)
    if not ws.ctx.dry_run:
        check_clock(ws, request.requested)
    return task


def _not_allowed(standing: Standing, me: PersonId, against: Iterable[str]) -> McredError:
    wanted = standing.submission
    return McredError(
        f"you cannot assess {wanted}: {'; '.join(against)}",
        hint=next_step("decline-review", wanted) if me in standing.missing else next_step("queue"),
        code=Exit.NOT_ALLOWED,
    )


def _still(ws: Workspace, was: Task | Assessment) -> Task:
    """The same task as the programme is now. Raises McredError where I may not any more, or where other work
    was sent meanwhile."""
    me = was.me if isinstance(was, Task) else was.assessor
    task = _make_task(ws, was.submission, me)
    if task.judged != was.judged:
        raise McredError(
            f"{was.submission} was resubmitted while you assessed it; your earlier scores are kept",
            hint=next_step("assess", was.submission),
            code=Exit.CHANGED,
        )
    return task


def _find_earlier(
    ws: Workspace, command: Assess, submission: SubmissionId, me: PersonId
) -> StoredPlan | AssessResult | None:
    """What an earlier run committed, unless the command has other scores."""
    standing, scoring = ws.standing(submission), command.scoring
    attempt, judged = standing.attempt, standing.judged
    if not standing.is_open or judged is None:
        return None
    arrived = ws.record.assessments.get((submission, attempt, me))
    stored = None if arrived else resolve(ws.repo, review_ref(submission, attempt, me))
    path = assessment_path(submission, attempt, me)
    found = arrived or (read_answer(ws, stored, path, Assessment) if stored else None)
    if found is None or found.judged != judged:
        return None
    try:
        found = open_review(found, all_reading_keys(ws.repo)).assessment
    except Unopened:
        # It was written on another computer, or cut: it is scored once more.
        return None
    if scoring is not None and not _is_same(scoring, found):
        return None
    if stored is None:
        # Repeated without scores after it arrived, it would be a second assessment: `_make_task` rejects it.
        if scoring is None:
            return None
        return AssessResult(ws=ws, status="not needed", event=_event(found), assessment=found)
    return StoredPlan(command=command, assessment=found, stored=stored)


def _is_same(scoring: Scoring, found: Assessment) -> bool:
    """Whether scores are those of an assessment, whatever their order."""
    given, known = ({s.criterion: s for s in scores} for scores in (scoring.scores, found.scores))
    return (given, scoring.summary) == (known, found.summary)


def _write(ws: Workspace, task: Task, scoring: Scoring) -> tuple[Assessment, CommitId]:
    wanted, attempt = task.submission, task.standing.attempt
    review = Assessment(
        format=2,
        submission=wanted,
        attempt=attempt,
        assessor=task.me,
        judged=task.judged,
        main=ws.main,
        definition=task.request.definition,
        conflict="none",
        assessed=stamp(ws, task.request.requested),
    )
    sealed = seal_review(ws, task.standing, review, scoring, tuple(c.id for c in task.criteria))
    opened = replace(review, scores=scoring.scores, summary=scoring.summary)
    return opened, store_answer(ws, sealed)


def _send(ws: Workspace, found: Assessment, commit: CommitId) -> AssessResult:
    ref = review_ref(found.submission, found.attempt, found.assessor)
    after = send_event(ws, {ref: commit}, _event(found), next_step("assess", found.submission))
    return AssessResult(ws=after, assessment=found)


def _event(found: Assessment) -> Assessed:
    return Assessed(submission=found.submission, attempt=found.attempt, assessor=found.assessor)
