"""Where the files that come with mcred are: templates, starter credentials, schemas.

In an installed package they lie inside it; in a checkout they are the top-level folders themselves.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """The folder `templates`, `credentials` or `schema`."""
    inside = _PACKAGE / "shipped" / name
    if inside.is_dir():
        return inside
    return _PACKAGE.parent / ("docs/schema" if name == "schema" else name)
