"""Records what is recognized of one person's badges: signed by a recognizer, on main, for an audit to derive.

What was recorded before is left out. Repeated after an interruption, it records nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Notice
from mcred.app.recognition.award_files import RecordedBefore, read_awards, read_recorded
from mcred.app.recognition.recognize import RecognizedState, open_state
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace, unknown
from mcred.domain.ids import BlobId, PersonId, Slug
from mcred.domain.layout import folder_of_person, recognized_path
from mcred.domain.recognition.amounts import describe
from mcred.domain.recognition.decided import NewlyRecognized, RecognitionDecision, find_new, sum_amounts
from mcred.domain.recognition.on_record import read_record
from mcred.domain.recognition.recognizers import explain_no_recognizer
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.write import put_blob


class RecordRecognizedResult(Result, frozen=True, kw_only=True):
    """What is on record now; `not needed` where there was nothing to add."""

    person: PersonId
    name: str
    policy: Slug
    as_of: date
    decision: RecognitionDecision | None = None
    """What was recorded; None where there was nothing to add."""


class RecordRecognized(Command[RecordRecognizedResult], frozen=True, kw_only=True):
    """Record what a policy recognizes of a person's badges up to a day: of their record in this programme.

    `earner`: the person. `policy`: its id, '' for the only one. `as_of`: None for today.
    """

    earner: str
    policy: str = ""
    as_of: date | None = None

    @property
    def again(self) -> NextStep:
        """The command that repeats this."""
        chosen = ("--policy", self.policy) if self.policy else ()
        day = ("--as-of", str(self.as_of)) if self.as_of else ()
        return next_step("recognize", self.earner, *chosen, *day, "--record")

    def plan(self, ws: Workspace) -> RecordRecognizedPlan | RecordRecognizedResult:
        """What is recorded. Raises McredError for a user who may not, and for a person who is not known."""
        ws.confirmed()
        if self.earner not in ws.catalog.people:
            raise unknown("person", self.earner, ws.catalog.people, next_step("person", "list"))
        person = PersonId(self.earner)
        state, recorded, new = _read(ws, self)
        if not new.lines:
            return self._result(ws, state)
        return RecordRecognizedPlan(command=self, person=person, state=state, recorded=recorded, new=new)

    def _result(self, ws: Workspace, state: RecognizedState) -> RecordRecognizedResult:
        person = PersonId(self.earner)
        return RecordRecognizedResult(
            ws=ws,
            status="not needed",
            person=person,
            name=ws.catalog.people[person].name,
            policy=state.loaded.policy.id,
            as_of=state.as_of,
        )


class RecordRecognizedPlan(Plan[RecordRecognizedResult], frozen=True, kw_only=True):
    """What is recorded, and what was before."""

    command: RecordRecognized
    person: PersonId
    state: RecognizedState
    recorded: RecordedBefore
    new: NewlyRecognized

    def preview(self) -> Iterator[Notice]:
        """Each line of it."""
        policy = self.state.loaded.policy
        name = self.state.ws.catalog.people[self.person].name
        yield Notice(text=f"{name} · {policy.title} · as of {self.state.as_of}", style="bold")
        for line in self.new.lines:
            pays = f"; pays from {line.pay_from}" if line.pay_from else ""
            rule = f" (rule {line.rule})" if line.rule else ""
            yield Notice(text=f"{line.badge}: {describe(sum_amounts(line.amounts))}{rule}{pays}", indent=2)
        yield Notice(text=f"Together: {describe(sum_amounts(self.new.total))}")
        if self.recorded.decisions:
            before = sum_amounts(one for said in self.recorded.decisions for one in said.total)
            yield Notice(text=f"Recorded before: {describe(before)}")

    def confirmation(self) -> Confirmation:
        """Asks before it is signed."""
        return Confirmation(
            would=f"Would record that for {self.person}. Nothing was changed.",
            question="Record that? It stays on record with your signature; a correction is another one",
            kept="Nothing was recorded.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> RecordRecognizedResult:
        """Sign it and commit it to main. Raises McredError where what counts changed meanwhile."""
        made: list[RecognitionDecision] = []

        def build(latest: Workspace) -> ChangeSet:
            state, recorded, new = _read(latest, self.command)
            if new != self.new:
                what = f"what is to be recorded for {self.person} has changed meanwhile"
                raise McredError(what, hint=self.command.again, code=Exit.CHANGED)
            said = _say(latest, state, recorded, self.person, new)
            made[:] = [said]
            path = recognized_path(self.person, said.policy, said.number)
            changes: dict[str, BlobId | None] = {path: put_blob(latest.repo, encode(said))}
            text = message(f"Record what {said.policy} recognizes for {self.person}", "recognize")
            return ChangeSet(changes=changes, merged=(), text=text)

        after = commit_to_main(ws, build, self.command.again)
        return RecordRecognizedResult(
            ws=after,
            person=self.person,
            name=ws.catalog.people[self.person].name,
            policy=made[0].policy,
            as_of=made[0].as_of,
            decision=made[0],
        )


def _read(
    ws: Workspace, command: RecordRecognized
) -> tuple[RecognizedState, RecordedBefore, NewlyRecognized]:
    """The state that a day has, what was recorded up to now, and what that leaves.

    Raises McredError for a user who may not record it, and for a day before one that was recorded.
    """
    person = PersonId(command.earner)
    now = open_state(ws, None, command.policy, (person,))
    wrong = explain_no_recognizer(ws.me, person, now.loaded.policy, ws.catalog.programme.roles)
    if wrong:
        raise McredError(wrong, hint=next_step("recognize", person), code=Exit.NOT_ALLOWED)
    state = open_state(ws, command.as_of or now.as_of, command.policy, (person,))
    policy = state.loaded.policy
    tree = read_awards(ws.repo, ws.main, folder_of_person(person))
    recorded = read_recorded(tree, policy.id, (person,))[person]
    last = max((said.as_of for said in recorded.decisions), default=state.as_of)
    if last > state.as_of:
        what = f"{last} was recorded already, which is later than {state.as_of}"
        again = next_step("recognize", person, "--policy", policy.id, "--as-of", last, "--record")
        raise McredError(what, hint=again, code=Exit.USAGE)
    badges = read_record(state.catalog, person, policy)
    return state, recorded, find_new(policy, badges, state.as_of, recorded.decisions)


def _say(
    ws: Workspace, state: RecognizedState, recorded: RecordedBefore, person: PersonId, new: NewlyRecognized
) -> RecognitionDecision:
    return RecognitionDecision(
        format=2,
        person=person,
        policy=state.loaded.policy.id,
        number=recorded.count + 1,
        by=ws.person(),
        recorded=stamp(ws),
        main=state.commit,
        blob=state.tree.entries[state.loaded.file].blob,
        as_of=state.as_of,
        lines=new.lines,
        total=new.total,
    )
