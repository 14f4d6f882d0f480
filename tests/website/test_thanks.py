"""Assessors are thanked by name when they said so, and never beside what they judged."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.ids import PersonId, SubmissionId
from mcred.website.thanks import Thanks, add_thanks, find_thanks
from mcred.website.views import AssessorsView
from tests.school import ANA, BEN, MEI, WAIT, a_decision, a_person, a_record
from tests.website.markup import pages_of
from tests.website.town import EVIDENCE, a_town, build, by_peers, paint
from tests.website.whole import plan_pages

PATH = "assessors/index.html"
BENS = SubmissionId(BEN, WAIT)


def town(*thanked: str, **changes: Any) -> Catalog:
    """Mei judged Ana and Ben; Ben was a peer of Ana at another attempt, with Cleo and Dev."""
    twice = (a_decision(), by_peers(attempt=2))
    made = a_town((a_record(decisions=twice, awards={1: b"{}", 2: b"{}"}), a_record(BENS)))
    people = {name: replace(p, thanked=name in thanked, **changes) for name, p in made.people.items()}
    return replace(made, people=people)


def view(catalog: Catalog) -> AssessorsView:
    page = next(p for p in plan_pages(catalog, EVIDENCE, paint).pages if p.path == PATH)
    assert isinstance(page.data, AssessorsView)
    return page.data


def test_no_one_is_named_who_did_not_say_so() -> None:
    shown = view(town())
    assert (shown.rows, shown.unnamed, shown.assessed) == ((), 4, 5)
    page = pages_of(build(town()))[PATH].text
    assert "5 assessments that counted" in page and "They are not named here." in page
    assert not any(name in page for name in ("Mei", "Ben", "Cleo", "Dev"))


def test_those_who_did_are_named_with_how_many_the_most_first() -> None:
    shown = view(town("cleo", "mei", "ben", "rosa"))
    assert [(r.name, r.assessed) for r in shown.rows] == [("Mei", 2), ("Ben", 1), ("Cleo", 1)]
    assert shown.unnamed == 1, "Dev; Rosa never assessed and is not counted"
    text = pages_of(build(town("cleo", "mei", "ben")))[PATH].text
    assert "Mei Mei’s School 2 assessments" in text and "1 more is not named here." in text


@pytest.mark.parametrize(("choice", "linked"), [("public", True), ("unlisted", False), ("private", False)])
def test_a_name_leads_only_to_a_portfolio_that_lists_may_name(choice: Any, linked: bool) -> None:
    rows = {r.name: r.portfolio for r in view(town("mei", "ben", publish=choice)).rows}
    assert rows["Ben"] == ("portfolios/ben/index.html" if linked else "") and rows["Mei"] == ""


def test_work_that_is_not_published_counts_too() -> None:
    hidden = town("mei", publish="private")
    assert view(hidden).rows[0].assessed == 2
    everything = b"".join(build(hidden).values())
    assert b"Ana" not in everything and b"/ana/" not in everything


def test_no_other_page_names_who_assessed() -> None:
    files = build(town("mei"))
    assert [path for path, content in files.items() if b"Mei" in content] == [PATH]


def test_no_one_yet() -> None:
    assert "No one has assessed here yet." in pages_of(build(a_town(())))[PATH].text


def test_portfolios_apart_come_to_the_same() -> None:
    whole = town("mei", "ben")
    parts = []
    for person in sorted(whole.people):
        own = replace(whole, records={i: r for i, r in whole.records.items() if i.earner == person})
        parts.append(find_thanks(own, (person,)))
    together, at_once = add_thanks(parts), find_thanks(whole, whole.people)
    assert sorted(together.judged) == sorted(at_once.judged) and together.named == at_once.named
    assert add_thanks(()) == Thanks()


def test_one_who_is_named_twice_in_a_decision_counts_once() -> None:
    basis = a_decision().basis
    made = a_town((a_record(decisions=(a_decision(basis=(*basis, *basis)),)),))
    assert find_thanks(made, ()).judged == (MEI,)
    assert find_thanks(made, (PersonId("gone"),)).named == ()
    assert not a_person("ana").thanked and ANA in made.people
