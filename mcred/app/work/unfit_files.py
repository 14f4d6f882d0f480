"""What no programme accepts of a person's work: files that some computers cannot store, outdated requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcred.app.work.review_request import hold_to_newest
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import folder_of, is_work, remote_ref, request_path, submission_ref
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.trailers import read_attempt, submission_of
from mcred.store.batch import read_files
from mcred.store.git import resolve
from mcred.store.log import Commit, is_ancestor, walk_log
from mcred.store.snapshot import FOLDER, find_faults, list_tree
from mcred.store.write import move_refs


def own_files(ws: Workspace, commit: CommitId, submission: SubmissionId) -> Mapping[str, BlobId]:
    """The work in a submission's folder at a commit, without files that no programme accepts."""
    folder = folder_of(submission)
    entries = list_tree(ws.repo, commit, folder)
    unfit = {path for path, _, _ in find_faults(entries)}
    return {p: e.blob for p, e in entries.items() if is_work(p[len(folder) + 1 :]) and p not in unfit}


def find_unfit(ws: Workspace, commit: CommitId, submission: SubmissionId) -> Mapping[str, None]:
    """The earner's own paths that no programme accepts, as changes that delete them."""
    folder = folder_of(submission)
    entries = list_tree(ws.repo, commit, folder)
    paths = {path for path, _, _ in find_faults(entries) if is_work(path[len(folder) + 1 :])}
    return {f"{path}/" if entries[path].mode == FOLDER else path: None for path in sorted(paths)}


def drop_outdated(ws: Workspace, submission: SubmissionId) -> bool:
    """Forget an attempt that was never pushed and cannot be any more; the draft keeps all that it holds.

    It cannot where main or the open reviews that its assessors were drawn from have changed, and where
    another computer submitted meanwhile.
    """
    ref = submission_ref(submission)
    tip, shared = resolve(ws.repo, ref), resolve(ws.repo, remote_ref(ref))
    if tip is None or tip == shared or is_ancestor(ws.repo, tip, ws.main):
        return False
    is_behind = shared is not None and not is_ancestor(ws.repo, shared, tip)
    log = walk_log(ws.repo, [tip], [c for c in (shared, ws.main) if c is not None], verify=False)
    if not is_behind and not _is_outdated(ws, submission, log):
        return False
    move_refs(ws.repo, [(ref, shared, tip)])
    return True


def _is_outdated(ws: Workspace, submission: SubmissionId, log: Iterable[Commit]) -> bool:
    """Whether assessors of one of these attempts would be drawn from another state now."""
    sent = [c for c in log if c.trailers.get("Mcred-Event") == "submit" and submission_of(c) == submission]
    paths = [(c.id, request_path(submission, read_attempt(c))) for c in sent]
    loads = ws.record.loads(besides=submission) if paths else {}
    own = submission, ws.record
    for (_, path), data in zip(paths, read_files(ws.repo, paths), strict=True):
        request = decode(data or b"", ReviewRequest, path)[0]
        if request is None or any(hold_to_newest(ws.repo, ws.catalog, own, request, loads)):
            return True
    return False
