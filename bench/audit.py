"""How long an audit takes: programmes of several sizes, each audited in a process of its own.

    python -m bench.audit DIR                        500/5,000, 1,000/10,000 and 2,000/20,000
    python -m bench.audit DIR --sizes 100/1000 --signed

Programmes that DIR holds already are used again. What git itself needs to read the same history stands beside
it, measured in the same run, since a machine that does other work too slows down both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.programme import Size, make_programme
from mcred.app.audit.run import run_audit
from mcred.app.fetch import latest_main
from mcred.domain.ids import CommitId
from mcred.store.git import open_repo, run
from mcred.store.session import git_session

CACHE = "audit-cache"
NEAR_THE_END = 50
"""So many steps before the end lies the checkpoint of `--since`."""


def measure(place: Path, trusted: CommitId | None) -> dict[str, object]:
    """One audit in this process."""
    repo = open_repo(place)
    wall, begun = time.perf_counter(), os.times()
    with git_session():
        result = run_audit(repo, latest_main(repo), trusted=trusted, cache=place / CACHE)
    ended = os.times()
    own = ended.user + ended.system - begun.user - begun.system
    others = ended.children_user + ended.children_system - begun.children_user - begun.children_system
    return {
        "wall": time.perf_counter() - wall,
        "cpu": own + others,
        "signing": result.signing_seconds,
        "checked": result.checked,
        "proofs": result.proofs_checked,
        "proving": result.proof_seconds,
        "findings": len(result.audited.findings),
        "awards": len(result.audited.proofs),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def in_own_process(place: Path, trusted: str = "") -> dict[str, float]:
    words = [
        sys.executable,
        "-m",
        "bench.audit",
        str(place),
        "--measure",
        *(["--since", trusted] if trusted else []),
    ]
    done = subprocess.run(words, capture_output=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def seconds(act: Callable[[], object]) -> tuple[float, float]:
    """Time on the clock, and of the processors, that git needs for something."""
    wall, begun = time.perf_counter(), os.times()
    act()
    ended = os.times()
    cpu = ended.children_user + ended.children_system - begun.children_user - begun.children_system
    return time.perf_counter() - wall, cpu


def report(place: Path, size: Size) -> None:
    """Everything about one size."""
    made = time.perf_counter()
    if not (place / ".git" / "packed-refs").is_file():
        make_programme(place, size)
        print(f"made in {time.perf_counter() - made:.0f} s")
    repo = open_repo(place)
    commits = int(run(repo, "rev-list", "--all", "--count"))
    objects = len(run(repo, "rev-list", "--objects", "--all").splitlines())
    print(f"## {size.awards} awards, {commits} commits, {objects} objects{', signed' if size.signed else ''}")
    shutil.rmtree(place / CACHE, ignore_errors=True)
    line = run(repo, "rev-list", "--first-parent", "main").decode().split()
    gits = {
        "git log --format=%H": lambda: run(repo, "log", "--format=%H", "--all"),
        "git rev-list --objects": lambda: run(repo, "rev-list", "--objects", "--all"),
        "git fsck": lambda: run(repo, "fsck", "--no-dangling"),
    }
    yard = {name: seconds(act) for name, act in gits.items()}
    runs = {
        "audit": in_own_process(place),
        "audit again": in_own_process(place),
        f"audit --since {NEAR_THE_END} steps back": in_own_process(place, line[NEAR_THE_END]),
    }
    for name, found in runs.items():
        cells = (
            name,
            f"{found['wall']:.1f} s",
            f"{found['cpu']:.1f} s",
            f"{found['cpu'] / commits * 1000:.2f} ms",
            f"{found['signing'] / found['wall']:.0%} of {found['checked']}",
            f"{found['proving']:.1f} s for {found['proofs']}",
            f"{found['memory']:.0f} MiB",
            f"{found['cpu'] / yard['git fsck'][1]:.1f}",
            f"{found['findings']}",
        )
        print(f"| {' | '.join(cells)} |")
    for name, (wall, cpu) in yard.items():
        print(f"| `{name}` | {wall:.1f} s | {cpu:.1f} s | {cpu / commits * 1000:.2f} ms | | | | | |")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="How long an audit takes.")
    parser.add_argument("place", type=Path)
    parser.add_argument("--sizes", nargs="+", default=["500/5000", "1000/10000", "2000/20000"])
    parser.add_argument("--signed", action="store_true")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--since", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.place, CommitId(given.since) if given.since else None)))
        return
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load}")
    print("| run | time | processors | per commit | signatures | proofs | peak memory | to fsck | findings |")
    print("|---|---|---|---|---|---|---|---|---|")
    for text in given.sizes:
        awards, commits = (int(n) for n in text.split("/"))
        name = f"{awards}-{commits}{'-signed' if given.signed else ''}"
        report(given.place / name, Size(awards=awards, commits=commits, signed=given.signed))


if __name__ == "__main__":
    main()
