"""An issuer decides on the assessors' levels: award, revise or decline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from msgspec.structs import replace

from mcred.app.assessment.answer import read_answer, store_answer
from mcred.app.awards.decide import (
    Case,
    Verdict,
    build_change_set,
    open_case,
    reasons_for,
    require_issuer,
    set_by_issuer,
)
from mcred.app.awards.overrides import Proposal
from mcred.app.awards.stacks import new_badges
from mcred.app.clock import check_clock, stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Context
from mcred.app.events import Decided
from mcred.app.hosting.reviews import with_altered
from mcred.app.hosting.sync import hold_on_host
from mcred.app.keys.issuer import signing_key
from mcred.app.lookup import parse_submission
from mcred.app.push import until_taken
from mcred.app.sealed.decision import open_my_proposal, seal_my_proposal
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.decision import Decision, Outcome, Override, Settled
from mcred.domain.ids import CommitId, PersonId, StackId, SubmissionId
from mcred.domain.layout import override_path, override_ref
from mcred.domain.programme import Programme
from mcred.domain.rules.decide import Ground, find_bars, others_who_decide
from mcred.domain.rules.override import find_seconds, is_forbidden, is_same
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.git import resolve
from mcred.store.log import read_commit

OUTCOMES: tuple[Outcome, ...] = ("award", "revise", "decline")


class ReconcileResult(Result, frozen=True, kw_only=True):
    """What was decided or proposed; `open` without either, with the outcome that the levels suggest."""

    submission: SubmissionId
    attempt: int
    recommended: Outcome | None
    """None for an earlier decision that is sealed from this user."""
    outcome: Outcome | None = None
    """None while it is not decided."""
    proposed: Override | None = None
    """The user's own proposal, which the levels do not recommend."""
    seconds: tuple[PersonId, ...] = ()
    """The issuers of whom one has to agree with it."""
    earlier: Decision | None = None
    """The earlier decision, if it was decided before."""
    stacks: tuple[tuple[PersonId, StackId], ...] = ()
    """The earners and stacks of the stack badges issued with it."""


class Reconcile(Command[ReconcileResult], frozen=True, kw_only=True):
    """Decide on a submission by one of `award`, `revise` and `decline`; with none it is only shown.

    `level`: criteria that the issuer settles, each with its reason, such as `student-talk=basic: See part 2`.
    `reason`: why the outcome is not the recommended one; where a level is all that needs a reason, that
    level's. `feedback`: a message to the earner.
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
                "choose one of --award, --revise, or --decline",
                hint=next_step("reconcile", "--help"),
                code=Exit.USAGE,
            )
        return super().begin(ctx)

    def plan(self, ws: Workspace) -> ReconcilePlan | ReconcileResult:
        """What the decision rests on. Raises McredError while it is not due, and for who may not decide."""
        wanted = parse_submission(ws, self.submission)
        if (decided := _find_decided(ws, wanted, self.outcome)) is not None:
            return decided
        me = require_issuer(ws, wanted)
        case = with_altered(ws, open_case(ws, wanted, list(self.level)))
        _refuse_own_assessment(ws, case, me)
        return ReconcilePlan(command=self, case=case, me=me, programme=ws.catalog.programme)


class ReconcilePlan(Plan[ReconcileResult], frozen=True, kw_only=True):
    """The case, and who decides."""

    command: Reconcile
    case: Case
    me: PersonId
    programme: Programme

    @property
    def lacking(self) -> tuple[Ground, ...]:
        """What still needs a reason."""
        outcome = self.command.outcome
        return reasons_for(self.case, outcome, self.command.reason)[2] if outcome else ()

    def questions(self) -> Iterator[Question]:
        """The outcome, then each reason that is due, then feedback to an earner who gets it back."""
        command, recommended = self.command, self.case.matrix.recommended
        if command.outcome is None:
            yield Question(
                field="outcome",
                text="Your decision",
                option="--award",
                choices=(*OUTCOMES, "later"),
                default=self.case.matrix.recommended,
                is_required=False,
            )
        elif is_forbidden(command.outcome, recommended, self.programme.assessment):
            return
        elif lacking := self.lacking:
            yield from map(_ask_reason, lacking)
        elif command.outcome == "revise" and not command.feedback:
            text = "Feedback for the earner (optional)"
            yield Question(field="feedback", text=text, option="--feedback", default="", is_required=False)

    def answered(self, question: Question, answer: str) -> Self:
        """As for any plan, except that an outcome sets its own field, and *later* none."""
        if question.field == "level":
            criterion = next(g.criterion for g in self.lacking if _ask_reason(g) == question)
            row = next(r for r in self.case.matrix.rows if r.criterion.id == criterion)
            plan = super().answered(question, f"{row.criterion.id}={row.level}: {answer}")
            reasons = {**self.case.reasons, row.criterion.id: answer}
            return replace(plan, case=replace(self.case, reasons=reasons))
        if question.field != "outcome":
            return super().answered(question, answer)
        said = {answer: True} if answer in OUTCOMES else {}
        return replace(self, command=replace(self.command, **said))

    def settle(self, ws: Workspace) -> Plan[ReconcileResult] | ReconcileResult:
        """This plan; a proposal where another issuer has to agree first; a result, `open` without an outcome.

        Raises McredError without a due reason, and for what the programme never decides.
        """
        case, outcome = self.case, self.command.outcome
        if outcome is None:
            return ReconcileResult(
                ws=ws,
                status="open",
                submission=case.submission,
                attempt=case.standing.attempt,
                recommended=case.matrix.recommended,
            )
        _refuse_forbidden(case, outcome, self.programme)
        if (taken := self._with_proposed_levels(ws, outcome)) is not None:
            return taken.settle(ws)
        if lacking := self.lacking:
            what = " and ".join(ground.to_issuer for ground in lacking)
            raise McredError(f"a reason is required: {what}", hint=self._with_reasons(outcome, lacking))
        seconds, agreed = _find_second(case, outcome, self.me, self.programme)
        return self._propose(ws, outcome, seconds) if seconds and agreed is None else self

    def _with_reasons(self, outcome: Outcome, lacking: tuple[Ground, ...]) -> NextStep:
        """The command with a gap for each reason that it lacks."""
        case, levels = self.case, {text.partition("=")[0]: text for text in self.command.level}
        if reasons_for(case, outcome, "…")[2]:  # one reason would not do for all of it
            due = {g.criterion for g in lacking}
            rows = (r for r in case.matrix.rows if r.criterion.id in due)
            levels |= {r.criterion.id: f"{r.criterion.id}={r.level}: …" for r in rows}
            reason = self.command.reason or ("…" if None in due else "")
        else:
            reason = "…"
        words = [word for level in levels.values() for word in ("--level", level)]
        words += ["--reason", reason] if reason else []
        return next_step("reconcile", case.submission, f"--{outcome}", *words)

    def _with_proposed_levels(self, ws: Workspace, outcome: Outcome) -> Self | None:
        """This plan with the levels of another issuer's proposal of the same; None where none are to be
        taken."""
        if self.command.level or outcome == self.case.matrix.recommended:
            return None
        proposals = (p.said for p in self.case.proposals if p.said.issuer != self.me)
        said = next((s for s in proposals if s.outcome == outcome and s.levels), None)
        if said is None:
            return None
        level = tuple(f"{s.criterion}={s.level}: {s.reason}" for s in said.levels)
        case = replace(open_case(ws, self.case.submission, list(level)), altered=self.case.altered)
        return replace(self, command=replace(self.command, level=level), case=case)

    def _propose(
        self, ws: Workspace, outcome: Outcome, seconds: tuple[PersonId, ...]
    ) -> ProposePlan | ReconcileResult:
        """The proposal that another issuer has to agree with; a result where it arrived before."""
        case = self.case
        reason, reasons, _ = reasons_for(case, outcome, self.command.reason)
        own = set_by_issuer(case)
        said = Override(
            format=2,
            submission=case.submission,
            attempt=case.standing.attempt,
            issuer=self.me,
            judged=case.judged,
            main=ws.main,
            proposed=stamp(ws, case.request.requested),
            outcome=outcome,
            reason=reason,
            levels=tuple(
                Settled(criterion=c, level=level, by_issuer=True, reason=reasons[c])
                for c, level in own.items()
            ),
        )
        before = next((p.said for p in case.proposals if p.said.issuer == self.me), None)
        if before is not None and not is_same(before, outcome, own):
            raise McredError(
                f"you proposed to {before.outcome} {case.submission}, and that stays until it is decided",
                hint=next_step("queue", "--all"),
                code=Exit.CHANGED,
            )
        if before is not None:
            return _proposed(ws, case, before, seconds, status="not needed")
        plan = ProposePlan(command=self.command, case=case, said=said, seconds=seconds)
        stored = resolve(ws.repo, override_ref(said.submission, said.attempt, self.me))
        found = open_my_proposal(ws, read_answer(ws, stored, _path(said), Override)) if stored else None
        if stored is None or found is None or found.judged != case.judged or not is_same(found, outcome, own):
            return plan
        # A commit by a key that was replaced before it was pushed would not be accepted.
        is_signed = read_commit(ws.repo, stored).signer == ws.key().public
        return replace(plan, said=found, stored=stored) if is_signed else plan

    def confirmation(self) -> Confirmation:
        """Asks whether to decide so; a decline is permanent, so it needs an explicit yes."""
        wanted, outcome = self.case.submission, self.command.outcome
        return Confirmation(
            would=f"Would {outcome} attempt {self.case.standing.attempt} of {wanted}. Nothing was changed.",
            question=f"{'Return' if outcome == 'revise' else str(outcome).title()} {wanted}?",
            kept="Nothing was decided.",
            is_required=outcome == "decline",
        )

    def apply(self, ws: Workspace) -> ReconcileResult:
        """Commit it to main. Raises McredError where the submission changed meanwhile."""
        case, command, wanted = self.case, self.command, self.case.submission
        check_clock(ws, case.request.requested)
        outcome = command.outcome or case.matrix.recommended
        again = next_step("reconcile", wanted, f"--{outcome}")
        key = signing_key(ws.ctx, ws.catalog.programme) if outcome == "award" else None

        def decide(now: Workspace) -> ChangeSet:
            _refuse_changed(now, case, again)
            require_issuer(now, wanted)
            again_open = replace(open_case(now, wanted, list(command.level)), altered=case.altered)
            _refuse_own_assessment(now, again_open, self.me)
            _refuse_forbidden(again_open, outcome, now.catalog.programme)
            seconds, agreed = _find_second(again_open, outcome, self.me, now.catalog.programme)
            if seconds and agreed is None:
                what = f"{' or '.join(seconds)} has to agree with {wanted} first"
                raise McredError(what, hint=again, code=Exit.CHANGED)
            reason, reasons, _ = reasons_for(again_open, outcome, command.reason)
            verdict = Verdict(
                outcome=outcome, reason=reason, feedback=command.feedback, reasons=reasons, agreed=agreed
            )
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


class ProposePlan(Plan[ReconcileResult], frozen=True, kw_only=True):
    """An outcome that the levels do not recommend, with which another issuer has to agree."""

    command: Reconcile
    case: Case
    said: Override
    seconds: tuple[PersonId, ...]
    stored: CommitId | None = None
    """What an earlier run committed and could not push."""

    def confirmation(self) -> Confirmation:
        """Asks whether to propose it; what is stored already is sent without asking."""
        wanted, outcome, others = self.said.submission, self.said.outcome, " or ".join(self.seconds)
        return Confirmation(
            would=f"Would propose to {outcome} {wanted}; {others} has to agree. Nothing was changed.",
            question="" if self.stored else f"Propose '{outcome}' for {wanted}? {others} has to agree.",
            kept="Nothing was proposed.",
        )

    def apply(self, ws: Workspace) -> ReconcileResult:
        """Commit it on exactly the submitted state and push it; where main moved, under that again."""
        said = self.said
        check_clock(ws, self.case.request.requested)
        again = next_step("reconcile", said.submission, f"--{said.outcome}")
        ref = override_ref(said.submission, said.attempt, said.issuer)

        def propose(now: Workspace) -> None:
            _refuse_changed(now, self.case, again)
            require_issuer(now, said.submission)
            stored = self.stored if said.main == now.main else None
            send(now, {ref: stored or store_answer(now, seal_my_proposal(now, said))}, again)

        until_taken(ws, propose)
        return _proposed(open_workspace(ws.ctx, fetching="no"), self.case, said, self.seconds)


def _refuse_changed(ws: Workspace, case: Case, again: NextStep) -> None:
    """Raises McredError where other work than the case's is in review now, or none."""
    standing = ws.standing(case.submission)
    if not standing.is_open or standing.judged != case.judged:
        what = f"{case.submission} changed in the meantime: it is {standing.word}"
        raise McredError(what, hint=again, code=Exit.CHANGED)


def _path(said: Override) -> str:
    return override_path(said.submission, said.attempt)


def _proposed(
    ws: Workspace,
    case: Case,
    said: Override,
    seconds: tuple[PersonId, ...],
    status: Literal["done", "not needed"] = "done",
) -> ReconcileResult:
    return ReconcileResult(
        ws=ws,
        status=status,
        submission=case.submission,
        attempt=case.standing.attempt,
        recommended=case.matrix.recommended,
        proposed=said,
        seconds=seconds,
    )


def _ask_reason(ground: Ground) -> Question:
    """The question for a reason that is due."""
    if ground.criterion is None:
        field, option = "reason", "--reason TEXT"
    else:
        field, option = "level", f'--level "{ground.criterion}=LEVEL: TEXT"'
    text = f"Your reason ({ground.to_issuer})"
    return Question(field=field, text=text, option=option, is_required=False)


def _find_second(
    case: Case, outcome: Outcome, me: PersonId, programme: Programme
) -> tuple[tuple[PersonId, ...], Proposal | None]:
    """The issuers of whom one has to agree, and another's proposal of the same."""
    seconds = find_seconds(outcome, case.matrix.recommended, me, programme, case.submission, case.panel)
    own = set_by_issuer(case)
    same = (p for p in case.proposals if p.said.issuer != me and is_same(p.said, outcome, own))
    return seconds, next(same, None) if seconds else None


def _refuse_forbidden(case: Case, outcome: Outcome, programme: Programme) -> None:
    """Raises McredError for an outcome that the levels do not recommend, where the programme allows none."""
    recommended = case.matrix.recommended
    if is_forbidden(outcome, recommended, programme.assessment):
        raise McredError(
            f"the levels recommend {recommended}, and this program never decides otherwise "
            "(assessment.override: never)",
            hint=next_step("reconcile", case.submission, f"--{recommended}"),
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
