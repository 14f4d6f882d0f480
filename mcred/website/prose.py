"""Sanitizes text that people wrote: plain text, links, and Markdown as HTML.

Three layers: Markdown is parsed with raw HTML off, links must pass `safe_link`, and the result is sanitized
again with a list of allowed elements. Images are off, since they would be loaded from elsewhere. Does not
know pages or templates.

>>> safe_link("javascript:alert(1)")
''
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

WEB: Final = ("http", "https")
REL: Final = "nofollow noopener noreferrer ugc"

# Control characters, bidi overrides and isolates, line separators, byte-order marks, halves of surrogate
# pairs and invisible tags; the plain direction marks that Arabic and Hebrew need stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_NOT_IN_LINKS = re.compile(r"[\s\\\"'<>`{}|^]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}
_TAGS = {
    *("a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


LONGEST: Final = 40_000
"""The longest Markdown that is parsed, in characters, since parsing may take quadratic time."""
_MOST_WORK = 10_000
_COSTS = (("[<", 10), ("|", 2), ("*_`&#>-+=~!\n", 1))
"""The cost of characters that may begin a construct, relative to one another."""


def is_light(text: str) -> bool:
    """Whether Markdown can be parsed quickly, by its length and its number of costly characters."""
    if len(text) > LONGEST:
        return False
    return sum(cost * sum(map(text.count, signs)) for signs, cost in _COSTS) <= _MOST_WORK


def clean_text(text: str) -> str:
    """A text without characters that are invisible or change its direction."""
    if text.isprintable():  # like most texts: this test costs a tenth
        return text
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def safe_link(url: str, schemes: Sequence[str] = WEB) -> str:
    """The address if it is safe to link to, otherwise ''."""
    if clean_text(url) != url or _NOT_IN_LINKS.search(url):
        return ""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in schemes:
        return ""
    if parts.scheme in WEB and (not host or "@" in parts.netloc):
        return ""
    return url


def host_of(url: str) -> str:
    """The host of a link, to show beside it."""
    return urlsplit(url).hostname or "" if safe_link(url) else ""


def safe_language(tag: str) -> str:
    """A language tag that is safe in an attribute; English for an invalid one."""
    return tag if _LANGUAGE.fullmatch(tag) else "en"


def direction(tag: str) -> str:
    """The writing direction of a language.

    >>> direction("ar-EG"), direction("es")
    ('rtl', 'ltr')
    """
    main, *more = safe_language(tag).lower().split("-")
    scripts = {"arab", "hebr", "thaa", "syrc"}
    return "rtl" if main in _RIGHT_TO_LEFT or scripts & set(more) else "ltr"


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Our own rule in place of the library's, which allows relative links and some data URLs."""
        return bool(safe_link(url, (*WEB, "mailto")))


_MARKDOWN = _Markdown("js-default").disable("image")


@lru_cache(maxsize=8192)
def render_prose(text: str, under: int = 2) -> str:
    """Markdown as safe HTML with headings one level below `under`; too complex Markdown stays plain text."""
    if not is_light(text):
        return _as_typed(text)
    tokens = _MARKDOWN.parse(clean_text(text))
    return _render(_MARKDOWN, tokens, under, {})


def _as_typed(text: str) -> str:
    return f"<pre>{escape(clean_text(text))}</pre>"


def _render(
    markdown: MarkdownIt, tokens: Sequence[Token], under: int, pictures: Mapping[str, set[str]]
) -> str:
    _lower_headings(tokens, under)
    html = markdown.renderer.render(tokens, markdown.options, {})
    return nh3.clean(
        str(html),
        tags={*_TAGS, *pictures},
        clean_content_tags={"script", "style"},
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}, **pictures},
        url_schemes={*WEB, "mailto", *(["data"] if pictures else [])},
        link_rel=REL,
    )


class ShownFile(NamedTuple):
    """How a page shows a file beside a text, '' for not at all."""

    link: str
    picture: str


class Beside:
    """The files beside a page's texts, by path, and how many characters of pictures the page may still hold.

    A drawing is inlined wherever it is shown, and a text may show it a thousand times.
    """

    def __init__(self, files: Mapping[str, ShownFile], left: int) -> None:
        self.files = files
        self._left = left

    def take_picture(self, shown: ShownFile) -> str:
        """The picture's source, '' where the page is full."""
        if len(shown.picture) > self._left:
            return ""
        self._left -= len(shown.picture)
        return shown.picture


class _WithFiles(_Markdown):
    """Parses links and pictures that refer to files beside the text, and rejects other relative ones."""

    def __init__(self, files: Mapping[str, ShownFile]) -> None:
        super().__init__("js-default")
        self.files = files

    def find(self, url: str) -> ShownFile | None:
        """The file that a relative address refers to, from the submission's folder or from its evidence."""
        path = unquote(url)
        places = (posixpath.normpath(path), posixpath.normpath(f"evidence/{path}"))
        return next((self.files[place] for place in places if place in self.files), None)

    def validateLink(self, url: str) -> bool:
        return self.find(url) is not None or super().validateLink(url)


def render_with_files(text: str, under: int, beside: Beside) -> str:
    """Markdown as safe HTML with the links and pictures that refer to a file beside it.

    Too complex Markdown stays plain text.
    """
    if not is_light(text):
        return _as_typed(text)
    markdown = _WithFiles(beside.files)
    tokens = markdown.parse(clean_text(text))
    for token in (child for t in tokens for child in t.children or ()):
        found = markdown.find(str(token.attrs.get("href" if token.type == "link_open" else "src", "")))
        if token.type == "link_open" and found is not None:
            token.attrs["href"] = found.link
        elif token.type == "image" and found is not None and (picture := beside.take_picture(found)):
            token.attrs["src"] = picture
        elif token.type == "image":  # an external one would be loaded from there
            token.type, token.tag = "text", ""
    return _render(markdown, tokens, under, {"img": {"src", "alt"}})


def _lower_headings(tokens: Sequence[Token], under: int) -> None:
    headings = [t for t in tokens if t.type in ("heading_open", "heading_close")]
    top = min((int(t.tag[1]) for t in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - top + under + 1)}"
