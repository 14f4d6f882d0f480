"""Whether a decision follows: from what was sent, by whom it was judged, and what the levels add up to.

The numbers are those of `policy.audit`. Everything is computed from the state of the main line that the
request was read from and from the commits themselves; what a file claims is only compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcred.model.assessment import Assessment, check_scores
from mcred.model.credential import Credential
from mcred.model.decision import Decision
from mcred.model.ids import BlobId, CommitId, PersonId, Slug, SubmissionId
from mcred.model.replay import EARNERS, Finding, Judged, Move, Sent, Touch
from mcred.model.submission import ReviewRequest, unchanged_criteria
from mcred.policy.archive import Archive, Issue
from mcred.policy.books import Books
from mcred.policy.eligibility import reasons_against
from mcred.policy.ledger import Moment
from mcred.policy.outcome import Matrix, combine
from mcred.policy.panel import choose_panel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One decision with what it speaks of."""

    move: Move
    touch: Touch
    books: Books
    submission: SubmissionId
    person: PersonId | None
    decision: Decision

    def find(self, code: str, what: str, *, path: str = "", person: PersonId | None = None) -> Finding:
        return Finding(
            code=code,
            commit=self.move.commit,
            path=path or self.touch.path,
            what=what,
            person=person or self.person,
            submission=self.submission,
            attempt=self.touch.attempt,
        )


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
    case = _Case(move=move, touch=touch, books=books, submission=submission, person=person, decision=decision)
    # (8) decision: whose, once, not after the last word
    yield from _check_decider(case)
    # (11) checkpoint
    yield from _check_checkpoint(case)
    # (6) request
    sent = books.archive.sent(decision.judged, submission)
    if sent is None or decision.judged not in move.parents[1:]:
        yield case.find("submit-missing", "the state that was decided on does not come in with the decision")
        return
    yield from _check_sent(case, sent)
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
    yield from _check_request(case, sent, request, definition, then)
    # (7) assessments
    judged = tuple(_read_assessments(case, request))
    for assessor, found in judged:
        yield from _check_assessment(case, request, definition, assessor, found)
    yield from _check_strangers(case, request)
    # (8) decision: what it says
    yield from _check_words(case, request, definition, judged)
    # (9) award
    yield from _check_award(case, request, definition)


def _check_decider(case: _Case) -> Iterator[Finding]:
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


def _check_open(case: _Case) -> Iterator[Finding]:
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


def _check_checkpoint(case: _Case) -> Iterator[Finding]:
    said = case.decision.checkpoint
    if said is None:
        if case.books.checkpoints:
            what = "it does not say which state it was built on, as decisions before it do"
            yield case.find("checkpoint-wrong", what)
        return
    if said.commit != case.move.before or said.awards != case.books.awards():
        what = f"it says it was built on {said.commit[:12]} with {said.awards} awards; it was not"
        yield case.find("checkpoint-wrong", what)


def _check_sent(case: _Case, sent: Sent) -> Iterator[Finding]:
    earner = case.submission.earner
    profile = case.books.now.people.get(earner)
    if profile is None:
        yield case.find("submit-not-earners", f"{earner} is not confirmed in this programme", person=earner)
    elif not profile.signs_with(sent.signer) and (
        sent.signer is not None or case.books.now.programme.signatures == "required"
    ):
        what = f"what was decided on is not signed with a key of {earner}'s"
        yield case.find("submit-not-earners", what, person=earner)
    if (sent.event, sent.submission, sent.attempt) != ("submit", case.submission, case.touch.attempt):
        yield case.find("submit-missing", f"{sent.commit[:12]} is not attempt {case.touch.attempt} as sent")
    for fault in sent.faults:
        yield case.find("bad-file", fault)
    brought = {t.path: t.new for t in case.move.touches if t.kind in EARNERS or t.kind == "stray"}
    folder = f"portfolios/{case.submission}/"
    for path, blob in sorted(brought.items()):
        if sent.files.get(path.removeprefix(folder)) != blob:
            yield case.find("work-changed", "this is not what was sent and judged", path=path)
    missing = [
        name for name in sorted(sent.files) if not _is_there(case, folder + name, sent.files[name], brought)
    ]
    for name in missing:
        yield case.find("work-changed", "this was sent and judged, and is not here", path=folder + name)


def _is_there(case: _Case, path: str, blob: BlobId, brought: Mapping[str, BlobId | None]) -> bool:
    """Whether a sent file came in, or was there before as it is."""
    if path in brought:
        return True
    return case.books.archive.blob_at(case.move.commit, path) == blob


def _check_request(
    case: _Case, sent: Sent, request: ReviewRequest, definition: Credential, then: Moment
) -> Iterator[Finding]:
    """Whether the request is what the rules of its day give (FORMATS: Policy, last paragraph)."""
    yield from _check_asked_by(case, sent, request, definition, then)
    yield from _check_panel(case, sent, request, definition, then)
    wrongly = set(request.carried) - set(_may_carry(case, sent, request, definition, then))
    if wrongly:
        what = f"it keeps levels although the evidence changed: {', '.join(sorted(wrongly))}"
        yield case.find("request-carried", what)


def _check_asked_by(
    case: _Case, sent: Sent, request: ReviewRequest, definition: Credential, then: Moment
) -> Iterator[Finding]:
    """Which attempt, which rubric, which files, from which state."""
    if (request.submission, request.attempt) != (case.submission, case.touch.attempt):
        yield case.find("request-wrong", f"it asks about attempt {request.attempt} of {request.submission}")
    stood = then.edition(case.submission.credential)
    editions = then.editions_since(0, case.submission.credential)
    if request.definition.blob not in {e.blob for _, e in editions}:
        what = "it names a definition that the programme did not have when it was sent"
        yield case.find("decision-definition", what)
    elif definition.status != "live":
        yield case.find("decision-definition", f"it names a definition that was {definition.status}")
    elif stood is None:
        yield case.find("decision-definition", "there was no such micro-credential when it was sent")
    if case.submission.earner not in then.people:
        what = f"{case.submission.earner} was not confirmed yet in the state it was made from"
        yield case.find("request-main-early", what)
    work = case.books.archive.work(sent.commit, case.submission, definition)
    if work is not None and work.submission.version != definition.version:
        what = f"the work is for version {work.submission.version}, the rubric has {definition.version}"
        yield case.find("request-wrong", what)
    yield from _check_rubric(case, definition, request.definition.blob, then)
    digests = case.books.archive.digests(sent.commit, case.submission)
    if {f.path: f.sha256 for f in request.files} != dict(digests):
        yield case.find("request-files", "the files it lists are not the files that were sent")


def _check_panel(
    case: _Case, sent: Sent, request: ReviewRequest, definition: Credential, then: Moment
) -> Iterator[Finding]:
    """Whom the rules ask: the choice is made again from the state it was read from."""
    policy = then.programme.assessment.for_credential(definition)
    earlier = asked_before(case.books.archive, sent.commit, request, then)
    panel = choose_panel(
        case.submission, then, policy, {c.person: c.open for c in request.candidates}, earlier
    )
    if (panel.rule, panel.assessed_before) != (request.rule, request.assessed_before):
        yield case.find(
            "request-rule",
            f"{panel.assessed_before} submissions had been assessed, so {panel.rule}s were due; "
            f"it says {request.assessed_before} and {request.rule}s",
        )
    elif panel.members != request.panel:
        what = f"the rules ask {', '.join(panel.members) or 'nobody'}; it asks {', '.join(request.panel)}"
        yield case.find("request-panel", what)
    if {c.person for c in panel.candidates} != {c.person for c in request.candidates}:
        yield case.find("request-candidates", "it does not name everybody who could be asked")
    if not panel.is_complete:
        yield case.find("request-panel", "there were not enough assessors for this")


def _check_rubric(case: _Case, definition: Credential, blob: BlobId, then: Moment) -> Iterator[Finding]:
    """A version is one text: from the day somebody sends work for it, and for everybody who does."""
    credential, version = case.submission.credential, definition.version
    since, used = case.books.used.get((credential, version), (case.books.steps + 1, blob))
    if used != blob:
        what = f"version {version} was another text for those who were judged by it before"
        yield case.find("definition-changed", what)
    now = case.books.seen.at(case.books.steps, case.books.tip)
    for step, edition in now.editions_since(then.step, credential):
        if edition.version == version and edition.blob != blob and step < since:
            path = f"credentials/{credential}/credential.yaml"
            what = f"version {version} was changed while {case.submission} was judged by it"
            yield Finding(code="definition-changed", commit=edition.commit, path=path, what=what)


def asked_before(
    archive: Archive, sent: CommitId, request: ReviewRequest, then: Moment
) -> tuple[PersonId, ...]:
    """Who assessed earlier attempts, or was asked to; they come first when an attempt is sent."""
    found = dict.fromkeys(then.assessors(request.submission))
    for before in archive.earlier(sent, request.submission, request.main):
        if before.request is not None and before.attempt < request.attempt:
            found.update(dict.fromkeys(before.request.panel))
    return tuple(found)


def _may_carry(
    case: _Case, sent: Sent, request: ReviewRequest, definition: Credential, then: Moment
) -> tuple[Slug, ...]:
    before = then.decision(case.submission)
    if not request.carried or before is None or before.outcome != "revise":
        return ()
    if before.definition != request.definition or then.programme.attempts.carry_over != "unchanged":
        return ()
    archive = case.books.archive
    old = archive.work(before.judged, case.submission, definition)
    new = archive.work(sent.commit, case.submission, definition)
    return unchanged_criteria(old, new, definition) if old and new else ()


def _read_assessments(case: _Case, request: ReviewRequest) -> Iterator[tuple[PersonId, Judged | None]]:
    """Each person who was asked, with the commit that the decision says is theirs."""
    named = {b.assessor: b.commit for b in case.decision.basis}
    for assessor in request.panel:
        commit = named.get(assessor)
        path = _assessment_path(case, assessor)
        yield assessor, case.books.archive.judged(commit, path) if commit else None


def _assessment_path(case: _Case, assessor: PersonId) -> str:
    return f"portfolios/{case.submission}/assessments/{case.touch.attempt}-{assessor}.yaml"


def _check_assessment(
    case: _Case, request: ReviewRequest, definition: Credential, assessor: PersonId, found: Judged | None
) -> Iterator[Finding]:
    path = _assessment_path(case, assessor)
    touch = next((t for t in case.move.touches if t.path == path), None)
    if found is None or touch is None or touch.new is None or found.commit not in case.move.parents[1:]:
        what = f"{assessor} was asked, and no assessment of theirs comes in with the decision"
        yield case.find("assessment-missing", what, path=path)
        return
    # (A1) to (A4)
    for code, what in _against_commit(case, assessor, found, path):
        yield case.find(code, what, path=path, person=assessor)
    if found.blob != touch.new:
        yield case.find("assessment-other", "what stands here is not what was signed", path=path)
    if found.assessment is None:
        yield case.find("assessment-unreadable", "it cannot be read", path=path)
    else:
        for code, what in _against_scores(case, request, definition, assessor, found.assessment):
            yield case.find(code, what, path=path, person=assessor)
    # (A6)
    now = case.books.now
    policy = now.programme.assessment.for_credential(definition)
    for reason in reasons_against(assessor, case.submission, now, request.rule, policy):
        code = "assessment-own" if assessor == case.submission.earner else "assessor-not-eligible"
        yield case.find(code, reason, path=path, person=assessor)


def _against_commit(case: _Case, assessor: PersonId, found: Judged, path: str) -> Iterator[tuple[str, str]]:
    """Codes and reasons against an assessor's commit itself."""
    profile = case.books.now.people.get(assessor)
    unsigned = found.signer is None and case.books.now.programme.signatures == "recorded"
    if profile is None or not (unsigned or profile.signs_with(found.signer)):
        yield "assessment-foreign", f"it is not signed with a key of {assessor}'s"
    if found.parent != case.decision.judged:
        yield "assessment-stale", "it judges another state of the work"
    if found.touched != ((path, "100644"),):
        yield "assessment-more", "its step changes more than its own file"


def _against_scores(
    case: _Case, request: ReviewRequest, definition: Credential, assessor: PersonId, given: Assessment
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


def _check_strangers(case: _Case, request: ReviewRequest) -> Iterator[Finding]:
    """Assessments by people who were not asked, and a basis that is not the panel."""
    for touch in case.move.touches:
        if touch.kind == "assessment" and touch.assessor not in request.panel:
            what = f"{touch.assessor} was not asked to assess this"
            yield case.find("assessment-not-asked", what, path=touch.path, person=touch.assessor)
    named = [b.assessor for b in case.decision.basis]
    if sorted(named) != sorted(request.panel):
        what = f"it rests on {', '.join(named) or 'nobody'}; {', '.join(request.panel)} were asked"
        yield case.find("decision-basis", what)


def _check_words(
    case: _Case,
    request: ReviewRequest,
    definition: Credential,
    judged: tuple[tuple[PersonId, Judged | None], ...],
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
    before = case.books.seen.at(case.books.steps, case.books.tip).decision(case.submission)
    carried = {
        c: level for c in request.carried if before is not None and (level := before.level_of(c)) is not None
    }
    given = {s.criterion for a in assessments for s in a.scores} | set(carried)
    plain = combine(
        tuple(assessments),
        definition,
        carried,
        {s.criterion: s.level for s in decision.levels if s.criterion not in given},
    )
    computed = {r.criterion.id: r.level for r in plain.rows}
    settled = {
        s.criterion: s.level
        for s in decision.levels
        if s.criterion not in given or computed[s.criterion] != s.level
    }
    matrix = combine(tuple(assessments), definition, carried, settled)
    yield from _check_reason(case, matrix, settled)


def _check_reason(case: _Case, matrix: Matrix, settled: Mapping[Slug, Slug]) -> Iterator[Finding]:
    decision = case.decision
    if matrix.recommended != decision.recommended:
        what = f"the levels recommend {matrix.recommended}; it says they recommend {decision.recommended}"
        yield case.find("decision-recommended", what)
    wrong = [
        s.criterion for s, row in zip(decision.levels, matrix.rows, strict=True) if s.carried != row.carried
    ]
    if wrong:
        yield case.find("decision-levels", f"it is wrong on which levels were kept: {', '.join(wrong)}")
    grounds = [
        *(["it differs from the recommendation"] if decision.outcome != matrix.recommended else []),
        *(["the issuer set a level"] if settled else []),
        *(["assessors are far apart"] if any(r.escalated for r in matrix.rows) else []),
    ]
    if grounds and not decision.reason.strip():
        yield case.find("decision-reason", f"{' and '.join(grounds)}, and no reason is given")


def _scale(definition: Credential, criterion: Slug) -> tuple[Slug, ...]:
    return definition.scale_of(next(c for c in definition.criteria if c.id == criterion))


def _check_award(case: _Case, request: ReviewRequest, definition: Credential) -> Iterator[Finding]:
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
