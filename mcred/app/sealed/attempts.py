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
from mcred.app.keys.reading import all_reading_keys, ensure_reading_key
from mcred.app.pending import read_disclosures, read_request
from mcred.app.sealed.coached import find_let_in, keys_to_work
from mcred.app.sealed.match import explain_other_work
from mcred.app.sealed.open_work import OpenList, open_files, open_list
from mcred.app.sealed.review import current_keys
from mcred.app.sealed.seal_work import seal_commit
from mcred.app.workspace import Workspace
from mcred.domain.disclosure import commitment_of
from mcred.domain.erasure import erased_pieces
from mcred.domain.ids import BlobId, CommitId, PersonId, SubmissionId
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
from mcred.store.log import is_whole
from mcred.store.seal import NoKey, Unopened
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
    before = resolve(ws.repo, ref)
    if before is not None and not holds_erased(ws, before, request):
        return before
    found = open_newest(ws, request)
    try:
        opened = open_files(ws.repo, found, {})
    except Unopened as error:
        raise _explain(ws, request, error) from error
    if other := explain_other_work(ws.repo, opened, request, erased_of(ws, submission)):
        what = f"the work of {submission}, attempt {request.attempt}, is not what was submitted: {other}"
        raise McredError(what, hint=next_step("submit", submission.credential, "--replace"))
    if not ws.ctx.dry_run and opened != before:
        move_refs(ws.repo, [(ref, opened, before)])
    return opened


def open_attempt(ws: Workspace, submission: SubmissionId, judged: CommitId) -> OpenList | None:
    """The sealed list of an attempt; None where its files lie beside its request. Raises like `find_work`."""
    request = read_request(ws.repo, judged, submission)
    return open_newest(ws, request) if request is not None and request.work is not None else None


def find_readable(ws: Workspace, submission: SubmissionId, judged: CommitId) -> CommitId | None:
    """Like `find_work`, of what is on this computer; None where it cannot be read."""
    with suppress(McredError):
        return find_work(replace(ws, url=None), submission, judged)
    return None


def erased_of(ws: Workspace, submission: SubmissionId) -> frozenset[str]:
    """The commitments of the erased pieces of a submission."""
    record = ws.catalog.records.get(submission)
    return erased_pieces(record.erasures) if record is not None else frozenset()


def holds_erased(ws: Workspace, opened: CommitId, request: ReviewRequest) -> bool:
    """Whether what was opened of an attempt has pieces that were erased since."""
    gone = erased_of(ws, request.submission)
    found = read_disclosures(ws.repo, opened, request.submission, request.attempt) if gone else None
    return found is not None and any(commitment_of(d) in gone for d in found.disclosures)


def sealed_tips(ws: Workspace, request: ReviewRequest) -> tuple[CommitId, ...]:
    """The commits here that may have an attempt's sealed work, best first: the one that the request names;
    where pieces of it were erased, what its ref has by now instead."""
    ref, asked = attempt_ref(request.submission, request.attempt), request.work
    names = (remote_ref(ref), ref) if _is_erased(ws, request) else ()
    tips = dict.fromkeys(tip for name in names if (tip := resolve(ws.repo, name)) and tip != asked)
    if asked is None or tips or not _is_here(ws, asked, ref):
        return tuple(tips)
    return (asked,)


def _is_here(ws: Workspace, asked: CommitId, ref: str) -> bool:
    """Whether an attempt is here as a whole."""
    has_ref = asked in (resolve(ws.repo, remote_ref(ref)), resolve(ws.repo, ref))
    return has_ref or (resolve(ws.repo, asked) is not None and is_whole(ws.repo, asked))


def _is_erased(ws: Workspace, request: ReviewRequest) -> bool:
    gone = erased_of(ws, request.submission)
    return any(piece.commitment in gone for piece in request.pieces)


def open_newest(ws: Workspace, request: ReviewRequest) -> OpenList:
    """The sealed list of an attempt, without what was erased of it as soon as that can be had.

    Raises McredError where this folder's reading keys do not open it, and where it cannot be fetched. Those
    who have no part in it fetch nothing of it.
    """
    submission, attempt = request.submission, request.attempt
    has_part = _has_part(ws, request)
    may_read = has_part or find_let_in(ws, submission) is not None
    can_fetch = ws.url is not None and may_read
    for last in (False, True):
        tips, why = sealed_tips(ws, request), None
        is_last = last or not can_fetch
        # What it was written again as is fetched first.
        is_old = _is_erased(ws, request) and tips[:1] == (request.work,)
        for tip in tips if is_last or not is_old else ():
            grants = grants_of(ws, submission, attempt)
            more = keys_to_work(ws, submission, tip) if is_last and not has_part else ()
            try:
                return open_list(ws.repo, submission, tip, grants, attempt, more=more)
            except Unopened as error:
                why = why or error
        if why is not None and is_last:
            raise _explain(ws, request, why) from why
        if not last and can_fetch:
            # Also where it cannot be opened: I may have been let in since.
            fetch_work(ws.ctx, ws.repo, submission)
    if not may_read:
        raise _explain(ws, request, None)
    raise McredError(
        f"the work of {submission}, attempt {attempt}, is no longer on the program's server",
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


def _explain(ws: Workspace, request: ReviewRequest, error: Unopened | None) -> McredError:
    """Why I cannot open an attempt, and who can do something about it. `error`: None where I have no part."""
    programme, standing = ws.catalog.programme, ws.standing(request.submission)
    is_open = standing.is_open and standing.attempt == request.attempt
    people = readers_of(request, standing.seats, programme, is_open=is_open)
    if ws.me in people and isinstance(error, NoKey):
        others = " or ".join(person for person in people if person != ws.me)
        return _explain_lost(ws, request, ws.me, others)
    submission, issuers = request.submission, " or ".join(programme.roles.issuers)
    of = f"the work of {submission}, attempt {request.attempt},"
    who = f"{submission.earner}, its assessors, and the issuers"
    has_part = _has_part(ws, request)
    if not has_part and find_let_in(ws, submission) is not None:
        hint = next_step("sync", note=f"typed by {submission.earner}; then the same command again")
        what = f"{of} cannot be opened with what {submission.earner} last shared with you"
        return McredError(what, hint=hint, code=Exit.NOT_ALLOWED)
    if error is None or not has_part:
        hint = next_step("queue", note="lists what you are assigned to assess")
        return McredError(
            f"{of} is sealed to {who}; you are not one of them", hint=hint, code=Exit.NOT_ALLOWED
        )
    note = f"it is sealed to {who}; ask {issuers} if you are one of them"
    hint = next_step("sync", note=note)
    return McredError(f"{of} cannot be opened here: {error.what}", hint=hint, code=Exit.NOT_ALLOWED)


def _explain_lost(ws: Workspace, request: ReviewRequest, me: PersonId, others: str) -> McredError:
    """The same for a person who may read it: their reading key was lost, or replaced since."""
    which = f"the work of {request.submission}, attempt {request.attempt}, is sealed to"
    mine = {key.public for key in all_reading_keys(ws.repo)}
    if not mine & {*current_keys(ws.catalog, (me,))}:
        note = "lists this folder's key; better: first copy the reading key from your other folder"
        what = f"{which} a reading key of yours that is not in this folder"
        return McredError(what, hint=next_step("setup", note=note), code=Exit.NOT_ALLOWED)
    note = f"typed by {others}; then the same command again"
    if ws.catalog.programme.recovery:
        note += f". Or {next_step('key', 'recover', '--with', 'FILE')} by whoever keeps the recovery key"
    what = f"{which} an earlier reading key of yours, and not yet to the new one"
    return McredError(what, hint=next_step("sync", note=note), code=Exit.NOT_ALLOWED)


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
        ws,
        submission,
        plain,
        all_readers,
        before,
        attempt=attempt,
        text=message("Submit work to its assessors", "work", submission),
    )
    ref = attempt_ref(submission, attempt)
    move_refs(ws.repo, [(ref, sealed, resolve(ws.repo, ref))])
    return sealed
