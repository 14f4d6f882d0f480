"""A district's recognition policy as data (`recognition/<id>.yaml`): whose badges count, and for what.

Amounts are exact decimals, days are plain dates, and the name of each number says its unit. `count` applies
a policy; this module only says what it holds, and whether it contradicts itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Annotated, Literal, NewType
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from mcred.domain.award import add_months
from mcred.domain.ids import CredentialId, Doc, Line, PersonId, Prose, Slug, StackId, Url, Version
from mcred.domain.network.listed import Equivalents
from mcred.problems import Fault

CreditUnit = NewType("CreditUnit", str)
"""What an amount is counted in: `hours`, `stipend_usd`."""
MonthDay = NewType("MonthDay", str)
"""A day of every year: `09-15`."""

_TIME_ZONE = r"UTC|[A-Z][A-Za-z]*(?:/[A-Z][A-Za-z0-9_+-]*){1,2}"
UNIT_PATTERN = r"hours|credits|license_points|(?:stipend|salary)_[a-z]{3}(?:_per_year)?"
_TO_28 = "0[1-9]|1[0-9]|2[0-8]"
MONTH_DAY_PATTERN = rf"(?:0[1-9]|1[0-2])-(?:{_TO_28})|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31"
AMOUNT_PATTERN = r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,4})?"
MOST_MONTHS = 1200
CENTS = 2
"""The decimals of an amount of money."""

Amounts = Mapping[CreditUnit, Decimal]
"""CreditUnit → amount. A unit that is not named has none."""
CapPeriod = Literal["school-year", "calendar-year", "adjustment", "months", "all-time"]


def is_money(unit: CreditUnit) -> bool:
    """Whether a unit is a currency."""
    return unit.startswith(("stipend_", "salary_"))


class AcceptedIssuer(Struct, frozen=True, kw_only=True):
    """An issuer whose badges count."""

    id: Slug
    name: Line = ""
    program: Annotated[bool, Doc("It is the program that has this file.")] = False
    known_as: Annotated[
        tuple[Url, ...], Doc("Its DIDs, or the addresses that its badges name as their issuer.")
    ] = ()
    achievements: Annotated[
        Mapping[CredentialId, Url],
        Doc("Ids for this file → the achievement ids that its badges carry, for badges not made by mcred."),
    ] = field(default_factory=dict)


class WantedCredential(Struct, frozen=True, kw_only=True):
    """A micro-credential that a rule names."""

    id: CredentialId
    from_version: Annotated[Version | None, Doc("The oldest version that counts; without one, any.")] = None


class LevelFloor(Struct, frozen=True, kw_only=True):
    """The levels that a rule asks for, beyond what the award itself required."""

    every: Annotated[
        Slug | None, Doc("Each criterion whose scale has this level reached it, or a better one.")
    ] = None
    criteria: Annotated[Mapping[Slug, Slug], Doc("Criterion → the level it has to reach.")] = field(
        default_factory=dict
    )
    best_criteria: Annotated[int, Doc("How many criteria reached the best level of their scale.")] = 0


class RecognitionRule(Struct, frozen=True, kw_only=True):
    """What some badges are worth. The first rule that fits a badge is the one that applies."""

    id: Slug
    title: Line = ""
    issuers: Annotated[tuple[Slug, ...], Doc("Only these; all listed above when none is named.")] = ()
    credentials: Annotated[
        tuple[WantedCredential, ...], Doc("Only these; without stacks, every one when none is named.")
    ] = ()
    stacks: Annotated[tuple[StackId, ...], Doc("Badges of these stacks.")] = ()
    levels: LevelFloor | None = None
    worth: Annotated[Amounts, Doc("CreditUnit → amount, such as hours: 15 or stipend_usd: 250.00.")]

    def is_about(self, issuer: Slug, credential: CredentialId | None, stack: StackId | None) -> bool:
        """Whether it is about an issuer's badges of a micro-credential, or of a stack where one is given."""
        if self.issuers and issuer not in self.issuers:
            return False
        if stack is not None:
            return stack in self.stacks
        if self.credentials:
            return any(wanted.id == credential for wanted in self.credentials)
        return not self.stacks


class Adjustment(Struct, frozen=True, kw_only=True):
    """A day of each year from which pay follows what was earned by its deadline."""

    id: Slug
    submit_by: Annotated[MonthDay, Doc("Month and day, such as 09-15; earned on that day still counts.")]
    pay_from: Annotated[MonthDay, Doc("Month and day, the first after the deadline.")]


class Cap(Struct, frozen=True, kw_only=True):
    """The most that counts in each period; what is more does not count later either."""

    most: Annotated[Amounts, Doc("CreditUnit → the most of it.")]
    per: CapPeriod
    months: Annotated[int | None, Doc("With per: months, the length of any such time.")] = None


class Lane(Struct, frozen=True, kw_only=True):
    """A lane of the salary schedule, reached with what counted up to a day."""

    id: Slug
    title: Line
    needs: Annotated[Amounts, Doc("CreditUnit → what it takes.")]
    pays: Annotated[Amounts, Doc("CreditUnit → what it pays, such as salary_usd_per_year: 1200.")] = field(
        default_factory=dict
    )


class RecognitionPolicy(Struct, frozen=True, kw_only=True):
    """`recognition/<id>.yaml`: what a district recognizes."""

    format: Literal[2]
    id: Slug
    title: Line
    text: Prose = ""
    issuers: tuple[AcceptedIssuer, ...]
    overrides: Annotated[
        Literal["accepted", "refused"],
        Doc("Whether awards count that an issuer gave although the levels did not reach the rubric."),
    ]
    earned_within_months: Annotated[
        int | None, Doc("Only what was earned or renewed in so many months before the day in question.")
    ] = None
    recognizers: Annotated[
        tuple[PersonId, ...],
        Doc("Who records what was recognized, by their ids; without any, the program's maintainers."),
    ] = ()
    rules: tuple[RecognitionRule, ...]
    equivalents: Annotated[
        tuple[Equivalents, ...],
        Doc("Micro-credentials of which one counts, each as issuer/micro-credential."),
    ] = ()
    time_zone: Annotated[
        Line, Doc("The IANA name of the zone by whose days deadlines are judged, such as America/Chicago.")
    ] = "UTC"
    school_year_begins: MonthDay = MonthDay("07-01")
    adjustments: tuple[Adjustment, ...] = ()
    caps: tuple[Cap, ...] = ()
    lanes: Annotated[tuple[Lane, ...], Doc("From the lowest to the highest.")] = ()

    @property
    def own_issuer(self) -> Slug | None:
        """What it calls the program that has it; None where that program's badges do not count."""
        return next((issuer.id for issuer in self.issuers if issuer.program), None)

    @property
    def units(self) -> tuple[CreditUnit, ...]:
        """Everything that its rules count, in the order in which they name it."""
        return tuple(dict.fromkeys(unit for rule in self.rules for unit in rule.worth))

    @property
    def zone(self) -> tzinfo:
        """Its time zone. Raises ValueError, LookupError, OSError for one that is not known here."""
        if not re.fullmatch(_TIME_ZONE, self.time_zone):
            raise ValueError(self.time_zone)
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The day that a moment falls on where the policy holds."""
        try:
            return moment.astimezone(self.zone).date()
        except OverflowError:
            return moment.date()

    def school_year(self, day: date) -> date:
        """The first day of the school year that a day is in."""
        begins = on(self.school_year_begins, day.year)
        return begins if begins <= day else on(self.school_year_begins, day.year - 1)

    def adjusts(self, day: date) -> tuple[Adjustment, date] | None:
        """The adjustment for what was earned on a day, and the day from which it pays; None without any."""
        found = ((_next(a.submit_by, day), a) for a in self.adjustments)
        deadline, first = min(found, key=lambda pair: (pair[0], pair[1].id), default=(day, None))
        return (first, _next(first.pay_from, deadline)) if first is not None else None


def on(day: MonthDay, year: int) -> date:
    """A day of a year."""
    return date(year, int(day[:2]), int(day[3:]))


def _next(day: MonthDay, after: date) -> date:
    """The first such day that is not before another."""
    found = on(day, after.year)
    return found if found >= after else on(day, after.year + 1)


def window_begins(cap: Cap, day: date, policy: RecognitionPolicy) -> date | None:
    """The first day of the cap's period that ends with a day, or contains it; None where it has no first day.

    The period of an adjustment begins after the deadline before it.
    """
    if cap.per == "school-year":
        return policy.school_year(day)
    if cap.per == "calendar-year":
        return date(day.year, 1, 1)
    if cap.per == "months":
        return date.fromordinal(add_months(day, -(cap.months or 0)).toordinal() + 1)
    if cap.per == "adjustment":
        ends = {on(a.submit_by, year) for a in policy.adjustments for year in (day.year - 1, day.year)}
        return date.fromordinal(max(d for d in ends if d < day).toordinal() + 1) if ends else None
    return None


def can_count(policy: RecognitionPolicy) -> bool:
    """Whether its times are ones that can be counted with, whatever else is wrong in it."""
    months = (policy.earned_within_months, *(cap.months for cap in policy.caps))
    return not any(_check_zone(policy)) and all(m is None or 0 < m <= MOST_MONTHS for m in months)


def check_policy(policy: RecognitionPolicy) -> Iterator[Fault]:
    """Everything in a policy that contradicts the rest of it."""
    for name in ("issuers", "rules", "adjustments", "lanes"):
        yield from _twice(name, [entry.id for entry in getattr(policy, name)])
    if not policy.issuers:
        yield Fault(path=("issuers",), what="no issuer is listed", hint="list whose badges count")
    if not policy.rules:
        yield Fault(path=("rules",), what="there is no rule", hint="say what a badge is worth")
    yield from _check_months(("earned_within_months",), policy.earned_within_months)
    yield from _check_zone(policy)
    yield from _check_issuers(policy.issuers)
    yield from _check_rules(policy)
    yield from _check_equivalents(policy)
    yield from _check_caps(policy)
    yield from _check_lanes(policy)


def _twice(name: str, ids: Sequence[str]) -> Iterator[Fault]:
    count = Counter(ids)
    for n, one in enumerate(ids):
        if count[one] > 1:
            what = f"the id '{one}' is listed more than once"
            yield Fault(path=(name, n, "id"), what=what, hint="give each its own id")


def _check_months(path: tuple[str | int, ...], months: int | None) -> Iterator[Fault]:
    if months is not None and not 0 < months <= MOST_MONTHS:
        what = f"{months} months is no such time"
        yield Fault(path=path, what=what, hint=f"write a number from 1 to {MOST_MONTHS}")


def _check_zone(policy: RecognitionPolicy) -> Iterator[Fault]:
    try:
        _ = policy.zone
    except (ValueError, LookupError, OSError):
        what = f"this computer knows no time zone '{policy.time_zone[:60]}'"
        hint = "write an IANA name such as America/Chicago; if it is one, update mcred or the time zones here"
        yield Fault(path=("time_zone",), what=what, hint=hint)


def _check_issuers(issuers: Sequence[AcceptedIssuer]) -> Iterator[Fault]:
    count = Counter(name for issuer in issuers for name in issuer.known_as)
    for n, issuer in enumerate(issuers):
        if not issuer.program and not issuer.known_as:
            what = f"nothing says which badges are from {issuer.id}"
            yield Fault(
                path=("issuers", n), what=what, hint="write program: true, or its DID or address in known_as"
            )
        for m, name in enumerate(issuer.known_as):
            if not name.startswith(("did:", "https://", "http://")):
                what = f"'{name[:60]}' is neither a DID nor an address"
                yield Fault(
                    path=("issuers", n, "known_as", m), what=what, hint="start it with did: or https://"
                )
            if count[name] > 1:
                what = "this issuer is listed more than once"
                yield Fault(path=("issuers", n, "known_as", m), what=what, hint="list it once")
    if sum(issuer.program for issuer in issuers) > 1:
        what = "two issuers are said to be this program"
        yield Fault(path=("issuers",), what=what, hint="write program: true once")


def _check_rules(policy: RecognitionPolicy) -> Iterator[Fault]:
    known = {issuer.id for issuer in policy.issuers}
    for n, rule in enumerate(policy.rules):
        for m, issuer in enumerate(rule.issuers):
            if issuer not in known:
                what = f"there is no issuer '{issuer}'"
                yield Fault(
                    path=("rules", n, "issuers", m),
                    what=what,
                    hint=f"the issuers are {', '.join(sorted(known))}",
                )
        if rule.stacks and rule.levels is not None:
            what = "the badge of a stack has no levels"
            yield Fault(path=("rules", n, "levels"), what=what, hint="remove levels, or give it its own rule")
        if not any(rule.worth.values()):
            what = "this rule gives nothing"
            yield Fault(path=("rules", n, "worth"), what=what, hint="write such as hours: 15")
        yield from _check_amounts(("rules", n, "worth"), rule.worth)


def _check_amounts(path: tuple[str | int, ...], amounts: Amounts) -> Iterator[Fault]:
    for unit, amount in amounts.items():
        if is_money(unit) and -int(amount.as_tuple().exponent) > CENTS:
            what = f"{amount} has more than {CENTS} decimals"
            yield Fault(path=(*path, unit), what=what, hint="write money such as 250.00")


def _check_equivalents(policy: RecognitionPolicy) -> Iterator[Fault]:
    known = {issuer.id for issuer in policy.issuers}
    for n, group in enumerate(policy.equivalents):
        if len(set(group.credentials)) < 2 or len(set(group.credentials)) < len(group.credentials):
            what = "equivalents are two or more different micro-credentials"
            yield Fault(path=("equivalents", n, "credentials"), what=what, hint="name each of them once")
        for m, offer in enumerate(group.credentials):
            if (issuer := offer.partition("/")[0]) not in known:
                what = f"there is no issuer '{issuer}'"
                yield Fault(
                    path=("equivalents", n, "credentials", m),
                    what=what,
                    hint=f"the issuers are {', '.join(sorted(known))}",
                )


def _check_caps(policy: RecognitionPolicy) -> Iterator[Fault]:
    for n, cap in enumerate(policy.caps):
        yield from _check_months(("caps", n, "months"), cap.months)
        if (cap.per == "months") != (cap.months is not None):
            what = "months says how long the time is" if cap.per == "months" else f"per is {cap.per}"
            hint = "add such as months: 60" if cap.per == "months" else "remove months, or write per: months"
            yield Fault(path=("caps", n), what=what, hint=hint)
        if cap.per == "adjustment" and not policy.adjustments:
            what = "there are no adjustments"
            yield Fault(path=("caps", n, "per"), what=what, hint="list them, or use per: school-year")
        yield from _check_amounts(("caps", n, "most"), cap.most)
        yield from _unknown_units(("caps", n, "most"), cap.most, policy)


def _unknown_units(
    path: tuple[str | int, ...], amounts: Amounts, policy: RecognitionPolicy
) -> Iterator[Fault]:
    for unit in amounts:
        if unit not in policy.units:
            what = f"no rule gives {unit}"
            yield Fault(path=(*path, unit), what=what, hint=f"the rules give {', '.join(policy.units)}")


def _check_lanes(policy: RecognitionPolicy) -> Iterator[Fault]:
    lower: Amounts = {}
    for n, lane in enumerate(policy.lanes):
        yield from _unknown_units(("lanes", n, "needs"), lane.needs, policy)
        yield from _check_amounts(("lanes", n, "pays"), lane.pays)
        if not lane.needs or any(lane.needs.get(unit, Decimal(0)) < least for unit, least in lower.items()):
            what = (
                f"{lane.id} takes less than the lane before it" if lane.needs else "this lane takes nothing"
            )
            yield Fault(
                path=("lanes", n, "needs"), what=what, hint="list lanes from the lowest to the highest"
            )
        lower = lane.needs
