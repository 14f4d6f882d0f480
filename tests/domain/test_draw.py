"""Whether a request was drawn from the newest state."""

from __future__ import annotations

from mcred.domain.ids import CommitId
from mcred.domain.rules.draw import OUTDATED, find_outdated
from mcred.domain.submission import Load
from tests.school import BEN, CLEO, MAIN, MEI, a_request

NEWER = CommitId("8" * 40)
ASKED = a_request(candidates=(Load(person=MEI, open=2), Load(person=CLEO, open=0)))


def test_a_request_drawn_from_the_newest_state_is_taken() -> None:
    """Open reviews of people who cannot be asked do not matter."""
    assert [*find_outdated(ASKED, MAIN, {MEI: 2, BEN: 7})] == []


def test_an_older_main_and_other_open_reviews_are_named() -> None:
    found = dict(find_outdated(ASKED, NEWER, {MEI: 1, CLEO: 3}))
    assert set(found) == OUTDATED
    assert found["request-old"].endswith("and main is 888888888888 by now")
    assert found["request-loads"].endswith("differ: mei 1 (it says 2), cleo 3 (it says 0)")
