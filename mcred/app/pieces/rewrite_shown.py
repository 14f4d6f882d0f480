"""Writes what the user publishes: a new state of their shown ref, in the place of the one before.

A state has no parents, so that what was taken back is not kept by it; only where git's own switch forbids
that, at a remote without the guard, it follows the one before. It is dated later than that one, so that
no one can bring an old state back.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from msgspec.structs import replace

from mcred.app.pieces.shown import ShownState, find_shown, read_list, read_shown
from mcred.app.workspace import KEY_REPLACED, KEY_WAITS, Workspace, open_workspace
from mcred.domain.erasure import erased_pieces
from mcred.domain.ids import BlobId, CommitId, PersonId
from mcred.domain.layout import SHOWN_LIST, shown_path, shown_ref
from mcred.domain.shown import ShownList, is_judged
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, Hint, McredError, next_step
from mcred.store.git import resolve
from mcred.store.remote import push
from mcred.store.remote_errors import CHANGED_FIRST
from mcred.store.snapshot import list_tree
from mcred.store.write import build_tree, commit_tree, move_refs, put_blob

TRIES = 8
KEEPS_ALL = (
    "The program's server does not allow rewriting, because it has no check by mcred. Pages show what you "
    "publish now, but members can still find in its history what you took back."
)
Rewrite = Callable[[Workspace, ShownState], ShownState]


def own_shown(ws: Workspace) -> ShownState:
    """What the user publishes, without pieces that were erased; nothing where their ref cannot be read."""
    return _shown_by(ws, ws.confirmed())


def _shown_by(ws: Workspace, person: PersonId) -> ShownState:
    tip = find_shown(ws.repo).get(person)
    known = ws.catalog.people.get(person)
    found = read_shown(ws.repo, ws.catalog, known, tip)[0] if tip is not None and known is not None else None
    if found is None:
        return ShownState(list=ShownList(format=2, person=person))
    kept = tuple(p for p in found.list.pieces if is_judged(p, ws.catalog.records.get(p.submission)))
    return replace(found, list=replace(found.list, pieces=kept))


def shows_erased(ws: Workspace, person: PersonId) -> bool:
    """Whether the ref of what a person publishes has a piece that was erased."""
    tip = find_shown(ws.repo).get(person)
    listed = read_list(ws.repo, person, list_tree(ws.repo, tip))[0] if tip is not None else None
    records = (ws.catalog.records.get(p.submission) for p in listed.pieces) if listed is not None else ()
    gone = erased_pieces(e for record in records if record is not None for e in record.erasures)
    return listed is not None and any(piece.commitment in gone for piece in listed.pieces)


def rewrite_shown(
    ws: Workspace, change: Rewrite, again: Hint, *, person: PersonId | None = None
) -> Workspace:
    """Publish what `change` makes of the user's newest state; returns the programme after it.

    `change` is called again where another computer of the user came first. `again`: the command that repeats
    this. `person`: another one, of whose state an issuer takes out what was erased. Raises McredError where
    the remote does not take it; nothing is changed then.
    """
    if ws.is_key_waiting or ws.is_key_replaced:
        what = KEY_WAITS if ws.is_key_waiting else KEY_REPLACED
        raise McredError(f"{what}. Nothing was changed", hint=next_step("status"), code=Exit.NOT_ALLOWED)
    refused, grows, whose = "", False, person or ws.confirmed()
    for turn in range(TRIES):
        old = find_shown(ws.repo).get(whose)
        state = _store(ws, change(ws, _shown_by(ws, whose)), old, grows=grows)
        refused = _move(ws, shown_ref(whose), state)
        if not refused:
            if grows:
                ws.ctx.show.note(KEEPS_ALL, style="yellow")
            return open_workspace(ws.ctx, fetching="no")
        ws.ctx.pause(random.uniform(0.05, 0.3) * (turn + 1))  # noqa: S311 (not for secrets)
        ws = open_workspace(ws.ctx, fetching="must")
        if find_shown(ws.repo).get(whose) == old:
            if grows or refused != CHANGED_FIRST:
                break
            grows = True
    raise McredError(
        f"the program's server did not accept it: {refused}. Nothing was changed",
        hint=again,
        code=Exit.CHANGED,
    )


def _store(ws: Workspace, shown: ShownState, old: CommitId | None, *, grows: bool) -> CommitId:
    """The commit of a state, with the files of its pieces alone; `grows`: on top of the one before."""
    changes: dict[str, BlobId | None] = {SHOWN_LIST: put_blob(ws.repo, encode(shown.list))}
    changes.update(
        {shown_path(name): put_blob(ws.repo, shown.files[name]) for name in sorted(shown.list.files)}
    )
    author = ws.author(after=[old] if old is not None else [])
    text = message("Publish pieces", "shown")
    parents = [old] if grows and old is not None else []
    return commit_tree(ws.repo, build_tree(ws.repo, None, changes), parents, text, author, ws.key())


def _move(ws: Workspace, ref: str, commit: CommitId) -> str:
    """Move a ref, at the remote or, without one, here; returns why it was not moved."""
    if ws.url is None:
        move_refs(ws.repo, [(ref, commit, resolve(ws.repo, ref))])
        return ""
    with ws.ctx.show.working("sending") as tell:
        result = push(ws.repo, {ref: commit}, progress=tell, interactive=ws.ctx.interactive)
    return "; ".join(sorted(set(result.refused.values())))
