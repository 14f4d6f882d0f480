"""Whether a decision follows: from what was sent, by whom it was judged, and what the levels add up to.

The numbers are those of `audit.replay`. Everything is computed from the state of the main line that the
request was read from and from the commits themselves; what a file claims is only compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.assessment import Assessment, check_scores
from mcred.domain.audit.archive import Issue
from mcred.domain.audit.check_request import AuditCase, check_request, check_sent
from mcred.domain.audit.check_seats import seats_of
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import AssessorCommit, Finding, Move, Touch
from mcred.domain.catalog import ProgrammeState
from mcred.domain.credential import Credential
from mcred.domain.ids import PersonId, Slug
from mcred.domain.rules.acceptance import check_signer
from mcred.domain.rules.attestation import ATTESTED, check_attested
from mcred.domain.rules.dates import wrong_dates
from mcred.domain.rules.eligibility import reasons_against_asked
from mcred.domain.rules.outcome import Matrix, combine, find_set_by_issuer
from mcred.domain.rules.rights import reasons_then
from mcred.domain.seats import Seats
from mcred.domain.submission import ReviewRequest


def check_decision(move: Move, touch: Touch, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """(6) to (9), (11) Every finding of one decision."""
    submission = touch.submission
    if submission is None:
        return
    decision = books.archive.decision(touch)
    if decision is None:
        yield Finding(
            code="decision-unreadable",
            commit=move.commit,
            path=touch.path,
            what="the decision cannot be read, or speaks of another attempt",
            submission=submission,
            attempt=touch.attempt,
        )
        return
    case = AuditCase(
        move=move, touch=touch, books=books, submission=submission, person=person, decision=decision
    )
    # (8) decision: whose, once, not after the last word
    yield from _check_decider(case)
    # (11) checkpoint
    yield from _check_checkpoint(case)
    # (6) request
    sent = books.archive.sent(decision.judged, submission)
    if sent is None or decision.judged not in move.parents[1:]:
        yield case.find("submit-missing", "the state that was decided on does not come in with the decision")
        return
    yield from check_sent(case, sent)
    request = sent.request
    if request is None:
        yield case.find("request-unreadable", "the review request cannot be read")
        return
    definition = books.archive.definition(request.definition.blob, submission.credential)
    then = books.then(request.main)
    if then is None:
        what = f"it was made from {request.main[:12]}, a state that this programme never had"
        yield case.find("request-main-unknown", what)
        return
    if definition is None or definition.version != request.definition.version:
        yield case.find(
            "decision-definition", "the definition it names cannot be read, or is another version"
        )
        return
    yield from check_request(case, sent, request, definition, then)
    # (7) assessments
    seats, wrong = seats_of(case, request)
    yield from wrong
    judged = tuple(_read_assessments(case, seats))
    for assessor, found in judged:
        yield from _check_assessment(case, request, definition, seats, (assessor, found))
    yield from _check_strangers(case, seats)
    # (8) decision: what it says
    yield from _check_words(case, request, definition, judged)
    yield from _check_date(case, request)
    # (9) award
    yield from _check_award(case, request, definition)


def _check_decider(case: AuditCase) -> Iterator[Finding]:
    decision, roles = case.decision, case.books.now.programme.roles
    if case.person == case.submission.earner:
        yield case.find("decision-own", f"{case.person} decided on their own work")
    if case.person is not None and decision.issuer != case.person:
        yield case.find("decision-issuer", f"it says {decision.issuer} decided, {case.person} signed it")
    if case.touch.attempt in case.books.attempts.get(case.submission, ()):
        yield case.find("decision-twice", "this attempt was decided before")
    yield from _check_open(case)
    others = set(roles.issuers) - {case.submission.earner, *(b.assessor for b in decision.basis)}
    if case.person in {b.assessor for b in decision.basis}:
        if others:
            what = f"{case.person} also assessed it, and {', '.join(sorted(others))} could have decided"
            yield case.find("decision-own-assessment", what)
        elif not any("also assessed" in flag for flag in decision.flags):
            yield case.find("decision-unflagged", f"{case.person} also assessed it, and it does not say so")


def _check_open(case: AuditCase) -> Iterator[Finding]:
    """An award that holds, and a decline, are the last word."""
    before = case.books.now.decision(case.submission)
    if before is None or before.attempt == case.touch.attempt:
        return
    given = case.books.given.get((case.submission, before.attempt))
    if before.outcome == "decline":
        yield case.find("decision-final", f"it was declined at attempt {before.attempt}")
    elif before.outcome == "award" and given is not None and not given.revoked:
        yield case.find("decision-final", f"it was awarded at attempt {before.attempt}")
    elif before.attempt > case.touch.attempt:
        yield case.find("decision-final", f"attempt {before.attempt} was decided before")


def _check_checkpoint(case: AuditCase) -> Iterator[Finding]:
    said = case.decision.checkpoint
    if said is None:
        if case.books.checkpoints:
            what = "it does not say which state it was built on, as decisions before it do"
            yield case.find("checkpoint-wrong", what)
        return
    if said.commit != case.move.before or said.awards != case.books.awards():
        what = f"it says it was built on {said.commit[:12]} with {said.awards} awards; it was not"
        yield case.find("checkpoint-wrong", what)


def _read_assessments(case: AuditCase, seats: Seats) -> Iterator[tuple[PersonId, AssessorCommit | None]]:
    """Each person who is asked, with the commit that the decision says is theirs."""
    named = {b.assessor: b.commit for b in case.decision.basis}
    for assessor in seats.panel:
        commit = named.get(assessor)
        path = _assessment_path(case, assessor)
        yield assessor, case.books.archive.judged(commit, path) if commit else None


def _assessment_path(case: AuditCase, assessor: PersonId) -> str:
    return f"portfolios/{case.submission}/assessments/{case.touch.attempt}-{assessor}.yaml"


def _check_assessment(
    case: AuditCase,
    request: ReviewRequest,
    definition: Credential,
    seats: Seats,
    answer: tuple[PersonId, AssessorCommit | None],
) -> Iterator[Finding]:
    assessor, found = answer
    path = _assessment_path(case, assessor)
    touch = next((t for t in case.move.touches if t.path == path), None)
    if found is None or touch is None or touch.new is None or found.commit not in case.move.parents[1:]:
        what = f"{assessor} was asked, and no assessment of theirs comes in with the decision"
        yield case.find("assessment-missing", what, path=path)
        return
    # (A3), (A4)
    for code, what in _against_commit(case, assessor, found, path):
        yield case.find(code, what, path=path, person=assessor)
    # (A1), (A2), (A6)
    for code, what in _against_rights(case, request, definition, seats, (assessor, found)):
        yield case.find(code, what, path=path, person=assessor)
    if found.blob != touch.new:
        yield case.find("assessment-other", "what stands here is not what was signed", path=path)
    if found.assessment is None:
        yield case.find("assessment-unreadable", "it cannot be read", path=path)
    else:
        for code, what in _against_scores(case, request, definition, assessor, found.assessment):
            yield case.find(code, what, path=path, person=assessor)


def _against_rights(
    case: AuditCase,
    request: ReviewRequest,
    definition: Credential,
    seats: Seats,
    answer: tuple[PersonId, AssessorCommit],
) -> tuple[tuple[str, str], ...]:
    """Codes and reasons against who signed an assessment, and whether they may assess."""
    assessor, found = answer
    attested = found.assessment.attested if found.assessment else None
    unfit = "assessment-own" if assessor == case.submission.earner else "assessor-not-eligible"

    def reasons_at(state: ProgrammeState) -> tuple[tuple[str, str], ...]:
        if found.assessment is not None and attested is not None:
            signed = check_attested(found.assessment, attested, assessor, found.signer, state)
        else:
            signed = check_signer(found.signer, assessor, state)
        policy = state.programme.assessment.for_credential(definition)
        by_issuer = assessor in seats.stand_ins
        against = reasons_against_asked(
            assessor, case.submission, state, request.rule, policy, by_issuer=by_issuer
        )
        return (*(("assessment-foreign", why) for why in signed), *((unfit, why) for why in against))

    witness = () if attested is None else (attested.by,)
    signed = found.signer is not None and attested is None
    return reasons_then(case.rights(request, assessor, *witness), reasons_at, signed=signed)


def _against_commit(
    case: AuditCase, assessor: PersonId, found: AssessorCommit, path: str
) -> Iterator[tuple[str, str]]:
    """Codes and reasons against an assessor's commit itself."""
    attested = found.assessment.attested if found.assessment else None
    if attested is not None:
        case.books.attested.setdefault((case.submission, case.touch.attempt), {})[assessor] = attested
        if not any(assessor in flag and ATTESTED in flag for flag in case.decision.flags):
            yield "decision-unflagged", f"{assessor} did not sign this themselves, and it does not say so"
    if found.parent != case.decision.judged:
        yield "assessment-stale", "it judges another state of the work"
    if found.touched != ((path, "100644"),):
        yield "assessment-more", "its step changes more than its own file"


def _against_scores(
    case: AuditCase, request: ReviewRequest, definition: Credential, assessor: PersonId, given: Assessment
) -> Iterator[tuple[str, str]]:
    """Codes and reasons against what an assessment says."""
    if (given.submission, given.attempt, given.assessor) != (case.submission, case.touch.attempt, assessor):
        yield "assessment-wrong", "it speaks of another attempt, or of another assessor"
    if given.judged != case.decision.judged:
        yield "assessment-stale", "it says it judges another state"
    if given.definition != request.definition:
        yield "assessment-definition", "it was scored with another version of the rubric"
    open_criteria = tuple(c.id for c in definition.criteria if c.id not in request.carried)
    for fault in check_scores(given.scores, definition, open_criteria):
        yield "scores-unfit", fault.what


def _check_strangers(case: AuditCase, seats: Seats) -> Iterator[Finding]:
    """Assessments by people who were not asked, and a basis that is not the panel."""
    for touch in case.move.touches:
        if touch.kind == "assessment" and touch.assessor not in seats.panel:
            what = f"{touch.assessor} was not asked to assess this"
            yield case.find("assessment-not-asked", what, path=touch.path, person=touch.assessor)
    named = [b.assessor for b in case.decision.basis]
    if sorted(named) != sorted(seats.panel):
        what = f"it rests on {', '.join(named) or 'nobody'}; {', '.join(seats.panel)} were asked"
        yield case.find("decision-basis", what)


def _check_words(
    case: AuditCase,
    request: ReviewRequest,
    definition: Credential,
    judged: tuple[tuple[PersonId, AssessorCommit | None], ...],
) -> Iterator[Finding]:
    """Whether levels, recommendation and outcome follow, or are explained."""
    decision = case.decision
    if decision.definition != request.definition:
        yield case.find("decision-definition", "it was decided by another version than it was sent for")
    if decision.rule != request.rule:
        yield case.find("decision-rule", f"it says {decision.rule}s judged; {request.rule}s were asked")
    assessments = tuple(f.assessment for _, f in judged if f is not None and f.assessment is not None)
    if [s.criterion for s in decision.levels] != [c.id for c in definition.criteria]:
        yield case.find("decision-levels", "it does not give each criterion one level")
        return
    odd = [s for s in decision.levels if s.level not in _scale(definition, s.criterion)]
    if odd:
        yield case.find("decision-levels", f"criterion '{odd[0].criterion}' has no level '{odd[0].level}'")
        return
    if any(s.level not in _scale(definition, s.criterion) for a in assessments for s in a.scores):
        # Said of the assessment already; nothing follows from a level that there is not.
        return
    before = case.books.seen.at(case.books.steps, case.books.tip).decision(case.submission)
    carried = {
        c: level for c in request.carried if before is not None and (level := before.level_of(c)) is not None
    }
    decided = {s.criterion: s.level for s in decision.levels}
    settled = find_set_by_issuer(assessments, definition, carried, decided)
    matrix = combine(assessments, definition, carried, settled)
    yield from _check_reason(case, matrix, settled)


def _check_reason(case: AuditCase, matrix: Matrix, settled: Mapping[Slug, Slug]) -> Iterator[Finding]:
    decision = case.decision
    if matrix.recommended != decision.recommended:
        what = f"the levels recommend {matrix.recommended}; it says they recommend {decision.recommended}"
        yield case.find("decision-recommended", what)
    wrong = [
        s.criterion for s, row in zip(decision.levels, matrix.rows, strict=True) if s.carried != row.carried
    ]
    if wrong:
        yield case.find("decision-levels", f"it is wrong on which levels were kept: {', '.join(wrong)}")
    hidden = [s.criterion for s in decision.levels if s.by_issuer != (s.criterion in settled)]
    if hidden:
        yield case.find("decision-levels", f"it is wrong on whose level stands: {', '.join(hidden)}")
    grounds = [
        *(["it differs from the recommendation"] if decision.outcome != matrix.recommended else []),
        *(["the issuer set a level"] if settled else []),
        *(["assessors are far apart"] if any(r.escalated for r in matrix.rows) else []),
    ]
    if grounds and not decision.reason.strip():
        yield case.find("decision-reason", f"{' and '.join(grounds)}, and no reason is given")


def _check_date(case: AuditCase, request: ReviewRequest) -> Iterator[Finding]:
    """Whether a decision's date can be true."""
    decision, follows = case.decision, {"its request was sent": request.requested}
    signed = decision.outcome == "award"
    for what in wrong_dates(decision.decided, case.move, case.books, follows, signed=signed):
        yield case.find("decision-date", what)


def _scale(definition: Credential, criterion: Slug) -> tuple[Slug, ...]:
    """The levels of a criterion, none for one that there is not."""
    known = next((c for c in definition.criteria if c.id == criterion), None)
    return definition.scale_of(known) if known is not None else ()


def _check_award(case: AuditCase, request: ReviewRequest, definition: Credential) -> Iterator[Finding]:
    """(9) A badge exactly where the decision awards, saying what the decision gives."""
    badge = next(
        (t for t in case.move.touches if t.kind == "award" and t.submission == case.submission), None
    )
    if badge is None:
        if case.decision.outcome == "award":
            yield case.find("award-missing", "it was awarded, and there is no badge")
        return
    if case.decision.outcome != "award":
        yield case.find("award-not-decided", f"the decision is {case.decision.outcome}", path=badge.path)
        return
    earner = case.books.now.people.get(case.submission.earner)
    if earner is None or badge.new is None or case.touch.new is None:
        return
    if case.decision.badge < case.books.wording:
        what = f"its wording has the number {case.decision.badge}, the badges before it {case.books.wording}"
        yield case.find("award-other", what, path=badge.path)
    issue = Issue(
        document=badge.new,
        programme=case.books.now.programme,
        definition=definition,
        earner=earner,
        decision=case.decision,
        decided=case.touch.new,
    )
    for doubt in case.books.archive.badge_doubts(issue):
        yield case.find("award-other", doubt, path=badge.path)
