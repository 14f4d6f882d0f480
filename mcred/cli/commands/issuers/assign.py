"""`mcred assign`: an issuer asks somebody in the place of an assessor who does not answer."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.awards.decide import assign_step, require_issuer, who_may
from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.events import Assigned
from mcred.app.lookup import need_open, parse_submission
from mcred.app.workspace import Workspace, open_workspace, unknown
from mcred.cli.show import show_of
from mcred.cli.terminal import DryRun, Yes, terminal_of
from mcred.domain.ids import PersonId
from mcred.domain.layout import assignment_path
from mcred.domain.seats import Assignment
from mcred.domain.status import Standing
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from mcred.store.write import put_blob

EXAMPLES = (
    'mcred assign ana/fractions-number-line --to tom --because "Mei is on leave"',
    'mcred assign ana/fractions-number-line --to tom --instead-of mei --because "Mei is on leave" --yes',
)

NOBODY = "no one may be asked now: everyone else lacks the role or has a conflict"


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    to: Annotated[str, typer.Option(help="Who is asked; left out, those who may are named.")] = "",
    instead_of: Annotated[
        str, typer.Option("--instead-of", help="In whose place, where several have not answered.")
    ] = "",
    because: Annotated[str, typer.Option(help="Why; the record keeps it for everybody.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Ask somebody in the place of an assessor who does not answer. It is recorded, with your reason."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="must")
    wanted = parse_submission(ws, submission)
    me = require_issuer(ws, wanted)
    standing = need_open(ws.standing(wanted))
    if to and _is_done(standing, PersonId(to), instead_of):
        _say_done(ws, standing, PersonId(to))
        return
    assigned = _choose(ws, standing, to, instead_of)
    reason = because.strip() or edge.ask("Why", '--because "WHY"').strip()
    if not reason:
        raise McredError("a reason is needed, as the record keeps it", hint=f"{edge.typed} --because WHY")
    edge.show.say(f"{assigned[1]} is asked about {wanted} in the place of {assigned[0]}.")
    if dry_run:
        edge.show.say("Nothing was changed.")
        return
    if not yes and edge.interactive and not edge.confirm("Ask them?"):
        edge.show.say("Nothing was changed.")
        return

    def decide(now: Workspace) -> ChangeSet:
        require_issuer(now, wanted)
        again = need_open(now.standing(wanted))
        if again.judged != standing.judged:
            raise McredError(f"{wanted} was sent anew meanwhile", hint=edge.typed, code=Exit.CHANGED)
        return _addition(now, again, me, _choose(now, again, assigned[1], assigned[0]), reason)

    after = commit_to_main(ws, decide, edge.typed)
    _say_done(after, after.standing(wanted), assigned[1])


def _is_done(standing: Standing, to: PersonId, instead_of: str) -> bool:
    """Whether an earlier run arrived."""
    return any(
        e.assignment is not None and e.assignment.to == to and instead_of in ("", e.assignment.instead_of)
        for e in standing.changes
    )


def _choose(ws: Workspace, standing: Standing, to: str, instead_of: str) -> tuple[PersonId, PersonId]:
    """In whose place, and who. Raises McredError where that is open, or nobody may."""
    return _free_place(ws, standing, instead_of), _person(ws, standing, to, instead_of)


def _free_place(ws: Workspace, standing: Standing, instead_of: str) -> PersonId:
    """The place that is meant: the one named, else the one nobody has, else the only one not answered."""
    wanted, vacant = standing.submission, standing.seats.vacant
    open_places = (*vacant, *standing.missing)
    if instead_of:
        if instead_of in {e.person for e in standing.reviews}:
            raise McredError(
                f"{instead_of} has assessed {wanted}, and that stands",
                hint="mcred queue --all",
                code=Exit.NOT_ALLOWED,
            )
        if instead_of not in open_places:
            names = ", ".join(open_places) or "nobody"
            raise McredError(
                f"{instead_of} has no open place for {wanted}; open: {names}",
                hint=f"mcred queue --why {wanted}",
            )
        return PersonId(instead_of)
    if not vacant and len(open_places) != 1:
        names = ", ".join(open_places)
        raise McredError(
            f"several have not answered: {names}" if names else f"everybody has assessed {wanted}",
            hint=assign_step(ws, standing, instead_of=open_places[0])
            if names
            else f"mcred reconcile {wanted}",
            code=Exit.USAGE,
        )
    return open_places[0]


def _person(ws: Workspace, standing: Standing, to: str, instead_of: str) -> PersonId:
    against = who_may(ws, standing)
    step = assign_step(ws, standing, wanted=to, instead_of=instead_of)
    able = ", ".join(p for p, why in against.items() if not why)
    if not to:
        raise McredError(f"say whom to ask; who may: {able}" if able else NOBODY, hint=step, code=Exit.USAGE)
    if to not in ws.catalog.people:
        raise unknown("person", to, ws.catalog.people, "mcred person list")
    if reasons := against[PersonId(to)]:
        who = f"who may: {able}" if able else NOBODY
        raise McredError(
            f"{to} cannot be asked: {'; '.join(reasons)}; {who}", hint=step, code=Exit.NOT_ALLOWED
        )
    return PersonId(to)


def _addition(
    ws: Workspace, standing: Standing, me: PersonId, assigned: tuple[PersonId, PersonId], reason: str
) -> ChangeSet:
    submission, attempt, judged = standing.submission, standing.attempt, standing.judged
    if judged is None:
        raise McredError(f"{submission} is not in review", hint="mcred queue")
    record = ws.catalog.records.get(submission)
    before = [a for a in record.assigned if a.attempt == attempt] if record else []
    said = Assignment(
        format=1,
        submission=submission,
        attempt=attempt,
        number=len(before) + 1,
        judged=judged,
        issuer=me,
        instead_of=assigned[0],
        to=assigned[1],
        assigned=stamp(ws),
        because=reason,
    )
    return ChangeSet(
        changes={assignment_path(submission, attempt, said.number): put_blob(ws.repo, encode(said))},
        merged=(),
        text=message(f"Ask {said.to} about {submission}", "assign", submission, attempt),
        events=(Assigned(submission=submission, attempt=attempt, to=said.to, instead_of=said.instead_of),),
    )


def _say_done(ws: Workspace, standing: Standing, to: PersonId) -> None:
    show, wanted = show_of(ws), standing.submission
    show.say(f"{to} is asked to assess {wanted}, until {standing.due}.", style="bold green")
    show.next("mcred queue --all")
