"""Make the sample programme of this repository with the real verbs.

    python tools/sample.py DIR

clones this repository into DIR, founds the programme there and lets a few people work in it; what comes out
is on the branch `main` of DIR/remote.git, ready to be pulled. The signing keys are derived from public text,
so that the sample can be continued later by anybody; its awards prove nothing.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mcred.cli.desk import KEY_FILE
from mcred.cli.edge import Edge
from mcred.cli.show import Show
from mcred.cli.story import Stage, hand_in, improve, judge
from mcred.store.git import open_repo

PROJECT = Path(__file__).resolve().parent.parent
PEOPLE = {
    "rosa": ("Rosa Diaz", "District Office"),
    "mei": ("Mei Lin", "University"),
    "ana": ("Ana Reyes", "Lincoln Elementary"),
    "ben": ("Ben Okafor", "Harbor Middle School"),
}
FIRST, SECOND = "fractions-number-line", "formative-regrouping"


def put_key(home: Path, person: str) -> None:
    """The person's sample key, in the place where `mcred setup` would make one."""
    seed = hashlib.sha256(f"mcred sample signing key of {person}".encode()).digest()
    key = Ed25519PrivateKey.from_private_bytes(seed)
    place = open_repo(home).state_dir / KEY_FILE
    place.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    place.chmod(0o600)


def main() -> None:
    """Found, join, submit, revise, award."""
    place = Path(sys.argv[1]).resolve()
    place.mkdir(parents=True)
    stage = Stage(edge=Edge(at=place, show=Show(), no_input=True), place=place)
    programme = stage.home("rosa")
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(PROJECT), str(programme)], check=True)
    subprocess.run(["git", "-C", str(programme), "remote", "remove", "origin"], check=True)
    put_key(programme, "rosa")
    name, school = PEOPLE["rosa"]
    stage.run(
        *(
            "rosa",
            "init",
            str(programme),
            "--name",
            "mcred sample programme",
            "--programme-id",
            "mcred-sample",
        ),
        *("--person", name, "--id", "rosa", "--school", school, "--remote", str(stage.remote)),
        at=place,
    )
    for person, (name, school) in PEOPLE.items():
        if person == "rosa":
            continue
        home = stage.home(person)
        home.parent.mkdir(parents=True, exist_ok=True)
        stage.run(person, "join", str(stage.remote), str(home), at=place)
        put_key(home, person)
        words = ("setup", "--name", name, "--id", person, "--school", school, "--publish", "public")
        stage.run(person, *words)
        stage.run("rosa", "person", "add", person, *(("--role", "expert") if person == "mei" else ()))
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


if __name__ == "__main__":
    main()
