"""The index gives what reading everything gives, after any chain of changes, and does without its file."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from mcred.app.index.catalog import IndexedCatalog, open_index
from mcred.app.index.database import Tell, open_database, place_of
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import Terminal
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, SubmissionId
from mcred.domain.layout import MAIN, PROGRAMME, award_path, decision_path, profile_path, revocation_path
from mcred.problems import McredError
from mcred.store.git import open_repo
from mcred.store.session import git_session
from mcred.store.snapshot import list_tree, read_blobs
from mcred.store.write import Author, build_tree, commit_tree, put_blob
from tests.cli.town import WAIT, Town
from tests.whole_reading import check_against_whole, rows_of

ANA = PersonId("ana")
ANAS = SubmissionId(ANA, CredentialId(WAIT))


@pytest.fixture(autouse=True)
def _session() -> Iterator[None]:
    with git_session():
        yield


def desk_of(town: Town, person: str = "rosa") -> Workspace:
    return open_workspace(Terminal(at=town.home(person), now=lambda: town.now, no_input=True))


def make_change(ws: Workspace, parent: CommitId, changes: dict[str, BlobId | None]) -> CommitId:
    author = Author(name="x", email="x@mcred.invalid", when=ws.ctx.now())
    tree = build_tree(ws.repo, parent, changes)
    return commit_tree(ws.repo, tree, [parent], "x\n", author, ws.key())


def make_history(ws: Workspace, seed: int, steps: int) -> list[CommitId]:
    """Commits that add, change, break, remove and bring back files of every kind, none by the rules."""
    rng = random.Random(seed)  # noqa: S311 (the same history every time)
    files = {path: entry.blob for path, entry in list_tree(ws.repo, ws.main).items()}
    texts = read_blobs(ws.repo, files.values())
    broken = put_blob(ws.repo, b"format: 2\nid: [\n")
    others = {p: p.replace("/ana/", "/zoe/").replace(f"/{WAIT}/", "/other/") for p in files}
    tips, tip = [], ws.main
    for _ in range(steps):
        changes: dict[str, BlobId | None] = {}
        for path in rng.sample(sorted(files), rng.randrange(1, 12)):
            blob = files[path]
            moved = put_blob(ws.repo, texts[blob].replace(b"ana/", b"zoe/").replace(b"id: ana", b"id: zoe"))
            changes[rng.choice((path, others[path]))] = rng.choice((None, broken, moved, blob, blob))
        changes[PROGRAMME] = files[PROGRAMME]
        tips.append(tip := make_change(ws, tip, changes))
    return tips


@pytest.mark.parametrize("seed", [1, 2])
def test_any_chain_of_changes_gives_the_index_made_from_nothing(
    earned: Town, tmp_path: Path, seed: int
) -> None:
    ws = desk_of(earned)
    seen = set()
    rng = random.Random(seed)  # noqa: S311 (the same choices every time)
    tips = make_history(ws, seed, 40)
    for tip in (*tips, *rng.choices(tips, k=10)):  # also back, and across what is not related
        rows = rows_of(open_database(tmp_path, ws.repo, tip, None))
        assert rows == rows_of(open_database(None, ws.repo, tip, None))
        seen |= {(row[2], row[-1] is None) for row in rows}
    assert {("decision", False), ("decision", True), ("profile", True), ("definition", True)} <= seen


@pytest.mark.parametrize("town_of", ["sent", "back", "earned"])
def test_the_catalog_answers_as_one_that_was_read_whole(request: pytest.FixtureRequest, town_of: str) -> None:
    town: Town = request.getfixturevalue(town_of)
    for person in ("rosa", "ana"):
        check_against_whole(desk_of(town, person))
        check_against_whole(desk_of(town, person))


def test_many_records_are_read_some_at_a_time_and_counted(
    earned: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = desk_of(earned)
    tips = make_history(ws, 3, 8)
    whole = open_index(None, ws.repo, tips[-1]).records
    monkeypatch.setattr("mcred.app.index.catalog._BATCH", 1)
    told: list[tuple[int, int | None]] = []

    @contextmanager
    def working(what: str) -> Iterator[Tell]:
        yield lambda phase, done, total: told.append((done, total))

    found = dict(open_index(tmp_path, ws.repo, tips[-1], working).records.items())
    assert list(found) == list(whole) and all(found[submission] == whole[submission] for submission in whole)
    assert told == [(done, len(found)) for done in range(len(found))] and len(told) > 1


def test_a_folder_keeps_its_answers_while_the_index_goes_on(earned: Town) -> None:
    before = desk_of(earned)
    path = revocation_path(ANAS, 1)
    later = make_change(before, before.main, {path: put_blob(before.repo, b"{}"), profile_path(ANA): None})
    after = open_index(before.ctx.cache, before.repo, later)
    assert before.catalog.held_by(ANA) == {CredentialId(WAIT)} and after.held_by(ANA) == frozenset()
    assert ANA in before.catalog.people and ANA not in after.people
    assert before.catalog.holders == {CredentialId(WAIT): {ANA}} and after.holders == {}


def test_what_cannot_be_read_is_counted_and_left_out(earned: Town) -> None:
    ws = desk_of(earned)
    assert ws.catalog.unreadable == 0
    odd = put_blob(ws.repo, b"format: 3\n")
    broken = {profile_path(ANA): odd, decision_path(ANAS, 1): odd}
    found = open_index(ws.ctx.cache, ws.repo, make_change(ws, ws.main, dict(broken)))
    assert found.unreadable == 2 and ANA not in found.people
    assert found.attempts(ANAS) == {1}, "it was decided, whatever the file says"


def _ruin(place: Path) -> None:
    data = bytearray(place.read_bytes())
    data[200 : len(data) : 7] = bytes(len(data[200 : len(data) : 7]))
    place.write_bytes(data)


def _foreign(place: Path) -> None:
    with sqlite3.connect(place) as db:
        db.execute("UPDATE main SET commit_id = ?", ("0" * 40,))
        db.execute("UPDATE file SET person = 'mallory'")
    db.close()


def _other_version(place: Path) -> None:
    with sqlite3.connect(place) as db:
        db.execute("UPDATE made SET version = 'older'")
        db.execute("DELETE FROM file")
    db.close()


def _no_database(place: Path) -> None:
    place.write_bytes(b"not a database, but as long as one\n" * 200)


def _folder(place: Path) -> None:
    place.unlink()
    place.mkdir()


DAMAGES = {
    "changed bytes": _ruin,
    "another history": _foreign,
    "another version": _other_version,
    "no database": _no_database,
    "cut": lambda place: place.write_bytes(place.read_bytes()[:5000]),
    "empty": lambda place: place.write_bytes(b""),
    "a folder": _folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_built_again(earned: Town, tmp_path: Path, damage: str) -> None:
    repo = open_repo(earned.home("rosa"))
    main = desk_of(earned).main
    whole = rows_of(open_database(None, repo, main, None))
    open_database(tmp_path, repo, main, None).close()
    DAMAGES[damage](place_of(tmp_path, repo))
    for _ in range(2):
        assert rows_of(open_database(tmp_path, repo, main, None)) == whole


def test_a_value_that_turns_out_damaged_is_named_and_the_next_command_has_a_new_file(earned: Town) -> None:
    ws = desk_of(earned)
    cache = ws.ctx.cache
    assert cache is not None
    place = place_of(cache, ws.repo)
    with sqlite3.connect(place) as db:
        db.execute("UPDATE file SET value = x'c1' WHERE kind = 'profile'")
    db.close()
    with pytest.raises(McredError, match="damaged, so it was removed"):
        _ = open_index(cache, ws.repo, ws.main).people[ANA]
    assert ANA in open_index(cache, ws.repo, ws.main).people


def test_where_nothing_can_be_kept_it_is_made_in_memory(earned: Town, tmp_path: Path) -> None:
    repo, main = open_repo(earned.home("rosa")), desk_of(earned).main
    whole = rows_of(open_database(None, repo, main, None))
    (tmp_path / "index").write_text("a file where the folder should be")
    assert rows_of(open_database(tmp_path, repo, main, None)) == whole


def test_two_computers_with_one_home_have_a_file_each(
    earned: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, main = open_repo(earned.home("rosa")), desk_of(earned).main
    open_database(tmp_path, repo, main, None).close()
    here = place_of(tmp_path, repo)
    before = here.read_bytes()
    with closing(sqlite3.connect(here, isolation_level=None)) as held:
        held.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(nodename="library-7.school.example"))
        assert rows_of(open_database(tmp_path, repo, main, None)) == rows_of(
            open_database(None, repo, main, None)
        )
    there = place_of(tmp_path, repo)
    assert there != here and there.is_file() and here.read_bytes() == before
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(nodename="library-7"))
    assert place_of(tmp_path, repo) == there, "a name in full at one desk, and short at another"


def test_where_the_file_stays_locked_the_answers_are_right_all_the_same(
    earned: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = desk_of(earned)
    first, *_, last = make_history(ws, 3, 6)
    monkeypatch.setattr("mcred.app.index.database._WAIT", 0.01)
    open_database(tmp_path, ws.repo, first, None).close()
    place = place_of(tmp_path, ws.repo)
    before = place.stat().st_ino
    with closing(sqlite3.connect(place, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        assert rows_of(open_database(tmp_path, ws.repo, last, None)) == rows_of(
            open_database(None, ws.repo, last, None)
        )
    assert place.stat().st_ino == before, "it is another process's, and in use"


ALONGSIDE = """
import sys
from pathlib import Path
from mcred.app.index.database import open_database
from mcred.store.git import open_repo
from tests.whole_reading import rows_of
repo = open_repo(Path(sys.argv[1]))
for main in sys.argv[3:] * 3:
    rows = rows_of(open_database(Path(sys.argv[2]), repo, main, None))
    assert rows == rows_of(open_database(None, repo, main, None)), main
"""


@pytest.mark.slow
def test_processes_side_by_side_each_get_their_own_commit(earned: Town, tmp_path: Path) -> None:
    ws = desk_of(earned)
    tips = make_history(ws, 3, 6)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ALONGSIDE, str(earned.home("rosa")), str(tmp_path), *order],
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for order in (tips, tips[::-1], tips[3:] + tips[:3])
    ]
    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said.decode()


def test_an_award_without_decision_and_other_odd_records_do_no_harm(earned: Town) -> None:
    ws = desk_of(earned)
    changes: dict[str, BlobId | None] = {award_path(SubmissionId(PersonId("ben"), ANAS.credential), 1): None}
    changes[award_path(SubmissionId(PersonId("ben"), ANAS.credential), 2)] = put_blob(ws.repo, b"{}")
    found: IndexedCatalog = open_index(ws.ctx.cache, ws.repo, make_change(ws, ws.main, changes))
    assert found.holders[ANAS.credential] == {ANA, "ben"}
    assert found.outline(SubmissionId(PersonId("ben"), ANAS.credential)) is None


def test_main_without_rules_says_so(earned: Town) -> None:
    ws = desk_of(earned)
    bare = make_change(ws, ws.main, {PROGRAMME: None})
    with pytest.raises(McredError, match=r"there is no mcred\.yaml"):
        open_index(ws.ctx.cache, ws.repo, bare)
    assert MAIN and open_index(ws.ctx.cache, ws.repo, ws.main).programme == ws.catalog.programme
