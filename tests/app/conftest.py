"""The towns of the command line's tests, for use cases that need a whole programme."""

from __future__ import annotations

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

__all__ = [
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
