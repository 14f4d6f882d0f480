"""A pool of processes of this program, for long work that can be split (docs/decisions/0015)."""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context, parent_process

from mcred.problems import Exit, McredError

MOST = 8


class Pool(ProcessPoolExecutor):
    """A process pool as a context manager: on an error or interrupt, what has not started is cancelled."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.shutdown(cancel_futures=kind is not None)
        if kind is BrokenProcessPool:
            raise McredError(
                "the system stopped a process of mcred, possibly because memory ran out",
                hint="close other programs, then type the same command again",
            )


def is_helper() -> bool:
    """Whether this process was started for a part of some work: it starts no others for a part of that."""
    return parent_process() is not None


@contextmanager
def start_workers(wanted: str) -> Iterator[Executor]:
    """Context manager: what runs jobs, so many processes of this computer (`4`) or a Dask cluster, by the
    address of its scheduler (`tcp://…`); as many processes as there are processors when it is ''.

    Raises McredError for anything else, and where the cluster cannot be reached.
    """
    if re.match(r"(tcp|tls)://", wanted):
        with _join_cluster(wanted) as executor:
            yield executor
        return
    if not re.fullmatch(r"[1-9][0-9]{0,2}|", wanted):
        what = f"'{wanted}' is neither a number of processes nor the address of a Dask scheduler"
        raise McredError(what, hint="--workers 4, or --workers tcp://HOST:8786", code=Exit.USAGE)
    with _start_quiet(int(wanted or count_processors())) as pool:
        yield pool


@contextmanager
def _join_cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        what = "a Dask cluster needs the library distributed, which is not installed here"
        raise McredError(what, hint="python -m pip install distributed", code=Exit.USAGE) from None
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise McredError(
            f"no Dask scheduler answers at {address}",
            hint="start one with: dask scheduler   (and dask worker, on each computer)",
            code=Exit.UNREACHABLE,
        ) from error
    with client:
        executor = client.get_executor(pure=False)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)


@contextmanager
def start_keepers(count: int) -> Iterator[tuple[Executor, ...]]:
    """Context manager: so many pools of one process each, which keeps what its jobs leave in it."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(_start_quiet(1)) for _ in range(count))


def _start_quiet(count: int) -> Pool:
    return Pool(count, get_context("spawn"), initializer=_end_with_the_first)


def _end_with_the_first() -> None:
    """Let this process end when the one that started it does, however that ends."""
    # Ctrl-C reaches all processes of a terminal: these end at once and print nothing.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_watch_first, daemon=True).start()


def _watch_first() -> None:
    if (first := parent_process()) is not None:
        first.join()
        os._exit(1)


def count_processors() -> int:
    """How many processors this process may use, at most `MOST`."""
    if hasattr(os, "sched_getaffinity"):
        return min(MOST, len(os.sched_getaffinity(0)))
    return min(MOST, os.cpu_count() or 1)


def start_pool() -> Pool:
    """As many processes as this computer has processors, up to `MOST`; they start with their first work."""
    return _start_quiet(count_processors())


def start_copies(ready: Callable[[], None]) -> Pool:
    """The same, started at once, with everything that `ready` loads.

    Where that is safe, on Linux while this process has one thread, they are copies of this process, which
    calls `ready` before: they have what it has read. Elsewhere each is a new one that calls `ready` itself.
    """
    count = count_processors()
    if sys.platform == "linux" and threading.active_count() == 1:
        ready()
        gc.freeze()  # a search for garbage in a copy would copy all of the memory
        pool = Pool(max_workers=count, mp_context=get_context("fork"), initializer=_begin_copy)
        pool.submit(int)  # all of them start with the first work, before the pool has a thread
        return pool
    pool = _start_quiet(count)
    for _ in range(count):
        pool.submit(ready)
    return pool


def _begin_copy() -> None:
    gc.enable()
    _end_with_the_first()
