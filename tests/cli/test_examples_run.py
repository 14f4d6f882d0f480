"""The examples of the help run as typed in a programme with the starter micro-credentials."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from mcred.cli import demo
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal
from mcred.cli.verbs import VERBS, load
from tests.cli.conftest import Make
from tests.cli.town import PEOPLE, SITE, TALK, Town

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
        "endorse",
        *("browse", "show", "sync", "key", "person", "lint", "invite", "help", "setup"),
    ),
}
"""What happened before the examples of a verb are typed."""
ISSUERS = (
    *("assign", "reconcile", "revoke", "reissue", "audit", "witness", "report", "build", "progress", "key"),
    *("person", "lint", "invite", "endorse"),
)
"""Verbs whose examples Rosa types; an assessor types the others about Ana's work, and Ana the rest."""
_PIECE = "names a piece that is in several files of the sample work, or in none"
_FILE = "names a file that another command made earlier"
_STACK = "needs the badge of a stack"
_TERMINAL = "asks, so it needs a terminal"
_DRAWN = "names assessors, and who is drawn differs"
NOT_RUN: Mapping[str, str] = {
    **dict.fromkeys(("mcred reveal", "mcred publish-piece lesson", "mcred publish-piece evidence"), _PIECE),
    "mcred erase": _PIECE,
    **dict.fromkeys(("mcred audit --since", "mcred audit --witness", "mcred explain badge.json"), _FILE),
    **dict.fromkeys(("mcred progress --cohort", "mcred key recover --with"), _FILE),
    f"mcred assess {ANA} --from": _FILE,
    **dict.fromkeys(("mcred endorse sign badge.json", "mcred endorse add"), _FILE),
    **dict.fromkeys(("mcred endorse remove", "mcred endorse withdraw"), _FILE),
    **dict.fromkeys((f"mcred {v} ana/stacks" for v in ("revoke", "reissue", "explain")), _STACK),
    **dict.fromkeys(
        ("mcred submit", f"mcred revoke {ANA} --reason", f"mcred assess {ANA} --edit"), _TERMINAL
    ),
    f"mcred reconcile {ANA} --revise --feedback": "departs from what is recommended here",
    "mcred assign": _DRAWN,
    "mcred person vouch": "needs someone with a new key",
    **dict.fromkeys(("mcred person import", "mcred remove reading-coach"), _FILE),
    "mcred setup --id ana --lost-key": "needs a computer without her key",
}
"""Examples that are not typed here, by how they begin, and why."""


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
    town.run("ana", "submit", NUMBERS, "--attest", "all")


def assessed(town: Town) -> None:
    demo.assess_as_agreed(_stage(town), "ana", NUMBERS, "proficient")


def earned(town: Town) -> None:
    town.run("rosa", "reconcile", ANA, "--award", "--yes")
    town.run("rosa", "person", "add", "rosa", "--role", "administrator")
    town.run("ana", "sync")
    town.run("rosa", "build", "--out", "pages")


@pytest.fixture(scope="session")
def at_stage(make_once: Make) -> Callable[[str], Town]:
    """The programme as it is at a stage."""
    steps: Mapping[str, tuple[str, Callable[[Town], None]]] = {
        "ready": ("started", ready),
        "sent": ("ready", sent),
        "assessed": ("sent", assessed),
        "earned": ("assessed", earned),
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


def test_every_reason_is_about_an_example() -> None:
    told = [line for verb in VERBS for line in load(verb).EXAMPLES]  # type: ignore[attr-defined]
    assert [begin for begin in NOT_RUN if not any(line.startswith(begin) for line in told)] == []


@pytest.mark.parametrize("line", list(lines()))
def test_runs_as_typed(line: str, at_stage: Callable[[str], Town], tmp_path: Path) -> None:
    words = shlex.split(line)[1:]
    verb = words[0] if words else "status"
    stage = next(name for name, verbs in STAGES.items() if verb in verbs)
    town = at_stage(stage).copy(tmp_path / "town")
    person = "rosa" if verb in ISSUERS or "--award" in words else "ana"
    if verb in ("assess", "view", "decline-review"):
        (person,) = town.panel("ana", NUMBERS)
    for name in ("lesson.pdf", "plan-1.pdf", "plan-2.pdf", "talk.md", "talk.mp4"):
        (town.home(person) / name).write_text(TALK, "utf-8")
    if verb in ("remove", "restore"):
        day = str(town.home(person) / "lesson.pdf")
        town.run(person, "add", day, "--for", "lesson-plans", "--title", "Day one", "--keep-metadata")
        town.run(person, "remove", "Day one") if verb == "restore" else None
    is_refused = verb == "check" or line == f"mcred assess {ANA}"
    ran = town.run(person, *words, expect=None if is_refused else 0)
    assert ran.code in ((1, 2) if is_refused else (0,)) and "a bug in mcred" not in ran.err
