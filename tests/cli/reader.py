"""Someone outside of every program, with a folder of files and a network of a few addresses."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field

from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.problems import Exit, McredError
from tests.cli.town import Ran
from tests.school import NOON


class Reader(Struct, kw_only=True):
    """A recognizer at their computer."""

    at: Path
    now: datetime = NOON
    web: dict[str, bytes] = field(default_factory=dict)
    """What the network has, by address."""
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        """What the network answers."""
        self.asked.append(url)
        if url not in self.web:
            raise McredError("there is nothing at that address", code=Exit.UNREACHABLE)
        return self.web[url]

    def run(self, *words: str, expect: int = 0) -> Ran:
        """Type a command."""
        out, talk = io.StringIO(), io.StringIO()
        edge = Terminal(
            at=self.at, show=Show(out, talk), now=lambda: self.now, fetch=self.fetch, no_input=True
        )
        ran = Ran(code=int(run_line(words, edge)), out=out.getvalue(), err=talk.getvalue())
        assert ran.code == expect, f"mcred {' '.join(words)} ended with {ran.code}, not {expect}:\n{ran.said}"
        return ran
