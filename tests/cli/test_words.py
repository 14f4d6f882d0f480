"""What a teacher reads: no word of git's, and after every refusal a command that leads on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mcred.cli.verbs import VERBS
from tests.cli.test_app import line
from tests.cli.town import OLD, OVERVIEW, SLIP, WAIT, Ran, Town

FORBIDDEN = re.compile(r"(?i:\b(commits?|branch(?:es)?|rebased?|origin|merged?s?|refspecs?)\b)|\bHEAD\b")
EARNERS = (
    *("start", "add", "check", "save", "submit", "status", "feedback", "withdraw"),
    *("sync", "setup", "join", "browse", "show", "diff"),
)


def type_everything(town: Town) -> Iterator[Ran]:
    """A teacher's year, mistakes included."""

    def ana(*words: str) -> Ran:
        return town.run("ana", *words, expect=None)

    plan = town.desk("ana") / "plan.md"
    first = (
        ("join", str(town.remote), str(town.home("ana"))),
        ("join", "http://host/x"),
        ("join", "nowhere.git", "x"),
        *((), ("setup",), ("setup", "--id", "ben"), ("setup", "--publish", "x"), ("browse",), ("show", WAIT)),
        *(("show", "x"), ("start", OLD), ("start", "wait-tim"), ("check",), ("submit", SLIP), ("save", SLIP)),
        *(
            ("add", "x", "--for", "y"),
            ("withdraw",),
            ("feedback",),
            ("save",),
            ("sync",),
            ("status",),
        ),
        *(("add", str(plan), "--for", "setting"), ("add", str(plan), "--for", "class-video")),
        *(("add", "ftp://x/y", "--for", "lesson-plan"), ("add", "nope", "--for", "lesson-plan")),
        *(("diff",), ("diff", "x"), ("diff", WAIT, "--from", "1"), ("diff", "--from", "x")),
        *(("submit",), ("submit", "--attest", "x"), ("statsu",), ("status", "--x"), ("add",)),
    )
    for words in first:
        yield ana(*words)
    answers = town.folder("ana") / "1-overview.md"
    for text in ("", OVERVIEW + "w " * 60, OVERVIEW.replace("Your", "Yuor"), OVERVIEW + "\u202e", OVERVIEW):
        answers.write_text(text, encoding="utf-8")
        yield ana("check")
    answers.write_bytes(b"\xff")
    yield ana("check")
    answers.write_text(OVERVIEW, encoding="utf-8")
    link = town.folder("ana") / "evidence" / "link"
    link.symlink_to("/etc/hostname")
    for words in (("check",), ("save",), ("sync",), ("status",), ("submit",)):
        yield ana(*words)
    link.unlink()
    nested = town.folder("ana") / "evidence" / "project" / ".git"
    nested.mkdir(parents=True)
    yield ana("save")
    nested.rmdir()
    (town.folder("ana") / "evidence" / "aux.md").write_text("x", encoding="utf-8")
    for words in (("check",), ("save",), ("submit", "--attest", "all")):
        yield ana(*words)
    (town.folder("ana") / "evidence" / "aux.md").unlink()
    town.remote.rename(town.place / "elsewhere")
    for words in (
        ("save",),
        ("sync",),
        ("submit", "--attest", "all"),
        ("withdraw",),
        ("status",),
        ("setup",),
    ):
        yield ana(*words)
    (town.place / "elsewhere").rename(town.remote)
    yield from _judged(town)


def _judged(town: Town) -> Iterator[Ran]:
    for typed in ("submit -n", "submit", "submit", "status", "withdraw", "check"):
        yield town.run("ana", *typed.split(), expect=None)
    (town.folder("ana") / "1-overview.md").write_text(OVERVIEW + "More.", encoding="utf-8")
    for typed in ("submit", "submit --replace", "withdraw", "submit"):
        yield town.run("ana", *typed.split(), expect=None)
    town.assess("ana", levels={"questions": "developing"})
    town.decide("ana", WAIT, "revise", "--feedback", "Open them.")
    for typed in ("status", "feedback", "submit", "submit --note x", "sync"):
        yield town.run("ana", *typed.split(), expect=None)
    (town.folder("ana") / "evidence" / "plan.md").write_text("Better.", encoding="utf-8")
    yield town.run("ana", "submit", "--note", "A better plan.")
    town.assess("ana")
    town.decide("ana")
    for typed in ("sync", "feedback", f"submit {WAIT}", "submit", f"withdraw {WAIT}", "save"):
        yield town.run("ana", *typed.split(), expect=None)
    yield town.run("eva", "submit", expect=None)
    yield town.run("zoe", "status", at=town.place, expect=None)


def test_what_a_teacher_reads_in_a_year(ready: Town) -> None:
    collected = list(type_everything(ready))
    assert len(collected) > 70
    for ran in collected:
        assert not FORBIDDEN.search(ran.said), ran.said
        assert ran.code != 3, ran.said
        if "Not done" in ran.err:
            assert leads_on(ran.next), ran.said
        if ran.code != 0:
            assert "is sent" not in ran.out and "is submitted" not in ran.out


def leads_on(hint: str) -> bool:
    """Whether a hint is a command that can be typed."""
    words = hint.split()
    known = {v.name for v in VERBS} | {"--help"}
    typed = words[:1] == ["mcred"] and words[1] in known
    return typed or hint.startswith(("the same command with --", "use https://"))


@pytest.mark.parametrize("name", [*EARNERS, ""])
def test_nor_in_the_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert line(*([name] if name else []), "--help").code == 0
    assert not FORBIDDEN.findall(capsys.readouterr().out)
