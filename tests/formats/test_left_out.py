"""What was meant as part of an answer and is read as none is named with its line and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from mcred.domain.ids import Slug
from mcred.domain.layout import folder_of
from mcred.formats.left_out import find_left_out, find_renamed
from mcred.formats.scaffold import start_files
from tests.school import ANAS, a_credential

DEFINITION = a_credential()
PART = DEFINITION.parts[0]
FOLDER = folder_of(ANAS)
PATH = f"{FOLDER}/1-overview.md"
TEMPLATES = Path(__file__).parents[2] / "templates" / "start"
GUIDE = start_files(ANAS, DEFINITION, "sealed", TEMPLATES)[PATH].decode()
TITLE = PART.items[0].title
NAMES = ("1-overview.md", "2-artifacts.md", "submission.yaml")


def left_out(text: str, *answered: str) -> list[str]:
    found = find_left_out(text.encode(), PART, PATH, GUIDE, [Slug(name) for name in answered])
    assert all(problem.severity == "warning" for problem in found)
    return [f"{str(p.where).removeprefix(PATH)} {p.what} | {p.hint}" for p in found]


@pytest.mark.parametrize(
    "line",
    [
        "**{}**",
        "__{}__",
        "# {}",
        "### *{}*",
        "# **{}** {{#your-setting}}",
        r"\#\# {}",
        r"\## 1\. {}",
        "<h2>{}</h2>",
        "\uff03\uff03 {}",
        "{}:",
        "2) {}",
        "> {}",
        "  {}\u200b",
        '[{}](#a "b")',
    ],
)
def test_a_line_with_the_words_of_a_question_is_no_heading(line: str) -> None:
    written = line.format(TITLE)
    (said,) = left_out(f"# Overview\n\n{written}\n\nMy class.\n")
    column = len(written) - len(written.lstrip()) + 1
    assert said.startswith(f":3:{column} this line has the words of “{TITLE}” and is not its heading")
    assert said.endswith(f"write the line as: ## {TITLE}")


@pytest.mark.parametrize(
    ("data", "app"),
    [
        (b"{\\rtf1\\ansi My class.}", "Rich Text"),
        (b"PK\x03\x04\x14\0\xff", "Word"),
        (b"\xd0\xcf\x11\xe0", "Word"),
    ],
)
def test_a_file_that_no_text_editor_wrote_is_named(data: bytes, app: str) -> None:
    (said,) = find_left_out(data, PART, PATH, GUIDE, [])
    assert said.what.startswith(f"this is a {app} file") and "1-overview.md" in str(said.hint)
    assert not any(" file, so nothing" in text for text in left_out("PK, rtf: my class of words.\n"))


def test_curved_quotes_and_long_dashes_make_no_other_words() -> None:
    item = replace(PART.items[0], title='What\'s next - and "why"?')
    part = replace(PART, items=(item, *PART.items[1:]))
    (found,) = find_left_out("**What’s next – and “why”?**".encode(), part, PATH, GUIDE, ())
    assert "is not its heading" in found.what


def test_nothing_is_said_of_an_answer_that_is_found() -> None:
    assert left_out(GUIDE) == []
    assert left_out(f"## {TITLE}\n\nMine.\n\n**{TITLE}**\n", PART.items[0].id) == []
    assert left_out(f"## {TITLE}\n\n<!--\n**{TITLE}**\n-->\n") == []


@pytest.mark.parametrize("above", [True, False])
def test_an_answer_typed_into_the_guidance_is_named(above: bool) -> None:
    mine, guide = "My class of nine-year-olds.", "Write your answer below the arrow."
    line = next(n for n, text in enumerate(GUIDE.splitlines(), start=1) if guide in text)
    whole = GUIDE.splitlines()[line - 1]
    text = GUIDE.replace(whole, f"{mine}\n{whole}" if above else f"{whole}\n{mine}")
    for answered in ((), (PART.items[0].id,)):
        (said,) = left_out(text, *answered)
        assert said.startswith(f":{line if above else line + 1}:1 this is written between <!-- and -->")
        assert said.endswith("move it below the line with -->")


def test_an_answer_in_the_place_of_the_guidance_is_named_and_a_remark_beside_one_is_not() -> None:
    text = f"## {TITLE}\n\n<!--\nMy class of nine-year-olds.\n-->\n"
    assert "between <!-- and -->" in left_out(text)[0]
    assert left_out(f"{text}\nHere.\n", PART.items[0].id) == []


def test_a_text_without_its_headings_is_named() -> None:
    words = "I teach a class of nine-year-olds by the sea."
    assert left_out(f"# Overview\n\n{words}\n")[0].startswith(":3:1 what is written here is above the first")
    assert left_out(f"# Overview\n\n{words}\n", PART.items[0].id) == []


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\xd8", "# Ü".encode("latin-1"), "Your".encode("utf-16-le")])
def test_of_what_is_no_text_nothing_is_guessed(data: bytes) -> None:
    assert find_left_out(data, PART, PATH, GUIDE, ()) == ()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("1-overview (final).md", "rename this file to 1-overview.md"),
        ("1-overview 2.md", "rename this file to 1-overview.md"),
        ("Copy of 1-overview.md", "rename this file to 1-overview.md"),
        ("1-Overview.MD", "rename this file to 1-overview.md"),
        ("1-overview.txt", "rename this file to 1-overview.md"),
        ("1-overview.md.txt", "rename this file to 1-overview.md (Windows hides the ending .txt"),
        ("Overview.docx", "save it as plain text, as 1-overview.md"),
        ("Meine Antworten.md", "rename this file to 1-overview.md"),
    ],
)
def test_a_part_under_another_name_is_named_with_its_own(name: str, hint: str) -> None:
    found = find_renamed(FOLDER, {name, *NAMES[1:]}, DEFINITION)
    assert list(found) == ["1-overview.md"]
    said = found["1-overview.md"]
    assert (str(said.where), said.what) == (f"{FOLDER}/{name}", "this is not read: 1-overview.md is missing")
    assert str(said.hint).startswith(hint)


def test_a_copy_beside_its_part_is_named_and_other_files_are_not() -> None:
    found = find_renamed(FOLDER, {"1-overview (1).md", "notes.xlsx", "zebra.md", *NAMES}, DEFINITION)
    assert [(p.what, str(p.hint)) for p in found.values()] == [
        (
            "this is not read: the part is written in 1-overview.md",
            "put what counts into 1-overview.md, and take this file out of the folder",
        )
    ]
