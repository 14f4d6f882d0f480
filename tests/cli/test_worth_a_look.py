"""`mcred audit` tells apart what breaks no rule; the audit ends as it would without it."""

from __future__ import annotations

from datetime import timedelta

from tests.cli.court import set_rules
from tests.cli.town import Town


def test_rules_loosened_for_one_decision_are_worth_a_look_and_no_finding(town: Town) -> None:
    set_rules(town, "signatures: required", "signatures: recorded")
    first = town.run("mei", "audit", "--json").json
    assert first["warnings"] == []
    town.award("ben")
    set_rules(town, "signatures: recorded", "signatures: required  # again")
    ran = town.run("rosa", "audit")
    text = " ".join(ran.said.split())
    assert "Worth a look (no rule is broken):" in text
    assert "rules-loosened: mcred.yaml at" in text
    assert "signatures: required → recorded on 2026-03-02" in text
    assert "Everything follows from the rules in force at the time." in text


def test_the_same_rules_for_longer_are_not(town: Town) -> None:
    set_rules(town, "signatures: required", "signatures: recorded")
    town.award("ben")
    town.now += timedelta(days=20)
    set_rules(town, "signatures: recorded", "signatures: required  # again")
    assert town.run("rosa", "audit", "--json").json["warnings"] == []
