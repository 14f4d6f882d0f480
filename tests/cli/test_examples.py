"""The examples of the help, README and the pages for each role parse, and everything they name exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mcred.cli.completion import OFFERS
from mcred.cli.verbs import VERBS, load, make_command
from mcred.domain.credential import Credential, Item
from mcred.domain.ids import CredentialId
from mcred.domain.layout import definition_path
from mcred.formats.decode import decode
from tests.cli.town import PEOPLE, Town

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "credentials"
STACKS = {path.stem for path in (STARTER / "stacks").glob("*.yaml")}

NOT_RUN = {
    **dict.fromkeys(("init", "join", "link", "tour", "new"), "begins a program in another folder, or asks"),
    **dict.fromkeys(
        ("serve", "view", "publish", "preview"), "goes on until it is stopped, or needs a place for pages"
    ),
    **dict.fromkeys(("assess", "decline-review", "assign", "reconcile"), "needs work that is in review"),
    **dict.fromkeys(
        (
            "revoke",
            "renew",
            "reissue",
            "share",
            "export",
            "endorse",
            "recognize",
            "reveal",
            "erase",
            "verify",
            "publish-piece",
            "unpublish",
        ),
        "needs an award",
    ),
    **dict.fromkeys(
        ("withdraw", "feedback", "diff", "growth", "explain", "submit"), "needs work that was sent"
    ),
    **dict.fromkeys(
        ("audit", "guard", "progress", "report", "build", "network"), "reads or makes files named on the way"
    ),
    **dict.fromkeys(
        (
            "key",
            "setup",
            "person",
            "let-in",
            "add-badge",
            "queue",
            "restore",
            "add",
            "remove",
            "impact",
            "transcript",
        ),
        "needs files, or people",
    ),
}
"""Verbs whose examples are only parsed and looked up here, and why; each verb has tests of its own."""


def examples() -> Iterator[str]:
    for verb in VERBS:
        yield from load(verb).EXAMPLES  # type: ignore[attr-defined]


def in_pages() -> Iterator[str]:
    """Each `mcred` line of the blocks of commands in README and in the pages for each role."""
    names = ("README", "docs/teachers", "docs/assessors", "docs/issuers", "docs/recognizers")
    text = "\n".join((ROOT / f"{name}.md").read_text("utf-8") for name in names)
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in block.splitlines():
            for command in re.sub(r"\s#.*", "", line).split(" && "):
                if command.strip().startswith("mcred "):
                    yield command.strip()


LINES = [*examples(), *in_pages()]


@cache
def definition(name: str) -> Credential | None:
    path = STARTER / name / "credential.yaml"
    return (
        decode(path.read_bytes(), Credential, definition_path(CredentialId(name)))[0]
        if path.is_file()
        else None
    )


def parsed(line: str) -> tuple[str, dict[str, Any]]:
    """The verb of a line, and what each of its parameters is."""
    words = shlex.split(line)[1:]
    if not words or words[0].startswith("-"):
        return "", {}
    return words[0], make_command(words[0]).make_context(words[0], words[1:]).params


def is_policy(text: str) -> bool:
    """`maple-ridge`, or its file."""
    return (ROOT / "recognition" / f"{Path(text).stem}.yaml").is_file()


def is_submission(text: str) -> bool:
    """`ana/true-cost`, `ana/stacks/…`, or one's own `true-cost`."""
    person, slash, rest = text.rpartition("/") if text.count("/") < 2 else text.partition("/")
    known = definition(rest) is not None or rest.removeprefix("stacks/") in STACKS
    return known and (not slash or person in PEOPLE)


def is_item(text: str, given: dict[str, Any]) -> bool:
    return any(given["kind"] in (None, *item.accepts) for item in items(text, given["credential"]))


def items(name: str, inside: str | None) -> list[Item]:
    names = [inside] if inside else [path.parent.name for path in STARTER.glob("*/credential.yaml")]
    found = [definition(n) for n in names]
    # One whose item takes several kinds needs to be told which.
    return [i for d in found if d for i in d.items if i.id == name and i.accepts]


def is_level(text: str, given: dict[str, Any]) -> bool:
    criterion, _, level = text.partition(":")[0].partition("=")
    found = definition(given["submission"].partition("/")[2])
    assert found is not None
    return any(c.id == criterion and level in found.scale_of(c) for c in found.criteria)


def is_example(text: str, given: dict[str, Any]) -> bool:
    return (STARTER / str(given["submission"]) / "examples" / text).is_dir()


Test = Callable[[str, dict[str, Any]], bool]
KNOWN: Mapping[str, Test] = {
    "new.credential": lambda text, _: definition(text) is None,
    "credential": lambda text, _: definition(text) is not None,
    "feedback.credential": lambda text, _: is_submission(text),
    "definition": lambda text, _: (
        definition(text.removeprefix("credentials/")) is not None or is_policy(text)
    ),
    "policy": lambda text, _: is_policy(text),
    "submission": lambda text, _: is_submission(text),
    "why": lambda text, _: is_submission(text),
    "other": lambda text, _: is_submission(text),
    "award": lambda text, _: is_submission(text),
    "explain.what": lambda text, _: is_submission(text) or text.endswith(".json"),
    "item": is_item,
    "stack": lambda text, _: text in STACKS,
    "level": is_level,
    "example": is_example,
    "assign.to": lambda text, _: text in PEOPLE,
    "instead_of": lambda text, _: text in PEOPLE,
    "export.person": lambda text, _: text in PEOPLE,
    "person.person": lambda text, _: text in PEOPLE or text.endswith(".csv"),
    "remove.credential": lambda text, _: definition(text) is not None or text == "elsewhere",
    "let-in.person": lambda text, _: text in PEOPLE,
    "let-in.of": lambda text, _: definition(text) is not None,
}
WORDS = ("person.action", "key.action", "role", "publish", "style", "check.style", "init.host", "attest")


def unknown(line: str) -> list[str]:
    """What a line names that is not there."""
    verb, given = parsed(line)
    found = []
    for name, value in given.items():
        test = KNOWN.get(f"{verb}.{name}", KNOWN.get(name))
        words = next((w for w in (f"{verb}.{name}", name) if w in WORDS), None)
        for text in value if isinstance(value, list | tuple) else [value]:
            if not isinstance(text, str) or not text:
                continue
            offer = OFFERS[words] if words else None
            if (test and not test(text, given)) or (offer and text not in offer(None, "")):  # type: ignore[arg-type]
                found.append(f"{name}: {text}")
    return found


@pytest.mark.parametrize("line", LINES)
def test_names_only_what_is_there(line: str) -> None:
    assert unknown(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "mcred add lesson.pdf --for lesson-plan",
        "mcred add talk.md --for class-record --type vidio",
        "mcred show wait-time",
        "mcred assess zoe/true-cost",
        "mcred assess ana/wait-time",
        "mcred progress --stack questioning-and-talk",
        "mcred reconcile ana/fractions-number-line --level equity-look=basic",
        "mcred diff fractions-number-line --example perfect",
        "mcred person add mei --role boss",
        "mcred impact credentials/gone",
        "mcred recognize --policy gone",
    ],
)
def test_what_is_not_there_is_found(line: str) -> None:
    assert unknown(line)


def test_the_pages_have_their_commands() -> None:
    assert len(list(in_pages())) > 40
    assert "mcred build" in list(in_pages()) and "mcred serve" in list(in_pages())


@pytest.mark.slow
def test_the_others_run_as_typed(tmp_path: Path) -> None:
    """In a programme that was just founded, by whoever founded it."""
    town = Town(place=tmp_path)
    who = ("--person", "Rosa Diaz", "--id", "rosa", "--school", "District")
    name = ("--name", "Lakeside Schools", "--programme-id", "lakeside", "--remote", str(town.remote))
    town.run("rosa", "init", str(town.home("rosa")), *name, *who, "--no-guard", at=tmp_path)
    town.run("rosa", "start", "fractions-number-line")
    ran = []
    for line in examples():
        words = shlex.split(line)[1:]
        if not words or words[0] not in NOT_RUN:
            missing = words[:1] == ["check"]
            town.run("rosa", *words, expect=1 if missing else 0)
            ran.append(line)
    assert {shlex.split(line)[1] for line in ran if line != "mcred"} == {v.name for v in VERBS} - set(NOT_RUN)
