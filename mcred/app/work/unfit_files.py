"""What no programme accepts of a draft: files that some computers cannot store, and outdated requests.

A save leaves such files out. Where an older, unsent save has one, the unsent commits are made again without
it: otherwise nothing based on them could ever be pushed. An attempt that was never pushed becomes a plain
save once main or the open reviews that its assessors were drawn from have changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import disclosures_path, folder_of, is_work, remote_ref, request_path, submission_ref
from mcred.domain.rules.draw import find_outdated
from mcred.domain.submission import ReviewRequest
from mcred.formats.decode import decode
from mcred.formats.trailers import message, read_attempt, submission_of
from mcred.store.batch import read_files
from mcred.store.git import resolve
from mcred.store.log import Commit, is_ancestor, walk_log
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
    outdated = _find_outdated(ws, submission, log)
    unfit = {
        commit.id: {
            **find_unfit(ws, commit.id, submission),
            **_requests_before(ws, commit.id, chain(*outdated.values()), shared or ws.main),
        }
        for commit in log
    }
    if not outdated and not any(unfit.values()):
        return tip
    made: dict[CommitId, CommitId] = {}
    for commit in log:
        parents = [made.get(parent, parent) for parent in commit.parents]
        is_kept = not unfit[commit.id] and commit.id not in outdated
        if is_kept and parents == list(commit.parents):
            continue
        text = message("Save a draft", "save", submission) if commit.id in outdated else commit.message
        made[commit.id] = commit_tree(
            ws.repo,
            build_tree(ws.repo, commit.id, unfit[commit.id]),
            parents,
            text,
            Author(name=commit.author, email=commit.email, when=commit.when),
            ws.key(),
        )
    move_refs(ws.repo, [(ref, made[tip], tip)])
    return made[tip]


def _find_outdated(
    ws: Workspace, submission: SubmissionId, log: Iterable[Commit]
) -> Mapping[CommitId, tuple[str, str]]:
    """The unsent attempts whose assessors would be drawn from another state now, with the paths of their
    requests and what opens those."""
    sent = [c for c in log if c.trailers.get("Mcred-Event") == "submit" and submission_of(c) == submission]
    paths = {
        c.id: (request_path(submission, n := read_attempt(c)), disclosures_path(submission, n)) for c in sent
    }
    found: dict[CommitId, tuple[str, str]] = {}
    asked = [(commit, request) for commit, (request, _) in paths.items()]
    for (commit, path), data in zip(asked, read_files(ws.repo, asked), strict=True):
        request = decode(data or b"", ReviewRequest, path)[0]
        if request is None or any(find_outdated(request, ws.main, ws.record.loads(besides=submission))):
            found[commit] = paths[commit]
    return found


def _requests_before(
    ws: Workspace, commit: CommitId, paths: Iterable[str], before: CommitId
) -> Mapping[str, BlobId | None]:
    """Changes that undo requests of a commit: each path is as in another commit."""
    found: dict[str, BlobId | None] = {}
    for path in paths:
        here, there = (list_tree(ws.repo, c, path).get(path) for c in (commit, before))
        if here != there:
            found[path] = there.blob if there else None
    return found
