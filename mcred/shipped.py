"""Where the files that come with mcred are: templates, starter credentials, schemas, and what findings mean.

In an installed package they lie inside it; in a checkout they are the top-level folders themselves.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_IN_DOCS = ("schema", "findings.md")


def shipped(name: str) -> Path:
    """The folder `templates`, `credentials`, `recognition` or `schema`, or the file `findings.md`."""
    inside = _PACKAGE / "shipped" / name
    if inside.exists():
        return inside
    return _PACKAGE.parent / (f"docs/{name}" if name in _IN_DOCS else name)
