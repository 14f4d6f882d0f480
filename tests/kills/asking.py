"""Asks `tests.kills.runner` to run commands and to stop them, in one process of it for all tests of a run."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.cli.town import Town
from tests.kills.tracing import Effect, Victim

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command gave back: exit code (-9: killed), all that it said, and what it changed if followed."""

    code: int
    said: str
    effects: Sequence[Effect]


def ask(
    town: Town,
    at: Path,
    words: Sequence[str],
    *,
    stop: tuple[int, Victim] | None = None,
    more: Mapping[str, str] | None = None,
    after: int = 0,
) -> Answer:
    """Run a command in a folder, `after` some minutes of the town's clock.

    `stop`: before which effect (from 1; 0: none, but count them) who is ended. `more`: variables that it has.
    """
    user = town.place / "user"
    user.mkdir(exist_ok=True)
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("XDG_", "MCRED_", "GIT_", "PYTEST"))}
    given = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(user)}
    number, victim = stop or (0, "computer")
    todo = {
        "argv": list(words),
        "folder": str(at),
        "now": (town.now + timedelta(minutes=1 + after)).isoformat(),
        "below": [f"{town.place}/"] if stop else [],
        "at": number,
        "victim": victim,
        "environment": {**kept, **given, **(more or {})},
    }
    asked, told = _start()
    asked.write(json.dumps(todo) + "\n")
    asked.flush()
    code, said, effects = json.loads(told.readline())
    return Answer(code, said, [Effect(*e) for e in effects])


@cache
def _start() -> tuple[IO[Any], IO[Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kills.runner"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    atexit.register(process.communicate)
    return process.stdin, process.stdout
