"""`mcred revoke`: an award does not hold any more."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.awards.changes import (
    begin_step,
    need_reason,
    pick_award,
    say_revoked,
    warn_lost,
    warn_unlisted,
)
from mcred.app.awards.decide import require_issuer
from mcred.app.awards.revoke_stack import names_stack, revoke_stack
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.status_places import read_place
from mcred.cli.terminal import DryRun, Yes, terminal_of
from mcred.domain.catalog import Record
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError

EXAMPLES = (
    'mcred revoke ana/fractions-number-line --reason "The video is of another class."',
    'mcred revoke ana/fractions-number-line --attempt 1 --reason "Awarded by mistake." --yes',
    'mcred revoke ana/stacks/evidence-to-action --reason "One of the two was revoked."',
)


def run(
    ctx: typer.Context,
    award: Annotated[str, typer.Argument(help="Whose and which: ana/true-cost, or ana/stacks/ID.")],
    reason: Annotated[str, typer.Option(help="Why; it stays on record and is not published.")] = "",
    attempt: Annotated[int | None, typer.Option(help="Which attempt, where several were awarded.")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Revoke an award for good. Its badge is then refused wherever it is checked with the status list.

    The earner may submit again; a later award is a new badge.
    """
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="must")
    if names_stack(award):
        revoke_stack(ws, award, reason, yes=yes, dry_run=dry_run)
        return
    submission = parse_submission(ws, award)
    require_issuer(ws, submission)
    record, chosen = pick_award(ws, submission, attempt)
    if chosen in record.revocations:
        _say_already(ws, record, chosen, dry_run)
        return
    why = need_reason(edge, reason, "Why is it revoked? The earner will read it")
    if dry_run:
        edge.show.say(f"Would revoke attempt {chosen} of {submission}. Nothing was changed.")
        return
    question = f"Revoke attempt {chosen} of {submission} for good?"
    if not yes and edge.interactive and not edge.confirm(question):
        edge.show.say("Nothing was revoked.")
        return
    _revoke(ws, record, chosen, why)


def _say_already(ws: Workspace, record: Record, attempt: int, dry_run: bool) -> None:
    if not dry_run:
        # A run that was cut after the revocation had arrived did not lay it out here.
        refresh(ws)
    ws.ctx.show.say(say_revoked(record, attempt))
    if record.live:
        ws.ctx.show.say(f"Attempt {record.live[-1]} still holds; --attempt {record.live[-1]} revokes it.")
    ws.ctx.show.next("mcred build")


def _revoke(ws: Workspace, record: Record, attempt: int, reason: str) -> None:
    submission = record.id
    again = f'mcred revoke {submission} --attempt {attempt} --reason "…"'
    has_place = any(read_place(document) for document in record.documents(attempt).values())
    key = signing_key(ws.ctx, ws.catalog.programme) if has_place else None
    lost: list[str] = []

    def decide(now: Workspace) -> ChangeSet:
        me = require_issuer(now, submission)
        found, chosen = pick_award(now, submission, attempt)
        if chosen in found.revocations:
            raise McredError(say_revoked(found, chosen), hint=again, code=Exit.CHANGED)
        step = begin_step(now, me, key)
        step.revoke(found, chosen, reason)
        lost[:] = step.finish()
        text = message(f"Revoke attempt {attempt} of {submission}", "revoke", submission, attempt)
        return ChangeSet(changes=step.changes, merged=(), text=text)

    after = commit_to_main(ws, decide, again)
    after.ctx.show.say(f"{submission}, attempt {attempt}: revoked.", style="bold green")
    warn_unlisted(after.ctx, record.documents(attempt).values())
    warn_lost(after.ctx, tuple(lost))
    after.ctx.show.next("mcred build")
