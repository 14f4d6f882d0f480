"""What is worth a look: each warning, and an honest programme that gives none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.audit.values import Finding
from mcred.domain.audit.watch import (
    CLOCK_BACK,
    CROWD,
    PUT_BACK,
    QUICK,
    Reviewed,
    RulesStep,
    Watch,
    find_always_top,
    find_crowds,
    find_loosened,
    find_quick,
    find_rings,
)
from mcred.domain.ids import CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.programme import Programme
from tests.domain.shelf import a_move
from tests.school import a_catalog

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = ("ana", "ben", "cleo", "dev", "eva", "finn", "gus", "hana")


def review(assessor: str, earner: str, n: int, **more: Any) -> Reviewed:
    """A review of the earner's n-th micro-credential, written two days after it was asked for."""
    asked = DAY + timedelta(days=7 * n)
    given: dict[str, Any] = {"requested": asked, "assessed": asked + timedelta(days=2), "is_top": n % 3 > 0}
    return Reviewed(
        assessor=PersonId(assessor),
        submission=SubmissionId(PersonId(earner), CredentialId(f"topic-{n}")),
        attempt=1,
        commit=CommitId(f"{n:040}"),
        path=f"{earner}/{n}/{assessor}",
        **(given | more),
    )


HONEST = tuple(
    review(assessor, earner, n, assessed=DAY + timedelta(days=7 * n + 2, hours=2 * at))
    for n in range(24)
    for place, earner in enumerate(PEOPLE)
    for at in range(1, 4)
    if (assessor := PEOPLE[(place + n + at) % len(PEOPLE)]) != earner
)
"""Eight colleagues, each judged by three others, week by week in another order."""


def codes(found: Sequence[Finding]) -> list[str]:
    return [f.code for f in found]


def all_of(reviews: Sequence[Reviewed]) -> tuple[Finding, ...]:
    return Watch(reviews=list(reviews)).warnings()


def without(*earners: str) -> list[Reviewed]:
    return [r for r in HONEST if r.submission.earner not in earners]


def test_an_honest_programme_is_silent() -> None:
    assert all_of(HONEST) == ()
    assert len(HONEST) > 400 and len({r.assessor for r in HONEST}) == len(PEOPLE)


class TestRings:
    def test_a_pair_who_judge_each_other(self) -> None:
        pair = [review(a, b, n) for n in range(4) for a, b in (("ana", "ben"), ("ben", "ana"))]
        found = all_of([*without("ana", "ben"), *pair])
        assert codes(found) == ["review-ring"]
        assert found[0].what == "ana assessed 4 of 4 attempts of ben; ben assessed 4 of 4 attempts of ana"

    def test_a_circle_of_three_is_told_once(self) -> None:
        circle = [
            review(a, b, n) for n in range(3) for a, b in (("ana", "ben"), ("ben", "cleo"), ("cleo", "ana"))
        ]
        (found,) = find_rings([*without("ana", "ben", "cleo"), *circle])
        assert found.what.count(" assessed 3 of 3 attempts of ") == 3

    @pytest.mark.parametrize("others", [0, 1])
    def test_half_of_the_attempts_is_the_edge(self, others: int) -> None:
        pair = [review(a, b, n) for n in range(3) for a, b in (("ana", "ben"), ("ben", "ana"))]
        more = [review("cleo", "ben", n) for n in range(3, 6 + others)]
        assert codes(tuple(find_rings([*without("ana", "ben"), *pair, *more]))) == ["review-ring"] * (
            1 - others
        )

    def test_twice_is_chance_and_one_way_is_no_ring(self) -> None:
        pair = [review(a, b, n) for n in range(2) for a, b in (("ana", "ben"), ("ben", "ana"))]
        one_way = [review("ana", "ben", n) for n in range(9)]
        assert not [*find_rings([*without("ana", "ben"), *pair])]
        assert not [*find_rings([*without("ana", "ben"), *one_way])]

    def test_a_small_programme_has_no_one_else(self) -> None:
        small = [review(a, b, n) for n in range(5) for a, b in product(PEOPLE[:5], PEOPLE[:5]) if a != b]
        assert all(r.assessor in PEOPLE[:5] for r in small)
        assert not [*find_rings(small)]


class TestAlwaysTop:
    def test_who_never_gives_less_where_others_do(self) -> None:
        mild = [replace(r, is_top=True) if r.assessor == "dev" else r for r in HONEST]
        (found,) = all_of(mild)
        assert (found.code, found.person) == ("review-top", "dev")
        own = sum(r.assessor == "dev" for r in HONEST)
        assert found.what.startswith(f"dev gave the best level to every criterion in {own} reviews; others")

    def test_good_work_and_few_reviews_are_silent(self) -> None:
        assert not [*find_always_top([replace(r, is_top=True) for r in HONEST])]
        few = [review("new", "ana", n, is_top=True) for n in range(11)]
        assert not [*find_always_top([*HONEST, *few])]
        assert codes(tuple(find_always_top([*HONEST, *few, review("new", "ben", 0, is_top=True)]))) == [
            "review-top"
        ]


class TestQuick:
    def quick(self, times: int, took: timedelta = QUICK - timedelta(minutes=1)) -> list[Reviewed]:
        return [review("new", "ana", n, assessed=DAY + timedelta(days=7 * n) + took) for n in range(times)]

    def test_minutes_after_the_request(self) -> None:
        (found,) = all_of([*HONEST, *self.quick(5)])
        assert (found.code, found.person) == ("review-quick", "new")
        assert found.what == "new wrote 5 of 5 reviews less than 10 minutes after the request"

    def test_few_slower_or_among_many_others(self) -> None:
        assert not [*find_quick(self.quick(4))]
        assert not [*find_quick(self.quick(9, QUICK))]
        assert not [*find_quick([*self.quick(5), *(review("new", "ben", n) for n in range(6))])]
        assert not [*find_quick([replace(r, requested=None) for r in self.quick(9)])]


class TestCrowds:
    def crowd(self, count: int, apart: timedelta) -> list[Reviewed]:
        return [review("new", "ana", n, assessed=DAY + n * apart) for n in range(count)]

    def test_many_within_an_hour(self) -> None:
        (found,) = all_of([*HONEST, *self.crowd(CROWD, timedelta(minutes=6))])
        assert (found.code, found.person) == ("review-crowd", "new")
        assert found.what == "new wrote 10 reviews within an hour, from 2026-03-02 09:00 UTC on"

    def test_fewer_or_slower(self) -> None:
        assert not [*find_crowds(self.crowd(CROWD - 1, timedelta(minutes=1)))]
        assert not [*find_crowds(self.crowd(40, timedelta(minutes=7)))]


class TestClocks:
    @pytest.mark.parametrize(("back", "told"), [(CLOCK_BACK, 0), (CLOCK_BACK + timedelta(seconds=1), 1)])
    def test_a_step_dated_before_the_one_it_follows(self, back: timedelta, told: int) -> None:
        watch = Watch()
        for number, when in enumerate((DAY, DAY - back, None, DAY)):
            watch.see(replace(a_move(), when=when), number, None)
        assert codes(watch.warnings()) == ["clock-back"] * told

    def test_one_step_far_ahead_is_told_once(self) -> None:
        watch = Watch()
        for number, days in enumerate((0, 9000, 1, 2, 3)):
            watch.see(replace(a_move(), when=DAY + timedelta(days=days)), number, None)
        (found,) = watch.warnings()
        assert found.what == "it is dated 2026-03-03 09:00 UTC, and the step before it 2050-10-22 09:00 UTC"


class TestLoosened:
    strict: Programme = a_catalog().programme
    loose = (
        replace(strict, signatures="recorded"),
        replace(strict, assessment=replace(strict.assessment, peers=1)),
        replace(strict, assessment=replace(strict.assessment, experts=0)),
        replace(strict, assessment=replace(strict.assessment, expert_submissions=1)),
        replace(strict, assessment=replace(strict.assessment, conflicts=("self", "declared"))),
    )

    def found(
        self, *rules: Programme, judged: tuple[int, int] = (21, 25), apart: timedelta = timedelta(days=1)
    ) -> list[Finding]:
        steps = [
            RulesStep(step=10 * n, commit=CommitId(str(n)), when=DAY + n * apart, rules=one)
            for n, one in enumerate(rules, start=1)
        ]
        return [*find_loosened(steps, [judged])]

    @pytest.mark.parametrize("loose", loose, ids=range(len(loose)))
    def test_for_a_moment_in_which_someone_was_judged(self, loose: Programme) -> None:
        (found,) = self.found(self.strict, loose, self.strict)
        assert (found.code, found.commit) == ("rules-loosened", "3")
        assert " on 2026-03-04 09:00 UTC, and back on 2026-03-05 09:00 UTC" in found.what

    def test_says_what_it_was(self) -> None:
        said = [self.found(self.strict, loose, self.strict)[0].what.split(" on ")[0] for loose in self.loose]
        assert said[0] == "signatures: required → recorded"
        assert said[1] == "peers: 3 → 1"
        assert said[4] == "conflict same-school: held → not held"

    def test_asked_by_loose_rules_and_decided_by_strict_ones(self) -> None:
        assert self.found(self.strict, self.loose[1], self.strict, judged=(20, 99))
        assert not self.found(self.strict, self.loose[1], self.strict, judged=(30, 99))

    def test_a_slip_that_was_fixed_and_rules_that_were_tried(self) -> None:
        assert not self.found(self.strict, self.loose[1], self.strict, judged=(5, 35))
        assert not self.found(self.strict, self.loose[1], self.strict, apart=PUT_BACK + timedelta(hours=1))
        assert not self.found(self.strict, self.loose[1])
        assert not self.found(self.loose[1], self.strict)
