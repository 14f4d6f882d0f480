"""What a terminal really shows: the views of `mcred diff` and `mcred impact`, 80 and 40 columns wide.

    python -m bench.captures docs/views

A small town is founded with the real verbs; every view is then typed at a real pseudo-terminal. What stands
in docs/views is the text of it, colours left out; a test compares it with what is shown today.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pexpect
from msgspec.structs import replace
from pypdf import PdfWriter

from mcred.domain.credential import Stack, Words
from mcred.domain.ids import CredentialId, StackId, Version
from mcred.formats.encode import encode
from tests.cli.town import DEFINITIONS, SLIP, WAIT, Town, found_town

PROJECT = Path(__file__).parents[1]
WIDTHS = (80, 40)
_SENT = re.compile(r"\x1b\[\??(?P<count>[0-9]*)[0-9;]*(?P<code>[A-Za-z])|[\r\n]|[^\x1b\r\n]+")

FIRST = """# Overview questions

## Your setting

I teach period two at Lincoln, ten year olds, twenty-six of them. Most
answer fast; four of them never answer.

My goal is a quiet one: every hand gets time.
"""
SECOND = """# Overview questions

## Your setting

My goal is a quiet one: every hand gets time.

I teach period two at Lincoln, ten year olds, twenty-six of them. Most answer
fast; seven of them never answered before November.
"""
PLAN = """# Lesson plan

Ask whether a half is more than a third. Wait three seconds, then call on
the first hand. Write the answer on the board.
"""
BETTER = """# Lesson plan

Ask why a half is more than a third. Wait three seconds, count them, then let
every pair talk before you call on anybody. Write the answer on the board.
"""
VIEWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "diff-draft": ("ana", ("diff",)),
    "diff-attempts": ("rosa", ("diff", f"ben/{WAIT}", "--from", "1", "--to", "2")),
    "diff-people": ("rosa", ("diff", f"ana/{WAIT}", f"ben/{WAIT}")),
    "diff-newer": ("ana", ("diff", WAIT, "--newer")),
    "diff-stack": ("ana", ("diff", WAIT, "--stack", "talk")),
    "impact": ("rosa", ("impact", f"credentials/{WAIT}")),
}
"""Name of the capture → who types what."""


def set_scene(place: Path) -> Town:
    """Ana answers her feedback, Ben did so before her and earned it, Rosa edits the definition."""
    town = found_town(place)
    for person in ("ana", "ben"):
        town.run(person, "setup", "--share-work")
        town.run("rosa", "person", "add", person)
        _begin(town, person)
        _revise(town, person)
    _finish(town)
    return town


def _begin(town: Town, person: str) -> None:
    town.run(person, "sync")
    town.hand_in(person)
    (town.folder(person) / "1-overview.md").write_text(FIRST, "utf-8")
    (town.folder(person) / "evidence" / "plan.md").write_text(PLAN, "utf-8")
    town.run(person, "submit", "--attest", "all")
    town.assess(person, levels={"questions": "developing", "context": "not-yet"})
    town.decide(person, WAIT, "revise", "--feedback", "Open the questions, and say what changed.")
    town.run(person, "sync")


def _revise(town: Town, person: str) -> None:
    """The plan is better, a scan is added; Ana's answer is another one as well, Ben's is not."""
    (town.folder(person) / "evidence" / "plan.md").write_text(BETTER, "utf-8")
    if person == "ana":
        (town.folder(person) / "1-overview.md").write_text(SECOND, "utf-8")
    writer = PdfWriter()
    for _ in range(4):
        writer.add_blank_page(595, 842)
    scan = town.desk(person) / "board.pdf"
    writer.write(scan)
    town.run(person, "add", str(scan), "--for", "lesson-plan", "--title", "The board", "--in", WAIT)


def _finish(town: Town) -> None:
    town.run("ben", "submit", "--note", "Pairs talk now.", "--attest", "all")
    town.assess("ben", levels={"context": "not-yet"})
    town.decide("ben", WAIT, "award", "--reason", "The setting is clear to me from the plan.")
    town.run("rosa", "sync")
    home = town.home("rosa")
    stack = Stack(
        format=2,
        id=StackId("talk"),
        version=Version("1.0.0"),
        title="Classroom Talk",
        credentials=(CredentialId(WAIT), CredentialId(SLIP)),
    )
    (home / "credentials" / "stacks").mkdir(exist_ok=True)
    (home / "credentials" / "stacks" / "talk.yaml").write_bytes(encode(stack))
    old = DEFINITIONS[WAIT]
    overview, artifacts = old.parts
    item = replace(overview.items[0], words=Words(min=30, max=60))
    waiting = replace(artifacts.criteria[1], required=None)
    parts = (
        replace(overview, items=(item,)),
        replace(artifacts, criteria=(artifacts.criteria[0], waiting)),
    )
    path = home / "credentials" / WAIT / "credential.yaml"
    path.write_bytes(encode(replace(old, version=Version("1.3.0"), parts=parts)))
    town.run("rosa", "save", "--programme")
    path.write_bytes(encode(replace(old, version=Version("1.4.0"), parts=(parts[0], artifacts))))
    for person in ("ana", "mei"):
        town.run(person, "sync")


def capture(town: Town, name: str, width: int) -> str:
    """What one view looks like on a terminal of a width; spaces at the ends of lines left out."""
    person, words = VIEWS[name]
    # Who runs this may have said how wide their own terminal is.
    own = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment = {**own, "PYTHONPATH": str(PROJECT), "TERM": "xterm", "PYTHONWARNINGS": "error"}
    child: Any = pexpect.spawn(
        sys.executable,
        ["-m", "mcred", "--no-input", *words],
        cwd=str(town.home(person)),
        env=environment,
        encoding="utf-8",
        timeout=60,
        dimensions=(50, width),
    )
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus:
        raise RuntimeError(child.before)
    return "\n".join(screen_of(child.before)).strip("\n") + "\n"


def screen_of(sent: str) -> list[str]:
    """The lines that stay on a terminal: what is taken back, such as progress, is gone."""
    rows, row, column = [""], 0, 0
    for found in _SENT.finditer(sent):
        piece, count = found[0], int(found["count"] or 1) if found["code"] else 0
        if piece == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif piece == "\r":
            column = 0
        elif found["code"] == "A":
            row = max(0, row - count)
        elif found["code"] == "K":
            rows[row] = ""
        elif not found["code"]:
            before = rows[row].ljust(column)
            rows[row] = before[:column] + piece + before[column + len(piece) :]
            column += len(piece)
    return [text.rstrip() for text in rows]


def main() -> None:
    """Write every view at every width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path)
    place = parser.parse_args().place
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        town = set_scene(Path(folder) / "town")
        for name in VIEWS:
            for width in WIDTHS:
                (place / f"{name}-{width}.txt").write_text(capture(town, name, width), "utf-8")


if __name__ == "__main__":
    main()
