"""What a stack's badge says: the badges it stands on, and no more than they do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.badges.stack_badge import HeldBadge, StackFacts, describe_stack_badge, make_stack_badge, read_held
from mcred.badges.verify import verify
from mcred.domain.ids import CredentialId
from mcred.formats.stack_badge import read_stack_award
from tests.badges.issuing import SITE, a_badge, a_context, a_stack_badge, an_issuing, the_stack, write
from tests.school import NOON, WAIT, a_person


def held(name: str, ends: datetime | None = None) -> HeldBadge:
    found = read_held(
        CredentialId(name), write({**a_badge(), "name": name, "id": f"{SITE}/badges/ana/{name}"})
    )
    assert found is not None
    return replace(found, ends=ends)


def facts(**changes: Any) -> StackFacts:
    return replace(the_stack(), **changes)


def test_it_holds_as_long_as_the_first_of_its_parts() -> None:
    early, late = datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC), datetime(2028, 1, 31, tzinfo=UTC)
    parts = (held("a", late), held("b", early), held("c"))
    assert describe_stack_badge(facts(contained=parts))["validUntil"] == "2027-01-31T23:59:59Z"
    assert "validUntil" not in describe_stack_badge(facts(contained=parts[2:]))


def test_each_part_is_named_with_id_and_digest() -> None:
    badge = a_stack_badge()
    (piece,) = badge["evidence"]
    assert piece["id"] == a_badge()["id"] and len(piece["description"]) == len("SHA-256 ") + 64
    assert badge["id"] == "https://badges.example.org/badges/ana/stacks/talk/1/badge.json"
    assert make_stack_badge(the_stack()) == make_stack_badge(the_stack())


def test_whoever_is_private_today_is_in_no_address() -> None:
    hidden = facts(earner=a_person("ana", publish="private"))
    text = json.dumps(describe_stack_badge(hidden, an_issuing(image="")))
    assert "/ana/" not in text and '"Ana"' not in text and "urn:uuid:" in text
    other = replace(hidden, contained=(replace(held("a"), digest="1" * 64),))
    assert describe_stack_badge(hidden, an_issuing())["id"] != describe_stack_badge(other, an_issuing())["id"]


def test_what_it_says_can_be_read_again_and_checked() -> None:
    badge = a_stack_badge()
    read = read_stack_award(write(badge))
    assert read is not None
    assert (read.title, read.awarded, read.contained[0].name) == ("Classroom talk", NOON, "Wait Time")
    assert verify(write(badge), a_context()).answer == "valid"


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'"x"', b"[" * 5000, b'{"id": 1, "name": "x", "awardedDate": 3}', b"\xff"]
)
def test_what_is_no_badge_counts_for_nothing(data: bytes) -> None:
    assert read_held(WAIT, data) is None and read_stack_award(data) is None


@pytest.mark.parametrize("name", ["awardedDate", "evidence", "credentialSubject"])
def test_a_badge_that_lacks_something_is_not_shown(name: str) -> None:
    badge = a_stack_badge()
    del badge[name]
    assert read_stack_award(write(badge)) is None
