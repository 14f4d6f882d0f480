"""Lets further people read the work of an attempt: from whoever can read it, to whom it is due.

The key to an attempt's list is sealed to them on a ref of the one who gives it; nothing else changes. So the
next assessor, a new issuer, and whoever lost or replaced a reading key can read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from mcred.app.fetch import fetch_work
from mcred.app.pending import read_request
from mcred.app.sealed.attempts import grants_of, sealed_tips
from mcred.app.sealed.open_work import open_list
from mcred.app.sealed.review import work_keys
from mcred.app.sealed.seal_work import seal_key
from mcred.app.work.drafts import unsent
from mcred.app.workspace import Workspace, send
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import GRANT_REFS, WORK_REFS, grant_ref, parse_ref, remote_ref, sealed_path
from mcred.domain.rules.readers import readers_of
from mcred.domain.sealed.work import key_name
from mcred.domain.seats import Seats
from mcred.domain.submission import ReviewRequest
from mcred.formats.trailers import message
from mcred.problems import Hint, McredError
from mcred.store.git import list_refs, resolve
from mcred.store.seal import ReadingPair, Unopened
from mcred.store.snapshot import list_tree
from mcred.store.write import build_tree, commit_tree, move_refs, put_written

Attempt = tuple[ReviewRequest, tuple[str, ...]]
"""A request, and the reading keys of those who may read its work."""
_AT_ONCE = 50
"""How many submissions are fetched at once."""


def send_grants(ws: Workspace, again: Hint, of: SubmissionId | None = None) -> None:
    """Let those read work that I can open to whom it is due; what cannot be sent now waits for a sync.

    `of`: a submission whose work is fetched for that; of others, what is here. `again`: the command that
    repeats it.
    """
    if ws.url is None:
        return
    try:
        standing = ws.standing(of) if of is not None else None
        if of is not None and standing is not None and standing.request is not None and standing.request.work:
            fetch_work(ws.ctx, ws.repo, of)
        earlier = {ref: tip for ref, tip in unsent(ws).items() if ref.startswith(GRANT_REFS)}
        if moved := {**earlier, **grant_due(ws)}:
            send(ws, moved, again)
    except McredError as error:
        ws.ctx.show.note(f"{error.what}; others cannot read it until then", style="yellow")


def grant_due(ws: Workspace) -> Mapping[str, CommitId]:
    """Let those read work that I can open here to whom it is due; returns my refs that moved.

    Of attempts that were decided, only people whose reading key is newer than the request are looked at.
    """
    if ws.me is None or ws.me not in ws.catalog.people:
        return {}
    return _grant_all(ws, _list_due(ws, ws.me))


def grant_with(ws: Workspace, keys: Sequence[ReadingPair]) -> Mapping[str, CommitId]:
    """Let those read work that some keys or mine open to whom it is due; returns my refs that moved.

    Every attempt is fetched for that. Raises McredError where the remote cannot be reached.
    """
    found = list(_list_due(ws, None))
    submissions = list(dict.fromkeys(request.submission for request, _ in found))
    for start in range(0, len(submissions), _AT_ONCE):
        fetch_work(ws.ctx, ws.repo, *submissions[start : start + _AT_ONCE])
    return _grant_all(ws, found, keys)


def _grant_all(
    ws: Workspace, attempts: Iterable[Attempt], more: Sequence[ReadingPair] = ()
) -> Mapping[str, CommitId]:
    moved: dict[str, CommitId] = {}
    for request, keys in attempts:
        if (granted := _grant(ws, request, keys, more)) is not None:
            moved[granted[0]] = granted[1]
    return moved


def _list_due(ws: Workspace, me: PersonId | None) -> Iterator[Attempt]:
    """Each attempt whose work is sealed, in review or decided, with the keys of those who may read it.

    `me`: only those that I may be able to open, and of decided ones only where a reader's key is newer.
    """
    programme = ws.catalog.programme
    for standing in ws.record.open:
        request = standing.request
        if standing.is_open and request is not None and request.work is not None:
            people = readers_of(request, standing.seats, programme, is_open=True)
            if me is None or me in (*people, *standing.seats.everybody):
                yield request, work_keys(ws.catalog, people)
    here = filter(None, map(ws.catalog.outline, _with_work(ws)))
    for outline in here if me is not None else ws.catalog.outlines():
        people = (outline.id.earner, *programme.roles.issuers)
        for decision in outline.decisions.values():
            since = decision.decided.date()
            if me is not None and not (me in people and any(_is_renewed(ws, p, since) for p in people)):
                continue
            found = read_request(ws.repo, decision.judged, outline.id)
            if found is not None and found.work is not None:
                yield found, work_keys(ws.catalog, readers_of(found, Seats(), programme, is_open=False))


def _with_work(ws: Workspace) -> Iterable[SubmissionId]:
    """The submissions of which sealed work is here."""
    names = (*list_refs(ws.repo, WORK_REFS), *list_refs(ws.repo, remote_ref(WORK_REFS)))
    return sorted({found.submission for name in names if (found := parse_ref(name)) is not None})


def _is_renewed(ws: Workspace, person: PersonId, since: date) -> bool:
    profile = ws.catalog.people.get(person)
    return profile is not None and any(k.retired is None and k.since >= since for k in profile.reading)


def _grant(
    ws: Workspace, request: ReviewRequest, keys: Iterable[str], more: Sequence[ReadingPair]
) -> tuple[str, CommitId] | None:
    """My grant for an attempt and its new commit; None where none is due, or I cannot open it here."""
    submission, attempt, me = request.submission, request.attempt, ws.person()
    sealed = next(iter(sealed_tips(ws, request)), None)
    if sealed is None:
        return None
    grants = grants_of(ws, submission, attempt)
    try:
        found = open_list(ws.repo, submission, sealed, grants, attempt, more=more)
    except Unopened:
        return None
    known = {*found.entries, *(path for grant in grants for path in list_tree(ws.repo, grant))}
    new = [key for key in keys if sealed_path("keys", key_name(found.key.private, key)) not in known]
    if not new:
        return None
    ref = grant_ref(submission, attempt, me)
    mine = resolve(ws.repo, ref)
    blobs = put_written(ws.repo, (seal_key(found.key, key) for key in new))
    paths = (sealed_path("keys", key_name(found.key.private, key)) for key in new)
    kept = {path: entry.blob for path, entry in list_tree(ws.repo, mine).items()} if mine else {}
    tree = build_tree(ws.repo, None, {**kept, **dict(zip(paths, blobs, strict=True))})
    text = message("Let others read an attempt", "grant", submission, attempt)
    commit = commit_tree(ws.repo, tree, [mine] if mine else [], text, ws.author(), ws.key())
    move_refs(ws.repo, [(ref, commit, mine)])
    return ref, commit
