"""Finds in the programme's record what a badge was derived from, so that both can be compared.

The badge names the decision's stored bytes; their path on main shows whose award it is. A badge of another
programme cannot be compared here, which is neither for nor against it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from mcred.app.checkpoints import describe_age
from mcred.app.workspace import Workspace
from mcred.badges.checks import Check
from mcred.badges.json_reader import JsonObject, read_json
from mcred.badges.keys import known_dids
from mcred.badges.open_badge import read_references
from mcred.badges.others.forms import is_clr
from mcred.badges.proof import issuer_of
from mcred.badges.record import CLAUSE, Recorded, compare_badge
from mcred.badges.replacements import find_revocation
from mcred.domain.ids import CommitId, PersonId, StackId, SubmissionId, is_hex
from mcred.domain.layout import PROGRAMME, decision_path, definition_path, parse_path, stack_award_path
from mcred.domain.programme import Programme
from mcred.problems import Exit, McredError, next_step
from mcred.store.batch import check_history
from mcred.store.log import find_blob_versions, is_ancestor, read_commit
from mcred.store.main_history import list_changing
from mcred.store.snapshot import read_blobs

BEHIND = timedelta(days=1)
"""A record with commits from so long after a badge was issued must contain the badge."""


def issuer_names(programme: Programme) -> frozenset[str]:
    """The programme's issuer ids: from its site's name, and from every key it ever had."""
    found: set[str] = set()
    for key in programme.issuer.keys:
        for site in {"", programme.site.url}:
            # A site address that cannot name an issuer never did.
            with contextlib.suppress(McredError):
                found |= known_dids(site, key.multibase)
    return frozenset(found)


def compare_with(ws: Workspace) -> Callable[[JsonObject], Check]:
    """Compare a badge with the record of the surrounding programme."""
    ws = replace(ws, repo=replace(ws.repo, by_objects=True))

    def compare(document: JsonObject) -> Check:
        try:
            found = _find_award(ws, document) or _find_stack_award(ws, document)
            check = compare_badge(document, found) if found else _not_here(ws, document)
            if check.state == "not on record":
                check_history(ws.repo, ws.main)
        except McredError as error:
            if error.code is Exit.UNREACHABLE:
                error = McredError(_INCOMPLETE, hint=_fetch_whole(ws))
            return cannot_compare(error)(document)
        return check

    return compare


def cannot_compare(error: McredError) -> Callable[[JsonObject], Check]:
    """A comparison that cannot be made, because this copy of the record cannot be read."""
    check = Check(name="record", ok=None, what=error.what, clause=CLAUSE, remedy=str(error.hint))
    return lambda _: check


def tell_copy(ws: Workspace) -> str:
    """The programme's founding id, and how old this copy of it is, as a sentence."""
    newest = read_commit(ws.repo, ws.main, verify=False).when
    try:
        founding = list_changing(ws.repo, ws.main, PROGRAMME)[-1]
    except McredError:
        return f"{describe_age(newest, ws.ctx.now())}, and the beginning of its history is not here."
    return f"{describe_age(newest, ws.ctx.now())}; founding id {founding}."


_INCOMPLETE = "the history here is incomplete or damaged, so the record cannot tell; get all of it"


def _fetch_whole(ws: Workspace) -> str:
    return f"a complete copy of the program: {next_step('join', ws.url or 'ADDRESS', 'NEW-FOLDER')}"


def _find_award(ws: Workspace, document: JsonObject) -> Recorded | None:
    """The award recorded beside the badge's decision."""
    refs = read_references(document)
    for path, entry in ws.tree.entries.items():
        found = parse_path(path)
        if entry.blob == refs.decision and found is not None and found.kind == "decision":
            return _read_award(ws, found.submission, found.attempt, refs.submission)
    return None


def _read_award(ws: Workspace, submission: SubmissionId, attempt: int, judged: str) -> Recorded | None:
    record = ws.catalog.records[submission]
    decision = next((d for d in record.decisions if d.attempt == attempt), None)
    if decision is None:
        what = f"{decision_path(submission, attempt)} cannot be read"
        raise McredError(what, hint=next_step("lint"))
    documents = {number: _document(data) for number, data in record.documents(attempt).items()}
    names = [name for d in documents.values() if isinstance(name := d.get("id"), str)]
    revocation = find_revocation(ws.catalog)
    editions = find_blob_versions(ws.repo, ws.main, definition_path(submission.credential))
    return Recorded(
        documents=documents,
        revoked=next((said for name in names if (said := revocation(name))), ""),
        decision=decision,
        place=f"attempt {attempt} of {submission}",
        submission_kept=is_hex(judged) and is_ancestor(ws.repo, CommitId(judged), ws.main),
        definition_kept=decision.definition.blob in editions,
    )


def _find_stack_award(ws: Workspace, document: JsonObject) -> Recorded | None:
    """Finds a stack badge by being stored, since it rests on other badges."""
    places = {
        path: found
        for path in ws.tree.entries
        if (found := parse_path(path)) is not None and found.kind == "stack award"
    }
    stored = read_blobs(ws.repo, [ws.tree.entries[path].blob for path in places])
    for path, found in places.items():
        person, stack = found.person, found.stack
        if person is None or stack is None or _document(stored[ws.tree.entries[path].blob]) != document:
            continue
        newest = ws.catalog.stacked[(person, stack)].newest_of(found.number)
        latest = stored[ws.tree.entries[stack_award_path(person, stack, newest)].blob]
        documents = {found.number: document, newest: _document(latest)}
        return _stacked(ws, documents, person, stack)
    return None


def _stacked(
    ws: Workspace, documents: Mapping[int, JsonObject], person: PersonId, stack: StackId
) -> Recorded:
    ended = max(documents) in ws.catalog.stacked[(person, stack)].revocations
    return Recorded(
        documents=documents,
        revoked="revoked, by the program's record" if ended else "",
        place=f"badge {min(documents)} of {person} for the stack {stack}",
    )


def _document(data: bytes) -> JsonObject:
    try:
        return read_json(data)
    except McredError:
        return {}


def _not_here(ws: Workspace, document: JsonObject) -> Check:
    """A badge missing from the record: another programme's, one newer than this copy, or a forgery."""
    own = issuer_of(document) in issuer_names(ws.catalog.programme)
    here = Check(name="record", ok=None, what="", clause=CLAUSE)
    if not own:
        what = "this badge isn't from this program, so its record doesn't mention it"
        return replace(here, what=what, weighs=False)
    if is_clr(document):
        what = "the program's record has badges, not records of several; each badge in it is looked up"
        return replace(here, what=what, weighs=False)
    newest = read_commit(ws.repo, ws.main, verify=False).when
    begins = _moment(document.get("validFrom"))
    if begins is not None and begins < newest - BEHIND:
        what = f"the program's record, which ends on {newest.date()}, has no such award"
        return replace(here, ok=False, what=what, state="not on record")
    what = f"this copy of the record ends on {newest.date()} and doesn't include the badge yet"
    return replace(here, what=f"{what} ({next_step('sync')})")


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
