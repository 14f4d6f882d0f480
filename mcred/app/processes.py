"""A pool of processes of this program, for long work that can be divided (docs/decisions/0015)."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar

from mcred.problems import McredError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MOST = 8
T = TypeVar("T")


class Pool(ProcessPoolExecutor):
    """Other processes, for use as a context: when something goes wrong in it, or somebody stops it, what they
    have not begun is left."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.shutdown(cancel_futures=kind is not None)
        if kind is BrokenProcessPool:
            raise McredError(
                "the system stopped a process of mcred, perhaps for want of memory",
                hint="close other programs, then type the same command again",
            )


def start_pool(ready: Callable[[], None] | None = None) -> Pool:
    """As many processes as this computer has processors, up to `MOST`.

    They start when they get work; with `ready` at once, and do that first.
    """
    count = min(MOST, os.cpu_count() or 1)
    pool = Pool(max_workers=count, mp_context=get_context("spawn"))
    if ready is not None:
        for _ in range(count):
            pool.submit(ready)
    return pool


@contextmanager
def meanwhile(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Let another process do something that takes a while; to be asked for the answer.

    Where none can be split off in a moment, or it comes to no answer, this one does the work when asked.
    """
    if sys.platform != "linux" or threading.active_count() > 1:  # a copy of half a process may hang
        yield work
        return
    context = get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(work, there), daemon=True)
    try:
        process.start()
    except OSError:  # too many processes, or no memory for one more
        yield work
        return
    there.close()

    def ask() -> T:
        try:
            answer: T = here.recv()
        except EOFError:
            return work()
        return answer

    try:
        yield ask
    finally:
        process.kill()
        process.join()


def _answer(work: Callable[[], object], there: Connection) -> None:
    with suppress(Exception, KeyboardInterrupt):
        there.send(work())
