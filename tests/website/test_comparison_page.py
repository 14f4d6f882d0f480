"""The page of a comparison: both sides, nothing lost, nothing from outside, no one's words as markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcred.domain.compare.answered import CriterionChange, Remark, SaidOfAttempt
from mcred.domain.compare.report import Comparison, ItemChange, OtherChange, PartChange, Piece, PieceChange
from mcred.domain.compare.text_diff import compare_texts, plain_body
from mcred.domain.ids import Slug
from mcred.problems import McredError
from mcred.shipped import shipped
from mcred.website.local.comparison_page import render_comparison
from mcred.website.prose import clean_text
from tests.school import MEI, a_credential

TEMPLATES = (shipped("templates") / "site",)
EMPTY = Comparison(parts=(), other=())


def page(
    comparison: Comparison, criteria: tuple[CriterionChange, ...] = (), remarks: tuple[Remark, ...] = ()
) -> str:
    sides = (("ana/wait-time", "attempt 1"), ("ana/wait-time", "your draft"))
    return render_comparison(a_credential(), *sides, comparison, criteria, remarks, TEMPLATES).decode()


def with_text(old: str, new: str) -> Comparison:
    spans = compare_texts({"a": (plain_body(old), plain_body(new))})["a"]
    item = ItemChange(item=Slug("setting"), title="Your setting", spans=spans)
    return Comparison(
        parts=(PartChange(part=Slug("overview"), title="Overview questions", items=(item,)),), other=()
    )


def sides_of(html: str) -> list[str]:
    """The text of each side, marks left out."""
    found = re.findall(r'<div class="side"><span class="name">.*?</span>(.*?)</div>', html, re.DOTALL)
    return [
        unescape(re.sub(r"<[^>]*>", "", re.sub(r'<span class="where">.*?</span>', "", text)))
        for text in found
    ]


def test_each_side_has_its_own_words() -> None:
    html = page(with_text("Wait one second.", "Wait three seconds."))
    assert sides_of(html) == ["Wait one second.", "Wait three seconds."]
    assert "<del>one second.</del>" in html
    assert "<ins>three seconds.</ins>" in html


def test_no_side_begins_with_empty_lines_and_no_mark_with_a_space() -> None:
    html = page(with_text("\n\nWait one second.\n", "\n\nWait three seconds.\n"))
    assert [t[:4] for t in sides_of(html)] == ["Wait", "Wait"]
    assert not re.findall(r"<(?:del|ins)>\s|\s</(?:del|ins)>", html)


def test_what_moved_is_marked_on_both_sides() -> None:
    first, second = (" ".join(f"{c}{n}" for n in range(9)) for c in "ab")
    html = page(with_text(f"{first}\n\n{second} {second}x", f"{second} {second}x\n\n{first}"))
    assert html.count("<mark>") == 3, "the legend, and both ends of the move"
    assert "(moved away)" in html
    assert "(moved here)" in html
    assert "<del>" not in html.split("</h1>")[1].split("</p>", 1)[1]


@given(old=st.text("ab <&\"'{}%\n\u202e\x00", max_size=40), new=st.text("ab <&\"'{}%\n", max_size=40))
@settings(deadline=None, max_examples=60)
def test_both_sides_are_whole_and_no_word_is_markup(old: str, new: str) -> None:
    html = page(with_text(old, new))
    if old or new:
        assert [t.split() for t in sides_of(html)] == [clean_text(old).split(), new.split()]
    body = html.split("<body>")[1]
    assert set(re.findall(r"<([a-z0-9]+)", body)) <= {
        *("main", "h1", "h2", "h3", "p", "bdi", "span", "section", "div", "del", "ins", "mark"),
    }


def test_its_style_is_the_only_one_it_allows() -> None:
    html = page(EMPTY)
    style = html.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = unescape(re.findall(r'Content-Security-Policy" content="(.*?)"', html)[0])
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert not re.findall(r"(?:src|href|action)=", html)
    assert "url(" not in style
    assert "Nothing has changed." in html


def test_evidence_remarks_and_the_rest() -> None:
    old = Piece(title="Plan", type="lesson-plan", item="lesson-plan", place="evidence/plan.md", size=46)
    new = Piece(
        title="Plan <2>",
        type="lesson-plan",
        item="lesson-plan",
        place="evidence/plan.pdf",
        size=4600,
        pages=3,
    )
    item = ItemChange(
        item=Slug("lesson-plan"),
        title="Lesson plan",
        evidence=(
            PieceChange(kind="replaced", before=old, after=new),
            PieceChange(kind="removed", before=old, after=None),
        ),
    )
    comparison = Comparison(
        parts=(PartChange(part=Slug("artifacts"), title="Artifacts", items=(item,)),),
        other=(
            OtherChange(kind="version", name="version", before="1.2.0", after="1.3.0"),
            OtherChange(kind="layout", name="the list"),
        ),
    )
    said = SaidOfAttempt(by=MEI, criterion=Slug("questions"), text="More <b>here</b>.", level=Slug("basic"))
    criteria = (
        CriterionChange(
            criterion=Slug("questions"),
            part=Slug("artifacts"),
            title="Questions",
            before=Slug("basic"),
            remarks=(Remark(said=said, answers=("Lesson plan",)), Remark(said=said, answers=())),
        ),
    )
    html = page(comparison, criteria, (Remark(said=said, answers=()),))
    text = unescape(re.sub(r"<[^>]*>", "", html.split("</style>")[1]))
    for part in (
        "Plan <2> (lesson-plan)",
        "evidence/plan.pdf, 5 kB, 3 pages",
        "not there",
        "Basic → not assessed yet",
        "More <b>here</b>.",
        "Answered by: Lesson plan",
        "1.2.0 → 1.3.0",
        "Only its formatting.",
    ):
        assert part in text
    assert text.count("Not addressed") == 2


def test_templates_that_are_missing_are_said(tmp_path: Path) -> None:
    sides = (("a/b", "x"), ("a/b", "y"))
    with pytest.raises(McredError, match="no diff"):
        render_comparison(a_credential(), *sides, EMPTY, (), (), (tmp_path,))
    (tmp_path / "diff.css").write_text("p { color: red }", "utf-8")
    (tmp_path / "diff.html.j2").write_text("{{ nothing }}", "utf-8")
    with pytest.raises(McredError, match="cannot make the page"):
        render_comparison(a_credential(), *sides, EMPTY, (), (), (tmp_path,))
