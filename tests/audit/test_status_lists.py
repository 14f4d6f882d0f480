"""Status lists: bits are set for what ended, and never cleared, added or signed by others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from mcred.badges.keys import IssuerKey, issuer_did, make_issuer_key, method_id
from mcred.badges.open_badge import StatusPlace, write_document
from mcred.badges.status_list import sign_list
from mcred.domain.award import Revocation
from mcred.domain.ids import PersonId
from mcred.domain.layout import PROGRAMME, revocation_path, status_path
from mcred.domain.programme import Programme
from mcred.formats.encode import encode
from tests.audit.forgeries import Where
from tests.audit.workshop import Redo, Workshop, submission

SITE = "https://badges.example.org"
LIST = f"{SITE}/status/1.json"
PLACE, OTHER = 7, 8


def a_list(
    shop: Workshop, revoked: Iterable[int] = (), key: IssuerKey | None = None, address: str = LIST
) -> bytes:
    """A status list as the issuer signs it."""
    key = key or shop.issuer_key()
    method = method_id(issuer_did(SITE, key.multibase), key)
    return write_document(sign_list(address, revoked, key, method, datetime(2026, 3, 4, tzinfo=UTC)))


def revocation(attempt: int = 1) -> bytes:
    """Dev's award, revoked."""
    return encode(
        Revocation(
            format=2,
            submission=submission("dev"),
            attempt=attempt,
            issuer=PersonId("rosa"),
            revoked=datetime(2026, 3, 4, tzinfo=UTC),
            reason="The video shows another class.",
        )
    )


REVOKED = revocation_path(submission("dev"), 1)


def award(shop: Workshop, earner: str, place: int) -> Redo:
    """A decision on the line as it is, whose badge has a place in the list."""
    redo = Redo(shop, earner)
    redo.main = shop.tip
    redo.issuing = {"status": StatusPlace(list=LIST, index=place)}
    redo.more = {status_path(1): a_list(shop)}
    return redo


@pytest.fixture
def listed(shop: Workshop) -> Workshop:
    """Dev was awarded with a place in a list."""
    shop.move(Redo(shop, "dev").main)
    rules = shop.read(PROGRAMME, Programme)
    shop.rules(site=replace(rules.site, url=SITE))
    award(shop, "dev", PLACE).build()
    return shop


def test_a_badge_is_revoked_and_its_bit_set(listed: Workshop) -> None:
    listed.step({REVOKED: revocation(), status_path(1): a_list(listed, [PLACE])})
    listed.step({status_path(1): a_list(listed, [PLACE])})
    answer = listed.audit()
    assert answer.out["findings"] == [] and len(answer.proved) == 4


@pytest.mark.parametrize(
    ("code", "bits"),
    [("status-not-set", [OTHER]), ("status-bit-unexplained", [PLACE, OTHER]), ("status-not-set", [])],
)
def test_a_revocation_sets_its_own_bit_and_no_other(listed: Workshop, code: str, bits: list[int]) -> None:
    commit = listed.step({REVOKED: revocation(), status_path(1): a_list(listed, bits)})
    answer = listed.audit()
    assert (code, commit) in {(c, at) for c, at, _ in answer.found}
    assert {at for _, at, _ in answer.found} == {commit}


def test_a_revocation_without_the_list_is_found(listed: Workshop) -> None:
    commit = listed.step({REVOKED: revocation()})
    assert listed.audit().found == {("status-not-set", commit, REVOKED)}


def test_a_bit_is_cleared(listed: Workshop) -> None:
    listed.step({REVOKED: revocation(), status_path(1): a_list(listed, [PLACE])})
    commit = listed.step({status_path(1): a_list(listed)})
    assert listed.audit().found == {("status-bit-cleared", commit, status_path(1))}


def test_a_bit_is_set_for_nothing(listed: Workshop) -> None:
    commit = listed.step({status_path(1): a_list(listed, [OTHER])})
    assert listed.audit().found == {("status-bit-unexplained", commit, status_path(1))}


def test_a_list_is_signed_by_another_key(listed: Workshop) -> None:
    stranger = make_issuer_key(b"m" * 32)
    commit = listed.step({status_path(1): a_list(listed, key=stranger)})
    assert ("status-list-wrong", commit, status_path(1)) in listed.audit().found


def test_a_list_moves_to_another_address(listed: Workshop) -> None:
    commit = listed.step({status_path(1): a_list(listed, address=f"{SITE}/status/2.json")})
    assert ("status-list-wrong", commit, status_path(1)) in listed.audit().found


def test_a_list_is_taken_away(listed: Workshop) -> None:
    commit = listed.step({status_path(1): None})
    assert ("record-changed", commit, status_path(1)) in listed.audit().found


def test_a_list_changed_by_no_issuer(listed: Workshop) -> None:
    commit = listed.step({status_path(1): a_list(listed)}, "dev")
    found = listed.audit().found
    # The same bytes are no step at all; other bytes are not Dev's to write.
    assert found == set()
    commit = listed.step({status_path(1): a_list(listed, [PLACE])}, "dev")
    assert ("not-allowed", commit, status_path(1)) in listed.audit().found


def two_badges_at_one_place(shop: Workshop) -> Where:
    """Where the second of them is awarded."""
    shop.move(Redo(shop, "cleo").main)
    rules = shop.read(PROGRAMME, Programme)
    shop.rules(site=replace(rules.site, url=SITE))
    award(shop, "cleo", PLACE).build()
    redo = award(shop, "dev", PLACE)
    return redo.build(), redo.award_file


def test_two_badges_share_a_place(shop: Workshop) -> None:
    commit, path = two_badges_at_one_place(shop)
    assert ("status-place-shared", commit, path) in shop.audit().found


def test_rules_from_which_no_badge_follows_are_findings_and_no_failure(listed: Workshop) -> None:
    rules = listed.read(PROGRAMME, Programme)
    listed.rules(site=replace(rules.site, url="http://badges.example.org"))
    made = listed.step({status_path(1): a_list(listed, [PLACE])})
    answer = listed.audit()
    assert (answer.code, answer.err) == (1, "")
    assert made in {commit for _, commit, _ in answer.found}
