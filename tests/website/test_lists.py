"""What machines read: feed, sitemap, index; and the page for addresses where nothing stands."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as xml
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.catalog import Catalog
from mcred.domain.ids import SubmissionId
from mcred.website.badge_views import BadgeCard
from mcred.website.listing.earned import newest_first
from mcred.website.lists import IN_FEED
from tests.school import ANA, BEN, CLEO, NOON, WAIT, a_record, a_reissue, a_revocation
from tests.website.markup import read
from tests.website.town import a_town, build, visible

LISTED = (
    "people/index.html",
    "earned/index.html",
    "earned/2026-11/index.html",
    "earned/2026-11/badges.json",
)
"""The lists of everybody."""
SITE = "https://x.example/team/badges"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def at(url: str, catalog: Catalog | None = None) -> Catalog:
    """The town with an address for its site."""
    town = catalog or a_town()
    programme = replace(town.programme, site=replace(town.programme.site, url=url))
    return replace(town, programme=programme)


def feed_of(files: Mapping[str, bytes]) -> Any:
    return xml.fromstring(files["feed.xml"].decode())  # noqa: S314


def paths_of(files: Mapping[str, bytes]) -> list[str]:
    root = xml.fromstring(files["sitemap.xml"].decode())  # noqa: S314
    return [e.text or "" for e in root.iter(f"{MAP}loc")]


def test_the_feed_names_public_awards_with_full_addresses() -> None:
    feed = feed_of(build(at(SITE)))
    assert feed.findtext(f"{ATOM}id") == f"{SITE}/"
    links = [[e.attrib["href"] for e in entry.iter(f"{ATOM}link")] for entry in feed.iter(f"{ATOM}entry")]
    folders = [f"{SITE}/badges/{p}/wait-time/1/" for p in (ANA, BEN, CLEO)]
    assert links == [[folder, f"{folder}badge.json"] for folder in folders]
    assert feed.findtext(f"{ATOM}updated") == feed.find(f"{ATOM}entry").findtext(f"{ATOM}updated")


def test_a_reissued_badge_is_the_same_entry_of_the_feed() -> None:
    issued = NOON + timedelta(days=3, minutes=4)
    again = a_record(issued_again={(1, 2): b"{}"}, reissues=(a_reissue(issued=issued),))
    before, after = (feed_of(build(at(SITE, a_town((r,))))).find(f"{ATOM}entry") for r in (a_record(), again))
    assert before.findtext(f"{ATOM}id") == after.findtext(f"{ATOM}id") == f"{SITE}/badges/ana/wait-time/1/"
    assert after.find(f"{ATOM}link").attrib["href"] == f"{SITE}/badges/ana/wait-time/1-2/"
    times = [[entry.findtext(f"{ATOM}{n}") for n in ("published", "updated")] for entry in (before, after)]
    assert times == [[f"{NOON:%FT%T}Z"] * 2, [f"{NOON:%FT%T}Z", f"{issued:%FT%T}Z"]]


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://a@b.example/"])
def test_without_an_address_there_is_no_feed_and_no_sitemap(url: str) -> None:
    files = build(at(url))
    assert not {"feed.xml", "sitemap.xml"} & files.keys()
    assert b"feed.xml" not in files["index.html"] and b"og:" not in files["index.html"]


def test_a_new_programme_has_an_empty_feed() -> None:
    feed = feed_of(build(at(SITE, a_town(()))))
    assert not list(feed.iter(f"{ATOM}entry")) and feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


def test_the_sitemap_has_every_page_that_may_be_listed_and_no_other() -> None:
    files = build(at(SITE))
    pages = {p for p in files if p.endswith("index.html")}
    assert set(paths_of(files)) == {f"{SITE}/{p.removesuffix('index.html')}" for p in pages}


def test_the_sitemap_leaves_out_what_does_not_hold_and_dates_what_does() -> None:
    issued = NOON + timedelta(days=3)
    again = a_record(issued_again={(1, 2): b"{}"}, reissues=(a_reissue(issued=issued),))
    ben = SubmissionId(BEN, WAIT)
    revoked = a_record(ben, revocations={1: a_revocation(ben)})
    files = build(at(SITE, a_town((again, revoked))))
    dates = {
        (row.findtext(f"{MAP}loc") or "").removeprefix(f"{SITE}/"): row.findtext(f"{MAP}lastmod")
        for row in xml.fromstring(files["sitemap.xml"].decode()).iter(f"{MAP}url")  # noqa: S314
    }
    day = f"{issued:%F}"
    assert dates["badges/ana/wait-time/1-2/"] == dates["portfolios/ana/"] == dates["earned/"] == day
    assert {p for p in dates if p.startswith("badges/")} == {"badges/ana/wait-time/1-2/"}
    assert dates["portfolios/ben/"] is None and dates["about/"] is None
    for left in ("badges/ana/wait-time/1/index.html", "badges/ben/wait-time/1/index.html"):
        assert left in files


def test_search_engines_are_told_where_the_sitemap_is() -> None:
    assert (
        build(at(SITE))["robots.txt"].decode() == f"User-agent: *\nDisallow:\n\nSitemap: {SITE}/sitemap.xml\n"
    )
    assert build(at(""))["robots.txt"] == b"User-agent: *\nDisallow:\n"


@pytest.mark.parametrize("choice", ["unlisted", "private"])
def test_who_is_not_public_is_in_no_list(choice: Any) -> None:
    files = build(visible(at(SITE), ANA, choice))
    for name in ("feed.xml", "sitemap.xml", "index.html", "credentials/wait-time/index.html", *LISTED):
        assert b"/ana/" not in files[name] and b"Ana" not in files[name], name
        assert name == "sitemap.xml" or b"/ben/" in files[name], name
    assert ("badges/ana/wait-time/1/index.html" in files) == (choice == "unlisted")


def test_the_index_names_what_can_be_found_and_every_path_is_there() -> None:
    files = build(a_town((a_record(), a_record(SubmissionId(BEN, WAIT), awards={1: b"a", 2: b"b"}))))
    index = json.loads(files["index.json"])
    assert [c["id"] for c in index["credentials"]] == ["old-one", "wait-time"]
    wait = index["credentials"][1]
    assert wait["evidence"] == ["lesson-plan", "video", "observation"] and wait["status"] == "live"
    assert (wait["credits"], index["credentials"][0]["credits"]) == ("1.5", None)
    assert [s["credits"] for s in index["stacks"]] == ["3", None]
    assert [s["id"] for s in index["stacks"]] == ["pair", "talk"]
    assert index["stacks"][0]["credentials"] == ["wait-time", "old-one"], "drafts are not named"
    ((month, file, count),) = (m.values() for m in index["badges"]["months"])
    badges = json.loads(files[file])["badges"]
    assert (month, count) == ("2026-11", 1) and index["badges"]["count"] == 1
    assert [b["page"] for b in badges] == ["badges/ana/wait-time/1/index.html"]
    for row in (*index["credentials"], *index["stacks"], *badges):
        assert row["page"] in files and row.get("document", "index.json") in files


def test_the_newest_come_first_and_only_so_many() -> None:
    cards = [
        BadgeCard(
            earner="A",
            title="T",
            version=a_record().decisions[0].definition.version,
            awarded=date(2026, 1, 1 + n % 28),
            language="en",
            page=f"p{n:02}",
            picture="",
        )
        for n in range(60)
    ]
    ordered = [card for card, _ in newest_first([(card, "") for card in cards])]
    assert [c.page for c in ordered[:3]] == ["p27", "p55", "p26"]
    assert [c.page for c in ordered[-3:]] == ["p00", "p28", "p56"]
    assert len(cards) > IN_FEED


@pytest.mark.parametrize(
    ("url", "style"),
    [(SITE, "/team/badges/style.css"), ("https://x.example", "/style.css"), ("", "style.css")],
)
def test_the_page_not_found_is_whole_at_any_address(url: str, style: str) -> None:
    document = read(build(at(url))["404.html"])
    assert document.all("link")[0].attributes["href"] == style
    home = document.all("a")[1].attributes["href"]
    assert home == (style.removesuffix("style.css") if url else "index.html")
    assert "noindex" in str(document.all("meta"))


def test_pages_say_who_they_are_where_others_link_to_them() -> None:
    page = read(build(at(SITE))["badges/ana/wait-time/1/index.html"])
    said = {
        e.attributes["property"]: e.attributes["content"]
        for e in page.all("meta")
        if "property" in e.attributes
    }
    assert said["og:url"] == f"{SITE}/badges/ana/wait-time/1/"
    assert said["og:image"] == f"{SITE}/credentials/wait-time/badge.png"
    assert said["og:title"] == said["og:image:alt"] == "Wait Time, earned by Ana"


def links_of(page: bytes, rel: str) -> list[str]:
    return [e.attributes["href"] for e in read(page).all("link") if e.attributes["rel"] == rel]


def test_a_replaced_badge_names_the_newer_page_as_its_own() -> None:
    again = a_record(issued_again={(1, 2): b"{}"}, reissues=(a_reissue(),))
    files = build(at(SITE, a_town((again,))))
    for number in ("1", "1-2"):
        page = files[f"badges/ana/wait-time/{number}/index.html"]
        assert links_of(page, "canonical") == [f"{SITE}/badges/ana/wait-time/1-2/"]
        assert links_of(page, "alternate") == ["badge.json", "../../../../feed.xml"]
    assert links_of(files["index.html"], "canonical") == [f"{SITE}/"]
    assert not links_of(build(at(""))["index.html"], "canonical")


def test_every_page_that_may_be_listed_says_what_it_is_about() -> None:
    for path, content in build(at(SITE)).items():
        page = read(content) if path.endswith("index.html") else None
        if page is not None:
            said = [
                e.attributes["content"] for e in page.all("meta") if e.attributes.get("name") == "description"
            ]
            assert len(said) == 1 and len(said[0]) > 8 and "<" not in said[0], path


def data_of(page: bytes) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*)</script>', page.decode())
    return json.loads(found[1]) if found else None


def test_pages_say_in_machine_words_what_they_are_about() -> None:
    files = build(at(SITE))
    ana = data_of(files["badges/ana/wait-time/1/index.html"])
    (held,) = ana["hasCredential"]
    assert (ana["@type"], ana["name"], held["name"]) == ("Person", "Ana", "Wait Time")
    assert held["url"] == f"{SITE}/badges/ana/wait-time/1/" and held["validFrom"] == f"{NOON:%F}"
    assert held["recognizedBy"]["name"] == "Lake Elmo Unified"
    person = data_of(files["portfolios/ana/index.html"])["mainEntity"]
    assert [c["url"] for c in person["hasCredential"]] == [held["url"]]
    listed = data_of(files["credentials/index.html"])["itemListElement"]
    assert [row["url"] for row in listed] == [f"{SITE}/credentials/wait-time/"]
    assert data_of(files["credentials/wait-time/index.html"])["name"] == "Wait Time"
    assert data_of(files["index.html"])["@type"] == "WebSite"


def test_machine_words_are_of_public_badges_that_hold() -> None:
    revoked = at(SITE, a_town((a_record(revocations={1: a_revocation()}),)))
    for catalog in (revoked, visible(at(SITE), ANA, "unlisted")):
        assert data_of(build(catalog)["badges/ana/wait-time/1/index.html"]) is None


def test_machine_words_end_no_script() -> None:
    town = at(SITE)
    hostile = "</script><!--<script>&\u202e"
    named = replace(town, people={**town.people, ANA: replace(town.people[ANA], name=hostile)})
    page = build(named)["badges/ana/wait-time/1/index.html"]
    assert data_of(page)["name"] == hostile.removesuffix("\u202e")
    assert page.count(b"</script>") == len(read(page).all("script"))
