"""`mcred withdraw`: take a submission out of review."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.events import Withdrawn
from mcred.app.push import note_odd, publish, send_event
from mcred.app.work.drafts import pick_draft, refresh, save_draft, tip_kind
from mcred.app.work.unfit_files import drop_unfit
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import DryRun, Yes, terminal_of
from mcred.domain.layout import submission_ref
from mcred.problems import McredError

EXAMPLES = ("mcred withdraw fractions-number-line", "mcred withdraw fractions-number-line --yes")


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Take your submission out of review. Your work stays; you can submit it again later."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, only=lambda s: True)
    submission = pick_draft(ws, credential, "withdraw")
    standing = ws.standing(submission)
    again = f"mcred withdraw {submission.credential}"
    ws.need_fresh(again)
    event = Withdrawn(submission=submission, attempt=standing.attempt)
    if not dry_run:
        drop_unfit(ws, submission)
    newest = tip_kind(ws, submission)
    if standing.word == "withdrawn":
        if not dry_run:
            publish(ws, (event,))
        edge.show.say(f"Attempt {standing.attempt} of {submission.credential} is withdrawn already.")
        edge.show.next(f"mcred check {submission.credential}")
        return
    if not standing.is_open:
        raise McredError(f"{submission.credential} is not in review ({standing.word})", hint="mcred status")
    if dry_run:
        edge.show.say(f"Would withdraw attempt {standing.attempt} of {submission.credential}.")
        return
    if not yes and not edge.confirm(f"Withdraw attempt {standing.attempt} of {submission.credential}?"):
        edge.show.say("Nothing changed.")
        return
    if newest is None or newest[0] != "withdraw":
        saved = save_draft(
            ws, submission, kind="withdraw", attempt=standing.attempt, title=f"Withdraw {submission}"
        )
        note_odd(edge, saved.odd)
        tip = saved.tip
    else:
        tip = newest[1]
    refresh(ws)
    after = send_event(ws, {submission_ref(submission): tip}, event, again)
    refresh(after)
    edge.show.say(f"Attempt {standing.attempt} of {submission.credential} is withdrawn.")
    edge.show.next(f"mcred submit {submission.credential}   (when you are ready again)")
