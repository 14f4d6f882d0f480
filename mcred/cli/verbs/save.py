"""`mcred save`: keep what you have now."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.cli.desk import Desk, open_desk
from mcred.cli.drafts import is_unsaved, my_drafts, refresh, save_draft
from mcred.cli.edge import DryRun, edge_of
from mcred.cli.programme import save_programme
from mcred.cli.sending import send_draft
from mcred.model.ids import SubmissionId

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
    """Save your drafts, here and at the shared place, so that nothing can be lost."""
    edge = edge_of(ctx)
    desk = open_desk(edge, only=lambda s: True)
    if programme:
        save_programme(desk, dry_run)
        return
    desk.person()
    drafts = (desk.submission(credential),) if credential else my_drafts(desk)
    if dry_run:
        for draft in drafts:
            edge.show.say(
                f"{draft.credential}: {'would be saved' if is_unsaved(desk, draft) else 'is saved'}"
            )
        return
    for draft in drafts:
        save_one(desk, draft)
    refresh(desk)
    if not drafts:
        edge.show.say("You have not started a micro-credential yet.")
        edge.show.next("mcred browse")
        return
    edge.show.next(f"mcred check {drafts[0].credential}" if len(drafts) == 1 else "mcred status")


def save_one(desk: Desk, submission: SubmissionId) -> None:
    """Save one draft and say what happened to it."""
    saved = save_draft(desk, submission)
    sent = send_draft(desk, submission)
    where = "here and at the shared place" if sent else "on this computer"
    said = f"saved {where}" if saved.is_new or sent else "nothing new to save"
    desk.edge.show.say(f"{submission.credential}: {said}.")
    for copy in saved.beside:
        desk.edge.show.note(
            f"Another computer of yours changed the same file; its version lies beside yours: {copy}",
            style="yellow",
        )
