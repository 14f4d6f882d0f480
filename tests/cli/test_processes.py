"""Processes that share long work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def alone(tmp_path: Path, program: str) -> list[str]:
    """What a process of its own prints."""
    place = tmp_path / "program.py"
    place.write_text(program, "utf-8")
    own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(
        [sys.executable, "-W", "error", place],
        env=own,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout.split()


def test_whoever_stops_does_not_wait_for_work_that_was_not_begun(tmp_path: Path) -> None:
    program = """
import time
from mcred.app.processes import start_pool
if __name__ == "__main__":
    try:
        with start_pool() as pool:
            for _ in range(600):
                pool.submit(time.sleep, 1)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        print("stopped")
"""
    assert alone(tmp_path, program) == ["stopped"]
