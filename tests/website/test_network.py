"""A network's pages, from what was read of its programmes."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from mcred.domain.credential import Alignment
from mcred.domain.ids import CommitId, CredentialId, CreditHours, Slug, StackId, Version
from mcred.domain.network.listed import Equivalents, ListedProgramme, Network, OfferId
from mcred.domain.network.reading import (
    OfferedCredential,
    OfferedStack,
    ProgrammeFailure,
    ProgrammeReading,
    PublicAward,
)
from mcred.website.addresses import HOME, INDEX, PROGRAMMES
from mcred.website.build import render_pages
from mcred.website.network.pages import (
    Outcomes,
    list_offers,
    network_frame,
    plan_network,
)
from mcred.website.render import open_templates, read_assets
from tests.website.markup import Document, pages_of, targets
from tests.website.town import TEMPLATES

LAKE, HILL, GONE = Slug("lake"), Slug("hill"), Slug("gone")
WAIT, PAUSE = CredentialId("wait-time"), CredentialId("pause")
SITE = "https://lake.example.org/"
WAIT_PAGE, PAUSE_PAGE = "programmes/lake/wait-time/index.html", "programmes/hill/pause/index.html"

OFFERED = OfferedCredential(
    id=WAIT,
    version=Version("1.2"),
    retired=False,
    title="Wait Time",
    topics=("Questioning",),
    language="en",
    issuer="Lake District",
    hours=12,
    credits=CreditHours(Decimal("1.5")),
    needs_students=True,
    kinds=(Slug("video"),),
    competency="The educator waits.",
    key_method="Wait three seconds.",
    for_recognizers="Asked, and *waited*.",
    alignment=(Alignment(framework="InTASC", name="Standard 8", url="javascript:alert(1)"),),
    page=f"{SITE}credentials/wait-time/",
)
AWARD = PublicAward(
    credential=WAIT,
    title="Wait Time",
    earner="Ana Reyes",
    awarded=date(2026, 3, 2),
    page=f"{SITE}portfolios/ana/",
    document=f"{SITE}portfolios/ana/badge.json",
)
READING = ProgrammeReading(
    main=CommitId("a" * 40),
    issuer="Lake District",
    url="https://lake.example.org",
    site=SITE,
    credentials=(OFFERED,),
    stacks=(
        OfferedStack(
            id=StackId("talk"),
            title="Talk",
            needed=1,
            credentials=(WAIT,),
            page=f"{SITE}s/",
            credits=CreditHours(Decimal(3)),
        ),
    ),
    awards=(AWARD,),
    findings=(),
    unread=0,
)
HILLS = replace(
    READING,
    issuer="Hill & <b>Dale</b>",
    site="",
    credentials=(
        replace(OFFERED, id=PAUSE, title="<script>", issuer="Hill & <b>Dale</b>", page="", topics=("Talk",)),
        replace(OFFERED, id=CredentialId("old"), title="Old way", retired=True, page=""),
    ),
    stacks=(),
    awards=(),
    findings=(("not-signed", 2),),
    unread=1,
)
NETWORK = Network(
    format=2,
    name="Three districts",
    programmes=(
        ListedProgramme(id=LAKE, address="/srv/secret/lake.git"),
        ListedProgramme(id=HILL, address="/srv/secret/hill.git", name="Hill Street"),
        ListedProgramme(id=GONE, address="/srv/secret/gone.git"),
    ),
    equivalents=(
        Equivalents(
            credentials=(OfferId("lake/wait-time"), OfferId("hill/pause"), OfferId("gone/x")),
            because="One **rubric**.",
        ),
    ),
)
OUTCOMES: Outcomes = {
    LAKE: READING,
    HILL: HILLS,
    GONE: ProgrammeFailure(what="there is no program at /srv/secret/gone.git"),
}


def built(network: Network = NETWORK, outcomes: Outcomes = OUTCOMES) -> dict[str, bytes]:
    templates = open_templates((TEMPLATES,))
    pages = render_pages(templates, plan_network(network, outcomes), network_frame(network))
    pictures = {offer.picture: b"<svg/>" for offer in list_offers(network, outcomes)}
    return {**dict(pages), **pictures, **read_assets(templates)}


FILES = built()
PAGES: dict[str, Document] = pages_of(FILES)


def test_every_link_is_relative_to_a_file_or_leaves_over_https() -> None:
    assert len(PAGES) == 7
    for path, document in PAGES.items():
        assert {file for file, _ in targets(path, document)} <= FILES.keys(), path
        schemes = {href.partition("://")[0] for href in document.hrefs() if "://" in href}
        assert schemes <= {"https"}, path


def test_a_long_catalogue_is_cut_and_its_pages_lie_beside_the_first() -> None:
    many = tuple(replace(OFFERED, id=CredentialId(f"more-{n}"), title=f"Number {n}") for n in range(450))
    files = built(outcomes={**OUTCOMES, LAKE: replace(READING, credentials=many)})
    pages = pages_of(files)
    assert "page-2.html" in pages
    for path in (HOME, "page-2.html"):
        assert {file for file, _ in targets(path, pages[path])} <= files.keys(), path
    assert "page-2.html" in {file for file, _ in targets(HOME, pages[HOME])}


def test_every_page_keeps_the_policy_of_the_site() -> None:
    for path, document in PAGES.items():
        policy = next(e for e in document.all("meta") if "http-equiv" in e.attributes).attributes["content"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; "), path
        assert "unsafe" not in policy and not document.all("style"), path


def test_the_catalogue_has_each_micro_credential_with_its_issuer() -> None:
    home = PAGES[HOME]
    cards = {e.attributes["data-id"] for e in home.all("li") if "data-id" in e.attributes}
    assert cards == {"lake/wait-time", "hill/pause", "hill/old"}
    assert "Wait Time Lake District Questioning The educator waits." in home.text
    assert "Hill & <b>Dale</b>" in home.text and "Retired" in home.text


def test_equivalents_are_linked_both_ways_with_the_reason() -> None:
    for here, there in ((WAIT_PAGE, PAUSE_PAGE), (PAUSE_PAGE, WAIT_PAGE)):
        page = PAGES[here]
        assert there in {file for file, _ in targets(here, page)}
        assert "Equivalent micro-credentials" in page.text and "One rubric ." in page.text
    assert "Equivalent" not in PAGES["programmes/hill/old/index.html"].text


def test_a_micro_credential_names_what_a_recognizer_asks_for() -> None:
    page = PAGES[WAIT_PAGE]
    for said in (
        "Lake District",
        "about 12 hours",
        "Credit hours 1.5",
        "Questioning",
        "Asked, and waited",
        "Ana Reyes",
        "Talk",
    ):
        assert said in page.text, said
    assert AWARD.page in page.hrefs() and OFFERED.page in page.hrefs()
    assert not any(href.startswith("javascript") for href in page.hrefs())


def test_lists_say_credit_hours_beside_the_effort() -> None:
    for path in ("programmes/lake/index.html", PAUSE_PAGE):
        assert "about 12 hours · Credit hours: 1.5" in PAGES[path].text
    assert "about 12 hours Credit hours: 1.5" in PAGES["index.html"].text


def test_what_an_audit_found_is_said_and_hides_nothing() -> None:
    page = PAGES["programmes/hill/index.html"]
    assert "The audit of its record found something." in page.text and "not-signed 2" in page.text
    assert "1 of its files could not be read" in page.text and "<script>" in page.text
    assert "every award follows" in PAGES["programmes/lake/index.html"].text


def test_a_programme_that_failed_is_named_without_its_address() -> None:
    assert "gone Left out. It could not be read" in PAGES[PROGRAMMES].text
    assert not [path for path, content in FILES.items() if b"/srv/secret" in content]


def test_the_index_has_the_form_of_a_programmes_own() -> None:
    index = json.loads(FILES[INDEX])
    assert [c["id"] for c in index["credentials"]] == ["lake/wait-time", "hill/pause", "hill/old"]
    first = index["credentials"][0]
    assert first["equivalents"] == ["hill/pause"] and first["issuer"] == "Lake District"
    assert first["credits"] == "1.5"
    assert all(c["page"] in FILES for c in index["credentials"])
    assert [p["status"] for p in index["programmes"]] == ["read", "read", "failed"]
    assert index["badges"] == [
        {
            "title": "Wait Time",
            "earner": "Ana Reyes",
            "awarded": "2026-03-02",
            "page": AWARD.page,
            "document": AWARD.document,
            "programme": "lake",
            "credential": "lake/wait-time",
        }
    ]
    assert (index["stacks"][0]["credentials"], index["stacks"][0]["credits"]) == (["lake/wait-time"], "3")


def test_with_an_address_there_is_a_sitemap() -> None:
    assert "sitemap.xml" not in FILES
    files = built(replace(NETWORK, site="https://network.example.org"))
    assert (
        f"https://network.example.org/{WAIT_PAGE.removesuffix('index.html')}".encode() in files["sitemap.xml"]
    )
