"""Putting a decision on the main line: build on the newest state, send, build again if someone was first.

The same call after a cut finds its work done or does it; nothing local moves before the shared place
answered.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from mcred.cli.clock import check_clock
from mcred.cli.desk import Desk, open_desk
from mcred.cli.drafts import refresh
from mcred.files.layout import MAIN
from mcred.model.ids import BlobId, CommitId, SubmissionId
from mcred.problems import Exit, McredError
from mcred.store.git import resolve
from mcred.store.remote import push
from mcred.store.write import build_tree, commit_tree, move_refs

TRIES = 8


class Addition(Struct, frozen=True, kw_only=True):
    """What to put on the main line: changed paths, what it brings in beside main, and the message."""

    changes: Mapping[str, BlobId | None]
    merged: Sequence[CommitId]
    text: str


def add_to_main(
    desk: Desk,
    decide: Callable[[Desk], Addition],
    again: str,
    only: Callable[[SubmissionId], bool] | None = None,
) -> Desk:
    """Put what `decide` says on the newest main line, and return the programme as it is then.

    `decide` is asked anew for every state of main that it is tried on, and may raise when that state
    no longer allows it. `again`: the command that repeats this.
    """
    check_clock(desk)
    for turn in range(TRIES):
        addition = decide(desk)
        tree = build_tree(desk.repo, desk.main, addition.changes)
        parents = [desk.main, *addition.merged]
        commit = commit_tree(desk.repo, tree, parents, addition.text, desk.author(), desk.key())
        if desk.url is None:
            move_refs(desk.repo, [(MAIN, commit, resolve(desk.repo, MAIN))])
            return _renewed(desk, only)
        with desk.edge.show.working("sending") as tell:
            result = push(desk.repo, {MAIN: commit}, progress=tell, interactive=desk.edge.interactive)
        if not result.refused:
            return _renewed(desk, only)
        if turn + 1 < TRIES:
            # Two issuers at the same instant: wait a moment that differs between them.
            time.sleep(random.uniform(0.05, 0.3) * (turn + 1))  # noqa: S311 (not for secrets)
            desk = open_desk(desk.edge, fetching="must", only=only)
    reasons = "; ".join(sorted(set(result.refused.values())))
    raise McredError(f"the shared place did not take it: {reasons}", hint=again, code=Exit.CHANGED)


def _renewed(desk: Desk, only: Callable[[SubmissionId], bool] | None) -> Desk:
    renewed = open_desk(desk.edge, fetching="no", only=only)
    refresh(renewed)
    return renewed
