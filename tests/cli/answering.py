"""Someone at the keyboard, in this process: answers typed beforehand, questions kept.

`court.AtKeyboard` is a real terminal and takes a second for each command; this is for many small questions.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from tests.cli.town import Ran, Town


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk(Ran):
    """What a command gave back, what it asked, and the answers it did not want any more."""

    asked: str
    left: str


def talk(
    town: Town,
    person: str,
    *words: str,
    answers: tuple[str, ...] = (),
    expect: int = 0,
    environment: Mapping[str, str] | None = None,
) -> Talk:
    """One command of one person who answers; after the last answer the input is closed."""
    town.now += timedelta(minutes=1)
    out, said, keys = io.StringIO(), io.StringIO(), _Screen("".join(f"{a}\n" for a in answers))
    screen = _Screen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", keys)
        patch.setattr(sys, "stderr", screen)
        edge = Terminal(at=town.home(person), show=Show(out, said), now=lambda: town.now)
        edge.environment = edge.environment if environment is None else environment
        code = int(run_line(words, edge))
    ran = Talk(code=code, out=out.getvalue(), err=said.getvalue(), asked=screen.getvalue(), left=keys.read())
    if code != expect:
        raise AssertionError(
            f"mcred {' '.join(words)} ended with {code}, not {expect}:\n{ran.said}{ran.asked}"
        )
    return ran
