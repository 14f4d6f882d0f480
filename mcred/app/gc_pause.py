"""A context manager that disables Python's garbage collector during bulk reads."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_disabled() -> Iterator[None]:
    """Disables garbage collection, which would scan a million values and free little.

    For reading or building a whole programme. A site of a few hundred pages takes as long with it as without
    (0.32 s), and a lookup over 100,000 files 30 ms of 500 longer.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
