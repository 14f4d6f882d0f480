"""`AwardStacks`: who issues which stack badges."""

from __future__ import annotations

import pytest

from mcred.app.awards.award_stacks import AwardStacks, view_stacks
from mcred.app.use_case import carry_out
from mcred.app.workspace import open_workspace
from mcred.domain.ids import PersonId
from mcred.problems import McredError
from tests.app.conftest import at_home
from tests.cli.test_stacks import PAIR, add_stack
from tests.cli.town import WAIT, Town


@pytest.mark.slow
def test_what_is_due_is_given_once_by_an_issuer(earned: Town) -> None:
    add_stack(earned, WAIT)
    rosa = at_home(earned, "rosa")
    found = view_stacks(open_workspace(rosa))
    assert [line.earner for line in found.due] == ["ana"]
    assert not view_stacks(open_workspace(at_home(earned, "ana"))).due
    with pytest.raises(McredError, match="only issuers"):
        carry_out(at_home(earned, "ana"), AwardStacks())
    assert carry_out(rosa, AwardStacks()).stacks == ((PersonId("ana"), PAIR),)
    after = earned.refs()
    assert carry_out(rosa, AwardStacks()).status == "not needed"
    assert earned.refs() == after
    assert not view_stacks(open_workspace(rosa)).due
