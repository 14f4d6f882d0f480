"""Pages that are one file: whole, without anything from elsewhere, and nothing hostile comes alive."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from mcred.domain.ids import CredentialId, PersonId, Slug, StackId
from mcred.domain.stats.progress import Forecast, Overview, ProgressRow, ProgressToStack, Shelf
from mcred.domain.stats.report import Agreement, Report, Strictness, WhatIf
from mcred.website.charts import balance_rows, column_chart, share_rows, spark_bars
from mcred.website.local.one_file import overview_sheet, report_sheet
from tests.website.markup import Document, read

TEMPLATES = [Path(__file__).parents[2] / "templates" / "site"]
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u202e\x07"
DAY = date(2026, 11, 20)


def a_line(**changes: object) -> ProgressRow:
    given: dict[str, object] = {
        "person": PersonId("ana"),
        "name": "Ana Reyes",
        "credential": CredentialId("wait-time"),
        "title": "Wait Time",
        "word": "in review",
        "attempt": 2,
        "days": 18,
        "waiting_for": (PersonId("mei"),),
        "due": DAY,
        "next": "assess it",
    }
    return ProgressRow(**{**given, **changes})  # type: ignore[arg-type]


def a_shelf(**changes: object) -> Shelf:
    given: dict[str, object] = {
        "credential": CredentialId("wait-time"),
        "title": "Wait Time",
        "drafts": 1,
        "in_review": 2,
        "to_decide": 0,
        "rule": "peer",
        "able": 4,
        "needed": 3,
        "forecast": Forecast(turns=9, median=6, most=11),
        "months": (0, 1, 2),
        "warning": "no active assessor",
    }
    return Shelf(**{**given, **changes})  # type: ignore[arg-type]


def an_overview(**changes: object) -> Overview:
    given: dict[str, object] = {
        "day": DAY,
        "issuer": "Lakeside",
        "whole": True,
        "lines": (a_line(), a_line(overdue=True, coach_due=True, credential=None, title="", days=None)),
        "shelves": (a_shelf(),),
        "stack": StackId("talk"),
        "climbs": (ProgressToStack(person=PersonId("ana"), name="Ana", have=1, needed=2, missing=()),),
    }
    return Overview(**{**given, **changes})  # type: ignore[arg-type]


def a_report(**changes: object) -> Report:
    given: dict[str, object] = {
        "day": DAY,
        "issuer": "Lakeside",
        "decided": 41,
        "awarded": 30,
        "revised": 10,
        "declined": 1,
        "overrides": 2,
        "forecast": Forecast(turns=41, median=6, most=11),
        "histogram": (("0–1", 3), ("2–3", 38)),
        "months": (1, 2),
        "month_names": ("10/26", "11/26"),
        "criteria": (
            Agreement(
                credential=CredentialId("wait-time"),
                criterion=Slug("questions"),
                title="Questions",
                units=9,
                pairs=27,
                exact=0.75,
                adjacent=0.9,
                alpha=0.815,
            ),
        ),
        "assessors": (Strictness(person=PersonId("mei"), name="Mei Lin", scores=12, difference=0.25),),
        "what_ifs": (WhatIf(rule="unanimity", flips=7, of=41, to_award=0),),
        "has_alpha": True,
    }
    return Report(**{**given, **changes})  # type: ignore[arg-type]


def sheets() -> list[bytes]:
    return [overview_sheet(an_overview(), TEMPLATES), report_sheet(a_report(), TEMPLATES)]


class TestSheets:
    def test_say_what_there_is(self) -> None:
        progress, report = (read(page).text for page in sheets())
        for said in (
            "Ana Reyes",
            "in review (attempt 2)",
            "late since 2026-11-20",
            "coach due",
            "1 of 2",
            "4 peers available, median 6 days, 2 waiting; eight of ten at most 11 days",
            "no active assessor",
            "November 20, 2026",
        ):
            assert said in progress, said
        for said in (
            "41 attempts were decided: 30 awarded, 10 returned, 1 declined.",
            "24% were returned",
            "75%",
            "0.81",
            "Mei Lin",
            "+0.25",
            "Under unanimity 7 of 41 would change.",
        ):
            assert said in report, said

    def test_are_one_file(self) -> None:
        for page in sheets():
            document = read(page)
            assert document.hrefs() == []
            assert not document.all("script") and not document.all("link")
            assert b"url(" not in page and b"@import" not in page and b"src=" not in page
            rules = [e.attributes.get("content", "") for e in document.all("meta")]
            assert any(rule.startswith("default-src 'none'") for rule in rules)
            assert "noindex" in rules and page.count(b"<style>") == 1

    def test_are_the_same_bytes_each_time(self) -> None:
        assert sheets() == sheets()

    def test_have_headings_rows_and_pictures_with_names(self) -> None:
        for page in sheets():
            document = read(page)
            assert len(document.all("h1")) == 1
            for cell in document.all("th"):
                assert cell.attributes["scope"] in ("row", "col")
            for picture in document.all("svg"):
                assert picture.attributes["role"] == "img" and picture.attributes["aria-label"]

    def test_nothing_hostile_comes_alive(self) -> None:
        overview = an_overview(
            issuer=EVIL,
            lines=(a_line(name=EVIL, title=EVIL, next=EVIL),),
            shelves=(a_shelf(title=EVIL, warning=EVIL),),
            climbs=(ProgressToStack(person=PersonId("ana"), name=EVIL, have=0, needed=1, missing=()),),
        )
        report = a_report(
            issuer=EVIL,
            criteria=(replace(a_report().criteria[0], title=EVIL),),
            assessors=(replace(a_report().assessors[0], name=EVIL),),
        )
        for page in (overview_sheet(overview, TEMPLATES), report_sheet(report, TEMPLATES)):
            document = read(page)
            assert not document.all("script") and not document.all("img")
            assert not [n for e in document.elements for n in e.attributes if n.startswith("on")]
            assert "\u202e" not in page.decode() and "\x07" not in page.decode()
            assert "alert(1)" in document.text

    def test_nothing_yet_is_said(self) -> None:
        empty = a_report(decided=0, awarded=0, revised=0, declined=0, criteria=(), assessors=(), what_ifs=())
        text = read(report_sheet(replace(empty, forecast=Forecast(turns=0)), TEMPLATES)).text
        assert (
            "No attempt has been scored by two assessors yet." in text and "0 attempts were decided" in text
        )
        bare = read(overview_sheet(an_overview(lines=(), climbs=(), stack=None), TEMPLATES))
        assert "People" not in bare.text

    def test_without_the_library_alpha_is_said_to_be_missing(self) -> None:
        rows = (replace(a_report().criteria[0], alpha=None),)
        text = read(report_sheet(a_report(has_alpha=False, criteria=rows), TEMPLATES)).text
        assert "python -m pip install nltk" in text


def svg(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 -- made here


NS = "{http://www.w3.org/2000/svg}"
NUMBERS = some.lists(some.integers(0, 10**6), max_size=14)


class TestPlots:
    @given(NUMBERS, some.text(max_size=20))
    def test_columns_are_as_high_as_their_numbers(self, values: list[int], title: str) -> None:
        root = svg(column_chart(values, [str(n) for n in range(len(values))], title, "x"))
        bars = [float(r.attrib["height"]) for r in root.iter(f"{NS}rect")]
        assert len(bars) == len(values)
        for value, bar in zip(values, bars, strict=True):
            assert bar == pytest.approx(value / (max(values) or 1) * 120, abs=0.01)

    @given(some.lists(some.tuples(some.text(max_size=50), some.floats(0, 1)), max_size=6))
    def test_shares_fill_their_row(self, rows: list[tuple[str, float]]) -> None:
        root = svg(share_rows([(name, (s, 1 - s)) for name, s in rows], ("a", "b"), "t"))
        wide = [float(r.attrib["width"]) for r in root.iter(f"{NS}rect")]
        for first, second in zip(wide[::2], wide[1::2], strict=True):
            assert first + second == pytest.approx(360, abs=0.02)

    @given(some.lists(some.tuples(some.text(max_size=50), some.floats(-4, 4)), max_size=6))
    def test_dots_stay_inside_and_on_their_side(self, rows: list[tuple[str, float]]) -> None:
        root = svg(balance_rows(rows, "low", "high", "t"))
        for (_, value), dot in zip(rows, root.iter(f"{NS}circle"), strict=True):
            x = float(dot.attrib["cx"])
            assert 210 <= x <= 570
            assert abs(value) < 0.01 or (x > 390) == (value > 0)

    def test_say_the_same_to_those_who_do_not_see(self) -> None:
        root = svg(column_chart((3, 1), ("May", "June"), "Decisions", "By month"))
        assert root.findtext(f"{NS}title") == "Decisions"
        assert root.findtext(f"{NS}desc") == "By month. May: 3; June: 1."
        assert svg(spark_bars((1, 2), "t")).findtext(f"{NS}desc") == "1, 2"
        shares = svg(share_rows([("Q", (0.5, 0.5))], ("same", "apart"), "t"))
        assert shares.findtext(f"{NS}desc") == "Q: same 50%, apart 50%."

    def test_numbers_are_plain(self) -> None:
        for text in (column_chart((), (), "t", "x"), spark_bars((), "t"), share_rows([], (), "t")):
            assert not re.search(r"nan|inf|e-\d", text)
            assert "0 0 0 " not in text


def test_a_document_is_read_whole() -> None:
    assert isinstance(read(sheets()[0]), Document)
