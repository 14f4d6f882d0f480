"""Draws how a portfolio grew, as SVG: one row for each kind of event, time from left to right.

For a page (`<img>` or inline) and for a portfolio as a file: it is self-contained, has a text description,
and colours for light and dark. Pass in what `keep_shown` left: nothing is hidden here. The same timeline
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from mcred.domain.timeline import Timeline, TimelineMoment, tell
from mcred.website.prose import clean_text

WIDTH, LEFT, RIGHT, ROW = 720, 110, 24, 34
ROWS = (("drafts", "Drafts"), ("sent", "Sent"), ("reviews", "Reviews"), ("decided", "Decided"))
_STYLE = (
    ".mg-ink{fill:#20262e}.mg-soft{fill:#55606c}.mg-line{stroke:#c9c4b8}.mg-mark{fill:#1b5a63}"
    ".mg-good{fill:#2c6e3f}.mg-back{fill:#a8792b}"
    "@media (prefers-color-scheme:dark){.mg-ink{fill:#e6e4de}.mg-soft{fill:#a5aeb6}.mg-line{stroke:#46505a}"
    ".mg-mark{fill:#84c5c9}.mg-good{fill:#8fd0a0}.mg-back{fill:#d8b06a}}"
)
"""Classes with a prefix of their own, so that they inherit nothing from the page around."""


def draw_timeline(timeline: Timeline) -> bytes:
    """The timeline as SVG; without moments it says that nothing is shown."""
    moments = timeline.moments
    rows = [(key, name) for key, name in ROWS if any(_row(m) == key for m in moments)]
    ends = [m for m in moments if m.outcome is not None]
    foot = 20 + len(rows) * ROW
    height = foot + 30 + 20 * len(ends)
    body = [f"<style>{_STYLE}</style>", *_frame(rows, foot)]
    if moments:
        first, last = moments[0].when, moments[-1].when
        for moment in moments:
            body.append(_mark(moment, _at(moment.when, first, last), _height(rows, moment)))
        body.append(_text(LEFT, foot + 16, first.date().isoformat(), "soft", "start"))
        if last.date() != first.date():
            body.append(_text(WIDTH - RIGHT, foot + 16, last.date().isoformat(), "soft", "end"))
    for n, moment in enumerate(ends):
        said = f"{moment.when.date()}: attempt {moment.attempt}, {moment.said}"
        body.append(_text(LEFT, foot + 38 + 20 * n, said, "ink", "start"))
    title = f"How the portfolio for {timeline.title} grew"
    return _svg(height, title, "; ".join(tell(timeline)) or "Nothing is shown.", body).encode()


def _row(moment: TimelineMoment) -> str:
    """The row of a moment."""
    if moment.shown in ("drafts", "reviews"):
        return moment.shown
    return "decided" if moment.outcome is not None or moment.kind == "revoke" else "sent"


def _height(rows: Sequence[tuple[str, str]], moment: TimelineMoment) -> int:
    return 34 + [key for key, _ in rows].index(_row(moment)) * ROW


def _at(when: datetime, first: datetime, last: datetime) -> float:
    """The horizontal position of a moment; the middle where all were at the same time."""
    whole = (last - first).total_seconds()
    share = (when - first).total_seconds() / whole if whole else 0.5
    return LEFT + 10 + share * (WIDTH - LEFT - RIGHT - 20)


def _frame(rows: Sequence[tuple[str, str]], foot: int) -> Iterator[str]:
    for n, (_, name) in enumerate(rows):
        y = 34 + n * ROW
        yield _text(LEFT - 14, y + 5, name, "ink", "end")
        yield f'<path class="mg-line" stroke="#c9c4b8" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>'
    if not rows:
        yield _text(LEFT, foot + 16, "Nothing is shown.", "soft", "start")


def _mark(moment: TimelineMoment, x: float, y: int) -> str:
    """A dot for drafts and reviews, a square for submissions, a diamond for decisions."""
    name = f"<title>{escape(f'{moment.when.date()} {moment.said}')}</title>"
    at = f"{x:.1f}"
    if moment.shown == "drafts":
        return f'<circle class="mg-soft" fill="#55606c" cx="{at}" cy="{y}" r="4">{name}</circle>'
    if moment.shown == "reviews":
        return f'<circle class="mg-mark" fill="#1b5a63" cx="{at}" cy="{y}" r="6">{name}</circle>'
    if _row(moment) == "sent":
        square = f'x="{x - 6:.1f}" y="{y - 6}" width="12" height="12"'
        return f'<rect class="mg-mark" fill="#1b5a63" {square}>{name}</rect>'
    good = moment.outcome == "award"
    kind, colour = ("good", "#2c6e3f") if good else ("back", "#a8792b")
    path = f"M{at} {y - 9}l9 9l-9 9l-9 -9z"
    return f'<path class="mg-{kind}" fill="{colour}" d="{path}">{name}</path>'


def _text(x: float, y: int, text: str, kind: str, anchor: str) -> str:
    colour = {"ink": "#20262e", "soft": "#55606c"}[kind]
    said = escape(clean_text(text))
    return f'<text class="mg-{kind}" fill="{colour}" x="{x}" y="{y}" text-anchor="{anchor}">{said}</text>'


def _svg(height: int, title: str, what: str, body: Sequence[str]) -> str:
    name, told = escape(clean_text(title)), escape(clean_text(what))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{name}" '
        f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="14">'
        f"<title>{name}</title><desc>{told}</desc>{''.join(body)}</svg>\n"
    )
