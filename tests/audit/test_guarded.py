"""What an audit would find later, a remote does not take in the first place."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from mcred.app.audit.push_guard import Update, check_push
from mcred.domain.ids import CommitId
from mcred.domain.layout import MAIN
from tests.audit.forged_invitations import someone_who_was_invited_decides
from tests.audit.forged_recognition import FORGERIES
from tests.audit.forgeries import Forgery
from tests.audit.workshop import Workshop

TODAY = date(2026, 3, 2)


def pushed(shop: Workshop, old: CommitId | None, today: date = TODAY) -> set[str]:
    """The codes of what the remote says to a push of the main line as it is in the workshop."""
    refusals = check_push(shop.repo, [Update(ref=MAIN, old=old, new=shop.tip)], today)
    assert all(r.what and r.hint for r in refusals)
    return {r.code for r in refusals}


def test_the_honest_history_is_taken_whole_and_step_by_step(shop: Workshop) -> None:
    assert pushed(shop, None) == set()
    line = shop.main_line()
    for old, new in pairwise(line):
        assert check_push(shop.repo, [Update(ref=MAIN, old=old, new=new)], TODAY) == ()


def test_someone_who_was_invited_comes_in_until_it_ends_by_the_clock_there(shop: Workshop) -> None:
    someone_who_was_invited_decides(shop)
    line = shop.main_line()
    came = next(c for c in line if b"portfolios/zoe/profile.yaml" in shop.files(c))
    update = Update(ref=MAIN, old=shop.parents(came)[0], new=came)
    assert check_push(shop.repo, [update], date(2026, 3, 17)) == ()
    assert [r.code for r in check_push(shop.repo, [update], date(2026, 3, 18))] == ["join-wrong"]


@pytest.mark.slow
@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda f: f.name)
def test_is_refused(shop: Workshop, forgery: Forgery) -> None:
    """By its own rule, or because main does not grow out of what is there."""
    honest, began = shop.honest, shop.town.now
    forgery.build(shop)
    if shop.tip == honest:
        return  # nothing was done to main: it shows on someone's own line
    assert {forgery.code, "line-rewritten"} & pushed(shop, honest, TODAY + (shop.town.now - began))
