"""Make the sample programme of this repository with the real verbs, from the definitions in `credentials/`.

    python tools/sample.py DIR

A few people found a programme in DIR and work in it, so that the pages have awards of every kind to show.
What comes out is on the branch `main` of DIR/remote.git, and what people publish on the branches `shown/…`.
It has a history of its own; to take it over,

    git pull --allow-unrelated-histories DIR/remote.git main
    git fetch --force DIR/remote.git 'refs/heads/shown/*:refs/heads/shown/*'

with its `mcred.yaml`, `credentials/` and `portfolios/` as they are. All signing keys are derived from public
text, so that anyone can continue the sample; its awards prove nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mcred.app.keys.signing import KEY_FILE
from mcred.badges.keys import make_issuer_key, write_key
from mcred.cli.demo import Stage, assess_as_agreed, earn, hand_in, improve, publish_pieces
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal, read_clock
from mcred.store.git import open_repo

PROJECT = Path(__file__).resolve().parent.parent
PROGRAMME = "mcred-sample"
PEOPLE = {
    "rosa": ("Rosa Diaz", "District Office"),
    "mei": ("Mei Lin", "University"),
    "ana": ("Ana Reyes", "Lincoln Elementary"),
    "ben": ("Ben Okafor", "Harbor Middle School"),
}
NEWCOMERS = {
    "tom": ("Tomás Vega", "College of Education", "public"),
    "cleo": ("Cleo Martin", "Hill Street School", "public"),
    "dev": ("Dev Patel", "Riverside Academy", "private"),
    "eva": ("Eva Novak", "Oak Grove School", "unlisted"),
}
FIRST, SECOND = "fractions-number-line", "formative-regrouping"
EVENING = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
"""The evening of the founding: an award renewed later holds a day longer, and not from tomorrow."""


def _seed(text: str) -> bytes:
    return hashlib.sha256(f"mcred sample {text}".encode()).digest()


def put_key(home: Path, person: str) -> None:
    """The person's sample key, in the place where `mcred setup` would make one."""
    key = Ed25519PrivateKey.from_private_bytes(_seed(f"signing key of {person}"))
    place = open_repo(home).state_dir / KEY_FILE
    place.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    place.chmod(0o600)


def put_issuer_key(place: Path) -> None:
    """The sample's key for badges, where `mcred key new` would make one."""
    keys = place / "keys"
    keys.mkdir()
    (keys / f"{PROGRAMME}.pem").write_text(write_key(make_issuer_key(_seed("issuer key"))), "ascii")


def stage_at(place: Path, now: Callable[[], datetime] = read_clock) -> Stage:
    """Where the sample plays, by the clock it plays by."""
    return Stage(edge=Terminal(at=place, show=Show(), now=now, no_input=True), place=place)


def found(stage: Stage) -> None:
    """Rosa founds the programme, with the definitions of this repository and her sample keys."""
    programme = stage.home("rosa")
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main", str(programme)], check=True)
    put_key(programme, "rosa")
    put_issuer_key(stage.place)
    name, school = PEOPLE["rosa"]
    founding = ("init", str(programme), "--name", "mcred sample programme", "--programme-id", PROGRAMME)
    founder = (
        "--person",
        name,
        "--id",
        "rosa",
        "--school",
        school,
        "--remote",
        str(stage.remote),
        "--work",
        "open",
    )
    stage.run("rosa", *founding, *founder, at=stage.place)
    skipped = shutil.ignore_patterns("status")
    shutil.copytree(PROJECT / "credentials", programme / "credentials", dirs_exist_ok=True, ignore=skipped)
    stage.run("rosa", "lint")
    stage.run("rosa", "save", "--programme")


def bring(stage: Stage, person: str) -> None:
    """A copy of the programme for a person, with their sample key in it."""
    home = stage.home(person)
    home.parent.mkdir(parents=True, exist_ok=True)
    stage.run(person, "join", str(stage.remote), str(home), at=stage.place)
    put_key(home, person)


def introduce(stage: Stage, person: str, name: str, school: str, publish: str, *role: str) -> None:
    """Someone new: they say who they are, and Rosa confirms it."""
    bring(stage, person)
    words = ("setup", "--name", name, "--id", person, "--school", school, "--publish", publish)
    stage.run(person, *words)
    stage.run("rosa", "person", "add", person, *role)


def play(place: Path) -> None:
    """Found, join, submit, revise, award, and what becomes of awards."""
    evening, stage = stage_at(place, now=lambda: EVENING), stage_at(place)
    found(evening)
    for person, (name, school) in PEOPLE.items():
        if person != "rosa":
            role = ("--role", "expert") if person == "mei" else ()
            introduce(evening, person, name, school, "public", *role)
    for person, (name, school, publish) in NEWCOMERS.items():
        role = ("--role", "expert") if person == "tom" else ()
        introduce(evening, person, name, school, publish, *role)
    _first_attempts(evening)
    evening.run("rosa", "key", "new")
    earn(evening, "cleo", "student-work-protocol")
    _awards(stage)
    _afterwards(stage)
    stage.run("rosa", "lint")
    stage.run("rosa", "audit")


def _first_attempts(stage: Stage) -> None:
    """Ana and Ben are asked to revise; Ana does, and is awarded before the programme has a key."""
    stage.run("ana", "start", FIRST)
    hand_in(stage, "ana", FIRST, "revise")
    stage.run("ana", "submit", FIRST, "--attest", "all")
    assess_as_agreed(stage, "ana", FIRST, "revise")
    stage.run(
        *("rosa", "reconcile", f"ana/{FIRST}", "--revise", "--yes"),
        *("--feedback", "A strong start. Two criteria are close; the remarks say what is missing."),
    )
    stage.run("ana", "sync")
    improve(stage, "ana", FIRST)
    stage.run(
        *("ana", "submit", FIRST, "--attest", "all"),
        *("--note", "I taught the lesson on equivalence again and added the students' own words."),
    )
    assess_as_agreed(stage, "ana", FIRST, "proficient")
    stage.run("rosa", "reconcile", f"ana/{FIRST}", "--award", "--yes", "--feedback", "Well earned.")
    stage.run("ben", "start", SECOND)
    hand_in(stage, "ben", SECOND, "revise")
    stage.run("ben", "submit", SECOND, "--attest", "all")
    assess_as_agreed(stage, "ben", SECOND, "revise")
    stage.run("rosa", "reconcile", f"ben/{SECOND}", "--revise", "--yes")


def _awards(stage: Stage) -> None:
    """Something of nearly every topic, by people whose pages are public, unlisted and private."""
    for earner, credential in (
        ("ana", SECOND),
        ("ana", "near-and-far"),
        ("ben", "fair-test-design"),
        ("ben", "critique-and-drafts"),
        ("cleo", "peer-coaching-cycle"),
        ("dev", "working-memory-load"),
        ("eva", "lectura-lateral"),
        ("eva", "true-cost"),
    ):
        earn(stage, earner, credential)


def _afterwards(stage: Stage) -> None:
    """What becomes of awards: issued again, renewed, revoked; the stacks' badges that are due."""
    signed = "Signed with the programme's key, which it had not yet when this was awarded."
    stage.run("rosa", "reissue", f"ana/{FIRST}", "--reason", signed, "--yes")
    shown = "Showed the notes of a session she led this month."
    stage.run("rosa", "renew", "cleo/student-work-protocol", "--reason", shown, "--yes")
    consent = "The photos of the teams turned out to be of another school."
    stage.run("rosa", "revoke", "ben/fair-test-design", "--reason", consent, "--yes")
    stage.run("rosa", "stacks", "--award", "--yes")
    for earner, credential in (
        ("ana", FIRST),
        ("ana", "near-and-far"),
        ("ben", "critique-and-drafts"),
        ("cleo", "peer-coaching-cycle"),
        ("eva", "lectura-lateral"),
    ):
        publish_pieces(stage, earner, credential)


def main() -> None:
    """Make the sample."""
    place = Path(sys.argv[1]).resolve()
    place.mkdir(parents=True)
    play(place)


if __name__ == "__main__":
    main()
