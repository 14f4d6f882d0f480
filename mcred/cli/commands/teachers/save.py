"""`mcred save`: save the drafts in the working copy."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.programme.edits import save_programme
from mcred.app.work.drafts import is_unsaved, my_drafts, refresh
from mcred.app.work.save import save_all
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import DryRun, terminal_of

EXAMPLES = ("mcred save", "mcred save fractions-number-line", "mcred save --programme")


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Only this one.", metavar="[ID]")] = None,
    programme: Annotated[
        bool,
        typer.Option("--programme", help="For issuers and maintainers: definitions and rules you edited."),
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Save your drafts, here and at the shared place (where members can read them), so that none is lost."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, only=lambda s: True)
    if programme:
        save_programme(ws, dry_run)
        return
    ws.person()
    drafts = my_drafts(ws)
    if credential is not None:
        wanted = ws.submission(credential)
        drafts = tuple(d for d in drafts if d == wanted)
    if dry_run:
        for draft in drafts:
            edge.show.say(f"{draft.credential}: {'would be saved' if is_unsaved(ws, draft) else 'is saved'}")
        return
    failed = save_all(ws, drafts)
    refresh(ws)
    if failed is not None:
        raise failed
    if not drafts:
        edge.show.say(f"You have not started {credential or 'a micro-credential'} yet.")
        edge.show.next(f"mcred start {credential}" if credential else "mcred browse")
        return
    edge.show.next(f"mcred check {drafts[0].credential}" if len(drafts) == 1 else "mcred status")
