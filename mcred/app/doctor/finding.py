"""One finding of `mcred doctor`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Level = Literal["good", "look", "wrong"]
FIX = "mcred doctor --fix"


class DoctorFinding(Struct, frozen=True, kw_only=True):
    """What it was, and how it was found."""

    topic: str
    level: Level
    what: str
    next: str = ""
    """What to type; '' where there is nothing to do."""
