"""Renders a comparison: lines for the terminal and Markdown, and the same as plain data.

Colour is never the only mark: deleted text is in [-…-], inserted text in {+…+}.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from mcred.app.work.compare import ComparedSides
from mcred.cli.show import Show
from mcred.domain.compare.answered import CriterionChange, Remark
from mcred.domain.compare.report import ItemChange, OtherChange, Piece, PieceChange
from mcred.domain.compare.text_diff import Span, is_rewritten

CONTEXT = 8
"""How many unchanged words are shown before and after a change."""
_GLIMPSE = 12
"""How many words are shown of moved text."""

_STYLES = {"out": "red", "in": "green", "moved": "cyan", "dim": "dim", "": ""}

LineKind = Literal["title", "sides", "part", "item", "criterion", "text", "fact", "open", "quote"]
Look = Literal["", "out", "in", "moved", "dim"]


class ComparisonLine(Struct, frozen=True, kw_only=True):
    """A paragraph: its kind, its indentation, its pieces with their style."""

    kind: LineKind
    pieces: tuple[tuple[str, Look], ...]
    depth: int = 0

    @property
    def text(self) -> str:
        """The text without styles."""
        return "".join(words for words, _ in self.pieces)


def line(kind: LineKind, text: str, depth: int = 0, look: Look = "") -> ComparisonLine:
    """A line with one style."""
    return ComparisonLine(kind=kind, pieces=((text, look),), depth=depth)


def show_lines(show: Show, lines: Iterable[ComparisonLine]) -> None:
    """Print a comparison."""
    styles = {"title": "bold", "part": "bold", "item": "cyan", "criterion": "cyan", "open": "yellow"}
    for row in lines:
        if row.kind == "part":
            show.say()
        indent = 2 * row.depth
        if row.kind in styles:
            show.say(row.text, style=styles[row.kind], indent=indent)
        else:
            show.mixed([(text, _STYLES[look]) for text, look in row.pieces], indent)


def lines_of(told: ComparedSides) -> Iterator[ComparisonLine]:
    """The lines of the whole comparison, title included."""
    yield line("title", f"{told.definition.title}: {_who(told)}")
    yield line("sides", f"from {told.before.label} to {told.after.label}")
    if told.comparison.is_empty:
        yield line("fact", "Nothing has changed.")
    elif _shows_words(told):
        yield ComparisonLine(kind="sides", pieces=(("[-removed-]", "out"), (" ", ""), ("{+added+}", "in")))
    parts = {p.part: p for p in told.comparison.parts}
    titles = {p.id: p.title for p in told.definition.parts}
    titles |= {p.part: p.title for p in told.comparison.parts}
    for part, title in titles.items():
        items = parts[part].items if part in parts else ()
        criteria = [c for c in told.criteria if c.part == part and c.is_told]
        if items or criteria:
            yield line("part", title)
        for item in items:
            yield from _item(item)
        for criterion in criteria:
            yield from _criterion(criterion)
    if told.remarks:
        yield line("part", "Overall")
        for remark in told.remarks:
            yield from _remark(remark, 1)
    if told.comparison.other:
        yield line("part", "Also changed")
        for other in told.comparison.other:
            yield from _other(other)


def _shows_words(told: ComparedSides) -> bool:
    """Whether the marks of changed words need to be explained."""
    items = told.comparison.items.values()
    texts = [*(i.spans for i in items), *(e.spans for i in items for e in i.evidence)]
    texts += [o.spans for o in told.comparison.other]
    return any(is_rewritten(spans) for spans in texts)


def _who(told: ComparedSides) -> str:
    if told.before.submission == told.after.submission:
        return str(told.after.submission)
    return f"{told.before.submission} and {told.after.submission}"


def _item(item: ItemChange) -> Iterator[ComparisonLine]:
    yield line("item", item.title, 1)
    if item.spans and all(s.kind in ("same", "reflowed") for s in item.spans):
        yield line("fact", "the same words, formatted differently", 2, "dim")
    elif item.spans:
        yield from words_of(item.spans, 2)
    for piece in item.evidence:
        yield from _piece(piece)


def words_of(spans: Iterable[Span], depth: int) -> Iterator[ComparisonLine]:
    """Changed words with their context."""
    found = tuple(spans)
    pieces: list[tuple[str, Look]] = []
    for n, span in enumerate(found):
        words = " ".join(span.text.split())
        if span.kind in ("same", "reflowed"):
            words = _around(found, n)
        piece: tuple[str, Look] = {
            "removed": (f"[-{words}-]", "out"),
            "added": (f"{{+{words}+}}", "in"),
            "moved out": (f"[moved {_to(span)}: {_glimpse(words)}]", "moved"),
            "moved in": (f"[moved {_from(span)}: {_glimpse(words)}]", "moved"),
        }.get(span.kind, (words, ""))  # type: ignore[assignment]
        if words:
            pieces += [(" ", ""), piece] if pieces else [piece]
    yield ComparisonLine(kind="text", pieces=tuple(pieces), depth=depth)


def _to(span: Span) -> str:
    return f"to “{span.other}”" if span.other else "away"


def _from(span: Span) -> str:
    return f"from “{span.other}”" if span.other else "here"


def _glimpse(words: str) -> str:
    found = words.split()
    return words if len(found) <= _GLIMPSE else f"{' '.join(found[:_GLIMPSE])} …"


def _around(spans: tuple[Span, ...], n: int) -> str:
    """Unchanged words, shortened to the context of the change; adjacent unchanged pieces count as one."""
    first = n == 0
    if not first and spans[n - 1].kind in ("same", "reflowed"):
        return ""
    end = n
    while end + 1 < len(spans) and spans[end + 1].kind in ("same", "reflowed"):
        end += 1
    words = " ".join(s.text for s in spans[n : end + 1]).split()
    last = end == len(spans) - 1
    head, tail = (0 if first else CONTEXT), (0 if last else CONTEXT)
    if len(words) <= head + tail + 2:
        return " ".join(words)
    return " ".join([*words[:head], "…", *(words[-tail:] if tail else ())])


def _piece(piece: PieceChange) -> Iterator[ComparisonLine]:
    before, after = piece.before, piece.after
    shown = after or before
    if shown is None:
        return
    looks: dict[str, Look] = {"added": "in", "removed": "out"}
    head = f"{piece.kind}: {shown.title} ({shown.type})"
    if before and after and before.title != after.title:
        head = f"{piece.kind}: {before.title} → {after.title} ({shown.type})"
    yield line("fact", head, 2, looks.get(piece.kind, "" if piece.kind == "replaced" else "moved"))
    yield line("fact", _facts(before, after), 3, "dim")
    if any(s.kind not in ("same", "reflowed") for s in piece.spans):
        yield from words_of(piece.spans, 3)


def _facts(before: Piece | None, after: Piece | None) -> str:
    """Path, size and pages, with an arrow where they changed."""
    old, new = (_properties(p) if p else () for p in (before, after))
    if not old or not new:
        return ", ".join(f for f in (old or new) if f)
    pairs = zip(old, new, strict=True)
    return ", ".join((a if a == b else f"{a or 'none'} → {b or 'none'}") for a, b in pairs if a or b)


def _properties(piece: Piece) -> tuple[str, ...]:
    return (
        piece.place,
        piece.item if not piece.title else "",
        describe_size(piece.size) if piece.size is not None else "",
        f"{piece.pages} {'page' if piece.pages == 1 else 'pages'}" if piece.pages else "",
    )


def describe_size(size: int) -> str:
    """`46 bytes`, `12 kB`, `3.1 MB`."""
    if size < 1000:
        return f"{size} {'byte' if size == 1 else 'bytes'}"
    return f"{round(size / 1000)} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _criterion(criterion: CriterionChange) -> Iterator[ComparisonLine]:
    levels = " → ".join(level for level in (criterion.before, criterion.after) if level)
    if criterion.before and criterion.before == criterion.after:
        levels = f"{criterion.before}, as before"
    yield line("criterion", f"{criterion.title}{f': {levels}' if levels else ''}", 1)
    for remark in criterion.remarks:
        yield from _remark(remark, 2)
    if not criterion.remarks and criterion.changed:
        yield line("fact", f"changed: {', '.join(criterion.changed)}", 2)


def _remark(remark: Remark, depth: int) -> Iterator[ComparisonLine]:
    said = remark.said
    level = f" ({said.level})" if said.level else ""
    yield line("quote", f"{said.by}{level}: {' '.join(said.text.split())}", depth)
    if remark.answers:
        yield line("fact", f"answered by: {', '.join(remark.answers)}", depth + 1, "in")
    else:
        yield line("open", "not addressed", depth + 1, "out")


def _other(other: OtherChange) -> Iterator[ComparisonLine]:
    names = {
        "layout": f"{other.name}: only its formatting",
        "order": f"{other.name}: in a different order",
        "beside": f"text outside the answers in {other.name}",
        "note": "the note on what changed",
        "version": f"definition: version {other.before} → {other.after}",
        "attempt": f"attempt {other.before} → {other.after}",
        "statements": f"statements: {other.before or 'none'} → {other.after or 'none'}",
        "file": f"file {other.name}: {other.before or 'new'} → {other.after or 'gone'}",
    }
    if other.kind == "file" and not other.before and not other.after:
        names["file"] = other.name
    yield line("fact", names[other.kind], 1, "dim" if other.kind in ("layout", "order", "attempt") else "")
    if any(s.kind not in ("same", "reflowed") for s in other.spans):
        yield from words_of(other.spans, 2)


def as_markdown(lines: Iterable[ComparisonLine]) -> str:
    """The comparison as Markdown for a text file or a forum; text that people wrote cannot become markup."""
    found: list[str] = []
    for one in lines:
        words = "".join(_mark(text, look) for text, look in one.pieces)
        found.append(
            {
                "title": f"# {words}",
                "sides": f"{words}",
                "part": f"## {words}",
                "item": f"### {words}",
                "criterion": f"### {words}",
                "quote": f"> {words}",
            }.get(one.kind, f"{'  ' * max(0, one.depth - 2)}- {words}" if one.kind != "text" else words)
        )
    return "\n\n".join(found) + "\n"


def _mark(text: str, look: Look) -> str:
    safe = _escape(text)
    if look == "out" and text.startswith("[-"):
        return f"~~{_escape(text[2:-2].strip())}~~"
    if look == "in" and text.startswith("{+"):
        return f"**{_escape(text[2:-2].strip())}**"
    return safe


def _escape(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+!|~&" else sign for sign in text)
