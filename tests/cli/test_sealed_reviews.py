"""Who can read a review, and when: with random texts looked for in every object of every copy."""

from __future__ import annotations

import base64
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mcred.app.keys.signing import read_key
from mcred.domain.assessment import Assessment
from mcred.domain.ids import PersonId
from mcred.domain.layout import decision_path, profile_path
from mcred.domain.people import Person
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.store.seal import make_reading_key
from tests.cli.court import (
    ANAS,
    Forgery,
    an_honest_review,
    asked,
    decided,
    read_on_main,
    repo_of,
    scores_file,
    send_forgery,
    spread_town,
    standing_of,
)
from tests.cli.town import WAIT, Town, git
from tests.sealing import key_of, sealed

ANA = f"ana/{WAIT}"
REMARK, SUMMARY, FEEDBACK = (secrets.token_hex(32) for _ in range(3))
"""What no one but its readers may have, spelled as in no other text."""


def objects_of(place: Path) -> bytes:
    """The content of every object of a repository, loose or packed, reachable or not."""
    return git_bytes(place, "cat-file", "--batch", "--batch-all-objects", "--unordered")


def git_bytes(place: Path, *words: str) -> bytes:
    """What git answers."""
    return subprocess.run(["git", *words], cwd=place, capture_output=True, check=True).stdout


def has(place: Path, *texts: str) -> bool:
    """Whether any of the texts stands anywhere, as it is, in base64 or in base64 of base64."""
    content = objects_of(place)
    spelled = [text.encode() for text in texts]
    for _ in range(2):
        # Any of the three ways to begin within a group of three bytes.
        spelled += [
            base64.b64encode(b"x" * n + text)[n and 4 : -4] for text in tuple(spelled) for n in range(3)
        ]
    return any(text in content for text in spelled)


@pytest.mark.parametrize("times", [0, 1, 2])
@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_a_text_is_found_however_it_is_spelled(sent: Town, times: int, before: str) -> None:
    """The search below would see it."""
    data = f"{before}{REMARK} and more.".encode()
    for _ in range(times):
        data = base64.b64encode(b'{"a": "' + data + b'"}')
    assert not has(sent.remote, REMARK)
    subprocess.run(["git", "hash-object", "-w", "--stdin"], cwd=sent.remote, input=data, check=True)
    assert has(sent.remote, REMARK)


def planted(town: Town, judge: str) -> Town:
    """The judge scores with random remarks."""
    path = scores_file(town, judge, {"questions": "developing"})
    text = path.read_text("utf-8").replace("Say more here.", REMARK).replace("Read with pleasure.", SUMMARY)
    assert REMARK in text and SUMMARY in text
    path.write_text(text, "utf-8")
    town.run(judge, "assess", ANA, "--from", str(path), "--yes")
    return town


def test_before_the_decision_only_issuers_and_the_assessor_have_it(first_town: Town, tmp_path: Path) -> None:
    """Two are asked; one has answered, and everyone has fetched."""
    town = spread_town(first_town, tmp_path / "t")
    judge, other = "mei", "tom"
    town.run("rosa", "sync")
    sent_again(town)
    planted(town, judge)
    for person in ("ana", "ben", other, "rosa"):
        town.run(person, "sync")
    for place in (town.remote, *map(town.home, ("ana", "ben", other, "rosa"))):
        assert not has(place, REMARK, SUMMARY), place
    for person in ("ana", "ben", other):
        said = town.run(person, "explain", ANA).said
        assert REMARK not in said and "developing" not in said
        assert "Until the decision, levels and remarks are sealed" in said
    assert REMARK in town.run("rosa", "explain", ANA).said
    assert REMARK in town.run(judge, "explain", ANA).said


def sent_again(town: Town) -> None:
    """Ana sends her work once more, so that both answer again."""
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Open now\n", "utf-8")
    town.run("ana", "submit", WAIT, "--replace", "--attest", "all", "--note", "Opened.", "--yes")


@pytest.mark.parametrize("outcome", ["revise", "decline", "award"])
def test_after_the_decision_earner_panel_and_issuers_read_it(sent: Town, outcome: str) -> None:
    town, judge = sent, asked(sent)
    planted(town, judge)
    why = "It is so." if outcome != "revise" else ""
    words = ("--feedback", FEEDBACK, *(("--reason", why) if why else ()))
    town.decide("ana", WAIT, outcome, *words)
    for person in ("ana", "ben", judge):
        town.run(person, "sync")
    assert not any(
        has(p, REMARK, SUMMARY, FEEDBACK) for p in (town.remote, town.home("ana"), town.home("ben"))
    )
    said = town.run("ana", "feedback").out
    assert all(text in said for text in (REMARK, SUMMARY, FEEDBACK)) and "developing" in said
    for person in (judge, "rosa"):
        told = town.run(person, "explain", ANA).said
        assert REMARK in told and FEEDBACK in told
    told = town.run("ben", "explain", ANA).said
    assert REMARK not in told and FEEDBACK not in told
    # The levels of an award are everyone's, since they prove it.
    assert ("developing" in told) == (outcome == "award")
    assert ("The remarks are sealed" in told) == (outcome == "award")
    decision = git(town.remote, "show", f"main:{decision_path(ANAS, 1)}")
    assert ("developing" in decision) == (outcome == "award")
    found = town.run("ben", "audit", "--json").json
    assert found["clean"] and [a["proved"] for a in found["awards"]] == [True] * (outcome == "award")


def test_an_issuer_without_a_reading_key_is_told_of_and_one_with_none_stops(sent: Town) -> None:
    town, judge = sent, asked(sent)
    path = profile_path(PersonId("rosa"))
    made = Forgery(
        by="rosa",
        ref="refs/heads/main",
        parent=git(town.remote, "rev-parse", "main").strip(),
        files={path: encode(replace(read_on_main(town, path, Person), reading=()))},
        text=message("Save", "programme"),
        key=read_key(repo_of(town, "rosa")),
    )
    send_forgery(town, made)
    said = town.run(judge, "assess", ANA, "--from", str(scores_file(town, judge)), "--yes", expect=5)
    assert (
        "levels and remarks are sealed to those who decide, and rosa has no reading key listed" in said.said
    )
    assert said.next.startswith("mcred setup")
    town.run("rosa", "person", "add", "cleo", "--role", "issuer")
    said = town.run(judge, "assess", ANA, "--from", str(scores_file(town, judge)), "--yes")
    assert "rosa will not be able to read your review: they have no reading key listed yet" in said.said
    assert (
        "cannot be used: no reading key in this folder opens it"
        in town.run("rosa", "reconcile", ANA, expect=6).said
    )
    town.run("cleo", "reconcile", ANA, "--award", "--yes")


def bent(town: Town, judge: str, bend: Callable[[Assessment, Assessment], dict[str, Any]]) -> None:
    """A signed review whose sealed part was tampered with; a second one is there to swap with."""
    honest, forgery = an_honest_review(town, judge)
    readers = [key_of(town.home(name)) for name in ("rosa", judge)]
    one, two = sealed(honest, readers), sealed(replace(honest, summary="Other."), readers, seed=1)
    stored = replace(one, **bend(one, two))
    (path,) = forgery.files
    send_forgery(town, replace(forgery, files={path: encode(stored)}))


def cut(text: str) -> str:
    """The same age file without its end."""
    return base64.b64encode(base64.b64decode(text)[:-20]).decode()


def stranger() -> list[str]:
    """A key of no one's."""
    return [make_reading_key().public]


BENT: dict[str, tuple[Callable[[Assessment, Assessment], dict[str, Any]], str]] = {
    "cut": (lambda one, _: {"sealed": cut(one.sealed)}, "it was changed, or part of it is missing"),
    "key cut": (lambda one, _: {"key": cut(one.key)}, "it was changed, or part of it is missing"),
    "swapped": (
        lambda _, two: {"sealed": two.sealed, "key": two.key},
        "what is sealed in it is not what it vouches for",
    ),
    "another key": (lambda _, two: {"key": two.key}, "no reading key in this folder opens it"),
    "for a stranger": (
        lambda one, _: {"key": sealed(replace(one, sealed="", key=""), stranger()).key},
        "no reading key in this folder opens it",
    ),
}


@pytest.mark.parametrize("name", BENT)
def test_a_review_that_cannot_be_opened_is_named_and_nothing_is_lost(sent: Town, name: str) -> None:
    judge = asked(sent)
    bend, why = BENT[name]
    bent(sent, judge, bend)
    before = git(sent.remote, "for-each-ref")
    said = sent.run("rosa", "reconcile", ANA, "--award", "--yes", expect=6).said
    assert f"{judge}'s review of {ANA} cannot be used: {why}. Nothing is lost" in said
    assert f"then {judge} assesses it again" in said
    assert git(sent.remote, "for-each-ref") == before


PLAIN: dict[str, tuple[Callable[[Assessment, Assessment], dict[str, Any]], str]] = {
    "no age file": (lambda *_: {"sealed": "bm8gYWdl"}, "are not sealed in a way that is accepted here"),
    "no base64": (lambda *_: {"sealed": "%%%"}, "are not sealed in a way that is accepted here"),
    "nothing sealed": (lambda *_: {"sealed": ""}, "its levels and remarks are not sealed"),
    "no commitments": (lambda *_: {"commitments": ()}, "it does not commit to one level"),
    "one commitment twice": (
        lambda one, _: {"commitments": (one.commitments[0],) * len(one.commitments)},
        "it does not commit to one level",
    ),
    "a remark in the open": (
        lambda *_: {"summary": "Well."},
        "everyone can read its levels or remarks before the decision",
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_review_that_is_not_sealed_does_not_count(sent: Town, name: str) -> None:
    judge = asked(sent)
    bend, why = PLAIN[name]
    bent(sent, judge, bend)
    assert standing_of(sent).missing == (PersonId(judge),)
    assert why in sent.run("rosa", "queue").said


def test_a_kept_level_that_no_key_opens_is_set_with_a_reason(back: Town) -> None:
    """Cleo was no issuer when Rosa sent it back."""
    town = back
    town.run("rosa", "person", "add", "cleo", "--role", "issuer")
    (town.folder("ana") / "evidence" / "plan.md").write_text("# Open questions now\n", "utf-8")
    town.run("ana", "submit", WAIT, "--attest", "all", "--note", "Opened the questions.")
    judge = asked(town)
    path = town.desk(judge) / "s.yaml"
    path.write_text("format: 2\nscores:\n  - {criterion: questions, level: proficient}\n", "utf-8")
    town.run(judge, "assess", ANA, "--from", str(path), "--yes")
    said = town.run("cleo", "reconcile", ANA, expect=1).said
    assert "keeps its level, and that is sealed" in said and "by rosa or another issuer of that day" in said
    levels = ("--level", "context=passing: As before.", "--level", "waiting=proficient: As before.")
    town.run("cleo", "reconcile", ANA, "--award", "--yes", *levels)
    decision, _ = decided(town, 2)
    assert [(s.criterion, s.by_issuer) for s in decision.levels if s.by_issuer] == [
        ("context", True),
        ("waiting", True),
    ]
    assert town.run("ben", "audit", "--json").json["clean"]
