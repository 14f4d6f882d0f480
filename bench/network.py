"""What a network of many small programmes costs: the first build, the next one, more processes, a cluster.

    python -m bench.network DIR                         100 programmes of 100 signed awards each, one round
    python -m bench.network DIR --programmes 20 --rounds 3

Programmes that DIR holds already are used again. Every build is a process of its own with an empty cache
folder and an empty folder for the pages, but for *one changed*, which follows a first build after one
programme went on by a step, and *nothing new*. All sites have to be the same bytes. The cluster is a
scheduler and two workers of Dask on this computer, whose processors' time is not that of the build's own
process.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from bench.cost import Cost, cost_of
from bench.programme import Size, make_programme
from mcred.domain.ids import CommitId
from mcred.domain.layout import MAIN
from mcred.store.git import open_repo, resolve, run

AWARDS, COMMITS, PEOPLE = 100, 1000, 80
AGAIN, SPEEDUP = 0.05, 1.7
"""The bars: how much of the first build one changed programme may cost, and how much two processes bring."""
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def make_one(place: Path, number: int) -> None:
    """A programme of its own history, unless it is there."""
    for seed in count(number, 1000):  # few histories leave no one whom the other measures look at
        if (place / ".git" / "packed-refs").is_file():
            return
        shutil.rmtree(place, ignore_errors=True)
        size = Size(awards=AWARDS, commits=COMMITS, people=PEOPLE, signed=True, public=True, seed=seed)
        try:
            make_programme(place, size)
        except StopIteration:
            continue


def make_network(place: Path, programmes: int) -> Path:
    """The programmes, made in two processes, and the file that lists them."""
    folders = [place / f"programme-{number}" for number in range(1, programmes + 1)]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(make_one, folders, range(1, programmes + 1)))
    file = place / "network.yaml"
    rows = "".join(f"  - {{id: {f.name}, address: {f.name}}}\n" for f in folders)
    names = ", ".join(f"{folder.name}/practice-01" for folder in folders[:10])
    same = f"equivalents:\n  - credentials: [{names}]\n    because: The same definition.\n"
    file.write_text(f"format: 2\nname: The state\nprogrammes:\n{rows}{same if programmes > 1 else ''}")
    return file


@contextmanager
def a_cluster(place: Path) -> Iterator[str]:
    """The address of a Dask scheduler with two workers on this computer."""
    program = place / "cluster.py"
    program.write_text(CLUSTER, "utf-8")
    own = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "DASK_LOGGING__DISTRIBUTED": "error"}
    with subprocess.Popen(
        [sys.executable, program],
        env=own,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=place,
    ) as running:
        if running.stdout is None or running.stdin is None:
            raise RuntimeError("the cluster has no pipes")
        try:
            yield running.stdout.readline().strip()
        finally:
            running.stdin.close()


def measure(place: Path, file: Path, rounds: int) -> tuple[Mapping[str, list[Cost]], int]:
    """The costs of each kind of build, by its name, and how many files the site has."""
    changing = open_repo(place / "programme-1")
    newest = resolve(changing, MAIN)
    if newest is None:
        raise RuntimeError("a programme without a main line")
    before = CommitId(run(changing, "rev-parse", f"{newest}^1").decode().strip())
    costs: dict[str, list[Cost]] = {}
    sites: list[Mapping[str, bytes]] = []

    def build(name: str, workers: str, *, fresh: bool = True) -> None:
        out, cache = place / "pages", place / "cache"
        for folder in (out, cache) if fresh else ():
            shutil.rmtree(folder, ignore_errors=True)
        os.environ["XDG_CACHE_HOME"] = str(cache)
        words = ("network", "build", str(file), "--to", str(out), "--workers", workers)
        costs.setdefault(name, []).append(cost_of([sys.executable, "-m", "mcred", *words], place))
        print(name, costs[name][-1], os.getloadavg(), file=sys.stderr, flush=True)
        sites.append({p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()})

    def move(tip: CommitId) -> None:
        run(changing, "update-ref", MAIN, tip)

    try:
        for _ in range(rounds):
            build("first, 1 process", "1")
            move(before)
            build("first, 2 processes", "2")
            move(newest)
            sites.pop()
            build("one changed, 2 processes", "2", fresh=False)
            build("nothing new, 2 processes", "2", fresh=False)
            _try_cluster(place, lambda address: build("first, Dask cluster of 2", address))
    finally:
        move(newest)
    if any(site != sites[0] for site in sites):
        raise RuntimeError("the sites are not the same bytes")
    return costs, len(sites[0])


def _try_cluster(place: Path, build: Callable[[str], None]) -> None:
    with a_cluster(place) as address:
        if address:
            build(address)
        else:
            print("no cluster: python -m pip install distributed")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure networks of programmes.")
    parser.add_argument("place", type=Path)
    parser.add_argument("--programmes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    place = given.place.resolve()
    place.mkdir(parents=True, exist_ok=True)
    file = make_network(place, given.programmes)
    begun = os.getloadavg()[0]
    costs, files = measure(place, file, given.rounds)
    print(f"Python {platform.python_version()}, load {begun:.1f} to {os.getloadavg()[0]:.1f}")
    print(f"\n### {given.programmes} programmes of {AWARDS} signed awards, {files} files, the same bytes\n")
    print("| build | time | processors | memory of the largest process |\n|---|---|---|---|")
    times = {}
    for name, found in costs.items():
        times[name] = statistics.median(c.wall for c in found)
        cpu, memory = (statistics.median(getattr(c, n) for c in found) for n in ("cpu", "memory"))
        print(f"| {name} | {times[name]:.1f} s | {cpu:.1f} s | {memory:.0f} MiB |")
    again = times["one changed, 2 processes"] / times["first, 2 processes"]
    speedup = times["first, 1 process"] / times["first, 2 processes"]
    print(f"\nOne changed to the first: {again:.3f} (bar: at most {AGAIN}).")
    print(f"Two processes to one: {speedup:.2f} times as fast (bar: at least {SPEEDUP}).")


if __name__ == "__main__":
    main()
