"""Both checkers count alike: by any policy, any badges, and whatever was recorded before.

What is wrong of that settles nothing, for the audit and for those who take it for checked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.app.audit.push_guard import Update, check_push
from mcred.domain.ids import CommitId, PersonId, Slug, Version
from mcred.domain.layout import MAIN, PROGRAMME, profile_path, recognized_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.recognition.decided import RecognitionDecision
from mcred.domain.recognition.evidence import PresentedBadge, ReachedLevel
from mcred.domain.recognition.policy import LevelFloor, RecognitionPolicy
from mcred.formats.encode import encode
from tests.audit.forged_recognition import (
    ANA,
    APRIL,
    FILE,
    LAST,
    MAPLE,
    POLICY,
    RECENT,
    ROSA,
    add,
    agree,
    in_april,
    record_what_had_run_out,
    say,
    wait,
    write,
)
from tests.audit.second_checker import RECHECK
from tests.audit.workshop import Workshop
from tests.domain.test_recognition import SCALE, decide, many, policies

MEI = PersonId("mei")
TITLES = ("", "One", "Two")
KEYS = (Slug("k0"), Slug("k1"))
VERSIONS = (Version("1.2"), Version("1.2.0"), Version("1.3"))
floors = st.builds(
    LevelFloor,
    every=st.sampled_from((None, *SCALE, Slug("odd"))),
    criteria=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(SCALE), max_size=2),
    best_criteria=st.integers(0, 2),
)
days = st.integers(0, 1000).map(lambda n: date(2024, 1, 1) + timedelta(days=n))


@st.composite
def wide(draw: st.DrawFn) -> tuple[RecognitionPolicy, list[PresentedBadge]]:
    """More of what a policy can ask: levels, versions, ages, overrides; and badges of all kinds of this.

    Most badges count, so that stacks, groups and caps have something to hold against each other.
    """

    def seldom(usual: Any, other: st.SearchStrategy[Any]) -> Any:
        return draw(other) if draw(st.integers(0, 7)) == 7 else usual

    policy, badges = draw(policies()), draw(many())
    rules = tuple(
        replace(
            rule,
            levels=seldom(None, floors) if not rule.stacks else None,
            credentials=tuple(
                replace(w, from_version=seldom(None, st.sampled_from(VERSIONS))) for w in rule.credentials
            ),
            worth={unit: amount + Decimal("0.25") for unit, amount in rule.worth.items()},
        )
        for rule in policy.rules
    )
    policy = replace(
        policy,
        rules=rules,
        overrides=draw(st.sampled_from(("accepted", "refused"))),
        earned_within_months=seldom(None, st.integers(1, 30)),
        adjustments=draw(st.sampled_from((policy.adjustments, ()))),
    )
    return policy, [
        replace(
            badge,
            standing="valid",
            version=draw(st.sampled_from(VERSIONS)),
            title=draw(st.sampled_from(TITLES)),
            contained_titles=tuple(draw(st.lists(st.sampled_from(TITLES[1:]), max_size=2)))
            if badge.stack
            else (),
            override=seldom(False, st.just(True)),
            renewed=seldom(None, days),
            ends=seldom(None, days),
            levels={key: ReachedLevel(level=draw(st.sampled_from(SCALE)), scale=SCALE) for key in KEYS},
        )
        for badge in badges
    ]


def presented(badge: PresentedBadge) -> Any:
    """A badge as the second checker has it."""
    assert badge.earned is not None
    return RECHECK.Presented(
        name=badge.name,
        title=badge.title,
        credential=badge.credential or "",
        stack=badge.stack or "",
        version=badge.version,
        earned=badge.earned,
        renewed=badge.renewed,
        ends=badge.ends,
        revoked=badge.standing == "revoked",
        override=badge.override,
        levels={key: (reached.level, list(reached.scale)) for key, reached in badge.levels.items()},
        digests=set(badge.digests),
        contains={("", d) for d in badge.contains} | {("title", t) for t in badge.contained_titles},
    )


def counted_again(
    policy: RecognitionPolicy,
    badges: list[PresentedBadge],
    as_of: date,
    earlier: list[RecognitionDecision],
    right: set[int],
) -> tuple[Any, Any]:
    """What the second checker says that the next decision has to say."""
    second = object.__new__(RECHECK.Recognized)
    second.policy, second.as_of = RECHECK.read_as(encode(policy), "recognition-policy"), as_of
    second.earlier = [RECHECK.read_as(encode(said), "recognized") for said in earlier]
    second.right = sorted(number - 1 for number in right)
    lines, total = second.expected([presented(badge) for badge in badges])
    return lines, total


@given(wide(), st.data())
@settings(deadline=None, max_examples=150)
def test_both_count_alike(drawn: tuple[RecognitionPolicy, list[PresentedBadge]], data: st.DataObject) -> None:
    policy, badges = drawn
    made: list[RecognitionDecision] = []
    for as_of in (date(2025, 6, 1), date(2026, 3, 1), date(2027, 1, 1)):
        gone = data.draw(st.sets(st.sampled_from([b.name for b in badges]), max_size=1)) if badges else set()
        badges = [replace(b, standing="revoked") if b.name in gone else b for b in badges]
        right = data.draw(st.sets(st.sampled_from([x.number for x in made]))) if made else set[int]()
        said = decide(policy, badges, as_of, *made, right=right)
        read = RECHECK.read_as(encode(said), "recognized")
        assert (read["lines"], read["total"]) == counted_again(policy, badges, as_of, made, right)
        made.append(said)


# A wrong one among them ----------------------------------------------------------------------------------


def proved(shop: Workshop) -> list[bool]:
    """Whether each recorded decision is right; the second checker says the same."""
    return [one["proved"] for one in shop.audit().out["recognized"]]


def amounts(said: RecognitionDecision) -> list[tuple[str, str]]:
    return [(one.unit, one.amount) for one in said.total]


def test_what_a_wrong_one_recorded_is_taken_back_and_the_remote_takes_that(shop: Workshop) -> None:
    record_what_had_run_out(shop)
    before = shop.tip
    write(shop, back := in_april(say(shop, as_of=LAST)), author=APRIL)
    assert amounts(back) == [("hours", "-15"), ("stipend_usd", "-300.00")]
    assert proved(shop) == [False, True]
    assert say(shop, as_of=LAST).lines == ()
    update = Update(ref=MAIN, old=before, new=shop.tip)
    assert check_push(shop.repo, [update], LAST) == ()


def test_the_remote_knows_that_what_it_trusts_is_wrong(shop: Workshop) -> None:
    wrong = record_what_had_run_out(shop)
    agree(shop, RECENT.replace(b"hours: 15", b"hours: 16"), author=APRIL)
    before = shop.tip
    write(shop, add(in_april(say(shop, as_of=LAST)), wrong, "1"), author=APRIL)
    update = Update(ref=MAIN, old=before, new=shop.tip)
    assert [one.code for one in check_push(shop.repo, [update], LAST)] == ["recognized-other"]


def test_what_a_right_one_recorded_stays_when_a_wrong_one_comes_after_it(shop: Workshop) -> None:
    agree(shop, RECENT)
    write(shop, first := say(shop))
    wait(shop, timedelta(days=59))
    shop.step({"docs/april.md": b"1\n"}, author=APRIL)
    more = add(in_april(replace(first, number=2, main=shop.tip)), first, "5")
    write(shop, more, author=APRIL)
    write(shop, back := in_april(say(shop, as_of=LAST)), author=APRIL)
    assert amounts(back) == [("hours", "-5")]
    assert proved(shop) == [True, False, True]


def test_who_lets_herself_record_by_a_forged_policy_settles_nothing(shop: Workshop) -> None:
    """Nor do those who trust what is on main take her for a recognizer."""
    agree(shop, RECENT)
    shop.step({FILE: RECENT.replace(b"rules:", b"recognizers: [mei]\nrules:")}, "mei")
    write(shop, say(shop, by=MEI), "mei")
    agree(shop, RECENT)
    wait(shop, timedelta(days=59))
    agree(shop, RECENT.replace(b"hours: 15", b"hours: 16"), author=APRIL)
    before = shop.tip
    write(shop, back := in_april(say(shop, as_of=LAST)), author=APRIL)
    assert amounts(back) == [("hours", "-15"), ("stipend_usd", "-300.00")]
    update = Update(ref=MAIN, old=before, new=shop.tip)
    assert check_push(shop.repo, [update], LAST) == ()
    assert proved(shop) == [False, True]


def is_taken(shop: Workshop, before: CommitId) -> bool:
    """Whether the remote takes what was pushed since a commit."""
    return check_push(shop.repo, [Update(ref=MAIN, old=before, new=shop.tip)], LAST) == ()


def test_a_wrong_one_of_a_day_far_ahead_is_in_no_ones_way(shop: Workshop) -> None:
    agree(shop)
    write(shop, replace(say(shop), as_of=date(2199, 1, 1)))
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 16"))
    before = shop.tip
    write(shop, said := say(shop))
    assert (said.number, amounts(said)) == (2, [("hours", "1")])
    assert proved(shop) == [False, True]
    assert is_taken(shop, before)


def test_a_number_that_was_skipped_is_free_and_one_that_cannot_be_read_is_taken(shop: Workshop) -> None:
    agree(shop)
    shop.step({recognized_path(ANA, MAPLE, 2): b"{}\n"})
    before = shop.tip
    write(shop, first := say(shop))
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 16"))
    write(shop, third := say(shop))
    assert (first.number, third.number, amounts(third)) == (1, 3, [("hours", "1")])
    rows = shop.audit().out["recognized"]
    assert {row["number"]: row["proved"] for row in rows} == {1: True, 2: False, 3: True}
    assert is_taken(shop, before)


def test_what_was_taken_away_stays_recorded_and_added_again_is_not_recorded_twice(shop: Workshop) -> None:
    agree(shop)
    _, path = write(shop, first := say(shop))
    shop.step({path: None})
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 16"))
    write(shop, second := say(shop))
    shop.step({path: encode(first)})
    agree(shop, POLICY.replace(b"hours: 15", b"hours: 17"))
    write(shop, third := say(shop))
    assert (second.number, amounts(second), third.number) == (2, [("hours", "1")], 3)
    assert amounts(third) == [("hours", "1")]
    assert proved(shop)[1:] == [True, True]


def takes_a_role(shop: Workshop) -> None:
    rules = shop.read(PROGRAMME, Programme)
    more = replace(rules, roles=replace(rules.roles, maintainers=(ROSA, MEI)))
    shop.step({PROGRAMME: encode(more)}, "mei")
    write(shop, say(shop, by=MEI), "mei")


def gives_a_maintainer_her_key(shop: Workshop) -> None:
    rosa, her_key = shop.read(profile_path(ROSA), Person), shop.key("eva").public
    more = (*rosa.keys, replace(rosa.keys[0], public=her_key))
    shop.step({profile_path(ROSA): encode(replace(rosa, keys=more))}, "mei")
    write(shop, say(shop), "eva")


@pytest.mark.parametrize("forge", [takes_a_role, gives_a_maintainer_her_key])
def test_who_takes_the_right_to_record_settles_nothing(
    forge: Callable[[Workshop], None], shop: Workshop
) -> None:
    agree(shop, RECENT)
    forge(shop)
    wait(shop, timedelta(days=59))
    shop.step({"docs/april.md": b"1\n"}, author=APRIL)
    write(shop, back := in_april(say(shop, as_of=LAST)), author=APRIL)
    assert amounts(back) == [("hours", "-15"), ("stipend_usd", "-300.00")]
    assert proved(shop) == [False, True]


def test_someone_who_may_not_record_settles_nothing(shop: Workshop) -> None:
    agree(shop, RECENT)
    write(shop, say(shop, by=MEI), "mei")
    wait(shop, timedelta(days=59))
    shop.step({"docs/april.md": b"1\n"}, author=APRIL)
    write(shop, back := in_april(say(shop, as_of=LAST)), author=APRIL)
    assert amounts(back) == [("hours", "-15"), ("stipend_usd", "-300.00")]
    assert proved(shop) == [False, True]
