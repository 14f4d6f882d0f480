"""What an earner submits, as a commit for others: on what they have, with no draft among its parents."""

from __future__ import annotations

from collections.abc import Mapping

from mcred.app.work.unfit_files import find_unfit, own_files
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import decision_path, folder_of_attempts, remote_ref, submission_ref
from mcred.domain.status import EventKind
from mcred.formats.trailers import message
from mcred.store.git import resolve
from mcred.store.log import is_ancestor
from mcred.store.snapshot import list_tree
from mcred.store.write import build_tree, commit_tree


def commit_sent(
    ws: Workspace,
    submission: SubmissionId,
    kind: EventKind,
    files: Mapping[str, BlobId] | None,
    *,
    attempt: int = 0,
    extra: Mapping[str, BlobId] | None = None,
    title: str,
) -> CommitId:
    """Store a commit of mine for others. `files`: the work in it; None for what they have already."""
    shared = resolve(ws.repo, remote_ref(submission_ref(submission)))
    parents, base = _parents(ws, submission, shared)
    changes: dict[str, BlobId | None] = {}
    if files is not None:
        old, unfit = own_files(ws, base, submission), find_unfit(ws, base, submission)
        changes.update({path: None for path in old if path not in files})
        changes.update(unfit)
        # `unfit`: a deleted folder may have held what is kept.
        changes.update({path: blob for path, blob in files.items() if unfit or old.get(path) != blob})
    changes.update(extra or {})
    text = message(title, kind, submission, attempt)
    return commit_tree(ws.repo, build_tree(ws.repo, base, changes), parents, text, ws.author(), ws.key())


def _parents(
    ws: Workspace, submission: SubmissionId, shared: CommitId | None
) -> tuple[list[CommitId], CommitId]:
    """The parents of a new commit for others: what they have, and main when it has more than that."""
    if shared is None or is_ancestor(ws.repo, shared, ws.main):
        return [ws.main], ws.main
    judged_on_main = ws.catalog.attempts(submission)
    seen = list_tree(ws.repo, shared, folder_of_attempts(submission))
    if any(decision_path(submission, d) not in seen for d in judged_on_main):
        return [shared, ws.main], ws.main
    return [shared], shared
