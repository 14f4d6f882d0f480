"""Takes erased pieces out of sealed work: out of attempts, and out of the user's own drafts.

A ref of work is written again for that, without the commits before: the pieces leave with the next collection
of garbage. What is left is sealed to the same readers, with the same keys, and the record's erasures say why
it is not the commit that a request names.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress

from msgspec import Struct

from mcred.app.fetch import fetch_work
from mcred.app.pending import read_disclosures, read_request
from mcred.app.sealed.attempts import erased_of, holds_erased, open_newest
from mcred.app.sealed.line import ERASED, INSTEAD, find_elsewhere, plan_sealing, take_elsewhere
from mcred.app.sealed.match import file_digests
from mcred.app.sealed.open_work import open_files
from mcred.app.sealed.seal_work import seal_commit
from mcred.app.workspace import PushRefused, Workspace, send
from mcred.domain.disclosure import commitment_of
from mcred.domain.erasure import erased_contents, without_disclosures
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import (
    WORK_REFS,
    attempt_ref,
    disclosures_path,
    draft_ref,
    folder_of,
    opened_ref,
    parse_ref,
    remote_ref,
    sealed_path,
    work_ref,
)
from mcred.domain.pieces import Disclosures, FileDigest
from mcred.domain.submission import ReviewRequest
from mcred.formats.encode import encode
from mcred.formats.trailers import SENT, message
from mcred.problems import Hint, McredError, next_step
from mcred.store.git import list_refs, resolve
from mcred.store.lfs import drop_object, read_pointers
from mcred.store.log import is_newer, read_commit, walk_log
from mcred.store.remote import remote_heads
from mcred.store.seal import Unopened
from mcred.store.snapshot import list_tree
from mcred.store.write import build_tree, commit_tree, move_refs, put_blob

KEEPS_ALL = (
    "The program's server does not allow rewriting, because it has no check by mcred. What was erased is no "
    "longer in the newest version, but anyone who can read the work can still find it in the history there."
)


class TakenOut(Struct, frozen=True, kw_only=True):
    """Attempts without their erased pieces, not sent yet."""

    moved: Mapping[str, CommitId]
    """The new commit of each ref."""
    objects: frozenset[FileDigest]
    """Large objects that no attempt needs any more."""


def take_out(ws: Workspace, submission: SubmissionId, *, grows: bool = False) -> TakenOut:
    """Seal the attempts of a submission again, without what was erased of them. Moves no ref.

    `grows`: on top of what is there, where nothing may be rewritten. Raises McredError for an attempt that
    this folder cannot open, or that cannot be fetched.
    """
    moved: dict[str, CommitId] = {}
    objects: set[FileDigest] = set()
    for request in _erased_attempts(ws, submission).values():
        if request.work is None:
            continue
        found = open_newest(ws, request)
        try:
            plain = open_files(ws.repo, found, {})
        except Unopened as error:
            what = f"the work of {submission}, attempt {request.attempt}, cannot be opened here: {error.what}"
            raise McredError(what) from error
        opened, out = _find_out(ws, plain, request)
        if not any(commitment_of(d) in erased_of(ws, submission) for d in opened):
            continue
        places = {file.path: sealed_path("files", file.name) for file in found.list.files}
        prefix = folder_of(submission) + "/"
        sealed = [found.entries[places[path.removeprefix(prefix)]] for path in out]
        objects.update(read_pointers(ws.repo, sealed).values())
        files = {p: e.blob for p, e in list_tree(ws.repo, plain, prefix).items() if p not in out}
        left = Disclosures(format=2, disclosures=without_disclosures(opened, erased_of(ws, submission)))
        files[disclosures_path(submission, request.attempt)] = put_blob(ws.repo, encode(left))
        text = message("Take erased pieces out of an attempt", "sent", submission)
        kept = commit_tree(ws.repo, build_tree(ws.repo, None, files), [], text, ws.author(), ws.key())
        moved[attempt_ref(submission, request.attempt)] = seal_commit(
            ws,
            submission,
            kept,
            found.list.readers,
            [found],
            attempt=request.attempt,
            parents=[found.commit] if grows else [],
            text=message("Take erased pieces out", "work", submission),
            erased=(*found.list.erased, *out.values()),
        )
    return TakenOut(moved=moved, objects=frozenset(objects))


def send_anew(ws: Workspace, moved: Mapping[str, CommitId], again: Hint) -> bool:
    """Write refs again at the remote, or here where there is none; False where it lets nothing be rewritten.

    `again`: the command that repeats it. Raises McredError where the remote does not take them otherwise.
    """
    if ws.url is None:
        move_refs(ws.repo, [(ref, new, resolve(ws.repo, ref)) for ref, new in moved.items()])
    elif moved:
        before = {ref: resolve(ws.repo, remote_ref(ref)) for ref in moved}
        try:
            send(ws, moved, again, together=True)
        except PushRefused as refused:
            there = remote_heads(ws.repo, moved, interactive=ws.ctx.interactive)
            if refused.codes or any(there.get(ref) != tip for ref, tip in before.items()):
                raise
            return False
    return True


def _erased_attempts(ws: Workspace, submission: SubmissionId) -> Mapping[CommitId, ReviewRequest]:
    """Every attempt of which pieces were erased: the commit that was submitted, and its request."""
    record, gone = ws.catalog.records.get(submission), erased_of(ws, submission)
    if record is None or not gone:
        return {}
    sent = (*(d.judged for d in record.decisions), *(e.commit for e in ws.record.sent.get(submission, ())))
    requests = {c: read_request(ws.repo, c, submission) for c in dict.fromkeys(sent)}
    return {
        commit: request
        for commit, request in requests.items()
        if request is not None and any(piece.commitment in gone for piece in request.pieces)
    }


def _find_out(
    ws: Workspace, commit: CommitId, request: ReviewRequest
) -> tuple[tuple[str, ...], Mapping[str, BlobId]]:
    """What opens the pieces of an attempt in a commit with plain files, and the files that were erased."""
    submission = request.submission
    found = read_disclosures(ws.repo, commit, submission, request.attempt)
    opened = found.disclosures if found is not None else ()
    contents = erased_contents(opened, erased_of(ws, submission))
    digests = file_digests(ws.repo, commit, submission) if contents else {}
    entries = list_tree(ws.repo, commit, folder_of(submission))
    paths = (f"{folder_of(submission)}/{path}" for path, digest in digests.items() if digest in contents)
    return opened, {path: entries[path].blob for path in paths}


def drop_erased(ws: Workspace, submission: SubmissionId) -> bool:
    """Write my drafts again without what was erased, and without the drafts before; whether there were any.

    Where another computer of mine did it first, that is taken over. What was saved since an erasure is mine
    again, and stays. Where the remote cannot be reached, nothing is changed.
    """
    record = ws.catalog.records.get(submission)
    count = len(record.erasures) if record is not None else 0
    if not count or submission.earner != ws.me or ws.stale is not None:
        return False
    other = find_elsewhere(ws, submission)
    if other is not None:
        # What was saved on both sides is joined first, by the next save.
        is_taken = take_elsewhere(ws, submission, other)
        if other.is_instead or not is_taken:
            return is_taken
    old, mine = resolve(ws.repo, work_ref(submission)), resolve(ws.repo, draft_ref(submission))
    if old is None or mine is None or _count_erased(ws, old) >= count:
        return False
    try:
        blobs = _erased_blobs(ws, submission)
        large = _large_files(ws, submission)
        _write_draft(ws, submission, blobs, count)
    except McredError as error:
        ws.ctx.show.note(f"{error.what}. Your drafts still contain what was erased", style="yellow")
        return False
    for digest in large - _large_files(ws, submission):
        drop_object(ws.repo, digest)
    return True


def _count_erased(ws: Workspace, sealed: CommitId) -> int:
    """After how many erasures drafts were written again."""
    log = walk_log(ws.repo, [sealed], verify=False)
    counts = (commit.trailers.get(ERASED, "") for commit in log)
    return max((int(count) for count in counts if count.isascii() and count.isdigit()), default=0)


def _write_draft(ws: Workspace, submission: SubmissionId, blobs: Collection[BlobId], count: int) -> None:
    """Replace my drafts by the newest one without some blobs, at the remote first. Raises McredError."""
    ref, plain = work_ref(submission), draft_ref(submission)
    old, mine = resolve(ws.repo, ref), resolve(ws.repo, plain)
    if old is None or mine is None:
        return
    kept = {path: e.blob for path, e in list_tree(ws.repo, mine).items() if e.blob not in blobs}
    tree, sealing = build_tree(ws.repo, None, kept), plan_sealing(ws, submission, [old])
    text = message("Keep a draft without what was erased", "save", submission)
    if sent := read_commit(ws.repo, mine, verify=False).trailers.get(SENT):
        text += f"{SENT}: {sent}\n"
    for grows in (False, True):
        author = ws.author(after=[mine])
        draft = commit_tree(ws.repo, tree, [mine] if grows else [], text, author, ws.key())
        said = message("Take erased pieces out", "work", submission)
        said += f"{ERASED}: {count}\n" if grows else f"{INSTEAD}: {old}\n{ERASED}: {count}\n"
        sealed = seal_commit(
            ws,
            submission,
            draft,
            sealing.readers,
            sealing.last,
            parents=[old] if grows else [],
            passed=sealing.passed,
            text=said,
        )
        # On top of what is there, it is sent with the next draft.
        if grows or send_anew(ws, {ref: sealed}, next_step("sync")):
            moved = resolve(ws.repo, ref)
            # Killed between two refs, git moves one alone: what says that it was done comes last.
            move_refs(ws.repo, [(plain, draft, mine)])
            move_refs(ws.repo, [(ref, sealed, moved)])
            break
    if grows:
        ws.ctx.show.note(KEEPS_ALL, style="yellow")


def _erased_blobs(ws: Workspace, submission: SubmissionId) -> Collection[BlobId]:
    """The erased files of a submission of mine. Raises McredError where an attempt cannot be opened."""
    blobs: set[BlobId] = set()
    for judged, request in _erased_attempts(ws, submission).items():
        at = judged
        if request.work is not None:
            found = open_newest(ws, request)
            blobs.update(found.list.erased)
            at = open_files(ws.repo, found, {})
        blobs.update(_find_out(ws, at, request)[1].values())
    return blobs


def _large_files(ws: Workspace, submission: SubmissionId) -> frozenset[FileDigest]:
    """The large objects that the refs of a submission's work name here."""
    tips = {
        tip
        for under in (WORK_REFS, remote_ref(WORK_REFS))
        for name, tip in list_refs(ws.repo, under).items()
        if (found := parse_ref(name)) is not None and found.submission == submission
    }
    log = walk_log(ws.repo, sorted(tips), verify=False)
    return frozenset(
        d for c in log for d in read_pointers(ws.repo, list_tree(ws.repo, c.id).values()).values()
    )


def forget_erased(ws: Workspace, *, fetching: bool) -> bool:
    """Remove what this folder has of erased pieces: from drafts of mine, from work that was opened here, and
    from the pages that show it; whether there was anything.

    Their bytes leave with `store.write.collect_garbage`. `fetching`: what the remote has instead is fetched.
    """
    changed = False
    for submission in ws.catalog.with_erasures():
        large = _large_files(ws, submission)
        changed |= drop_erased(ws, submission)
        for judged, request in _erased_attempts(ws, submission).items():
            if request.work is None:
                continue
            there = remote_ref(attempt_ref(submission, request.attempt))
            if fetching and resolve(ws.repo, there) == request.work:
                with suppress(McredError):
                    fetch_work(ws.ctx, ws.repo, submission)
                changed |= resolve(ws.repo, there) != request.work
            changed |= _drop_refs(ws, judged, request)
        for digest in large - _large_files(ws, submission):
            drop_object(ws.repo, digest)
    return changed


def _drop_refs(ws: Workspace, judged: CommitId, request: ReviewRequest) -> bool:
    """Drop what was opened of an attempt with erased pieces, and let my own ref of it follow the remote's."""
    submission, attempt = request.submission, request.attempt
    updates: list[tuple[str, CommitId | None, CommitId | None]] = []
    opened = resolve(ws.repo, opened_ref(judged))
    if opened is not None and holds_erased(ws, opened, request):
        updates.append((opened_ref(judged), None, opened))
    ref = attempt_ref(submission, attempt)
    mine, there = resolve(ws.repo, ref), resolve(ws.repo, remote_ref(ref))
    if mine is not None and there is not None and mine != there and is_newer(ws.repo, there, mine):
        updates.append((ref, there, mine))
    move_refs(ws.repo, updates)
    view = ws.repo.state_dir / "view" / f"{submission.earner}-{submission.credential}-{attempt}"
    shutil.rmtree(view, ignore_errors=True)
    return bool(updates)
