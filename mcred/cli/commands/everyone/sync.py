"""`mcred sync`: save, push and fetch, so that this folder and the remote agree."""

from __future__ import annotations

import typer

from mcred.app.hosting.reviews import take_web_reviews
from mcred.app.hosting.sync import show_what_changed
from mcred.app.keys.replaced import say_replaced
from mcred.app.work.drafts import has_draft, my_drafts, refresh, unsent, work_folder
from mcred.app.work.save import save_all
from mcred.app.work.saved_files import bring_back, missing_files, tell_back
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.cli.terminal import DryRun, terminal_of
from mcred.domain.ids import BlobId
from mcred.problems import McredError
from mcred.store.folder_index import read_laid
from mcred.store.worktree import what_stands

EXAMPLES = ("mcred sync", "mcred sync --dry-run")


def run(ctx: typer.Context, dry_run: DryRun = False) -> None:
    """Save your drafts, send what was not sent, and bring what is new into your folder."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge)
    if dry_run:
        edge.show.say(f"Would save {len(my_drafts(ws))} drafts and send {len(unsent(ws))} things.")
        for path in _gone_folders(ws):
            edge.show.say(f"Would bring back {path}")
        return
    ws.take_confirmed_key()
    # Saved before anything is fetched: whatever happens next, nothing typed is lost.
    failed = save_all(ws, my_drafts(ws))
    _bring_back_folders(ws)
    result = refresh(ws)
    if ws.stale is not None:
        raise failed or McredError(
            f"{ws.stale.what}. Your drafts are saved on this computer",
            hint="mcred sync",
            code=ws.stale.code,
        )
    waiting = {} if ws.is_key_waiting or ws.is_key_replaced else unsent(ws)
    if ws.url is not None and waiting:
        send(ws, waiting, "mcred sync")
    if ws.url is not None:
        show_what_changed(take_web_reviews(open_workspace(edge, fetching="no") if waiting else ws))
    if result is not None:
        count = len(result.written) + len(result.removed)
        said = f"{count} {'file is' if count == 1 else 'files are'} new in your folder."
        edge.show.say(said if count else "Up to date.")
        yours = (p for p in result.kept if what_stands(work_folder(ws), p))
        edge.show.notes(f"{p}: you changed it, so yours stays." for p in yours)
        edge.show.notes(f"{p}: left out, it is not safe to store on every computer." for p in result.skipped)
        if result.note:
            edge.show.note(result.note)
    say_replaced(ws)
    if failed is not None:
        raise failed
    edge.show.next("mcred status")


def _gone_folders(ws: Workspace) -> dict[str, BlobId]:
    """Files that are missing from my folder, of drafts whose list is missing too."""
    laid = read_laid(ws.repo).files
    lost = [s for s in my_drafts(ws) if not has_draft(ws, s)]
    return {p: b for s in lost for p, b in missing_files(ws, s).items() if p in laid}


def _bring_back_folders(ws: Workspace) -> None:
    """Restore a deleted folder as it was saved; for a single file there is `mcred restore`."""
    if gone := _gone_folders(ws):
        bring_back(ws, gone, "mcred sync")
        tell_back(ws.ctx, gone)
