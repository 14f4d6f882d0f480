"""One scenario: where it is stopped, and what is lost, doubled or left to be repaired by hand after that."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

from tests.cli.town import PLAN, Town
from tests.hosting.server import Served
from tests.kills import ssh
from tests.kills.asking import Answer, ask
from tests.kills.hosted import BREAKS, Break, Breaking, copy_host, on_host
from tests.kills.record import (
    LEFT,
    differences,
    drafts,
    has_text,
    in_folder,
    kept_private,
    left_behind,
    on_record,
    refs_of,
    sent,
    shown,
)
from tests.kills.scenarios import Scenario
from tests.kills.tracing import Effect, Victim

ALIKE = ("/objects/", ".sqlite", "/site/", "/pages/")
"""Where many files come one after another that nothing names before all are there: one of `OF_ALIKE`."""
OF_ALIKE = 8
OF_TOLD = 4
"""Verbs are asked what they tell after one of so many stops, and wherever something differs."""


@dataclass(slots=True)
class Row:
    """A line of the table."""

    verb: str
    points: int = 0
    cuts: int = 0
    lost: int = 0
    doubled: int = 0
    by_hand: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bench:
    """A scenario in a town that is copied for each stop, and what it leaves where it is not stopped."""

    scenario: Scenario
    place: Path
    prepared: Town = field(init=False)
    person: str = field(init=False)
    words: list[str] = field(init=False)
    base: dict[str, str] = field(init=False)
    expected: list[str] = field(init=False)
    told: list[str] = field(init=False)
    effects: Sequence[Effect] = field(init=False)
    connections: Sequence[Sequence[int]] = field(init=False)
    """The bytes that went there and came back on each connection of the whole command."""
    questions: int = field(init=False)
    """How many the whole command asked the review host."""
    row: Row = field(init=False)
    tried: int = 0
    live: Served | None = None
    """Where a review host answers, for a programme that is shown on one."""
    line: Mapping[str, str] = field(default_factory=dict)
    """What commands have in their environment where they reach the remote by (a stand-in of) ssh."""

    def begin(self, first: Town, *, over_ssh: bool = False) -> Bench:
        """Make the town, and run the command once in a copy of it."""
        town = first.copy(self.place / "prepared")
        if self.live is not None:
            town.host, town.tokens = copy_host(first.host, town), first.tokens
        self.scenario.begin(town)
        self.person, self.words = self.scenario.typed(town)
        for person in {self.person, "rosa", "ana"}:
            town.home(person)
        town.desk(self.person)
        self.prepared = Town(place=town.place, now=town.now, is_fixed=True)
        self.prepared.host, self.prepared.tokens = town.host, town.tokens
        self.base = refs_of(town.remote, "refs")
        self.row = Row(self.scenario.verb)
        if over_ssh:
            self._lay_line(town)
        whole = self.copy("whole")
        answer = self.type(whole, stop=None if over_ssh else (0, "computer"))
        assert answer.code == 0, answer.said
        self.effects = answer.effects
        self.questions = whole.host.asked if self.live is not None else 0
        self.connections = [
            [int(size) for size in note.read_text().split()]
            for note in sorted((self.place / "whole.line").iterdir())
        ]
        self.expected, self.told = self.gather(whole), self.tell(whole)
        return self

    def _lay_line(self, town: Town) -> None:
        """Let everyone reach the remote by ssh: a program of that name, and addresses that need it."""
        program = self.place / "bin" / "ssh"
        program.parent.mkdir()
        program.write_text(f"#!{sys.executable} -SE\n{Path(ssh.__file__).read_text('utf-8')}", "utf-8")
        program.chmod(0o755)
        settings = self.place / "gitconfig"
        settings.write_text(f"[core]\n\tsshCommand = {program}\n", "utf-8")
        self.line = {"GIT_CONFIG_GLOBAL": str(settings)}
        address = f"ssh://there{town.remote}"
        for config in town.place.glob("people/*/.git/config"):
            config.write_text(config.read_text("utf-8").replace(str(town.remote), address), "utf-8")
        self.words = [address if word == str(town.remote) else word for word in self.words]

    def copy(self, name: str) -> Town:
        """The town once more."""
        town = self.prepared.copy(self.place / name)
        if self.live is not None:
            town.host = Breaking(copy_host(self.prepared.host, town), pid=town.place / "user" / "pid")
            self.live.put(town.host)
        (self.place / f"{name}.line").mkdir()
        if not self.scenario.is_at_place:
            town.home(self.person)
        return town

    def type(
        self,
        town: Town,
        *,
        stop: tuple[int, Victim] | None = None,
        cut: str = "- - 0",
        after: int = 0,
        words: Sequence[str] = (),
    ) -> Answer:
        """The command, in a copy; `words`: another one."""
        typed = [word.replace(str(self.prepared.place), str(town.place)) for word in words or self.words]
        at = town.place if self.scenario.is_at_place else town.home(self.person)
        return ask(town, at, typed, stop=stop, more={**self._line(town), "KILLS_CUT": cut}, after=after)

    def _line(self, town: Town) -> Mapping[str, str]:
        found = {**self.line, "KILLS_LINE": f"{town.place}.line"}
        if self.live is not None and self.person in self.prepared.tokens:
            found["MCRED_TOKEN"] = self.prepared.tokens[self.person]
            found["MCRED_HOST"] = self.live.url.partition("://")[2]
        return found

    def gather(self, town: Town) -> list[str]:
        """All that is compared, as it lies on the disk and on the review host."""
        home = town.place / "people" / self.person
        found = [
            *on_record(town, self.base),
            *in_folder(home),
            *in_folder(town.place / "desks" / self.person),
            *drafts(home),
            *sent(home, town.remote),
            *kept_private(home),
            *left_behind(home, town.remote, town.place / "user", town.place / "desks"),
        ]
        if self.scenario.verb == "erase":
            found.append(f"erased text is here: {has_text(home, PLAN)}")
        found += on_host(town.host.host) if self.live is not None else []
        return [line.replace(str(town.place), "place") for line in found]

    def tell(self, town: Town) -> list[str]:
        """What verbs tell of it."""
        home = town.place / "people" / self.person
        moved = refs_of(town.remote, "refs").get("refs/heads/main") != self.base.get("refs/heads/main")
        return shown(town, home, self._line(town), moved=moved)

    def stops(self) -> Iterator[tuple[int, Victim]]:
        """Before which effects who is ended."""
        before = ""
        for number, effect in enumerate(self.effects, start=1):
            is_alike = any(part in effect.path for part in ALIKE)
            if not is_alike or number % OF_ALIKE == 0:
                yield number, "computer"
            if effect.program != before and effect.program != "mcred":
                yield number, "program"
            is_there = "/remote.git/" in effect.path and effect.program != "mcred"
            if is_there and (not is_alike or number % OF_ALIKE == 0):
                yield number, "there"
            before = effect.program
        if not self.scenario.shows:
            yield len(self.effects) + 1, "computer"

    def kill(self, number: int, victim: Victim) -> None:
        """Stop the command before an effect, type it again, and compare."""
        town = self.copy(f"kill-{victim}-{number}")
        first = self.type(town, stop=(number, victim))
        effect = self.effects[number - 1] if number <= len(self.effects) else "the end"
        if victim == "there":
            self.row.cuts += 1
        else:
            self.row.points += 1
        self._finish(town, first, f"{victim} before effect {number} of {len(self.effects)}: {effect}")

    def cuts(self) -> Iterator[tuple[int, str, int]]:
        """Which connection is cut, which way, after how many bytes."""
        for number, sizes in enumerate(self.connections):
            for way, size in zip(("there", "back"), sizes, strict=True):
                for many in sorted({0, size // 2, max(0, size - 1)}):
                    yield number, way, many

    def cut(self, number: int, way: str, many: int) -> None:
        """Break a connection of the command, type it again, and compare."""
        town = self.copy(f"cut-{number}-{way}-{many}")
        first = self.type(town, cut=f"{number} {way} {many}")
        self.row.cuts += 1
        self._finish(town, first, f"connection {number} cut, {way}, after {many} bytes")

    def breaks(self) -> Iterator[tuple[int, Break]]:
        """At which question to the review host what happens."""
        for number in range(1, self.questions + 1):
            for how in BREAKS:
                yield number, how

    def break_off(self, number: int, how: Break) -> None:
        """End the command, or its line to the review host, at a question; type it again, and compare."""
        town = self.copy(f"{how}-{number}".replace(" ", "-"))
        town.host.at, town.host.how = number, how
        first = self.type(town)
        town.host.at = 0
        if how.startswith("killed"):
            assert first.code == -9, first.said
            self.row.points += 1
        else:
            self.row.cuts += 1
        self._finish(town, first, f"question {number} of {self.questions}, {how}")

    def _finish(self, town: Town, first: Answer, what: str) -> None:
        let_time_pass(town.place)
        is_over = bool(self.scenario.shows) and not first.code  # it was not stopped by this
        again = self.type(town, after=1, words=["sync"] if is_over else self.words)
        missing, extra = differences(self.expected, self.gather(town))
        self.tried += 1
        if not re.search(self.scenario.shows, first.said + again.said):
            missing.append(f"shown: {self.scenario.shows}")
        if missing or extra or self.tried % OF_TOLD == 0:
            more = differences(self.told, self.tell(town))
            missing, extra = missing + more[0], extra + more[1]
        left = [line for line in extra if line.startswith("left behind")]
        extra = [line for line in extra if line not in left]
        self.row.by_hand += bool(again.code or left)
        self.row.lost += bool(missing)
        self.row.doubled += bool(extra and not missing)
        if again.code or missing or extra or left:
            said = f"\n  first {first.code}: {first.said[-500:]}" if first.code != -9 else ""
            told = f"\n  again {again.code}: {again.said[-800:]}" if again.code else ""
            rows = [*(f"  - {m}" for m in missing[:12]), *(f"  + {m}" for m in (left + extra)[:12])]
            self.row.faults.append("\n".join([f"{what} {said}{told}", *rows]))
        rmtree(town.place)


def let_time_pass(place: Path) -> None:
    """Make what was left behind a quarter of an hour old, as it is when someone comes back to it."""
    for left in [path for path in place.rglob("*") if LEFT.search(path.name)]:
        for path in (left, *left.rglob("*")):
            with suppress(FileNotFoundError):  # a git that was stopped may still take its own file away
                os.utime(path, (path.stat().st_mtime - 900,) * 2)
