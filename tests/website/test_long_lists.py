"""Long lists are pages of a list: nothing is lost, and one more changes few of them."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as xml
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import Catalog, Definition
from mcred.domain.ids import BlobId, CredentialId, PersonId, SubmissionId, Version
from mcred.website.addresses import CATALOGUE, EARNED, INDEX, PEOPLE, SITEMAP, badge_page, portfolio_page
from mcred.website.badge_views import BadgeCard
from mcred.website.badges import Earned
from mcred.website.build import render_pages
from mcred.website.listing import people as names
from mcred.website.listing.cut import ROWS, cut
from mcred.website.listing.people import names_file, plan_people, words_of
from mcred.website.lists import IN_SITEMAP, plan_sitemap
from mcred.website.pages import make_frame, plan_lists
from mcred.website.render import Templates, open_templates
from mcred.website.thanks import Thanked, Thanks
from tests.school import BLOB, WAIT, a_catalog, a_credential, a_programme
from tests.website.markup import pages_of, read, targets
from tests.website.town import TEMPLATES, paint

GIVEN = ("Ada", "Bea", "Cleo", "Dana", "Eve", "Zoë", "Łukasz", "ليلى", "Jo-Ann", "O'Neil")
COUNT = 1500
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def an_award(number: int, day: date | None = None) -> Earned:
    person = PersonId(f"teacher-{number}")
    submission = SubmissionId(person, WAIT)
    card = BadgeCard(
        earner=f"{GIVEN[number % len(GIVEN)]} {number:05x}",
        title="Wait Time",
        version=Version("1.0.0"),
        awarded=day or date(2025, 1, 1) + timedelta(days=number % 500),
        language="en",
        page=badge_page(submission, 1),
        picture="",
    )
    return Earned(
        submission=submission,
        attempt=1,
        number=1,
        newest=True,
        public=True,
        school=f"School {number % 7}",
        card=card,
        digest="",
        document=card.page.replace("index.html", "badge.json"),
        first=card.page,
        decided=datetime.combine(card.awarded, time(9), UTC),
        issued=datetime.combine(card.awarded, time(9), UTC),
        changes=(),
    )


AWARDS = tuple(an_award(number) for number in range(COUNT))
THANKS = Thanks(
    judged=tuple(PersonId(f"teacher-{n}") for n in range(COUNT) for _ in range(1 + n % 5)),
    named=tuple(
        Thanked(id=PersonId(f"teacher-{n}"), name=f"T {n}", school="", public=True) for n in range(COUNT)
    ),
)


def a_place(definitions: int = 1) -> Catalog:
    """A programme with an address and so many micro-credentials."""
    programme = a_programme()
    made = {
        (name := CredentialId(WAIT if not n else f"skill-{n}")): Definition(
            credential=a_credential(
                id=name,
                title=f"Skill {n}",
                topics=(f"Topic {n % 4}",),
                status="retired" if n % 9 == 8 else "live",
            ),
            blob=BlobId(f"{n:040}") if n else BLOB,
        )
        for n in range(definitions)
    }
    site = replace(programme.site, url="https://x.example/team")
    return replace(a_catalog(definitions=made), programme=replace(programme, site=site))


def files_of(awards: Sequence[Earned], place: Catalog, thanks: Thanks = THANKS) -> Mapping[str, bytes]:
    pages = plan_lists(place, tuple(awards), (), paint, thanks)
    return dict(render_pages(_templates(), pages, make_frame(place)))


@cache
def _templates() -> Templates:
    return open_templates((TEMPLATES,))


@cache
def whole() -> Mapping[str, bytes]:
    return files_of(AWARDS, a_place())


def listed(files: Mapping[str, bytes], folder: str, begin: str) -> list[str]:
    """The paths that the pages of a list lead to, in their order: from its first page on, to the next."""
    path, found = f"{folder}/index.html", []
    while path:
        links = [e.attributes for e in pages_of({path: files[path]})[path].all("a")]
        up = "../" * (folder.count("/") + 1)
        found += [a["href"].removeprefix(up) for a in links if a["href"].startswith(up + begin)]
        after = [a["href"] for a in links if a.get("rel") == "next"]
        path = f"{folder}/{after[0]}" if after else ""
    return found


def test_every_person_is_on_one_page_of_the_people_by_name() -> None:
    found = listed(whole(), "people", "portfolios/")
    by_name = sorted(AWARDS, key=lambda a: (a.card.earner.casefold(), a.submission.earner))
    assert found == [portfolio_page(a.submission.earner) for a in by_name]


def test_every_holder_is_on_one_page_beside_the_micro_credential() -> None:
    found = listed(whole(), f"credentials/{WAIT}", "badges/")
    by_name = sorted(AWARDS, key=lambda a: (a.card.earner.casefold(), a.card.page))
    assert found == [a.card.page for a in by_name]
    assert b'<span class="count">1500</span>' in whole()[f"credentials/{WAIT}/index.html"]


def test_every_badge_is_on_a_page_of_its_month_and_in_its_file() -> None:
    index = json.loads(whole()[INDEX])["badges"]
    assert index["count"] == COUNT and sum(m["count"] for m in index["months"]) == COUNT
    assert [m["month"] for m in index["months"]] == sorted(
        (m["month"] for m in index["months"]), reverse=True
    )
    for month in index["months"]:
        wanted = {a.card.page for a in AWARDS if f"{a.card.awarded:%Y-%m}" == month["month"]}
        rows = json.loads(whole()[month["file"]])["badges"]
        assert {r["page"] for r in rows} == wanted and len(rows) == month["count"] == len(wanted)
        assert set(listed(whole(), month["file"].rpartition("/")[0], "badges/")) == wanted


def test_every_assessor_is_named_once_and_the_first_page_has_the_figures() -> None:
    found = listed(whole(), "assessors", "portfolios/")
    assert len(found) == len(set(found)) == COUNT
    pages = {p: c for p, c in whole().items() if p.startswith("assessors/")}
    assert len(pages) > 3 and [b"that counted" in pages[p] for p in sorted(pages)].count(True) == 1


def test_no_page_of_a_list_is_long_and_each_says_which_it_is() -> None:
    for folder, item in (("people", b"/portfolios/"), (f"credentials/{WAIT}", b"/badges/")):
        pages = {p: c for p, c in whole().items() if p.startswith(f"{folder}/") and p.endswith(".html")}
        assert 4 <= len(pages) <= COUNT / ROWS.least
        for path, content in pages.items():
            number = int(path.rpartition("page-")[2].split(".")[0]) if "page-" in path else 1
            assert content.count(item) <= ROWS.most
            assert f"Page {number} of {len(pages)}<".encode() in content, path


def test_every_link_of_a_list_leads_to_a_file() -> None:
    elsewhere = {a.card.page: b"" for a in AWARDS} | {
        portfolio_page(a.submission.earner): b"" for a in AWARDS
    }
    fixed = dict.fromkeys(
        ("style.css", "icon.svg", "catalogue.js", "people.js", "verify.js", "proof.js", "unzip.js"), b""
    )
    pictures = dict.fromkeys((f"credentials/{WAIT}/badge.svg", "stacks/talk/badge.svg"), b"")
    there = {**elsewhere, **fixed, **pictures, **whole()}
    for path, document in pages_of({p: c for p, c in whole().items() if p != "404.html"}).items():
        for file, fragment in targets(path, document):
            assert file in there, (path, file)
            assert not fragment or not there[file] or f'id="{fragment}"'.encode() in there[file]


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    return {p for p in {*before, *after} if before.get(p) != after.get(p)}


def test_one_award_more_changes_few_files_and_none_of_other_months() -> None:
    new = an_award(COUNT + 1, max(a.card.awarded for a in AWARDS))
    now = files_of((*AWARDS, new), a_place())
    month = f"earned/{new.card.awarded:%Y-%m}/"
    found = changed(whole(), now)
    assert {PEOPLE, EARNED, INDEX, "index.html", f"credentials/{WAIT}/index.html"} <= found
    assert not {p for p in found if p.startswith("earned/") and p != EARNED and not p.startswith(month)}
    assert not {p for p in found if p.startswith("assessors/")} - {"assessors/index.html"}
    for folder in ("people/page-", f"credentials/{WAIT}/page-", month + "page-", "people/names-"):
        assert len([p for p in found if p.startswith(folder)]) <= 2, folder


@pytest.mark.parametrize("seed", range(3))
def test_a_row_that_comes_or_goes_leaves_most_pages_as_they_were(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 -- the same rows each time
    rows = sorted(f"{rng.random()}" for _ in range(10_000))
    before = set(cut(rows, str))
    assert len(before) > 30 and [r for page in cut(rows, str) for r in page] == rows
    costs = []
    for _ in range(200):
        more = sorted((*rows, f"{rng.random()}"))
        costs.append(len(before - set(cut(more, str))))
        assert len(before - set(cut(rows[:500] + rows[501:], str))) <= 12
    assert sum(costs) / len(costs) < 2.5


def test_a_few_rows_are_one_page_and_none_are_one_too() -> None:
    assert cut((), str) == ((),) and cut("abc", str) == (("a", "b", "c"),)
    pages = cut([0] * 1000, str)
    assert {len(p) for p in pages[:-1]} in ({ROWS.least}, {ROWS.most})


BEGUN = ("luka", "ann", "ليل", "0004")
"""Words that too many have who have more letters: the search may ask for those."""


def find(files: Mapping[str, bytes], query: str) -> set[str] | None:
    """The people that a search finds, as `people.js` looks for them; None where it asks for more letters."""
    words = sorted(words_of(query), key=len, reverse=True)
    people: Iterable[tuple[str, str, str]] = ()
    letters = read(files[PEOPLE]).all("form")[0].attributes["data-letters"]
    for n, letter in enumerate(words[0], start=1):
        if letter not in letters:
            return set()
        file = json.loads(files[names_file(words[0][:n])])
        people, letters = file["people"], file["more"]
        if not file["more"]:
            break
    else:
        if not people:
            return None
    return {
        person
        for name, _, person in people
        if all(any(part.startswith(word) for part in words_of(name)) for word in words)
    }


@pytest.mark.parametrize("most", [5, 60, 10_000])
def test_a_search_finds_everybody_whose_name_has_a_word_like_it(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "IN_FILE", most)
    files = dict(render_pages(_templates(), plan_people(AWARDS, "en"), make_frame(a_place())))
    found = {
        q: find(files, q) for q in ("zoe", "ZOË", "luka", "ann", "ليل", "neil 0", "0004", "q", "jo ann 0")
    }
    for query, people in found.items():
        wanted = {
            a.submission.earner
            for a in AWARDS
            if all(any(p.startswith(w) for p in words_of(a.card.earner)) for w in words_of(query))
        }
        assert people == wanted or (people is None and most < COUNT and query in BEGUN), query
    assert found["q"] == set() and len(found["zoe"] or ()) == COUNT / len(GIVEN)
    assert (names_file("zo") in files) == (most < COUNT)


def test_people_who_are_not_listed_are_in_no_file_of_names() -> None:
    unlisted = replace(AWARDS[0], public=False, card=replace(AWARDS[0].card, earner="Hidden Person"))
    revoked = replace(AWARDS[1], newest=False, card=replace(AWARDS[1].card, earner="Hidden Too"))
    files = files_of((unlisted, revoked, *AWARDS[2:20]), a_place(), Thanks())
    assert not [p for p, content in files.items() if b"Hidden" in content]


def test_a_long_catalogue_is_cut_and_names_all_its_topics_first() -> None:
    files = files_of((), a_place(900), Thanks())
    pages = {p: c.decode() for p, c in files.items() if p == CATALOGUE or p.startswith("credentials/page-")}
    assert len(pages) > 3
    ids = [c for text in pages.values() for c in text.split('data-id="')[1:]]
    assert len(ids) == 900
    home = pages_of(files)["index.html"]
    topics = [e.attributes["href"] for e in home.all("a") if "?topic=" in e.attributes["href"]]
    assert topics == [f"{CATALOGUE}?topic=Topic%20{n}" for n in range(4)]
    for n in range(4):
        assert f'name="topic" value="Topic {n}"' in pages[CATALOGUE]
    assert "finder" in pages[CATALOGUE] and sum("finder" in text for text in pages.values()) == 1


def test_the_sitemap_is_cut_within_what_search_engines_take() -> None:
    paths = [f"badges/teacher-{n}/index.html" for n in range(60_000)]
    pages = {p.path: p for p in plan_sitemap(dict.fromkeys(paths), "T", "en")}
    files = dict(render_pages(_templates(), pages.values(), make_frame(a_place())))
    root = xml.fromstring(files[SITEMAP].decode())  # noqa: S314
    assert root.tag.endswith("sitemapindex")
    parts = [(e.text or "").removeprefix("https://x.example/team/") for e in root.iter(f"{MAP}loc")]
    assert sorted(parts) == sorted(set(files) - {SITEMAP})
    named = [
        e.text or ""
        for part in parts
        for e in xml.fromstring(files[part].decode()).iter(f"{MAP}loc")  # noqa: S314
    ]
    assert sorted(named) == sorted(f"https://x.example/team/badges/teacher-{n}/" for n in range(60_000))
    assert all(files[part].count(b"<loc>") <= IN_SITEMAP.most < 50_000 for part in parts)
    fewer = {p.path: p for p in plan_sitemap(dict.fromkeys(paths[:-1]), "T", "en")}
    assert len({p for p in pages if pages[p] != fewer.get(p)}) <= 2
