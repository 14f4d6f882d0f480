"""`mcred sync`: save, send and fetch, so that this folder and the shared place agree."""

from __future__ import annotations

import typer

from mcred.cli.desk import Desk, open_desk, send
from mcred.cli.drafts import has_draft, my_drafts, refresh, unsent, work_folder
from mcred.cli.edge import DryRun, edge_of
from mcred.cli.projecting import show_what_changed
from mcred.cli.replaced import say_replaced
from mcred.cli.saved import bring_back, missing_files, tell_back
from mcred.cli.show import MOST_PROBLEMS
from mcred.cli.verbs.save import save_all
from mcred.cli.webreviews import take_web_reviews
from mcred.model.ids import BlobId
from mcred.problems import McredError
from mcred.store.folder import read_laid
from mcred.store.worktree import what_stands

EXAMPLES = ("mcred sync", "mcred sync --dry-run")


def run(ctx: typer.Context, dry_run: DryRun = False) -> None:
    """Save your drafts, send what was not sent, and bring what is new into your folder."""
    edge = edge_of(ctx)
    desk = open_desk(edge)
    if dry_run:
        edge.show.say(f"Would save {len(my_drafts(desk))} drafts and send {len(unsent(desk))} things.")
        for path in _gone_folders(desk):
            edge.show.say(f"Would bring back {path}")
        return
    desk.take_confirmed_key()
    # Saved before anything arrives: whatever happens next, nothing typed is lost.
    failed = save_all(desk, my_drafts(desk))
    _bring_back_folders(desk)
    result = refresh(desk)
    if desk.stale is not None:
        raise failed or McredError(
            f"{desk.stale.what}. Your drafts are saved on this computer",
            hint="mcred sync",
            code=desk.stale.code,
        )
    waiting = {} if desk.is_key_waiting or desk.is_key_replaced else unsent(desk)
    if desk.url is not None and waiting:
        send(desk, waiting, "mcred sync")
    if desk.url is not None:
        show_what_changed(take_web_reviews(open_desk(edge, fetching="no") if waiting else desk))
    if result is not None:
        count = len(result.written) + len(result.removed)
        said = f"{count} {'file is' if count == 1 else 'files are'} new in your folder."
        edge.show.say(said if count else "Up to date.")
        yours = [p for p in result.kept if what_stands(work_folder(desk), p)]
        said = "left out, it is not safe to store on every computer."
        for paths, what in ((yours, "you changed it, so yours stays."), (result.skipped, said)):
            for path in paths[:MOST_PROBLEMS]:
                edge.show.note(f"{path}: {what}", style="yellow")
            if len(paths) > MOST_PROBLEMS:
                edge.show.note(f"… and {len(paths) - MOST_PROBLEMS:,} more", style="yellow")
        if result.note:
            edge.show.note(result.note)
    say_replaced(desk)
    if failed is not None:
        raise failed
    edge.show.next("mcred status")


def _gone_folders(desk: Desk) -> dict[str, BlobId]:
    """What was laid into my folder and is gone, of drafts whose list is gone too."""
    laid = read_laid(desk.repo).files
    lost = [s for s in my_drafts(desk) if not has_draft(desk, s)]
    return {p: b for s in lost for p, b in missing_files(desk, s).items() if p in laid}


def _bring_back_folders(desk: Desk) -> None:
    """A deleted folder comes back as it was saved; a single file does with `mcred restore`."""
    if gone := _gone_folders(desk):
        bring_back(desk, gone, "mcred sync")
        tell_back(desk.edge, gone)
