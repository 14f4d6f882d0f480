"""What stands below a finding: who signed the step, when, what changed, and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.audit import watch
from mcred.domain.ids import CredentialId, PersonId, SubmissionId
from mcred.domain.layout import PROGRAMME, decision_path, profile_path
from mcred.domain.people import Person, SigningKey, fingerprint
from mcred.domain.programme import Programme
from mcred.store.signatures import make_key
from tests.audit.workshop import Workshop
from tests.cli.town import WAIT

ANAS = SubmissionId(PersonId("ana"), CredentialId(WAIT))
DEVS = SubmissionId(PersonId("dev"), CredentialId(WAIT))
DECISION = decision_path(ANAS, 1)


def found(shop: Workshop, code: str) -> dict[str, Any]:
    """The first finding of a code."""
    return next(f for f in shop.audit().out["findings"] if f["code"] == code)


def said(shop: Workshop) -> str:
    _, out, err = shop.run("audit")
    return " ".join((out + err).split())


def test_a_changed_decision_says_what_it_was(shop: Workshop) -> None:
    shop.edit(DECISION, '"outcome": "revise"', '"outcome": "award"', "tom")
    told = found(shop, "record-changed")
    assert (told["signer"], told["signer_id"]) == ("Tomás Vega (tom)", "tom")
    assert told["when"] == "2026-03-02T10:00:00+00:00"
    assert told["changes"] == ["outcome: revise → award"]
    assert told["advice"].startswith("Put it back as it was;")
    text = said(shop)
    assert "Step signed by Tomás Vega (tom), 2026-03-02 10:00 UTC. outcome: revise → award" in text
    assert text.count("What to do: Put it back as it was;") == 1


def test_a_changed_level_is_told_by_its_criterion(shop: Workshop) -> None:
    shop.edit(decision_path(DEVS, 1), '"level": "proficient"', '"level": "basic"', "ana")
    assert found(shop, "record-changed")["changes"] == ["levels questions: proficient → basic"]


def test_a_record_that_is_gone_is_said_to_be(shop: Workshop) -> None:
    shop.step({DECISION: None}, "rosa")
    assert found(shop, "record-changed")["changes"] == ["present → removed"]


def test_a_stranger_and_no_one_are_called_that(shop: Workshop) -> None:
    stranger = make_key()
    shop.edit(PROGRAMME, "signatures: required", "signatures: recorded", stranger)
    told = found(shop, "unknown-key")
    assert (told["signer"], told["signer_id"]) == (f"a stranger's key {fingerprint(stranger.public)}", None)
    assert told["changes"] == ["signatures: required → recorded"]
    shop.edit(PROGRAMME, "signatures: recorded", "signatures: required # again", None)
    assert found(shop, "not-signed")["signer"] == "no one"


def test_an_added_key_is_told_by_its_fingerprint(shop: Workshop) -> None:
    new = make_key()
    path = profile_path(PersonId("ben"))
    keys = shop.read(path, Person).keys
    shop.profile("ben", keys=(*keys, SigningKey(public=new.public, since=keys[0].since)))
    assert found(shop, "key-not-vouched")["changes"] == [f"keys: {fingerprint(new.public)} added"]


def test_a_role_that_someone_took_is_named(shop: Workshop) -> None:
    roles = shop.read(PROGRAMME, Programme).roles
    shop.rules("ana", roles=replace(roles, issuers=(*roles.issuers, PersonId("ana"))))
    told = found(shop, "not-allowed")
    assert (told["signer"], told["changes"]) == ("Ana Reyes (ana)", ["roles issuers: ana added"])


def test_what_is_new_has_no_before(shop: Workshop) -> None:
    shop.step({"tools/a.py": b"1\n"}, "ana")
    assert found(shop, "not-allowed")["changes"] == []


def test_what_is_worth_a_look_is_read_from_the_record(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.audit().out["warnings"] == []
    monkeypatch.setattr(watch, "QUICK_REVIEWS", 1)
    monkeypatch.setattr(watch, "TOP_REVIEWS", 1)
    monkeypatch.setattr(watch, "CROWD", 2)
    answer = shop.audit()
    assert (answer.code, answer.out["findings"]) == (0, [])
    told = {(w["code"], w["person"]): w for w in answer.out["warnings"]}
    assert {("review-quick", "mei"), ("review-crowd", "mei")} <= set(told)
    assert "review-top" not in {code for code, _ in told}, "no award on record has a lower level"
    quick = told["review-quick", "mei"]
    assert quick["what"].startswith("mei wrote ") and quick["what"].endswith("after the request")
    assert quick["signer"] == "Rosa Diaz (rosa)" and quick["advice"].startswith("Ask how they worked")


def test_a_clock_that_runs_back_is_worth_a_look(shop: Workshop) -> None:
    shop.edit(
        PROGRAMME, "signatures: required", "signatures: required # 1", author=f"R <r@e.f> {10**9} +0000"
    )
    answer = shop.audit()
    assert (answer.code, [w["code"] for w in answer.out["warnings"]]) == (0, ["clock-back"])
    assert "it is dated 2001-09-09 01:46 UTC" in said(shop)
