"""Reads the inputs that determine a review request, for submitting one and for deciding on it.

The rules are `domain.rules.request` and `domain.rules.carry`; the audit applies the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from msgspec import Struct

from mcred.app.catalogs import catalog_at
from mcred.app.pending import PendingWork, read_disclosures, read_edition, read_request, read_submitted
from mcred.app.sealed.attempts import find_readable, find_work
from mcred.app.sealed.match import file_digests
from mcred.app.workspace import Workspace
from mcred.domain.assessment import DefinitionRef
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug, SubmissionId
from mcred.domain.layout import definition_path, folder_of, opens_work, submission_path
from mcred.domain.pieces import FileDigest
from mcred.domain.rules.carry import may_carry
from mcred.domain.rules.draw import find_outdated
from mcred.domain.rules.panel import Panel, choose_panel
from mcred.domain.rules.request import Doubt, SentRequest, asked_before, find_doubts, redraw_panel
from mcred.domain.status import Event, Standing
from mcred.domain.submission import CommittedPiece, ReviewRequest, Submission, Work
from mcred.formats.decode import decode
from mcred.problems import McredError
from mcred.store.batch import read_files
from mcred.store.git import Repo
from mcred.store.log import find_blob_versions, walk_log
from mcred.store.snapshot import list_tree


def earlier_assessors(
    catalog: Catalog, submission: SubmissionId, attempt: int, sent: Iterable[Event]
) -> tuple[PersonId, ...]:
    """Who was asked about a submission before an attempt. `sent`: every submit that main does not have."""
    return asked_before(submission, attempt, catalog, ((e.attempt, e.request) for e in sent))


def hold_to_newest(
    repo: Repo,
    catalog: Catalog,
    own: tuple[SubmissionId, PendingWork],
    request: ReviewRequest,
    loads: Mapping[PersonId, int],
) -> Iterator[tuple[str, str]]:
    """Where a request differs from what a state of main and these open reviews give (`find_outdated`).

    Raises McredError where the definition that it names cannot be read.
    """
    submission, record = own
    definition = read_edition(repo, request.definition.blob, submission.credential)
    policy = catalog.programme.assessment.for_credential(definition)
    earlier = earlier_assessors(catalog, submission, request.attempt, record.asked(submission))
    drawn = choose_panel(submission, catalog, policy, loads, earlier)
    yield from find_outdated(request, catalog.commit, loads, drawn)


def carried_criteria(
    ws: Workspace,
    submission: SubmissionId,
    pieces: tuple[CommittedPiece, ...],
    definition: Credential,
    edition: DefinitionRef,
) -> tuple[Slug, ...]:
    """Criteria that keep their level, by what a request is to commit to."""
    read = _read_pieces(ws.repo, submission)
    return may_carry(submission, pieces, definition, edition, ws.catalog, read)


def _read_pieces(
    repo: Repo, submission: SubmissionId
) -> Callable[[CommitId], tuple[CommittedPiece, ...] | None]:
    def read(commit: CommitId) -> tuple[CommittedPiece, ...] | None:
        request = read_request(repo, commit, submission)
        return request.pieces if request is not None else None

    return read


def judged_note(ws: Workspace, submission: SubmissionId) -> str:
    """The note on my attempt that was decided last; empty where it cannot be read here."""
    record = ws.catalog.records.get(submission)
    decision = record.decision if record is not None else None
    at = find_readable(ws, submission, decision.judged) if decision is not None else None
    if at is None:
        return ""
    path = submission_path(submission)
    (data,) = read_files(ws.repo, [(at, path)])
    listed = decode(data or b"", Submission, path)[0]
    return listed.note if listed is not None else ""


SentParts = tuple[CommitId, Credential, Work | None, Mapping[str, FileDigest]]
"""The commit with the work's plain files, the definition, the work, and the digest of each file; without a
work where it cannot be read here."""


class Redrawn(Struct, frozen=True, kw_only=True):
    """A request in review, held to the rules of its day."""

    panel: Panel
    """The panel by the rules."""
    doubts: tuple[Doubt, ...]
    """Where the request differs from what the rules determine."""


def redraw(ws: Workspace, standing: Standing) -> Redrawn | None:
    """The assessors of an attempt in review, chosen again, with every doubt; None where no one was asked."""
    request, judged = standing.request, standing.judged
    if request is None or judged is None:
        return None
    submission = standing.submission
    definition = read_edition(ws.repo, request.definition.blob, submission.credential)
    work, at = None, judged
    digests: Mapping[str, FileDigest] = {}
    with suppress(McredError):
        at = find_work(ws, submission, judged)
        digests = file_digests(ws.repo, at, submission)
        work, _ = read_submitted(ws.repo, at, submission, definition)
    facts = _facts(ws, standing, request, (at, definition, work, digests))
    return Redrawn(panel=redraw_panel(facts), doubts=tuple(find_doubts(facts)))


def doubts_about(
    ws: Workspace, standing: Standing, request: ReviewRequest, sent: SentParts
) -> tuple[Doubt, ...]:
    """Where an accepted request differs from what the rules of its day determine."""
    return tuple(find_doubts(_facts(ws, standing, request, sent)))


def _facts(ws: Workspace, standing: Standing, request: ReviewRequest, sent: SentParts) -> SentRequest:
    at, definition, work, digests = sent
    repo, submission, judged = ws.repo, standing.submission, standing.judged or sent[0]
    folder = folder_of(submission) + "/"
    then = catalog_at(repo, request.main, frozenset({submission}))
    return SentRequest(
        request=request,
        submission=submission,
        attempt=standing.attempt,
        definition=definition,
        then=then,
        is_known=_is_known(repo, then, request.definition.blob, submission),
        is_there=submission.credential in then.definitions,
        work=work,
        digests=digests,
        is_beside=any(
            opens_work(path.removeprefix(folder), standing.attempt)
            for path in list_tree(repo, judged, folder)
        ),
        disclosures=read_disclosures(repo, at, submission, standing.attempt),
        earlier=earlier_assessors(then, submission, request.attempt, ws.record.asked(submission)),
        knew_newer=_knew_newer(repo, judged, request.main, ws.main),
        read_pieces=_read_pieces(repo, submission),
    )


def _is_known(repo: Repo, then: Catalog, blob: BlobId, submission: SubmissionId) -> bool:
    """Whether a definition was in main's history at the commit that a request is based on."""
    today = then.definitions.get(submission.credential)
    if today is not None and today.blob == blob:
        return True
    return blob in find_blob_versions(repo, then.commit, definition_path(submission.credential))


def _knew_newer(repo: Repo, judged: CommitId, base: CommitId, main: CommitId) -> bool:
    """Whether submitted work builds on a commit of main after the one its request is based on."""
    newer = {c.id for c in walk_log(repo, [main], [base], first_parent=True, verify=False)}
    return bool(newer) and any(c.id in newer for c in walk_log(repo, [judged], [base], verify=False))
