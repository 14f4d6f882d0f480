"""What everyday work costs in a school, a district and a state: each command as a person types it.

    python -m bench.everyday DIR                          10, 1,000 and 10,000 awards, three rounds
    python -m bench.everyday DIR --awards 10 1000 --rounds 1

In each round, size after size: a bare repository is copied as the remote, a teacher joins it, and an assessor
has a folder of it too; then both do what stands in `DAY`, one command after another, each in a process of its
own. A cell of the table is the median of the rounds. Programmes that DIR holds already (`programme-AWARDS`)
are used again.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from bench.cost import Cost, cost_of
from bench.keys import settle
from bench.kits import files_of, read_kit, renew_kit
from bench.programme import Cast, Size, make_programme, read_cast
from mcred.domain.credential import Credential
from mcred.domain.layout import definition_path, folder_of_person
from mcred.formats.decode import decode
from mcred.shipped import shipped
from mcred.store.config import write_config
from mcred.store.git import open_repo, run
from mcred.store.options import LEAN

MCRED = str(Path(sys.executable).with_name("mcred"))
FROM_NOTHING, STEPS_LATER, STEPS = "index from nothing", "index 100 steps later", 100
Bar = tuple[float, int | None, float | None]
"""Seconds of the processors, MiB, and how much more than with the fewest awards."""
BARS: Mapping[str, Bar] = {
    "join": (12, None, None),
    FROM_NOTHING: (30, None, None),
    STEPS_LATER: (0.4, None, None),
}
EVERYDAY: Bar = (0.5, 90, 1.3)
"""The bars of all others."""
JOIN_FILES = 400
"""The bar of files outside of `.git` after joining."""
INDEX = """
import sys
from pathlib import Path
from mcred.app.index.database import open_database
from mcred.store.git import open_repo
open_database(Path(sys.argv[1]), open_repo(Path(sys.argv[2])), sys.argv[3], None)
"""


def tab(*words: str) -> tuple[str, ...]:
    """What bash runs when TAB is pressed after these words."""
    typed = "\n".join(("mcred", *words))
    asked = ("_MCRED_COMPLETE=complete_bash", f"COMP_WORDS={typed}", f"COMP_CWORD={len(words)}")
    return ("env", *asked, MCRED)


START: Mapping[str, tuple[str, ...]] = {
    "`python -c pass`": (sys.executable, "-c", "pass"),
    "`git --version`": ("git", "--version"),
    "`mcred --version`": (MCRED, "--version"),
    "`mcred --help`": (MCRED, "--help"),
    "`mcred status --help`": (MCRED, "status", "--help"),
    "TAB after `mcred st`": tab("st"),
    "TAB after `mcred submit --`": tab("submit", "--"),
}


class Round(Struct, frozen=True, kw_only=True):
    """The folders of one round."""

    place: Path
    cast: Cast
    files: Mapping[str, bytes]
    """What the teacher is going to hand in."""
    evidence: str
    """The first piece of evidence among it, by its path; what it is for, and its type."""
    item: str
    kind: str

    @property
    def remote(self) -> Path:
        return self.place / "remote.git"

    def home(self, person: str) -> Path:
        return self.place / "people" / person

    @property
    def folder(self) -> Path:
        """Where the teacher works on something new."""
        return self.home(self.cast.teacher) / folder_of_person(self.cast.teacher) / self.cast.free

    @property
    def piece(self) -> Path:
        """Where the teacher has that piece before they add it."""
        return self.place / Path(self.evidence).name

    def write(self) -> None:
        """The teacher writes everything that they hand in."""
        for name, data in self.files.items():
            file = self.folder / name
            file.parent.mkdir(exist_ok=True)
            file.unlink(missing_ok=True)
            file.write_bytes(data)


class Verb(Struct, frozen=True, kw_only=True):
    """A command of the day."""

    name: str
    words: Callable[[Round], Sequence[str]]
    who: Callable[[Cast], str] = lambda cast: cast.teacher
    before: Callable[[Round], None] = lambda _: None
    """What happens before it and is not measured."""


DAY = (
    Verb(name="sync, nothing new", words=lambda _: ("sync",)),
    Verb(name="browse", words=lambda _: ("browse",)),
    Verb(name="show", words=lambda r: ("show", r.cast.free)),
    Verb(name="feedback", words=lambda r: ("feedback", r.cast.earned)),
    Verb(name="start", words=lambda r: ("start", r.cast.free)),
    Verb(
        name="add",
        words=lambda r: ("add", str(r.piece), "--for", r.item, "--type", r.kind, "--in", r.cast.free),
    ),
    Verb(name="check", words=lambda r: ("check", r.cast.free), before=Round.write),
    Verb(name="save", words=lambda _: ("save",)),
    Verb(name="status", words=lambda _: ("status",)),
    Verb(name="submit", words=lambda r: ("submit", r.cast.free, "--attest", "all", "--yes")),
    Verb(name="queue", words=lambda _: ("queue",), who=lambda cast: cast.assessor),
)
"""In this order: later commands find what earlier ones left, so that each has real work to do."""

Costs = dict[str, list[Cost]]
"""The rounds of each command by its name."""
Table = dict[int, Costs]
"""The same by the number of awards."""


def make(place: Path, awards: int) -> Path:
    """The programme with so many awards; made where it is not there."""
    programme = place / f"programme-{awards}"
    if not (programme / ".git" / "packed-refs").is_file():
        say(f"{awards} awards: the programme is made")
        today = datetime.now(UTC).date()
        size = Size(awards=awards, commits=awards * 10, people=max(60, awards // 4), end=today)
        make_programme(programme, size)
    return programme


def live(place: Path, programme: Path, costs: Costs, told: str) -> int:
    """One round: all of a day in a new copy of a programme; how many files a new folder has."""
    shutil.rmtree(place, ignore_errors=True)
    (place / "people").mkdir(parents=True)
    now = _begin(place, programme)
    now.piece.write_bytes(now.files[now.evidence])

    def measure(name: str, words: Sequence[str], at: Path) -> None:
        found = cost_of(words, at)
        costs.setdefault(name, []).append(found)
        say(f"{told}: {name}: {found.cpu:.2f} s, {found.memory:.0f} MiB")

    mine, theirs = now.home(now.cast.teacher), now.home(now.cast.assessor)
    measure("join", (MCRED, "join", str(now.remote), str(mine)), place)
    files = sum(len(names) for top, _, names in os.walk(mine) if ".git" not in Path(top).parts)
    shutil.copytree(mine, theirs, copy_function=_link, symlinks=True)
    for person in (now.cast.teacher, now.cast.assessor):
        settle(open_repo(now.home(person)), person)
        cost_of((MCRED, "sync"), now.home(person))
    for verb in DAY:
        verb.before(now)
        measure(verb.name, (MCRED, *verb.words(now)), now.home(verb.who(now.cast)))
    measure("show, TAB at an id", tab("show", now.cast.free[:2]), mine)
    repo = open_repo(mine)
    line = run(repo, "rev-list", "--first-parent", f"--max-count={STEPS + 1}", "main").decode().split()
    for name, commits in ((FROM_NOTHING, line[:1]), (STEPS_LATER, (line[-1], line[0]))):
        caches = str(place / name)
        *before, last = ((sys.executable, "-c", INDEX, caches, str(mine), commit) for commit in commits)
        for words in before:
            cost_of(words, place)
        costs.setdefault(name, []).append(cost_of(last, place))
    shutil.rmtree(place)
    return files


def _begin(place: Path, programme: Path) -> Round:
    """The remote, and what the teacher will hand in: the golden example of what they did not begin."""
    repo = open_repo(programme)
    # Not by linking its pack, where objects stand as they were made: git has in a row what it reads together.
    words = ("git", "clone", "--quiet", "--bare", "--no-local", str(programme), str(place / "remote.git"))
    subprocess.run(words, check=True)
    for key, value in LEAN.items():  # as `mcred init` leaves a shared folder
        write_config(open_repo(place / "remote.git"), key, value)
    cast = read_cast(repo)
    shelf = sorted(p.parent for p in shipped("credentials").glob("*/credential.yaml"))
    number = int(cast.free.rpartition("-")[2]) - 1
    kit, _ = read_kit(shelf[number % len(shelf)], cast.free, random.Random(1))  # noqa: S311
    data = run(repo, "cat-file", "blob", f"main:{definition_path(cast.free)}")
    definition, problems = decode(data, Credential, definition_path(cast.free))
    if definition is None:
        raise ValueError(problems)
    piece = next(piece for piece in kit.listing.evidence if piece.file)
    return Round(
        place=place,
        cast=cast,
        files=files_of(renew_kit(kit, definition.version)[0], cast.teacher, 1),
        evidence=piece.file,
        item=piece.item,
        kind=piece.type,
    )


def _link(source: str, target: str) -> None:
    """A copy that takes no place, of what is only ever replaced; any other file is copied."""
    if "/.git/" in source and "/objects/" not in source:
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def show(table: Table, files: Mapping[int, int]) -> Iterator[str]:
    """The lines of the table: medians by command, the ratio to the fewest awards, and the bars."""
    sizes = sorted(table)
    heads = " | ".join(f"{size:,} awards" for size in sizes)
    yield f"| command | {heads} | to {sizes[0]:,} | bar | reached |"
    yield f"|---{'|---' * len(sizes)}|---|---|---|"
    for name in table[sizes[0]]:
        found = [median(table[size][name]) for size in sizes]
        ratio = found[-1].cpu / found[0].cpu
        seconds, memory, most = BARS.get(name, EVERYDAY)
        missed = [
            *(["time"] if max(one.cpu for one in found) > seconds else []),
            *(["memory"] if memory is not None and max(one.memory for one in found) > memory else []),
            *(["ratio"] if most is not None and ratio > most else []),
        ]
        bars = [f"≤ {seconds} s", *([f"≤ {memory} MiB"] if memory else []), *([f"≤ {most}"] if most else [])]
        cells = " | ".join(f"{one.cpu:.2f} s, {one.memory:.0f} MiB" for one in found)
        yield f"| {name} | {cells} | {ratio:.1f} | {', '.join(bars)} | {_reached(missed)} |"
    counts = " | ".join(f"{files[size]:,}" for size in sizes)
    missed = ["files"] if max(files.values()) > JOIN_FILES else []
    ratio = files[sizes[-1]] / files[sizes[0]]
    yield f"| files after join | {counts} | {ratio:.1f} | ≤ {JOIN_FILES} | {_reached(missed)} |"


def _reached(missed: Sequence[str]) -> str:
    return f"no: {', '.join(missed)}" if missed else "yes"


def median(rounds: Sequence[Cost]) -> Cost:
    """The median of each of the costs."""
    return Cost(
        wall=statistics.median(one.wall for one in rounds),
        cpu=statistics.median(one.cpu for one in rounds),
        memory=statistics.median(one.memory for one in rounds),
    )


def say(text: str) -> None:
    """A line for whoever waits."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """What it is measured on, and how busy that is."""
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load}"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="What everyday work costs.")
    parser.add_argument("place", type=Path)
    parser.add_argument("--awards", type=int, nargs="+", default=[10, 1000, 10_000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    place = given.place.resolve()
    programmes = {awards: make(place, awards) for awards in given.awards}
    print(f"{machine()}\n")
    table: Table = {awards: {} for awards in programmes}
    starts: Costs = {}
    files = {}
    for number in range(1, given.rounds + 1):
        for name, words in START.items():
            starts.setdefault(name, []).append(cost_of(words, place))
        for awards, programme in programmes.items():
            told = f"{awards} awards, round {number} of {given.rounds}"
            files[awards] = live(place / "now", programme, table[awards], told)
    print("\n".join(show(table, files)))
    print("\n| start | processors | memory |\n|---|---|---|")
    for name, rounds in starts.items():
        print(f"| {name} | {median(rounds).cpu:.3f} s | {median(rounds).memory:.0f} MiB |")
    print(f"\nAfterwards: {machine()}")


if __name__ == "__main__":
    main()
