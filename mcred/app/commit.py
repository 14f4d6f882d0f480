"""Putting a decision on the main line: build on the newest state, send, build again if someone was first.

The same call after a cut finds its work done or does it; nothing local moves before the shared place
answered.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from mcred.app.clock import check_clock
from mcred.app.events import AttemptEvent
from mcred.app.push import publish
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import MAIN
from mcred.problems import Exit, Hint, McredError
from mcred.store.git import resolve
from mcred.store.remote import push
from mcred.store.write import build_tree, commit_tree, move_refs

TRIES = 8


class ChangeSet(Struct, frozen=True, kw_only=True):
    """What to put on the main line: changed paths, what it brings in beside main, and the message."""

    changes: Mapping[str, BlobId | None]
    merged: Sequence[CommitId]
    text: str
    events: Sequence[AttemptEvent] = ()
    """What it means, published once it is on main."""


def commit_to_main(
    ws: Workspace,
    decide: Callable[[Workspace], ChangeSet],
    again: Hint,
    only: Callable[[SubmissionId], bool] | None = None,
) -> Workspace:
    """Put what `decide` says on the newest main line, and return the programme as it is then.

    `decide` is asked anew for every state of main that it is tried on, and may raise when that state
    no longer allows it. `again`: the command that repeats this.
    """
    check_clock(ws)
    for turn in range(TRIES):
        addition = decide(ws)
        tree = build_tree(ws.repo, ws.main, addition.changes)
        parents = [ws.main, *addition.merged]
        commit = commit_tree(ws.repo, tree, parents, addition.text, ws.author(), ws.key())
        if ws.url is None:
            move_refs(ws.repo, [(MAIN, commit, resolve(ws.repo, MAIN))])
            return _renewed(ws, only, addition)
        with ws.ctx.show.working("sending") as tell:
            result = push(ws.repo, {MAIN: commit}, progress=tell, interactive=ws.ctx.interactive)
        if not result.refused:
            return _renewed(ws, only, addition)
        if turn + 1 < TRIES:
            # Two issuers at the same instant: wait a moment that differs between them.
            ws.ctx.pause(random.uniform(0.05, 0.3) * (turn + 1))  # noqa: S311 (not for secrets)
            ws = open_workspace(ws.ctx, fetching="must", only=only)
    reasons = "; ".join(sorted(set(result.refused.values())))
    raise McredError(f"the shared place did not take it: {reasons}", hint=again, code=Exit.CHANGED)


def _renewed(ws: Workspace, only: Callable[[SubmissionId], bool] | None, arrived: ChangeSet) -> Workspace:
    renewed = open_workspace(ws.ctx, fetching="no", only=only)
    refresh(renewed)
    publish(renewed, arrived.events)
    return renewed
