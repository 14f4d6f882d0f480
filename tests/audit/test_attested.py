"""Assessments by an issuer's word: proved where everything fits, found where one thing does not."""

from __future__ import annotations

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


def redo_by_word(
    shop: Workshop, *, accounts: Mapping[Slug, str] = ACCOUNT, rules: Mapping[str, Any] | None = None
) -> Redo:
    """Dev's award again; what his first assessor gave was written on the web, and Rosa says so."""
    redo = Redo(shop, "dev")
    person = redo.panel[0]
    shop.move(redo.main)
    shop.rules(**{"signatures": "recorded", **(rules or {})})
    redo.main = shop.profile(person, person, accounts=accounts)
    redo.given = {person: {"attested": ON_WEB}}
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
    assert f"proved; attested by a host: {redo.panel[0]} on github.com" in " ".join(
        shop.run("audit")[1].split()
    )


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
        (by_an_expert, "mei says it was written on github.com, and is no issuer"),
        (by_the_earner, "nobody says for their own work what others wrote"),
        (by_themselves, "signs that as an assessor"),
        (signed("mei"), "not signed with a key of rosa's"),
        (signed("dev"), "not signed with a key of rosa's"),
        (signed(None), "not signed with a key of rosa's"),
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
    assert found == ["the programme takes assessments only when their assessors sign them"]


def test_whoever_names_no_account_wrote_nothing(shop: Workshop) -> None:
    redo_by_word(shop, accounts={}).build()
    assert "assessment-foreign" in shop.audit().codes


@pytest.mark.parametrize("flags", [(), ("attested by rosa",), ("somebody is here",)])
def test_a_decision_that_hides_it_is_found(shop: Workshop, flags: tuple[str, ...]) -> None:
    redo = redo_by_word(shop)
    redo.decision = {"flags": flags}
    made = redo.build()
    assert ("decision-unflagged", made) in {(code, commit) for code, commit, _ in shop.audit().found}
