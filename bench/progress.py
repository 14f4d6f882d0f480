"""How long `mcred progress` takes over thousands of submissions, beside what git needs for the same history.

    python -m bench.progress DIR                       4,600 awards in 42,000 commits: about 5,000 submissions
    python -m bench.progress DIR --size 300/3000

Each command runs in a process of its own, as a person types it; the processors' time of all its processes
counts, start of Python included, and the best of some runs, since other work on the machine only adds to it.
A programme that DIR holds already is used again. `commit-graph` is what `git gc` leaves in any folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.programme import Size, make_programme
from mcred.store.git import open_repo, run, write_config

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
    """A table: without and with git's own list of the history."""
    repo = open_repo(place)
    write_config(repo, "mcred.person", "rosa")
    commits = int(run(repo, "rev-list", "--all", "--count"))
    earners = run(repo, "for-each-ref", "--format=%(refname)", "refs/heads/submission/").split()
    print(f"## {len(earners)} submissions, {commits} commits")
    print("| run | processors | to `git log` | with commit-graph | to `git log` |")
    print("|---|---|---|---|---|")
    graph = repo.common_dir / "objects" / "info" / "commit-graph"
    graph.unlink(missing_ok=True)
    plain = measure(place)
    run(repo, "commit-graph", "write", "--reachable")
    listed = measure(place)
    for name, seconds in plain.items():
        cells = [
            f"{s:.2f} s | {s / all_['git log']:.1f}" for s, all_ in ((seconds, plain), (listed[name], listed))
        ]
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
