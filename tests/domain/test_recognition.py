"""What badges are worth by a policy: each rule alone, and laws that hold for any policy and any badges."""

from __future__ import annotations

import sys
import zoneinfo
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.award import add_months
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, StackId, Version
from mcred.domain.network.listed import Equivalents, OfferId
from mcred.domain.recognition.amounts import describe
from mcred.domain.recognition.count import Account, recognize
from mcred.domain.recognition.decided import (
    JudgedRecord,
    RecognitionDecision,
    find_new,
    open_ledger,
    sum_amounts,
)
from mcred.domain.recognition.evidence import PresentedBadge, ReachedLevel, below_floor
from mcred.domain.recognition.examples import (
    ExampleBadge,
    RecognitionExample,
    RecognitionExamples,
    check_examples,
    compare_examples,
)
from mcred.domain.recognition.policy import (
    AcceptedIssuer,
    Adjustment,
    Cap,
    CapPeriod,
    CreditUnit,
    Lane,
    LevelFloor,
    MonthDay,
    RecognitionPolicy,
    RecognitionRule,
    WantedCredential,
    check_policy,
)

HOURS, CREDITS, PAY = CreditUnit("hours"), CreditUnit("credits"), CreditUnit("stipend_usd")
OWN, STATE = Slug("own"), Slug("state")
STATE_DID = "did:web:state.example"
DAY = date(2026, 12, 1)
TOO_OLD = ("earned_within_months",)
SCALE = (Slug("strong"), Slug("fair"), Slug("weak"))


def hours(number: int | str) -> dict[CreditUnit, Decimal]:
    return {HOURS: Decimal(number)}


def a_rule(name: str = "all", worth: int | str = 10, **changes: Any) -> RecognitionRule:
    return replace(RecognitionRule(id=Slug(name), worth=hours(worth)), **changes)


def a_policy(*rules: RecognitionRule, **changes: Any) -> RecognitionPolicy:
    base = RecognitionPolicy(
        format=2,
        id=Slug("maple"),
        title="Maple",
        issuers=(AcceptedIssuer(id=OWN, program=True), AcceptedIssuer(id=STATE, known_as=(STATE_DID,))),
        overrides="refused",
        rules=rules or (a_rule(),),
    )
    return replace(base, **changes)


def a_badge(name: str = "wait", earned: date = date(2026, 8, 1), **changes: Any) -> PresentedBadge:
    base = PresentedBadge(
        name=name,
        of_program=True,
        credential=CredentialId(name),
        version=Version("1.2"),
        earned=earned,
        digests=(name,),
    )
    return replace(base, **changes)


def codes(account: Account) -> list[tuple[str, str]]:
    return [(line.badge.name, reason.code) for line in account.lines for reason in line.reasons]


def came_to(policy: RecognitionPolicy, *badges: PresentedBadge, as_of: date = DAY) -> str:
    return describe({unit: a for unit, a in recognize(policy, badges, as_of).total.items() if a})


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"standing": "revoked"}, "revoked", ()),
        ({"standing": "not valid", "why": "forged"}, "not valid", ()),
        ({"standing": "cannot tell"}, "cannot tell", ()),
        ({"ends": DAY - timedelta(days=1)}, "expired", ()),
        ({"earned": DAY + timedelta(days=1)}, "not earned yet", ()),
        ({"earned": None}, "cannot tell", ()),
        ({"earned": date.min}, "cannot tell", ()),
        ({"earned": date(2024, 11, 30), "renewed": DAY + timedelta(days=1)}, "too old", TOO_OLD),
        ({"earned": date(2024, 11, 30)}, "too old", ("earned_within_months",)),
        ({"override": True}, "override", ("overrides",)),
        ({"of_program": False, "issuer": "did:web:other.example"}, "unknown issuer", ("issuers",)),
        ({"credential": None, "achievement": "https://a.example"}, "no rule", ("issuers",)),
        ({"stack": StackId("talk"), "credential": None}, "no rule", ("rules",)),
        ({"version": Version("1.1")}, "version", ("rules", 0, "credentials", 0, "from_version")),
    ],
)
def test_each_reason_names_the_key_that_says_so(
    changed: dict[str, Any], code: str, path: tuple[str | int, ...]
) -> None:
    wanted = WantedCredential(id=CredentialId("wait"), from_version=Version("1.2"))
    policy = a_policy(a_rule(credentials=(wanted,)), earned_within_months=24)
    assert came_to(policy, a_badge()) == "10 hours"
    account = recognize(policy, [replace(a_badge(), **changed)], DAY)
    (line,) = account.lines
    assert [(reason.code, reason.path) for reason in line.reasons] == [(code, path)]
    assert not line.counted
    assert account.total == hours(0)


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"ends": DAY}, DAY),
        ({"earned": DAY}, DAY),
        ({"earned": date(2024, 12, 1)}, DAY),
        ({"earned": date(2020, 1, 1), "renewed": date(2026, 1, 1)}, DAY),
    ],
)
def test_the_last_day_still_counts(changed: dict[str, Any], at: date) -> None:
    assert came_to(a_policy(earned_within_months=24), a_badge(**changed), as_of=at) == "10 hours"


def test_overrides_may_count() -> None:
    assert came_to(a_policy(overrides="accepted"), a_badge(override=True)) == "10 hours"


def test_the_first_rule_that_fits_applies() -> None:
    best = a_rule("best", 20, levels=LevelFloor(criteria={Slug("talk"): Slug("strong")}))
    policy = a_policy(best, a_rule("other", 10))
    levels = {Slug("talk"): ReachedLevel(level=Slug("fair"), scale=SCALE)}
    strong = {Slug("talk"): ReachedLevel(level=Slug("strong"), scale=SCALE)}
    found = recognize(policy, [a_badge("a", levels=levels), a_badge("b", levels=strong)], DAY)
    assert [(line.rule, describe(line.counted)) for line in found.lines] == [
        ("other", "10 hours"),
        ("best", "20 hours"),
    ]
    alone = recognize(a_policy(best), [a_badge(levels=levels)], DAY)
    assert codes(alone) == [("wait", "levels")]
    assert alone.lines[0].reasons[0].path == ("rules", 0, "levels", "criteria")


@pytest.mark.parametrize(
    ("floor", "key"),
    [
        (LevelFloor(every=Slug("fair")), None),
        (LevelFloor(every=Slug("strong")), "every"),
        (LevelFloor(every=Slug("gold")), "every"),
        (LevelFloor(criteria={Slug("talk"): Slug("fair")}), None),
        (LevelFloor(criteria={Slug("plan"): Slug("strong")}), "criteria"),
        (LevelFloor(criteria={Slug("none"): Slug("weak")}), "criteria"),
        (LevelFloor(best_criteria=1), None),
        (LevelFloor(best_criteria=2), "best_criteria"),
    ],
)
def test_levels_asked_for(floor: LevelFloor, key: str | None) -> None:
    levels = {
        Slug("talk"): ReachedLevel(level=Slug("strong"), scale=SCALE),
        Slug("plan"): ReachedLevel(level=Slug("fair"), scale=SCALE),
        Slug("frame"): ReachedLevel(level=Slug("weak"), scale=(Slug("good"), Slug("weak"))),
    }
    below = below_floor(floor, levels)
    assert (below[0] if below else None) == key


def test_a_badge_that_was_not_made_by_mcred_counts_by_its_achievement() -> None:
    address = "https://state.example/number-talks"
    issuer = AcceptedIssuer(id=STATE, known_as=(STATE_DID,), achievements={CredentialId("talks"): address})
    rule = a_rule(credentials=(WantedCredential(id=CredentialId("talks")),), issuers=(STATE,))
    badge = a_badge(credential=None, of_program=False, issuer=STATE_DID, achievement=address)
    assert came_to(a_policy(rule, issuers=(issuer,)), badge) == "10 hours"


def test_one_micro_credential_counts_once_and_a_better_one_adds_the_difference() -> None:
    better = a_rule("better", 15, levels=LevelFloor(best_criteria=1))
    policy = a_policy(better, a_rule())
    strong = {Slug("talk"): ReachedLevel(level=Slug("strong"), scale=SCALE)}
    first, again = a_badge(), a_badge(earned=date(2026, 9, 1), name="again", credential=CredentialId("wait"))
    assert came_to(policy, first, again) == "10 hours"
    assert came_to(policy, first, replace(again, levels=strong)) == "15 hours"
    assert codes(recognize(policy, [again, first], DAY)) == [("again", "counted before")]


def test_equivalents_count_once_also_by_way_of_others() -> None:
    def same(*offers: str) -> Equivalents:
        return Equivalents(credentials=tuple(map(OfferId, offers)), because="the same")

    policy = a_policy(
        equivalents=(same("own/a", "state/b"), same("own/c", "own/d"), same("state/b", "own/c"))
    )
    badges = [
        a_badge("a"),
        a_badge("b", of_program=False, issuer=STATE_DID),
        a_badge("c"),
        a_badge("d"),
        a_badge("e"),
    ]
    account = recognize(policy, badges, DAY)
    assert came_to(policy, *badges) == "20 hours"
    assert {line.reasons[0].path for line in account.lines if line.reasons} == {
        ("equivalents", 0),
        ("equivalents", 1),
    }


def test_a_stack_adds_only_what_it_is_worth_more_than_its_badges() -> None:
    policy = a_policy(a_rule(), a_rule("stack", 25, stacks=(StackId("talk"), StackId("more"))))
    stack = a_badge("s", credential=None, stack=StackId("talk"), contains=("a", "b"))
    a, b = a_badge("a"), a_badge("b")
    assert came_to(policy, stack) == "25 hours"
    assert came_to(policy, a, b, stack) == "25 hours"
    assert came_to(policy, a, stack) == "25 hours"
    late = replace(stack, name="late", digests=("late",), stack=StackId("more"), contains=("b", "c"))
    shared = replace(late, earned=date(2026, 9, 1))
    assert came_to(policy, stack, shared) == "25 hours"
    assert came_to(policy, stack, replace(shared, contains=("c", "d"))) == "50 hours"


def test_a_stack_that_claims_to_be_older_than_its_badges_counts_after_them() -> None:
    policy = a_policy(a_rule(), a_rule("stack", 25, stacks=(StackId("talk"),)))
    stack = a_badge("s", earned=date(2026, 1, 1), credential=None, stack=StackId("talk"), contains=("a", "b"))
    assert came_to(policy, stack, a_badge("a"), a_badge("b")) == "25 hours"


def test_a_badge_issued_again_stays_in_its_stack_by_issuer_and_title() -> None:
    rule = a_rule(
        credentials=(WantedCredential(id=CredentialId("a")), WantedCredential(id=CredentialId("b")))
    )
    policy = a_policy(rule, a_rule("stack", 25, stacks=(StackId("talk"), StackId("more"))))
    stack = a_badge(
        "s", credential=None, stack=StackId("talk"), contains=("a",), contained_titles=("Waiting",)
    )
    again = a_badge("a", title="Waiting", digests=("a-2",))
    assert came_to(policy, stack, again) == "25 hours"
    assert came_to(policy, stack, a_badge("a", title="Asking", digests=("a-2",))) == "35 hours"
    foreign = replace(again, of_program=False, issuer=STATE_DID)
    assert came_to(policy, stack, foreign) == "35 hours"
    late = replace(stack, earned=date(2026, 9, 1), stack=StackId("more"), digests=("t",), contains=("a-2",))
    assert came_to(policy, stack, late) == "25 hours"


def test_a_moment_falls_on_the_day_that_it_is_where_the_policy_holds() -> None:
    evening = datetime(2026, 9, 16, 3, 30, tzinfo=UTC)
    chicago = a_policy(time_zone="America/Chicago")
    assert (a_policy().day_of(evening), chicago.day_of(evening)) == (date(2026, 9, 16), date(2026, 9, 15))
    assert chicago.day_of(datetime(2026, 12, 16, 5, 59, tzinfo=UTC)) == date(2026, 12, 15)
    assert chicago.day_of(datetime.min.replace(tzinfo=UTC)) == date.min
    (fault,) = check_policy(a_policy(time_zone="America/Chicagoo"))
    assert fault.path == ("time_zone",) and "America/Chicagoo" in fault.what


def test_a_computer_without_any_time_zones_says_so_and_still_knows_utc() -> None:
    with pytest.MonkeyPatch.context() as bare:
        bare.setitem(sys.modules, "tzdata.zoneinfo.America", None)
        zoneinfo.reset_tzpath(())
        zoneinfo.ZoneInfo.clear_cache()
        try:
            found = list(check_policy(a_policy(time_zone="America/Chicago")))
            assert not list(check_policy(a_policy()))
        finally:
            zoneinfo.reset_tzpath()
    assert [fault.path for fault in found] == [("time_zone",)]


YEAR = Cap(most=hours(15), per="school-year")


@pytest.mark.parametrize(
    ("cap", "days", "total"),
    [
        (YEAR, ["2026-06-30", "2026-07-01"], "20 hours"),
        (YEAR, ["2025-07-01", "2026-06-30"], "15 hours"),
        (Cap(most=hours(15), per="calendar-year"), ["2025-12-31", "2026-01-01"], "20 hours"),
        (Cap(most=hours(15), per="calendar-year"), ["2026-01-01", "2026-11-30"], "15 hours"),
        (Cap(most=hours(15), per="months", months=6), ["2026-02-28", "2026-08-28"], "20 hours"),
        (Cap(most=hours(15), per="months", months=6), ["2026-03-01", "2026-08-31"], "15 hours"),
        (Cap(most=hours(15), per="adjustment"), ["2026-09-15", "2026-09-16"], "20 hours"),
        (Cap(most=hours(15), per="adjustment"), ["2026-02-16", "2026-09-15"], "15 hours"),
        (Cap(most=hours(15), per="all-time"), ["2025-01-01", "2026-09-15"], "15 hours"),
        (Cap(most=hours(0), per="all-time"), ["2025-01-01"], "nothing"),
    ],
)
def test_caps_by_period(cap: Cap, days: Sequence[str], total: str) -> None:
    policy = a_policy(caps=(cap,), adjustments=TWICE)
    badges = [a_badge(f"b{n}", date.fromisoformat(day)) for n, day in enumerate(days)]
    assert came_to(policy, *badges) == total


TWICE = (
    Adjustment(id=Slug("fall"), submit_by=MonthDay("09-15"), pay_from=MonthDay("10-01")),
    Adjustment(id=Slug("spring"), submit_by=MonthDay("02-15"), pay_from=MonthDay("03-01")),
)


@pytest.mark.parametrize(
    ("earned", "adjustment", "pays"),
    [
        ("2026-09-15", "fall", "2026-10-01"),
        ("2026-09-16", "spring", "2027-03-01"),
        ("2026-12-31", "spring", "2027-03-01"),
        ("2026-02-15", "spring", "2026-03-01"),
        ("2026-02-16", "fall", "2026-10-01"),
    ],
)
def test_a_deadline_decides_from_when_it_pays(earned: str, adjustment: str, pays: str) -> None:
    badge = a_badge(earned=date.fromisoformat(earned))
    (line,) = recognize(a_policy(adjustments=TWICE), [badge], date(2027, 6, 1)).lines
    assert (line.adjustment, str(line.pay_from)) == (adjustment, pays)


def test_pay_that_begins_after_the_turn_of_the_year() -> None:
    late = (Adjustment(id=Slug("winter"), submit_by=MonthDay("12-15"), pay_from=MonthDay("01-15")),)
    (line,) = recognize(a_policy(adjustments=late), [a_badge()], DAY).lines
    assert str(line.pay_from) == "2027-01-15"


def test_totals_by_school_year_and_adjustment() -> None:
    account = recognize(
        a_policy(adjustments=TWICE),
        [a_badge("a", date(2026, 6, 1)), a_badge("b", date(2026, 9, 1)), a_badge("c", date(2026, 10, 1))],
        DAY,
    )
    assert [(p.kind, str(p.begins), describe(p.total)) for p in account.periods] == [
        ("school year", "2025-07-01", "10 hours"),
        ("school year", "2026-07-01", "20 hours"),
        ("adjustment", "2026-10-01", "20 hours"),
        ("adjustment", "2027-03-01", "10 hours"),
    ]


def test_the_highest_lane_that_is_reached() -> None:
    lanes = (
        Lane(id=Slug("low"), title="BA + 10", needs=hours(10)),
        Lane(id=Slug("high"), title="BA + 20", needs=hours(20)),
        Lane(id=Slug("top"), title="BA + 30", needs=hours(30)),
    )
    policy = a_policy(lanes=lanes, adjustments=TWICE)
    account = recognize(policy, [a_badge("a"), a_badge("b", date(2026, 10, 1))], DAY)
    assert account.lane is not None
    assert (account.lane.lane.id, str(account.lane.since)) == ("high", "2027-03-01")
    assert recognize(policy, [], DAY).lane is None


@pytest.mark.parametrize(
    ("changes", "path", "what"),
    [
        ({"issuers": ()}, ("issuers",), "no issuer"),
        ({"rules": ()}, ("rules",), "no rule"),
        ({"issuers": (AcceptedIssuer(id=OWN),)}, ("issuers", 0), "nothing says"),
        ({"issuers": (AcceptedIssuer(id=OWN, known_as=("x",)),)}, ("issuers", 0, "known_as", 0), "neither"),
        (
            {"issuers": (AcceptedIssuer(id=OWN, program=True), AcceptedIssuer(id=STATE, program=True))},
            ("issuers",),
            "two issuers",
        ),
        ({"rules": (a_rule(), a_rule())}, ("rules", 0, "id"), "more than once"),
        ({"rules": (a_rule(issuers=(Slug("who"),)),)}, ("rules", 0, "issuers", 0), "no issuer 'who'"),
        ({"rules": (a_rule(worth=0),)}, ("rules", 0, "worth"), "gives nothing"),
        (
            {"rules": (a_rule(stacks=(StackId("s"),), levels=LevelFloor(best_criteria=1)),)},
            ("rules", 0, "levels"),
            "no levels",
        ),
        (
            {"rules": (replace(a_rule(), worth={PAY: Decimal("1.005")}),)},
            ("rules", 0, "worth", PAY),
            "more than 2 decimals",
        ),
        ({"caps": (Cap(most=hours(1), per="months"),)}, ("caps", 0), "months says"),
        ({"caps": (Cap(most=hours(1), per="all-time", months=3),)}, ("caps", 0), "per is all-time"),
        ({"caps": (Cap(most=hours(1), per="months", months=0),)}, ("caps", 0, "months"), "no such time"),
        ({"caps": (Cap(most=hours(1), per="adjustment"),)}, ("caps", 0, "per"), "no adjustments"),
        ({"caps": (Cap(most={PAY: Decimal(1)}, per="all-time"),)}, ("caps", 0, "most", PAY), "no rule gives"),
        ({"earned_within_months": 0}, ("earned_within_months",), "no such time"),
        (
            {"equivalents": (Equivalents(credentials=(OfferId("own/a"),), because=""),)},
            ("equivalents", 0, "credentials"),
            "two or more",
        ),
        (
            {"equivalents": (Equivalents(credentials=(OfferId("own/a"), OfferId("x/b")), because=""),)},
            ("equivalents", 0, "credentials", 1),
            "no issuer 'x'",
        ),
        (
            {
                "lanes": (
                    Lane(id=Slug("b"), title="B", needs=hours(20)),
                    Lane(id=Slug("a"), title="A", needs=hours(10)),
                )
            },
            ("lanes", 1, "needs"),
            "takes less",
        ),
    ],
)
def test_what_contradicts_itself_is_named(
    changes: dict[str, Any], path: tuple[str | int, ...], what: str
) -> None:
    assert not list(check_policy(a_policy()))
    faults = list(check_policy(a_policy(**changes)))
    assert any(fault.path == path and what in fault.what and fault.hint for fault in faults), faults


def test_golden_examples_are_held_against_the_policy() -> None:
    badge = ExampleBadge(id=Slug("a"), issuer=OWN, credential=CredentialId("wait"), earned=date(2026, 8, 1))
    other = replace(badge, id=Slug("b"), issuer=Slug("else"))
    right = RecognitionExample(
        id=Slug("one"), as_of=DAY, badges=(badge, other), total=hours(10), not_counted=(Slug("b"),)
    )
    policy = a_policy()

    def faults(example: RecognitionExample) -> list[tuple[str | int, ...]]:
        examples = RecognitionExamples(format=2, id=policy.id, examples=(example,))
        return [fault.path[2:] for fault in check_examples(examples, policy, {})]

    assert faults(right) == []
    assert faults(replace(right, total=hours(11))) == [("total", HOURS)]
    assert faults(replace(right, total={})) == [("total",)]
    assert faults(replace(right, not_counted=())) == [("not_counted",)]
    assert faults(replace(right, lane=Slug("ba"))) == [("lane",)]
    assert faults(replace(right, badges=(badge, replace(other, id=Slug("a"))))) == [
        ("badges", 0, "id"),
        ("badges", 1, "id"),
    ]
    assert faults(replace(right, badges=(replace(badge, stack=StackId("s")), other))) == [("badges", 0)]
    assert faults(replace(right, as_of=date(9999, 1, 1))) == [("as_of",)]
    more = a_policy(a_rule(worth=12))
    examples = RecognitionExamples(format=2, id=policy.id, examples=(right,))
    (changed,) = compare_examples(policy, more, examples, {})
    assert (changed.before, changed.after) == ("10 hours", "12 hours")


# Laws

unhurried = settings(deadline=None, max_examples=60)
NAMES = ("a", "b", "c", "d", "e")
STACK_NAMES = ("s", "t")
PERIODS: tuple[CapPeriod, ...] = ("school-year", "calendar-year", "adjustment", "months", "all-time")
UNITS = (HOURS, CREDITS, PAY)
amounts = st.dictionaries(
    st.sampled_from(UNITS), st.integers(0, 40).map(lambda n: Decimal(n) / 2), max_size=3
)


@st.composite
def caps(draw: st.DrawFn) -> Cap:
    per = draw(st.sampled_from(PERIODS))
    return Cap(most=draw(amounts), per=per, months=draw(st.integers(1, 30)) if per == "months" else None)


@st.composite
def policies(draw: st.DrawFn, with_caps: bool = True) -> RecognitionPolicy:
    """Any policy: rules by level and by name, stacks, equivalents, caps, deadlines."""
    named = st.lists(st.sampled_from(NAMES), unique=True, max_size=3)
    rules = [
        RecognitionRule(
            id=Slug(f"r{n}"),
            worth=draw(amounts),
            credentials=tuple(WantedCredential(id=CredentialId(c)) for c in draw(named)),
            levels=LevelFloor(best_criteria=draw(st.integers(0, 2))),
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    rules.append(RecognitionRule(id=Slug("st"), worth=draw(amounts), stacks=tuple(map(StackId, STACK_NAMES))))
    groups = draw(st.lists(st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True), max_size=2))
    return a_policy(
        *rules,
        equivalents=tuple(
            Equivalents(credentials=tuple(OfferId(f"own/{c}") for c in group), because="") for group in groups
        ),
        adjustments=TWICE,
        caps=tuple(draw(st.lists(caps(), max_size=3))) if with_caps else (),
    )


@st.composite
def presented(draw: st.DrawFn, number: int) -> PresentedBadge:
    level = draw(st.sampled_from(SCALE))
    earned = date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 1000)))
    badge = a_badge(
        f"{number}",
        earned,
        credential=CredentialId(draw(st.sampled_from(NAMES))),
        standing=draw(st.sampled_from(("valid", "valid", "valid", "revoked"))),
        levels={Slug(f"k{n}"): ReachedLevel(level=level, scale=SCALE) for n in range(2)},
        digests=(f"{number}",),
    )
    if draw(st.integers(0, 4)):
        return badge
    contains = tuple(map(str, draw(st.lists(st.integers(0, 6), unique=True, max_size=3))))
    stack = StackId(draw(st.sampled_from(STACK_NAMES)))
    return replace(badge, credential=None, stack=stack, contains=contains)


@st.composite
def many(draw: st.DrawFn) -> list[PresentedBadge]:
    return [draw(presented(n)) for n in range(draw(st.integers(0, 7)))]


def at_least(more: Account, less: Account) -> bool:
    return all(more.total[unit] >= less.total[unit] for unit in less.policy.units)


@unhurried
@given(policies(), many(), st.randoms())
def test_the_order_of_badges_changes_nothing(
    policy: RecognitionPolicy, badges: list[PresentedBadge], random: Any
) -> None:
    mixed = list(badges)
    random.shuffle(mixed)
    assert recognize(policy, mixed, DAY) == recognize(policy, badges, DAY)


def inside(cap: Cap, policy: RecognitionPolicy, day: date, other: date) -> bool:
    """Whether two days are in one period, told in another way than the product does."""
    if cap.per == "school-year":
        return policy.school_year(day) == policy.school_year(other)
    if cap.per == "calendar-year":
        return day.year == other.year
    if cap.per == "adjustment":
        return policy.adjusts(day) == policy.adjusts(other)
    if cap.per == "months":
        return add_months(day, -(cap.months or 0)) < other <= day
    return True


@unhurried
@given(policies(), many())
def test_no_cap_is_ever_exceeded(policy: RecognitionPolicy, badges: list[PresentedBadge]) -> None:
    # Without stacks, a badge counts on the day it was earned.
    account = recognize(policy, [badge for badge in badges if badge.stack is None], DAY)
    days = [(line.badge.earned, line.counted) for line in account.lines if line.badge.earned and line.counted]
    for cap in policy.caps:
        for day, _ in days:
            for unit, most in cap.most.items():
                within = (c.get(unit, Decimal(0)) for d, c in days if inside(cap, policy, day, d))
                assert sum(within, Decimal(0)) <= most


@unhurried
@given(policies(with_caps=False), many())
def test_a_group_counts_no_more_than_its_best_badge(
    policy: RecognitionPolicy, badges: list[PresentedBadge]
) -> None:
    account = recognize(policy, badges, DAY)
    by_name: dict[str, list[Any]] = {}
    for line in account.lines:
        if line.badge.stack is None and line.worth:
            by_name.setdefault(str(line.badge.credential), []).append(line)
    for lines in by_name.values():
        for unit in UNITS:
            best = max(line.worth.get(unit, Decimal(0)) for line in lines)
            assert sum((line.counted.get(unit, Decimal(0)) for line in lines), Decimal(0)) <= best
    for line in account.lines:
        if line.badge.stack is None or not line.worth:
            continue
        whole = set(line.badge.contains)
        parts = [x for x in account.lines if x.badge.stack is None and set(x.badge.digests) & whole]
        for unit in UNITS:
            of_parts = sum((x.counted.get(unit, Decimal(0)) for x in parts), Decimal(0))
            most = max(of_parts, line.worth.get(unit, Decimal(0)))
            assert of_parts + line.counted.get(unit, Decimal(0)) <= most


def related(badge: PresentedBadge, others: Iterable[PresentedBadge], policy: RecognitionPolicy) -> bool:
    """Whether a badge is of a group that another is of, or in or around another one's stack."""
    same = {badge.credential} | {
        CredentialId(offer.partition("/")[2]) for group in policy.equivalents for offer in group.credentials
    }
    return any(
        (badge.stack is None and (other.credential in same))
        or (badge.stack is not None and badge.stack == other.stack)
        or set(badge.contains) & {*other.contains, *other.digests}
        or set(badge.digests) & set(other.contains)
        for other in others
    )


@unhurried
@given(policies(), many(), presented(99))
def test_one_more_badge_never_lowers_a_total(
    policy: RecognitionPolicy, badges: list[PresentedBadge], more: PresentedBadge
) -> None:
    newest = max((b.earned for b in badges if b.earned), default=date.min)
    later = more.earned is not None and more.earned > newest
    assume(later or not related(more, badges, policy))
    before, after = recognize(policy, badges, DAY), recognize(policy, [*badges, more], DAY)
    assert at_least(after, before)


@unhurried
@given(policies(with_caps=False), many(), presented(99))
def test_without_caps_no_single_badge_lowers_a_total(
    policy: RecognitionPolicy, badges: list[PresentedBadge], more: PresentedBadge
) -> None:
    assume(more.stack is None and all(b.stack is None for b in badges))
    assert at_least(recognize(policy, [*badges, more], DAY), recognize(policy, badges, DAY))


# What is recorded ----------------------------------------------------------------------------------------


def decide(
    policy: RecognitionPolicy,
    badges: Iterable[PresentedBadge],
    as_of: date,
    *earlier: RecognitionDecision,
    right: Collection[int] | None = None,
) -> RecognitionDecision:
    """The next decision on some badges; `right`: the numbers of the right ones, None for the last."""
    known = {len(earlier)} if right is None else right
    recorded = (JudgedRecord(number=x.number, said=x, is_right=x.number in known) for x in earlier)
    new = find_new(policy, badges, as_of, open_ledger(recorded))
    return RecognitionDecision(
        format=2,
        person=PersonId("ana"),
        policy=policy.id,
        number=len(earlier) + 1,
        by=PersonId("rosa"),
        recorded=datetime(2026, 12, 1, tzinfo=UTC),
        main=CommitId("1" * 40),
        blob=BlobId("2" * 40),
        as_of=as_of,
        lines=new.lines,
        total=new.total,
    )


def told(said: RecognitionDecision) -> list[tuple[str, str | None, dict[str, str]]]:
    return [(x.badge, x.rule, {a.unit: a.amount for a in x.amounts}) for x in said.lines]


def test_a_decision_has_what_no_earlier_one_has() -> None:
    policy = a_policy(a_rule(worth="10.50"))
    first = decide(policy, [a_badge("a")], DAY)
    assert told(first) == [("a", "all", {"hours": "10.5"})]
    second = decide(policy, [a_badge("a"), a_badge("b")], DAY, first)
    assert told(second) == [("b", "all", {"hours": "10.5"})]
    assert decide(policy, [a_badge("a"), a_badge("b")], DAY, first, second).lines == ()


def test_what_was_revoked_or_is_gone_is_taken_back_and_no_rule_is_named() -> None:
    first = decide(a_policy(), [a_badge("a"), a_badge("b"), a_badge("c")], DAY)
    now = [a_badge("a"), a_badge("b", standing="revoked")]
    second = decide(a_policy(), now, DAY, first)
    assert told(second) == [("b", None, {"hours": "-10"}), ("c", None, {"hours": "-10"})]
    assert [(line.earned is None, line.pay_from) for line in second.lines] == [(False, None), (True, None)]
    assert decide(a_policy(), now, DAY, first, second).lines == ()


def test_what_expires_or_grows_too_old_after_it_was_recorded_stays_and_is_not_earned_twice() -> None:
    policy = a_policy(earned_within_months=12)
    badge = a_badge("a", ends=date(2026, 12, 31))
    first = decide(policy, [badge], DAY)
    later = date(2029, 1, 1)
    again = a_badge("again", earned=date(2028, 12, 1), credential=CredentialId("a"))
    assert recognize(policy, [badge, again], later).total == hours(10)
    assert decide(policy, [badge], later, first).lines == ()
    assert decide(policy, [badge, again], later, first).lines == ()


def test_only_a_right_decision_keeps_what_expires_and_corrects_those_before_it() -> None:
    policy, later = a_policy(), date(2029, 1, 1)
    badge, other = a_badge("a", ends=date(2026, 12, 31)), a_badge("b")
    first = decide(policy, [badge], DAY)
    back = decide(policy, [badge], later, first, right=())
    assert told(back) == [("a", None, {"hours": "-10"})]
    assert decide(policy, [badge], later, first, back).lines == ()
    # A wrong one, with what a right one after it left as it was.
    second = decide(policy, [badge, other], DAY, first, right=())
    assert told(second) == [("b", "all", {"hours": "10"})]
    assert decide(policy, [badge, other], later, first, second).lines == ()


def test_what_a_right_decision_had_counts_again_although_it_was_taken_back_before_it_expired() -> None:
    """A slip in the policy was recorded; what only a wrong one had does not count again."""
    policy, later = a_policy(), date(2029, 1, 1)
    slip = a_policy(a_rule(credentials=(WantedCredential(id=CredentialId("b")),)))
    badge = a_badge("a", ends=date(2026, 12, 31))
    first = decide(policy, [badge], DAY)
    back = decide(slip, [badge], DAY, first)
    assert told(back) == [("a", None, {"hours": "-10"})]
    again = decide(policy, [badge], later, first, back, right=(1, 2))
    assert told(again) == [("a", "all", {"hours": "10"})]
    assert decide(policy, [badge], later, first, back, right=(2,)).lines == ()


def test_an_edit_is_recorded_as_the_difference_and_a_unit_that_is_gone_comes_last() -> None:
    first = decide(a_policy(a_rule(worth=10)), [a_badge("a")], DAY)
    other = replace(a_rule(), worth={PAY: Decimal(250), CREDITS: Decimal("0.50")})
    second = decide(a_policy(other), [a_badge("a")], DAY, first)
    assert [(a.unit, a.amount) for a in second.total] == [
        ("stipend_usd", "250.00"),
        ("credits", "0.5"),
        ("hours", "-10"),
    ]


@given(policies(), many(), st.data())
@settings(max_examples=60)
def test_decisions_come_together_to_what_counts_by_then(
    policy: RecognitionPolicy, badges: list[PresentedBadge], data: st.DataObject
) -> None:
    """However badges arrive, and whatever is revoked between."""
    made: list[RecognitionDecision] = []
    for as_of in (date(2025, 6, 1), date(2026, 3, 1), date(2027, 1, 1)):
        known = {line.badge for said in made for line in said.lines}
        badges = [replace(b, standing=data.draw(st.sampled_from((b.standing, "revoked")))) for b in badges]
        counted = recognize(policy, [replace(b, settled=b.name in known) for b in badges], as_of).total
        made.append(decide(policy, badges, as_of, *made))
        total = sum_amounts(one for said in made for one in said.total)
        assert {unit: x for unit, x in total.items() if x} == {unit: x for unit, x in counted.items() if x}
