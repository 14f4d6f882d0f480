"""Records what is recognized of one person's badges: signed by a recognizer, on main, for an audit to derive.

What was recorded before is left out. Repeated after an interruption, it records nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Notice
from mcred.app.recognition.ledgers import other_ledgers, prove_where_needed, read_recorded
from mcred.app.recognition.recognize import RecognizedState, open_state
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.workspace import Workspace, unknown
from mcred.domain.ids import BlobId, PersonId, Slug
from mcred.domain.layout import folder_of_person, recognized_path
from mcred.domain.recognition.amounts import describe
from mcred.domain.recognition.decided import (
    Ledger,
    NewlyRecognized,
    RecognitionDecision,
    RecordedAlready,
    find_new,
    find_recorded_already,
    sum_amounts,
)
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
    already: tuple[RecordedAlready, ...] = ()
    """What of it other policies had recorded already."""


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
        found = _read(ws, self)
        if not found.new.lines:
            return self._result(ws, found.state)
        return RecordRecognizedPlan(command=self, person=person, found=found)

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


class ToRecord(Struct, frozen=True, kw_only=True):
    """What is recorded, of which state, and what was before."""

    state: RecognizedState
    recorded: Ledger
    new: NewlyRecognized
    already: tuple[RecordedAlready, ...]
    """What of it other policies recorded already."""


class RecordRecognizedPlan(Plan[RecordRecognizedResult], frozen=True, kw_only=True):
    """Records it for one person."""

    command: RecordRecognized
    person: PersonId
    found: ToRecord

    def preview(self) -> Iterator[Notice]:
        """Each line of it."""
        found, state = self.found, self.found.state
        name = state.ws.catalog.people[self.person].name
        title = f"{name} · {state.loaded.policy.title} · as of {state.as_of}"
        yield Notice(text=title, style="bold")
        for line in found.new.lines:
            amounts = sum_amounts(line.amounts)
            is_paid = line.pay_from is not None and max(amounts.values()) > 0
            pays = f"; pays from {line.pay_from}" if is_paid else ""
            rule = f" (rule {line.rule})" if line.rule else ""
            yield Notice(text=f"{line.badge}: {describe(amounts)}{rule}{pays}", indent=2)
        yield Notice(text=f"Together: {describe(sum_amounts(found.new.total))}")
        if found.recorded.decisions:
            yield Notice(text=f"Recorded before: {describe(found.recorded.total)}")
        for one in found.already:
            yield Notice(text=describe_already(one), style="yellow")

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
            found = _read(latest, self.command)
            if (found.new, found.already) != (self.found.new, self.found.already):
                what = f"what is to be recorded for {self.person} has changed meanwhile"
                raise McredError(what, hint=self.command.again, code=Exit.CHANGED)
            said = _say(latest, found, self.person)
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
            already=self.found.already,
        )


def _read(ws: Workspace, command: RecordRecognized) -> ToRecord:
    """The state that a day has, what was recorded up to now, and what that leaves.

    Raises McredError for a user who may not record it, and for a day before one that was recorded.
    """
    person = PersonId(command.earner)
    day = ("--as-of", command.as_of) if command.as_of else ()
    now = open_state(ws, None, command.policy, (person,), (person, *day, "--record"))
    wrong = explain_no_recognizer(ws.me, person, now.loaded.policy, ws.catalog.programme.roles)
    if wrong:
        raise McredError(wrong, hint=next_step("recognize", person), code=Exit.NOT_ALLOWED)
    state = open_state(ws, command.as_of or now.as_of, command.policy, (person,), (person, "--record"))
    policy = state.loaded.policy
    badges = tuple(read_record(state.catalog, person, policy))
    tree = read_recorded(ws.repo, ws.main, folder_of_person(person))
    recorded = prove_where_needed(ws.repo, tree, policy, {person: badges}, state.as_of)[person]
    last = recorded.last_day
    if last is not None and last > state.as_of:
        what = f"{last} was recorded already, which is later than {state.as_of}"
        again = next_step("recognize", person, "--policy", policy.id, "--as-of", last, "--record")
        raise McredError(what, hint=again, code=Exit.USAGE)
    new = find_new(policy, badges, state.as_of, recorded)
    already = tuple(find_recorded_already(new, other_ledgers(tree, person, policy.id)))
    return ToRecord(state=state, recorded=recorded, new=new, already=already)


def describe_already(one: RecordedAlready) -> str:
    """What another policy recorded of a badge, as a person is told before it is recorded again."""
    said = f"Already recorded by the policy {one.policy} ({name_decisions(one.numbers)})"
    return f"{said}: {one.badge}, {describe(one.amounts)}"


def name_decisions(numbers: Sequence[int]) -> str:
    """Recorded decisions by their numbers, in words."""
    return f"{'decision' if len(numbers) == 1 else 'decisions'} {', '.join(map(str, numbers))}"


def _say(ws: Workspace, found: ToRecord, person: PersonId) -> RecognitionDecision:
    state = found.state
    return RecognitionDecision(
        format=2,
        person=person,
        policy=state.loaded.policy.id,
        number=found.recorded.next_number,
        by=ws.person(),
        recorded=stamp(ws),
        main=state.commit,
        blob=state.tree.entries[state.loaded.file].blob,
        as_of=state.as_of,
        lines=found.new.lines,
        total=found.new.total,
    )
