"""Other processes of this very program, for long work that can be divided (docs/decisions/0015)."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

MOST = 8


def start_pool(ready: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """As many processes as this computer has processors, up to `MOST`.

    They start when they get work; with `ready` at once, and do that first.
    """
    count = min(MOST, os.cpu_count() or 1)
    pool = ProcessPoolExecutor(max_workers=count, mp_context=get_context("spawn"))
    if ready is not None:
        for _ in range(count):
            pool.submit(ready)
    return pool
