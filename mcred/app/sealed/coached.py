"""What an earner lets me read as her coach: her newest draft, and what its sealed list passes on."""

from __future__ import annotations

from contextlib import suppress

from mcred.app.fetch import fetch_draft
from mcred.app.keys.reading import all_reading_keys
from mcred.app.sealed.open_work import OpenList, open_list, open_tree
from mcred.app.sealed.opening import open_passed, open_record
from mcred.app.workspace import Workspace
from mcred.domain.catalog import Record
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import remote_ref, work_ref
from mcred.formats.trailers import SENT, message
from mcred.problems import McredError
from mcred.store.git import resolve
from mcred.store.log import parse_commit, read_commit
from mcred.store.seal import ReadingPair, Unopened, load_reading_key
from mcred.store.session import cached
from mcred.store.write import commit_tree


def find_let_in(ws: Workspace, submission: SubmissionId) -> OpenList | None:
    """The newest draft of a person who lets me in, its list opened; None where they do not, and while I am
    asked to assess what they submitted.

    Fetched once for a command; without the remote, what was fetched before.
    """
    standing = ws.standing(submission)
    if ws.me in (None, submission.earner, *(standing.panel if standing.is_open else ())):
        return None
    if ws.url is not None:
        with suppress(McredError):
            cached("draft", (ws.repo.git_dir, submission), lambda: _fetch(ws, submission))
    tip = resolve(ws.repo, remote_ref(work_ref(submission)))
    profile = ws.catalog.people.get(submission.earner)
    if tip is None or profile is None:
        return None
    signer = read_commit(ws.repo, tip).signer
    if all(key.public != signer for key in profile.keys):
        return None
    try:
        return open_list(ws.repo, submission, tip)
    except Unopened:
        return None


def _fetch(ws: Workspace, submission: SubmissionId) -> bool:
    fetch_draft(ws.ctx, ws.repo, submission)
    return True


def find_open_draft(ws: Workspace, submission: SubmissionId) -> OpenList | None:
    """Like `find_let_in`; None also where the draft was submitted as it is, and for issuers, who are shown
    what was submitted."""
    if ws.me in ws.catalog.programme.roles.issuers and ws.standing(submission).judged is not None:
        return None
    found = find_let_in(ws, submission)
    is_sent = found is not None and SENT in parse_commit(found.plain, found.list.plain, verify=False).trailers
    return None if is_sent else found


def open_coached(ws: Workspace, found: OpenList) -> CommitId:
    """A commit with the plain files of a draft that I am let in to. Raises McredError where they are not what
    was saved.

    The drafts before it are missing here, so it is a commit of its own, which no ref keeps.
    """
    submission = found.list.submission
    tree = open_tree(ws.repo, found, {})
    if tree != parse_commit(found.plain, found.list.plain, verify=False).tree:
        raise Unopened("its files are not the ones that were saved")
    text = message("Open a draft shared with me", "open", submission)
    return commit_tree(ws.repo, tree, [], text, ws.author(), ws.key())


def keys_to_work(ws: Workspace, submission: SubmissionId, sealed: CommitId) -> tuple[ReadingPair, ...]:
    """What may open the list of an attempt, by its sealed commit, where its earner lets me in; else none.

    A commit that the earner has not passed on may be an attempt without what was erased of it, whose list
    kept its key.
    """
    found = find_let_in(ws, submission)
    passed = found.list.passed.works if found is not None else {}
    keys: list[ReadingPair] = []
    for private in (passed[sealed],) if sealed in passed else dict.fromkeys(passed.values()):
        with suppress(McredError):
            keys.append(load_reading_key(private.encode("ascii", "replace")))
    return tuple(keys)


def my_record(ws: Workspace, submission: SubmissionId) -> Record | None:
    """The record of a submission, opened as far as the reading keys of this folder and its earner let me;
    None without one."""
    record = ws.catalog.records.get(submission)
    if record is None:
        return None
    record = open_record(record, all_reading_keys(ws.repo))
    if any(decision.is_sealed for decision in record.decisions):
        found = find_let_in(ws, submission)
        record = open_passed(record, dict(found.list.passed.decisions)) if found is not None else record
    return record
