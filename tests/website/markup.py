"""A finished page taken apart: elements with their attributes, and the text a reader sees."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass(frozen=True, slots=True)
class Element:
    tag: str
    attributes: Mapping[str, str]


@dataclass
class Document(HTMLParser):
    """Elements in order; an element left open or closed twice is an error."""

    elements: list[Element] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[Element]:
        return [e for e in self.elements if e.tag == tag]

    def hrefs(self) -> list[str]:
        """Every address the page names, pictures included."""
        return [e.attributes[n] for e in self.elements for n in ("href", "src") if n in e.attributes]


def read(page: bytes) -> Document:
    document = Document()
    document.feed(page.decode())
    document.close()
    assert not document.open
    return document


def pages_of(files: Mapping[str, bytes]) -> dict[str, Document]:
    return {path: read(content) for path, content in files.items() if path.endswith(".html")}


def targets(path: str, document: Document) -> Iterator[tuple[str, str]]:
    """Where a page's own links lead: file below the root, fragment."""
    for href in document.hrefs():
        parts = urlsplit(href)
        if not parts.scheme:
            assert not href.startswith("/"), href
            folder = posixpath.dirname(path)
            file = posixpath.normpath(posixpath.join(folder, parts.path)) if parts.path else path
            yield file, parts.fragment
