"""Other processes of this very program, for long work that can be divided (docs/decisions/0015)."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

MOST = 8


def start_pool() -> ProcessPoolExecutor:
    """As many processes as this computer has processors, up to `MOST`; they start when they get work."""
    return ProcessPoolExecutor(max_workers=min(MOST, os.cpu_count() or 1), mp_context=get_context("spawn"))
