"""Audit checks of a review request: sent by its earner, and by the rules of its day.

The numbers are those of `audit.replay` (6). Everything is computed from the commit of main that the request
was read from and from the commits themselves; a file's claims are only compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from mcred.domain.audit.archive import Archive
from mcred.domain.audit.programme_history import HistoryState
from mcred.domain.audit.state import Books
from mcred.domain.audit.values import EARNERS, Finding, Move, Sent, Touch
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CommitId, PersonId, SubmissionId
from mcred.domain.layout import definition_path, folder_of, is_sent_with, opens_work
from mcred.domain.rules.acceptance import check_signer
from mcred.domain.rules.request import SentRequest, asked_before, find_doubts
from mcred.domain.submission import CommittedPiece, ReviewRequest


class AuditCase(Struct, frozen=True, kw_only=True):
    """A decision and what it refers to."""

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


def check_sent(case: AuditCase, sent: Sent) -> Iterator[Finding]:
    earner = case.submission.earner
    main = sent.request.main if sent.request else case.books.tip
    for reason in check_signer(sent.signer, earner, case.books.rights(main)):
        yield case.find("submit-not-earners", f"what was decided on: {reason}", person=earner)
    if (sent.event, sent.submission, sent.attempt) != ("submit", case.submission, case.touch.attempt):
        yield case.find(
            "submit-missing", f"{sent.commit[:12]} is not attempt {case.touch.attempt} as submitted"
        )
    for fault in sent.faults:
        yield case.find("bad-file", fault)
    brought = {t.path: t.new for t in case.move.touches if t.kind in EARNERS or t.kind == "stray"}
    folder = folder_of(case.submission) + "/"
    for path, blob in sorted(brought.items()):
        if sent.files.get(path.removeprefix(folder)) != blob:
            yield case.find("work-changed", "this is not what was submitted and assessed", path=path)
    missing = [
        name
        for name in sorted(sent.files)
        if is_sent_with(name, case.touch.attempt)
        and not _is_there(case, folder + name, sent.files[name], brought)
    ]
    for name in missing:
        yield case.find(
            "work-changed", "this was submitted and assessed, but is not here", path=folder + name
        )


def _is_there(case: AuditCase, path: str, blob: BlobId, brought: Mapping[str, BlobId | None]) -> bool:
    """Whether a sent file is on main: brought in, or unchanged from before."""
    if path in brought:
        return True
    return case.books.archive.blob_at(case.move.commit, path) == blob


def check_request(
    case: AuditCase, sent: Sent, request: ReviewRequest, definition: Credential, then: HistoryState
) -> tuple[Finding, ...]:
    """(6) Findings: the request does not follow from the rules of its day (`rules.request`)."""
    archive, credential = case.books.archive, case.submission.credential

    def read_pieces(commit: CommitId) -> Sequence[CommittedPiece] | None:
        before = archive.sent(commit, case.submission)
        return before.request.pieces if before is not None and before.request is not None else None

    digests = archive.digests(sent.commit, case.submission)
    facts = SentRequest(
        request=request,
        submission=case.submission,
        attempt=case.touch.attempt,
        definition=definition,
        then=then,
        is_known=request.definition.blob in {e.blob for _, e in then.editions_since(0, credential)},
        is_there=then.edition(credential) is not None,
        work=archive.work(sent.commit, case.submission, definition),
        disclosures=sent.disclosures,
        digests=digests,
        is_beside=any(opens_work(name, case.touch.attempt) for name in sent.files),
        knew_newer=archive.knew_newer(sent.commit, request.main),
        earlier=sent_before(archive, sent.commit, request, then),
        read_pieces=read_pieces,
    )
    return tuple(case.find(doubt.code, doubt.what) for doubt in find_doubts(facts))


def sent_before(
    archive: Archive, sent: CommitId, request: ReviewRequest, then: HistoryState
) -> tuple[PersonId, ...]:
    """Who assessed or was asked to assess earlier attempts, by a sent commit's own history."""
    before = archive.earlier(sent, request.submission, request.main)
    return asked_before(request.submission, request.attempt, then, ((s.attempt, s.request) for s in before))


def check_rubric(
    case: AuditCase, definition: Credential, blob: BlobId, then: HistoryState
) -> Iterator[Finding]:
    """(6) A version has one text for all earners, from the first work sent for it."""
    credential, version = case.submission.credential, definition.version
    since, used = case.books.used.get((credential, version), (case.books.steps + 1, blob))
    if used != blob:
        what = f"version {version} had a different text for those assessed under it before"
        yield case.find("definition-changed", what)
    now = case.books.seen.at(case.books.steps, case.books.tip)
    for step, edition in now.editions_since(then.step, credential):
        if edition.version == version and edition.blob != blob and step < since:
            path = definition_path(credential)
            what = f"version {version} was changed while {case.submission} was assessed under it"
            yield Finding(code="definition-changed", commit=edition.commit, path=path, what=what)
