"""The test command itself: works where Ctrl-C is ignored, leaves nothing running, names what it skipped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SERVED = "tests/cli/test_pages.py::test_a_port_that_is_taken_is_said_and_a_free_one_serves"
LEAVES = """
from tests.cli.court import start_mcred
def test_that_fails(town):
    process = start_mcred(town, "rosa", "serve", "--port", "0", "--out", str(town.place / "pages"))
    process.stdout.readline()
    print("left running:", process.pid)
    assert False
"""
SKIPS = """
import pytest
@pytest.mark.parametrize("n", range(3))
def test_that_is_skipped(n):
    pytest.skip("a verifier is not installed: make verifiers")
"""


def run_pytest(*words: str, as_nohup_does: bool = False) -> subprocess.CompletedProcess[str]:
    """pytest in a process of its own, with the signals ignored that `nohup` and a background shell ignore."""

    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", *words],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        preexec_fn=ignore if as_nohup_does else None,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def beside_the_others(request: pytest.FixtureRequest) -> Path:
    """A place for a test file among the others, so that it finds their fixtures; gone afterwards."""
    place = PROJECT / "tests" / "cli" / f"test_made_by_{os.getpid()}.py"
    request.addfinalizer(lambda: place.unlink(missing_ok=True))
    return place


@pytest.mark.slow
def test_a_test_that_presses_ctrl_c_passes_where_it_is_ignored() -> None:
    ran = run_pytest(SERVED, as_nohup_does=True)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.slow
def test_what_a_failing_test_started_ends_with_it(beside_the_others: Path) -> None:
    beside_the_others.write_text(LEAVES, "utf-8")
    ran = run_pytest(str(beside_the_others), as_nohup_does=True)
    assert ran.returncode == 1 and "left running: " in ran.stdout, ran.stdout
    pid = int(ran.stdout.split("left running: ")[1].split()[0])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_was_skipped_is_said_at_the_end_with_the_command_that_brings_it(tmp_path: Path) -> None:
    (tmp_path / "test_here.py").write_text(SKIPS, "utf-8")
    ran = run_pytest("-p", "tests.conftest", "--rootdir", str(PROJECT), str(tmp_path / "test_here.py"))
    assert ran.returncode == 0, ran.stdout
    assert "skipped 3: a verifier is not installed: make verifiers" in ran.stdout.splitlines()
