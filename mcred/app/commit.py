"""Commits a decision to main: build on the newest commit, push, build again if another push came first.

Repeating the call after an interruption finds its work done or does it; no local ref moves before the remote
answered.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from mcred.app.clock import check_clock
from mcred.app.events import AttemptEvent, Decided
from mcred.app.push import publish
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.layout import MAIN, SENT_HEADS, SUBMISSION_REFS, local_ref, submission_ref
from mcred.problems import Exit, Hint, McredError
from mcred.store.git import list_refs, resolve
from mcred.store.log import is_ancestor
from mcred.store.remote import delete_refs, push
from mcred.store.write import Moved, build_tree, commit_tree, move_refs

TRIES = 8


class ChangeSet(Struct, frozen=True, kw_only=True):
    """What to commit to main: changed paths, the commit it merges in, and the message."""

    changes: Mapping[str, BlobId | None]
    merged: Sequence[CommitId]
    text: str
    events: Sequence[AttemptEvent] = ()
    """Its events, published once it is on main."""


def commit_to_main(
    ws: Workspace,
    decide: Callable[[Workspace], ChangeSet],
    again: Hint,
) -> Workspace:
    """Commit what `decide` returns to the newest main, and return the programme after it.

    `decide` is called again for every state of main that is tried, and may raise when that state no longer
    allows it. `again`: the command that repeats this.
    """
    check_clock(ws)
    for turn in range(TRIES):
        addition = decide(ws)
        tree = build_tree(ws.repo, ws.main, addition.changes)
        parents = [ws.main, *addition.merged]
        commit = commit_tree(ws.repo, tree, parents, addition.text, ws.author(), ws.key())
        refused = _move_main(ws, commit)
        if not refused:
            return _renewed(ws, addition)
        if turn + 1 < TRIES:
            # Another commit at the same moment: wait for a random time.
            ws.ctx.pause(random.uniform(0.05, 0.3) * (turn + 1))  # noqa: S311 (not for secrets)
            ws = open_workspace(ws.ctx, fetching="must")
    raise McredError("; ".join(sorted(refused)), hint=again, code=Exit.CHANGED)


def _move_main(ws: Workspace, commit: CommitId) -> frozenset[str]:
    """Move main to a commit on top of `ws.main`, at the remote or, without one, here.

    Returns why it was not moved: another commit came first.
    """
    if ws.url is not None:
        with ws.ctx.show.working("sending") as tell:
            result = push(ws.repo, {MAIN: commit}, progress=tell, interactive=ws.ctx.interactive)
        return frozenset(f"the shared place did not take it: {why}" for why in result.refused.values())
    local = resolve(ws.repo, MAIN)
    try:
        if local is not None and not is_ancestor(ws.repo, local, ws.main):
            raise Moved([MAIN])
        move_refs(ws.repo, [(MAIN, commit, local)])
    except Moved as moved:
        return frozenset([moved.what])
    return frozenset()


def _renewed(ws: Workspace, arrived: ChangeSet) -> Workspace:
    renewed = open_workspace(ws.ctx, fetching="no")
    _tidy(renewed, arrived)
    refresh(renewed)
    publish(renewed, arrived.events)
    return renewed


def _tidy(ws: Workspace, arrived: ChangeSet) -> None:
    """Delete the refs at the remote whose commits main has now, so that what everybody fetches does not grow
    with the programme.

    A submission that is sent back goes on from its ref; on a review host requests hang on theirs.
    """
    from mcred.app.hosting.session import find_place

    decided = (event for event in arrived.events if isinstance(event, Decided))
    again = {submission_ref(event.submission) for event in decided if event.outcome == "revise"}
    stays = SUBMISSION_REFS if find_place(ws) is not None else "\0"
    tips = {
        local_ref(ref): tip for ref, tip in list_refs(ws.repo, SENT_HEADS).items() if tip in arrived.merged
    }
    done = {ref: tip for ref, tip in tips.items() if ref not in again and not ref.startswith(stays)}
    if ws.url is not None and done:
        delete_refs(ws.repo, done, interactive=ws.ctx.interactive)
