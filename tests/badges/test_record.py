"""A badge beside what the programme's record gives."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.badges.record import Recorded, compare_badge
from tests.badges.issuing import a_badge
from tests.badges.tamper import changed
from tests.school import SENT, a_decision

BADGE = a_badge()
KEPT = Recorded(documents={1: BADGE}, decision=a_decision(judged=SENT), place="attempt 1 of ana/wait-time")


def test_what_the_record_gives_holds() -> None:
    check = compare_badge(BADGE, KEPT)
    assert (check.ok, check.name) == (True, "record") and "attempt 1 of ana/wait-time" in check.what


SUBJECT = ("credentialSubject",)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (changed(BADGE, (*SUBJECT, "result", 0, "achievedLevel"), "urn:x"), "levels"),
        (changed(BADGE, (*SUBJECT, "result"), BADGE["credentialSubject"]["result"][:-1]), "levels"),
        (changed(BADGE, (*SUBJECT, "result"), BADGE["credentialSubject"]["result"] * 2), "levels"),
        (changed(BADGE, (*SUBJECT, "result"), None), "levels"),
        (
            changed(BADGE, (*SUBJECT, "achievement", "id"), "urn:mcred:definition:x:1.0:f"),
            "a different definition",
        ),
        (changed(BADGE, ("evidence",), []), "a different submission"),
    ],
)
def test_what_was_not_decided_is_named(document: dict[str, Any], why: str) -> None:
    for documents in ({1: document}, {1: BADGE}):
        check = compare_badge(document, replace(KEPT, documents=documents))
        assert check.ok is False and check.state == "not on record" and why in check.what


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (replace(KEPT, decision=a_decision(judged=SENT, outcome="revise")), "'revise'"),
        (replace(KEPT, decision=a_decision(judged="a" * 40)), "a different submission"),
        (replace(KEPT, submission_kept=False), "not part of the record"),
        (replace(KEPT, definition_kept=False), "never had that definition"),
        (replace(KEPT, documents={}), "a different document"),
        (replace(KEPT, documents={1: {**BADGE, "name": "x"}}), "a different document"),
    ],
)
def test_a_record_that_does_not_give_it(kept: Recorded, why: str) -> None:
    check = compare_badge(BADGE, kept)
    assert check.ok is False and check.state == "not on record" and why in check.what


def test_what_became_of_it() -> None:
    later = {**BADGE, "id": "urn:later"}
    replaced = compare_badge(BADGE, replace(KEPT, documents={1: BADGE, 2: later}))
    assert (replaced.ok, replaced.state, replaced.what) == (False, "superseded", "replaced by urn:later")
    assert compare_badge(later, replace(KEPT, documents={1: BADGE, 2: later})).ok is True
    revoked = compare_badge(BADGE, replace(KEPT, documents={1: BADGE, 2: later}, revoked="revoked on a day"))
    assert (revoked.ok, revoked.state, revoked.what) == (False, "revoked", "revoked on a day")
    other = compare_badge({**BADGE, "name": "x"}, replace(KEPT, revoked="revoked on a day"))
    assert other.state == "not on record"


def test_a_badge_without_a_decision_is_compared_as_a_whole() -> None:
    stack = Recorded(documents={1: BADGE}, place="badge 1 of ana for the stack questions")
    assert compare_badge(BADGE, stack).ok is True
    assert compare_badge({**BADGE, "name": "x"}, stack).ok is False
