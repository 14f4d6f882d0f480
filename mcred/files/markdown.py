"""A written part: its second-level headings and what stands below each.

Guidance that a scaffold puts between `<!--` and `-->` is not part of an answer. Words are what white space
separates. Rendering is `site`'s work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading of the second level and the text below it; `line` counts from 1."""

    heading: str
    line: int
    text: str

    @property
    def words(self) -> int:
        """How many words the text has."""
        return len(self.text.split())


def read_sections(text: str) -> tuple[Section, ...]:
    """A Markdown file's `##` sections in order; text before the first one is left out.

    Headings in code blocks are none: the file is parsed as CommonMark.
    """
    from markdown_it import MarkdownIt

    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    plain = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    lines = plain.split("\n")
    heads: list[tuple[int, int, str, str]] = []
    tokens = MarkdownIt("commonmark").parse(plain)
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            heads.append((token.map[0], token.map[1], token.tag, inline.content))
    found: list[Section] = []
    for index, (start, after, tag, heading) in enumerate(heads):
        if tag != "h2":
            continue
        end = next((h[0] for h in heads[index + 1 :] if h[2] in ("h1", "h2")), len(lines))
        body = "\n".join(lines[after:end]).strip()
        found.append(Section(heading=" ".join(heading.split()), line=start + 1, text=body))
    return tuple(found)
