"""An issuer replaces an assessor who does not answer."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.awards.decide import require_issuer
from mcred.app.awards.duties import assign_step, who_may
from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Notice
from mcred.app.events import Assigned
from mcred.app.lookup import need_open, parse_submission
from mcred.app.sealed.grants import send_grants
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.workspace import Workspace, unknown
from mcred.domain.ids import PersonId
from mcred.domain.layout import assignment_path
from mcred.domain.seats import Assignment
from mcred.domain.status import Standing
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.write import put_blob

NOBODY = "no one else is eligible: everyone else lacks the role or has a conflict of interest"


class AssignResult(Result, frozen=True, kw_only=True):
    """Who was assigned, and the submission's state."""

    standing: Standing
    to: PersonId

    def finish(self) -> None:
        """As for any result; and let them read the work, where an earlier run could not."""
        super().finish()
        if self.status == "not needed":
            send_grants(self.ws, self.ws.ctx.typed, self.standing.submission)


class Assign(Command[AssignResult], frozen=True, kw_only=True):
    """Assign `to` to a submission, `because`. `instead_of` may be left out where only one place is open."""

    submission: str
    to: str = ""
    instead_of: str = ""
    because: str = ""

    def plan(self, ws: Workspace) -> AssignPlan | AssignResult:
        """Whom to assign and whom they replace. Raises McredError where that is ambiguous, or not allowed."""
        wanted = parse_submission(ws, self.submission)
        require_issuer(ws, wanted)
        standing = need_open(ws.standing(wanted))
        if (done := _find_done(standing, self.to, self.instead_of)) is not None:
            return AssignResult(ws=ws, status="not needed", standing=standing, to=done.to, event=done)
        able = tuple(p for p, why in who_may(ws, standing, self.instead_of).items() if not why)
        plan = AssignPlan(command=self, standing=standing, able=able)
        if not (ws.ctx.interactive and able and plan.is_open):
            plan.choose(ws)
        return plan


class AssignPlan(Plan[AssignResult], frozen=True, kw_only=True):
    """A submission with a place to fill, and who may be assigned."""

    command: Assign
    standing: Standing
    able: tuple[PersonId, ...]

    @property
    def is_open(self) -> bool:
        """Whether it is left open whom to assign, or whom they replace."""
        return not self.command.to or self.lacks_place

    @property
    def lacks_place(self) -> bool:
        """Whether several have not answered, none of their places is vacant, and none of them is named."""
        command, standing = self.command, self.standing
        is_theirs = command.to in standing.seats.unasked
        return not (command.instead_of or is_theirs or standing.seats.vacant) and len(standing.missing) > 1

    def questions(self) -> Iterator[Question]:
        """Whom to replace, by whom, and why, unless the command says so."""
        if self.lacks_place:
            text, option = "Whom do they replace", "--instead-of PERSON"
            yield Question(
                field="instead_of", text=text, option=option, choices=self.standing.missing, is_list=True
            )
        if not self.command.to:
            text, option = "Whom to assign", "--to PERSON"
            yield Question(field="to", text=text, option=option, choices=self.able, is_list=True)
        if not self.command.because.strip():
            yield Question(field="because", text="Why", option='--because "WHY"')

    def choose(self, ws: Workspace) -> tuple[PersonId, PersonId]:
        """Whom to replace, and by whom. Raises McredError where that is ambiguous, or not allowed."""
        return _choose(ws, self.standing, self.command.to, self.command.instead_of)

    def settle(self, ws: Workspace) -> PlacePlan:
        """Who gets which place. Raises McredError as `choose` does, and without a reason."""
        if not self.command.because.strip():
            raise McredError("a reason is required; it goes on record", hint=f"{ws.ctx.typed} --because WHY")
        instead_of, to = self.choose(ws)
        return PlacePlan(command=self.command, standing=self.standing, to=to, instead_of=instead_of)


class PlacePlan(Plan[AssignResult], frozen=True, kw_only=True):
    """Whom to assign and whom they replace."""

    command: Assign
    standing: Standing
    to: PersonId
    instead_of: PersonId

    def preview(self) -> Iterator[Notice]:
        """Who will be assigned."""
        wanted = self.standing.submission
        place = f" in place of {self.instead_of}" if self.instead_of != self.to else ""
        yield Notice(text=f"{self.to} will be assigned to {wanted}{place}.")

    def confirmation(self) -> Confirmation:
        """Asks whether to assign them."""
        return Confirmation(would="Nothing was changed.", question="Assign them?")

    def apply(self, ws: Workspace) -> AssignResult:
        """Record it on main. Raises McredError where the submission was submitted again meanwhile."""
        wanted = self.standing.submission

        def decide(now: Workspace) -> ChangeSet:
            me = require_issuer(now, wanted)
            again = need_open(now.standing(wanted))
            if again.judged != self.standing.judged:
                raise McredError(
                    f"{wanted} was resubmitted in the meantime", hint=ws.ctx.typed, code=Exit.CHANGED
                )
            chosen = _choose(now, again, self.to, self.instead_of)
            return _build_change_set(now, again, me, chosen, self.command.because.strip())

        after = commit_to_main(ws, decide, ws.ctx.typed)
        send_grants(after, ws.ctx.typed, wanted)
        return AssignResult(ws=after, standing=after.standing(wanted), to=self.to)


def _find_done(standing: Standing, to: str, instead_of: str) -> Assigned | None:
    """The result of an earlier run of the same command."""
    for said in (e.assignment for e in standing.changes):
        if said is not None and said.to == to and instead_of in ("", said.instead_of):
            return Assigned(
                submission=said.submission, attempt=said.attempt, to=said.to, instead_of=said.instead_of
            )
    return None


def _choose(ws: Workspace, standing: Standing, to: str, instead_of: str) -> tuple[PersonId, PersonId]:
    """Whom to replace, and by whom. Raises McredError where that is ambiguous, or no one may be assigned."""
    if to in standing.seats.unasked and instead_of in ("", to):
        # Drawn for a seat and at their limit then: that seat is theirs.
        return PersonId(to), _person(ws, standing, to, to)
    return _free_place(ws, standing, instead_of), _person(ws, standing, to, instead_of)


def _free_place(ws: Workspace, standing: Standing, instead_of: str) -> PersonId:
    """The place to fill: the one named, else the vacant one, else the only one without an answer."""
    wanted, vacant = standing.submission, standing.seats.vacant
    open_places = (*vacant, *standing.missing)
    if instead_of:
        if instead_of in {e.person for e in standing.reviews}:
            raise McredError(
                f"{instead_of} has already assessed {wanted}, and that stays",
                hint=next_step("queue", "--all"),
                code=Exit.NOT_ALLOWED,
            )
        if instead_of not in open_places:
            names = ", ".join(open_places) or "no one"
            raise McredError(
                f"{instead_of} is not among the assessors of {wanted} who still have to answer: {names}",
                hint=next_step("queue", "--why", wanted),
            )
        return PersonId(instead_of)
    if not vacant and len(open_places) != 1:
        names = ", ".join(open_places)
        raise McredError(
            f"several have not answered: {names}" if names else f"everyone has already assessed {wanted}",
            hint=assign_step(ws, standing, instead_of=open_places[0])
            if names
            else next_step("reconcile", wanted),
            code=Exit.USAGE,
        )
    return open_places[0]


def _person(ws: Workspace, standing: Standing, to: str, instead_of: str) -> PersonId:
    against = who_may(ws, standing, instead_of)
    step = assign_step(ws, standing, wanted=to, instead_of=instead_of)
    able = ", ".join(p for p, why in against.items() if not why)
    if not to:
        raise McredError(
            f"say whom to assign; eligible: {able}" if able else NOBODY, hint=step, code=Exit.USAGE
        )
    if to not in ws.catalog.people:
        raise unknown("person", to, ws.catalog.people, next_step("person", "list"))
    if reasons := against[PersonId(to)]:
        who = f"eligible: {able}" if able else NOBODY
        raise McredError(
            f"{to} cannot be assigned: {'; '.join(reasons)}; {who}", hint=step, code=Exit.NOT_ALLOWED
        )
    return PersonId(to)


def _build_change_set(
    ws: Workspace, standing: Standing, me: PersonId, assigned: tuple[PersonId, PersonId], reason: str
) -> ChangeSet:
    submission, attempt, judged = standing.submission, standing.attempt, standing.judged
    if judged is None:
        raise McredError(f"{submission} is not in review", hint=next_step("queue"))
    record = ws.catalog.records.get(submission)
    before = [a for a in record.assigned if a.attempt == attempt] if record else []
    said = Assignment(
        format=2,
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
