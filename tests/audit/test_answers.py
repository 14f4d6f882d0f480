"""What answers say, read by both checkers: the second one says the same as CommonMark, or cannot tell."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.domain.credential import Credential, Item
from mcred.domain.ids import Slug
from mcred.domain.layout import submission_path
from mcred.domain.pieces import list_contents
from mcred.formats.encode import encode
from mcred.formats.portfolio import read_folder
from mcred.store.snapshot import Snapshot
from tests.audit.second_checker import RECHECK
from tests.school import ANAS, MAIN, a_credential, a_work

NAMES = ("1-overview.md", "2-artifacts.md")
TITLES = ("One", "Two", "ONE", "Überblick", "#", "")
ODD = (
    "## One|## Two ##|##  One  |##\u3000Two|\u200b## One|##\tTwo\t#\t|## ONE|## O\u00adne|## \0|## ##|##|#|"
    "## |##One|## One#|# Part|### Deep|  ## One| ## Two|   # x|    ## One|\t## Two| \t## One|##\u3000|## # #|"
    "## U\u0308berblick|text|more words|a|x  |- a|- ## One|-|- - b|1. c|10) d|2. e|* f|+ g|  cont|    code|"
    "\tcode|> q|>## One|> - x|>|\u00a0|\x0b|\x0c## One|```|``` |```py|```a`b```|~~~|~~~~|~~~ x|~~~ `|````|"
    "  ```|  ~~~| ~~~|    ~~~|- ~~~|1. ```|- ```|---|===|-|=|- - -|***|___| ---|   ===|    ---|--- |----x|"
    "- ---|> ---|---\t|<div>|<b>x</b>|<https://x.org>|<3|</p>|<?php|<!DOCTYPE x|<![CDATA[|<!-- c -->|-->|"
    "<!-- open|`<!--`|`` <!-- ` -->|x <!-- y|<script>|</script>| <pre>|    <div>|- <div>|[x]: /u|[x]:|a\\|"
    '[x]: /u "t|"|[x|]: y|\u2028## One|&nbsp;|||||||'
)
LINES = (*ODD.split("|"), *("## One", "## Two", "words", "") * 12)
BEFORE = ("",) * 20 + ("  ", "    ", "- ", "> ", "\t", " ", "   ", "1. ", "- - ", "- " * 11)


@pytest.fixture(scope="module")
def definition() -> Credential:
    """Two parts with the same headings, of which two are spelled alike, and one item in both."""
    overview, artifacts = a_credential().parts
    items = tuple(Item(id=Slug(f"i-{n}"), title=title) for n, title in enumerate(TITLES))
    other = (*(replace(i, id=Slug(f"{i.id}-b")) for i in items[1:]), items[0])
    parts = (replace(overview, items=items), replace(artifacts, items=other))
    return a_credential(parts=parts)


def told(definition: Credential, files: dict[str, bytes]) -> list[Any]:
    """What mcred's own reader makes of the written parts."""
    folder = submission_path(ANAS).rpartition("/")[0]
    contents = {submission_path(ANAS): encode(a_work(evidence=()).submission)}
    contents |= {f"{folder}/{name}": data for name, data in files.items()}
    work, _ = read_folder(folder, ANAS, Snapshot(commit=MAIN, entries={}, contents=contents), definition)
    assert work is not None
    return [("answer", piece.value) for piece in list_contents(work, definition, {})]


def told_again(definition: Credential, files: dict[str, bytes]) -> list[Any]:
    """What the second checker makes of them."""
    found: list[Any] = RECHECK.answers_in(
        RECHECK.read_as(encode(definition), "definition")["parts"], lambda name: files.get(name, b"")
    )
    return found


def written(random: Random) -> bytes:
    """A text of odd lines, in lists and quotes or not."""
    lines = random.choices(LINES, k=random.randint(1, 8))
    if random.random() < 0.4:
        lines = ["".join(random.choices(BEFORE, k=2)) + line for line in lines]
    end = random.choice(["\n", "\n", "\n", "\r\n", "\r"])
    return (random.choice(["", "", "\ufeff"]) + end.join(lines)).encode()


def test_the_second_checker_reads_what_it_tells_as_commonmark(definition: Credential) -> None:
    unsure = answers = 0
    for seed in range(600):
        random = Random(seed)  # noqa: S311 (not for secrets)
        files = {name: written(random) for name in NAMES}
        try:
            again = told_again(definition, files)
        except RECHECK.CannotTell:
            unsure += 1
            continue
        assert again == told(definition, files), (seed, files)
        answers += len(again)
    assert unsure < 400 and answers > 150


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("## One\n\nfirst\n\n## One\nsecond\n", 1),
        ("## One\n\n## One\nsecond\n", 0),
        ("## One ##\n~~~\n## Two\n---\n<b>\n~~~ \nlast\n", 7),
        ("## One\n---\na\n\n---\n\nb\n#\nno\n", 4),
        ("## One\n```a```\n##Two\n", 2),
        ("## One\n- - - - - - - - - - - - a\n\n## Two\n", 13),
        ("## One\n" + "- " * 40 + "a\n<b>\n## Two\n", 42),
        ("## One\n" + "\n" * 10_000 + "<b>\n---\n  ## Two\n", 2),
        ("\ufeff##\u3000o\u00adne\r\ra<!-- ## Two\n -->b\r\n", 2),
    ],
)
def test_an_answer_is_what_stands_below_its_heading(definition: Credential, text: str, words: int) -> None:
    files = {NAMES[0]: text.encode()}
    again = told_again(definition, files)
    assert again == told(definition, files)
    assert sum(value["words"] for _, value in again if value["item"] == "i-2") == words


@pytest.mark.parametrize(
    "odd",
    ["x\n---", "x\n=", "- x\n -", "<div>", "  </p>", "<!DOCTYPE x", "   ## Two", "  ```", "  ~~~", "a\0"],
)
def test_odd_markdown_cannot_be_told(definition: Credential, odd: str) -> None:
    with pytest.raises(RECHECK.CannotTell):
        told_again(definition, {NAMES[0]: f"## One\n\n{odd}\n".encode()})


@pytest.mark.parametrize("data", [b"## One\n\xff\n", b"## One\n" + b"words " * 50_000])
def test_a_text_that_is_not_read_has_no_answers(definition: Credential, data: bytes) -> None:
    assert told_again(definition, {NAMES[0]: data, NAMES[1]: b"## Two\nwords\n"})[0][1]["words"] == 1
