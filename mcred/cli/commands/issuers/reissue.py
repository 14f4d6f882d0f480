"""`mcred reissue`: the same award as a new badge, for a moved site or a new key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from mcred.app.awards.changes import (
    Step,
    begin_step,
    find_outdated,
    find_same,
    need_reason,
    pick_award,
    say_revoked,
    warn_lost,
)
from mcred.app.awards.decide import require_issuer
from mcred.app.awards.reissue_stack import find_outdated_stacks, issue_stacks, reissue_stack
from mcred.app.awards.stack_lookup import names_stack
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.work.drafts import refresh
from mcred.app.workspace import Workspace, open_workspace
from mcred.badges.keys import IssuerKey
from mcred.cli.terminal import DryRun, Yes, terminal_of
from mcred.domain.catalog import Record
from mcred.domain.ids import SubmissionId
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, Problem

EXAMPLES = (
    'mcred reissue ana/fractions-number-line --reason "Her name changed."',
    'mcred reissue ana/stacks/evidence-to-action --reason "Her name changed."',
    'mcred reissue --all --reason "Our pages have a new address." --yes',
)


def run(
    ctx: typer.Context,
    award: Annotated[
        str | None,
        typer.Argument(
            help="Whose and which: ana/true-cost, or ana/stacks/evidence-to-action.", metavar="[AWARD]"
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every badge, also of stacks, not by today's address and key.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stays on record.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Issue an award again: same levels, same dates, a new badge that takes the place of the earlier one."""
    edge = terminal_of(ctx)
    if (award is None) is not everything:
        raise McredError("say which award, or --all", hint="mcred reissue --help", code=Exit.USAGE)
    ws = open_workspace(edge, fetching="must")
    if award is None:
        _reissue_all(ws, reason, yes, dry_run)
    elif names_stack(award):
        reissue_stack(ws, award, reason, yes=yes, dry_run=dry_run)
    else:
        _reissue_one(ws, parse_submission(ws, award), reason, yes, dry_run)


def _may_go_on(ws: Workspace, what: str, yes: bool, dry_run: bool) -> bool:
    edge = ws.ctx
    if dry_run:
        edge.show.say(f"Would {what}. Nothing was changed.")
        return False
    if yes or not edge.interactive or edge.confirm(f"{what.capitalize()}?"):
        return True
    edge.show.say("Nothing was issued.")
    return False


def _reissue_one(ws: Workspace, submission: SubmissionId, reason: str, yes: bool, dry_run: bool) -> None:
    require_issuer(ws, submission)
    record, attempt = _live(ws, submission)
    why = need_reason(ws.ctx, reason, "Why is it issued again")
    if same := find_same(ws, record, attempt, "reissue", why):
        if not dry_run:
            # A run that was cut after the badge had arrived did not lay it out here.
            refresh(ws)
        ws.ctx.show.say(f"{submission} was issued again by {same.issuer} on {same.issued.date()}.")
        ws.ctx.show.next("mcred build")
        return
    if not _may_go_on(ws, f"issue attempt {attempt} of {submission} again", yes, dry_run):
        return
    again = f'mcred reissue {submission} --reason "…"'
    key = signing_key(ws.ctx, ws.catalog.programme)
    lost: list[str] = []

    def decide(now: Workspace) -> ChangeSet:
        step = begin_step(now, require_issuer(now, submission), key)
        found, chosen = _live(now, submission)
        if find_same(now, found, chosen, "reissue", why):
            raise McredError(f"{submission} was issued again meanwhile", hint=again, code=Exit.CHANGED)
        step.issue_again(found, chosen, "reissue", why)
        lost[:] = step.finish()
        text = message(f"Reissue attempt {chosen} of {submission}", "reissue", submission, chosen)
        return ChangeSet(changes=step.changes, merged=(), text=text)

    after = commit_to_main(ws, decide, again)
    after.ctx.show.say(f"{submission}, attempt {attempt}: issued again.", style="bold green")
    warn_lost(after.ctx, tuple(lost))
    after.ctx.show.next("mcred build")


def _live(ws: Workspace, submission: SubmissionId) -> tuple[Record, int]:
    record, newest = pick_award(ws, submission)
    if not record.live:
        raise McredError(f"{say_revoked(record, newest)} It stays so", hint="mcred queue --all")
    return record, record.live[-1]


def _reissue_all(ws: Workspace, reason: str, yes: bool, dry_run: bool) -> None:
    require_issuer(ws, None)
    key = signing_key(ws.ctx, ws.catalog.programme)
    if key is None:
        raise McredError("awards of this programme are not signed yet", hint="mcred key new")
    awards, stacks = sum(1 for _ in find_outdated(ws, key)), sum(1 for _ in find_outdated_stacks(ws, key))
    if not awards + stacks:
        if not dry_run:
            refresh(ws)
        ws.ctx.show.say("Every badge that holds, also of stacks, is by today's address and key.")
        ws.ctx.show.next("mcred build")
        return
    why = need_reason(ws.ctx, reason, "Why are they issued again")
    what = " and ".join(_count(n, *words) for n, words in ((awards, _AWARDS), (stacks, _STACKS)) if n)
    if not _may_go_on(ws, f"issue {what} again", yes, dry_run):
        return
    failed: list[Problem] = []
    lost: list[str] = []
    issue_awards = partial(_issue_each, key=key, reason=why)
    if awards:
        ws, awards = _put_on_main(ws, key, _AWARDS, issue_awards, failed, lost)
    # A stack's badge names the others as they are now, so those come first.
    again = partial(issue_stacks, key=key, reason=why)
    if stacks:
        ws, stacks = _put_on_main(ws, key, _STACKS, again, failed, lost)
    if not awards + stacks:
        raise McredError("none of them can be issued again", hint="mcred lint", problems=tuple(failed))
    said = f"Issued again: {awards}." if awards else ""
    more = f"Issued again: {_count(stacks, *_STACKS)}." if stacks else ""
    ws.ctx.show.say(" ".join(filter(None, (said, more))), style="bold green")
    warn_lost(ws.ctx, tuple(dict.fromkeys(lost)))
    if failed:
        raise McredError(
            f"{len(failed)} could not be issued again", hint="mcred lint", problems=tuple(failed)
        )
    ws.ctx.show.next("mcred build")


_AWARDS, _STACKS = ("award", "awards"), ("badge of a stack", "badges of stacks")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _put_on_main(
    ws: Workspace,
    key: IssuerKey,
    words: tuple[str, str],
    issue: Callable[..., int],
    failed: list[Problem],
    lost: list[str],
) -> tuple[Workspace, int]:
    """One step with all of a kind that can be issued again; the programme as it is then, and how many."""
    doubts: list[Problem] = []
    gone: tuple[str, ...] = ()
    done = 0

    def decide(now: Workspace) -> ChangeSet:
        nonlocal done, gone
        step = begin_step(now, require_issuer(now, None), key)
        doubts.clear()
        gone = ()
        done = issue(step, failed=doubts)
        if not done:
            raise _NoneLeft("none of them can be issued again", hint="mcred lint")
        gone = step.finish()
        return ChangeSet(
            changes=step.changes, merged=(), text=message(f"Reissue {_count(done, *words)}", "reissue")
        )

    try:
        ws = commit_to_main(ws, decide, 'mcred reissue --all --reason "…"')
    except _NoneLeft:
        done = 0
    failed += doubts
    lost += gone
    return ws, done


class _NoneLeft(McredError):
    """There is nothing to put on the main line."""


def _issue_each(step: Step, key: IssuerKey, reason: str, failed: list[Problem]) -> int:
    """Issue every outdated award again; how many. One that cannot be is named and stops no other."""
    todo = list(find_outdated(step.ws, key))
    with step.ws.ctx.show.working("issuing again") as tell:
        for done, (record, attempt) in enumerate(todo, start=1):
            try:
                require_issuer(step.ws, record.id)
                step.issue_again(record, attempt, "reissue", reason)
            except McredError as error:
                failed.append(Problem(what=f"{record.id}, attempt {attempt}: {error.what}", hint=error.hint))
            if tell:
                tell("issuing again", done, len(todo))
    return len(todo) - len(failed)
