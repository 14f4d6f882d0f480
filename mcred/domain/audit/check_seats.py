"""Audit checks of changes to a panel: declined reviews and assignments by an issuer.

The numbers are those of `audit.replay` (7): an assignment is checked at its own commit of main, a declined
review with the decision that brings it in. An invalid change has no effect: the panel member stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcred.domain.audit.check_request import AuditCase
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import AssessorCommit, Finding, Move, Touch
from mcred.domain.ids import PersonId
from mcred.domain.layout import assessment_path, declined_path
from mcred.domain.rules.acceptance import check_signer
from mcred.domain.rules.eligibility import reasons_against
from mcred.domain.rules.rights import why_not_under
from mcred.domain.seats import Assignment, Seats, seat
from mcred.domain.submission import ReviewRequest


def check_assignment(move: Move, touch: Touch, books: Books, person: PersonId | None) -> Iterator[Finding]:
    """(7) An assignment is in order, in time, by the issuer it names, of a person who may assess."""

    def find(code: str, what: str) -> Finding:
        return Finding(
            code=code,
            commit=move.commit,
            path=touch.path,
            what=what,
            person=person,
            submission=touch.submission,
            attempt=touch.attempt,
        )

    said = books.archive.assignment(touch)
    submission = touch.submission
    if submission is None or said is None:
        yield find("assign-wrong", "it cannot be read, or is about another attempt")
        return
    if person is not None and said.issuer != person:
        yield find("assign-wrong", f"it says {said.issuer} assigned it, but {person} signed it")
    if touch.number != 1 + len(books.seen.assigned_to(books.steps, submission, touch.attempt)):
        yield find("assign-wrong", "its number is not the next one")
    sent = books.archive.sent(said.judged, submission)
    unasked = sent.request.at_limit if sent is not None and sent.request is not None else ()
    if not said.because.strip() or (said.instead_of == said.to and said.to not in unasked):
        yield find("assign-wrong", "it gives no reason, or changes nothing")
    if touch.attempt <= books.last_attempt(submission):
        yield find("assign-late", "this attempt was already decided")
    for reason in _against(said, books):
        yield find("assign-not-eligible", reason)


def _against(said: Assignment, books: Books) -> tuple[str, ...]:
    """Why the assigned person may assess neither as an expert nor as a peer."""
    now = books.now
    edition = now.edition(said.submission.credential)
    definition = books.archive.definition(edition.blob, said.submission.credential) if edition else None
    policy = now.programme.assessment
    policy = policy.for_credential(definition) if definition else policy
    peer = reasons_against(said.to, said.submission, now, "peer", policy)
    expert = reasons_against(said.to, said.submission, now, "expert", policy)
    return expert if peer and expert else ()


def seats_of(case: AuditCase, request: ReviewRequest) -> tuple[Seats, tuple[Finding, ...]]:
    """(7) The panel's seats at the time of a decision, and every finding about their changes."""
    findings = list(_check_named(case))
    given_back = []
    for basis in case.decision.declined:
        path = _path(case, basis.assessor)
        found = case.books.archive.judged(basis.commit, path)
        wrong = list(_against_declined(case, request, basis.assessor, found, path))
        findings.extend(case.find(code, what, path=path, person=basis.assessor) for code, what in wrong)
        if not wrong:
            given_back.append(basis.assessor)
    assigned = tuple(
        a
        for a in case.books.now.assigned_to(case.submission, case.touch.attempt)
        if a.judged == case.decision.judged
    )
    seats = seat(request, given_back, assigned)
    for person in given_back:
        if person not in seats.everybody:
            what = f"{person} was not assigned, so there was nothing to decline"
            findings.append(case.find("decline-not-asked", what, path=_path(case, person), person=person))
    for one in assigned:
        if one.instead_of not in seats.everybody | seats.unasked:
            what = f"assignment {one.number} replaces {one.instead_of}, who was not assigned"
            findings.append(case.find("assign-wrong", what))
    for person in seats.vacant:
        what = f"the place of {person} was vacant, and no one was assigned instead"
        findings.append(case.find("assessment-missing", what, person=person))
    return seats, tuple(findings)


def _path(case: AuditCase, assessor: PersonId) -> str:
    return declined_path(case.submission, case.touch.attempt, assessor)


def _check_named(case: AuditCase) -> Iterator[Finding]:
    """Findings: a declined review on record for which the decision names no commit of that person."""
    named = {b.assessor for b in case.decision.declined}
    for touch in case.move.touches:
        if touch.kind == "declined" and touch.assessor not in named:
            what = "it says that an assessor declined, but no step of theirs comes with it"
            yield case.find("decline-missing", what, path=touch.path, person=touch.assessor)


def _against_declined(
    case: AuditCase, request: ReviewRequest, assessor: PersonId, found: AssessorCommit | None, path: str
) -> Iterator[tuple[str, str]]:
    """(code, reason) against one declined review: (A1) to (A5), as for an assessment."""
    touch = next((t for t in case.move.touches if t.path == path), None)
    if found is None or touch is None or touch.new is None or found.commit not in case.move.parents[1:]:
        yield "decline-missing", f"it says that {assessor} declined, but no such step comes with it"
        return
    said, signer = found.declined, found.signer
    main = said.main if said else request.main
    if why := why_not_under(main, request.main, case.books.place):
        yield "decline-main", why
    elif check_signer(signer, assessor, case.books.rights(main)):
        yield "decline-foreign", f"it is not signed with a key of {assessor}'s"
    if _has_scored(case, assessor, found):
        yield "decline-scored", f"{assessor} had already assessed this attempt"
    elif found.parent != case.decision.judged:
        yield "decline-stale", "it declines a different version of the work"
    if found.touched != ((path, "100644"),):
        yield "decline-more", "its step changes more than its own file"
    if found.blob != touch.new:
        yield "decline-other", "what is here is not what was signed"
    place = (case.submission, case.touch.attempt, assessor, case.decision.judged)
    if said is None or (said.submission, said.attempt, said.assessor, said.judged) != place:
        yield "decline-wrong", "it cannot be read, or is about another attempt, version, or person"


def _has_scored(case: AuditCase, assessor: PersonId, found: AssessorCommit) -> bool:
    """Whether this assessor's assessment is the commit's parent, or comes in with it."""
    scores = assessment_path(case.submission, case.touch.attempt, assessor)
    below = found.parent is not None and case.books.archive.blob_at(found.parent, scores) is not None
    return below or any(t.path == scores for t in case.move.touches)
