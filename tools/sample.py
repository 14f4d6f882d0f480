"""Make or continue the sample programme of this repository with the real verbs.

    python tools/sample.py DIR

clones this repository into DIR. Where it is no programme yet, it is founded and a few people work in it.
Where it is one, definitions edited under `credentials/` are saved and more people come, so that the pages
have awards of every kind to show. What comes out is on the branch `main` of DIR/remote.git, to be pulled.
All signing keys are derived from public text, so that the sample can be continued later by anybody; its
awards prove nothing.
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
from mcred.app.profile import read_profile, settle
from mcred.badges.keys import make_issuer_key, write_key
from mcred.cli.demo import Stage, earn, hand_in, improve, judge
from mcred.cli.show import Show
from mcred.cli.terminal import Terminal, read_clock
from mcred.domain.ids import PersonId
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


def clone_project(stage: Stage) -> Path:
    """Rosa's copy of this repository, without a shared place."""
    programme = stage.home("rosa")
    _clone(programme)
    subprocess.run(["git", "-C", str(programme), "remote", "remove", "origin"], check=True)
    put_key(programme, "rosa")
    return programme


def share_project(stage: Stage) -> None:
    """A shared place that has what is committed here, on the one branch main."""
    _clone(stage.remote, "--bare", "--single-branch", "--branch", "main")
    subprocess.run(["git", "-C", str(stage.remote), "remote", "remove", "origin"], check=True)


def _clone(into: Path, *options: str) -> None:
    words = ["git", "clone", "--quiet", "--no-hardlinks", *options, str(PROJECT), str(into)]
    subprocess.run(words, check=True)


def bring(stage: Stage, person: str) -> None:
    """A copy of the programme for a person, with their sample key in it."""
    home = stage.home(person)
    home.parent.mkdir(parents=True, exist_ok=True)
    stage.run(person, "join", str(stage.remote), str(home), at=stage.place)
    put_key(home, person)


def come_back(stage: Stage, person: str) -> None:
    """Somebody the programme knows has their folder again, as on the day they were confirmed."""
    home = stage.home(person)
    bring(stage, person)
    profile = read_profile(home, PersonId(person))
    if profile is None:
        raise SystemExit(f"{person} has no profile in {home}")
    settle(open_repo(home), stage.edge, profile)


def introduce(stage: Stage, person: str, name: str, school: str, publish: str, *role: str) -> None:
    """Somebody new: they say who they are, and Rosa confirms it."""
    bring(stage, person)
    words = ("setup", "--name", name, "--id", person, "--school", school, "--publish", publish)
    stage.run(person, *words)
    stage.run("rosa", "person", "add", person, *role)


def found(place: Path) -> None:
    """Found, join, submit, revise, award."""
    stage = stage_at(place)
    programme = clone_project(stage)
    name, school = PEOPLE["rosa"]
    founding = ("init", str(programme), "--name", "mcred sample programme", "--programme-id", PROGRAMME)
    founder = ("--person", name, "--id", "rosa", "--school", school, "--remote", str(stage.remote))
    stage.run("rosa", *founding, *founder, at=place)
    for person, (name, school) in PEOPLE.items():
        if person != "rosa":
            role = ("--role", "expert") if person == "mei" else ()
            introduce(stage, person, name, school, "public", *role)
    stage.run("ana", "start", FIRST)
    hand_in(stage, "ana", FIRST, "revise")
    stage.run("ana", "submit", FIRST, "--attest", "all")
    judge(stage, "ana", FIRST, "revise")
    stage.run(
        *("rosa", "reconcile", f"ana/{FIRST}", "--revise", "--yes"),
        *("--feedback", "A strong start. Two criteria are close; the remarks say what is missing."),
    )
    stage.run("ana", "sync")
    improve(stage, "ana", FIRST)
    stage.run(
        *("ana", "submit", FIRST, "--attest", "all"),
        *("--note", "I taught the lesson on equivalence anew and added the students' own words."),
    )
    judge(stage, "ana", FIRST, "proficient")
    stage.run("rosa", "reconcile", f"ana/{FIRST}", "--award", "--yes", "--feedback", "Well earned.")
    stage.run("ben", "start", SECOND)
    hand_in(stage, "ben", SECOND, "revise")
    stage.run("ben", "submit", SECOND, "--attest", "all")
    judge(stage, "ben", SECOND, "revise")
    stage.run("rosa", "reconcile", f"ben/{SECOND}", "--revise", "--yes")
    stage.run("rosa", "lint")


def grow(place: Path) -> None:
    """Save the definitions that were edited, let more people come, and award in several ways."""
    stage = stage_at(place)
    share_project(stage)
    for person in PEOPLE:
        come_back(stage, person)
    shutil.copytree(PROJECT / "credentials", stage.home("rosa") / "credentials", dirs_exist_ok=True)
    stage.run("rosa", "lint")
    stage.run("rosa", "save", "--programme")
    put_issuer_key(place)
    evening = stage_at(place, now=lambda: EVENING)
    evening.run("rosa", "key", "new")
    for person, (name, school, publish) in NEWCOMERS.items():
        role = ("--role", "expert") if person == "tom" else ()
        introduce(evening, person, name, school, publish, *role)
    earn(evening, "cleo", "student-work-protocol")
    _awards(stage)
    _afterwards(stage)
    stage.run("rosa", "lint")
    stage.run("rosa", "audit")


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


def main() -> None:
    """Found the sample, or go on with it."""
    place = Path(sys.argv[1]).resolve()
    place.mkdir(parents=True)
    (grow if (PROJECT / "mcred.yaml").exists() else found)(place)


if __name__ == "__main__":
    main()
