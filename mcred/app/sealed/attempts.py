"""The work of an attempt: where its plain files are, for those who may read it.

In a programme whose members may read submitted work, they lie beside the request. In another one they are
sealed on a ref of their own, and opened here when one of their readers asks for them. Nothing above
this module knows the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from msgspec.structs import replace

from mcred.app.fetch import fetch_work
from mcred.app.keys.reading import ensure_reading_key
from mcred.app.pending import read_request
from mcred.app.sealed.match import explain_other_work
from mcred.app.sealed.open_work import OpenList, open_files, open_list
from mcred.app.sealed.seal_work import seal_commit
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import (
    GRANT_REFS,
    attempt_ref,
    opened_ref,
    parse_ref,
    remote_ref,
    work_ref,
)
from mcred.domain.rules.readers import readers_of
from mcred.domain.submission import ReviewRequest
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.git import list_refs, resolve
from mcred.store.seal import Unopened
from mcred.store.write import build_tree, commit_tree, move_refs


def find_work(ws: Workspace, submission: SubmissionId, judged: CommitId) -> CommitId:
    """The commit with the plain files of an attempt, and what opens its pieces.

    `judged`: the attempt as it was submitted. Raises McredError for those who may not read it, where it
    cannot be fetched, and where it is not what the request commits to.
    """
    request = read_request(ws.repo, judged, submission)
    if request is None or request.work is None:
        return judged
    ref = opened_ref(judged)
    if (opened := resolve(ws.repo, ref)) is not None:
        return opened
    found = _open_attempt(ws, request, request.work)
    try:
        opened = open_files(ws.repo, found, {})
    except Unopened as error:
        raise _explain(ws, request, error.what) from error
    if other := explain_other_work(ws.repo, opened, request):
        what = f"the work of {submission}, attempt {request.attempt}, is not what was sent: {other}"
        raise McredError(what, hint=next_step("submit", submission.credential, "--replace"))
    if not ws.ctx.dry_run:
        move_refs(ws.repo, [(ref, opened, None)])
    return opened


def open_attempt(ws: Workspace, submission: SubmissionId, judged: CommitId) -> OpenList | None:
    """The sealed list of an attempt; None where its files lie beside its request. Raises like `find_work`."""
    request = read_request(ws.repo, judged, submission)
    return (
        _open_attempt(ws, request, request.work) if request is not None and request.work is not None else None
    )


def find_readable(ws: Workspace, submission: SubmissionId, judged: CommitId) -> CommitId | None:
    """Like `find_work`, of what is on this computer; None where it cannot be read."""
    with suppress(McredError):
        return find_work(replace(ws, url=None), submission, judged)
    return None


def _open_attempt(ws: Workspace, request: ReviewRequest, sealed: CommitId) -> OpenList:
    """The sealed list of an attempt. Raises McredError where this folder's reading keys do not open it, and
    where it cannot be fetched. Those who have no part in it fetch nothing of it."""
    submission, attempt = request.submission, request.attempt
    can_fetch = ws.url is not None and _has_part(ws, request)
    for last in (False, True):
        if resolve(ws.repo, sealed) is not None:
            grants = grants_of(ws, submission, attempt)
            try:
                return open_list(ws.repo, submission, sealed, grants, attempt)
            except Unopened as error:
                if last or not can_fetch:
                    raise _explain(ws, request, error.what) from error
        if not last and can_fetch:
            # Also where it cannot be opened: I may have been let in since.
            fetch_work(ws.ctx, ws.repo, submission)
    if not _has_part(ws, request):
        raise _explain(ws, request, "")
    raise McredError(
        f"the work of {submission}, attempt {attempt}, is not at the shared place any more",
        hint=next_step("explain", submission),
        code=Exit.UNREACHABLE,
    )


def _has_part(ws: Workspace, request: ReviewRequest) -> bool:
    """Whether I am among those whom an attempt is sealed to, now or before."""
    seats, record = ws.standing(request.submission).seats, ws.catalog.records.get(request.submission)
    judged = (a.assessor for a in (record.assessments if record else ()) if a.attempt == request.attempt)
    readers = readers_of(request, seats, ws.catalog.programme, is_open=True)
    return ws.me in {*readers, *seats.everybody, *request.panel, *judged}


def grants_of(ws: Workspace, submission: SubmissionId, attempt: int) -> tuple[CommitId, ...]:
    """The newest commits that let further people read an attempt, of those fetched or made here."""
    found: dict[CommitId, None] = {}
    for refs in (remote_ref(GRANT_REFS), GRANT_REFS):
        for name, tip in list_refs(ws.repo, refs).items():
            parsed = parse_ref(name)
            if parsed is not None and (parsed.submission, parsed.attempt) == (submission, attempt):
                found[tip] = None
    return tuple(found)


def _explain(ws: Workspace, request: ReviewRequest, why: str) -> McredError:
    """Why the work of an attempt cannot be read here; `why` it cannot be opened, '' where I have no part."""
    submission, issuers = request.submission, " or ".join(ws.catalog.programme.roles.issuers)
    of = f"the work of {submission}, attempt {request.attempt},"
    who = f"{submission.earner}, its assessors and the issuers"
    if not _has_part(ws, request):
        hint = next_step("queue", note="lists what you are asked to assess")
        return McredError(f"{of} is sealed to {who}; you are none of them", hint=hint, code=Exit.NOT_ALLOWED)
    note = f"it is sealed to {who}; ask {issuers} if you are one of them"
    hint = next_step("sync", note=note)
    return McredError(f"{of} cannot be opened here: {why}", hint=hint, code=Exit.NOT_ALLOWED)


def seal_attempt(
    ws: Workspace,
    submission: SubmissionId,
    attempt: int,
    files: Mapping[str, BlobId],
    readers: Iterable[str],
) -> CommitId:
    """Store the work of an attempt, sealed, and move its ref to it; returns the sealed commit.

    `files`: the work and what opens its pieces, by path. `readers`: the public keys it is sealed to, and my
    own.
    """
    title = f"Submit attempt {attempt} of {submission}"
    text = message(title, "sent", submission)
    plain = commit_tree(ws.repo, build_tree(ws.repo, None, files), [], text, ws.author(), ws.key())
    before: list[OpenList] = []
    if (draft := resolve(ws.repo, work_ref(submission))) is not None:
        with suppress(Unopened):
            before.append(open_list(ws.repo, submission, draft))
    all_readers = tuple(dict.fromkeys((ensure_reading_key(ws.repo).public, *readers)))
    sealed = seal_commit(
        ws, submission, plain, all_readers, before, attempt=attempt, title="Submit work to its assessors"
    )
    ref = attempt_ref(submission, attempt)
    move_refs(ws.repo, [(ref, sealed, resolve(ws.repo, ref))])
    return sealed
