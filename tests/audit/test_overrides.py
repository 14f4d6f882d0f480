"""Honest decisions against the levels: each is proved, and said to be what it is."""

from __future__ import annotations

from msgspec.structs import replace

from mcred.domain.layout import PROGRAMME
from mcred.domain.programme import Programme
from mcred.store.signatures import make_key
from tests.audit.forged_overrides import overridden, with_policy
from tests.audit.forgeries import renew_key
from tests.audit.workshop import Redo, Workshop


def check(shop: Workshop, redo: Redo) -> None:
    """Nothing is found, and the award is proved by override."""
    answer = shop.audit()
    assert answer.out["findings"] == []
    (shown,) = (a for a in answer.out["awards"] if a["submission"] == "ana/wait-time")
    assert shown["proved"] and shown["override"]
    (said,) = shown["departures"]
    assert said.startswith(
        "Awarded by the decision of two issuers" if redo.proposer else "Awarded by the issuer's decision"
    )


def test_two_issuers_agree(shop: Workshop) -> None:
    redo = overridden(shop, proposer="ben")
    redo.build()
    check(shop, redo)


def test_where_there_is_one_issuer_a_reason_is_enough(shop: Workshop) -> None:
    redo = overridden(shop, "rosa")
    redo.build()
    check(shop, redo)


def test_an_issuer_who_assessed_it_or_earned_it_is_no_second_one(shop: Workshop) -> None:
    redo = overridden(shop, "rosa", "mei", "ana")
    redo.build()
    check(shop, redo)


def test_rules_that_ask_for_a_reason_alone_are_those_of_that_day(shop: Workshop) -> None:
    redo = overridden(shop, override="reason")
    redo.build()
    shop.rules(assessment=with_policy(shop.read(PROGRAMME, Programme).assessment, "never"))
    check(shop, redo)


def test_a_role_or_a_key_that_ends_after_a_proposal_voids_nothing(shop: Workshop) -> None:
    redo = overridden(shop, "rosa", "ben", "dev", proposer="ben")
    redo.proposal = {"main": redo.main}
    roles = shop.read(PROGRAMME, Programme).roles
    redo.main = shop.rules(roles=replace(roles, issuers=("rosa", "dev")))
    redo.build()
    check(shop, redo)


def test_a_proposal_stays_its_issuers_after_a_new_key(shop: Workshop) -> None:
    redo = overridden(shop, proposer="ben")
    redo.proposal, redo.signed = {"main": redo.main}, {"proposed": shop.key("ben")}
    redo.main = renew_key(shop, "ben", make_key())
    redo.build()
    check(shop, redo)
