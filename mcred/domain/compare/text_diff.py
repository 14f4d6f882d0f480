"""Word-level diffs of texts: what was added, removed, moved, or only reflowed.

White space and comments separate words and are not text of their own, so a reflowed paragraph is not a
rewritten one. The spans of a diff cover both texts completely, each character in exactly one span. Texts are
compared together, because a sentence may move from one answer to another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct, field

SpanKind = Literal["same", "reflowed", "removed", "added", "moved out", "moved in"]

MOVED_WORDS = 5
"""So many words in a row count as moved; fewer are found by chance."""
ISLAND_WORDS = 3
"""Fewer words than these between two longer changes are read as part of them."""
_MOST_PLACES = 8
"""How many places of a repeated phrase are tried as the one it was moved from."""
MOST_WORK = 400_000_000
"""Words times words that are compared at once (about 0.2 s and 50 MB); longer texts go by lines first.

Lines times lines neither may be more."""

_WORD = re.compile(r"\S+")


class Body(Struct, frozen=True, kw_only=True):
    """A text as stored, and of the same length with its comments blanked."""

    raw: str
    shown: str

    @property
    def is_written(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.shown.strip())


def plain_body(text: str) -> Body:
    """A text in which nothing is hidden."""
    return Body(raw=text, shown=text)


NOTHING = Body(raw="", shown="")


class Span(Struct, frozen=True, kw_only=True):
    """A range of one text or of both, in characters; `other` names the source or target text of a move."""

    kind: SpanKind
    old: tuple[int, int]
    new: tuple[int, int]
    text: str
    other: str = ""


class _Text(Struct):
    """One side of one text: words as numbers, and where each of them ends."""

    body: Body
    words: list[int]
    bounds: list[int]
    """Word n has the signs from bounds[n] to bounds[n + 1], the space before it included."""

    def cut(self, start: int, end: int) -> tuple[int, int]:
        return self.bounds[start], self.bounds[end]

    def between(self, start: int, end: int) -> str:
        """The text of some words as it is stored."""
        return self.body.raw[self.bounds[start] : self.bounds[end]]


class _Run(Struct, frozen=True):
    """Words of both sides: the same ones, or such that replaced each other."""

    same: bool
    old: tuple[int, int]
    new: tuple[int, int]


class _Pair(Struct):
    old: _Text
    new: _Text
    runs: tuple[_Run, ...] = ()
    out: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Where in the old text a move begins → where it ends, and which text has it now."""
    into: dict[int, tuple[int, str]] = field(default_factory=dict)


def compare_texts(texts: Mapping[str, tuple[Body, Body]]) -> Mapping[str, tuple[Span, ...]]:
    """The spans of each text, old and new, by its name.

    >>> texts = {"a": (plain_body("Hands up, all."), plain_body("Hands up,\\nall."))}
    >>> [s.kind for s in compare_texts(texts)["a"]]
    ['same', 'reflowed']
    """
    numbers: dict[str, int] = {}
    pairs = {
        name: _Pair(_read(old, numbers), _read(new, numbers)) for name, (old, new) in sorted(texts.items())
    }
    for pair in pairs.values():
        pair.runs = tuple(_without_islands(list(_joined(_align(pair.old, pair.new)))))
    _find_moves(pairs)
    return {name: tuple(_spans(pair, name)) for name, pair in pairs.items()}


def is_rewritten(spans: tuple[Span, ...]) -> bool:
    """Whether words were added or removed; moves and reflowing do not count."""
    return any(s.kind in ("added", "removed") for s in spans)


def _read(body: Body, numbers: dict[str, int]) -> _Text:
    found = list(_WORD.finditer(body.shown))
    written = [one[0] for one in found]
    if not body.shown.isascii():
        written = [unicodedata.normalize("NFC", word) for word in written]
    words = [numbers.setdefault(word, len(numbers)) for word in written]
    bounds = [0, *(one.end() for one in found)]
    if words:
        bounds[-1] = len(body.shown)
    return _Text(body, words, bounds)


def _align(old: _Text, new: _Text) -> Iterator[_Run]:
    a, b = old.words, new.words
    if len(a) * len(b) <= MOST_WORK:
        yield from _opcodes(a, b, 0, 0)
        return
    lines: dict[tuple[int, ...], int] = {}
    first, second = _lines(old, lines), _lines(new, lines)
    ends = ([0], [0])
    for end, found in zip(ends, (first, second), strict=True):
        for _, length in found:
            end.append(end[-1] + length)
    for run in _joined(_opcodes([n for n, _ in first], [n for n, _ in second], 0, 0)):
        i, j = (ends[0][run.old[0]], ends[0][run.old[1]]), (ends[1][run.new[0]], ends[1][run.new[1]])
        if run.same or (i[1] - i[0]) * (j[1] - j[0]) > MOST_WORK:
            yield _Run(run.same, i, j)
        else:
            yield from _opcodes(a[slice(*i)], b[slice(*j)], i[0], j[0])


def _lines(text: _Text, numbers: dict[tuple[int, ...], int]) -> list[tuple[int, int]]:
    """Each line as a number, with how many words it has; equal lines have equal numbers."""
    found: list[tuple[int, int]] = []
    words: list[int] = []
    for n, word in enumerate(text.words):
        if words and "\n" in text.body.shown[text.bounds[n] : text.bounds[n + 1]].rstrip():
            found.append((numbers.setdefault(tuple(words), len(numbers)), len(words)))
            words = []
        words.append(word)
    if words:
        found.append((numbers.setdefault(tuple(words), len(numbers)), len(words)))
    return found


def _opcodes(a: list[int], b: list[int], i: int, j: int) -> Iterator[_Run]:
    """The longest common words of two lists, and what stands between them; both begin at i and j."""
    start, shorter = 0, min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[len(a) - 1 - end] == b[len(b) - 1 - end]:
        end += 1
    if start:
        yield _Run(True, (i, i + start), (j, j + start))
    inner = (a[start : len(a) - end], b[start : len(b) - end])
    for same, old, new in _common(*inner):
        yield _Run(same, (i + start + old[0], i + start + old[1]), (j + start + new[0], j + start + new[1]))
    if end:
        yield _Run(True, (i + len(a) - end, i + len(a)), (j + len(b) - end, j + len(b)))


def _common(a: list[int], b: list[int]) -> Iterator[tuple[bool, tuple[int, int], tuple[int, int]]]:
    """Which stretches of two lists are the same, and which stand in each other's place."""
    if not a or not b or len(a) * len(b) > MOST_WORK:
        # Nothing to align, or too much of it: what is the same is then found as moved, phrase by phrase.
        if a or b:
            yield False, (0, len(a)), (0, len(b))
        return
    from rapidfuzz.distance import Indel

    for op in Indel.opcodes(a, b):
        yield op.tag == "equal", (op.src_start, op.src_end), (op.dest_start, op.dest_end)


def _joined(runs: Iterable[_Run]) -> Iterator[_Run]:
    """Neighbours of one kind as one: what went, and what came in its place."""
    held: _Run | None = None
    for run in runs:
        if held is not None and run.same == held.same:
            held = _over(held, run)
        else:
            if held is not None:
                yield held
            held = run
    if held is not None:
        yield held


def _over(first: _Run, last: _Run) -> _Run:
    return _Run(first.same, (first.old[0], last.old[1]), (first.new[0], last.new[1]))


def _without_islands(runs: list[_Run]) -> Iterator[_Run]:
    """Changes as one reads them, the few words that stand between two of them included."""
    read: list[_Run] = []
    for n, run in enumerate(runs):
        island = bool(read) and not read[-1].same and _is_island(read[-1], run, runs[n + 1 : n + 2])
        read.append(_Run(False, run.old, run.new) if island else run)
    yield from _joined(read)


def _is_island(before: _Run, run: _Run, after: list[_Run]) -> bool:
    """Runs take turns, so what stands before and after kept words is a change."""
    length = run.old[1] - run.old[0]
    if not run.same or not after:
        return False
    return length < ISLAND_WORDS and all(length < _longer(r) for r in (before, after[0]))


def _longer(run: _Run) -> int:
    return max(run.old[1] - run.old[0], run.new[1] - run.new[0])


def _find_moves(pairs: Mapping[str, _Pair]) -> None:
    """Runs of words that went from one place and stand in another, in this text or in the next."""
    places: dict[tuple[int, ...], list[tuple[str, int, int]]] = {}
    for name, pair in pairs.items():
        for run in (r for r in pair.runs if not r.same):
            for at in range(run.old[0], run.old[1] - MOVED_WORDS + 1):
                found = places.setdefault(tuple(pair.old.words[at : at + MOVED_WORDS]), [])
                if len(found) < _MOST_PLACES:
                    found.append((name, at, run.old[1]))
    used: dict[str, set[int]] = {name: set() for name in pairs}
    for name, pair in pairs.items():
        for run in (r for r in pair.runs if not r.same):
            at = run.new[0]
            while at <= run.new[1] - MOVED_WORDS:
                words = tuple(pair.new.words[at : at + MOVED_WORDS])
                length, source, start = max(
                    (
                        (_reach(pairs[s], used[s], (i, most), pair, (at, run.new[1])), s, i)
                        for s, i, most in places.get(words, ())
                    ),
                    default=(0, "", 0),
                    key=lambda found: found[0],
                )
                if length >= MOVED_WORDS:
                    pairs[source].out[start] = (start + length, name)
                    pair.into[at] = (at + length, source)
                    used[source].update(range(start, start + length))
                at += max(length if length >= MOVED_WORDS else 1, 1)


def _reach(source: _Pair, used: set[int], old: tuple[int, int], pair: _Pair, new: tuple[int, int]) -> int:
    """How many words in a row are the same from two places on, and not taken by another move."""
    length = 0
    for i, j in zip(range(*old), range(*new), strict=False):
        if i in used or source.old.words[i] != pair.new.words[j]:
            break
        length += 1
    return length


def _spans(pair: _Pair, name: str) -> Iterator[Span]:
    old, new = pair.old, pair.new
    if not old.words and old.body.raw:
        yield _span("reflowed", pair, (0, len(old.body.raw)), (0, 0), "")
    for run in pair.runs:
        if run.same:
            yield from _kept(pair, run)
            continue
        at = new.bounds[run.new[0]]
        for start, end, other in _pieces(run.old, pair.out):
            cut = old.cut(start, end)
            kind: SpanKind = "removed" if other is None else "moved out"
            text = old.body.shown[slice(*cut)]
            yield _span(kind, pair, cut, (at, at), text, _elsewhere(other, name))
        stay = old.bounds[run.old[1]]
        for start, end, other in _pieces(run.new, pair.into):
            cut = new.cut(start, end)
            kind = "added" if other is None else "moved in"
            text = new.body.shown[slice(*cut)]
            yield _span(kind, pair, (stay, stay), cut, text, _elsewhere(other, name))
    if not new.words and new.body.raw:
        stay = len(old.body.raw)
        yield _span("reflowed", pair, (stay, stay), (0, len(new.body.raw)), "")


def _elsewhere(other: str | None, name: str) -> str:
    return "" if other in (None, name) else other or ""


def _span(
    kind: SpanKind, pair: _Pair, old: tuple[int, int], new: tuple[int, int], text: str, other: str = ""
) -> Span:
    return Span(kind=kind, old=old, new=new, text=text, other=other)


def _pieces(
    run: tuple[int, int], moves: Mapping[int, tuple[int, str]]
) -> Iterator[tuple[int, int, str | None]]:
    """A run of changed words cut where moves begin and end."""
    at = run[0]
    for start in sorted(s for s in moves if run[0] <= s < run[1]):
        if at < start:
            yield at, start, None
        at = moves[start][0]
        yield start, at, moves[start][1]
    if at < run[1]:
        yield at, run[1], None


def _kept(pair: _Pair, run: _Run) -> Iterator[Span]:
    """Words that stayed, each with the space before it: as it was, or set differently."""
    old, new = pair.old, pair.new
    if old.between(*run.old) == new.between(*run.new):
        yield _stayed(pair, "same", run.old, run.new)
        return
    pairs = zip(range(*run.old), range(*run.new), strict=True)
    equal = [old.between(i, i + 1) == new.between(j, j + 1) for i, j in pairs]
    begin = 0
    for end in range(1, len(equal) + 1):
        if end == len(equal) or equal[end] != equal[begin]:
            words = [(side[0] + begin, side[0] + end) for side in (run.old, run.new)]
            yield _stayed(pair, "same" if equal[begin] else "reflowed", *words)
            begin = end


def _stayed(pair: _Pair, kind: SpanKind, old: tuple[int, int], new: tuple[int, int]) -> Span:
    cut = pair.new.cut(*new)
    return _span(kind, pair, pair.old.cut(*old), cut, pair.new.body.shown[slice(*cut)])
