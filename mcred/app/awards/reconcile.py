"""An issuer decides on the assessors' levels: award, revise or decline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from msgspec.structs import replace

from mcred.app.awards.decide import Case, Verdict, build_change_set, grounds_of, open_case, require_issuer
from mcred.app.awards.stacks import new_badges
from mcred.app.clock import check_clock
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context
from mcred.app.events import Decided
from mcred.app.hosting.reviews import with_altered
from mcred.app.hosting.sync import hold_on_host
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.workspace import Workspace
from mcred.domain.decision import Decision, Outcome
from mcred.domain.ids import PersonId, StackId, SubmissionId
from mcred.domain.rules.decide import find_bars, others_who_decide
from mcred.problems import Exit, McredError, next_step

OUTCOMES: tuple[Outcome, ...] = ("award", "revise", "decline")


class ReconcileResult(Result, frozen=True, kw_only=True):
    """What was decided, or `open` with the outcome that the levels suggest."""

    submission: SubmissionId
    attempt: int
    recommended: Outcome
    outcome: Outcome | None = None
    """None while it is open."""
    earlier: Decision | None = None
    """The earlier decision, if it was decided before."""
    stacks: tuple[tuple[PersonId, StackId], ...] = ()
    """The earners and stacks of the stack badges issued with it."""


class Reconcile(Command[ReconcileResult], frozen=True, kw_only=True):
    """Decide on a submission by one of `award`, `revise` and `decline`; with none it is only shown.

    `level`: criteria that the issuer settles, such as `student-talk=basic`. `reason`: needed where the issuer
    differs from the levels or settles one. `feedback`: a message to the earner.
    """

    submission: str
    award: bool = False
    revise: bool = False
    decline: bool = False
    level: tuple[str, ...] = ()
    reason: str = ""
    feedback: str = ""

    @property
    def outcome(self) -> Outcome | None:
        """The outcome the command has."""
        chosen = [o for o in OUTCOMES if getattr(self, o)]
        return chosen[0] if len(chosen) == 1 else None

    def begin(self, ctx: Context) -> Workspace:
        """Open the programme. Raises McredError for more than one outcome."""
        if self.award + self.revise + self.decline > 1:
            raise McredError(
                "choose one of --award, --revise, --decline",
                hint=next_step("reconcile", "--help"),
                code=Exit.USAGE,
            )
        return super().begin(ctx)

    def plan(self, ws: Workspace) -> ReconcilePlan | ReconcileResult:
        """What the decision rests on. Raises McredError while it is not due, and for a user who may not
        decide."""
        wanted = parse_submission(ws, self.submission)
        if (decided := _find_decided(ws, wanted, self.outcome)) is not None:
            return decided
        me = require_issuer(ws, wanted)
        case = with_altered(ws, open_case(ws, wanted, list(self.level)))
        _refuse_own_assessment(ws, case, me)
        return ReconcilePlan(command=self, case=case, me=me)


class ReconcilePlan(Plan[ReconcileResult], frozen=True, kw_only=True):
    """The case, and who decides."""

    command: Reconcile
    case: Case
    me: PersonId

    @property
    def grounds(self) -> str:
        """Why a reason is due, as text; empty where none is."""
        outcome = self.command.outcome
        return " and ".join(grounds_of(self.case, outcome)) if outcome else ""

    def questions(self) -> Iterator[Question]:
        """The outcome, then a reason where one is due, then feedback to an earner who gets it back."""
        command = self.command
        if command.outcome is None:
            yield Question(
                field="outcome",
                text="Your decision",
                option="--award",
                choices=(*OUTCOMES, "later"),
                default=self.case.matrix.recommended,
                is_required=False,
            )
        elif (grounds := self.grounds) and not command.reason.strip():
            text = f"Your reason, as {grounds}"
            yield Question(field="reason", text=text, option="--reason TEXT", is_required=False)
        elif command.outcome == "revise" and not command.feedback:
            text = "A word to the earner (may stay empty)"
            yield Question(field="feedback", text=text, option="--feedback", default="", is_required=False)

    def answered(self, question: Question, answer: str) -> Self:
        """As for any plan, except that an outcome sets its own field, and *later* none."""
        if question.field != "outcome":
            return super().answered(question, answer)
        said = {answer: True} if answer in OUTCOMES else {}
        return replace(self, command=replace(self.command, **said))

    def settle(self, ws: Workspace) -> ReconcilePlan | ReconcileResult:
        """This plan, or a result that is `open` without an outcome. Raises McredError without a due
        reason."""
        case, outcome = self.case, self.command.outcome
        if outcome is None:
            return ReconcileResult(
                ws=ws,
                status="open",
                submission=case.submission,
                attempt=case.standing.attempt,
                recommended=case.matrix.recommended,
            )
        if self.grounds and not self.command.reason.strip():
            hint = next_step("reconcile", case.submission, f"--{outcome}", "--reason", "…")
            raise McredError(f"a reason is needed, as {self.grounds}", hint=hint)
        return self

    def confirmation(self) -> Confirmation:
        """Asks whether to decide so."""
        wanted, outcome = self.case.submission, self.command.outcome
        return Confirmation(
            would=f"Would {outcome} attempt {self.case.standing.attempt} of {wanted}. Nothing was changed.",
            question=f"Decide '{outcome}' for {wanted}?",
            kept="Nothing was decided.",
        )

    def apply(self, ws: Workspace) -> ReconcileResult:
        """Commit it to main. Raises McredError where the submission changed meanwhile."""
        case, command, wanted = self.case, self.command, self.case.submission
        check_clock(ws, case.request.requested)
        outcome = command.outcome or case.matrix.recommended
        verdict = Verdict(outcome=outcome, reason=command.reason, feedback=command.feedback)
        again = next_step("reconcile", wanted, f"--{outcome}")
        key = signing_key(ws.ctx, ws.catalog.programme) if outcome == "award" else None

        def decide(now: Workspace) -> ChangeSet:
            standing = now.standing(wanted)
            if not standing.is_open or standing.judged != case.judged:
                raise McredError(
                    f"{wanted} changed meanwhile: it is {standing.word}", hint=again, code=Exit.CHANGED
                )
            require_issuer(now, wanted)
            again_open = replace(open_case(now, wanted, list(command.level)), altered=case.altered)
            _refuse_own_assessment(now, again_open, self.me)
            return build_change_set(now, again_open, verdict, self.me, key)

        if outcome != "award":
            hold_on_host(ws, wanted)
        after = commit_to_main(ws, decide, again)
        return ReconcileResult(
            ws=after,
            submission=wanted,
            attempt=case.standing.attempt,
            recommended=case.matrix.recommended,
            outcome=outcome,
            stacks=new_badges(ws.catalog, after.catalog),
        )


def _refuse_own_assessment(ws: Workspace, case: Case, me: PersonId) -> None:
    """Raises McredError for an issuer who assessed this, where another one could decide."""
    roles = ws.catalog.programme.roles
    if any(b.code == "decision-own-assessment" for b in find_bars(me, roles, case.submission, case.panel)):
        others = others_who_decide(roles, case.submission, case.panel)
        raise McredError(
            f"you assessed this yourself, so {' or '.join(others)} decides",
            hint=next_step("queue"),
            code=Exit.NOT_ALLOWED,
        )


def _find_decided(ws: Workspace, submission: SubmissionId, outcome: Outcome | None) -> ReconcileResult | None:
    """The decision on the newest attempt, if there is one. Raises McredError where it is a different one."""
    standing = ws.standing(submission)
    decision = standing.decision
    if standing.is_open or decision is None or standing.word == "withdrawn":
        return None
    if outcome is not None and outcome != decision.outcome:
        said = f"{submission}, attempt {decision.attempt}: {decision.outcome}, decided by {decision.issuer}"
        raise McredError(f"{said} already", hint=next_step("queue"), code=Exit.CHANGED)
    return ReconcileResult(
        ws=ws,
        status="not needed",
        event=Decided(submission=submission, attempt=decision.attempt, outcome=decision.outcome),
        submission=submission,
        attempt=decision.attempt,
        recommended=decision.recommended,
        outcome=decision.outcome,
        earlier=decision,
    )
