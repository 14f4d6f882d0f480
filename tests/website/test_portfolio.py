"""A person's page: a transcript of what they hold."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from hashlib import sha256

from msgspec.structs import replace

from mcred.domain.catalog import Catalog, Definition
from mcred.domain.ids import BlobId, CredentialId, CreditHours, StackId, Version
from mcred.domain.stack_badge import Contained, StackAward, StackRecord
from mcred.website.views import PortfolioView
from tests.browser.sample import a_site
from tests.school import ANA, NOON, WAIT, a_credential, a_record, a_revocation, a_stack
from tests.website.markup import pages_of, targets
from tests.website.test_lists import SITE, at
from tests.website.test_pages import view
from tests.website.town import a_town, build, build_pages

PAGE = "portfolios/ana/index.html"


def a_begun_town() -> Catalog:
    """Ana holds one of two that a stack needs; the third has no page."""
    town = a_town()
    other = Definition(
        credential=a_credential(id=CredentialId("pause"), title="Pause", hours=4), blob=BlobId("5" * 40)
    )
    names = (WAIT, CredentialId("pause"), CredentialId("new-one"))
    return replace(
        town,
        definitions={**town.definitions, other.credential.id: other},
        stacks={StackId("talk"): a_stack(credentials=names, need=2)},
    )


def test_a_row_says_hours_levels_and_dates() -> None:
    shown = view(a_town(), PAGE, PortfolioView)
    (row,) = shown.badges
    assert (row.hours, shown.hours, row.until) == (10, 10, date(2029, 11, 2))
    assert (str(row.credits), str(row.credits_counted), str(shown.credits)) == ("1.5",) * 3
    text = pages_of(build_pages(a_town()))[PAGE].text
    assert "about 10 hours Credit hours: 1.5" in text and "1.5 credit hours" in text
    assert (row.met, row.of) == (3, 3) and row.levels == (("proficient", 1), ("passing", 1), ("basic", 1))
    assert shown.first == shown.last == row.card.awarded and shown.topics == ("Questioning",)


def test_what_does_not_hold_is_on_no_transcript() -> None:
    shown = view(a_town((a_record(revocations={1: a_revocation()}),)), PAGE, PortfolioView)
    assert (shown.badges, shown.hours, shown.first) == ((), 0, None)
    assert (
        "Share it"
        not in pages_of(build_pages(a_town((a_record(revocations={1: a_revocation()}),))))[PAGE].text
    )


def test_what_is_open_of_a_stack_is_named() -> None:
    (stack,) = view(a_begun_town(), PAGE, PortfolioView).stacks
    assert [(m.title, m.held) for m in stack.members] == [("Wait Time", True), ("Pause", False)]
    text = pages_of(build_pages(a_begun_town()))[PAGE].text
    assert "Pause open" in text and "Wait Time earned" in text
    assert "1 more is not published." in text and "New-One" not in text
    assert "1 of 2 required ( any 2 of 3 micro-credentials )" in text.replace("(any", "( any").replace(
        "s)", "s )"
    )


def test_it_can_be_taken_along_and_scanned() -> None:
    files = build(at(SITE))
    kept = json.loads(files["portfolios/ana/transcript.json"])
    assert [(b["title"], b["hours"], b["until"]) for b in kept["badges"]] == [("Wait Time", 10, "2029-11-02")]
    assert kept["badges"][0]["page"] in files and kept["badges"][0]["document"] in files
    page = pages_of(files)[PAGE]
    assert {"portfolios/ana/transcript.json", "portfolios/ana/qr.svg"} <= {f for f, _ in targets(PAGE, page)}
    assert f"{SITE}/portfolios/ana/" in page.text
    assert "portfolios/ana/qr.svg" not in build(at(""))


def test_a_stacks_own_credits_count_instead_of_its_parts() -> None:
    town = a_town((a_record(),))
    badge = StackAward(
        document=b"{}",
        title="Talk",
        version=Version("1.0"),
        awarded=NOON,
        ends=None,
        credits=CreditHours(Decimal(3)),
        contained=(Contained(name="Wait Time", digest=sha256(a_record().awards[1]).hexdigest()),),
    )
    stacked = StackRecord(earner=ANA, stack=StackId("talk"), awards={1: badge})
    files = build(replace(town, stacked={(ANA, StackId("talk")): stacked}))
    kept = json.loads(files["portfolios/ana/transcript.json"])["badges"]
    assert [(b["credits"], b["credits_counted"]) for b in kept] == [("1.5", "0"), ("3", "3")]
    text = pages_of(files)[PAGE].text
    assert "3 credit hours" in text and "include those of the micro-credentials" in text


def test_a_stack_says_what_it_shows_and_adds_no_hours() -> None:
    page = pages_of(a_site())[PAGE]
    assert "1 stack completed" in page.text and "10 hours, estimated" in page.text
