"""Pushes refs: what must arrive, with its event, and a draft, which may wait while the remote is away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcred.app.context import Context
from mcred.app.events import AttemptEvent
from mcred.app.hosting.session import find_place
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.ids import CommitId, SubmissionId
from mcred.domain.layout import remote_ref, submission_ref
from mcred.problems import Hint, McredError, Problem, next_step
from mcred.store.git import resolve


def send_event(ws: Workspace, updates: Mapping[str, CommitId], event: AttemptEvent, again: Hint) -> Workspace:
    """Send refs, publish what they mean, and return the programme as it is then.

    `again`: the command that repeats it. Raises McredError where the remote does not have it then.
    """
    send(ws, updates, again)
    after = open_workspace(ws.ctx, fetching="no")
    publish(after, (event,))
    return after


def publish(ws: Workspace, events: Iterable[AttemptEvent]) -> None:
    """Tell the review host, then the caller's own subscribers. `ws` was opened after the events."""
    from mcred.app.hosting.sync import show_on_host

    for event in events:
        show_on_host(ws, event)
        for subscriber in ws.ctx.subscribers:
            subscriber(event)


def publish_sent(ws: Workspace, event: AttemptEvent) -> None:
    """Publish what was just sent; `ws` was opened before that, and is opened anew where anybody listens."""
    if find_place(ws) is not None or ws.ctx.subscribers:
        publish(open_workspace(ws.ctx, fetching="no"), (event,))


def send_draft(ws: Workspace, submission: SubmissionId) -> bool:
    """Send my newest state of a submission; a place that is away is said and does not stop the work."""
    ref = submission_ref(submission)
    tip = resolve(ws.repo, ref)
    if ws.url is None or tip is None or tip == resolve(ws.repo, remote_ref(ref)):
        return False
    if ws.stale is not None:
        # Asked a moment ago; asking again would only cost the person another wait.
        said = f"{ws.stale.what}. {submission.credential} is saved on this computer"
        ws.ctx.show.note(f"{said}; {next_step('sync')} sends it later", style="yellow")
        return False
    if ws.is_key_waiting:
        said = f"Your new key is not confirmed yet. {submission.credential} is saved on this computer"
        ws.ctx.show.note(f"{said}; {next_step('sync')} sends it later", style="yellow")
        return False
    try:
        send(ws, {ref: tip}, next_step("save"))
    except McredError as error:
        ws.ctx.show.note(error.what, style="yellow")
        return False
    return True


def note_odd(ctx: Context, odd: Iterable[Problem]) -> None:
    """Say what of a folder is not saved."""
    ctx.show.notes(f"Not saved: {problem.where}: {problem.what}" for problem in odd)


def note_beside(ctx: Context, copies: Iterable[str]) -> None:
    """Say where versions lie that another computer of mine wrote."""
    said = "Another computer of yours changed the same file; its version is beside yours"
    ctx.show.notes(f"{said}: {copy}" for copy in copies)
