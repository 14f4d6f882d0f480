"""A process that was started for a part of some work ends with the one that started it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

STARTS_ONE = """
import os, time
from mcred.app.processes import start_keepers
with start_keepers(1) as (keeper,):
    print(keeper.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no list of processes to read")
def test_a_helper_ends_when_the_first_process_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS_ONE], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        helper = Path("/proc") / first.stdout.readline().strip() / "stat"
        assert helper.exists()
        first.kill()
    until = time.monotonic() + 30
    while _runs(helper) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(helper)


def _runs(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
