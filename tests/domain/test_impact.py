"""What a changed definition touches: flips of golden examples, and work by its standing."""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec.structs import replace

from mcred.domain.assessment import Agreed, Score
from mcred.domain.catalog import Example
from mcred.domain.credential import AwardRule
from mcred.domain.ids import Slug, Version
from mcred.domain.rules.impact import Begun, find_flips, find_impact, outcome_of
from tests.school import ANAS, a_credential, a_work

OLD = a_credential()
LAX = replace(OLD, version=Version("1.3.0"), award_rule=AwardRule(kind="count", number=2, of=3))


def agreed(waiting: str = "basic", outcome: Literal["award", "revise"] = "award", **changes: str) -> Agreed:
    given = {"context": "passing", "questions": "proficient", "waiting": waiting}
    scores = tuple(Score(criterion=Slug(c), level=Slug(v), feedback="Seen.") for c, v in given.items())
    version = changes.get("acknowledged")
    return Agreed(
        format=2, outcome=outcome, scores=scores, acknowledged=Version(version) if version else None
    )


def example(found: Agreed, name: str = "good") -> Example:
    return Example(name=Slug(name), work=a_work(), agreed=found)


@pytest.mark.parametrize(
    ("waiting", "outcome"), [("basic", "award"), ("developing", "revise"), ("best", None)]
)
def test_what_agreed_levels_come_to(waiting: str, outcome: str | None) -> None:
    assert outcome_of(agreed(waiting), OLD) == outcome


def test_an_outcome_that_flips_is_found_once() -> None:
    weak = agreed("developing", "revise")
    (flip,) = find_flips(OLD, LAX, [example(weak)], [example(replace(weak, outcome="award"))])
    assert (flip.example, flip.before, flip.after, flip.acknowledged) == ("good", "revise", "award", False)


def test_an_outcome_that_stays_is_no_flip() -> None:
    assert not find_flips(OLD, LAX, [example(agreed())], [example(agreed())])


@pytest.mark.parametrize(("said", "fine"), [("1.3.0", True), ("1.2.0", False), ("", False)])
def test_only_the_version_that_does_it_acknowledges(said: str, fine: bool) -> None:
    weak = agreed("developing", "revise")
    after = replace(agreed("developing", "award", acknowledged=said))
    (flip,) = find_flips(OLD, LAX, [example(weak)], [example(after)])
    assert flip.acknowledged is fine


def test_new_examples_and_such_that_never_fitted_do_not_flip() -> None:
    assert not find_flips(OLD, LAX, [], [example(agreed())])
    assert not find_flips(OLD, LAX, [example(agreed("best"))], [example(agreed())])


def test_levels_that_no_longer_fit_are_told() -> None:
    scales = {**OLD.scales, Slug("three"): (Slug("proficient"), Slug("nearly"), Slug("developing"))}
    (flip,) = find_flips(OLD, replace(OLD, scales=scales), [example(agreed())], [example(agreed())])
    assert flip.after is None


def test_scores_edited_until_they_flip_are_found_without_any_change_of_the_rubric() -> None:
    after = agreed("developing", "revise")
    (flip,) = find_flips(OLD, OLD, [example(agreed())], [example(after)])
    assert (flip.before, flip.after) == ("award", "revise")


def test_work_is_touched_by_the_version_it_is_by() -> None:
    part = OLD.parts[1]
    new = replace(
        OLD,
        version=Version("1.3.0"),
        parts=(OLD.parts[0], replace(part, items=part.items[:1], criteria=part.criteria[:1])),
    )
    begun = [
        Begun(submission=ANAS, kind="held", edition=OLD, work=a_work()),
        Begun(submission=ANAS, kind="draft", edition=new, work=None),
    ]
    impact = find_impact(OLD, new, ((), ()), begun)
    (held,) = impact.of("held")
    assert held.version == "1.2.0"
    assert held.delta is not None
    assert held.delta.kept == ("context", "questions")
    assert "no item 'class-video' takes evidence" in [g.what for g in held.delta.gaps]
    (draft,) = impact.of("draft")
    assert (draft.version, draft.delta) == ("1.3.0", None)
    assert impact.of("in review") == ()
    assert [a.id for a in impact.asked] == ["class-video", "waiting"]
