"""`mcred reissue`: the same award as a new badge, for a moved site or a new key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from mcred.badge.keys import IssuerKey
from mcred.cli.amending import (
    Step,
    begin_step,
    find_outdated,
    find_same,
    need_reason,
    pick_award,
    say_revoked,
    warn_lost,
)
from mcred.cli.deciding import need_issuer
from mcred.cli.desk import Desk, open_desk
from mcred.cli.drafts import refresh
from mcred.cli.edge import DryRun, Yes, edge_of
from mcred.cli.issuing import signing_key
from mcred.cli.main_line import Addition, add_to_main
from mcred.cli.naming import parse_submission
from mcred.cli.restacking import find_outdated_stacks, issue_stacks, reissue_stack
from mcred.cli.unstacking import names_stack
from mcred.files.events import message
from mcred.model.catalog import Record
from mcred.model.ids import SubmissionId
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
    edge = edge_of(ctx)
    if (award is None) is not everything:
        raise McredError("say which award, or --all", hint="mcred reissue --help", code=Exit.USAGE)
    desk = open_desk(edge, fetching="must")
    if award is None:
        _reissue_all(desk, reason, yes, dry_run)
    elif names_stack(award):
        reissue_stack(desk, award, reason, yes=yes, dry_run=dry_run)
    else:
        _reissue_one(desk, parse_submission(desk, award), reason, yes, dry_run)


def _may_go_on(desk: Desk, what: str, yes: bool, dry_run: bool) -> bool:
    edge = desk.edge
    if dry_run:
        edge.show.say(f"Would {what}. Nothing was changed.")
        return False
    if yes or not edge.interactive or edge.confirm(f"{what.capitalize()}?"):
        return True
    edge.show.say("Nothing was issued.")
    return False


def _reissue_one(desk: Desk, submission: SubmissionId, reason: str, yes: bool, dry_run: bool) -> None:
    need_issuer(desk, submission)
    record, attempt = _live(desk, submission)
    why = need_reason(desk.edge, reason, "Why is it issued again")
    if same := find_same(desk, record, attempt, "reissue", why):
        if not dry_run:
            # A run that was cut after the badge had arrived did not lay it out here.
            refresh(desk)
        desk.edge.show.say(f"{submission} was issued again by {same.issuer} on {same.issued.date()}.")
        desk.edge.show.next("mcred build")
        return
    if not _may_go_on(desk, f"issue attempt {attempt} of {submission} again", yes, dry_run):
        return
    again = f'mcred reissue {submission} --reason "…"'
    key = signing_key(desk.edge, desk.catalog.programme)
    lost: list[str] = []

    def decide(now: Desk) -> Addition:
        step = begin_step(now, need_issuer(now, submission), key)
        found, chosen = _live(now, submission)
        if find_same(now, found, chosen, "reissue", why):
            raise McredError(f"{submission} was issued again meanwhile", hint=again, code=Exit.CHANGED)
        step.issue_again(found, chosen, "reissue", why)
        lost[:] = step.finish()
        text = message(f"Reissue attempt {chosen} of {submission}", "reissue", submission, chosen)
        return Addition(changes=step.changes, merged=(), text=text)

    after = add_to_main(desk, decide, again)
    after.edge.show.say(f"{submission}, attempt {attempt}: issued again.", style="bold green")
    warn_lost(after.edge, tuple(lost))
    after.edge.show.next("mcred build")


def _live(desk: Desk, submission: SubmissionId) -> tuple[Record, int]:
    record, newest = pick_award(desk, submission)
    if not record.live:
        raise McredError(f"{say_revoked(record, newest)} It stays so", hint="mcred queue --all")
    return record, record.live[-1]


def _reissue_all(desk: Desk, reason: str, yes: bool, dry_run: bool) -> None:
    need_issuer(desk, None)
    key = signing_key(desk.edge, desk.catalog.programme)
    if key is None:
        raise McredError("awards of this programme are not signed yet", hint="mcred key new")
    awards, stacks = sum(1 for _ in find_outdated(desk, key)), sum(1 for _ in find_outdated_stacks(desk, key))
    if not awards + stacks:
        if not dry_run:
            refresh(desk)
        desk.edge.show.say("Every badge that holds, also of stacks, is by today's address and key.")
        desk.edge.show.next("mcred build")
        return
    why = need_reason(desk.edge, reason, "Why are they issued again")
    what = " and ".join(_count(n, *words) for n, words in ((awards, _AWARDS), (stacks, _STACKS)) if n)
    if not _may_go_on(desk, f"issue {what} again", yes, dry_run):
        return
    failed: list[Problem] = []
    lost: list[str] = []
    issue_awards = partial(_issue_each, key=key, reason=why)
    if awards:
        desk, awards = _put_on_main(desk, key, _AWARDS, issue_awards, failed, lost)
    # A stack's badge names the others as they are now, so those come first.
    again = partial(issue_stacks, key=key, reason=why)
    if stacks:
        desk, stacks = _put_on_main(desk, key, _STACKS, again, failed, lost)
    if not awards + stacks:
        raise McredError("none of them can be issued again", hint="mcred lint", problems=tuple(failed))
    said = f"Issued again: {awards}." if awards else ""
    more = f"Issued again: {_count(stacks, *_STACKS)}." if stacks else ""
    desk.edge.show.say(" ".join(filter(None, (said, more))), style="bold green")
    warn_lost(desk.edge, tuple(dict.fromkeys(lost)))
    if failed:
        raise McredError(
            f"{len(failed)} could not be issued again", hint="mcred lint", problems=tuple(failed)
        )
    desk.edge.show.next("mcred build")


_AWARDS, _STACKS = ("award", "awards"), ("badge of a stack", "badges of stacks")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _put_on_main(
    desk: Desk,
    key: IssuerKey,
    words: tuple[str, str],
    issue: Callable[..., int],
    failed: list[Problem],
    lost: list[str],
) -> tuple[Desk, int]:
    """One step with all of a kind that can be issued again; the programme as it is then, and how many."""
    doubts: list[Problem] = []
    gone: tuple[str, ...] = ()
    done = 0

    def decide(now: Desk) -> Addition:
        nonlocal done, gone
        step = begin_step(now, need_issuer(now, None), key)
        doubts.clear()
        gone = ()
        done = issue(step, failed=doubts)
        if not done:
            raise _NoneLeft("none of them can be issued again", hint="mcred lint")
        gone = step.finish()
        return Addition(
            changes=step.changes, merged=(), text=message(f"Reissue {_count(done, *words)}", "reissue")
        )

    try:
        desk = add_to_main(desk, decide, 'mcred reissue --all --reason "…"')
    except _NoneLeft:
        done = 0
    failed += doubts
    lost += gone
    return desk, done


class _NoneLeft(McredError):
    """There is nothing to put on the main line."""


def _issue_each(step: Step, key: IssuerKey, reason: str, failed: list[Problem]) -> int:
    """Issue every outdated award again; how many. One that cannot be is named and stops no other."""
    todo = list(find_outdated(step.desk, key))
    with step.desk.edge.show.working("issuing again") as tell:
        for done, (record, attempt) in enumerate(todo, start=1):
            try:
                need_issuer(step.desk, record.id)
                step.issue_again(record, attempt, "reissue", reason)
            except McredError as error:
                failed.append(Problem(what=f"{record.id}, attempt {attempt}: {error.what}", hint=error.hint))
            if tell:
                tell("issuing again", done, len(todo))
    return len(todo) - len(failed)
