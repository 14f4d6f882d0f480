"""Pushes refs: with an event, which must arrive, or as a draft, which may wait while the remote is down."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from mcred.app.context import Context
from mcred.app.events import AttemptEvent
from mcred.app.work.drafts import unsent_of
from mcred.app.workspace import PushRefused, Workspace, open_workspace, send
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.rules.rights import RENEWED
from mcred.problems import Hint, McredError, Problem, next_step

T = TypeVar("T")
TRIES = 8
"""How often something is written and sent where others send at the same moment."""


def until_taken(
    ws: Workspace, write_and_send: Callable[[Workspace], T], *, codes: frozenset[str] = RENEWED
) -> T:
    """What writing and sending something returns; where others were faster, it is done again.

    `codes`: of refusals which that fixes. Raises PushRefused for others, and after the last try.
    """
    for turn in range(1, TRIES):
        try:
            return write_and_send(ws)
        except PushRefused as refused:
            if not refused.codes & codes:
                raise
        ws.ctx.show.note("Someone else sent something at the same moment; sending yours again.")
        ws.ctx.pause(random.uniform(0.05, 0.3) * turn)  # noqa: S311 (not for secrets)
        ws = open_workspace(ws.ctx, fetching="must")
    return write_and_send(ws)


def send_event(ws: Workspace, updates: Mapping[str, CommitId], event: AttemptEvent, again: Hint) -> Workspace:
    """Push refs, publish their events, and return the programme after that.

    `again`: the command that repeats it. Raises McredError where the remote does not have it afterwards.
    """
    send(ws, updates, again)
    after = open_workspace(ws.ctx, fetching="no")
    publish(after, (event,))
    return after


def publish(ws: Workspace, events: Iterable[AttemptEvent]) -> None:
    """Update the review host, then call the caller's own subscribers. `ws` was opened after the events."""
    from mcred.app.hosting.sync import show_on_host

    for event in events:
        show_on_host(ws, event)
        notify(ws.ctx, (event,))


def notify(ctx: Context, events: Iterable[AttemptEvent]) -> None:
    """Call the caller's own subscribers alone, for what the review host knows or is told otherwise."""
    for event in events:
        for subscriber in ctx.subscribers:
            subscriber(event)


def send_draft(ws: Workspace, submission: SubmissionId) -> bool:
    """Push my newest draft, sealed, and what is submitted of it; an unreachable remote is reported and does
    not stop the work."""
    waiting = unsent_of(ws, submission)
    if ws.url is None or not waiting:
        return False
    if ws.stale is not None:
        # The remote just failed; another attempt would only cost another wait.
        said = f"{ws.stale.what}. {submission.credential} is saved on this computer"
        ws.ctx.show.note(f"{said}; {next_step('sync')} sends it later", style="yellow")
        return False
    if ws.is_key_waiting:
        said = f"Your new key is not confirmed yet. {submission.credential} is saved on this computer"
        ws.ctx.show.note(f"{said}; {next_step('sync')} sends it later", style="yellow")
        return False
    try:
        send(ws, waiting, next_step("save"))
    except McredError as error:
        ws.ctx.show.note(error.what, style="yellow")
        return False
    return True


def note_odd(ctx: Context, odd: Iterable[Problem]) -> None:
    """Report which files of a folder are not saved."""
    ctx.show.notes(f"Not saved: {problem.where}: {problem.what}" for problem in odd)


def note_beside(ctx: Context, copies: Iterable[str]) -> None:
    """Report where the versions of my other computer were written."""
    said = "You changed the same file on another computer; that version is next to yours"
    ctx.show.notes(f"{said}: {copy}" for copy in copies)
