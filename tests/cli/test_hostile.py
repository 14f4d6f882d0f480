"""Texts that break software, typed or written wherever a teacher, assessor, issuer or maintainer can put one.

Each is either refused, with the file and line it stands in, or signed as it is and taken by every verifier.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import jsonschema
import pytest
from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

from mcred.domain.assessment import Score, Scoring
from mcred.domain.credential import Alignment, Credential
from mcred.domain.ids import Version
from mcred.domain.pieces import read_disclosure
from mcred.domain.programme import Programme
from mcred.domain.text import as_typed
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from tests.badges.hostile import HARMLESS, REFUSED
from tests.badges.test_second_opinion import ask
from tests.cli.court import on_main
from tests.cli.town import DEFINITIONS, OVERVIEW, PLAN, TALK, WAIT, Ran, Town, git, set_site
from tests.open_badges import open_badge_schema
from tests.school import a_stack

SITE = "https://badges.example.org/lakeside"
MARK = "Zqx"
MARK_OF_ORDER = "\ufeff"
"""Taken in a badge, not in a file that people write: there it is refused like the others."""
TEXTS = (200, 400, 600, 6000)
"""The limits of texts for people; shorter and other ones hold addresses, languages, digests."""


def soak(value: Any, text: str) -> Any:
    """A value with `text` in each text for people, each followed by a number so that no two are the same."""
    numbers = count()

    def told(hint: Any, old: Any) -> Any:
        limits = [m.max_length for m in getattr(hint, "__metadata__", ()) if isinstance(m, Meta)]
        if limits:
            return f"{text} {next(numbers)}" if limits[0] in TEXTS else old
        if hasattr(hint, "__metadata__"):
            return told(get_args(hint)[0], old)
        origin, inner = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return old if old is None else told(inner[0], old)
        if isinstance(old, tuple) and origin is tuple:
            return tuple(told(inner[0], v) for v in old)
        if isinstance(old, Mapping):
            return {k: told(inner[1], v) for k, v in old.items()}
        if isinstance(old, Struct):
            hints = get_type_hints(type(old), include_extras=True)
            made = {name: told(hints[name], value) for name, value in asdict(old).items()}
            return replace(old, **made)
        return old

    return told(type(value), value)


def edited(town: Town, path: str, shape: Any, change: Callable[[Any], Any]) -> None:
    """One of Rosa's files with its value changed."""
    place = town.home("rosa") / path
    value, problems = decode(place.read_bytes(), shape, path)
    assert value is not None, problems
    place.write_bytes(encode(change(value)))


def a_definition() -> Credential:
    """The town's Wait Time at another version, with a place in a framework."""
    place = Alignment(framework="InTASC", code="3", name="Talk", url="https://in.example.org/3")
    return replace(DEFINITIONS[WAIT], version=Version("2.0.0"), alignment=(place,), for_recognizers="So.")


def live_through(town: Town, text: str) -> Ran:
    """From the definition to the award of badge and stack, with `text` in every text."""
    definition = soak(a_definition(), text)
    stack = soak(a_stack(topics=("T",), text="X", for_recognizers="Y"), text)
    rosa = town.home("rosa")
    (rosa / "credentials" / WAIT / "credential.yaml").write_bytes(encode(definition))
    (rosa / "credentials" / "stacks").mkdir()
    (rosa / "credentials" / "stacks" / "talk.yaml").write_bytes(encode(stack))
    edited(town, "mcred.yaml", Programme, lambda p: replace(p, issuer=soak(p.issuer, text)))
    assert "No problems found" in town.run("rosa", "lint").out
    town.run("rosa", "save", "--programme")
    name = " ".join(text.split())  # on one line: anything else is refused
    town.run("ana", "setup", "--name", name, "--school", text)
    town.run("rosa", "person", "add", "ana")
    town.run("ana", "sync")
    folder, desk = town.start("ana"), town.desk("ana")
    heading = " ".join(definition.items[0].title.split())
    (folder / "1-overview.md").write_text(f"# One\n\n## {heading}\n\n{text}\none two three\n", "utf-8")
    words = ("--title", text, "--about", text)
    (desk / "plan.md").write_text(PLAN, "utf-8")
    (desk / "talk.md").write_text(TALK, "utf-8")
    town.run("ana", "add", str(desk / "plan.md"), "--for", "lesson-plan", *words)
    kind = ("--type", "observation")
    town.run("ana", "add", str(desk / "talk.md"), "--for", "class-video", *kind, *words)
    town.run("ana", "check")
    town.run("ana", "submit", "--attest", "all")
    assess(town, text)
    ran = town.run(
        "rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes", "--feedback", text, "--reason", text
    )
    town.run("ana", "sync")
    town.run("ana", "publish-piece", "--all", "--yes")
    return ran


def assess(town: Town, text: str) -> None:
    """Whoever was asked gives the best levels, with `text` as feedback."""
    (person,) = town.panel("ana")
    definition = DEFINITIONS[WAIT]
    scores = tuple(
        Score(criterion=c.id, level=definition.scale_of(c)[0], feedback=text) for c in definition.criteria
    )
    file = town.desk(person) / "scores.yaml"
    file.write_bytes(encode(Scoring(format=2, scores=scores, summary=text)))
    town.run(person, "assess", f"ana/{WAIT}", "--from", str(file), "--yes")


def badges(town: Town) -> dict[str, Any]:
    """Both badges as the record has them."""
    paths = {
        "award": f"portfolios/ana/{WAIT}/attempts/1/badge.json",
        "stack": "portfolios/ana/stacks/talk/1/badge.json",
    }
    return {name: json.loads(on_main(town, path)) for name, path in paths.items()}


def signing_town(first: Town, place: Path) -> Town:
    """One whose pages have an address and whose awards are signed; in one test all by the same key."""
    town = first.copy(place)
    set_site(town, SITE)
    town.run("rosa", "key", "new")
    return town


@pytest.mark.slow
@pytest.mark.parametrize("text", [t.replace(MARK_OF_ORDER, "") for t in HARMLESS], ids=range(len(HARMLESS)))
def test_what_is_harmless_is_signed_as_it_is(first_town: Town, tmp_path: Path, text: str) -> None:
    town = signing_town(first_town, tmp_path / "town")
    assert "has its badge" in live_through(town, text).out
    pages = town.place / "pages"
    town.run("rosa", "build", "--out", str(pages))
    for folder in (f"badges/ana/{WAIT}/1", "badges/ana/stacks/talk/1"):
        for name in ("badge.json", "badge.svg", "badge.png"):
            ran = town.run("rosa", "verify", str(pages / folder / name), "--identity", "ana")
            assert ran.out.splitlines()[-1] == "Valid", (folder, name, ran.said)
    found = badges(town)
    checker = jsonschema.Draft201909Validator(open_badge_schema(), format_checker=jsonschema.FormatChecker())
    for name, badge in found.items():
        assert badge["name"].startswith(text), name
        assert [e.message for e in checker.iter_errors(badge)] == [], name
    shown = json.loads(git(town.remote, "show", "refs/heads/shown/ana:shown.json"))["pieces"]
    titles = [piece["title"] for piece in shown]
    assert titles == [as_typed(text)] * 2 or (not as_typed(text) and all(t.startswith(text) for t in titles))
    said = [read_disclosure(piece["disclosure"]) for piece in shown]
    assert [one.value["about"] for one in said if one] == [" ".join(text.split())] * 2


@pytest.mark.slow
@pytest.mark.verifiers
def test_other_peoples_verifiers_take_them_too(first_town: Town, tmp_path: Path) -> None:
    for number in (1, 2, 6):
        town = signing_town(first_town, tmp_path / str(number))
        live_through(town, HARMLESS[number])
        town.run("rosa", "build", "--out", str(town.place / "pages"))
        did = json.loads((town.place / "pages" / "did.json").read_bytes())
        listed = json.loads((town.place / "pages" / "status" / "1.json").read_bytes())
        answers = ask(badges(town), listed, did, name=did["id"], at=listed["id"])
        assert {name: a["verified"] for name, a in answers.items()} == {"award": True, "stack": True}, answers


def spell(code: str) -> bytes:
    """A text as someone's editor would write its bytes, halves of characters too."""
    return code.encode("utf-8", "surrogatepass")


def find_line(data: bytes, mark: bytes) -> int:
    """The line a mark stands in."""
    return data[: data.index(mark)].count(b"\n") + 1


WRITTEN: Mapping[str, tuple[str, Any]] = {
    "rules": ("mcred.yaml", None),
    "definition": (f"credentials/{WAIT}/credential.yaml", a_definition()),
    "stack": ("credentials/stacks/talk.yaml", a_stack(text="x", topics=("T",), for_recognizers="y")),
}
OLD_END = "a\rb"
"""The end of a line in files of old Macs, and read as one."""
SPLITTING = ("a\rb", "a\u2028b", "a\x85b")
"""Ends of lines to some software; where they stand is counted by line breaks all the same."""


@pytest.mark.parametrize("kind", WRITTEN)
def test_lint_names_file_and_line_of_each(town: Town, kind: str) -> None:
    path, value = WRITTEN[kind]
    place = town.home("rosa") / path
    place.parent.mkdir(exist_ok=True)
    good = encode(value) if value else place.read_bytes()
    title = b"title: " if value else b"name: "
    for text, named in REFUSED.items():
        if text != OLD_END:
            bad = good.replace(title, title + b'"' + spell(text) + b'"  # ', 1)
            place.write_bytes(bad)
            ran = town.run("rosa", "lint", expect=None)
            assert ran.code == 1, (text, ran.said)
            line = find_line(bad, title)
            shown = f"{path}:{line}" if named != "U+D800" else path
            assert shown in ran.said and (named in ran.said or "UTF-8" in ran.said), (text, ran.said)
        # Spelled as an escape in quotes it is the same character.
        place.write_bytes(good.replace(title, title + json.dumps(text).encode() + b"  # ", 1))
        ran = town.run("rosa", "lint", expect=None)
        assert ran.code == 1 and path in ran.said, (text, ran.said)


@pytest.mark.parametrize("file", ["submission.yaml", "1-overview.md"])
def test_check_names_file_and_line_of_each(ready: Town, file: str) -> None:
    place = ready.folder("ana") / file
    good = place.read_bytes()
    mark = b"title: " if file.endswith("yaml") else b"Period two"
    for text, named in REFUSED.items():
        if text == OLD_END:
            continue
        bad = good.replace(mark, mark + b'"' + spell(text) + b'"  # ', 1)
        place.write_bytes(bad)
        ran = ready.run("ana", "check", expect=None)
        assert ran.code == 1, (text, ran.said)
        assert f"{file}:{find_line(bad, mark)}" in ran.said, (text, ran.said)
        assert named in ran.said or "UTF-8" in ran.said, (text, ran.said)


def test_scores_with_one_are_refused_by_line(sent: Town) -> None:
    (person,) = sent.panel("ana")
    file = sent.desk(person) / "scores.yaml"
    definition = DEFINITIONS[WAIT]
    scores = tuple(
        Score(criterion=c.id, level=definition.scale_of(c)[0], feedback=MARK) for c in definition.criteria
    )
    good = encode(Scoring(format=2, scores=scores, summary=MARK))
    before = sent.refs()
    for text, named in REFUSED.items():
        if text == OLD_END:
            continue
        bad = good.replace(MARK.encode(), b'"' + spell(text) + b'"', 1)
        file.write_bytes(bad)
        ran = sent.run(person, "assess", f"ana/{WAIT}", "--from", str(file), "--yes", expect=1)
        assert f"scores.yaml:{find_line(bad, b'feedback')}" in ran.said, (text, ran.said)
        assert named in ran.said or "UTF-8" in ran.said
    assert sent.refs() == before


def typed(sent: Town, text: str) -> Mapping[str, tuple[str, ...]]:
    """Every text that is given on the command line, by who types it."""
    plan = str(sent.desk("ben") / "plan.md")
    return {
        "name": ("ben", "setup", "--name", text),
        "school": ("ben", "setup", "--school", text),
        "title": ("ben", "add", plan, "--for", "lesson-plan", "--title", text),
        "about": ("ben", "add", plan, "--for", "lesson-plan", "--about", text),
        "feedback": ("rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes", "--feedback", text),
        "reason": ("rosa", "reconcile", f"ana/{WAIT}", "--award", "--yes", "--reason", text),
        "decline": ("rosa", "reconcile", f"ana/{WAIT}", "--decline", "--yes", "--reason", text),
    }


def test_what_is_typed_is_refused_before_anything_is_written(sent: Town) -> None:
    sent.assess("ana")
    (sent.desk("ben") / "plan.md").write_text(PLAN, "utf-8")
    sent.start("ben")
    before = {person: sent.refs(person) for person in ("", "ana", "ben")}
    listing = sent.listing("ben").read_bytes()
    for text in REFUSED:
        for field, words in typed(sent, text).items():
            if text == OLD_END or (field in ("name", "school", "title", "about") and as_typed(text) == "a b"):
                continue  # stored as a line's end, or as a space
            ran = sent.run(words[0], *words[1:], expect=None)
            assert ran.code in (1, 2), (text, field, ran.said)
            assert "Not done" in ran.err and ran.next, (text, field, ran.said)
    assert sent.listing("ben").read_bytes() == listing
    after = {person: sent.refs(person) for person in before}
    assert after == before


def test_an_answer_and_a_list_cannot_be_sent_with_one(ready: Town) -> None:
    (ready.folder("ana") / "1-overview.md").write_text(OVERVIEW + "a\u202eb", "utf-8")
    ran = ready.run("ana", "submit", "--attest", "all", expect=1)
    assert "1-overview.md:6" in ran.err and ready.sent("ana") == []
