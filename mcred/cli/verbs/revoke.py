"""`mcred revoke`: an award does not hold any more."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.badge.ledger import read_place
from mcred.cli.amending import begin_step, need_reason, pick_award, say_revoked, warn_lost, warn_unlisted
from mcred.cli.deciding import need_issuer
from mcred.cli.desk import Desk, open_desk
from mcred.cli.drafts import refresh
from mcred.cli.edge import DryRun, Yes, edge_of
from mcred.cli.issuing import signing_key
from mcred.cli.main_line import Addition, add_to_main
from mcred.cli.naming import parse_submission
from mcred.cli.unstacking import names_stack, revoke_stack
from mcred.files.events import message
from mcred.model.catalog import Record
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
    edge = edge_of(ctx)
    desk = open_desk(edge, fetching="must")
    if names_stack(award):
        revoke_stack(desk, award, reason, yes=yes, dry_run=dry_run)
        return
    submission = parse_submission(desk, award)
    need_issuer(desk, submission)
    record, chosen = pick_award(desk, submission, attempt)
    if chosen in record.revocations:
        _say_already(desk, record, chosen, dry_run)
        return
    why = need_reason(edge, reason, "Why is it revoked? The earner will read it")
    if dry_run:
        edge.show.say(f"Would revoke attempt {chosen} of {submission}. Nothing was changed.")
        return
    question = f"Revoke attempt {chosen} of {submission} for good?"
    if not yes and edge.interactive and not edge.confirm(question):
        edge.show.say("Nothing was revoked.")
        return
    _revoke(desk, record, chosen, why)


def _say_already(desk: Desk, record: Record, attempt: int, dry_run: bool) -> None:
    if not dry_run:
        # A run that was cut after the revocation had arrived did not lay it out here.
        refresh(desk)
    desk.edge.show.say(say_revoked(record, attempt))
    if record.live:
        desk.edge.show.say(f"Attempt {record.live[-1]} still holds; --attempt {record.live[-1]} revokes it.")
    desk.edge.show.next("mcred build")


def _revoke(desk: Desk, record: Record, attempt: int, reason: str) -> None:
    submission = record.id
    again = f'mcred revoke {submission} --attempt {attempt} --reason "…"'
    has_place = any(read_place(document) for document in record.documents(attempt).values())
    key = signing_key(desk.edge, desk.catalog.programme) if has_place else None
    lost: list[str] = []

    def decide(now: Desk) -> Addition:
        me = need_issuer(now, submission)
        found, chosen = pick_award(now, submission, attempt)
        if chosen in found.revocations:
            raise McredError(say_revoked(found, chosen), hint=again, code=Exit.CHANGED)
        step = begin_step(now, me, key)
        step.revoke(found, chosen, reason)
        lost[:] = step.finish()
        text = message(f"Revoke attempt {attempt} of {submission}", "revoke", submission, attempt)
        return Addition(changes=step.changes, merged=(), text=text)

    after = add_to_main(desk, decide, again)
    after.edge.show.say(f"{submission}, attempt {attempt}: revoked.", style="bold green")
    warn_unlisted(after.edge, record.documents(attempt).values())
    warn_lost(after.edge, tuple(lost))
    after.edge.show.next("mcred build")
