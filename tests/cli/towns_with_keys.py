"""Towns whose programme signs its awards, with and without an address for its pages."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from mcred.badges.keys import IssuerKey, read_key
from mcred.badges.open_badge import write_document
from mcred.badges.proof_pair import sign_badge
from tests.cli.town import WAIT, Town, git, set_site

SITE = "https://badges.example.org/lakeside"
BADGE = f"badges/ana/{WAIT}/1/badge.json"
DID = "did:web:badges.example.org:lakeside"


def place_site(town: Town) -> None:
    """Say where the pages will stand."""
    set_site(town, SITE)


def award_signed(town: Town) -> Town:
    """Ana's work, which is in review, awarded with a signature."""
    town.run("rosa", "key", "new")
    town.assess("ana")
    town.decide("ana", WAIT, "award")
    town.run("ana", "sync")
    return town


def build(town: Town) -> Path:
    """The pages."""
    town.run("rosa", "build")
    return town.home("rosa") / "site"


def issuer_key() -> IssuerKey:
    """The founder's key, which lies below the test's own home."""
    (found,) = Path(os.environ["HOME"]).rglob("*.pem")
    return read_key(found.read_text("ascii"))


def sign_again(document: dict[str, Any], when: datetime, **changes: Any) -> bytes:
    """A badge that says something else, signed with the programme's very key."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    changed = {**unsigned, **changes}
    return write_document(sign_badge(changed, issuer_key(), document["proof"][0]["verificationMethod"], when))


def store(town: Town, path: str, data: bytes | None, why: str = "By hand") -> None:
    """Something put on (or taken off) the main line by hand, past every verb."""
    place = town.place / "by-hand"
    if not place.exists():
        git(town.place, "clone", "--quiet", str(town.remote), str(place))
    git(place, "pull", "--quiet")
    file = place / path
    if data is None:
        file.unlink()
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    git(place, "add", "-A")
    name = ("-c", "user.name=X", "-c", "user.email=x@example.org")
    stamp = f"{int(town.now.timestamp())} +0000"
    os.environ.update(GIT_COMMITTER_DATE=stamp, GIT_AUTHOR_DATE=stamp)
    try:
        git(place, *name, "commit", "--quiet", "-m", why)
    finally:
        del os.environ["GIT_COMMITTER_DATE"], os.environ["GIT_AUTHOR_DATE"]
    git(place, "push", "--quiet")


def read(path: Path) -> dict[str, Any]:
    """A JSON document."""
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found
