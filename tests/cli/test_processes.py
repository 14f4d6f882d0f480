"""Work that another process does meanwhile: the answer is the same wherever it comes from."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mcred.app.processes import meanwhile

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="no process is split off here")


def alone(tmp_path: Path, program: str) -> list[str]:
    """What a process with one thread prints; the test itself may have more."""
    place = tmp_path / "program.py"
    head = "import os, signal, sys\nfrom mcred.app.processes import meanwhile\n"
    place.write_text(head + program, "utf-8")
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


@LINUX
def test_another_process_does_the_work(tmp_path: Path) -> None:
    here, there = alone(
        tmp_path, "with meanwhile(os.getpid) as ask:\n    there = ask()\nprint(os.getpid(), there)"
    )
    assert here != there


@pytest.mark.parametrize("dies", ["os._exit(1)", "os.kill(os.getpid(), signal.SIGKILL)", "raise ValueError"])
def test_where_it_dies_this_one_does_the_work(tmp_path: Path, dies: str) -> None:
    here, there = alone(
        tmp_path,
        f"""
first = os.getpid()
def work():
    if os.getpid() != first:
        {dies}
    return os.getpid()
with meanwhile(work) as ask:
    print(first, ask())
""",
    )
    assert here == there


def test_what_goes_wrong_is_raised_where_it_is_asked_for(tmp_path: Path) -> None:
    said = alone(
        tmp_path,
        """
with meanwhile(lambda: 1 // 0) as ask:
    try:
        ask()
    except ZeroDivisionError:
        print("raised")
""",
    )
    assert said == ["raised"]


def test_nobody_waits_for_an_answer_that_is_not_asked_for(tmp_path: Path) -> None:
    program = "import time\nwith meanwhile(lambda: time.sleep(600)) as ask:\n    pass\nprint('done')"
    assert alone(tmp_path, program) == ["done"]


@LINUX
def test_where_none_can_be_started_this_one_does_the_work(tmp_path: Path) -> None:
    here, there = alone(
        tmp_path,
        """
def none():
    raise BlockingIOError("too many processes")
os.fork = none
with meanwhile(os.getpid) as ask:
    print(os.getpid(), ask())
""",
    )
    assert here == there


def test_with_several_threads_nothing_is_split_off() -> None:
    stop = threading.Event()
    beside = threading.Thread(target=stop.wait)
    beside.start()
    try:
        with meanwhile(os.getpid) as ask:
            assert ask() == os.getpid()
    finally:
        stop.set()
        beside.join()
