"""An earner lets a coach read her drafts, what she submits, and the feedback; or stops that."""

from __future__ import annotations

from collections.abc import Iterator

from mcred.app.context import Context, Notice
from mcred.app.lookup import pick_draft
from mcred.app.push import note_beside, note_odd
from mcred.app.sealed.line import find_elsewhere, let_in_of, seal_again
from mcred.app.sealed.review import current_keys
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import has_draft, refresh, save_draft, unsent_of
from mcred.app.workspace import Workspace, open_workspace, send, unknown
from mcred.domain.ids import PersonId, SubmissionId
from mcred.domain.layout import draft_ref
from mcred.domain.rules.readers import explain_not_coach
from mcred.domain.rules.submit import FINAL
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.git import resolve
from mcred.store.seal import MAX_READERS

TOLD = (
    "From now on they can read what you save, every attempt you submitted, and the levels and remarks of "
    "decisions; no review before its decision. Neither the assessors nor other members are told."
)
STOPPED = (
    "What you save and submit from now on leaves them out. They may have kept what they could read until now."
)


class LetInResult(Result, frozen=True, kw_only=True):
    """Who is let in to a submission now."""

    submission: SubmissionId
    person: PersonId
    let_in: tuple[PersonId, ...]


class LetIn(Command[LetInResult], frozen=True, kw_only=True):
    """Let `person` read my submission for the micro-credential `of` as my coach; None is my only open one.

    `stop`: leave them out from now on.
    """

    person: str
    of: str | None = None
    stop: bool = False

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError while the remote cannot be reached."""
        ws = open_workspace(ctx)
        ws.need_fresh(self.again())
        return ws

    def plan(self, ws: Workspace) -> LetInPlan | LetInResult:
        """Who is let in. Raises McredError for a person who cannot be, and where nothing was begun."""
        me = ws.confirmed()
        ws.need_shared_place()
        submission = pick_draft(ws, self.of, "let-in", self.person, "--of")
        if resolve(ws.repo, draft_ref(submission)) is None and not has_draft(ws, submission):
            name = submission.credential
            raise McredError(f"you have nothing for {name} in this folder", hint=next_step("start", name))
        person, now = PersonId(self.person), let_in_of(ws, submission)
        is_arrived = find_elsewhere(ws, submission) is None and not unsent_of(ws, submission)
        if (person in now) is not self.stop and is_arrived:
            return LetInResult(ws=ws, status="not needed", submission=submission, person=person, let_in=now)
        if not self.stop:
            _refuse(ws, me, person, submission)
        return LetInPlan(command=self, submission=submission, person=person)

    def again(self) -> NextStep:
        """The command that repeats this."""
        of = ("--of", self.of) if self.of is not None else ()
        return next_step("let-in", self.person, *of, *(("--stop",) if self.stop else ()))


class LetInPlan(Plan[LetInResult], frozen=True, kw_only=True):
    """Who is let in, or left out from now on."""

    command: LetIn
    submission: SubmissionId
    person: PersonId

    def preview(self) -> Iterator[Notice]:
        """What they read from now on."""
        yield Notice(text=STOPPED if self.command.stop else TOLD)

    def confirmation(self) -> Confirmation:
        """Asks whether to do it."""
        deed = f"{self.person} read {self.submission.credential}"
        would, question = ("stop letting", "Stop letting") if self.command.stop else ("let", "Let")
        return Confirmation(
            would=f"Would {would} {deed}.",
            question=f"{question} {deed}?",
            kept="Nothing was changed.",
            default=True,
        )

    def apply(self, ws: Workspace) -> LetInResult:
        """Save the draft, seal it to whom it is let in to, and send it. Raises McredError where the remote
        does not have it afterwards."""
        submission = self.submission
        if ws.standing(submission).word not in FINAL:
            saved = save_draft(ws, submission)
            note_odd(ws.ctx, saved.odd)
            note_beside(ws.ctx, saved.beside)
        people = {*let_in_of(ws, submission)} - {self.person}
        now = tuple(sorted(people if self.command.stop else {*people, self.person}))
        seal_again(ws, submission, now)
        if let_in_of(ws, submission) != now:
            said = (
                f"you saved {submission.credential} on another computer, and that is not in this folder yet"
            )
            raise McredError(said, hint=next_step("sync", note=f"then {self.command.again()}"))
        refresh(ws)
        send(ws, unsent_of(ws, submission), self.command.again())
        return LetInResult(ws=ws, submission=submission, person=self.person, let_in=now)


def _refuse(ws: Workspace, me: PersonId, person: PersonId, submission: SubmissionId) -> None:
    """Raises McredError for a person who cannot be let in, and for one more than a draft is sealed to."""
    if person != me and person not in ws.catalog.people:
        raise unknown("person", person, ws.catalog.people, next_step("person", "list"))
    standing = ws.standing(submission)
    asked = standing.panel if standing.is_open else ()
    if why := explain_not_coach(person, submission, ws.catalog.people, asked):
        raise McredError(why, hint=next_step("person", "list"), code=Exit.NOT_ALLOWED)
    keys = current_keys(ws.catalog, (person,))
    if not keys:
        note = f"typed by {person}; a maintainer confirms it"
        raise McredError(f"{person} has no reading key listed", hint=next_step("setup", note=note))
    if len(current_keys(ws.catalog, (*let_in_of(ws, submission), person))) >= MAX_READERS:
        raise McredError(f"at most {MAX_READERS - 1} coaches can read a draft", hint=next_step("status"))
