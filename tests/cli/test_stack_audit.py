"""Badges of stacks under an audit: given by rule, taken back, and forged by somebody who may sign them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from mcred.cli.keyring import read_key
from mcred.files.encode import encode
from mcred.model.credential import Stack
from mcred.model.ids import CredentialId, StackId, Version
from tests.cli.court import Forgery, on_main, repo_of, send_forgery
from tests.cli.town import SLIP, WAIT, Town

PAIR = StackId("pair")
BADGE = "portfolios/ana/stacks/pair/awards/1.json"


@pytest.fixture
def stacked(signed: Town) -> Town:
    """Ana holds both micro-credentials of a stack, and its signed badge."""
    stack = Stack(
        format=1,
        id=PAIR,
        version=Version("1.0.0"),
        title="Both",
        credentials=(CredentialId(WAIT), CredentialId(SLIP)),
    )
    place = signed.home("rosa") / "credentials" / "stacks" / "pair.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(encode(stack))
    signed.run("rosa", "save", "--programme")
    signed.run("rosa", "stacks", "--award")
    return signed


def found(town: Town) -> set[tuple[str, str]]:
    """Code and path of every finding."""
    town.run("rosa", "sync")
    answer = town.run("rosa", "audit", "--json", expect=None).json
    return {(f["code"], f["path"]) for f in answer["findings"]}


def forge(town: Town, files: Mapping[str, bytes]) -> None:
    """Rosa herself puts files on the main line."""
    key = read_key(repo_of(town, "rosa"))
    send_forgery(
        town,
        Forgery(by="rosa", ref="refs/heads/main", parent="refs/forger/main", files=files, text="So", key=key),
    )


def test_given_and_taken_back_nothing_is_found(stacked: Town) -> None:
    assert json.loads(on_main(stacked, BADGE))["proof"]
    assert found(stacked) == set()
    stacked.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")
    assert found(stacked) == set()


def test_a_badge_for_somebody_who_does_not_hold_enough(stacked: Town) -> None:
    path = BADGE.replace("ana", "ben")
    forge(stacked, {path: on_main(stacked, BADGE)})
    assert ("stack-not-earned", path) in found(stacked)


def test_a_second_badge_while_the_first_holds(stacked: Town) -> None:
    path = BADGE.replace("1.json", "2.json")
    forge(stacked, {path: on_main(stacked, BADGE)})
    assert ("stack-not-earned", path) in found(stacked)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"name": "Both"', b'"name": "Best"'),
        (b'"validUntil": "20', b'"validUntil": "21'),
        (b'"proofValue": "z', b'"proofValue": "z2'),
        (b"SHA-256 ", b"SHA-256 0"),
    ],
)
def test_a_badge_that_says_something_else(old: bytes, new: bytes, stacked: Town) -> None:
    badge = on_main(stacked, BADGE)
    assert old in badge
    stacked.run("rosa", "revoke", "ana/stacks/pair", "--reason", "So.", "--yes")
    path = BADGE.replace("1.json", "2.json")
    forge(stacked, {path: badge.replace(old, new)})
    assert ("award-other", path) in found(stacked)


def test_a_badge_taken_back_without_a_reason_or_a_bit(stacked: Town) -> None:
    path = "portfolios/ana/stacks/pair/revocations/1.yaml"
    forge(stacked, {path: b"format: 1\n"})
    assert found(stacked) == {("revocation-wrong", path), ("status-not-set", path)}
