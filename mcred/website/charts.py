"""Small charts as SVG: bars, shares, and distances from a middle.

Each has a title and a description for screen readers, and takes its colours from classes, so that it works on
light and dark pages. Every text is escaped here; numbers are rounded, so that the same values always give the
same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mcred.website.prose import clean_text

ROW = 26
"""Height of a row in charts with rows."""


def column_chart(values: Sequence[int], labels: Sequence[str], title: str, what: str) -> str:
    """Columns with their number above and their label below. `what`: a text that says what is counted."""
    width, height, top = 44, 120, max(values, default=0) or 1
    body = []
    for n, (value, label) in enumerate(zip(values, labels, strict=True)):
        tall = value / top * height
        x, y = n * width, 20 + height - tall
        body.append(f'<rect class="bar" x="{x + 6}" y="{_n(y)}" width="{width - 12}" height="{_n(tall)}"/>')
        body.append(_text(x + width / 2, y - 5, str(value), "num", "middle"))
        body.append(_text(x + width / 2, height + 38, label, "label", "middle"))
    body.append(f'<path class="axis" d="M0 {20 + height}H{max(1, len(values)) * width}"/>')
    told = "; ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    return _svg(max(1, len(values)) * width, height + 46, title, f"{what}. {told}.", body)


def share_rows(rows: Sequence[tuple[str, Sequence[float]]], parts: Sequence[str], title: str) -> str:
    """A bar for each row, divided into shares of one; `parts` names them, the first is drawn strongest."""
    left, width = 210, 360
    body = []
    for n, (name, shares) in enumerate(rows):
        y, x = n * ROW, float(left)
        body.append(_text(left - 8, y + 17, _short(name), "label", "end"))
        for kind, share in enumerate(shares):
            wide = share * width
            body.append(
                f'<rect class="part{kind}" x="{_n(x)}" y="{y + 4}" width="{_n(wide)}" height="{ROW - 8}"/>'
            )
            x += wide
    told = "; ".join(
        f"{name}: " + ", ".join(f"{part} {share:.0%}" for part, share in zip(parts, shares, strict=True))
        for name, shares in rows
    )
    return _svg(left + width, max(1, len(rows)) * ROW, title, f"{told}.", body)


def balance_rows(rows: Sequence[tuple[str, float]], low: str, high: str, title: str) -> str:
    """A dot for each row, left or right of a centre line; `low` and `high` label the two sides."""
    left, width = 210, 360
    reach = max((abs(value) for _, value in rows), default=0) or 1.0
    middle, foot = left + width / 2, len(rows) * ROW
    body = [f'<path class="axis" d="M{_n(middle)} 0V{foot}"/>']
    for n, (name, value) in enumerate(rows):
        x, y = middle + value / reach * (width / 2 - 12), n * ROW + ROW / 2
        body.append(_text(left - 8, y + 4, _short(name), "label", "end"))
        body.append(f'<path class="stem" d="M{_n(middle)} {_n(y)}H{_n(x)}"/>')
        body.append(f'<circle class="bar" cx="{_n(x)}" cy="{_n(y)}" r="5"/>')
    body.append(_text(left, foot + 16, f"← {low}", "label", "start"))
    body.append(_text(left + width, foot + 16, f"{high} →", "label", "end"))
    told = "; ".join(f"{name}: {value:+.2f}" for name, value in rows)
    return _svg(left + width, foot + 24, title, f"Levels away from the others: {told}.", body)


def spark_bars(values: Sequence[int], title: str) -> str:
    """A row of bars as high as a line of text."""
    top = max(values, default=0) or 1
    body = [
        f'<rect class="bar" x="{n * 6}" y="{_n(18 - v / top * 16)}" width="4" height="{_n(v / top * 16)}"/>'
        for n, v in enumerate(values)
    ]
    return _svg(max(1, len(values)) * 6, 18, title, ", ".join(str(v) for v in values), body, "spark")


def _svg(width: float, height: float, title: str, what: str, body: Sequence[str], kind: str = "plot") -> str:
    name = escape(clean_text(title), quote=True)
    return (
        f'<svg class="{kind}" role="img" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} '
        f'{_n(height)}" width="{_n(width)}" height="{_n(height)}" aria-label="{name}"><title>{name}</title>'
        f"<desc>{escape(clean_text(what))}</desc>{''.join(body)}</svg>"
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    said = escape(clean_text(text))
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{said}</text>'


def _short(text: str, most: int = 26) -> str:
    """A name shortened to fit before its row; the description has it in full."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _n(value: float) -> str:
    """A number with at most two digits after the point.

    >>> _n(3.0), _n(1 / 3)
    ('3', '0.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")
