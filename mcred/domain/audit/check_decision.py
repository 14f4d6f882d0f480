"""Audit checks of a decision: the sent work, the assessors, and the outcome of the levels.

The numbers are those of `audit.replay`. Everything is computed from the commit of main that the request was
read from and from the commits themselves; a file's claims are only compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.assessment import Assessment, check_scores
from mcred.domain.audit.archive import Issue
from mcred.domain.audit.check_opened import check_open_decision, open_levels
from mcred.domain.audit.check_override import check_second_issuer
from mcred.domain.audit.check_request import AuditCase, check_request, check_rubric, check_sent
from mcred.domain.audit.check_seats import seats_of
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import AssessorCommit, Finding, Move, Touch
from mcred.domain.award import valid_until
from mcred.domain.catalog import ProgrammeState
from mcred.domain.credential import Credential
from mcred.domain.ids import PersonId, Slug
from mcred.domain.layout import assessment_path
from mcred.domain.rules.acceptance import check_author, check_signer
from mcred.domain.rules.attestation import ATTESTED
from mcred.domain.rules.dates import wrong_dates
from mcred.domain.rules.decide import find_bars, find_grounds, has_own_assessment_flag, without_reason
from mcred.domain.rules.eligibility import reasons_against_asked
from mcred.domain.rules.outcome import Matrix, combine, find_set_by_issuer
from mcred.domain.rules.rights import reasons_there, why_not_under
from mcred.domain.rules.sealing import explain_open_review
from mcred.domain.rules.submit import last_word
from mcred.domain.seats import Seats
from mcred.domain.submission import ReviewRequest


def check_decision(move: Move, touch: Touch, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """(6) to (9), (11) Every finding about one decision."""
    submission = touch.submission
    if submission is None:
        return
    decision = books.archive.decision(touch)
    if decision is None:
        yield Finding(
            code="decision-unreadable",
            commit=move.commit,
            path=touch.path,
            what="the decision cannot be read, or is about another attempt",
            submission=submission,
            attempt=touch.attempt,
        )
        return
    case = AuditCase(
        move=move, touch=touch, books=books, submission=submission, person=person, decision=decision
    )
    # (8) decision: whose, once, not after a final one
    yield from _check_decider(case)
    # (11) checkpoint
    yield from _check_checkpoint(case)
    # (6) request
    sent = books.archive.sent(decision.judged, submission)
    if sent is None or decision.judged not in move.parents[1:]:
        yield case.find("submit-missing", "the version that was decided on does not come with the decision")
        return
    yield from check_sent(case, sent)
    request = sent.request
    if request is None:
        yield case.find("request-unreadable", "the review request cannot be read")
        return
    definition = books.archive.definition(request.definition.blob, submission.credential)
    then = books.then(request.main)
    if then is None:
        what = f"it was made from {request.main[:12]}, a state that this program never had"
        yield case.find("request-main-unknown", what)
        return
    if definition is None or definition.version != request.definition.version:
        yield case.find(
            "decision-definition", "the definition it names cannot be read, or is another version"
        )
        return
    doubts = check_request(case, sent, request, definition, then)
    yield from doubts
    yield from check_rubric(case, definition, request.definition.blob, then)
    # (7) assessments
    seats, wrong = seats_of(case, request)
    yield from wrong
    judged = tuple(_read_assessments(case, seats))
    for assessor, found in judged:
        yield from _check_assessment(case, request, definition, seats, (assessor, found))
    yield from _check_strangers(case, seats)
    # (8) decision: what it says
    yield from _check_words(case, request, definition, judged, is_doubted=bool(doubts))
    yield from _check_date(case, request)
    # (9) award
    yield from _check_award(case, request, definition)


def _check_decider(case: AuditCase) -> Iterator[Finding]:
    decision, roles = case.decision, case.books.now.programme.roles
    assessors = tuple(b.assessor for b in decision.basis)
    found = () if case.person is None else find_bars(case.person, roles, case.submission, assessors)
    bars = {bar.code: bar.what for bar in found}
    if own := bars.get("decision-own"):
        yield case.find("decision-own", own)
    if case.person is not None and decision.issuer != case.person:
        yield case.find("decision-issuer", f"it says {decision.issuer} decided, but {case.person} signed it")
    if case.touch.attempt in case.books.attempts.get(case.submission, ()):
        yield case.find("decision-twice", "this attempt was already decided")
    yield from _check_open(case)
    if assessed := bars.get("decision-own-assessment"):
        yield case.find("decision-own-assessment", assessed)
    elif case.person in assessors and not has_own_assessment_flag(decision.flags):
        yield case.find("decision-unflagged", f"{case.person} also assessed it, but it does not say so")


def _check_open(case: AuditCase) -> Iterator[Finding]:
    """No decision may follow a valid award or a decline."""
    before = case.books.now.decision(case.submission)
    if before is None or before.attempt == case.touch.attempt:
        return
    given = case.books.given.get((case.submission, before.attempt))
    edition = case.books.archive.definition(before.definition.blob, case.submission.credential)
    begins = given.begins if given is not None and given.begins is not None else before.decided
    why = last_word(
        before.outcome,
        before.attempt,
        is_revoked=given is None or given.revoked,
        ends=valid_until(begins.date(), edition.validity) if edition is not None else None,
        on=case.decision.decided.date(),
    )
    if why:
        yield case.find("decision-final", why)
    elif before.attempt > case.touch.attempt:
        yield case.find("decision-final", f"attempt {before.attempt} was already decided")


def _check_checkpoint(case: AuditCase) -> Iterator[Finding]:
    said = case.decision.checkpoint
    if said is None:
        if case.books.checkpoints:
            what = "it does not say which state it was built on, as earlier decisions do"
            yield case.find("checkpoint-wrong", what)
        return
    if said.commit != case.move.before or said.awards != case.books.awards():
        what = f"it says it was built on {said.commit[:12]} with {said.awards} awards; it was not"
        yield case.find("checkpoint-wrong", what)


def _read_assessments(case: AuditCase, seats: Seats) -> Iterator[tuple[PersonId, AssessorCommit | None]]:
    """Each panel member, with the commit the decision names as theirs."""
    named = {b.assessor: b.commit for b in case.decision.basis}
    for assessor in seats.panel:
        commit = named.get(assessor)
        path = _assessment_path(case, assessor)
        yield assessor, case.books.archive.judged(commit, path) if commit else None


def _assessment_path(case: AuditCase, assessor: PersonId) -> str:
    return assessment_path(case.submission, case.touch.attempt, assessor)


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
        what = f"{assessor} was assigned, but no assessment of theirs comes with the decision"
        yield case.find("assessment-missing", what, path=path)
        return
    # (A3), (A4)
    for code, what in _against_commit(case, assessor, found, path):
        yield case.find(code, what, path=path, person=assessor)
    # (A1), (A2), (A6)
    for code, what in _against_rights(case, request, definition, seats, (assessor, found)):
        yield case.find(code, what, path=path, person=assessor)
    if found.blob != touch.new:
        yield case.find("assessment-other", "what is here is not what was signed", path=path)
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
    """(code, reason) against the state it names, the signer of an assessment, and the right to assess."""
    assessor, found = answer
    main = found.assessment.main if found.assessment else request.main
    if why := why_not_under(main, request.main, case.books.place):
        return (("assessment-main", why),)
    attested = found.assessment.attested if found.assessment else None
    unfit = "assessment-own" if assessor == case.submission.earner else "assessor-not-eligible"

    def reasons_at(state: ProgrammeState) -> tuple[tuple[str, str], ...]:
        if found.assessment is not None:
            signed = check_author(found.assessment, assessor, found.signer, state)
        else:
            signed = check_signer(found.signer, assessor, state)
        policy = state.programme.assessment.for_credential(definition)
        by_issuer = assessor in seats.stand_ins
        against = reasons_against_asked(
            assessor, case.submission, state, request.rule, policy, by_issuer=by_issuer
        )
        return (*(("assessment-foreign", why) for why in signed), *((unfit, why) for why in against))

    return reasons_there(case.books.rights(main), case.books.now, reasons_at, signed=attested is None)


def _against_commit(
    case: AuditCase, assessor: PersonId, found: AssessorCommit, path: str
) -> Iterator[tuple[str, str]]:
    """(code, reason) against an assessor's commit itself."""
    attested = found.assessment.attested if found.assessment else None
    if attested is not None:
        case.books.attested.setdefault((case.submission, case.touch.attempt), {})[assessor] = attested
    said = next((b.attested for b in case.decision.basis if b.assessor == assessor), None)
    flagged = any(flag.startswith(f"{assessor}'s assessment is {ATTESTED} ") for flag in case.decision.flags)
    if said != (attested.by if attested is not None else None) or (attested is not None and not flagged):
        yield "decision-unflagged", f"it is wrong about whether {assessor} signed this, or who attests it"
    if found.parent != case.decision.judged:
        yield "assessment-stale", "it assesses a different version of the work"
    if found.touched != ((path, "100644"),):
        yield "assessment-more", "its step changes more than its own file"


def _against_scores(
    case: AuditCase, request: ReviewRequest, definition: Credential, assessor: PersonId, given: Assessment
) -> Iterator[tuple[str, str]]:
    """(code, reason) against the content of an assessment."""
    if (given.submission, given.attempt, given.assessor) != (case.submission, case.touch.attempt, assessor):
        yield "assessment-wrong", "it is about another attempt, or another assessor"
    if given.judged != case.decision.judged:
        yield "assessment-stale", "it says it assesses a different version"
    if given.definition != request.definition:
        yield "assessment-definition", "it was scored with another version of the rubric"
    open_criteria = tuple(c.id for c in definition.criteria if c.id not in request.carried)
    for what in explain_open_review(given, open_criteria):
        yield "assessment-not-sealed", what
    for fault in check_scores(given.scores, definition, open_criteria) if given.attested is not None else ():
        yield "scores-unfit", fault.what


def _check_strangers(case: AuditCase, seats: Seats) -> Iterator[Finding]:
    """Findings: assessments by people who were not asked, or a basis that is not the panel."""
    for touch in case.move.touches:
        if touch.kind == "assessment" and touch.assessor not in seats.panel:
            what = f"{touch.assessor} was not assigned to assess this"
            yield case.find("assessment-not-asked", what, path=touch.path, person=touch.assessor)
    named = [b.assessor for b in case.decision.basis]
    if sorted(named) != sorted(seats.panel):
        what = f"it rests on {', '.join(named) or 'no one'}; assigned were {', '.join(seats.panel)}"
        yield case.find("decision-basis", what)


def _check_words(
    case: AuditCase,
    request: ReviewRequest,
    definition: Credential,
    judged: tuple[tuple[PersonId, AssessorCommit | None], ...],
    *,
    is_doubted: bool,
) -> Iterator[Finding]:
    """Findings: levels, recommendation or outcome that do not follow and have no reason."""
    decision = case.decision
    if decision.definition != request.definition:
        yield case.find(
            "decision-definition", "it was decided under a different version than it was submitted for"
        )
    if decision.rule != request.rule:
        yield case.find("decision-rule", f"it says {decision.rule}s assessed; {request.rule}s were assigned")
    for code, what in check_open_decision(case, definition):
        yield case.find(code, what)
    if decision.outcome != "award":
        yield from check_second_issuer(case, request, None, {})
        return
    if [s.criterion for s in decision.levels] != [c.id for c in definition.criteria]:
        yield case.find("decision-levels", "it does not give each criterion one level")
        return
    odd = [s for s in decision.levels if s.level not in _scale(definition, s.criterion)]
    if odd:
        yield case.find("decision-levels", f"criterion '{odd[0].criterion}' has no level '{odd[0].level}'")
        return
    opened = open_levels(case, request, definition, judged)
    for code, what in dict.fromkeys(opened.wrong):
        yield case.find(code, what)
    if opened.wrong or any(
        s.level not in _scale(definition, s.criterion) for a in opened.assessments for s in a.scores
    ):
        # Reported already; nothing follows from a level that does not exist, or is not the assessor's.
        return
    decided = {s.criterion: s.level for s in decision.levels}
    settled = find_set_by_issuer(opened.assessments, definition, opened.kept, decided)
    matrix = combine(opened.assessments, definition, opened.kept, settled)
    yield from _check_reason(case, request, matrix, settled, is_doubted=is_doubted)


def _check_reason(
    case: AuditCase, request: ReviewRequest, matrix: Matrix, settled: Mapping[Slug, Slug], *, is_doubted: bool
) -> Iterator[Finding]:
    decision = case.decision
    if matrix.recommended != decision.recommended:
        what = f"the levels recommend {matrix.recommended}; it says they recommend {decision.recommended}"
        yield case.find("decision-recommended", what)
    wrong = [
        s.criterion for s, row in zip(decision.levels, matrix.rows, strict=True) if s.carried != row.carried
    ]
    if wrong:
        yield case.find("decision-levels", f"it is wrong about which levels were kept: {', '.join(wrong)}")
    hidden = [s.criterion for s in decision.levels if s.by_issuer != (s.criterion in settled)]
    if hidden:
        yield case.find("decision-levels", f"it is wrong about who set the level: {', '.join(hidden)}")
    due = find_grounds(decision.outcome, matrix, settled, is_doubted=is_doubted)
    reasons = {s.criterion: s.reason for s in decision.levels}
    if lacking := without_reason(tuple(due), decision.reason, reasons):
        said = " and ".join(ground.on_record for ground in lacking)
        yield case.find("decision-reason", f"{said}, but no reason is given")
    yield from check_second_issuer(case, request, matrix.recommended, settled)


def _check_date(case: AuditCase, request: ReviewRequest) -> Iterator[Finding]:
    """Findings: a decision's date is impossible."""
    decision, follows = case.decision, {"its request was submitted": request.requested}
    signed = decision.outcome == "award"
    for what in wrong_dates(decision.decided, case.move, case.books, follows, signed=signed):
        yield case.find("decision-date", what)


def _scale(definition: Credential, criterion: Slug) -> tuple[Slug, ...]:
    """The levels of a criterion, empty for an unknown one."""
    known = next((c for c in definition.criteria if c.id == criterion), None)
    return definition.scale_of(known) if known is not None else ()


def _check_award(case: AuditCase, request: ReviewRequest, definition: Credential) -> Iterator[Finding]:
    """(9) There is a badge if and only if the decision awards, and it matches the decision."""
    badge = next(
        (t for t in case.move.touches if t.kind == "award" and t.submission == case.submission), None
    )
    if badge is None:
        if case.decision.outcome == "award":
            yield case.find("award-missing", "it was awarded, but there is no badge")
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
