"""Which pages exist, and what each one is given to show."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import Catalog, Definition
from mcred.domain.credential import AssessmentOverride
from mcred.domain.ids import BlobId, CredentialId, StackId, SubmissionId
from mcred.website.pages import RECENT
from mcred.website.views import CatalogueView, CredentialView, HomeView, Page, PortfolioView, StackView
from tests.school import ANA, BEN, BLOB, CLEO, WAIT, a_catalog, a_credential, a_person, a_record, a_stack
from tests.website.town import EVIDENCE, a_town, paint, visible
from tests.website.whole import plan_pages

V = TypeVar("V")


def pages(catalog: Catalog) -> dict[str, Page]:
    return {p.path: p for p in plan_pages(catalog, EVIDENCE, paint).pages}


def view(catalog: Catalog, path: str, kind: type[V]) -> V:
    data = pages(catalog)[path].data
    assert isinstance(data, kind)
    return data


def test_the_pages_of_a_programme() -> None:
    assert list(pages(a_town())) == [
        "404.html",
        "about/index.html",
        "assessors/index.html",
        "badges/ana/wait-time/1/card.html",
        "badges/ana/wait-time/1/index.html",
        "badges/ben/wait-time/1/card.html",
        "badges/ben/wait-time/1/index.html",
        "badges/cleo/wait-time/1/card.html",
        "badges/cleo/wait-time/1/index.html",
        "credentials/index.html",
        "credentials/old-one/index.html",
        "credentials/wait-time/index.html",
        "earned/2026-11/index.html",
        "earned/index.html",
        "index.html",
        "people/index.html",
        "portfolios/ana/index.html",
        "portfolios/ben/index.html",
        "portfolios/cleo/index.html",
        "stacks/index.html",
        "stacks/pair/index.html",
        "stacks/talk/index.html",
        "verify/index.html",
    ]


def test_a_new_programme_has_its_nine_pages() -> None:
    empty = a_catalog(definitions={}, stacks={}, editions={})
    assert list(pages(empty)) == [
        "404.html",
        "about/index.html",
        "assessors/index.html",
        "credentials/index.html",
        "earned/index.html",
        "index.html",
        "people/index.html",
        "stacks/index.html",
        "verify/index.html",
    ]


def test_drafts_have_no_page_and_retired_ones_stand_apart() -> None:
    catalogue = view(a_town(), "credentials/index.html", CatalogueView)
    assert [c.id for c in catalogue.live] == [WAIT]
    assert [(t.name, t.count) for t in catalogue.topics] == [("Questioning", 2)], "a filter leaves both"
    assert [c.id for c in catalogue.retired] == ["old-one"]


def test_a_credential_is_listed_once_however_many_topics_it_has() -> None:
    def titled(name: str, title: str, *topics: str) -> Definition:
        made = a_credential(id=CredentialId(name), title=title, topics=topics, hours=len(title) * 4)
        return Definition(credential=made, blob=BLOB)

    made = {
        CredentialId(d.credential.id): d
        for d in (titled("b", "Bee", "Zeal", "art"), titled("a", "ant", "art"))
    }
    catalogue = view(a_catalog(definitions=made), "credentials/index.html", CatalogueView)
    assert [c.title for c in catalogue.live] == ["ant", "Bee"]
    assert [(t.name, t.count) for t in catalogue.topics] == [("art", 2), ("Zeal", 1)]
    assert [(f.name, f.count) for f in catalogue.languages] == [("en", 2)]


def test_no_filter_is_offered_that_keeps_all_or_nothing() -> None:
    def lasting(name: str, hours: int | None) -> Definition:
        return Definition(credential=a_credential(id=CredentialId(name), hours=hours), blob=BLOB)

    def limits(*several: int | None) -> tuple[int, ...]:
        made = {CredentialId(n): lasting(n, h) for n, h in zip("abc", several, strict=False)}
        return view(a_catalog(definitions=made), "credentials/index.html", CatalogueView).hours

    assert limits(8, 15) == (10,)
    assert limits(8, 9) == limits(50, None) == ()
    assert limits(8, None, 30) == (10, 20, 40)


def test_evidence_of_another_kind_is_no_filter() -> None:
    base = a_credential()
    overview, artifacts = base.parts
    item = replace(artifacts.items[0], accepts=("video", "other"))
    odd = replace(base, parts=(overview, replace(artifacts, items=(item,))))
    catalog = a_catalog(definitions={WAIT: Definition(credential=odd, blob=BLOB)})
    kinds = view(catalog, "credentials/index.html", CatalogueView).kinds
    assert [k.name for k in kinds] == ["video"]


def test_the_numbers_are_the_micro_credentials_own() -> None:
    override = AssessmentOverride(expert_submissions=7, peers=5)
    definition = Definition(credential=a_credential(assessment=override), blob=BLOB)
    policy = view(
        a_catalog(definitions={WAIT: definition}), "credentials/wait-time/index.html", CredentialView
    ).policy
    assert (policy.expert_submissions, policy.experts, policy.peers) == (7, 1, 5)


def test_holders_are_public_people_with_a_whole_record() -> None:
    town = visible(visible(a_town(), BEN, "unlisted"), CLEO, "private")
    holders = view(town, "credentials/wait-time/index.html", CredentialView).holders
    assert [h.earner for h in holders] == ["Ana"]


def test_an_unlisted_person_is_on_their_own_pages_only() -> None:
    town = pages(visible(a_town(), ANA, "unlisted"))
    assert not town["portfolios/ana/index.html"].listed
    assert not town["badges/ana/wait-time/1/index.html"].listed
    elsewhere = [p for path, p in town.items() if "/ana/" not in path]
    assert elsewhere and all("Ana" not in repr(p) and "/ana/" not in repr(p) for p in elsewhere)


def test_a_private_person_is_nowhere() -> None:
    town = pages(visible(a_town(), ANA, "private"))
    assert all("Ana" not in repr(p) and "/ana/" not in repr(p) for p in town.values())


def test_no_page_is_given_an_assessors_name() -> None:
    for page in pages(a_town()).values():
        assert "mei" not in repr(page).lower() and "rosa" not in repr(page).lower()


def test_a_portfolio_shows_progress_in_stacks_that_were_begun() -> None:
    portfolio = view(a_town(), "portfolios/ana/index.html", PortfolioView)
    assert [(s.title, s.held, s.needed) for s in portfolio.stacks] == [
        ("A pair", 1, 2),
        ("Classroom talk", 1, 1),
    ]
    assert [b.card.title for b in portfolio.badges] == ["Wait Time"]


def test_a_stack_counts_what_has_no_page() -> None:
    pair = view(a_town(), "stacks/pair/index.html", StackView)
    assert [c.id for c in pair.cards] == ["wait-time", "old-one"]
    assert pair.unpublished == 1


def test_the_first_page_names_only_some_of_the_newest_awards() -> None:
    names = [f"teacher-{n}" for n in range(RECENT + 3)]
    people = {a_person(n).id: a_person(n) for n in names}
    records = tuple(a_record(SubmissionId(p, WAIT)) for p in people)
    assert len(view(a_catalog(records, people=people), "index.html", HomeView).recent) == RECENT


@pytest.mark.parametrize("name", ["../up", "Wait", "a/b", "con", ""])
def test_a_name_that_is_no_id_gets_no_page_but_a_problem(name: str) -> None:
    definition = Definition(credential=a_credential(id=CredentialId(name)), blob=BlobId("3" * 40))
    stack = a_stack(id=StackId(name))
    bad: dict[str, Any] = {
        "definitions": {CredentialId(name): definition},
        "stacks": {StackId(name): stack},
    }
    plan = plan_pages(a_catalog(**bad), EVIDENCE, paint)
    assert len(plan.pages) == 9 and len(plan.problems) == 2


def test_the_order_of_mappings_does_not_matter() -> None:
    town = a_town()
    turned: dict[str, Any] = {
        name: dict(reversed(getattr(town, name).items()))
        for name in ("people", "definitions", "stacks", "records", "editions", "holders")
    }
    assert plan_pages(replace(town, **turned), EVIDENCE, paint) == plan_pages(town, EVIDENCE, paint)
