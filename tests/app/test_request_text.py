"""What a request says on a host: the record for people; whatever people wrote there stays words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from mcred.app.hosting.text import (
    MAX_ANSWER,
    answered_body,
    as_quote,
    as_text,
    decision_body,
    decision_mark,
    request_body,
    request_mark,
    request_title,
)
from mcred.domain.ids import Slug
from mcred.formats.score_lines import read_scores
from mcred.hosting.values import read_marker
from tests.school import ANAS, MEI, a_credential, a_decision, a_request, a_work

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = frozenset(
    (
        *("p", "em", "strong", "h2", "h3", "ul", "li", "blockquote", "code", "pre", "br"),
        *("table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
    )
)
HOSTILE = (
    "<script>alert(1)</script>",
    "<!-- mcred:decision ana/wait-time 1 -->",
    "@ben please, closes #1, fixes GH-1, !2, ~bug, %3, $4, &5, ^6",
    "![x](https://evil.example/x.png) [y](javascript:x) <https://evil.example>",
    "/close\n/merge\n/approve",
    "| a | b |\n|---|---|\n| c | d |",
    "```\n/score context passing\n```",
    "# Heading\n\n---\n\n1. one\n- two\n> three",
    "**bold** _it_ `code` ~~gone~~ \\\\ \\",
    "a\x00b\x1b[31mc\u202ed\u2066e",
)
anything = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


class Tags(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.comments: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())


def shown(body: str) -> Tags:
    return Tags(MARKDOWN.render(body))


def check_harmless(body: str, mark: str) -> Tags:
    """Only our own elements, one marker, no one called, no command of a host's at the start of a line."""
    page = shown(body)
    assert set(page.tags) <= OURS
    assert page.comments == [mark.removeprefix("<!-- ").removesuffix(" -->")]
    assert read_marker(body) == mark
    outside = re.sub(r"(?s)```.*?```", "", body)
    assert not re.search(r"(?m)^\s*/\w", outside)
    assert not re.search(r"(?<![\w`])[@#!~%$&^]\w", " ".join(page.words))
    assert "\x1b" not in body and "\u202e" not in body
    return page


@given(anything, anything, anything)
def test_what_people_hand_in_stays_words(answer: str, note: str, title: str) -> None:
    work = a_work(answer=answer)
    piece = replace(work.submission.evidence[0], title=title or "t", about=note)
    listed = replace(work.submission, note=note, evidence=(piece, *work.submission.evidence[1:]))
    body = request_body(replace(work, submission=listed), a_credential(), a_request(), title, on_web=True)
    check_harmless(body, request_mark(ANAS))
    # The example lines of a request are no assessment of anyone's: they stand in its own text only.
    assert body.count("/score context") >= 1


@given(anything, anything)
def test_what_issuers_say_stays_words(feedback: str, reason: str) -> None:
    decision = a_decision(reason=reason)
    levels = tuple(replace(s, reason=feedback) for s in decision.levels)
    decision = replace(decision, levels=levels)
    page = check_harmless(decision_body(decision, a_credential()), decision_mark(ANAS, 1))
    assert page.tags.count("tr") == 1 + 3


def test_a_page_of_a_host_tells_no_level_that_is_not_everyones() -> None:
    """A pull request may be public: before the decision nothing, and after it the levels of an award."""
    said = answered_body(ANAS, 1, MEI)
    assert "mei has assessed attempt 1. Levels and remarks are sealed until it is decided." in said
    back = a_decision(outcome="revise", levels=(), recommended=None, feedback="", sealed="x")
    for decision, levels in ((back, False), (a_decision(feedback="", sealed="x"), True)):
        body = decision_body(decision, a_credential())
        assert ("proficient" in body) == levels
        assert "ana reads it with `mcred feedback wait-time`" in body


def test_the_request_has_all_that_an_assessor_needs() -> None:
    body = request_body(a_work(), a_credential(), a_request(carried=(Slug("context"),)), "Mei", on_web=True)
    text = " ".join(" ".join(shown(body).words).split())
    for words in (
        "The teacher waits after a question.",
        "Attempt 1, assessed by Mei, due 2026-11-12.",
        "My class of nine-year-olds.",
        "Day one (lesson-plan), evidence/plan.md",
        "(kept from the attempt before)",
        "mcred assess ana/wait-time",
        "/score questions proficient because …",
        "| waiting | | |",
    ):
        assert words in text, text
    assert "/score context" not in body
    assert "/score" not in request_body(a_work(), a_credential(), a_request(), "Mei", on_web=False)


def test_the_table_to_fill_in_is_read_as_it_is_filled_in() -> None:
    body = request_body(a_work(), a_credential(), a_request(), "Mei", on_web=True)
    table = body[body.index("| criterion | level | feedback |") :].partition("```")[0]
    assert read_scores(table).scores == ()
    filled = table.replace("| questions | | |", "| questions | basic | Two are closed. |")
    (score,) = read_scores(filled).scores
    assert (score.criterion, score.level, score.feedback) == ("questions", "basic", "Two are closed.")


def test_long_answers_are_cut_and_titles_are_one_line() -> None:
    cut = as_quote("x" * (MAX_ANSWER + 1))
    assert (cut.count("x"), cut[-6:]) == (MAX_ANSWER, " \\[…\\]")
    title = request_title(a_credential(title="Wait\nTime"), "Ana\x00 Reyes " + "y" * 300, 2)
    assert "\n" not in title
    assert title.endswith(", attempt 2")
    assert len(title) < 220


@given(st.text(max_size=80))
def test_words_are_one_line_and_lose_no_letter(said: str) -> None:
    text = as_text(said)
    assert "\n" not in text
    letters = [c for c in said if c.isalnum()]
    assert [c for c in text if c.isalnum()] == letters
