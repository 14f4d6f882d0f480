"""Whose word it takes to lay two people's work side by side."""

from __future__ import annotations

import pytest

from mcred.domain.ids import PersonId
from mcred.domain.rules.consent import missing_consent
from tests.school import ANA, BEN, MEI, a_person

YES, NO = {"share_work": True}, {"share_work": False}


@pytest.mark.parametrize(
    ("ana", "ben", "viewer", "missing"),
    [
        (YES, YES, MEI, ()),
        (YES, NO, MEI, (BEN,)),
        (NO, NO, MEI, (ANA, BEN)),
        (NO, YES, ANA, ()),
        (YES, NO, ANA, (BEN,)),
        (NO, YES, None, (ANA,)),
    ],
)
def test_the_word_of_each_but_the_viewer(
    ana: dict[str, bool], ben: dict[str, bool], viewer: PersonId | None, missing: tuple[PersonId, ...]
) -> None:
    people = {ANA: a_person("ana", **ana), BEN: a_person("ben", **ben)}
    assert missing_consent(viewer, (ANA, BEN), people) == missing


def test_no_one_shares_before_they_say_so_and_strangers_never_do() -> None:
    assert not a_person("ana").share_work
    assert missing_consent(MEI, (ANA, ANA), {}) == (ANA,)
