"""A place given back, as readers check it: from one that is accepted, each single change is refused."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.ids import CommitId, PersonId
from mcred.domain.programme import Policy
from mcred.domain.rules.acceptance import Arrived, check_declined
from mcred.domain.rules.eligibility import reasons_against_asked
from mcred.domain.seats import DeclinedReview
from tests.school import ANA, ANAS, BEN, MAIN, MEI, NOON, SENT, WAIT, a_catalog, a_person

PATH = "portfolios/ana/wait-time/attempts/1/declined/mei.json"
SAID = DeclinedReview(
    format=2,
    submission=ANAS,
    attempt=1,
    assessor=MEI,
    judged=SENT,
    main=MAIN,
    declined=NOON,
    because="I coach her.",
)
HERE = Arrived(signer=a_person("mei").keys[0].public, parent=SENT, touched=((PATH, "100644"),))
OTHER = CommitId("9" * 40)
STALE = "it is not about the version in review, or comes after an answer"


def reasons(said: DeclinedReview = SAID, arrived: Arrived = HERE) -> tuple[str, ...]:
    return check_declined(said, arrived, (ANAS, 1, MEI, PATH), SENT, a_catalog())


def test_mei_gives_back_her_place() -> None:
    assert reasons() == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signer": None}, "it is not signed, or its signature is broken"),
        ({"signer": "ssh-ed25519 ben"}, "it is signed with a key that is not mei's"),
        ({"parent": OTHER}, STALE),
        ({"parent": None}, STALE),
        ({"touched": ((PATH, "100755"),)}, "it changes more than its own file"),
        ({"touched": ((PATH, "100644"), ("mcred.yaml", "100644"))}, "it changes more than its own file"),
    ],
)
def test_how_it_arrived(changes: dict[str, Any], reason: str) -> None:
    assert reasons(arrived=replace(HERE, **changes)) == (reason,)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"judged": OTHER}, STALE),
        ({"attempt": 2}, "it says it is by mei for attempt 2 of ana/wait-time"),
        ({"assessor": BEN}, "it says it is by ben for attempt 1 of ana/wait-time"),
    ],
)
def test_what_it_says(changes: dict[str, Any], reason: str) -> None:
    assert reasons(said=replace(SAID, **changes)) == (reason,)


@pytest.mark.parametrize(
    ("person", "rule", "by_issuer", "may"),
    [
        (MEI, "expert", False, True),
        (MEI, "peer", False, False),
        (MEI, "peer", True, True),
        (BEN, "peer", False, True),
        (BEN, "expert", True, False),
        (ANA, "peer", True, False),
        (PersonId("nobody"), "peer", True, False),
    ],
)
def test_an_expert_stands_in_for_a_peer_where_an_issuer_asked_and_never_the_reverse(
    person: PersonId, rule: Any, by_issuer: bool, may: bool
) -> None:
    catalog = replace(a_catalog(), holders={WAIT: frozenset({BEN, ANA})})
    policy = Policy(conflicts=("self",))
    found = reasons_against_asked(person, ANAS, catalog, rule, policy, by_issuer=by_issuer)
    assert (not found) is may
