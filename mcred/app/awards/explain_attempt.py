"""Gathers from the record how an attempt came about: its derivation, later changes, the audit.

No user-facing text here; `cli/render/explanation` has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from mcred.app.audit.classify import touch_of
from mcred.app.audit.repository import History
from mcred.app.audit.run import AuditResult
from mcred.app.keys.reading import all_reading_keys
from mcred.app.sealed.opening import Keys, open_attempt, open_own, open_proposal
from mcred.app.work.review_request import redraw
from mcred.app.workspace import Workspace
from mcred.domain.audit.check_request import sent_before
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import Finding, Touch
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision, Override
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import assessment_path, declined_path, folder_of, override_path
from mcred.domain.rules.derivation import AttemptCase, Derivation, Judgement, derive
from mcred.domain.sealed.review import read_proposal, read_settled, show_levels
from mcred.domain.seats import Assignment
from mcred.domain.status import Standing
from mcred.problems import McredError, next_step
from mcred.store.main_history import HistoryStep
from mcred.store.seal import Unopened


class Happening(Struct, frozen=True, kw_only=True):
    """A later change to an award."""

    kind: str
    """revoked, renew or reissue."""
    when: datetime | None
    person: PersonId | None
    reason: str
    record: CommitId
    number: int = 1


class Story(Struct, frozen=True, kw_only=True):
    """One attempt from beginning to end, with its audit result."""

    submission: SubmissionId
    attempt: int
    attempts: Mapping[int, str]
    """Every attempt with its outcome, or its state."""
    standing: Standing
    derivation: Derivation | None
    """None while nothing was submitted, and where the submission cannot be read."""
    decided_in: CommitId | None
    happened: tuple[Happening, ...]
    findings: tuple[Finding, ...]
    doubts: tuple[str, ...]
    """Where the request of an attempt in review differs from what the rules of its day determine."""
    elsewhere: int
    """Findings about other parts of the record."""
    steps: int
    is_signed: bool
    """Whether each step of the record, the work and each assessment were found to be signed.

    Where a programme takes unsigned ones, their lack is no finding.
    """


class Archived(Struct, frozen=True, kw_only=True):
    """The audited record, and where one submission occurs in it."""

    result: AuditResult
    submission: SubmissionId
    touches: tuple[tuple[HistoryStep, Touch], ...]

    @property
    def history(self) -> History:
        return self.result.history

    @property
    def books(self) -> Books:
        return self.result.books

    def decided(self) -> Mapping[int, tuple[HistoryStep, Touch]]:
        """The commit in which each attempt was first decided."""
        found: dict[int, tuple[HistoryStep, Touch]] = {}
        for step, touch in self.touches:
            if touch.kind == "decision" and touch.new is not None:
                found.setdefault(touch.attempt, (step, touch))
        return found


def find_badge(result: AuditResult, name: str) -> tuple[SubmissionId, int, int] | None:
    """Submission, attempt and number of the badge with an id, None when this programme never issued it."""
    for (submission, attempt), given in result.books.given.items():
        for number, document in given.documents.items():
            if result.history.badge_id(document) == name:
                return submission, attempt, number
    return None


def gather(ws: Workspace, result: AuditResult, submission: SubmissionId, wanted: int | None) -> Story:
    """The story of an attempt, the newest one when none is named. Raises McredError when there is none."""
    prefix = folder_of(submission) + "/"
    archived = Archived(
        result=result,
        submission=submission,
        touches=tuple(
            (step, touch_of(change))
            for step in result.history.line.steps
            for change in step.changes
            if change.path.startswith(prefix)
        ),
    )
    standing, decided = ws.standing(submission), archived.decided()
    attempts = {n: _outcome(archived, touch) for n, (_, touch) in sorted(decided.items())}
    if standing.is_open:
        attempts[standing.attempt] = standing.word
    attempt = wanted or max(attempts, default=0)
    if wanted is not None and wanted not in attempts:
        known = ", ".join(str(n) for n in attempts) or "none was submitted"
        raise McredError(
            f"{submission} has no submitted attempt {wanted} ({known})",
            hint=next_step("explain", submission),
        )
    if attempt in decided:
        case = _decided_case(ws, archived, *decided[attempt])
    else:
        case = _open_case(ws, archived, standing) if attempts else None
    redrawn = redraw(ws, standing) if case is not None and attempt not in decided else None
    return Story(
        submission=submission,
        attempt=attempt,
        attempts=attempts,
        standing=standing,
        derivation=derive(case, archived.books.then(case.request.main)) if case else None,
        decided_in=decided[attempt][0].commit.id if attempt in decided else None,
        happened=tuple(_happened(archived, attempt)),
        findings=tuple(f for f in result.audited.findings if _is_about(f, submission, attempt)),
        elsewhere=sum(not _is_about(f, submission, attempt) for f in result.audited.findings),
        doubts=tuple(doubt.what for doubt in redrawn.doubts) if redrawn else (),
        steps=result.audited.steps,
        is_signed=result.audited.clean and all(map(archived.history.signer, _commits(case))),
    )


def _commits(case: AttemptCase | None) -> tuple[CommitId, ...]:
    """The commits of the work and of each assessment."""
    return (case.sent, *(j.record for j in case.judgements)) if case else ()


def _is_about(finding: Finding, submission: SubmissionId, attempt: int) -> bool:
    return finding.submission == submission and finding.attempt in (0, attempt)


def _outcome(archived: Archived, touch: Touch) -> str:
    decision = archived.history.decision(touch)
    return decision.outcome if decision is not None else "cannot be read"


def _decided_case(ws: Workspace, archived: Archived, step: HistoryStep, touch: Touch) -> AttemptCase | None:
    """What a decision rests on, as far as it can be read and is not sealed from the current user."""
    keys = all_reading_keys(ws.repo)
    history, submission = archived.history, archived.submission
    decision = history.decision(touch)
    sent = history.sent(decision.judged, submission) if decision else None
    request = sent.request if sent else None
    definition = history.definition(request.definition.blob, submission.credential) if request else None
    if decision is None or request is None or definition is None:
        return None
    judgements = []
    for basis in decision.basis:
        found = history.judged(basis.commit, assessment_path(submission, decision.attempt, basis.assessor))
        if found is not None and found.assessment is not None:
            judgements.append(
                Judgement(assessment=show_levels(found.assessment, decision.opened), record=basis.commit)
            )
    opened, reviews = open_attempt(decision, [j.assessment for j in judgements], keys)
    declined = []
    for basis in decision.declined:
        answer = history.judged(basis.commit, declined_path(submission, decision.attempt, basis.assessor))
        if answer is not None and answer.declined is not None:
            declined.append(answer.declined)
    agreed, path = decision.override, override_path(submission, decision.attempt)
    proposed = history.judged(agreed.commit, path) if agreed is not None else None
    proposal = proposed.override if proposed is not None else None
    behind = history.line.position.get(step.before, 0) if step.before else 0
    then = archived.books.then(request.main)
    before = archived.books.seen.at(behind, step.before or step.commit.id).decision(submission)
    return AttemptCase(
        request=request,
        definition=definition,
        sent=decision.judged,
        judgements=tuple(
            replace(j, assessment=review) for j, review in zip(judgements, reviews, strict=True)
        ),
        decision=opened,
        before=_with_kept(before, decision, definition, keys) if before is not None else None,
        earlier=sent_before(history, decision.judged, request, then) if then else (),
        declined=tuple(declined),
        assigned=_assigned(archived, decision.attempt, decision.judged),
        proposed=_opened_proposal(proposal, decision, keys) if proposal is not None else None,
    )


def _with_kept(before: Decision, decision: Decision, definition: Credential, keys: Keys) -> Decision:
    """The decision before, with the levels that an award opens of it, or all that some reading keys open."""
    opened, _ = open_attempt(before, (), keys)
    if opened.levels:
        return opened
    shown = (o for o in decision.opened if (o.attempt, o.assessor) == (before.attempt, None))
    texts = [text for one in shown for text in one.levels]
    levels, _ = read_settled(before, texts, tuple(c.id for c in definition.criteria))
    return replace(before, levels=levels)


def _opened_proposal(said: Override, decision: Decision, keys: Keys) -> Override:
    """A proposal with what it proposes, where the award or some reading keys open it."""
    shown = read_proposal(said, decision.override.opened) if decision.override is not None else None
    try:
        return shown or open_proposal(said, keys)[0]
    except Unopened:
        return said


def _open_case(ws: Workspace, archived: Archived, standing: Standing) -> AttemptCase | None:
    """What is known of an attempt in review."""
    history, request, judged = archived.history, standing.request, standing.judged
    credential = standing.submission.credential
    definition = history.definition(request.definition.blob, credential) if request else None
    if request is None or judged is None or definition is None:
        return None
    then, keys = archived.books.then(request.main), all_reading_keys(ws.repo)
    before = standing.decision
    return AttemptCase(
        request=request,
        definition=definition,
        sent=judged,
        judgements=tuple(
            Judgement(assessment=open_own(found, keys), record=event.commit)
            for event in standing.reviews
            if (found := ws.record.assessments.get((standing.submission, standing.attempt, event.person)))
        ),
        before=open_attempt(before, (), keys)[0] if before is not None else None,
        earlier=sent_before(history, judged, request, then) if then else (),
        declined=tuple(e.declined for e in standing.changes if e.declined is not None),
        assigned=_assigned(archived, standing.attempt, judged),
    )


def _assigned(archived: Archived, attempt: int, judged: CommitId) -> tuple[Assignment, ...]:
    """The assignments that issuers made for a submitted state."""
    found = (
        archived.history.assignment(touch)
        for _, touch in archived.touches
        if touch.kind == "assignment" and touch.attempt == attempt and touch.old is None
    )
    return tuple(a for a in found if a is not None and a.judged == judged)


def _happened(archived: Archived, attempt: int) -> Iterator[Happening]:
    """Revocations, reissues and erasures, in chronological order."""
    history = archived.history
    for step, touch in archived.touches:
        if touch.attempt != attempt or touch.old is not None or touch.new is None:
            continue
        if touch.kind == "revocation":
            revoked = history.revocation(touch)
            yield Happening(
                kind="revoked",
                when=revoked.revoked if revoked else None,
                person=revoked.issuer if revoked else None,
                reason=revoked.reason if revoked else "",
                record=step.commit.id,
            )
        elif touch.kind == "erasure":
            erased = history.erasure(touch)
            yield Happening(
                kind="erased",
                when=erased.erased if erased else None,
                person=erased.by if erased else None,
                reason=erased.reason if erased else "",
                record=step.commit.id,
            )
        elif touch.kind == "reissue":
            again = history.reissue(touch)
            yield Happening(
                kind=again.kind if again else "reissue",
                when=again.issued if again else None,
                person=again.issuer if again else None,
                reason=again.reason if again else "",
                record=step.commit.id,
                number=touch.number,
            )


def stored_badge(result: AuditResult, submission: SubmissionId, attempt: int, number: int) -> bytes:
    """A badge as recorded."""
    return result.history.stored(result.books.given[(submission, attempt)].documents[number])
