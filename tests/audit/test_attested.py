"""Assessments by an issuer's word: proved where everything fits, found where one thing does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.assessment import Attested
from mcred.domain.ids import PersonId, Slug
from mcred.domain.programme import HostKind, ReviewHost
from mcred.domain.rules.attestation import ATTESTED
from tests.audit.workshop import Redo, Workshop

ON_WEB = Attested(
    kind="github",
    host="github.com",
    account="web-name",
    review="1001",
    text="f" * 64,
    by=PersonId("rosa"),
)
ACCOUNT: Mapping[Slug, str] = {Slug("github"): "Web-Name"}


BY_WORD = "Rests on 1 of 2 reviews by the issuer's word: its assessor did not sign."


def redo_by_word(
    shop: Workshop, *, accounts: Mapping[Slug, str] = ACCOUNT, rules: Mapping[str, Any] | None = None
) -> Redo:
    """Dev's award again; what his first assessor gave was written on the web, and Rosa says so."""
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    shop.move(redo.main)
    shop.rules(**{"signatures": "recorded", **(rules or {})})
    redo.main = shop.profile(person, person, accounts=accounts)
    redo.given = {person: {"attested": ON_WEB, "main": redo.main}}
    redo.signed = {person: "rosa"}
    redo.decision = {"flags": (f"{person}'s assessment is {ATTESTED} rosa",)}
    return redo


def test_an_issuers_word_is_proved_and_shown_as_what_it_is(shop: Workshop) -> None:
    redo = redo_by_word(shop)
    redo.build()
    answer = shop.audit()
    assert answer.out["findings"] == []
    shown = {a["submission"]: a["attested"] for a in answer.out["awards"]}
    assert shown.pop("dev/wait-time") == [f"{redo.panel[0]} on github.com"]
    assert not any(shown.values())
    said = " ".join(shop.run("audit")[1].split())
    assert f"proved; rests on 1 review attested by the issuer: {redo.panel[0]} on github.com" in said
    assert f"dev/wait-time, attempt 1: {BY_WORD}" in said
    assert "1 of them based on reviews that their assessors did not sign" in said
    badge = json.loads(shop.show(redo.award_file))
    assert BY_WORD in badge["credentialSubject"]["achievement"]["criteria"]["narrative"]
    told = " ".join(shop.run("explain", "dev/wait-time")[1].split())
    assert BY_WORD in told and "Noted with it:" in told


def test_invented_reviews_show_for_ever_although_the_rule_was_changed_for_a_moment(
    shop: Workshop,
) -> None:
    """An issuer invents all that the panel says, and puts the rule back at once."""
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    shop.rules(signatures="recorded")
    for person in redo.panel:
        redo.main = shop.profile(person, person, accounts=ACCOUNT)
    for person in redo.panel:
        redo.given[person] = {"attested": ON_WEB, "summary": "Splendid.", "main": redo.main}
        redo.signed[person] = "rosa"
    redo.decision = {"flags": tuple(f"{person}'s assessment is {ATTESTED} rosa" for person in redo.panel)}
    redo.build()
    shop.rules(signatures="required")
    answer = shop.audit()
    assert answer.out["findings"] == []
    count = len(redo.panel)
    said = f"Rests on {count} of {count} reviews by the issuer's word: their assessors did not sign."
    told = " ".join(shop.run("audit")[1].split())
    assert f"proved; rests on {count} reviews attested by the issuer" in told and said in told
    assert said in " ".join(shop.run("explain", "dev/wait-time")[1].split())
    assert (
        said
        in json.loads(shop.show(redo.award_file))["credentialSubject"]["achievement"]["criteria"]["narrative"]
    )


@pytest.mark.parametrize("rules", ["recorded", "required"])
def test_a_review_that_no_one_signed_never_counts(shop: Workshop, rules: str) -> None:
    redo = Redo(shop, "dev")
    shop.move(redo.main)
    redo.main = shop.rules(signatures=rules)
    redo.signed = {redo.panel[0]: None}
    made = redo.build()
    assert ("assessment-foreign", made, redo.assessment_file(redo.panel[0])) in shop.audit().found


@pytest.mark.parametrize("by", [None, "mei"])
def test_a_decision_that_names_no_ones_word_or_another_issuers_is_found(
    shop: Workshop, by: str | None
) -> None:
    redo = redo_by_word(shop)
    redo.basis_by = {redo.panel[0]: by}
    made = redo.build()
    assert ("decision-unflagged", made) in {(code, commit) for code, commit, _ in shop.audit().found}


def test_a_signed_review_is_not_called_an_issuers_word(shop: Workshop) -> None:
    redo = Redo(shop, "dev")
    redo.basis_by = {redo.panel[0]: "rosa"}
    assert "decision-unflagged" in (redo.build(), shop.audit().codes)[1]


def test_the_programmes_own_host_may_be_named(shop: Workshop) -> None:
    redo_by_word(shop, rules={"review_host": ReviewHost(kind="github")}).build()
    assert shop.audit().out["findings"] == []


Change = Callable[[Redo, str], None]


def given(**changes: Any) -> Change:
    def change(redo: Redo, person: str) -> None:
        redo.given[person]["attested"] = replace(ON_WEB, **changes)

    return change


def signed(by: str | None) -> Change:
    def change(redo: Redo, person: str) -> None:
        redo.signed[person] = by

    return change


def by_themselves(redo: Redo, person: str) -> None:
    redo.given[person]["attested"] = replace(ON_WEB, by=PersonId(person))
    redo.signed[person] = person


def by_the_earner(redo: Redo, person: str) -> None:
    redo.given[person]["attested"] = replace(ON_WEB, by=PersonId("dev"))
    redo.signed[person] = "dev"


def by_an_expert(redo: Redo, person: str) -> None:
    redo.given[person]["attested"] = replace(ON_WEB, by=PersonId("mei"))
    redo.signed[person] = "mei"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (by_an_expert, "mei says it was written on github.com, but is not an issuer"),
        (by_the_earner, "no one attests what others wrote about their own work"),
        (by_themselves, "has to sign that as an assessor"),
        (signed("mei"), "not signed with a key of rosa, who attests it"),
        (signed("dev"), "not signed with a key of rosa, who attests it"),
        (signed(None), "not signed with a key of rosa, who attests it"),
        (given(account="other"), "other on github.com is not"),
        (given(account=""), "is not"),
        (given(kind="gitlab"), "is not"),
    ],
)
def test_one_thing_that_does_not_fit_is_found(shop: Workshop, change: Change, words: str) -> None:
    redo = redo_by_word(shop)
    change(redo, redo.panel[0])
    made = redo.build()
    answer = shop.audit()
    assert ("assessment-foreign", made, redo.assessment_file(redo.panel[0])) in answer.found
    assert any(words in f["what"] for f in answer.out["findings"])
    assert ("dev/wait-time", 1) not in answer.proved


@pytest.mark.parametrize("kind", ["gitlab", "gitea", "bare"])
def test_another_host_than_the_programmes_is_found(shop: Workshop, kind: HostKind) -> None:
    redo_by_word(shop, rules={"review_host": ReviewHost(kind=kind)}).build()
    assert "assessment-foreign" in shop.audit().codes


def test_where_signatures_are_required_no_word_stands_for_one(shop: Workshop) -> None:
    redo_by_word(shop, rules={"signatures": "required"}).build()
    found = [f["what"] for f in shop.audit().out["findings"] if f["code"] == "assessment-foreign"]
    assert found == ["the program accepts assessments only when their assessors sign them"]


def test_whoever_names_no_account_wrote_nothing(shop: Workshop) -> None:
    redo_by_word(shop, accounts={}).build()
    assert "assessment-foreign" in shop.audit().codes


@pytest.mark.parametrize("flags", [(), ("attested by rosa",), ("somebody is here",)])
def test_a_decision_that_hides_it_is_found(shop: Workshop, flags: tuple[str, ...]) -> None:
    redo = redo_by_word(shop)
    redo.decision = {"flags": flags}
    made = redo.build()
    assert ("decision-unflagged", made) in {(code, commit) for code, commit, _ in shop.audit().found}
