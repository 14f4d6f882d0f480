"""The words of a comparison: what is shown of long texts, sizes, pieces, and what Markdown does with them."""

from __future__ import annotations

import pytest

from mcred.cli.render.comparison import as_markdown, describe_size, line, words_of
from mcred.domain.compare.text_diff import compare_texts, plain_body

LONG = " ".join(f"w{n}" for n in range(60))


def told(old: str, new: str) -> str:
    (found,) = words_of(compare_texts({"a": (plain_body(old), plain_body(new))})["a"], 0)
    return found.text


def test_long_stretches_that_stayed_are_shortened() -> None:
    text = told(f"{LONG} old {LONG}", f"{LONG} new {LONG}")
    assert text == ("… w52 w53 w54 w55 w56 w57 w58 w59 [-old-] {+new+} w0 w1 w2 w3 w4 w5 w6 w7 …")
    middle = told(f"old {LONG} old", f"new {LONG} new")
    assert middle.startswith("[-old-] {+new+} w0 w1 w2 w3 w4 w5 w6 w7 … w52")


def test_short_stretches_are_shown_whole() -> None:
    assert told("one two old three four", "one two new three four") == "one two [-old-] {+new+} three four"


def test_what_stayed_and_was_reflowed_is_one_stretch() -> None:
    half = " ".join(f"v{n}" for n in range(60))
    text = told(f"{LONG} {half} old", f"{LONG}\n{half} new")
    assert text == "… v52 v53 v54 v55 v56 v57 v58 v59 [-old-] {+new+}"


def test_a_move_shows_its_beginning_only() -> None:
    text = told(f"{LONG}\n\nStays as it is today.", f"Stays as it is today.\n\n{LONG}")
    assert "[moved" in text
    assert "[-" not in text
    assert "{+" not in text


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 kB"), (1_500_000, "1.5 MB")],
)
def test_sizes(size: int, said: str) -> None:
    assert describe_size(size) == said


def test_markdown_marks_what_changed_and_nothing_else() -> None:
    spans = compare_texts({"a": (plain_body("keep ~~this~~ old"), plain_body("keep ~~this~~ *new*"))})["a"]
    out = as_markdown([line("part", "Part #1"), *words_of(spans, 2), line("open", "not addressed", 3, "out")])
    assert out == ("## Part \\#1\n\nkeep \\~\\~this\\~\\~ ~~old~~ **\\*new\\***\n\n  - not addressed\n")
