"""What a terminal really shows of `mcred progress`, `report` and `growth`, 80 and 40 columns wide.

    python -m bench.coach_views docs/views

A small town is founded with the real verbs; each view is then printed by the real verb on a pseudo-terminal,
on a day that does not change. What stands in docs/views is its text, colours left out; a test compares them.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pexpect

from mcred.cli.app import run_line
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from tests.cli.court import hand_scores, set_rules
from tests.cli.town import SLIP, WAIT, Town, found_town

PROJECT = Path(__file__).parents[1]
WIDTHS = (80, 40)
DAY = datetime.fromisoformat("2026-04-20T09:00:00+00:00")
VIEWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "progress": ("rosa", ("progress",)),
    "progress-own": ("ben", ("progress",)),
    "report": ("rosa", ("report",)),
    "growth": ("dev", ("growth", WAIT)),
}
"""Name of the capture → who types what."""
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def set_scene(place: Path) -> Town:
    """Three have earned it, one needs a coach, one waits for peers, one has only begun; weeks go by."""
    town = found_town(place)
    set_rules(town, "  peers: 2 ", "  peers: 3 ")
    for earner, days in (("ana", 3), ("cleo", 6), ("mei", 4)):
        town.run(earner, "sync")
        town.submit(earner)
        town.now += timedelta(days=days)
        town.assess(earner)
        town.decide(earner)
    _try_thrice(town)
    for earner in ("ben", "tom"):
        town.run(earner, "sync")
        town.submit(earner)
    # Who is asked first is drawn again in each scene, so all but one have answered.
    for peer in ("ana", "cleo"):
        hand_scores(town, peer, {}, "ben")
    town.now += timedelta(days=5)
    for peer, level in (("ana", "basic"), ("cleo", "proficient"), ("mei", "proficient")):
        hand_scores(town, peer, {"questions": level}, "tom")
    town.decide("tom")
    town.run("ana", "sync")
    town.start("ana", SLIP)
    town.run("ana", "save")
    for person in ("rosa", "ben", "dev", "ana"):
        town.run(person, "sync")
    return town


def _try_thrice(town: Town) -> None:
    """Dev's plan asks closed questions again and again."""
    town.run("dev", "sync")
    town.hand_in("dev")
    for attempt in (1, 2, 3):
        plan = town.folder("dev") / "evidence" / "plan.md"
        plan.write_text(f"# Lesson plan {attempt}\n\nIs a half more than a third?\n", "utf-8")
        note = ("--note", "Another plan.") if attempt > 1 else ()
        town.run("dev", "submit", "--attest", "all", *note)
        town.now += timedelta(days=attempt + 1)
        town.assess("dev", levels={"questions": "developing"})
        town.decide("dev", WAIT, "revise", "--feedback", "Open the questions.")
        town.run("dev", "sync")
        town.now += timedelta(days=2)


def capture(town: Town, name: str, width: int) -> str:
    """One view on a terminal of a width, as it is to be read."""
    person, _ = VIEWS[name]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TERM": "xterm", "COLUMNS": "", "LINES": ""}
    child: Any = pexpect.spawn(
        sys.executable,
        ["-m", "bench.coach_views", str(town.home(person)), "--type", name],
        cwd=str(PROJECT),
        env={key: value for key, value in environment.items() if value},
        encoding="utf-8",
        timeout=120,
        dimensions=(60, width),
    )
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus:
        raise RuntimeError(f"mcred {name} ended with {child.exitstatus}: {child.before}")
    lines = _CODES.sub("", child.before).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def type_here(place: Path, name: str) -> int:
    """Run a view's command on this terminal, on the day of the scene."""
    # Talk (the bar of a fetch) moves the cursor about; it is no part of the view.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        edge = Terminal(at=place, show=Show(sys.stdout, nowhere), now=lambda: DAY, no_input=True)
        return int(run_line(VIEWS[name][1], edge))


def main() -> None:
    """Write every capture into a folder."""
    parser = argparse.ArgumentParser(description="Capture what a terminal shows.")
    parser.add_argument("place", type=Path)
    parser.add_argument("--type", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.type:
        sys.exit(type_here(given.place, given.type))
    given.place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scene:
        town = set_scene(Path(scene) / "town")
        for name in VIEWS:
            for width in WIDTHS:
                text = capture(town, name, width)
                (given.place / f"{name}-{width}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
