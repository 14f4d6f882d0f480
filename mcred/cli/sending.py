"""Sending what was saved, where that is wanted but not the point: a draft's copy at the shared place."""

from __future__ import annotations

from collections.abc import Iterable

from mcred.cli.desk import Desk, send
from mcred.cli.edge import Edge
from mcred.files.layout import remote_ref, submission_ref
from mcred.model.ids import SubmissionId
from mcred.problems import McredError, Problem
from mcred.store.git import resolve


def send_draft(desk: Desk, submission: SubmissionId) -> bool:
    """Send my newest state of a submission; a place that is away is said and does not stop the work."""
    ref = submission_ref(submission)
    tip = resolve(desk.repo, ref)
    if desk.url is None or tip is None or tip == resolve(desk.repo, remote_ref(ref)):
        return False
    if desk.stale is not None:
        # Asked a moment ago; asking again would only cost the person another wait.
        said = (
            f"{desk.stale.what}. {submission.credential} is saved on this computer; mcred sync sends it later"
        )
        desk.edge.show.note(said, style="yellow")
        return False
    if desk.is_key_waiting:
        said = f"Your new key is not confirmed yet. {submission.credential} is saved on this computer"
        desk.edge.show.note(f"{said}; mcred sync sends it later", style="yellow")
        return False
    try:
        send(desk, {ref: tip}, "mcred save")
    except McredError as error:
        desk.edge.show.note(error.what, style="yellow")
        return False
    return True


def note_odd(edge: Edge, odd: Iterable[Problem]) -> None:
    """Say what of a folder is not saved."""
    for problem in odd:
        edge.show.note(f"Not saved: {problem.where}: {problem.what}", style="yellow")


def note_beside(edge: Edge, copies: Iterable[str]) -> None:
    """Say where versions lie that another computer of mine wrote."""
    for copy in copies:
        edge.show.note(
            f"Another computer of yours changed the same file; its version lies beside yours: {copy}",
            style="yellow",
        )
