"""Markdown that would take minutes is shown as it was typed, at once."""

from __future__ import annotations

import time

import pytest

from mcred.formats.markdown import find_open_comment, read_sections
from mcred.website.prose import render_prose

SIGNS = (
    *("[", "![", "[a][", "<![CDATA[", ">", "*", "`", "- ", "&", "|a|b|\n|-|-|\n", "[a]: b\n", "*a_", "[]("),
    *("<", "# a\n", "\n- a\n", "|-|\n", "a\n===\n", "[a]:", "~~", "<!--", "\\", "```\n", "  - ", "\n>", "\r"),
)


def spent(began: float) -> float:
    return time.process_time() - began


@pytest.mark.parametrize("size", [30_000, 1_000_000])
@pytest.mark.parametrize("sign", SIGNS)
def test_it_is_read_in_a_moment(sign: str, size: int) -> None:
    text = sign * (size // len(sign))
    began = time.process_time()
    html = render_prose(text)
    assert spent(began) < 2 and "<script" not in html
    began = time.process_time()
    read_sections("## One\n\nMine.\n\n" + text)
    find_open_comment(text)
    assert spent(began) < 3


def test_too_much_is_shown_as_it_was_typed() -> None:
    assert render_prose("<b>*a*\n\n" * 20_000).startswith("<pre>&lt;b&gt;*a*\n")
    assert "<em>" in render_prose("*a* word [x](https://example.org/)\n\n" * 100)


def test_headings_of_a_text_with_very_many_lines() -> None:
    text = "# T\n## One ##\na\n```\n## No\n```\n\n## Two\n" + "b\n" * 20_000
    assert [(s.heading, s.line, s.text[:1]) for s in read_sections(text)] == [
        ("One", 2, "a"),
        ("Two", 8, "b"),
    ]
