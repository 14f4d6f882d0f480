"""Files of a draft that no programme accepts: too large, or of a name or kind that some computers cannot
store.

A save leaves them out. Where an older, unsent save has one, the unsent commits are made again without it:
otherwise nothing based on them could ever be pushed.
"""

from __future__ import annotations

from collections.abc import Mapping

from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import folder_of, is_work, remote_ref, submission_ref
from mcred.store.git import resolve
from mcred.store.log import is_ancestor, walk_log
from mcred.store.snapshot import FOLDER, find_faults, list_tree
from mcred.store.write import Author, build_tree, commit_tree, move_refs


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


def drop_unfit(ws: Workspace, submission: SubmissionId) -> CommitId | None:
    """My newest state of a submission, with the unsent commits freed of what no programme accepts."""
    ref = submission_ref(submission)
    tip, shared = resolve(ws.repo, ref), resolve(ws.repo, remote_ref(ref))
    if tip is None or tip == shared or is_ancestor(ws.repo, tip, ws.main):
        return tip
    log = walk_log(ws.repo, [tip], [c for c in (shared, ws.main) if c is not None], verify=False)
    unfit = {commit.id: find_unfit(ws, commit.id, submission) for commit in log}
    if not any(unfit.values()):
        return tip
    made: dict[CommitId, CommitId] = {}
    for commit in log:
        parents = [made.get(parent, parent) for parent in commit.parents]
        if not unfit[commit.id] and parents == list(commit.parents):
            continue
        made[commit.id] = commit_tree(
            ws.repo,
            build_tree(ws.repo, commit.id, unfit[commit.id]),
            parents,
            commit.message,
            Author(name=commit.author, email=commit.email, when=commit.when),
            ws.key(),
        )
    move_refs(ws.repo, [(ref, made[tip], tip)])
    return made[tip]
