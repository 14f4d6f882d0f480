"""Rights count at the state of main that an answer names: what changes afterwards is no finding."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.audit.forged_invitations import HONEST as INVITED
from tests.audit.forged_recognition import HONEST as RECORDED
from tests.audit.forged_rights import HONEST
from tests.audit.workshop import Redo, Workshop


@pytest.mark.parametrize("build", HONEST, ids=lambda build: build.__name__.replace("_", " "))
def test_stays_proved(shop: Workshop, build: Callable[[Workshop], Redo]) -> None:
    build(shop).build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved


@pytest.mark.parametrize("tell", INVITED, ids=lambda tell: tell.__name__.replace("_", " "))
def test_what_someone_decides_who_was_invited_stays_proved(
    shop: Workshop, tell: Callable[[Workshop], None]
) -> None:
    tell(shop)
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert ("dev/wait-time", 1) in answer.proved


@pytest.mark.parametrize("tell", RECORDED, ids=lambda tell: tell.__name__.replace("_", " "))
def test_what_is_rightly_recorded_as_recognized_is_proved(
    shop: Workshop, tell: Callable[[Workshop], None]
) -> None:
    tell(shop)
    answer = shop.audit()
    assert answer.out["findings"] == []
    assert answer.out["recognized"] and all(one["proved"] for one in answer.out["recognized"])
