"""Whether the plain files of an attempt are the pieces that its request commits to."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mcred.app.pending import read_disclosures, read_edition, read_submitted
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import folder_of, is_work
from mcred.domain.pieces import FileDigest, explain_mismatch, list_contents
from mcred.domain.sealed.large_file import digest_stored
from mcred.domain.submission import ReviewRequest
from mcred.problems import McredError
from mcred.store.git import Repo
from mcred.store.snapshot import LARGEST, REGULAR, list_tree, read_blobs


def file_digests(repo: Repo, commit: CommitId, submission: SubmissionId) -> Mapping[str, FileDigest]:
    """The size and SHA-256 of each file of the work, by its path below the submission's folder."""
    prefix = folder_of(submission) + "/"
    found: dict[str, FileDigest] = {}
    for path, entry in list_tree(repo, commit, folder_of(submission)).items():
        if is_work(path.removeprefix(prefix)):
            # One at a time: evidence may be large.
            is_taken = entry.mode in REGULAR and entry.size <= LARGEST
            data = read_blobs(repo, [entry.blob])[entry.blob] if is_taken else b""
            found[path.removeprefix(prefix)] = digest_stored(data)
    return found


def explain_other_work(repo: Repo, commit: CommitId, request: ReviewRequest, erased: Collection[str]) -> str:
    """Why the files of a commit are not the pieces of a request, '' where they are.

    `erased`: the commitments of those that need not be there any more.
    """
    submission = request.submission
    try:
        definition = read_edition(repo, request.definition.blob, submission.credential)
        work, _ = read_submitted(repo, commit, submission, definition)
    except McredError as error:
        return error.what
    opened = read_disclosures(repo, commit, submission, request.attempt)
    contents = list_contents(work, definition, file_digests(repo, commit, submission))
    return explain_mismatch(request.pieces, opened.disclosures if opened else None, contents, erased)
