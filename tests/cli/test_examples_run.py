"""The examples of the help run as typed in a programme with the starter micro-credentials."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import pytest

from mcred.cli import demo
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.cli.verbs import VERBS, load
from tests.cli.conftest import Make
from tests.cli.keyboard import ask
from tests.cli.test_elsewhere import a_badge
from tests.cli.town import PEOPLE, SITE, TALK, Town

T = TypeVar("T")
NUMBERS = "fractions-number-line"
ANA = f"ana/{NUMBERS}"
pytestmark = pytest.mark.slow

STAGES: Mapping[str, tuple[str, ...]] = {
    "started": ("open", "preview", "add", "check", "save", "restore", "start", "let-in", "remove"),
    "ready": ("submit",),
    "sent": ("withdraw", "queue", "view", "decline-review", "assign", "assess"),
    "assessed": ("reconcile",),
    "earned": (
        *(
            "feedback",
            "share",
            "export",
            "reveal",
            "publish-piece",
            "unpublish",
            "erase",
            "growth",
            "explain",
        ),
        *("revoke", "reissue", "audit", "witness", "report", "build", "progress", "stacks", "status"),
        *("endorse", "recognize"),
        *("browse", "show", "sync", "key", "person", "lint", "invite", "help", "setup"),
    ),
}
"""What happened before the examples of a verb are typed."""
ISSUERS = (
    *("assign", "reconcile", "revoke", "reissue", "audit", "witness", "report", "build", "progress", "key"),
    *("person", "lint", "invite", "endorse", "recognize"),
)
"""Verbs whose examples Rosa types; an assessor types the others about Ana's work, and Ana the rest."""
NOT_RUN: Mapping[str, str] = {
    "mcred key recover --with": "opens all that a program sealed: tests/cli/test_recovery.py types it",
    **dict.fromkeys(
        [f"mcred endorse {act}" for act in ("sign badge.json", "add", "remove", "withdraw")],
        "names an endorsement's file: tests/cli/test_endorse.py types it",
    ),
}
"""Examples that are not typed here, by how they begin, and why."""
PIECES = ("mcred reveal", "mcred publish-piece lesson", "mcred publish-piece evidence", "mcred erase")
"""Examples that name pieces, of the submission with one file for each item."""
TYPED: Mapping[str, str] = {
    f"mcred submit {NUMBERS}": "y\n" * 6,
    f"mcred assess {ANA} --": "\ny\n",
    f"mcred reconcile {ANA} --revise --feedback": "Seen in class.\ny\n",
    "mcred revoke": "y\n",
    "mcred person import teachers.csv --to": "y\n",
    "mcred assign": "y\n",
    "mcred erase class": "y\n",
    "mcred publish-piece lesson": "y\n",
    "mcred person vouch": "y\n",
}
"""What is typed at the questions of an example, by how it begins."""


def lines() -> Iterator[str]:
    """The examples of the verbs above."""
    wanted = {verb for verbs in STAGES.values() for verb in verbs}
    for verb in VERBS:
        for line in load(verb).EXAMPLES if verb.name in wanted else ():  # type: ignore[attr-defined]
            if not line.startswith(tuple(NOT_RUN)):
                yield line


def _stage(town: Town) -> demo.Stage:
    edge = Terminal(show=Show(io.StringIO(), io.StringIO()), now=lambda: town.now)
    return SimpleNamespace(home=town.home, run=town.run, edge=edge)  # type: ignore[return-value]


def found(place: Path) -> Town:
    """The programme, its people, and the key that signs awards."""
    town = Town(place=place)
    (place / "keys").mkdir(parents=True)
    who = ("--person", "Rosa Diaz", "--id", "rosa", "--school", "District", "--publish", "public")
    name = ("--name", "Lakeside Schools", "--programme-id", "lakeside", "--url", SITE)
    more = ("--remote", str(town.remote), "--no-guard")
    town.run("rosa", "init", str(town.home("rosa")), *name, *who, *more, at=place)
    town.run("rosa", "key", "new")
    for person in ("mei", "tom", "ana", "ben"):
        told = (
            "--name",
            PEOPLE[person][0],
            "--id",
            person,
            "--school",
            PEOPLE[person][1],
            "--publish",
            "public",
        )
        town.run(person, "join", str(town.remote), str(town.home(person)), *told, at=place)
        role = ("--role", "expert") if person in ("mei", "tom") else ()
        town.run("rosa", "person", "add", person, *role)
    for person in ("mei", "tom", "ana", "ben"):
        town.run(person, "sync")
    town.run("ana", "start", NUMBERS)
    return town


def ready(town: Town) -> None:
    demo.hand_in(_stage(town), "ana", NUMBERS, "proficient")


def sent(town: Town) -> None:
    """Mei is drawn, as the examples say: that follows from main's newest commit."""
    for n in range(20):
        trial = town.copy(town.place.with_name(f"{town.place.name}-{n}"))
        trial.run("ana", "submit", NUMBERS, "--attest", "all")
        if trial.panel("ana", NUMBERS) == ["mei"]:
            break
        town.run("rosa", "invite", f"Guest {n}", "--school", "Bay School")
    town.run("ana", "submit", NUMBERS, "--attest", "all")


def assessed(town: Town) -> None:
    demo.assess_as_agreed(_stage(town), "ana", NUMBERS, "proficient")


def earned(town: Town) -> None:
    town.run("rosa", "reconcile", ANA, "--award", "--yes")
    town.run("rosa", "person", "add", "rosa", "--role", "administrator")
    town.run("ana", "sync")
    town.run("rosa", "build", "--out", "pages")


def stacked(town: Town) -> None:
    """Ana earns a second one, and with it the badge of a stack."""
    demo.earn(_stage(town), "ana", "formative-regrouping")


def in_pieces(town: Town) -> None:
    """Ana submits one file for each item, and earns it."""
    place = town.home("ana") / "portfolios" / "ana" / NUMBERS
    for part in ("1-overview.md", "3-reflection.md"):
        shutil.copyfile(demo.example(NUMBERS, "proficient") / part, place / part)
    pieces = (("plan.md", "lesson-plans"), ("talk.md", "class-record"), ("slip.jpg", "student-work"))
    for name, item in pieces:
        (town.home("ana") / name).write_text(TALK, "utf-8")
        town.run("ana", "add", str(town.home("ana") / name), "--for", item, "--keep-metadata")
    sent(town)
    assessed(town)
    earned(town)


@pytest.fixture(scope="session")
def at_stage(make_once: Make) -> Callable[[str], Town]:
    """The programme as it is at a stage."""
    steps: Mapping[str, tuple[str, Callable[[Town], None]]] = {
        "ready": ("started", ready),
        "sent": ("ready", sent),
        "assessed": ("sent", assessed),
        "earned": ("assessed", earned),
        "stacked": ("earned", stacked),
        "in pieces": ("started", in_pieces),
    }

    def give(name: str) -> Town:
        if name == "started":
            return make_once("starter started", found)
        before, step = steps[name]
        earlier = give(before)

        def build(place: Path) -> Town:
            town = earlier.copy(place)
            step(town)
            return town

        return make_once(f"starter {name}", build)

    return give


def _needed_levels(sheet: str) -> str:
    """A blank score sheet with the level that each criterion needs."""
    needed, lines = "", []
    for line in sheet.splitlines():
        if found := re.search(r"#   ([\w-]+) \(needed\)", line):
            needed = found[1]
        lines.append(f"{line} {needed}" if line.strip() == "level:" else line)
    return "\n".join(lines)


def _score_sheet(town: Town, person: str) -> None:
    sheet = town.home(person) / "scores.yaml"
    town.run(person, "assess", ANA, "--blank", "scores.yaml")
    sheet.write_text(_needed_levels(sheet.read_text("utf-8")), "utf-8")


def _editor(town: Town, person: str) -> None:
    """The editor of `--edit` fills in the same."""
    _score_sheet(town, person)
    program = town.place / "editor"
    program.write_text(f'#!/bin/sh\ncp "{town.home(person) / "scores.yaml"}" "$1"\n')
    program.chmod(0o755)
    os.environ["EDITOR"] = str(program)


def _other_computer(town: Town, person: str) -> None:
    """Ana's folder is one without her key."""
    shutil.rmtree(town.home("ana"))
    town.run("ana", "join", str(town.remote), str(town.home("ana")), at=town.place)


def _lost_key(town: Town, person: str) -> None:
    _other_computer(town, person)
    town.run("ana", "setup", "--id", "ana", "--lost-key")


def _written(name: str, text: str) -> Callable[[Town, str], None]:
    def write(town: Town, person: str) -> None:
        (town.home(person) / name).write_text(text, "utf-8")

    return write


def _checkpoint(town: Town, person: str) -> None:
    shutil.copy(town.home(person) / ".git/mcred/checkpoint.json", town.home(person))


def _witness(town: Town, person: str) -> None:
    town.run(person, "witness")


def _badge_file(town: Town, person: str) -> None:
    shutil.copy(town.home(person) / "portfolios/ana" / NUMBERS / "attempts/1/badge.json", town.home(person))


def _badge_elsewhere(town: Town, person: str) -> None:
    badge = a_badge(town, "reading-coach.json")
    town.run("ana", "add-badge", str(badge), "--name", "reading-coach")


SCENES: Mapping[str, Callable[[Town, str], None]] = {
    f"mcred assess {ANA} --from": _score_sheet,
    f"mcred assess {ANA} --edit": _editor,
    "mcred explain badge.json": _badge_file,
    "mcred audit --since": _checkpoint,
    "mcred audit --witness": _witness,
    "mcred person import": _written("teachers.csv", "name,school\nZoe Ito,Bay School\n"),
    "mcred person vouch": _lost_key,
    "mcred progress --cohort": _written("autumn.txt", "ana\nben\n"),
    "mcred remove reading-coach": _badge_elsewhere,
    "mcred setup --id ana --lost-key": _other_computer,
}
"""What an example needs besides, by how it begins."""


def _by_start(line: str, found: Mapping[str, T]) -> T | None:
    return next((value for begin, value in found.items() if line.startswith(begin)), None)


def _stage_of(line: str, verb: str) -> str:
    """The stage at which an example is typed."""
    if line.startswith(PIECES):
        return "in pieces"
    if "ana/stacks" in line:
        return "stacked"
    return next(name for name, verbs in STAGES.items() if verb in verbs)


def test_every_reason_is_about_an_example() -> None:
    told = [line for verb in VERBS for line in load(verb).EXAMPLES]  # type: ignore[attr-defined]
    assert [begin for begin in NOT_RUN if not any(line.startswith(begin) for line in told)] == []


@pytest.mark.parametrize("line", list(lines()))
def test_runs_as_typed(
    line: str, at_stage: Callable[[str], Town], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(line)[1:]
    verb = words[0] if words else "status"
    town = at_stage(_stage_of(line, verb)).copy(tmp_path / "town")
    person = "rosa" if verb in ISSUERS or "--award" in words else "ana"
    if verb in ("assess", "view", "decline-review"):
        (person,) = town.panel("ana", NUMBERS)
    for name in ("lesson.pdf", "plan-1.pdf", "plan-2.pdf", "talk.md", "talk.mp4"):
        (town.home(person) / name).write_text(TALK, "utf-8")
    if verb in ("remove", "restore") and "elsewhere" not in words:
        day = str(town.home(person) / "lesson.pdf")
        town.run(person, "add", day, "--for", "lesson-plans", "--title", "Day one", "--keep-metadata")
        town.run(person, "remove", "Day one") if verb == "restore" else None
    monkeypatch.setenv("EDITOR", "true")
    if (scene := _by_start(line, SCENES)) is not None:
        scene(town, person)
    if (keys := _by_start(line, TYPED)) is not None:
        ran = ask(town, person, keys, *words)
        assert ran.code == 0, ran.said
        return
    is_refused = verb == "check" or line == f"mcred assess {ANA}"
    ran = town.run(person, *words, expect=None if is_refused else 0)
    assert ran.code in ((1, 2) if is_refused else (0,)) and "a bug in mcred" not in ran.err
