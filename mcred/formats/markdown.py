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
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)(.*)")
# A line that may be more than a heading with number signs, an entry of a list, or text.
_ODD = re.compile(
    r"""^(?!$|\#{1,6}(?:[ \t]|$)|(?:(?:[-+*]|[0-9]{1,9}[.)])[ ])?[^\W\d_]|["'(\u2018\u201c]) | \0""",
    re.MULTILINE | re.VERBOSE,
)

# Unicode's Default_Ignorable_Code_Point.
_UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN_SIGN = re.compile(f"[{_UNSEEN}]")
_SPACES = r"\u00a0\u2000-\u200a\u202f\u3000"
_BLURRED_HEAD = re.compile(rf"^[{_UNSEEN}]*([ ]{{0,3}}\#\#)(?!\#)[{_UNSEEN}{_SPACES} ]+", re.MULTILINE)


def without_unseen(text: str) -> str:
    """A text without invisible characters, which word processors put between letters.

    >>> without_unseen("What\\u200b came\\u00ad")
    'What came'
    """
    return _UNSEEN_SIGN.sub("", text)


def show_unseen(text: str) -> str:
    """A text with invisible characters replaced by their code points.

    >>> show_unseen("What\\u200b came")
    'What(U+200B) came'
    """
    return _UNSEEN_SIGN.sub(lambda found: f"(U+{ord(found[0]):04X})", text)


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
    is_parsed = len(lines) <= _MOST_LINES and _ODD.search(plain) and not _DEEP.search(plain)
    heads = _find_heads(plain) if is_parsed else list(_scan_heads(lines))
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
