"""Texts for people, whole, in `tests/golden`: what changed in them is read in the diff of a commit."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
# Read here, because every test runs without such variables.
IS_WRITING = bool(os.environ.get("MCRED_GOLDEN"))


def check_golden(name: str | Path, text: str) -> None:
    """Compare a text with its file; with MCRED_GOLDEN=1 (`make golden`) store it instead."""
    path = FOLDER / name
    if IS_WRITING:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8"), f"where {name} is to say this, run `make golden`"
