"""What tests of amended awards ask the remote: awards by number, status lists, keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcred.app.keys.signing import read_key
from mcred.badges.status_list import read_bit, read_bits
from mcred.badges.status_places import place_of
from mcred.domain.ids import CommitId
from mcred.store.write import Author, build_tree, commit_tree, put_blob
from tests.cli.court import names_on_main, on_main, repo_of
from tests.cli.town import WAIT, Town, git

ANA = f"ana/{WAIT}"


def award_of(town: Town, name: str = "1", earner: str = "ana", credential: str = WAIT) -> dict[str, Any]:
    """An award document of the main line: `1` as first issued, `1-2` issued again."""
    attempt, dash, number = name.partition("-")
    path = f"portfolios/{earner}/{credential}/attempts/{attempt}/badge{dash}{number}.json"
    found: dict[str, Any] = json.loads(on_main(town, path))
    return found


def lists_of(town: Town) -> Mapping[str, dict[str, Any]]:
    """The status lists of the main line, by their address."""
    names = [n for n in names_on_main(town, "credentials") if re.fullmatch(r"status/\d+\.json", n)]
    found = [json.loads(on_main(town, f"credentials/{name}")) for name in names]
    return {document["id"]: document for document in found}


def is_set(town: Town, award: Mapping[str, Any]) -> bool:
    """Whether a badge's list says that it holds no more."""
    place = place_of(award)
    assert place is not None
    return read_bit(lists_of(town)[place.list], place.index)


def bits_of(town: Town) -> Mapping[str, frozenset[int]]:
    """Every place that is set, by list."""
    return {address: read_bits(document) for address, document in lists_of(town).items()}


def steps_on_main(town: Town, since: str) -> list[str]:
    """The titles of what was put on the main line since a state of it, oldest first."""
    return git(
        town.remote, "log", "--reverse", "--first-parent", "--format=%s", f"{since}..main"
    ).splitlines()


def tip(town: Town) -> str:
    """The main line's newest state."""
    return git(town.remote, "rev-parse", "main").strip()


def key_files(town: Town) -> list[Path]:
    """The issuer's key files, by name."""
    assert town.keys is not None
    return sorted(town.keys.iterdir())


def built(town: Town, person: str = "rosa") -> Path:
    """The pages, made again."""
    town.run(person, "build", "--out", "pages")
    return town.home(person) / "pages"


def verdict(town: Town, award: Mapping[str, Any], expect: int | None = None) -> str:
    """What `mcred verify` in Rosa's folder answers: the state."""
    path = town.desk("rosa") / "badge.json"
    path.write_text(json.dumps(award), encoding="utf-8")
    ran = town.run("rosa", "verify", str(path), "--json", expect=expect)
    state: str = ran.json["state"]
    return state


def put_on_main(town: Town, files: Mapping[str, bytes | None]) -> None:
    """Rosa changes the main line by hand, signed with her key."""
    town.run("rosa", "sync")
    repo, key = repo_of(town, "rosa"), read_key(repo_of(town, "rosa"))
    base = CommitId(tip(town))
    changes = {path: None if data is None else put_blob(repo, data) for path, data in files.items()}
    author = Author(name="Rosa", email="rosa@mcred.invalid", when=town.now)
    commit = commit_tree(repo, build_tree(repo, base, changes), [base], "By hand", author, key)
    git(town.home("rosa"), "push", "--quiet", "origin", f"{commit}:refs/heads/main")
    town.run("rosa", "sync")
