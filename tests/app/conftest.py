"""The towns of the command line's tests, for use cases that need a whole programme."""

from __future__ import annotations

from mcred.app.plain import Plain
from tests.cli.conftest import (
    back,
    earned,
    first_back,
    first_earned,
    first_ready,
    first_sent,
    first_town,
    make_once,
    nothing_left_running,
    ready,
    sent,
    town,
)
from tests.cli.town import Town

__all__ = [
    "at_home",
    "back",
    "earned",
    "first_back",
    "first_earned",
    "first_ready",
    "first_sent",
    "first_town",
    "make_once",
    "nothing_left_running",
    "ready",
    "sent",
    "town",
]


def at_home(town: Town, person: str) -> Plain:
    """A person's own copy of the programme, without a terminal."""
    return Plain(at=town.home(person), now=lambda: town.now)
