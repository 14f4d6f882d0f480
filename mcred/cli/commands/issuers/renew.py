"""`mcred renew`: an award that ends holds anew."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from mcred.app.awards.changes import (
    begin_step,
    decision_of,
    find_same,
    need_reason,
    pick_award,
    say_revoked,
    warn_lost,
)
from mcred.app.awards.decide import require_issuer
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import DryRun, Yes, terminal_of
from mcred.domain.award import valid_until
from mcred.domain.catalog import Record
from mcred.domain.ids import SubmissionId
from mcred.formats.trailers import message
from mcred.problems import McredError

EXAMPLES = (
    'mcred renew ana/fractions-number-line --reason "Showed it again in spring."',
    'mcred renew ana/fractions-number-line --reason "Showed it again in spring." --dry-run',
)


def run(
    ctx: typer.Context,
    award: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    reason: Annotated[str, typer.Option(help="What it is renewed for; it stays on record.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Renew an award that ends: the same levels, holding from today.

    The new badge takes the place of the earlier one.
    """
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="must")
    submission = parse_submission(ws, award)
    require_issuer(ws, submission)
    record, attempt = _award_that_ends(ws, submission)
    if _is_renewed(ws, record, attempt):
        if not dry_run:
            # A run that was cut after the renewal had arrived did not lay it out here.
            refresh(ws)
        edge.show.say(f"{submission} holds until {ws.catalog.ends(record, attempt)} already.")
        edge.show.next("mcred build")
        return
    why = need_reason(edge, reason, "What is it renewed for")
    question = f"renew attempt {attempt} of {submission}, to hold until {_new_end(ws, record, attempt)}"
    if dry_run:
        edge.show.say(f"Would {question}. Nothing was changed.")
    elif yes or not edge.interactive or edge.confirm(f"{question.capitalize()}?"):
        _renew(ws, submission, why)
    else:
        edge.show.say("Nothing was renewed.")


def _award_that_ends(ws: Workspace, submission: SubmissionId) -> tuple[Record, int]:
    """The newest award that holds as far as the record says. Raises McredError for one that has no end."""
    record, newest = pick_award(ws, submission)
    if not record.live:
        raise McredError(f"{say_revoked(record, newest)} It cannot be renewed", hint="mcred queue --all")
    if ws.catalog.ends(record, record.live[-1]) is None:
        raise McredError(
            f"{submission} has no last day: there is nothing to renew",
            hint=f'mcred reissue {submission} --reason "…"   (a new badge with the same dates)',
        )
    return record, record.live[-1]


def _new_end(ws: Workspace, record: Record, attempt: int) -> date:
    today = ws.ctx.now().date()
    edition = ws.catalog.editions[decision_of(record, attempt).definition.blob]
    return valid_until(today, edition.validity) or today


def _is_renewed(ws: Workspace, record: Record, attempt: int) -> bool:
    """Whether this was done just now, or would give the award no day more."""
    ends = ws.catalog.ends(record, attempt)
    is_same = find_same(ws, record, attempt, "renew") is not None
    return is_same or (ends is not None and _new_end(ws, record, attempt) <= ends)


def _renew(ws: Workspace, submission: SubmissionId, reason: str) -> None:
    again = f'mcred renew {submission} --reason "…"'
    key = signing_key(ws.ctx, ws.catalog.programme)
    lost: list[str] = []

    def decide(now: Workspace) -> ChangeSet:
        me = require_issuer(now, submission)
        record, attempt = _award_that_ends(now, submission)
        if _is_renewed(now, record, attempt):
            raise McredError(f"{submission} was renewed meanwhile", hint=again)
        step = begin_step(now, me, key)
        step.issue_again(record, attempt, "renew", reason)
        lost[:] = step.finish()
        text = message(f"Renew attempt {attempt} of {submission}", "renew", submission, attempt)
        return ChangeSet(changes=step.changes, merged=(), text=text)

    after = commit_to_main(ws, decide, again)
    ends = after.standing(submission).ends
    after.ctx.show.say(f"{submission}: renewed, holds until {ends}.", style="bold green")
    warn_lost(after.ctx, tuple(lost))
    after.ctx.show.next("mcred build")
