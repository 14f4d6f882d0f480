"""`mcred stacks`: a person's progress in each stack, and the stack badges."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.awards.stacks import (
    StackProgress,
    everybody,
    give_badge,
    held_badges,
    new_badges,
    progress_of,
    stack_title,
)
from mcred.app.awards.status_lists import read_ledger, store_lists, take_place
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.keys.issuer import signing_key
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import note_stale, show_of
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of
from mcred.domain.ids import BlobId
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError

EXAMPLES = ("mcred stacks", "mcred stacks --json", "mcred stacks --award --dry-run", "mcred stacks --award")


def run(
    ctx: typer.Context,
    award: Annotated[
        bool, typer.Option("--award", help="Issuers: give every stack's badge that is due.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show how far you are in each stack. Its badge is given with the last micro-credential it needs."""
    edge = terminal_of(ctx)
    edge.show.as_json = json
    ws = open_workspace(edge, fetching="must" if award else "try")
    note_stale(ws)
    if award:
        _award(ws, yes=yes, dry_run=dry_run)
    else:
        _show(ws)


def _show(ws: Workspace) -> None:
    catalog, show, now = ws.catalog, show_of(ws), ws.ctx.now()
    mine = tuple(progress_of(catalog, ws.me, held_badges(catalog, ws.me, now))) if ws.me else ()
    others = everybody(catalog, now) if _is_issuer(ws) else ()
    due = [line for line in others if line.is_due]
    hollow = [line for line in others if line.is_hollow]
    if show.as_json:
        payload = {
            "stacks": [_row(line) for line in mine],
            "due": [_row(line) for line in due],
            "no_longer_met": [{**_row(line), "next": _revoke(line)} for line in hollow],
        }
        show.json("mcred/stacks/1", payload)
        return
    if not catalog.stacks:
        show.say("This programme has no stacks.")
    show.table(
        ("stack", "you have", "still to earn", "badge"),
        [
            (
                line.stack.title,
                f"{len(line.counted)} of {line.stack.needed}",
                "-" if line.is_complete else ", ".join(line.missing),
                _word(line),
            )
            for line in mine
        ],
    )
    for line in due:
        show.say(f"{line.earner} has completed {line.stack.title} and has no badge of it yet.")
    for line in hollow:
        show.say(f"{line.earner} no longer holds enough for the badge of {line.stack.title}.", style="yellow")
        show.say(_revoke(line), indent=2)
    show.next(_next(mine, due, hollow))


def _is_issuer(ws: Workspace) -> bool:
    return ws.me is not None and ws.me in ws.catalog.programme.roles.issuers


def _word(line: StackProgress) -> str:
    if line.is_hollow:
        return "no longer earned"
    if line.number is not None:
        return "yes"
    return "soon" if line.is_due else "-"


def _revoke(line: StackProgress) -> str:
    return f'mcred revoke {line.earner}/stacks/{line.stack.id} --reason "…"'


def _next(mine: tuple[StackProgress, ...], due: list[StackProgress], hollow: list[StackProgress]) -> str:
    if due:
        return "mcred stacks --award"
    if hollow:
        return _revoke(hollow[0])
    begun = next((line for line in mine if line.counted and not line.is_complete), None)
    return f"mcred show {begun.missing[0]}" if begun else "mcred browse"


def _row(line: StackProgress) -> dict[str, object]:
    return {
        "person": line.earner,
        "stack": line.stack.id,
        "title": line.stack.title,
        "held": [badge.credential for badge in line.counted],
        "needed": line.stack.needed,
        "missing": list(line.missing),
        "complete": line.is_complete,
        "badge": line.number,
    }


def _award(ws: Workspace, *, yes: bool, dry_run: bool) -> None:
    me, show = ws.confirmed(), show_of(ws)
    if not _is_issuer(ws):
        issuers = ", ".join(ws.catalog.programme.roles.issuers)
        raise McredError(f"only issuers give badges ({issuers})", hint="mcred stacks", code=Exit.NOT_ALLOWED)
    due = _due(ws)
    own = [line for line in everybody(ws.catalog, ws.ctx.now()) if line.is_due and line.earner == me]
    for line in own:
        show.note(f"{line.stack.title} is complete for you: another issuer has to give its badge.")
    if not due:
        show.say("Every stack's badge that is due has been given.")
        show.next("mcred stacks")
        return
    for line in due:
        show.say(f"{line.earner}: {line.stack.title} ({', '.join(b.credential for b in line.counted)})")
    count = f"{len(due)} {'badge' if len(due) == 1 else 'badges'}"
    if dry_run:
        show.say(f"Would give {count}. Nothing was changed.")
        show.next("mcred stacks --award")
        return
    if not yes and ws.ctx.interactive and not ws.ctx.confirm(f"Give {count}?"):
        show.say("Nothing was given.")
        return
    key = signing_key(ws.ctx, ws.catalog.programme)

    def decide(now: Workspace) -> ChangeSet:
        ledger, changes = read_ledger(now, key), dict[str, BlobId | None]()
        for line in _due(now):
            changes.update(give_badge(now, line, key, lambda: take_place(ledger, now.catalog.programme, key)))
        changes.update(store_lists(now, ledger, key)[0])
        return ChangeSet(changes=changes, merged=(), text=message("Give badges of stacks", "stack"))

    after = commit_to_main(ws, decide, "mcred stacks --award")
    for person, stack in new_badges(ws.catalog, after.catalog):
        show.say(f"{person} has the badge of {stack_title(after.catalog, stack)}.", style="bold green")
    show.next("mcred build")


def _due(ws: Workspace) -> tuple[StackProgress, ...]:
    """The stack badges that are due, without the issuer's own."""
    lines = everybody(ws.catalog, ws.ctx.now())
    known = ws.catalog.people.keys() - {ws.me}
    return tuple(line for line in lines if line.is_due and line.earner in known)
