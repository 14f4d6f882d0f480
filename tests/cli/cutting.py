"""Asks `tests.cli.cutter` for what it does, in one process of it for all the tests of a run."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).parents[2]


def cut(
    now: str,
    argv: Sequence[str],
    jobs: Sequence[tuple[Path, int]],
    *,
    what: str = "",
    more: Mapping[str, str] | None = None,
) -> list[tuple[int, int]]:
    """Exit code and number of steps of each job, run and killed in processes of their own.

    `more`: what their environment has beside this one's.
    """
    asked, told = _start(what)
    work = {"argv": argv, "now": now, "jobs": [(str(p), k) for p, k in jobs]}
    asked.write(json.dumps({**work, "environment": {**os.environ, **(more or {})}}) + "\n")
    asked.flush()
    return [(code, steps) for code, steps in json.loads(told.readline())]


@cache
def _start(what: str) -> tuple[IO[Any], IO[Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.cutter", what],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    atexit.register(process.communicate)
    return process.stdin, process.stdout
