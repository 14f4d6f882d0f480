"""Interpreting changed cells for readers: by part and item, with pieces of evidence paired.

Every changed cell belongs to exactly one reported change (`claims`); mere order or layout is reported as
such. The relative order of the list is a cell without characters of its own.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from mcred.domain.compare.cells import (
    CellChange,
    CellKey,
    EvidenceEntry,
    FolderState,
    StoredContents,
    changed_cells,
)
from mcred.domain.compare.text_diff import NOTHING, Body, Span, compare_texts, is_rewritten, plain_body
from mcred.domain.credential import Item, Part
from mcred.domain.ids import Slug
from mcred.domain.submission import StoredFile

PieceKind = Literal["added", "removed", "replaced", "renamed", "moved", "reworded"]
OtherKind = Literal["note", "statements", "version", "attempt", "beside", "file", "order", "layout"]


class Piece(Struct, frozen=True, kw_only=True):
    """A piece of evidence as it is, or was."""

    title: str
    type: str
    item: str
    place: str
    size: int | None = None
    pages: int | None = None


class PieceChange(Struct, frozen=True, kw_only=True):
    """A change of a piece of evidence; `spans` where both texts could be read."""

    kind: PieceKind
    before: Piece | None
    after: Piece | None
    spans: tuple[Span, ...] = ()
    claims: tuple[CellKey, ...] = ()


class ItemChange(Struct, frozen=True, kw_only=True):
    """One thing that an earner writes or hands in."""

    item: Slug
    title: str
    spans: tuple[Span, ...] = ()
    evidence: tuple[PieceChange, ...] = ()
    claims: tuple[CellKey, ...] = ()

    @property
    def is_substantial(self) -> bool:
        """Whether there is something new to judge: words or evidence, not their place or layout."""
        told = ("added", "removed", "replaced", "moved")
        return is_rewritten(self.spans) or any(p.kind in told for p in self.evidence)


class PartChange(Struct, frozen=True, kw_only=True):
    """A part with those of its items that changed."""

    part: Slug
    title: str
    items: tuple[ItemChange, ...]


class OtherChange(Struct, frozen=True, kw_only=True):
    """A change outside of the items: the note, statements, text between the answers, unlisted files."""

    kind: OtherKind
    name: str
    before: str = ""
    after: str = ""
    spans: tuple[Span, ...] = ()
    claims: tuple[CellKey, ...] = ()


class Comparison(Struct, frozen=True, kw_only=True):
    """All that is different between two states."""

    parts: tuple[PartChange, ...]
    other: tuple[OtherChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the two are the same."""
        return not self.parts and not self.other

    @property
    def items(self) -> Mapping[Slug, ItemChange]:
        """The changed items by id."""
        return {i.item: i for part in self.parts for i in part.items}


def compare(before: FolderState, after: FolderState, contents: StoredContents | None = None) -> Comparison:
    """All differences; `contents` of the changed files adds pages and words."""
    return describe(before, after, changed_cells(before, after), contents or StoredContents())


def describe(
    before: FolderState, after: FolderState, changed: Mapping[CellKey, CellChange], contents: StoredContents
) -> Comparison:
    """The comparison that follows from changed cells of two states."""
    pieces = tuple(_pair_pieces(before, after, changed, contents))
    spans = _read_texts(before, after, changed, pieces, contents)
    told = {k for piece in pieces for k in piece.claims}
    layouts = [k for k in changed if k[0] == "entry" and k not in told]
    pieces = tuple(replace(p, spans=spans.get(_file_name(p), ())) for p in pieces)
    parts = tuple(
        PartChange(part=part.id, title=part.title, items=found)
        for part, items in _outline(before, after)
        if (found := tuple(_items(items, changed, spans, pieces)))
    )
    known = {i.id for _, items in _outline(before, after) for i in items}
    strays = [p for p in pieces if _item_of(p) not in known]
    loose = [k for k in changed if k[0] == "file" and k not in told]
    other = (
        *_fields(before, after, changed, layouts),
        *_around(before, after, changed),
        *(_stray(p) for p in strays),
        *(_loose(k, changed[k], contents) for k in loose),
        *_lost_answers(known, changed, spans),
        *_order(changed),
    )
    return Comparison(parts=parts, other=other)


def _outline(before: FolderState, after: FolderState) -> Iterator[tuple[Part, tuple[Item, ...]]]:
    """The parts of the newer definition, with what only the older one asks for at the end of each."""
    known = {i.id for i in after.definition.items}
    gone = {p.id: tuple(i for i in p.items if i.id not in known) for p in before.definition.parts}
    for part in after.definition.parts:
        yield part, (*part.items, *gone.pop(part.id, ()))
    for part in before.definition.parts:
        if gone.get(part.id):
            yield part, gone[part.id]


def _items(
    items: Iterable[Item],
    changed: Mapping[CellKey, CellChange],
    spans: Mapping[str, tuple[Span, ...]],
    pieces: tuple[PieceChange, ...],
) -> Iterator[ItemChange]:
    for item in items:
        answer: CellKey = ("answer", item.id)
        evidence = tuple(p for p in pieces if _item_of(p) == item.id)
        if answer in changed or evidence:
            yield ItemChange(
                item=item.id,
                title=item.title,
                spans=spans.get(_name(answer), ()),
                evidence=evidence,
                claims=(answer,) if answer in changed else (),
            )


def _item_of(piece: PieceChange) -> str:
    found = piece.after or piece.before
    return found.item if found else ""


def _name(key: CellKey) -> str:
    return f"{key[0]} {key[1]}"


def _file_name(piece: PieceChange) -> str:
    return _name(("file", (piece.after or piece.before or Piece(title="", type="", item="", place="")).place))


def _pair_pieces(
    before: FolderState, after: FolderState, changed: Mapping[CellKey, CellChange], contents: StoredContents
) -> Iterator[PieceChange]:
    """Evidence of both lists that belongs together: same place, same content, same title, the only ones."""
    gone = {k: e for k, e in before.entries.items() if k not in after.entries}
    come = {k: e for k, e in after.entries.items() if k not in before.entries}
    for key in (k for k in after.entries if k in before.entries):
        if kind := _kind_of_kept(before.entries[key], after.entries[key], ("file", key) in changed):
            yield _change(kind, (before, key), (after, key), changed, contents)
    for old, new in _partners(before, after, gone, come):
        first, second = gone.pop(old), come.pop(new)
        same = _content(before, old) and _content(before, old) == _content(after, new)
        kind = "replaced" if not same else "renamed" if first.piece.item == second.piece.item else "moved"
        yield _change(kind, (before, old), (after, new), changed, contents)
    for key in gone:
        yield _change("removed", (before, key), None, changed, contents)
    for key in come:
        yield _change("added", None, (after, key), changed, contents)


def _kind_of_kept(old: EvidenceEntry, new: EvidenceEntry, is_new_file: bool) -> PieceKind | None:
    if old.piece.item != new.piece.item:
        return "moved"
    if is_new_file or old.piece.sha256 != new.piece.sha256:
        return "replaced"
    return "reworded" if old.piece != new.piece else None


def _content(state: FolderState, key: str) -> str:
    """What tells that two pieces are one: the stored bytes, or the hash of what a link leads to."""
    stored = state.files.get(key)
    return str(stored.blob) if stored else state.entries[key].piece.sha256


def _partners(
    before: FolderState,
    after: FolderState,
    gone: Mapping[str, EvidenceEntry],
    come: Mapping[str, EvidenceEntry],
) -> Iterator[tuple[str, str]]:
    """Which removed piece and which added one are the same, by the surest sign first."""
    left, right = dict(gone), dict(come)
    for sign in (
        lambda s, k: _content(s, k),
        lambda s, k: (s.entries[k].piece.item, s.entries[k].piece.title.casefold()),
        lambda s, k: (s.entries[k].piece.item, s.entries[k].piece.type),
    ):
        old, new = _by_sign(left, before, sign), _by_sign(right, after, sign)
        for value, keys in old.items():
            if value and len(keys) == 1 and len(new.get(value, ())) == 1:
                yield keys[0], new[value][0]
                del left[keys[0]], right[new[value][0]]


def _by_sign(
    entries: Mapping[str, EvidenceEntry], state: FolderState, sign: object
) -> Mapping[object, list[str]]:
    found: dict[object, list[str]] = {}
    for key in entries:
        found.setdefault(sign(state, key), []).append(key)  # type: ignore[operator]
    return found


def _change(
    kind: PieceKind,
    before: tuple[FolderState, str] | None,
    after: tuple[FolderState, str] | None,
    changed: Mapping[CellKey, CellChange],
    contents: StoredContents,
) -> PieceChange:
    keys = dict.fromkeys(place[1] for place in (before, after) if place)
    claims = [(k, name) for name in keys for k in ("entry", "file") if (k, name) in changed]
    return PieceChange(
        kind=kind,
        before=_piece(*before, contents) if before else None,
        after=_piece(*after, contents) if after else None,
        claims=tuple(claims),
    )


def _piece(state: FolderState, key: str, contents: StoredContents) -> Piece:
    piece, stored = state.entries[key].piece, state.files.get(key)
    return Piece(
        title=piece.title,
        type=piece.type,
        item=piece.item,
        place=key,
        size=stored.size if stored else None,
        pages=contents.of(stored).pages,
    )


def _read_texts(
    before: FolderState,
    after: FolderState,
    changed: Mapping[CellKey, CellChange],
    pieces: tuple[PieceChange, ...],
    contents: StoredContents,
) -> Mapping[str, tuple[Span, ...]]:
    """The spans of every changed answer and text file, compared together so that moves are seen."""
    texts: dict[str, tuple[Body, Body]] = {}
    titles = {i.id: i.title for state in (before, after) for i in state.definition.items}
    names: dict[str, str] = {}
    for key, (old, new) in changed.items():
        if key[0] == "answer":
            first, second = (b if isinstance(b, Body) else NOTHING for b in (old, new))
            texts[_name(key)] = (first, second)
            names[_name(key)] = titles.get(Slug(key[1]), key[1])
    for piece in pieces:
        if piece.kind in ("replaced", "moved") and piece.before and piece.after:
            sides = (before.files.get(piece.before.place), after.files.get(piece.after.place))
            read = tuple(contents.of(stored).text for stored in sides)
            if sides[0] != sides[1] and read[0] is not None and read[1] is not None:
                texts[_file_name(piece)] = (plain_body(read[0]), plain_body(read[1]))
                names[_file_name(piece)] = piece.after.title
    found = compare_texts(texts)
    return {
        name: tuple(replace(s, other=names[s.other]) if s.other else s for s in spans)
        for name, spans in found.items()
    }


def _fields(
    before: FolderState, after: FolderState, changed: Mapping[CellKey, CellChange], entries: list[CellKey]
) -> Iterator[OtherChange]:
    """Fields of the list: the note by its words, others by their values, `entries` that are only laid out."""
    old, new = before.work.submission, after.work.submission
    layout = list(entries)
    for key in (k for k in changed if k[0] == "field"):
        name = key[1]
        if name == "note" and old.note != new.note:
            pair = (plain_body(old.note), plain_body(new.note))
            spans = compare_texts({name: pair})[name]
            yield OtherChange(kind="note", name="the note", spans=spans, claims=(key,))
        elif name == "attestations" and old.attestations != new.attestations:
            yield OtherChange(
                kind="statements",
                name="statements confirmed",
                before=", ".join(old.attestations),
                after=", ".join(new.attestations),
                claims=(key,),
            )
        elif name in ("version", "attempt") and getattr(old, name) != getattr(new, name):
            yield OtherChange(
                kind="version" if name == "version" else "attempt",
                name=name,
                before=str(getattr(old, name)),
                after=str(getattr(new, name)),
                claims=(key,),
            )
        else:
            layout.append(key)
    if layout:
        yield OtherChange(kind="layout", name="the list", claims=tuple(layout))


def _around(
    before: FolderState, after: FolderState, changed: Mapping[CellKey, CellChange]
) -> Iterator[OtherChange]:
    """Changes of the text around the answers of a part."""
    for key in (k for k in changed if k[0] == "beside"):
        path = key[1]
        pair = (before.beside.get(path, NOTHING), after.beside.get(path, NOTHING))
        spans = compare_texts({path: pair})[path]
        written = any(s.kind not in ("same", "reflowed") for s in spans)
        kind: OtherKind = "beside" if written else "layout"
        yield OtherChange(kind=kind, name=path, spans=spans if written else (), claims=(key,))


def _stray(piece: PieceChange) -> OtherChange:
    """Evidence for an item that neither definition has."""
    found = piece.after or piece.before
    title = found.title if found else ""
    return OtherChange(kind="file", name=f"{title} ({piece.kind})", spans=piece.spans, claims=piece.claims)


def _loose(key: CellKey, change: CellChange, contents: StoredContents) -> OtherChange:
    """A file that no list names."""
    old, new = (s if isinstance(s, StoredFile) else None for s in change)
    texts = tuple(contents.of(s).text for s in (old, new))
    spans: tuple[Span, ...] = ()
    if texts[0] is not None and texts[1] is not None:
        spans = compare_texts({"": (plain_body(texts[0]), plain_body(texts[1]))})[""]
    return OtherChange(
        kind="file",
        name=posixpath.normpath(key[1]),
        before=f"{old.size} bytes" if old else "",
        after=f"{new.size} bytes" if new else "",
        spans=spans,
        claims=(key,),
    )


def _lost_answers(
    known: set[Slug], changed: Mapping[CellKey, CellChange], spans: Mapping[str, tuple[Span, ...]]
) -> Iterator[OtherChange]:
    """Answers to what neither definition asks; states read by their own definitions have none."""
    for key in (k for k in changed if k[0] == "answer" and k[1] not in known):
        yield OtherChange(kind="beside", name=key[1], spans=spans.get(_name(key), ()), claims=(key,))


def _order(changed: Mapping[CellKey, CellChange]) -> Iterator[OtherChange]:
    """The list in another order, apart from what came and went."""
    old, new = changed.get(("order", "list"), ((), ()))
    if isinstance(old, tuple) and isinstance(new, tuple):
        kept = [k for k in old if k in new]
        if kept != [k for k in new if k in old]:
            claim: CellKey = ("order", "list")
            yield OtherChange(kind="order", name="the list", claims=(claim,))
