"""What badges are worth by a policy on a day: each with what counted, what did not, and why.

1. Each badge is judged alone: its standing and dates, its issuer, then the first rule that fits it.
2. What fits is counted in the order in which it was earned, and names decide between equal days. So the
   order of files changes nothing.
3. Nothing counts twice. Of one micro-credential, or of equivalent ones, a later badge adds only what it is
   worth more than those before it; a stack's badge only what it is worth more than the badges it contains,
   and than an earlier stack's that contains one of the same.
4. Caps come last: what does not fit into the room of a period that is left does not count.

A badge that has to do with no other one, or comes after those, never lowers a total: a cap allows for each
unit at most what the periods' beginnings leave, and that only grows with what is offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.award import add_months
from mcred.domain.ids import CredentialId, Slug, version_key
from mcred.domain.recognition.amounts import describe
from mcred.domain.recognition.evidence import (
    SOUND_YEARS,
    PresentedBadge,
    below_floor,
    find_credential,
    find_issuer,
)
from mcred.domain.recognition.policy import (
    AcceptedIssuer,
    Amounts,
    CreditUnit,
    Lane,
    RecognitionPolicy,
    RecognitionRule,
    window_begins,
)

ReasonCode = Literal[
    "revoked",
    "expired",
    "not valid",
    "cannot tell",
    "not earned yet",
    "too old",
    "override",
    "unknown issuer",
    "no rule",
    "version",
    "levels",
    "counted before",
    "cap",
]
ZERO = Decimal(0)
_Group = tuple[str, ...]
_Mark = tuple[str, str]


class Reason(Struct, frozen=True, kw_only=True):
    """Why a badge, or a part of its worth, does not count."""

    code: ReasonCode
    what: str
    path: tuple[str | int, ...] = ()
    """The key of the policy that says so; () where no rule is needed for it."""


class CountedLine(Struct, frozen=True, kw_only=True):
    """One badge and what it came to."""

    badge: PresentedBadge
    issuer: Slug | None = None
    rule: Slug | None = None
    worth: Amounts
    """What its rule gives."""
    counted: Amounts
    """What of that counted, without units of which nothing did."""
    reasons: tuple[Reason, ...] = ()
    adjustment: Slug | None = None
    pay_from: date | None = None
    """The day from which it pays, where the policy has adjustments."""


class PeriodTotal(Struct, frozen=True, kw_only=True):
    """What counted in one period."""

    kind: Literal["school year", "adjustment"]
    begins: date
    """The first day of the school year, or the day from which an adjustment pays."""
    total: Amounts


class ReachedLane(Struct, frozen=True, kw_only=True):
    """The highest lane that was reached, and from which day it pays."""

    lane: Lane
    since: date


class Account(Struct, frozen=True, kw_only=True):
    """Everything that a policy says of some badges on a day."""

    policy: RecognitionPolicy
    as_of: date
    lines: tuple[CountedLine, ...]
    total: Amounts
    periods: tuple[PeriodTotal, ...]
    lane: ReachedLane | None


class _Fit(Struct, frozen=True, kw_only=True):
    """A badge with the rule that fits it."""

    badge: PresentedBadge
    day: date
    issuer: AcceptedIssuer
    credential: CredentialId | None
    number: int
    """Of the rule."""
    rule: RecognitionRule
    group: _Group

    @property
    def place(self) -> tuple[object, ...]:
        return (self.day, self.badge.stack is not None, self.group, self.badge.name, self.badge.digests)


def recognize(policy: RecognitionPolicy, badges: Iterable[PresentedBadge], as_of: date) -> Account:
    """What badges are worth by a policy on a day; their order does not matter."""
    refused: list[CountedLine] = []
    fits: list[_Fit] = []
    groups = _group_equivalents(policy)
    for badge in badges:
        found = _fit(policy, badge, as_of, groups)
        if isinstance(found, _Fit):
            fits.append(found)
        else:
            refused.append(found)
    counted = tuple(_count(policy, sorted(_after_contained(fits), key=lambda fit: fit.place)))
    total = add_amounts(line.counted for line in counted)
    rest = sorted(refused, key=lambda line: (line.badge.earned or as_of, line.badge.name, line.badge.digests))
    return Account(
        policy=policy,
        as_of=as_of,
        lines=(*counted, *rest),
        total=_in_order(policy, total),
        periods=tuple(_periods(policy, counted)),
        lane=_find_lane(policy, counted),
    )


def _refuse(badge: PresentedBadge, code: ReasonCode, what: str, *path: str | int) -> CountedLine:
    return CountedLine(
        badge=badge, worth={}, counted={}, reasons=(Reason(code=code, what=what, path=tuple(path)),)
    )


def _fit(
    policy: RecognitionPolicy, badge: PresentedBadge, as_of: date, groups: Mapping[_Group, _Group]
) -> _Fit | CountedLine:
    """A badge with the rule that fits it, or the line that says why none does."""
    if (bar := _find_bar(policy, badge, as_of)) is not None:
        return bar
    issuer = find_issuer(policy, badge)
    if issuer is None or badge.earned is None:
        return _refuse(badge, "unknown issuer", f"{badge.issuer or 'its issuer'} is not listed", "issuers")
    credential = find_credential(issuer, badge)
    if credential is None and badge.stack is None:
        said = badge.achievement or badge.title
        return _refuse(badge, "no rule", f"nothing here names {said}", "issuers")
    misfit: CountedLine | None = None
    for number, rule in enumerate(policy.rules):
        if not rule.is_about(issuer.id, credential, badge.stack):
            continue
        reason = _misfit(number, rule, credential, badge)
        if reason is None:
            own = (issuer.id, "stack", badge.stack) if badge.stack else (issuer.id, "", credential or "")
            return _Fit(
                badge=badge,
                day=badge.earned,
                issuer=issuer,
                credential=credential,
                number=number,
                rule=rule,
                group=groups.get(own, own),
            )
        misfit = misfit or CountedLine(
            badge=badge, issuer=issuer.id, rule=rule.id, worth={}, counted={}, reasons=(reason,)
        )
    said = f"no rule is about {badge.stack or credential} of {issuer.id}"
    return misfit or replace(_refuse(badge, "no rule", said, "rules"), issuer=issuer.id)


def _find_bar(policy: RecognitionPolicy, badge: PresentedBadge, as_of: date) -> CountedLine | None:
    """Why a badge counts by no rule, None where it may."""
    if badge.standing != "valid":
        return _refuse(badge, badge.standing, badge.why or f"it is {badge.standing}")
    if badge.earned is None:
        return _refuse(badge, "cannot tell", "it does not say when it was earned")
    if badge.earned.year not in SOUND_YEARS:
        return _refuse(badge, "cannot tell", f"it says that it was earned on {badge.earned}")
    if badge.earned > as_of:
        return _refuse(badge, "not earned yet", f"it was earned on {badge.earned}")
    if not badge.settled and (ended := explain_end(policy, badge, as_of)) is not None:
        return CountedLine(badge=badge, worth={}, counted={}, reasons=(ended,))
    if badge.override and policy.overrides == "refused":
        return _refuse(badge, "override", "it was awarded against the levels", "overrides")
    return None


def explain_end(policy: RecognitionPolicy, badge: PresentedBadge, as_of: date) -> Reason | None:
    """Why a badge has run out by a day, so that it counts only if it is settled; None where it has not."""
    if badge.ends is not None and badge.ends < as_of:
        return Reason(code="expired", what=f"it expired on {badge.ends}")
    months = policy.earned_within_months
    if badge.earned is None or months is None:
        return None
    renewed = badge.renewed if badge.renewed is not None and badge.renewed <= as_of else badge.earned
    newest = max(badge.earned, renewed)
    if newest >= add_months(as_of, -months):
        return None
    how = "renewed" if newest != badge.earned else "earned"
    said = f"it was {how} on {newest}, more than {months} months before {as_of}"
    return Reason(code="too old", what=said, path=("earned_within_months",))


def _misfit(
    number: int, rule: RecognitionRule, credential: CredentialId | None, badge: PresentedBadge
) -> Reason | None:
    """Why a rule that is about a badge does not fit it."""
    for place, wanted in enumerate(rule.credentials):
        if badge.stack is not None or wanted.id != credential or wanted.from_version is None:
            continue
        if badge.version is None or version_key(badge.version) < version_key(wanted.from_version):
            said = f"its version is {badge.version or 'not known'}, older than {wanted.from_version}"
            path = ("rules", number, "credentials", place, "from_version")
            return Reason(code="version", what=said, path=path)
    if rule.levels is not None and (below := below_floor(rule.levels, badge.levels)) is not None:
        key, said = below
        return Reason(code="levels", what=said, path=("rules", number, "levels", key))
    return None


def _group_equivalents(policy: RecognitionPolicy) -> Mapping[_Group, _Group]:
    """Micro-credential → the one that stands for all that are equivalent to it, also by way of others."""
    found: dict[_Group, _Group] = {}
    for group in policy.equivalents:
        own = [
            (issuer, "", credential)
            for issuer, _, credential in (o.partition("/") for o in group.credentials)
        ]
        joined = {found.get(name, name) for name in own}
        first = min(joined)
        found.update(dict.fromkeys((*own, *joined), first))
        found.update({name: first for name, head in found.items() if head in joined})
    return found


def _after_contained(fits: Sequence[_Fit]) -> Iterator[_Fit]:
    """Each with its day; a stack's badge never before one that it contains."""
    earned: dict[_Mark, date] = {}
    for fit in fits:
        for mark in _marks(fit):
            earned[mark] = max(fit.day, earned.get(mark, fit.day))
    for fit in fits:
        days = (earned[mark] for mark in _contained(fit) if mark in earned)
        yield replace(fit, day=max((fit.day, *days)))


def _marks(fit: _Fit) -> Iterator[_Mark]:
    """What a stack's badge may name a micro-credential's by: a document, or its issuer and title."""
    yield from (("", digest) for digest in fit.badge.digests)
    if fit.badge.stack is None and fit.badge.title:
        yield fit.issuer.id, fit.badge.title


def _contained(fit: _Fit) -> Iterator[_Mark]:
    """What a stack's badge names those by that it was given for."""
    yield from (("", digest) for digest in fit.badge.contains)
    yield from ((fit.issuer.id, title) for title in fit.badge.contained_titles)


def _count(policy: RecognitionPolicy, fits: Sequence[_Fit]) -> Iterator[CountedLine]:
    """A line for each that fits, in the order in which they count."""
    given: dict[_Group, Amounts] = {}
    """What each group was offered so far, whether or not a cap let it count."""
    holder: dict[_Group, str] = {}
    owner: dict[_Mark, set[_Group]] = {}
    for fit in fits:
        for mark in _marks(fit):
            owner.setdefault(mark, set()).add(fit.group)
    stacks: list[_Fit] = []
    room = _Room(policy)
    for fit in fits:
        worth = {unit: amount for unit, amount in fit.rule.worth.items() if amount}
        contained = set(_contained(fit))
        shared = {fit.group}.union(*(owner.get(mark, ()) for mark in contained))
        shared |= {s.group for s in stacks if contained.intersection(_contained(s))}
        shared &= given.keys()
        before = add_amounts(given[group] for group in shared)
        offered = {unit: max(ZERO, amount - before.get(unit, ZERO)) for unit, amount in worth.items()}
        names = sorted(holder[group] for group in shared)
        reasons = list(_told_before(policy, fit, worth, offered, names))
        counted, capped = room.take(fit.day, offered)
        given[fit.group] = add_amounts((given.get(fit.group, {}), offered))
        holder.setdefault(fit.group, fit.badge.name)
        if fit.badge.stack is not None:
            stacks.append(fit)
        adjusts = policy.adjusts(fit.day)
        yield CountedLine(
            badge=fit.badge,
            issuer=fit.issuer.id,
            rule=fit.rule.id,
            worth=worth,
            counted={unit: amount for unit, amount in counted.items() if amount},
            reasons=(*reasons, *capped),
            adjustment=adjusts[0].id if adjusts else None,
            pay_from=adjusts[1] if adjusts else None,
        )


def _told_before(
    policy: RecognitionPolicy, fit: _Fit, worth: Amounts, offered: Amounts, names: Sequence[str]
) -> Iterator[Reason]:
    """What was counted with others before."""
    own = f"{fit.issuer.id}/{fit.credential}"
    same = (("equivalents", n) for n, group in enumerate(policy.equivalents) if own in group.credentials)
    path = next(same, ("rules", fit.number)) if fit.badge.stack is None else ("rules", fit.number)
    less = {unit: amount - offered[unit] for unit, amount in worth.items() if offered[unit] < amount}
    if less:
        said = f"{describe(less)} counted with {', '.join(names)}"
        yield Reason(code="counted before", what=said, path=path)


class _Room:
    """What the caps of a policy leave, as lines are taken in the order of their days."""

    def __init__(self, policy: RecognitionPolicy) -> None:
        self.policy = policy
        self.taken: list[tuple[date, Amounts]] = []

    def take(self, day: date, offered: Amounts) -> tuple[Amounts, tuple[Reason, ...]]:
        """What of an offer counts, and why not all of it."""
        counted, reasons = dict(offered), []
        for number, cap in enumerate(self.policy.caps):
            begins = window_begins(cap, day, self.policy)
            within = add_amounts(amounts for when, amounts in self.taken if begins is None or begins <= when)
            for unit, most in cap.most.items():
                left = max(ZERO, most - within.get(unit, ZERO))
                if counted.get(unit, ZERO) > left:
                    said = (
                        f"{describe({unit: counted[unit] - left})} above the cap of {describe({unit: most})}"
                    )
                    reasons.append(Reason(code="cap", what=said, path=("caps", number)))
                    counted[unit] = left
        self.taken.append((day, counted))
        return counted, tuple(reasons)


def add_amounts(many: Iterable[Amounts]) -> dict[CreditUnit, Decimal]:
    """What some amounts come to together, unit by unit."""
    total: dict[CreditUnit, Decimal] = {}
    for amounts in many:
        for unit, amount in amounts.items():
            total[unit] = total.get(unit, ZERO) + amount
    return total


def _in_order(policy: RecognitionPolicy, amounts: Amounts) -> Amounts:
    """Amounts in the order in which the policy names their units, each that it knows with at least 0."""
    return {unit: amounts.get(unit, ZERO) for unit in policy.units}


def _periods(policy: RecognitionPolicy, lines: Sequence[CountedLine]) -> Iterator[PeriodTotal]:
    """What counted in each school year by the day it was earned, and by the day from which it pays."""
    years: dict[date, list[Amounts]] = {}
    adjustments: dict[date, list[Amounts]] = {}
    for line in lines:
        if line.badge.earned is not None and line.counted:
            years.setdefault(policy.school_year(line.badge.earned), []).append(line.counted)
        if line.pay_from is not None and line.counted:
            adjustments.setdefault(line.pay_from, []).append(line.counted)
    for begins, found in sorted(years.items()):
        yield PeriodTotal(kind="school year", begins=begins, total=_in_order(policy, add_amounts(found)))
    for begins, found in sorted(adjustments.items()):
        yield PeriodTotal(kind="adjustment", begins=begins, total=_in_order(policy, add_amounts(found)))


def _find_lane(policy: RecognitionPolicy, lines: Sequence[CountedLine]) -> ReachedLane | None:
    """The highest lane reached, and from which day."""
    reached: ReachedLane | None = None
    total: dict[CreditUnit, Decimal] = {}
    for line in lines:
        total = add_amounts((total, line.counted))
        for lane in policy.lanes[policy.lanes.index(reached.lane) + 1 if reached else 0 :]:
            if (
                all(total.get(unit, ZERO) >= least for unit, least in lane.needs.items())
                and line.badge.earned
            ):
                reached = ReachedLane(lane=lane, since=line.pay_from or line.badge.earned)
    return reached
