"""A pool of processes of this program, for long work that can be split (docs/decisions/0015)."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from mcred.problems import McredError

MOST = 8


class Pool(ProcessPoolExecutor):
    """A process pool as a context manager: on an error or interrupt, what has not started is cancelled."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.shutdown(cancel_futures=kind is not None)
        if kind is BrokenProcessPool:
            raise McredError(
                "the system stopped a process of mcred, perhaps for want of memory",
                hint="close other programs, then type the same command again",
            )


def start_pool(ready: Callable[[], None] | None = None) -> Pool:
    """As many processes as this computer has processors, up to `MOST`.

    They start with their first work; with `ready` at once, calling that first.
    """
    count = min(MOST, os.cpu_count() or 1)
    pool = Pool(max_workers=count, mp_context=get_context("spawn"))
    if ready is not None:
        for _ in range(count):
            pool.submit(ready)
    return pool
