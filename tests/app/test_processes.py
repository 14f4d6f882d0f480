"""A process that was started for a part of some work ends with the one that started it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

STARTS = """
import os, time
from mcred.app.processes import start_copies, start_keepers, start_pool
with {begin} as started:
    helper = started[0] if isinstance(started, tuple) else started
    print(helper.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no list of processes to read")
@pytest.mark.parametrize("begin", ["start_keepers(1)", "start_pool()", "start_copies(int)"])
def test_a_helper_ends_when_the_first_process_is_killed(begin: str) -> None:
    command = [sys.executable, "-c", STARTS.format(begin=begin)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
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
