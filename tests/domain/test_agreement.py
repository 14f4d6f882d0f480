"""Agreement as published examples have it, and what other rules would have decided."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Record
from mcred.domain.decision import Basis, Settled
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId
from mcred.domain.stats.agreement import (
    JudgedAttempt,
    agreements,
    has_alpha_library,
    list_judged,
    list_units,
    ordinal_alpha,
    strictness,
    what_ifs,
)
from mcred.domain.stats.report import Unit
from tests.school import (
    ANAS,
    BEN,
    CLEO,
    DEV,
    WAIT,
    a_catalog,
    a_credential,
    a_decision,
    a_record,
    an_assessment,
)

needs_alpha = pytest.mark.skipif(not has_alpha_library(), reason="python -m pip install nltk")
unhurried = settings(deadline=None, max_examples=60)

KRIPPENDORFF_2011 = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""K. Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve
units, some of them missing. Section D gives for ordered values alpha = 0.815."""


def units_of(rows: tuple[str, ...]) -> list[Unit]:
    """A reliability matrix as units; levels count from 0."""
    table = [row.split() for row in rows]
    return [
        {PersonId(f"o{n}"): int(cell) - 1 for n, cell in enumerate(column) if cell != "."}
        for column in zip(*table, strict=True)
    ]


@needs_alpha
class TestAlpha:
    def test_is_what_krippendorff_published(self) -> None:
        assert ordinal_alpha(units_of(KRIPPENDORFF_2011), 5) == pytest.approx(0.815, abs=0.0005)

    def test_of_two_observers_by_hand(self) -> None:
        # Six values, three of each of two levels, one of three units in disagreement: 1 - 5·2 / (2·3·3).
        units = units_of(("1 2 1", "1 2 2"))
        assert ordinal_alpha(units, 2) == pytest.approx(1 - 5 * 2 / 18)

    @unhurried
    @given(some.lists(some.integers(0, 3), min_size=2, max_size=12), some.integers(2, 4))
    def test_is_one_where_all_agree(self, ranks: list[int], observers: int) -> None:
        units = [{PersonId(f"o{n}"): rank for n in range(observers)} for rank in ranks]
        assert ordinal_alpha(units, 4) == (1.0 if len(set(ranks)) > 1 else None)

    @unhurried
    @given(
        some.lists(
            some.dictionaries(some.sampled_from([BEN, CLEO, DEV]), some.integers(0, 3), min_size=1),
            min_size=1,
        ),
        some.randoms(use_true_random=False),
    )
    def test_knows_no_order_and_no_names(self, units: list[dict[PersonId, int]], rng: object) -> None:
        before = ordinal_alpha(units, 4)
        turned = [dict(reversed(u.items())) for u in reversed(units)]
        renamed = [{PersonId(f"x-{p}"): rank for p, rank in u.items()} for u in turned]
        assert ordinal_alpha(renamed, 4) == (None if before is None else pytest.approx(before))
        assert before is None or before <= 1

    def test_one_score_alone_does_not_count(self) -> None:
        units = units_of(("1 2 1 3", "1 2 2 ."))
        assert ordinal_alpha(units, 3) == ordinal_alpha(units[:3], 3)


def judged(
    *levels: Mapping[str, str], attempt: int = 1, carried: Mapping[str, str] | None = None
) -> JudgedAttempt:
    """One attempt with an assessment for each mapping of levels."""
    given = tuple(
        an_assessment(PersonId(f"judge-{n}"), given, attempt=attempt) for n, given in enumerate(levels)
    )
    kept = tuple(Settled(criterion=Slug(c), level=Slug(v), carried=True) for c, v in (carried or {}).items())
    decision = replace(a_decision(attempt=attempt), levels=kept)
    return JudgedAttempt(definition=a_credential(), decision=decision, assessments=given)


BASIC, BEST = {"questions": "basic"}, {"questions": "proficient"}


class TestWhatIf:
    def test_unanimity_turns_what_one_of_three_refused(self) -> None:
        found = {w.rule: w for w in what_ifs([judged(BEST, BEST, BASIC), judged(BEST, BEST, BEST)])}
        assert (found["unanimity"].flips, found["unanimity"].of, found["unanimity"].to_award) == (1, 2, 0)
        assert found["the mildest assessor"].flips == 0

    def test_the_mildest_turns_what_two_of_three_refused(self) -> None:
        found = {w.rule: w for w in what_ifs([judged(BASIC, BEST, BASIC)])}
        assert (found["the mildest assessor"].flips, found["the mildest assessor"].to_award) == (1, 1)
        assert found["unanimity"].flips == 0

    def test_the_first_assessor_alone(self) -> None:
        found = {w.rule: w for w in what_ifs([judged(BEST, BASIC, BASIC), judged(BASIC, BASIC, BASIC)])}
        assert (found["the first assessor alone"].flips, found["the first assessor alone"].to_award) == (1, 1)

    def test_one_assessor_is_never_asked(self) -> None:
        assert what_ifs([judged(BASIC), judged(BEST)]) == ()

    def test_what_was_carried_over_stays(self) -> None:
        without = {"context": "passing", "waiting": "proficient"}
        given = tuple(
            replace(a, scores=tuple(s for s in a.scores if s.criterion != "questions"))
            for a in judged(BEST, BASIC).assessments
        )
        kept = judged(without, carried={"questions": "basic"})
        found = what_ifs([replace(kept, assessments=given)])
        assert [w.flips for w in found] == [0, 0, 0]

    @unhurried
    @given(
        some.lists(
            some.lists(some.sampled_from(["proficient", "basic", "developing"]), min_size=2, max_size=5)
        )
    )
    def test_stricter_rules_only_refuse_and_milder_ones_only_award(self, panels: list[list[str]]) -> None:
        found = {w.rule: w for w in what_ifs([judged(*({"questions": v} for v in p)) for p in panels])}
        if panels:
            assert found["unanimity"].to_award == 0
            assert found["the mildest assessor"].to_award == found["the mildest assessor"].flips
            assert all(0 <= w.flips <= w.of == len(panels) for w in found.values())


class TestUnits:
    def test_are_by_criterion_and_scale(self) -> None:
        units = list_units([judged(BEST, BASIC)])
        assert units[WAIT, Slug("questions"), a_credential().scales[Slug("three")]] == (
            {PersonId("judge-0"): 0, PersonId("judge-1"): 1},
        )
        shorter = a_credential(
            scales={**a_credential().scales, Slug("three"): (Slug("proficient"), Slug("basic"))}
        )
        other = replace(judged(BEST, BASIC), definition=shorter)
        assert len(list_units([judged(BEST, BASIC), other])) == len(units) + 2

    def test_agreement_is_of_attempts_that_two_scored(self) -> None:
        rows = agreements([judged(BEST, BASIC), judged(BEST, BEST), judged(BASIC)], with_alpha=False)
        row = next(r for r in rows if r.criterion == "questions")
        assert (row.units, row.pairs, row.exact, row.adjacent, row.alpha) == (2, 2, 0.5, 1.0, None)
        assert row.title == "Questions" and row.alpha_said == "–"
        assert agreements([judged(BEST)], with_alpha=False) == ()

    def test_strictness_is_listed_from_the_strictest(self) -> None:
        found = strictness([judged(BEST, {"questions": "developing"})], a_catalog())
        assert [(s.person, s.scores, round(s.difference, 2)) for s in found] == [
            ("judge-1", 3, 0.67),
            ("judge-0", 3, -0.67),
        ]


class TestRecord:
    def record(self, *given: Assessment) -> Record:
        basis = tuple(Basis(assessor=a.assessor, commit=CommitId("e" * 40)) for a in given)
        return a_record(assessments=given, decisions=(a_decision(basis=basis),))

    def test_counts_what_a_decision_rests_on_in_the_order_it_came(self) -> None:
        late, early = (
            an_assessment(BEN),
            replace(an_assessment(DEV), assessed=a_decision().decided.replace(hour=1)),
        )
        stray = an_assessment(CLEO)
        record = self.record(late, early)
        record = replace(record, assessments=(late, early, stray, replace(early, attempt=2)))
        (one,), unread = list_judged(a_catalog((record,)))
        assert [a.assessor for a in one.assessments] == [DEV, BEN] and unread == 0

    def test_says_what_it_cannot_read(self) -> None:
        catalog = replace(a_catalog((self.record(an_assessment(BEN)),)), editions={})
        assert list_judged(catalog) == ((), 1)

    def test_has_one_attempt_each(self) -> None:
        other = SubmissionId(BEN, WAIT)
        found, _ = list_judged(a_catalog((a_record(), a_record(other))))
        assert {j.decision.submission for j in found} == {ANAS, other}
