"""Shows the record on the review host: one request for each submission, updated to match the record.

Nothing is decided here. Each call compares the host with the record and does what is missing: so a second
call does nothing, one after an interruption does the rest, and any user may call it. Reviews are posted by
their authors. A failing host blocks no one: `mcred sync` catches up later.
"""

from __future__ import annotations

from mcred.app.events import Assessed, Assigned, AttemptEvent, Decided, ReviewDeclined, Submitted, Withdrawn
from mcred.app.hosting.outbox import note_shown, note_waiting, read_shown
from mcred.app.hosting.session import Host, find_place, head_of, page_to_open, signed_in
from mcred.app.hosting.view import LABELS_OF, Showing, read_showing, state_of
from mcred.app.workspace import Workspace
from mcred.domain.ids import SubmissionId
from mcred.hosting.values import (
    Request,
    Wanted,
    read_marker,
)
from mcred.problems import Exit, McredError, next_step

SHOWN = (Submitted, Withdrawn, Assessed, ReviewDeclined, Assigned, Decided)
"""Events that a request shows; later changes of an award are not among them."""
PATIENCE = 3
"""Seconds that a host gets to notice by itself that a request was decided."""


def show_on_host(ws: Workspace, event: AttemptEvent) -> None:
    """Update the submission's request to match the record; errors are reported and not raised."""
    submission = event.submission
    if not isinstance(event, SHOWN):
        return
    try:
        with signed_in(ws) as host:
            if host.place is None:
                return
            if not host.is_signed_in:
                _say_unsigned(ws, submission, host)
                return
            _bring_up_to_date(ws, host, submission)
    except McredError as error:
        _say_later(ws, submission, error)


def _bring_up_to_date(ws: Workspace, host: Host, submission: SubmissionId) -> None:
    note_waiting(ws.repo, submission)
    project(ws, host, submission)
    note_shown(ws.repo, submission, state_of(ws, submission))


def _say_later(ws: Workspace, submission: SubmissionId, error: McredError) -> None:
    what = f"The request for {submission} is not up to date on the review host ({error.what})"
    ws.ctx.show.note(f"{what}, but the record is. {next_step('sync')} shows it later", style="yellow")


def show_what_changed(ws: Workspace) -> None:
    """Update every request that is mine to update and does not match the record."""
    if find_place(ws) is None:
        return
    shown = read_shown(ws.repo)
    concerned = [s.submission for s in ws.record.open if _concerns(ws, s.submission)]
    todo = [s for s in sorted({*concerned, *shown}) if shown.get(s) != state_of(ws, s)]
    if not todo:
        return
    try:
        with signed_in(ws) as host:
            for submission in todo if host.is_signed_in else ():
                if not _is_brought_up_to_date(ws, host, submission):
                    return
    except McredError as error:
        _say_later(ws, todo[0], error)


def _is_brought_up_to_date(ws: Workspace, host: Host, submission: SubmissionId) -> bool:
    """Update one request; returns whether to continue: a rejected one stops no other, an unreachable host
    all."""
    try:
        _bring_up_to_date(ws, host, submission)
    except McredError as error:
        _say_later(ws, submission, error)
        return error.code not in (Exit.UNREACHABLE, Exit.SIGN_IN)
    return True


def _concerns(ws: Workspace, submission: SubmissionId) -> bool:
    standing = ws.standing(submission)
    return _may_edit(ws, submission) or ws.me in {e.person for e in standing.reviews}


def hold_on_host(ws: Workspace, submission: SubmissionId) -> None:
    """Close the request before a decision that returns the work.

    A decision merges the judged work into main. A host that sees this on an open request marks it as merged
    for good; a closed one can be reopened for the next attempt.
    """
    try:
        with signed_in(ws) as host:
            found = host.forge.find(head_of(submission))
            if found is not None and found.state == "open":
                note_waiting(ws.repo, submission)
                host.forge.change(found, _as_found(found, is_open=False))
    except McredError as error:
        ws.ctx.show.note(f"The review host was not notified first ({error.what})", style="yellow")


def project(ws: Workspace, host: Host, submission: SubmissionId) -> Request | None:
    """Find or open the request and update it. Raises McredError where the host refuses."""
    showing = read_showing(ws, submission)
    if showing is None:
        return None
    found = host.forge.find(head_of(submission))
    if showing.standing.is_open:
        return _show_open(ws, host, showing, found)
    if found is None:
        return None
    _say(host, found, showing)
    if showing.standing.word == "earned":
        found = _wait_for_merge(ws, host, found)
    if _may_edit(ws, submission):
        is_open = showing.standing.word == "draft" and found.state == "open"
        found = host.forge.change(found, _as_found(found, is_open=is_open, is_draft=is_open))
        _label(ws, host, found, showing)
    return found


def _show_open(ws: Workspace, host: Host, showing: Showing, found: Request | None) -> Request | None:
    """A request in review: opened, up to date, its assessors requested."""
    standing = showing.standing
    wanted = Wanted(
        head=head_of(standing.submission),
        title=showing.title,
        body=showing.body,
        labels=LABELS_OF[standing.word],
    )
    may_edit = _may_edit(ws, standing.submission)
    if found is None or found.state == "merged":
        if not may_edit:
            return None
        # A request that the host marked as merged cannot be reopened; the next attempt gets its own.
        found = host.forge.open(wanted)
    if found is None:
        return None
    if may_edit:
        found = host.forge.change(found, wanted)
        _label(ws, host, found, showing)
    seen = _say(host, found, showing)
    if may_edit:
        known = {name.casefold() for name in (*found.reviewers, *seen)}
        asked = tuple(a for a in showing.reviewers if a.casefold() not in known)
        for account in host.forge.invite(found, asked):
            ws.ctx.show.note(f"{host.name} does not accept {account} as a reviewer", style="yellow")
    return found


def _say(host: Host, request: Request, showing: Showing) -> tuple[str, ...]:
    """Post the comments that are mine and missing; returns the accounts that have commented."""
    reviews = host.forge.reviews(request)
    there = {read_marker(review.body) for review in reviews}
    for mark, said in showing.said.items():
        if mark not in there:
            host.forge.post(request, said)
    return tuple(review.account for review in reviews)


def _wait_for_merge(ws: Workspace, host: Host, found: Request) -> Request:
    """The request after a short wait for the host to notice that it was decided."""
    for _ in range(PATIENCE):
        if found.state != "open":
            break
        ws.ctx.pause(1.0)
        found = host.forge.find(found.head) or found
    return found


def _label(ws: Workspace, host: Host, request: Request, showing: Showing) -> None:
    missing = host.forge.label(request, LABELS_OF[showing.standing.word])
    if missing:
        names = ", ".join(f"“{name}”" for name in missing)
        ws.ctx.show.note(f"{host.name} has no label {names}; the repository's owner can add it", style="dim")


def _may_edit(ws: Workspace, submission: SubmissionId) -> bool:
    """Whether I may edit the request's text, state and labels: the earner's and the programme's."""
    roles = ws.catalog.programme.roles
    return ws.me in (submission.earner, *roles.issuers, *roles.maintainers)


def _as_found(found: Request, *, is_open: bool, is_draft: bool = False) -> Wanted:
    return Wanted(
        head=found.head,
        title=found.title,
        body=found.body,
        labels=found.labels,
        is_open=is_open,
        is_draft=is_draft,
    )


def _say_unsigned(ws: Workspace, submission: SubmissionId, host: Host) -> None:
    """Tell the earner, whose request it is, where to go when not signed in."""
    if ws.me != submission.earner or not ws.standing(submission).is_open:
        return
    ws.ctx.show.note(f"To show it on {host.name} as well, open this page and click the button there:")
    ws.ctx.show.note(page_to_open(ws, submission), style="", indent=2)
