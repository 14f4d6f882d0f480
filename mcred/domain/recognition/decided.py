"""A recorded decision on what was recognized of one person's badges: what it says, and what it has to say.

Each holds what earlier ones of the same policy do not: for every badge, the difference between what counts
and what they recorded. So their sum is what counts on the newest one's day, nothing is in two of them, and a
correction is one more, below zero where less counts than was recorded. What expires, or grows too old, after
it was recorded stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mcred.domain.ids import BlobId, CommitId, Doc, Line, PersonId, Slug
from mcred.domain.recognition.amounts import write_amount
from mcred.domain.recognition.count import ZERO, Account, recognize
from mcred.domain.recognition.evidence import PresentedBadge
from mcred.domain.recognition.policy import UNIT_PATTERN, Amounts, CreditUnit, RecognitionPolicy
from mcred.domain.record_file import RecordFile, RecordPart


class RecordedAmount(RecordPart, frozen=True, kw_only=True):
    """An exact amount, as text: below zero where something recorded is taken back."""

    unit: Annotated[str, Meta(pattern=rf"^(?:{UNIT_PATTERN})\Z")]
    amount: Annotated[str, Meta(pattern=r"^-?[0-9]{1,12}(?:\.[0-9]{1,4})?\Z")]


class RecordedLine(RecordPart, frozen=True, kw_only=True):
    """What counted of one badge that no earlier decision has, or counts no more."""

    badge: Annotated[Line, Doc("The submission and attempt, or the stack and its badge's number.")]
    rule: Annotated[Slug | None, Doc("The policy's rule; nothing for a badge of which nothing counts.")] = (
        None
    )
    earned: date | None = None
    pay_from: date | None = None
    amounts: tuple[RecordedAmount, ...]


class RecognitionDecision(RecordFile, frozen=True, kw_only=True, tag="recognized"):
    """`portfolios/<person>/recognized-<policy>-<number>.json`: what was recognized of one's badges."""

    format: Literal[2]
    person: PersonId
    policy: Slug
    number: Annotated[int, Doc("From 1, for each person and policy.")]
    by: Annotated[PersonId, Doc("The recognizer.")]
    recorded: datetime
    main: Annotated[CommitId, Doc("The state of main whose policy and record were counted.")]
    blob: Annotated[BlobId, Doc("The policy as it was there.")]
    as_of: Annotated[date, Doc("Its last day: what was earned by then counts.")]
    lines: tuple[RecordedLine, ...]
    total: tuple[RecordedAmount, ...]


class NewlyRecognized(Struct, frozen=True, kw_only=True):
    """What counts that no decision has recorded yet."""

    lines: tuple[RecordedLine, ...]
    total: tuple[RecordedAmount, ...]


def find_new(
    policy: RecognitionPolicy,
    badges: Iterable[PresentedBadge],
    as_of: date,
    recorded: Sequence[RecognitionDecision],
) -> NewlyRecognized:
    """What the next decision on a person's badges has to say. `recorded`: those before it, of this policy."""
    before = _sum_lines(recorded)
    marked = (replace(badge, settled=badge.name in before) for badge in badges)
    account = recognize(policy, marked, as_of)
    lines = tuple(_compare(account, before))
    total = sum_amounts(one for line in lines for one in line.amounts)
    return NewlyRecognized(lines=lines, total=_write(policy, total))


def sum_amounts(amounts: Iterable[RecordedAmount]) -> Amounts:
    """What some recorded amounts come to together."""
    total: dict[CreditUnit, Decimal] = {}
    for one in amounts:
        unit = CreditUnit(one.unit)
        total[unit] = total.get(unit, ZERO) + Decimal(one.amount)
    return total


def _sum_lines(recorded: Iterable[RecognitionDecision]) -> Mapping[str, Amounts]:
    """Badge → what was recorded of it."""
    found: dict[str, list[RecordedAmount]] = {}
    for decision in recorded:
        for line in decision.lines:
            found.setdefault(line.badge, []).extend(line.amounts)
    return {badge: sum_amounts(amounts) for badge, amounts in found.items()}


def _compare(account: Account, before: Mapping[str, Amounts]) -> Iterator[RecordedLine]:
    """The lines in which an account differs from what was recorded, in its order; gone badges come last."""
    for line in account.lines:
        name = line.badge.name
        change = _subtract(line.counted, before.get(name, {}))
        if amounts := _write(account.policy, change):
            yield RecordedLine(
                badge=name,
                rule=line.rule if line.counted else None,
                earned=line.badge.earned,
                pay_from=line.pay_from if line.counted else None,
                amounts=amounts,
            )
    for name in sorted(before.keys() - {line.badge.name for line in account.lines}):
        if amounts := _write(account.policy, _subtract({}, before[name])):
            yield RecordedLine(badge=name, amounts=amounts)


def _subtract(now: Amounts, before: Amounts) -> Amounts:
    return {unit: now.get(unit, ZERO) - before.get(unit, ZERO) for unit in {*now, *before}}


def _write(policy: RecognitionPolicy, amounts: Amounts) -> tuple[RecordedAmount, ...]:
    """Amounts other than 0, in the order in which the policy names their units, then by name."""
    order = (*policy.units, *sorted(amounts.keys() - {*policy.units}))
    return tuple(
        RecordedAmount(unit=unit, amount=write_amount(unit, amounts[unit]))
        for unit in order
        if amounts.get(unit)
    )
