"""One finding of `mcred doctor`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from mcred.problems import Hint, next_step

Level = Literal["good", "look", "wrong"]
FIX = next_step("doctor", "--fix")


class DoctorFinding(Struct, frozen=True, kw_only=True):
    """What was checked, and the result."""

    topic: str
    """What it is about, as `--json` names it."""
    level: Level
    what: str
    next: Hint = ""
    """What to type; '' where there is nothing to do."""

    @property
    def said(self) -> str:
        """The same for people."""
        return {"programme": "program", "shared place": "server"}.get(self.topic, self.topic)
