"""The state of main by which a right is judged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import ProgrammeState
from mcred.domain.ids import CommitId
from mcred.domain.rules.rights import reasons_since, reasons_there, why_not_under
from tests.school import a_catalog, a_programme

FIRST, REQUEST, LATER, UNKNOWN = (CommitId(c * 40) for c in "abcd")
PLACES = {FIRST: 1, REQUEST: 2, LATER: 3}
SIGNED = a_catalog()
RECORDED = a_catalog(programme=replace(a_programme(), signatures="recorded"))


@pytest.mark.parametrize(
    ("main", "request_main", "why"),
    [
        (REQUEST, REQUEST, ""),
        (LATER, REQUEST, ""),
        (FIRST, REQUEST, "a state from before its request"),
        (UNKNOWN, REQUEST, "a state that the program never had, or not by then"),
        (LATER, UNKNOWN, "a state from before its request"),
    ],
)
def test_an_answer_names_a_state_from_its_request_on(
    main: CommitId, request_main: CommitId, why: str
) -> None:
    assert why_not_under(main, request_main, PLACES.get).endswith(why)
    assert bool(why_not_under(main, request_main, PLACES.get)) == bool(why)


def against(*wrong: ProgrammeState) -> Callable[[ProgrammeState], tuple[str, ...]]:
    """One reason at some states, none at others."""
    return lambda state: ("no",) if any(state is one for one in wrong) else ()


@pytest.mark.parametrize("signed", [True, False])
def test_the_named_state_decides_whatever_holds_now(signed: bool) -> None:
    now = replace(RECORDED)
    assert reasons_there(RECORDED, now, against(RECORDED), signed=signed) == ("no",)
    assert reasons_there(RECORDED, now, against(now), signed=signed) == ()


def test_an_issuers_word_has_to_be_acceptable_now_as_well() -> None:
    assert reasons_there(RECORDED, SIGNED, against(SIGNED), signed=True) == ()
    assert reasons_there(RECORDED, SIGNED, against(SIGNED), signed=False) == ("no",)


def test_what_names_no_state_needs_one_at_which_all_holds() -> None:
    older = replace(SIGNED)
    assert reasons_since((SIGNED, older), against(SIGNED)) == ()
    assert reasons_since((SIGNED, older), against(SIGNED, older)) == ("no",)
