"""`Next:`: each one that is printed can be typed, and typing what is printed leads through everyone's work.

`Town.run` parses the next steps of every command of every test; here they are typed, and their ids looked up.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.court import scores_file
from tests.cli.hints import commands_in, faults
from tests.cli.test_words import type_everything
from tests.cli.town import EXPERTS, OVERVIEW, PEOPLE, PLAN, SLIP, TALK, WAIT, Ran, Town

TOUR = Path(__file__).parents[1] / "golden" / "tour.txt"
STARTER = Path(__file__).parents[2] / "credentials"


@pytest.mark.parametrize(
    "hint",
    [
        "mcred handin wait-time",
        "mcred check wait-time --nope",
        "mcred reconcile",
        "mcred submit a b",
        "mcred view ana/wait-time   then   mcred asses ana/wait-time",
        "fix it, then: mcred lint x",
        'mcred submit wait-time --note "a',
    ],
)
def test_what_cannot_be_typed_is_found(hint: str) -> None:
    assert list(faults(hint))


def test_what_is_not_there_is_found() -> None:
    assert list(faults("mcred view zoe/wait-time", {"ana", "wait-time"}))
    assert not list(faults("mcred view ana/wait-time   (then wait)", {"ana", "wait-time"}))


def test_each_next_step_of_the_tour() -> None:
    known = {*PEOPLE, "EXPERT", "PEER", *(p.name for p in STARTER.iterdir()), "stacks"}
    known |= {p.stem for p in (STARTER / "stacks").iterdir()}
    said = [line for line in TOUR.read_text("utf-8").splitlines() if line.startswith("Next: ")]
    assert len(said) > 40
    assert [fault for line in said for fault in faults(line.removeprefix("Next: "), known)] == []


@pytest.mark.slow
def test_each_next_step_of_a_teachers_year(ready: Town) -> None:
    known = {*PEOPLE, SLIP, WAIT, "evidence"}
    told = {ran.next for ran in type_everything(ready)}
    assert len(told) > 20
    assert [fault for hint in told for fault in faults(hint, known)] == []


def follow(town: Town, person: str, ran: Ran, code: int | None = 0) -> Ran:
    """Type the first command that was named, as it stands."""
    command = next(commands_in(ran.next))
    return town.run(person, *shlex.split(command)[1:], expect=code)


def typed(ran: Ran) -> str:
    """The verb of what is named."""
    return ran.next.split()[1]


def test_a_teacher_follows_what_is_printed(town: Town) -> None:
    ran = town.run("ana", "browse", WAIT)
    ran = follow(town, "ana", ran)
    assert typed(ran) == "start"
    ran = follow(town, "ana", ran)
    assert typed(ran) == "check"
    ran = follow(town, "ana", ran, code=1)
    town.folder("ana").joinpath("1-overview.md").write_text(OVERVIEW, "utf-8")
    for name, text, words in (
        ("plan.md", PLAN, ("--for", "lesson-plan")),
        ("talk.md", TALK, ("--for", "class-video", "--type", "observation")),
    ):
        (town.desk("ana") / name).write_text(text, "utf-8")
        ran = town.run("ana", "add", str(town.desk("ana") / name), *words)
    assert typed(ran) == "check"
    ran = follow(town, "ana", ran)
    assert typed(ran) == "submit"
    refused = follow(town, "ana", ran, code=2)
    assert typed(refused) == "submit" and "--attest" in refused.next
    ran = town.run("ana", *shlex.split(next(commands_in(ran.next)))[1:], "--attest", "all")
    ran = follow(town, "ana", ran)
    assert "in review" in ran.out


def test_an_assessor_and_an_issuer_follow_what_is_printed(sent: Town) -> None:
    (judge,) = sent.panel("ana")
    assert typed(sent.run(judge, "status")) == "assess"
    ran = sent.run(judge, "queue")
    view, assess = commands_in(ran.next)
    sent.run(judge, *shlex.split(view)[1:], "--text")
    scores_file(sent, judge)
    where = str(sent.desk(judge) / "scores.yaml")
    ran = sent.run(judge, *shlex.split(assess)[1:], "--from", where, "--yes")
    assert "Nothing is waiting for you." in follow(sent, judge, ran).out
    ran = sent.run("rosa", "queue")
    assert typed(ran) == "reconcile"
    ran = follow(sent, "rosa", ran)
    assert "--award" in ran.next
    follow(sent, "rosa", ran)
    assert "earned" in sent.run("ana", "status").out


def test_an_issuer_finds_another_assessor_by_what_is_printed(sent: Town) -> None:
    """Both experts give their place back: someone else gets the role, then the place."""
    for _ in EXPERTS:
        (judge,) = sent.panel("ana")
        sent.run(judge, "decline-review", f"ana/{WAIT}", "--because", "I coach her.")
    ran, seen = sent.run("rosa", "queue"), []
    for _ in range(6):
        seen.append(ran.next)
        if typed(ran) == "assign" and "--because" in ran.next:
            break
        ran = follow(sent, "rosa", ran, code=None)
        if not ran.next.startswith(("mcred assign", "mcred person add")):
            ran = sent.run("rosa", "queue")
    assert any("--role expert" in step for step in seen) and len(seen) == len(set(seen)), seen
    assert "is now assigned" in follow(sent, "rosa", ran).out
