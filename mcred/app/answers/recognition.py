"""Answers of those who recognize badges: what they come to by a policy, and what an edit of it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from mcred.app.answers.answer import DoneWord, VerbAnswer, done_word
from mcred.domain.ids import CommitId, CredentialId, PersonId, Slug, StackId
from mcred.domain.recognition.amounts import write_amount
from mcred.domain.recognition.count import ReasonCode
from mcred.domain.recognition.decided import explain_stay, sum_amounts
from mcred.domain.recognition.evidence import HolderAnswer
from mcred.domain.recognition.policy import Amounts, CreditUnit

if TYPE_CHECKING:
    from mcred.app.recognition.impact import PolicyImpact
    from mcred.app.recognition.recognize import Recognized
    from mcred.app.recognition.record import RecordRecognizedResult
    from mcred.domain.recognition.count import CountedLine
    from mcred.domain.recognition.decided import RecognitionDecision, RecordedAlready

AmountTexts = Mapping[CreditUnit, str]
"""Unit → amount, as text so that none is rounded."""


class ReasonRow(Struct, frozen=True, kw_only=True):
    """Why a badge, or a part of its worth, does not count."""

    code: ReasonCode
    what: str
    where: str | None
    """The line of the policy that says so."""


class RecognizedBadge(Struct, frozen=True, kw_only=True):
    """One badge and what it came to."""

    badge: str
    title: str
    issuer: Slug | None
    """As the policy calls it; null for one that it does not know."""
    holder: HolderAnswer
    credential: CredentialId | None
    stack: StackId | None
    version: str | None
    earned: date | None
    renewed: date | None
    ends: date | None
    rule: Slug | None
    worth: AmountTexts
    counted: AmountTexts
    adjustment: Slug | None
    pay_from: date | None
    reasons: tuple[ReasonRow, ...]
    recorded: AmountTexts
    """What was recorded of it; below zero for what was only taken back."""
    decisions: tuple[int, ...]
    """The numbers of the recorded decisions that name it."""
    stays: str | None
    """Why it would not count if it were not on record; null for one that counts anyway."""


class RecognizedPeriod(Struct, frozen=True, kw_only=True):
    """What counted in one period."""

    kind: Literal["school year", "adjustment"]
    begins: date
    total: AmountTexts


class RecognizedLane(Struct, frozen=True, kw_only=True):
    """The lane of the salary schedule that was reached."""

    id: Slug
    title: str
    since: date


class RecordedRow(Struct, frozen=True, kw_only=True):
    """What one recorded decision says."""

    number: int
    by: PersonId
    recorded: datetime
    as_of: date
    state: CommitId
    """The state of main whose policy and record were counted."""
    total: AmountTexts
    """Below zero for what was taken back."""


class RecordedAlreadyRow(Struct, frozen=True, kw_only=True):
    """What another policy recorded of a badge, in units that are not recorded yet by this one."""

    badge: str
    policy: Slug
    decisions: tuple[int, ...]
    amounts: AmountTexts


class RecognizedAccount(Struct, frozen=True, kw_only=True):
    """What one person's badges, or those in some files, came to."""

    person: PersonId | None
    policy: Slug
    policy_file: str
    state: CommitId | None
    """The state of main that policy and record are from; null for a policy in a file."""
    as_of: date
    lines: tuple[RecognizedBadge, ...]
    total: AmountTexts
    periods: tuple[RecognizedPeriod, ...]
    lane: RecognizedLane | None
    recorded: tuple[RecordedRow, ...]
    """What was recorded as recognized by then, oldest first."""
    unrecorded: AmountTexts
    """What of the person's record in this program counts and is in none of these."""
    already: tuple[RecordedAlreadyRow, ...]
    """What of that other policies recorded already."""


class RecognizeAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/recognize/1"):
    """`mcred recognize`."""

    accounts: tuple[RecognizedAccount, ...]


def recognize_answer(found: Iterable[Recognized]) -> RecognizeAnswer:
    """What badges came to."""
    return RecognizeAnswer(accounts=tuple(map(_account, found)))


def _account(found: Recognized) -> RecognizedAccount:
    account = found.account
    lane = account.lane
    return RecognizedAccount(
        person=found.person,
        policy=account.policy.id,
        policy_file=found.loaded.file,
        state=found.commit,
        as_of=account.as_of,
        lines=tuple(_line(found, line) for line in account.lines),
        total=_amounts(account.total),
        periods=tuple(
            RecognizedPeriod(kind=p.kind, begins=p.begins, total=_amounts(p.total)) for p in account.periods
        ),
        lane=RecognizedLane(id=lane.lane.id, title=lane.lane.title, since=lane.since) if lane else None,
        recorded=tuple(map(_recorded, found.recorded.decisions)),
        unrecorded=_amounts(found.unrecorded),
        already=tuple(map(_already, found.already)),
    )


def _already(one: RecordedAlready) -> RecordedAlreadyRow:
    return RecordedAlreadyRow(
        badge=one.badge, policy=Slug(one.policy), decisions=one.numbers, amounts=_amounts(one.amounts)
    )


def _recorded(said: RecognitionDecision) -> RecordedRow:
    return RecordedRow(
        number=said.number,
        by=said.by,
        recorded=said.recorded,
        as_of=said.as_of,
        state=said.main,
        total=_amounts(sum_amounts(said.total)),
    )


class RecordedLineRow(Struct, frozen=True, kw_only=True):
    """What was recorded of one badge."""

    badge: str
    rule: Slug | None
    earned: date | None
    pay_from: date | None
    amounts: AmountTexts


class RecordRecognizedAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/recognize-record/1"):
    """`mcred recognize --record`."""

    status: DoneWord
    person: PersonId
    policy: Slug
    as_of: date
    decision: RecordedRow | None
    """Null where there was nothing to add."""
    lines: tuple[RecordedLineRow, ...]
    already: tuple[RecordedAlreadyRow, ...]
    """What of it other policies had recorded already."""


def record_recognized_answer(found: RecordRecognizedResult) -> RecordRecognizedAnswer:
    """What was recorded."""
    said = found.decision
    return RecordRecognizedAnswer(
        status=done_word(found),
        person=found.person,
        policy=found.policy,
        as_of=found.as_of,
        decision=_recorded(said) if said is not None else None,
        lines=tuple(
            RecordedLineRow(
                badge=line.badge,
                rule=line.rule,
                earned=line.earned,
                pay_from=line.pay_from,
                amounts=_amounts(sum_amounts(line.amounts)),
            )
            for line in (said.lines if said is not None else ())
        ),
        already=tuple(map(_already, found.already)),
    )


def _line(found: Recognized, line: CountedLine) -> RecognizedBadge:
    badge = line.badge
    return RecognizedBadge(
        badge=badge.name,
        title=badge.title,
        issuer=line.issuer,
        holder=badge.holder,
        credential=badge.credential,
        stack=badge.stack,
        version=badge.version,
        earned=badge.earned,
        renewed=badge.renewed,
        ends=badge.ends,
        rule=line.rule,
        worth=_amounts(line.worth),
        counted=_amounts(line.counted),
        adjustment=line.adjustment,
        pay_from=line.pay_from,
        reasons=tuple(
            ReasonRow(code=r.code, what=r.what, where=found.loaded.where(r) or None) for r in line.reasons
        ),
        recorded=_amounts(found.recorded.of(badge.name)),
        decisions=found.recorded.naming(badge.name),
        stays=explain_stay(found.account, line) or None,
    )


def _amounts(amounts: Amounts) -> dict[CreditUnit, str]:
    return {unit: write_amount(unit, amount) for unit, amount in amounts.items()}


class ChangedRow(Struct, frozen=True, kw_only=True):
    """What one person gains and loses by an edit."""

    person: PersonId
    changes: AmountTexts
    """Unit → how much more the next recorded decision would hold; with a minus, how much less."""
    next_before: AmountTexts | None
    """What it would hold by the policy of main; null for a new policy."""
    next_after: AmountTexts
    """What it would hold by the edited policy."""
    lane_before: str | None
    lane_after: str | None


class ChangedExampleRow(Struct, frozen=True, kw_only=True):
    """A golden example that comes out differently."""

    example: str
    before: str
    after: str


class PolicyImpactAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/impact-policy/1"):
    """`mcred impact` of a recognition policy."""

    policy: Slug
    is_new: bool
    examples: tuple[ChangedExampleRow, ...]
    people: tuple[ChangedRow, ...]


def policy_impact_answer(impact: PolicyImpact) -> PolicyImpactAnswer:
    """What a changed policy affects."""
    return PolicyImpactAnswer(
        policy=impact.new.id,
        is_new=impact.old is None,
        examples=tuple(
            ChangedExampleRow(example=e.example, before=e.before, after=e.after) for e in impact.examples
        ),
        people=tuple(
            ChangedRow(
                person=one.person,
                changes=_amounts(one.changes()),
                next_before=_amounts(one.next_before) if one.next_before is not None else None,
                next_after=_amounts(one.next_after),
                lane_before=one.lanes()[0],
                lane_after=one.lanes()[1],
            )
            for one in impact.people
        ),
    )
