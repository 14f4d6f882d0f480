"""A recorded decision on what was recognized of one person's badges: what it says, and what it has to say.

Each holds what earlier ones of the same policy do not: for every badge, the difference between what counts
and what they recorded. So their sum is what counts on the newest one's day, nothing is in two of them, and a
correction is one more, below zero where less counts than was recorded. What expires, or grows too old, after
it was recorded stays as it was, if it counted by one that an audit finds nothing wrong with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mcred.domain.ids import BlobId, CommitId, Doc, Line, PersonId, Slug
from mcred.domain.recognition.amounts import write_amount
from mcred.domain.recognition.count import ZERO, Account, CountedLine, add_amounts, explain_end, recognize
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
    number: Annotated[int, Doc("The smallest from 1 that no file of this person and policy had before.")]
    by: Annotated[PersonId, Doc("The recognizer.")]
    recorded: datetime
    main: Annotated[CommitId, Doc("The state of main whose policy and record were counted.")]
    blob: Annotated[BlobId, Doc("The policy as it was there.")]
    as_of: Annotated[date, Doc("Its last day: what was earned by then counts.")]
    lines: tuple[RecordedLine, ...]
    total: tuple[RecordedAmount, ...]


LedgerKey = tuple[PersonId, str]
"""Whose badges, and the id of the policy that recognizes them."""


class JudgedRecord(Struct, frozen=True, kw_only=True):
    """The first file of a number."""

    number: int
    """By its path."""
    said: RecognitionDecision | None
    """None for one that cannot be read."""
    is_right: bool
    """Whether an audit finds nothing wrong with it."""


class Ledger(Struct, frozen=True, kw_only=True):
    """What was recorded of one person's badges by one policy."""

    decisions: tuple[RecognitionDecision, ...] = ()
    """Those that can be read, in the order in which they came."""
    right: frozenset[int] = frozenset()
    """The numbers of those that an audit finds nothing wrong with."""
    taken: frozenset[int] = frozenset()
    """The numbers of all files that there were, also of those that cannot be read."""

    @property
    def next_number(self) -> int:
        """The smallest number that no file had."""
        return next(number for number in count(1) if number not in self.taken)

    @property
    def last_day(self) -> date | None:
        """Up to when one with nothing wrong counts; None where there is none."""
        return max((said.as_of for said in self.decisions if said.number in self.right), default=None)

    @property
    def settled(self) -> frozenset[str]:
        """The badges that counted by one with nothing wrong: it corrects those before it, so what they have
        together with it is what counted then."""
        settled, known = set[str](), dict[str, Amounts]()
        for said in self.decisions:
            for line in said.lines:
                known[line.badge] = add_amounts((known.get(line.badge, {}), sum_amounts(line.amounts)))
            if said.number in self.right:
                settled |= {badge for badge, amounts in known.items() if any(x > 0 for x in amounts.values())}
        return frozenset(settled)

    def of(self, badge: str) -> Amounts:
        """What all of them recorded of a badge."""
        return sum_lines(self.decisions).get(badge, {})

    def naming(self, badge: str) -> tuple[int, ...]:
        """The numbers of those with a line about a badge."""
        return tuple(said.number for said in self.decisions if any(x.badge == badge for x in said.lines))

    @property
    def total(self) -> Amounts:
        """What all of them come to together."""
        return sum_amounts(one for said in self.decisions for one in said.total)


def open_ledger(recorded: Iterable[JudgedRecord]) -> Ledger:
    """The ledger of some decisions, in the order in which they came."""
    every = tuple(recorded)
    return Ledger(
        decisions=tuple(one.said for one in every if one.said is not None),
        right=frozenset(one.number for one in every if one.is_right),
        taken=frozenset(one.number for one in every),
    )


class NewlyRecognized(Struct, frozen=True, kw_only=True):
    """What counts that no decision has recorded yet."""

    lines: tuple[RecordedLine, ...]
    total: tuple[RecordedAmount, ...]


def find_new(
    policy: RecognitionPolicy, badges: Iterable[PresentedBadge], as_of: date, ledger: Ledger
) -> NewlyRecognized:
    """What the next decision on a person's badges has to say. `ledger`: what was recorded by this policy."""
    before = sum_lines(ledger.decisions)
    account = recognize(policy, settle(badges, ledger), as_of)
    lines = tuple(_compare(account, before))
    total = sum_amounts(one for line in lines for one in line.amounts)
    return NewlyRecognized(lines=lines, total=_write(policy, total))


def settle(badges: Iterable[PresentedBadge], ledger: Ledger) -> Iterator[PresentedBadge]:
    """Badges, marked where a ledger keeps them from running out."""
    settled = ledger.settled
    return (replace(badge, settled=badge.name in settled) for badge in badges)


def rests_on_proof(
    policy: RecognitionPolicy, badges: Iterable[PresentedBadge], as_of: date, ledger: Ledger
) -> bool:
    """Whether it matters which of the decisions in a ledger are right: something they name has run out, or
    one is of a later day."""
    if any(said.as_of > as_of for said in ledger.decisions):
        return True
    named = {line.badge for said in ledger.decisions for line in said.lines}
    return any(badge.name in named and explain_end(policy, badge, as_of) is not None for badge in badges)


def explain_stay(account: Account, line: CountedLine) -> str:
    """Why a badge that counts would not if it were not on record; '' for one that counts anyway."""
    if not line.counted or not line.badge.settled:
        return ""
    end = explain_end(account.policy, line.badge, account.as_of)
    return end.what if end is not None else ""


class RecordedAlready(Struct, frozen=True, kw_only=True):
    """What another policy recorded of a badge, in units that a new decision adds for it."""

    badge: str
    policy: str
    numbers: tuple[int, ...]
    """Of the decisions that name the badge."""
    amounts: Amounts


def find_recorded_already(new: NewlyRecognized, others: Mapping[str, Ledger]) -> Iterator[RecordedAlready]:
    """What would be recorded twice. `others`: the person's ledgers by other policies, by their ids."""
    for line in new.lines:
        added = {unit for unit, amount in sum_amounts(line.amounts).items() if amount > 0}
        for policy, ledger in sorted(others.items()):
            known = ledger.of(line.badge)
            if twice := {unit: known[unit] for unit in known if unit in added and known[unit] > 0}:
                yield RecordedAlready(
                    badge=line.badge, policy=policy, numbers=ledger.naming(line.badge), amounts=twice
                )


def sum_amounts(amounts: Iterable[RecordedAmount]) -> Amounts:
    """What some recorded amounts come to together."""
    total: dict[CreditUnit, Decimal] = {}
    for one in amounts:
        unit = CreditUnit(one.unit)
        total[unit] = total.get(unit, ZERO) + Decimal(one.amount)
    return total


def sum_lines(recorded: Iterable[RecognitionDecision]) -> Mapping[str, Amounts]:
    """Badge → what some decisions together recorded of it."""
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
