"""Both checkers count alike: by any policy, any badges, and whatever was recorded before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mcred.domain.ids import Slug, Version
from mcred.domain.recognition.decided import RecognitionDecision
from mcred.domain.recognition.evidence import PresentedBadge, ReachedLevel
from mcred.domain.recognition.policy import LevelFloor, RecognitionPolicy
from mcred.formats.encode import encode
from tests.audit.second_checker import RECHECK
from tests.domain.test_recognition import SCALE, decide, many, policies

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
    policy: RecognitionPolicy, badges: list[PresentedBadge], as_of: date, earlier: list[RecognitionDecision]
) -> tuple[Any, Any]:
    """What the second checker says that the next decision has to say."""
    second = object.__new__(RECHECK.Recognized)
    second.policy, second.as_of = RECHECK.read_as(encode(policy), "recognition-policy"), as_of
    second.earlier = [RECHECK.read_as(encode(said), "recognized") for said in earlier]
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
        said = decide(policy, badges, as_of, *made)
        read = RECHECK.read_as(encode(said), "recognized")
        assert (read["lines"], read["total"]) == counted_again(policy, badges, as_of, made)
        made.append(said)
