"""Commits a decision to main: build on the newest commit, push, build again if another push came first.

Repeating the call after an interruption finds its work done or does it; no local ref moves before the remote
answered.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from msgspec import Struct

from mcred.app.clock import check_clock
from mcred.app.events import AttemptEvent
from mcred.app.push import publish
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.domain.ids import BlobId, CommitId
from mcred.domain.layout import MAIN, SENT_HEADS, local_ref, parse_ref
from mcred.problems import Exit, Hint, McredError
from mcred.store.git import list_refs, resolve
from mcred.store.log import find_unreached, is_ancestor
from mcred.store.remote import delete_refs, push
from mcred.store.signatures import KeyPair
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
    *,
    key: KeyPair | None = None,
    tries: int = TRIES,
) -> Workspace:
    """Commit what `decide` returns to the newest main, and return the programme after it.

    `decide` is called again for every state of main that is tried, and may raise when that state no longer
    allows it. `again`: the command that repeats this. `key`: signs it instead of the user's own. `tries`: how
    often it is built again where main moved meanwhile, or is not to be moved.
    """
    check_clock(ws)
    for turn in range(tries):
        addition = decide(ws)
        tree = build_tree(ws.repo, ws.main, addition.changes)
        parents = [ws.main, *addition.merged]
        commit = commit_tree(ws.repo, tree, parents, addition.text, ws.author(), key or ws.key())
        refused = _move_main(ws, commit)
        if not refused:
            return _renewed(ws, addition)
        if turn + 1 < tries:
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
        return frozenset(f"the program's server did not accept it: {why}" for why in result.refused.values())
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
    """Delete the refs at the remote that this change brought to main."""
    if arrived.merged and ws.url is not None:
        tips = list_refs(ws.repo, SENT_HEADS).items()
        _delete(ws, {local_ref(ref): tip for ref, tip in tips if tip in arrived.merged})


def tidy_all(ws: Workspace) -> None:
    """Delete every ref at the remote whose commits main has, where an earlier command could not: by a
    maintainer or an issuer."""
    roles = ws.catalog.programme.roles
    if ws.url is None or ws.stale is not None or ws.me not in (*roles.maintainers, *roles.issuers):
        return
    kinds = ("submission", "review", "override", "person", "vouch")
    tips = {local_ref(ref): tip for ref, tip in list_refs(ws.repo, SENT_HEADS).items()}
    own = {ref: tip for ref, tip in tips.items() if (p := parse_ref(ref)) is not None and p.kind in kinds}
    waiting = find_unreached(ws.repo, tuple(own.values()), ws.main)
    _delete(ws, {ref: tip for ref, tip in own.items() if tip not in waiting})


def _delete(ws: Workspace, refs: Mapping[str, CommitId]) -> None:
    """Delete refs that main has, so that what everyone fetches does not grow with the programme.

    A submission that is sent back goes on from its ref; on a review host requests hang on theirs. Where the
    remote does not let it, they stay.
    """
    from mcred.app.hosting.session import find_place

    is_hosted = find_place(ws) is not None

    def is_needed(ref: str) -> bool:
        found = parse_ref(ref)
        if found is None or found.kind != "submission":
            return False
        outline = ws.catalog.outline(found.submission)
        last = outline.decisions.get(max(outline.decisions, default=0)) if outline is not None else None
        return is_hosted or last is None or last.outcome == "revise"

    if done := {ref: tip for ref, tip in refs.items() if not is_needed(ref)}:
        with suppress(McredError):
            delete_refs(ws.repo, done, interactive=ws.ctx.interactive)
