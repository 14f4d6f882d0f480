"""Pushes a saved draft to the remote without failing the command when the remote is away."""

from __future__ import annotations

from collections.abc import Iterable

from mcred.app.context import Context
from mcred.app.workspace import Workspace, send
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import remote_ref, submission_ref
from mcred.problems import McredError, Problem, next_step
from mcred.store.git import resolve


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
