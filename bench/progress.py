"""How long `mcred progress` takes over thousands of submissions, beside what git needs for the same history.

    python -m bench.progress DIR                       4,600 awards in 42,000 commits: about 5,000 submissions
    python -m bench.progress DIR --size 300/3000

Each command runs in a process of its own, as a person types it; the processors' time of all its processes
counts, start of Python included, and the best of some runs, since other work on the machine only adds to it.
A programme that DIR holds already is used again. *Joined* is a folder as `mcred join` leaves it, with git's
list of the history, *asking* such a one that first asks the remote on the same disk for news.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.programme import Size, make_programme
from mcred.store.config import write_config
from mcred.store.git import open_repo, run
from mcred.store.remote import clone

RUNS = 5
GIT_LOG = ("log", "--all", "--format=%H %an %at %s")
VERBS: tuple[tuple[str, ...], ...] = (("progress",), ("progress", "--json"))


def processors(words: Sequence[str]) -> float:
    """Seconds that a command and all it starts keep the processors busy."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def best(words: Sequence[str], runs: int = RUNS) -> float:
    """The least of some runs."""
    return min(processors(words) for _ in range(runs))


def measure(place: Path, runs: int = RUNS) -> dict[str, float]:
    """Seconds of each command by its words, git's own first."""
    found = {"git log": best(("git", "-C", str(place), *GIT_LOG), runs)}
    for verb in VERBS:
        found[" ".join(verb)] = best((sys.executable, "-m", "mcred", "--at", str(place), *verb), runs)
    return found


def report(place: Path) -> None:
    """A table: with the history in one pack, and in a folder that someone joined with."""
    repo = open_repo(place)
    commits = int(run(repo, "rev-list", "--all", "--count"))
    names = run(repo, "ls-tree", "-r", "--name-only", "main").decode("utf-8").splitlines()
    print(f"## {sum(n.endswith('/submission.yaml') for n in names)} submissions, {commits} commits")
    print("| run | processors | to `git log` | joined | to `git log` | joined, asking | to `git log` |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=place.parent) as spare:
        joined = clone(str(place), Path(spare) / "mine")
        write_config(repo, "mcred.person", "rosa")
        write_config(joined, "mcred.person", "rosa")
        asking = measure(Path(spare) / "mine")
        run(joined, "config", "--unset", "remote.origin.url")
        columns = (measure(place), measure(Path(spare) / "mine"), asking)
    for name in columns[0]:
        cells = (f"{column[name]:.2f} s | {column[name] / column['git log']:.1f}" for column in columns)
        print(f"| `{name}` | {' | '.join(cells)} |")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="How long mcred progress takes.")
    parser.add_argument("place", type=Path)
    parser.add_argument("--size", default="4600/42000")
    given = parser.parse_args()
    awards, commits = (int(n) for n in given.size.split("/"))
    place = given.place / f"progress-{awards}-{commits}"
    if not (place / ".git" / "packed-refs").is_file():
        make_programme(place, Size(awards=awards, commits=commits))
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load}")
    report(place)


if __name__ == "__main__":
    main()
