"""Renders a submission as a local page for its assessors: the evidence, beside the rubric that judges it.

Opened from a folder on disk and never published, so all pieces are shown; files are copied and named by the
same rules as the site's. Text is shown on the page up to a maximum size, since an earner controls its length.
Does not read the record, and does not write.

>>> _read_table("name,score\\nTheo,3")
(('name', 'score'), ('Theo', '3'))
"""

from __future__ import annotations

import base64
import csv
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from jinja2 import Environment, TemplateNotFound
from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.credential import Credential, Criterion, Item, Part
from mcred.domain.ids import Slug
from mcred.domain.programme import Issuer
from mcred.domain.submission import Answer, Evidence, Work
from mcred.problems import McredError
from mcred.website.addresses import HOME, STYLE
from mcred.website.evidence import published_name
from mcred.website.local.review_views import (
    Artifact,
    Inline,
    ReviewCriterion,
    ReviewItem,
    ReviewNews,
    ReviewPart,
    ReviewView,
)
from mcred.website.metadata.photos import is_photo
from mcred.website.prose import Beside, ShownFile, clean_text, is_light
from mcred.website.render import open_templates, read_style, render_page
from mcred.website.views import Frame, Page

TEMPLATE = "review.html.j2"
OWN_STYLE = "review.css"

LONGEST = 200_000
"""The most bytes of one text that are shown."""
ALL_TOGETHER = 1_000_000
"""The most text of files on one page, in bytes; the rest is links only."""
LARGEST_DRAWING = 2_000_000
"""The largest drawing that is shown, in bytes; larger ones are linked as text."""
ALL_DRAWINGS = 16_000_000
"""The most characters of inline drawings on one page, each counted as often as it is shown."""
_UNFOLDED = 12_000
_TABLE = (500, 30)
"""The most rows and columns a table has; a larger one is shown as plain text."""
_MARKDOWN = (".markdown", ".md")
_TABLES = (".csv", ".tsv")
_PLAIN = (".text", ".txt")


def render_review(
    work: Work,
    definition: Credential,
    attempt: int,
    evidence: Mapping[str, bytes],
    templates: tuple[Path, ...],
    *,
    left_out: Mapping[str, int] | None = None,
    large: Mapping[str, LargeFile] | None = None,
    news: ReviewNews | None = None,
) -> Mapping[str, bytes]:
    """The page `index.html`, its style, and a copy of each evidence file that is safe to open.

    `attempt`: 0 for a draft.

    `evidence`: the bytes of files by their path below the submission's folder; `left_out`: the sizes of those
    that are too large to be copied; `large`: files that lie beside the page already.
    """
    environment = open_templates(templates)
    shown = _Evidence(evidence, left_out or {}, large or {})
    page = Page(
        path=HOME,
        template=TEMPLATE,
        title=f"{definition.title}: {work.id}, {f'attempt {attempt}' if attempt else 'draft'}",
        language=definition.language,
        listed=False,
        data=replace(_view(work, definition, attempt, shown), news=news),
    )
    # Only the suffix of the title needs an issuer: no programme publishes this page.
    frame = Frame(issuer=Issuer(id=Slug("review"), name="For assessors"), language="en")
    drawn = render_page(environment, page, frame)
    # An unlisted file has a copy where a text links to it.
    linked = {
        found.link: evidence[path]
        for path, found in shown.shown.items()
        if path in evidence and found.link and found.link.encode() in drawn
    }
    files = {
        HOME: drawn,
        STYLE: read_style(environment) + _own_style(environment),
        **shown.copies,
        **linked,
    }
    return dict(sorted(files.items()))


def _own_style(templates: Environment) -> bytes:
    assert templates.loader is not None  # noqa: S101 -- `open_templates` gives one
    try:
        return templates.loader.get_source(templates, OWN_STYLE)[0].encode()
    except TemplateNotFound:
        raise McredError(f"no {OWN_STYLE} among the templates", hint="install mcred again") from None


class LargeFile(Struct, frozen=True, kw_only=True):
    """A file of the folder `evidence` beside the page."""

    name: str
    """What it is called there; '' where it is not safe to open."""
    size: int


class _Evidence:
    """The submitted files, the copies made of them so far, and how much text may still be shown."""

    def __init__(
        self, files: Mapping[str, bytes], left_out: Mapping[str, int], large: Mapping[str, LargeFile]
    ) -> None:
        self.files = files
        self.left_out = left_out
        self.large = large
        self.copies: dict[str, bytes] = {}
        self.shown = {path: _show(path, content) for path, content in files.items()}
        self.shown |= {
            path: ShownFile(f"evidence/{f.name}" if f.name else "", "") for path, f in large.items()
        }
        linked = {path: found for path, found in self.shown.items() if found.link}
        self.beside = Beside(linked, ALL_DRAWINGS)
        self._left = ALL_TOGETHER

    def show(self, piece: Evidence) -> Artifact:
        """One piece; a copy is kept when it is safe to open."""
        content = self.files.get(piece.file) if piece.file else None
        found = self.shown.get(piece.file, ShownFile("", ""))
        file, text = found.link, None
        if content is not None and file:
            self.copies[file] = content
            text = show_text(piece.file, content, self._left)
            if text is not None:
                self._left -= min(len(content), LONGEST, self._left)
        return Artifact(
            type=piece.type,
            title=piece.title,
            about=piece.about,
            name=posixpath.basename(piece.file),
            gone=bool(piece.file) and content is None and piece.file not in self.large,
            left_out=piece.file in self.left_out,
            file=file,
            picture=self.beside.take_picture(found),
            size=self._size(piece.file),
            address=piece.url,
            sha256=piece.sha256,
            students=piece.students,
            text=text,
        )

    def _size(self, path: str) -> int:
        if path in self.large:
            return self.large[path].size
        return self.left_out.get(path, len(self.files.get(path, b"")))


def _show(path: str, content: bytes) -> ShownFile:
    """The copy to link to, and the source of a picture.

    An SVG may contain scripts: as an inline image none of them runs, and there is no separate document that
    could be opened.
    """
    name = published_name(path, content)
    link = f"evidence/{name}" if name else ""
    ending = posixpath.splitext(path)[1].lower()
    if ending == ".svg" and name and b"<svg" in content and len(content) <= LARGEST_DRAWING:
        return ShownFile(link, f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}")
    return ShownFile(link, link if is_photo(name.rpartition(".")[2]) else "")


def show_text(file: str, content: bytes, left: int) -> Inline | None:
    """How a file's text is shown on the page, None when it is not; `left`: the most bytes."""
    ending = posixpath.splitext(file)[1].lower()
    most = min(LONGEST, left)
    if ending not in (*_MARKDOWN, *_TABLES, *_PLAIN) or most <= 0:
        return None
    text = clean_text(content[:most].decode(errors="ignore"))
    cut = len(content) > most
    if ending in _MARKDOWN:
        return _prose(text, cut)
    rows = _read_table(text) if ending in _TABLES and not cut else ()
    return Inline(plain="" if rows else text, rows=rows, cut=cut, folded=len(text) > _UNFOLDED)


def _prose(text: str, cut: bool = False) -> Inline:
    folded = len(text) > _UNFOLDED
    if cut or not is_light(text):
        return Inline(plain=text, cut=cut, folded=folded)
    return Inline(prose=text, folded=folded)


def _read_table(text: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a table, all of one width; empty when the text is no table that a page can show."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = [row for row in csv.reader(text.split("\n"), delimiter=delimiter) if any(row)]
    except csv.Error:
        return ()
    width = max((len(row) for row in rows), default=0)
    if not (1 < len(rows) <= _TABLE[0] and 1 < width <= _TABLE[1]):
        return ()
    return tuple((*row, *[""] * (width - len(row))) for row in rows)


def _view(work: Work, definition: Credential, attempt: int, shown: _Evidence) -> ReviewView:
    # The request of another attempt does not apply to this one.
    request = work.request if work.request is not None and work.request.attempt == attempt else None
    carried = frozenset(request.carried if request else ())
    known = {item.id for item in definition.items}
    listed = {piece.file for piece in work.submission.evidence}
    return ReviewView(
        credential=definition,
        submission=work.id,
        attempt=attempt,
        note=work.submission.note,
        rule=request.rule if request else None,
        panel=len(request.panel) if request else 0,
        requested=request.requested.date() if request else None,
        due=request.due if request else None,
        carried=tuple(c.title for c in definition.criteria if c.id in carried),
        parts=tuple(
            ReviewPart(
                part=part,
                items=tuple(_item(work, item, shown) for item in part.items),
                criteria=tuple(_criterion(definition, part, c, c.id in carried) for c in part.criteria),
            )
            for part in definition.parts
        ),
        strays=tuple(shown.show(piece) for piece in work.submission.evidence if piece.item not in known),
        files=shown.beside,
        unlisted=tuple(sorted({*shown.files, *shown.left_out, *shown.large} - listed)),
    )


def _item(work: Work, item: Item, shown: _Evidence) -> ReviewItem:
    answer = work.answers.get(item.id)
    written = answer is not None and bool(answer.text.strip())
    return ReviewItem(
        item=item,
        answer=_answer(answer) if answer is not None and written else None,
        words=answer.words if answer is not None else 0,
        length=_length(item, answer.words if answer is not None else 0),
        artifacts=tuple(shown.show(piece) for piece in work.evidence_of(item)),
    )


def _answer(answer: Answer) -> Inline:
    data = answer.text.encode(errors="replace")
    return _prose(data[:LONGEST].decode(errors="ignore"), len(data) > LONGEST)


def _length(item: Item, words: int) -> Literal["fits", "short", "long"]:
    if item.words is None:
        return "fits"
    if words < item.words.min:
        return "short"
    return "long" if item.words.max is not None and words > item.words.max else "fits"


def _criterion(definition: Credential, part: Part, criterion: Criterion, carried: bool) -> ReviewCriterion:
    levels = definition.scales.get(part.scale, ())
    return ReviewCriterion(
        criterion=criterion,
        items=part.items_of(criterion) if criterion.items else (),
        levels=levels,
        required=criterion.required or (levels[0] if levels else Slug("")),
        carried=carried,
    )
