"""A decision's final levels."""

from __future__ import annotations

from mcred.domain.ids import Slug
from tests.school import a_decision


def test_a_final_level_is_found_by_its_criterion() -> None:
    assert a_decision().level_of(Slug("waiting")) == "basic"
    assert a_decision().level_of(Slug("context")) == "passing"


def test_a_criterion_without_a_final_level_has_none() -> None:
    assert a_decision().level_of(Slug("nonsense")) is None
    assert a_decision(levels=()).level_of(Slug("waiting")) is None
