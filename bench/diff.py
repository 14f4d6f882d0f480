"""How long a comparison takes: one portfolio of 200 evidence files that grew over three years.

    python -m bench.diff DIR

The portfolio is made with the real verbs, two attempts sent back on the way; one that DIR holds already is
used again. Every command runs in a process of its own, and what git itself needs for the same history
stands beside it. Only the processors' time counts: the clock depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from mcred.domain.credential import Credential, Item
from mcred.domain.ids import Slug, Version
from mcred.formats.encode import encode
from tests.cli.town import DEFINITIONS, OVERVIEW, TALK, WAIT, Town, found_town, git

FILES = 200
YEARS = 3
TIMES = 5
"""So often each command runs; the quickest run counts."""
_WORDS = "we asked the class to wait three seconds before any hand goes up and wrote down what changed"


def wide_definition() -> Credential:
    """Wait Time with room for every lesson plan of three years."""
    old = DEFINITIONS[WAIT]
    overview, artifacts = old.parts
    kinds = (Slug("lesson-plan"), Slug("student-work"))
    wide = Item(id=Slug("lesson-plan"), title="Lesson plans", accepts=kinds, max=FILES)
    parts = (overview, replace(artifacts, items=(wide, *artifacts.items[1:])))
    return replace(old, version=Version("2.0.0"), parts=parts)


def make(place: Path) -> Town:
    """Three years of one teacher."""
    town = found_town(place)
    (town.home("rosa") / "credentials" / WAIT / "credential.yaml").write_bytes(encode(wide_definition()))
    town.run("rosa", "save", "--programme")
    town.run("ana", "sync")
    folder = town.start("ana")
    (folder / "1-overview.md").write_text(OVERVIEW, "utf-8")
    desk = town.desk("ana")
    (desk / "talk.md").write_text(TALK, "utf-8")
    town.run(
        "ana", "add", str(desk / "talk.md"), "--for", "class-video", "--type", "observation", "--in", WAIT
    )
    step = timedelta(days=YEARS * 365 / FILES)
    for number in range(FILES):
        _grow(folder, number)
        town.run("ana", "save", wait=step)
        if number in (FILES // 3, 2 * FILES // 3):
            _come_back(town, number)
    git(town.home("ana"), "gc", "--quiet")
    (place / "now").write_text(town.now.isoformat(), "utf-8")
    return town


def _grow(folder: Path, number: int) -> None:
    """One more file in the portfolio, and an earlier one written on."""
    name = f"evidence/plan-{number:03}.{'csv' if number % 7 == 0 else 'md'}"
    text = "\n\n".join(f"{number}.{n} {_WORDS} {n * number}." for n in range(30))
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    listing = folder / "submission.yaml"
    head, mark, tail = listing.read_text("utf-8").partition("evidence:\n")
    entry = f"  - item: lesson-plan\n    type: lesson-plan\n    title: Plan {number}\n    file: {name}\n"
    listing.write_text(head + mark + entry + tail, "utf-8")
    for earlier in (number // 2, number // 3):
        for path in (folder / "evidence").glob(f"plan-{earlier:03}.*"):
            path.write_text(path.read_text("utf-8").replace("three seconds", f"{number} seconds", 2), "utf-8")


def _come_back(town: Town, number: int) -> None:
    note = ("--note", f"So far {number}.") if number > FILES // 2 else ()
    town.run("ana", "submit", WAIT, "--attest", "all", *note)
    town.assess("ana", levels={"questions": "developing"})
    town.decide("ana", WAIT, "revise", "--feedback", "Open the questions.")
    town.run("ana", "sync")


def seconds(words: list[str], at: Path, project: Path) -> float:
    """The processors' time of a command and its children, the quickest of a few runs."""
    env = {**os.environ, "PYTHONPATH": str(project), "GIT_PAGER": "cat"}
    # As installed: modules are compiled once and not for every command.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    found = []
    for _ in range(TIMES):
        begun = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, cwd=at, env=env, capture_output=True, check=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime)
    return min(found)


def main() -> None:
    """Make the portfolio if it is not there, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path)
    place = parser.parse_args().place.resolve()
    known = place / "now"
    town = (
        Town(place=place, now=datetime.fromisoformat(known.read_text("utf-8")))
        if known.exists()
        else make(place)
    )
    home, project = town.home("ana"), Path(__file__).parents[1]
    count = git(home, "rev-list", "--all", "--count").strip()
    early, late = (f"{town.now.date() - timedelta(days=d)}" for d in (900, 30))
    mcred = [sys.executable, "-m", "mcred", "--no-input"]
    log = ["git", "log", "--all"]
    rows = {
        "`git log`": log,
        "`git log -p -- FOLDER`": [*log, "-p", "--", f"portfolios/ana/{WAIT}"],
        "`mcred --version`": [*mcred, "--version"],
        "`mcred status`": [*mcred, "status"],
        "`mcred diff`": [*mcred, "diff"],
        "`mcred diff --json`": [*mcred, "diff", "--json"],
        "`mcred diff --html`": [*mcred, "diff", "--html", "changes.html"],
        f"`mcred diff --from {early} --to {late}`": [*mcred, "diff", "--from", early, "--to", late],
        "`mcred diff --from 1 --to 2`": [*mcred, "diff", "--from", "1", "--to", "2"],
    }
    files = len(list((town.folder("ana") / "evidence").iterdir()))
    print(f"{files} evidence files, {count} entries of the history, Python {platform.python_version()}\n")
    print("| command | processors | to `git log` |\n|---|---|---|")
    base = 0.0
    for name, words in rows.items():
        took = seconds(words, home, project)
        base = base or took
        print(f"| {name} | {took:.3f} s | {took / base:.0f} |", flush=True)


if __name__ == "__main__":
    main()
