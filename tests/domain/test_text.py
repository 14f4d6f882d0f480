"""What is made of typed text: safe to print, its hidden signs shown, and the known name it is near to."""

from __future__ import annotations

import pytest

from mcred.domain.text import as_line, as_stored, as_typed, find_unseen, flow, nearest, show_unseen

KNOWN = ("wait-time", "open-questions", "exit-tickets")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("wait-tmie", "wait-time"),
        ("wait-tim", "wait-time"),
        ("questions", "open-questions"),
        ("wait", "wait-time"),
        ("zzz", ""),
        ("", ""),
        ("x" * 10_000, ""),
    ],
)
def test_the_nearest_name_is_found_where_one_is_near(name: str, meant: str) -> None:
    assert nearest(name, KNOWN) == meant


def test_where_nothing_is_known_nothing_is_near() -> None:
    assert nearest("a", ()) == ""


STRAY = (0x200B, 0xAD, 0x2060, 0xFEFF, 0x200E, 0x200F, 0x61C, 0x34F, 0x3164, 0xE0001)
REORDERING = (0x202A, 0x202E, 0x2066, 0x2069)
NEEDED = ("👩‍🏫", "❤️", "1️⃣", "می‌خواهم", "葛\U000e0100", "🏴\U000e0067\U000e0062\U000e007f")
"""Emoji and words that are other ones without what joins them."""


@pytest.mark.parametrize("code", [*STRAY, *REORDERING, 0x200D, 0x200C, 0xFE0F], ids=hex)
def test_what_nobody_sees_between_letters_is_shown_with_its_place(code: int) -> None:
    assert show_unseen(f"id{chr(code)}x") == f"id(U+{code:04X})x"
    assert find_unseen(f"id{chr(code)}x") == 3


@pytest.mark.parametrize("text", [*NEEDED, "Núñez", "l’école – « là »", "שלום"])
def test_what_a_script_needs_is_left_as_it_is(text: str) -> None:
    assert (show_unseen(text), find_unseen(text), as_typed(text.replace("\u00a0", " "))) == (text, 0, text)


@pytest.mark.parametrize("code", [0xA0, 0x202F, 0x2009, 0x3000, 0x2011, 0x2013, 0x2212], ids=hex)
def test_what_looks_like_a_space_or_a_hyphen_is_shown_on_demand(code: int) -> None:
    text = f"a{chr(code)}b"
    assert (show_unseen(text), show_unseen(text, alike=True)) == (text, f"a(U+{code:04X})b")


@pytest.mark.parametrize("code", STRAY, ids=hex)
def test_typed_alike_is_the_same(code: int) -> None:
    assert as_typed(f" Cafe\u0301\u202f{chr(code)}plan\u00a0") == "Café plan"


@pytest.mark.parametrize("code", REORDERING, ids=hex)
def test_what_reorders_a_text_is_never_taken_out_in_silence(code: int) -> None:
    assert as_typed(f"a{chr(code)}b") == f"a{chr(code)}b"


@pytest.mark.parametrize("typed", ["EXIT-TICKETS", "exit\u2011tickets", "exit–ticket\u200b", "Exit tickets"])
def test_an_id_is_found_however_it_was_written(typed: str) -> None:
    assert nearest(typed, ["wait-time", "exit-tickets"]) == "exit-tickets"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_is_stored_alike_whatever_program_saved_it(encoding: str, end: str) -> None:
    assert as_stored(f"\ufeffé{end}b{end}".encode(encoding)) == "é\nb\n".encode()


def test_paragraphs_flow_and_what_has_lines_keeps_them() -> None:
    text = "One\ntwo.\n\n- a\n- b\nmore\n\n> q\n1. x\n| t |\n```\ncode\ncode\n```\nend  \nof line\nagain"
    joined = "One two.\n\n- a\n- b\nmore\n\n> q\n1. x\n| t |\n```\ncode\ncode\n```\nend  \nof line again"
    assert flow(text) == joined


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["add", "x", "–for", "“lesson-plans”"], ["add", "x", "--for", "lesson-plans"]),
        (["--because", "“I", "coach", "her.”", "-y"], ["--because", "I coach her.", "-y"]),
        (["—title=‘Day", "one’"], ["--title=Day one"]),
        (
            ["“Day one” again", "x – y", "–", "“open", "no end"],
            ["“Day one” again", "x – y", "–", "“open", "no end"],
        ),
    ],
)
def test_a_line_copied_from_a_text_is_what_it_was_meant_to_be(typed: list[str], meant: list[str]) -> None:
    assert as_line(typed) == meant
