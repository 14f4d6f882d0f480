"""Reading Markdown answers: the `##` headings of a file and the text below each.

Guidance between `<!--` and `-->` is not part of an answer, except in code. Words are separated by white
space. Rendering is in `site`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.domain.text import SPACES, UNSEEN, as_typed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_COMMENT_OR_CODE = re.compile(
    r"""(?P<comment><!--(?:(?P<closed>.*?-->)|.*))
    |^[ ]{0,3}(?P<fence>`{3,}|~{3,}).*?(?:^[ ]{0,3}(?P=fence)|\Z)
    |(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)

_MOST_LINES = 10_000
_MOST_LEVELS = 160
# A line in lists or quotes that may be nested deeper than that.
_DEEP = re.compile(
    r"^(?=[ \t>]*(?:[-+*]|[0-9]+[.)]))(?:[ \t>]|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t]|$)){40}", re.MULTILINE
)
# The first letters of a line that begins no code, quote, HTML, link, ruler or underline.
_WORD = r"(?:[^\s`~<>\-+*=#_\[0-9]|\*{1,2}[^\W_]|[0-9]+(?![0-9.)]))"
# A text of headings, paragraphs and lists of one level: which of its lines are headings is seen without the
# parser, which takes 25 ms to load.
_PLAIN = re.compile(
    rf"(?:(?:\#{{1,6}}(?:[ ][^\n]*)?|[ ]{{0,3}}(?:(?:(?:[-+*]|[0-9]{{1,9}}[.)])[ ]{{1,3}})?{_WORD}[^\n]*)?)"
    r"(?:\n|\Z))*"
)
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)(.*)")

_BLURRED_HEAD = re.compile(rf"^[{UNSEEN}]*([ ]{{0,3}}\#\#)(?!\#)[{UNSEEN}{SPACES} ]+", re.MULTILINE)


_MARKUP = re.compile(r"<[^<>]{0,200}>|\{#[^{}]*\}|\[(?=[^\[\]]*\]\()|\]\([^()]*\)|\\(?=[!-/:-@\[-`{-~])")
_LEAD = re.compile(r"^[\s#\uff03>*_+]*(?:\(?(?:[0-9]{1,2}|[A-Za-z])[.)]\s+)?")
_AS_TYPEWRITTEN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


def spoken_words(line: str) -> str:
    """The words of a line as word processors export a heading: without emphasis, numbers, signs that are
    escaped, links, anchors and curved quotes.

    >>> spoken_words(r"## **2\\. What came of it:** {#what-came-of-it}")
    'What came of it'
    """
    plain = _LEAD.sub("", _MARKUP.sub("", as_typed(line)))
    return _LEAD.sub("", plain.translate(_AS_TYPEWRITTEN)).strip(" *_`~#:.\"'-")


class Comment(Struct, frozen=True, kw_only=True):
    """Guidance between `<!--` and `-->`: its first line, counted from 1, and its text."""

    line: int
    text: str


def read_comments(text: str) -> Iterator[Comment]:
    """A Markdown file's comments in order, without one that is never closed."""
    text = written_lines(text)
    for found in _COMMENT_OR_CODE.finditer(text):
        if found["closed"]:
            words = found[0].removeprefix("<!--").removesuffix("-->")
            yield Comment(line=text.count("\n", 0, found.start()) + 1, text=words)


class Section(Struct, frozen=True, kw_only=True):
    """A second-level heading and the text below it; `line` counts from 1.

    The text is in the lines after `above`, up to `below`.
    """

    heading: str
    line: int
    above: int
    below: int
    text: str

    @property
    def words(self) -> int:
        """The number of words in the text."""
        return len(self.text.split())


def written_lines(text: str) -> str:
    """A text without byte order mark and with `\\n` line endings."""
    return re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))


def _without_comment(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n") if found["comment"] else found[0]


def blank_comments(text: str) -> str:
    """A text with its comments replaced by spaces; length and lines are unchanged."""
    return _COMMENT_OR_CODE.sub(
        lambda found: re.sub(r"[^\n]", " ", found[0]) if found["comment"] else found[0], text
    )


def find_open_comment(text: str) -> int:
    """The line of a comment that is never closed, and so hides the rest; 0 when there is none."""
    text = written_lines(text)
    for found in _COMMENT_OR_CODE.finditer(text):
        if found["comment"] and found["closed"] is None:
            return text.count("\n", 0, found.start()) + 1
    return 0


def read_sections(text: str) -> tuple[Section, ...]:
    """A Markdown file's `##` sections in order; text before the first one is left out.

    Code blocks have no headings: the file is parsed as CommonMark, unless it is too long or too deep, or
    has nothing but lines that mean the same without.
    """
    plain = _COMMENT_OR_CODE.sub(_without_comment, written_lines(text))
    # Number signs with no space, or another kind of space, around them still look like a heading.
    plain = _BLURRED_HEAD.sub(r"\1 ", plain)
    lines = plain.split("\n")
    is_usual = len(lines) <= _MOST_LINES and not _DEEP.search(plain)
    is_plain = not is_usual or ("\0" not in plain and _PLAIN.fullmatch(plain))
    heads = list(_scan_heads(lines)) if is_plain else _find_heads(plain)
    found: list[Section] = []
    for index, (start, after, tag, heading) in enumerate(heads):
        if tag != "h2":
            continue
        end = next((h[0] for h in heads[index + 1 :] if h[2] in ("h1", "h2")), len(lines))
        body = "\n".join(lines[after:end]).strip()
        name = " ".join(heading.split())
        found.append(Section(heading=name, line=start + 1, above=after, below=end, text=body))
    return tuple(found)


def _find_heads(plain: str) -> list[tuple[int, int, str, str]]:
    """Each heading's first line, the line after it, its tag and its text."""
    tokens = _parser().parse(plain)
    return [
        (token.map[0], token.map[1], token.tag, inline.content)
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Only blocks: inline parsing takes most of the time, and no heading needs it. Where lists are nested
    # deeper than `maxNesting` the parser leaves out all that follows.
    return MarkdownIt("commonmark", {"maxNesting": _MOST_LEVELS}).disable("inline")


def _scan_heads(lines: list[str]) -> Iterator[tuple[int, int, str, str]]:
    """The same for all other texts: headings with number signs, outside of fences."""
    fence = ""
    for number, line in enumerate(lines):
        marks = _FENCE.match(line)
        if marks and not fence:
            fence = marks[1]
        elif marks and marks[1].startswith(fence) and not marks[2].strip(" \t"):
            fence = ""
        elif not fence and (head := _HEADING.match(line)):
            yield number, number + 1, f"h{len(head[1])}", _without_closing(head[2].strip(" \t"))


def _without_closing(heading: str) -> str:
    rest = heading.rstrip("#")
    return rest if not rest or rest.endswith((" ", "\t")) else heading
