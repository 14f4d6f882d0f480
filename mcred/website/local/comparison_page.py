"""Renders a comparison as one self-contained page: both sides next to each other, remarks below.

Never published; it may contain unpublished work. Its style is inline and the only one that its policy allows.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, TemplateError, TemplateNotFound
from msgspec import Struct

from mcred.domain.compare.answered import CriterionChange, Remark
from mcred.domain.compare.report import Comparison, ItemChange, OtherChange, PieceChange
from mcred.domain.compare.text_diff import Span
from mcred.domain.credential import Credential
from mcred.problems import McredError
from mcred.website.render import open_templates

TEMPLATE = "diff.html.j2"
STYLE = "diff.css"

_LEFT: Mapping[str, str] = {"same": "", "reflowed": "", "removed": "out", "moved out": "away"}
_RIGHT: Mapping[str, str] = {"same": "", "reflowed": "", "added": "in", "moved in": "here"}


class WordMark(Struct, frozen=True, kw_only=True):
    """Words of one side: how they are marked, and the anchor of the other end of a move."""

    look: str
    text: str
    other: str = ""


class Texts(Struct, frozen=True, kw_only=True):
    """The same text on both sides."""

    left: tuple[WordMark, ...]
    right: tuple[WordMark, ...]


class PieceView(Struct, frozen=True, kw_only=True):
    """A piece of evidence on both sides."""

    change: PieceChange
    texts: Texts | None


class ItemView(Struct, frozen=True, kw_only=True):
    """An item on both sides."""

    item: ItemChange
    texts: Texts | None
    evidence: tuple[PieceView, ...]


class PartView(Struct, frozen=True, kw_only=True):
    """A part: its changed items, and the criteria with remarks."""

    title: str
    items: tuple[ItemView, ...]
    criteria: tuple[CriterionChange, ...]


class OtherView(Struct, frozen=True, kw_only=True):
    """Files and texts that belong to no item."""

    change: OtherChange
    texts: Texts | None


def render_comparison(
    definition: Credential,
    before: tuple[str, str],
    after: tuple[str, str],
    comparison: Comparison,
    criteria: tuple[CriterionChange, ...],
    remarks: tuple[Remark, ...],
    templates: tuple[Path, ...],
) -> bytes:
    """Render the page. `before` and `after`: whose work, and the title of that side."""
    environment = open_templates(templates)
    style = _style(environment)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    try:
        html = environment.get_template(TEMPLATE).render(
            credential=definition,
            before=before,
            after=after,
            same=comparison.is_empty,
            parts=_parts(definition, comparison, criteria),
            remarks=remarks,
            others=tuple(OtherView(change=o, texts=_texts(o.spans)) for o in comparison.other),
            style=style,
            style_hash=digest,
        )
    except TemplateError as error:
        raise McredError(
            f"the template {TEMPLATE} cannot make the page: {error.message or type(error).__name__}",
            hint="install mcred again",
        ) from error
    return html.encode()


def _style(templates: Environment) -> str:
    assert templates.loader is not None  # noqa: S101 -- `open_templates` gives one
    try:
        return templates.loader.get_source(templates, STYLE)[0]
    except TemplateNotFound:
        raise McredError(f"no {STYLE} among the templates", hint="install mcred again") from None


def _parts(
    definition: Credential, comparison: Comparison, criteria: tuple[CriterionChange, ...]
) -> tuple[PartView, ...]:
    changed = {p.part: p for p in comparison.parts}
    titles = {p.id: p.title for p in definition.parts} | {p.part: p.title for p in comparison.parts}
    views = (
        PartView(
            title=title,
            items=tuple(_item(i) for i in changed[part].items) if part in changed else (),
            criteria=tuple(c for c in criteria if c.part == part and c.is_told),
        )
        for part, title in titles.items()
    )
    return tuple(v for v in views if v.items or v.criteria)


def _item(item: ItemChange) -> ItemView:
    evidence = tuple(PieceView(change=p, texts=_texts(p.spans)) for p in item.evidence)
    return ItemView(item=item, texts=_texts(item.spans), evidence=evidence)


def _texts(spans: Iterable[Span]) -> Texts | None:
    """Both sides of a text; None where there is none."""
    found = tuple(spans)
    return Texts(left=_side(found, _LEFT), right=_side(found, _RIGHT)) if found else None


def _side(spans: tuple[Span, ...], looks: Mapping[str, str]) -> tuple[WordMark, ...]:
    """The words of one side; whitespace around marked words is not marked, and no text begins with it."""
    found: list[WordMark] = []
    for span in (s for s in spans if s.kind in looks):
        words = span.text.strip()
        lead, _, trail = span.text.partition(words) if words else (span.text, "", "")
        for look, text in (("", lead), (looks[span.kind], words), ("", trail)):
            text = text if found else text.lstrip()
            if text:
                found.append(WordMark(look=look, text=text, other=span.other if look else ""))
    return tuple(found)
