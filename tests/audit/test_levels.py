"""Levels that an award opens are held to what was committed to, back to where a kept one came from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.audit.forged_levels import HONEST
from tests.audit.workshop import Redo, Workshop


@pytest.mark.parametrize("build", HONEST, ids=lambda build: build.__name__.replace("_", " "))
def test_stays_proved(shop: Workshop, build: Callable[[Workshop], Redo]) -> None:
    redo = build(shop)
    made = redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert made in shop.main_line()
    assert (str(redo.about), redo.attempt) in answer.proved or redo.decision.get("outcome") == "decline"
