"""`mcred sync`: save, push and fetch, so that this folder and the remote agree."""

from __future__ import annotations

import typer

from mcred.app.answers.work import sync_answer
from mcred.app.keys.replaced import say_replaced
from mcred.app.work.drafts import work_folder
from mcred.app.work.sync import Sync, SyncResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.store.folder_index import what_stands

EXAMPLES = ("mcred sync", "mcred sync --dry-run")


def run(ctx: typer.Context, dry_run: DryRun = False, json: Json = False) -> None:
    """Save your drafts, send what has not been sent yet, and get what is new."""
    run_command(terminal_of(ctx), Sync(), _show_result, sync_answer)


def _show_result(show: Show, found: SyncResult) -> None:
    ws, laid = found.ws, found.laid
    if laid is not None:
        count = len(laid.written) + len(laid.removed)
        said = f"{count} {'file is' if count == 1 else 'files are'} new in your folder."
        if count or found.failed is None:
            show.say(said if count else "Up to date.")
        show.notes(
            f"{p}: you changed it, so your version stays."
            for p in laid.kept
            if what_stands(work_folder(ws), p)
        )
        show.notes(f"{p}: left out: it is not safe to store on every computer." for p in laid.skipped)
        if laid.note:
            show.note(laid.note)
    say_replaced(ws)
    if found.failed is None:
        show.next("mcred status")
