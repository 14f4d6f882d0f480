"""A written part's sections: which headings count, what is guidance, and how words are counted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcred.formats import markdown
from mcred.formats.markdown import Section, find_open_comment, read_sections


def only(text: str) -> Section:
    (section,) = read_sections(text)
    return section


def bodies(text: str) -> dict[str, str]:
    return {s.heading: s.text for s in read_sections(text)}


def test_each_heading_of_the_second_level_begins_a_section() -> None:
    text = "# Part\n\nBefore.\n\n## One\n\nFirst.\n\nStill.\n\n## Two\nSecond."
    assert read_sections(text) == (
        Section(heading="One", line=5, above=5, below=10, text="First.\n\nStill."),
        Section(heading="Two", line=11, above=11, below=12, text="Second."),
    )


def test_no_headings_make_no_sections() -> None:
    assert read_sections("") == read_sections("Just text.\n") == read_sections("# One\n\n### Three\n") == ()


def test_a_heading_with_nothing_below_is_an_empty_section() -> None:
    assert [(s.text, s.words) for s in read_sections("## One\n## Two\n\n")] == [("", 0), ("", 0)]


def test_a_first_level_heading_ends_a_section() -> None:
    assert bodies("## One\ntext\n\n# Another part\nnot in it\n") == {"One": "text"}


def test_deeper_headings_stay_inside() -> None:
    assert only("## One\n\n### Why\n\ntext\n\n#### More\n").text == "### Why\n\ntext\n\n#### More"


def test_underlined_headings_count_too() -> None:
    text = "Part\n====\n\nOne\n---\ntext\n\nTwo\n---\n\nEnd\n===\nrest\n"
    assert bodies(text) == {"One": "text", "Two": ""}
    assert [s.line for s in read_sections(text)] == [4, 8]


@pytest.mark.parametrize(
    "block",
    ["```\n## Not one\n```", "~~~md\n## Not one\n~~~", "    ## Not one", "> ## Not one", "- ## Not one"],
)
def test_headings_in_code_quotes_and_lists_are_text(block: str) -> None:
    assert only(f"## One\n\n{block}\n\nafter").text.endswith("after")


PLAIN_LINES = [
    "## One",
    "##\tTwo ##",
    "### Three",
    "#",
    "##",
    "# ## #",
    "- item",
    "1. first",
    "* ## no",
    "",
    "Words",
]
ANY_LINE = st.sampled_from(
    [*PLAIN_LINES, "a `#` b", "- a", "(so)", "\u201cYes\u201d ##", "x\x0c## y", "10) z"]
)


@given(st.lists(ANY_LINE, max_size=12).map("\n".join))
def test_plain_lines_mean_the_same_to_the_parser(text: str) -> None:
    # A thematic break is nothing of a heading, and has the text parsed as CommonMark.
    parsed = read_sections(f"{text}\n\n***")
    assert [(s.heading, s.line, s.above) for s in parsed] == [
        (s.heading, s.line, s.above) for s in read_sections(text)
    ]
    assert [s.text for s in parsed[:-1]] == [s.text for s in read_sections(text)[:-1]]


@pytest.mark.parametrize("levels", [9, 10, 19, 20, 500])
def test_a_list_of_many_levels_hides_nothing_below_it(levels: int) -> None:
    assert bodies("## One\n" + "- " * levels + "x\n\n## Two\nb\n")["Two"] == "b"


def test_a_very_long_text_has_its_headings_outside_of_fences() -> None:
    text = "\n" * 10_000 + "## One ##\n```a```\n## Two#\n~~~\n## No\n~~~ x\n~~~~ \n##\nrest\n## # #\n"
    assert bodies(text) == {"One": "```a```", "Two#": "~~~\n## No\n~~~ x\n~~~~", "": "rest", "#": ""}


def test_a_fence_left_open_keeps_the_rest_as_code() -> None:
    assert only("## One\n```\n## Two\n").heading == "One"


def test_hashes_without_a_space_and_seven_hashes_are_text() -> None:
    assert only("## One\n\n##Two\n\n####### Three\n").words == 3


def test_closing_hashes_and_extra_spaces_are_not_in_the_heading() -> None:
    assert only("##   Your   setting ##\n").heading == "Your setting"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_and_a_byte_order_mark_change_nothing(end: str) -> None:
    text = "# Part\n\n## One\n\nFirst.\nMore.\n\n## Two\nSecond.\n"
    assert read_sections("\ufeff" + text.replace("\n", end)) == read_sections(text)


def test_comments_are_guidance_and_not_counted() -> None:
    section = only("## One\n<!-- Write 100 words. -->\nMy <!-- short --> answer.\n")
    assert (section.text, section.words) == ("My  answer.", 2)


def test_a_comment_of_many_lines_keeps_the_line_numbers() -> None:
    text = "<!--\nWhat\nto do\n-->\n\n## One\n<!--\n## Not one\n-->\na\n\n## Two\nb\n"
    assert [(s.heading, s.line, s.text) for s in read_sections(text)] == [("One", 6, "a"), ("Two", 12, "b")]


def test_a_comment_never_closed_hides_the_rest_and_is_found() -> None:
    text = "## One\na\n\n<!-- guidance\n\n## Two\nb\n"
    assert bodies(text) == {"One": "a"}
    assert find_open_comment(text) == 4
    assert find_open_comment(text.replace("\n", "\r\n")) == 4
    assert find_open_comment(text + "-->") == 0


@pytest.mark.parametrize(
    "code",
    [
        "```html\n<!-- kept -->\n```",
        "~~~\n<!-- kept\n~~~",
        "Begin it with `<!-- kept`.",
        "``a ` <!-- kept -->``",
    ],
)
def test_the_signs_of_a_comment_in_code_are_part_of_the_answer(code: str) -> None:
    text = f"## One\n\n{code}\n\n## Two\nb\n"
    assert "kept" in bodies(text)["One"]
    assert bodies(text)["Two"] == "b"
    assert find_open_comment(text) == 0


def test_code_signs_in_a_comment_do_not_open_code() -> None:
    assert bodies("## One\n<!-- use ``` or ` -->\na\n\n## Two\n<!-- ``` -->\nb\n") == {"One": "a", "Two": "b"}


def test_a_fence_is_closed_only_by_its_own_sign() -> None:
    assert "kept" in only("## One\n````\n```\n<!-- kept -->\n````\n").text


def test_words_are_what_white_space_separates() -> None:
    assert only("## One\n\nwait-time isn’t\u00a0easy\n\n- a\tb\n").words == 6


@given(st.text(st.sampled_from("#`~<!->\n\r ab=*"), max_size=60) | st.text(max_size=60))
def test_any_text_gives_sections_in_order_each_at_its_heading(text: str) -> None:
    sections = read_sections(text)
    lines = [s.line for s in sections]
    assert lines == sorted(set(lines))
    assert all(s.words == len(s.text.split()) for s in sections)
    assert 0 <= find_open_comment(text) <= len(text) + 1


STARTS = (
    "",
    "#",
    "##",
    "###### ",
    "-",
    "- ",
    "* ",
    "**",
    "1. ",
    "12) ",
    "7",
    ">",
    "<",
    "`",
    "---",
    "=",
    "[a]: ",
)
ANY_LINE = st.builds(
    lambda room, start, rest: " " * room + start + rest,
    st.integers(0, 4),
    st.sampled_from(STARTS),
    st.text(st.sampled_from("ab #-*=>\t`(.\u00a0\x0b\0"), max_size=6),
)
USUAL_LINE = st.builds(
    lambda start, rest: start + rest,
    st.sampled_from(("", "# ", "## ", "## ", "### ", "- ", "* ", "**", "  ", " 1. ", "7 ", "(")),
    st.text(st.sampled_from("ab #*.)=-"), max_size=5).map("a".__add__),
)


ODD_LINE = st.sampled_from(("---", "===", "- ## a", "```", "    ## a", "  ## a", "* * *", "<!--", "-"))


@given(
    st.lists(USUAL_LINE | ODD_LINE, max_size=3)
    | st.lists(USUAL_LINE | st.just("") | USUAL_LINE, max_size=8)
    | st.lists(ANY_LINE | USUAL_LINE, max_size=6)
)
def test_a_plain_text_has_the_sections_that_the_parser_finds(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = read_sections(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "_PLAIN", re.compile("(?!)"))
        assert found == read_sections(text)


def test_a_text_as_people_write_it_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "_find_heads", None)
    text = "# Part\n\n## One\n\n**Soil.** I expect\n(some)\n\n- a\n- b\n\n1. c\n\n## Two ##\n25 right\n"
    assert bodies(text) == {"One": "**Soil.** I expect\n(some)\n\n- a\n- b\n\n1. c", "Two": "25 right"}
