"""`mcred decline-review`: give back a place as an assessor, so that the next one is asked."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.clock import check_clock, stamp
from mcred.app.events import ReviewDeclined
from mcred.app.lookup import need_open, parse_submission
from mcred.app.push import send_event
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import show_of
from mcred.cli.terminal import DryRun, Yes, terminal_of
from mcred.domain.ids import CommitId, PersonId
from mcred.domain.layout import declined_path, review_ref
from mcred.domain.seats import DeclinedReview, seat
from mcred.domain.status import Standing
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from mcred.store.git import resolve
from mcred.store.snapshot import read_files
from mcred.store.write import commit_files, move_refs, put_blob

EXAMPLES = (
    'mcred decline-review ana/fractions-number-line --because "I coach her"',
    'mcred decline-review ana/fractions-number-line --because "Away until May" --dry-run',
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    because: Annotated[str, typer.Option(help="Why; the record keeps it for everybody.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Give your place as an assessor back: whoever comes next by the rules is asked instead."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="must")
    me = ws.confirmed()
    ws.need_shared_place()
    wanted = parse_submission(ws, submission)
    standing = need_open(ws.standing(wanted))
    again = f"mcred decline-review {wanted}"
    if _gave_back(standing, me):
        _say_done(ws, standing, me)
        return
    if not dry_run and _finish_cut(ws, standing, me, again):
        return
    _refuse(standing, me)
    check_clock(ws)
    reason = because.strip() or edge.ask("Why do you give it back", '--because "WHY"').strip()
    if not reason:
        raise McredError("a reason is needed, as the record keeps it", hint=f'{again} --because "WHY"')
    edge.show.say(f"{_whom_next(standing, me)}. Everybody in the programme can read your reason.")
    if dry_run:
        edge.show.say("Nothing was changed.")
        return
    if not yes and edge.interactive and not edge.confirm(f"Give your place for {wanted} back for good?"):
        edge.show.say("Nothing was changed.")
        return
    commit = _write(ws, standing, me, reason)
    _arrive(ws, standing, me, commit, again)


def _gave_back(standing: Standing, me: PersonId) -> bool:
    return any(e.kind == "decline-review" and e.person == me for e in standing.changes)


def _refuse(standing: Standing, me: PersonId) -> None:
    """Raises McredError for whoever has no place to give back."""
    wanted = standing.submission
    if me in {e.person for e in standing.reviews}:
        raise McredError(
            f"you have assessed attempt {standing.attempt} of {wanted} already, and that stands",
            hint="mcred queue",
            code=Exit.CHANGED,
        )
    if me not in standing.panel:
        asked = ", ".join(standing.panel) or "nobody now"
        raise McredError(
            f"you are not asked to assess {wanted}; asked: {asked}",
            hint=f"mcred queue --why {wanted}",
            code=Exit.NOT_ALLOWED,
        )


def _whom_next(standing: Standing, me: PersonId) -> str:
    """Who has the place once I have given it back."""
    given_back = {e.person for e in standing.changes if e.kind == "decline-review"}
    assigned = (e.assignment for e in standing.changes if e.assignment is not None)
    after = seat(standing.request, {*given_back, me}, assigned)
    came = [p for p in after.panel if p not in standing.panel]
    if came:
        return f"{came[0]} is asked next"
    return "Nobody is left by the rules, so an issuer asks somebody"


def _write(ws: Workspace, standing: Standing, me: PersonId, reason: str) -> CommitId:
    """Store it on exactly the state that is in review, as one file of its own."""
    wanted, attempt, judged = standing.submission, standing.attempt, standing.judged
    if judged is None:
        raise McredError(f"{wanted} is not in review", hint="mcred queue")
    declined = DeclinedReview(
        format=1,
        submission=wanted,
        attempt=attempt,
        assessor=me,
        judged=judged,
        declined=stamp(ws),
        because=reason,
    )
    commit = commit_files(
        ws.repo,
        base=judged,
        changes={declined_path(wanted, attempt, me): put_blob(ws.repo, encode(declined))},
        parents=[judged],
        message=message(f"Give back a place for {wanted}", "decline-review", wanted, attempt),
        author=ws.author(),
        key=ws.key(),
    )
    ref = review_ref(wanted, attempt, me)
    move_refs(ws.repo, [(ref, commit, resolve(ws.repo, ref))])
    return commit


def _finish_cut(ws: Workspace, standing: Standing, me: PersonId, again: str) -> bool:
    """Send what an earlier run stored and could not send. Raises McredError where scores wait to be sent."""
    wanted, attempt = standing.submission, standing.attempt
    stored = resolve(ws.repo, review_ref(wanted, attempt, me))
    if stored is None or me in {e.person for e in standing.reviews}:
        return False
    path = declined_path(wanted, attempt, me)
    (data,) = read_files(ws.repo, [(stored, path)])
    declined = decode(data, DeclinedReview, path)[0] if data else None
    if data is None:
        raise McredError(
            f"your assessment of {wanted} is stored here and was not sent", hint=f"mcred assess {wanted}"
        )
    if declined is None or declined.judged != standing.judged or me not in standing.panel:
        return False
    _arrive(ws, standing, me, stored, again)
    return True


def _arrive(ws: Workspace, standing: Standing, me: PersonId, commit: CommitId, again: str) -> None:
    event = ReviewDeclined(submission=standing.submission, attempt=standing.attempt, assessor=me)
    after = send_event(ws, {review_ref(standing.submission, standing.attempt, me): commit}, event, again)
    _say_done(after, after.standing(standing.submission), me)


def _say_done(ws: Workspace, standing: Standing, me: PersonId) -> None:
    show, seats = show_of(ws), standing.seats
    wanted = standing.submission
    show.say(f"Your place for attempt {standing.attempt} of {wanted} is given back.", style="bold green")
    place = next((p for p in seats.places if me in p), (me,))
    if me in seats.vacant:
        issuers = " or ".join(ws.catalog.programme.roles.issuers)
        show.say(f"Nobody is left by the rules; {issuers} will ask somebody (mcred assign {wanted}).")
    elif place[-1] != me:
        show.say(f"{place[-1]} is asked instead, until {standing.due}.")
    show.next("mcred queue")
