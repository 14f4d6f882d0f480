"""Reads the inputs that determine a review request, for submitting one and for deciding on it.

The rules are `domain.rules.request` and `domain.rules.carry`; the audit applies the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from mcred.app.catalogs import catalog_at
from mcred.app.pending import read_submitted
from mcred.domain.assessment import DefinitionRef
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug, SubmissionId
from mcred.domain.layout import definition_path, folder_of, is_work
from mcred.domain.rules.carry import may_carry
from mcred.domain.rules.request import Doubt, SentRequest, asked_before, find_doubts
from mcred.domain.status import Event
from mcred.domain.submission import ReviewRequest, Work
from mcred.store.git import Repo
from mcred.store.log import find_blob_versions, walk_log
from mcred.store.snapshot import LARGEST, REGULAR, list_tree, read_blobs


def earlier_assessors(
    catalog: Catalog, submission: SubmissionId, attempt: int, sent: Iterable[Event]
) -> tuple[PersonId, ...]:
    """Who was asked about a submission before an attempt. `sent`: every submit that main does not have."""
    return asked_before(submission, attempt, catalog, ((e.attempt, e.request) for e in sent))


def carried_criteria(
    repo: Repo, catalog: Catalog, work: Work, definition: Credential, edition: DefinitionRef
) -> tuple[Slug, ...]:
    """Criteria that keep their level. Raises McredError where the previously judged work cannot be read."""

    def read_judged(commit: CommitId) -> Work:
        return read_submitted(repo, commit, work.id, definition)[0]

    return may_carry(work, definition, edition, catalog, read_judged)


def doubts_about(
    repo: Repo,
    sent_in: tuple[ReviewRequest, CommitId, CommitId],
    work: Work,
    definition: Credential,
    digests: Mapping[str, str],
    sent: Iterable[Event],
) -> tuple[Doubt, ...]:
    """Where an accepted request differs from what the rules of its day determine.

    `sent_in`: the request, the commit that it was sent in, and the newest commit of main. `digests`: the
    SHA-256 of each submitted file. `sent`: earlier submissions of this one, replaced attempts too.
    """
    request, judged, main = sent_in
    submission = request.submission
    then = catalog_at(repo, request.main, frozenset({submission}))
    facts = SentRequest(
        request=request,
        submission=submission,
        attempt=request.attempt,
        definition=definition,
        then=then,
        is_known=_is_known(repo, then, request.definition.blob, submission),
        is_there=submission.credential in then.definitions,
        work=work,
        digests=digests,
        earlier=earlier_assessors(then, submission, request.attempt, sent),
        knew_newer=_knew_newer(repo, judged, request.main, main),
        read_judged=lambda commit: read_submitted(repo, commit, submission, definition)[0],
    )
    return tuple(find_doubts(facts))


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


def file_digests(repo: Repo, commit: CommitId, submission: SubmissionId) -> Mapping[str, str]:
    """The SHA-256 of each of the earner's own files, by its path below the submission's folder."""
    prefix = folder_of(submission) + "/"
    found: dict[str, str] = {}
    for path, entry in list_tree(repo, commit, folder_of(submission)).items():
        if is_work(path.removeprefix(prefix)):
            # One at a time: evidence may be large.
            is_taken = entry.mode in REGULAR and entry.size <= LARGEST
            data = read_blobs(repo, [entry.blob])[entry.blob] if is_taken else b""
            found[path.removeprefix(prefix)] = hashlib.sha256(data).hexdigest()
    return found
