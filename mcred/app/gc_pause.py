"""A context manager that disables Python's garbage collector during bulk reads."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_disabled() -> Iterator[None]:
    """Python does not look for garbage meanwhile: it would go through a million values and find little.

    For what reads or builds a whole programme. A site of a few hundred pages takes as long with it as without
    (0.32 s), and asking about 100,000 files 30 ms of 500 longer.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
