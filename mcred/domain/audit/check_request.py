"""Whether an attempt was sent by its earner, and asks by the rules of its day.

The numbers are those of `audit.replay` (6). Everything is computed from the state of the main line that the
request was read from and from the commits themselves; what a file claims is only compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from mcred.domain.audit.archive import Archive
from mcred.domain.audit.programme_history import HistoryState
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import EARNERS, Finding, Move, Sent, Touch
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug, SubmissionId
from mcred.domain.rules.acceptance import check_signer
from mcred.domain.rules.panel import choose_panel
from mcred.domain.rules.rights import reasons_then
from mcred.domain.submission import ReviewRequest, unchanged_criteria


class AuditCase(Struct, frozen=True, kw_only=True):
    """One decision with what it speaks of."""

    move: Move
    touch: Touch
    books: Books
    submission: SubmissionId
    person: PersonId | None
    decision: Decision

    def rights(self, request: ReviewRequest | None, *people: PersonId) -> Iterator[HistoryState]:
        """The states at which what was sent and answered may have been right, newest first."""
        everybody = (self.submission.earner, *people)
        main = request.main if request is not None else None
        return self.books.rights_since(main, everybody, self.submission.credential)

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


def check_sent(case: AuditCase, sent: Sent) -> Iterator[Finding]:
    earner = case.submission.earner
    states, signed = case.rights(sent.request), sent.signer is not None
    for reason in reasons_then(states, lambda at: check_signer(sent.signer, earner, at), signed=signed):
        yield case.find("submit-not-earners", f"what was decided on: {reason}", person=earner)
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


def _is_there(case: AuditCase, path: str, blob: BlobId, brought: Mapping[str, BlobId | None]) -> bool:
    """Whether a sent file came in, or was there before as it is."""
    if path in brought:
        return True
    return case.books.archive.blob_at(case.move.commit, path) == blob


def check_request(
    case: AuditCase, sent: Sent, request: ReviewRequest, definition: Credential, then: HistoryState
) -> Iterator[Finding]:
    """Whether the request is what the rules of its day give (FORMATS: Policy, last paragraph)."""
    yield from _check_asked_by(case, sent, request, definition, then)
    yield from _check_panel(case, sent, request, definition, then)
    wrongly = set(request.carried) - set(_may_carry(case, sent, request, definition, then))
    if wrongly:
        what = f"it keeps levels although the evidence changed: {', '.join(sorted(wrongly))}"
        yield case.find("request-carried", what)


def _check_asked_by(
    case: AuditCase, sent: Sent, request: ReviewRequest, definition: Credential, then: HistoryState
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
    case: AuditCase, sent: Sent, request: ReviewRequest, definition: Credential, then: HistoryState
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
    if tuple(c.person for c in panel.candidates) != tuple(c.person for c in request.candidates):
        # Whoever comes next in it is asked where somebody gives their place back.
        what = "it does not name everybody who could be asked, in their order"
        yield case.find("request-candidates", what)
    if not panel.is_complete:
        yield case.find("request-panel", "there were not enough assessors for this")


def asked_before(
    archive: Archive, sent: CommitId, request: ReviewRequest, then: HistoryState
) -> tuple[PersonId, ...]:
    """Who assessed earlier attempts, or was asked to; they come first when an attempt is sent."""
    found = dict.fromkeys(then.assessors(request.submission))
    for before in archive.earlier(sent, request.submission, request.main):
        if before.request is not None and before.attempt < request.attempt:
            found.update(dict.fromkeys(before.request.panel))
    return tuple(found)


def _check_rubric(
    case: AuditCase, definition: Credential, blob: BlobId, then: HistoryState
) -> Iterator[Finding]:
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


def _may_carry(
    case: AuditCase, sent: Sent, request: ReviewRequest, definition: Credential, then: HistoryState
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
