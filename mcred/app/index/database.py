"""The index's SQLite file in the user's cache folder, brought to one commit of main and read at that commit.

Each opening has a connection of its own with a read transaction, so its answers stay those of its commit
while this or another process takes the file to a later one. A file that is damaged, of another format or
cannot be written is replaced by a new one, or by one in memory.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from pathlib import Path

from msgspec.structs import astuple

from mcred import __version__
from mcred.app.index.rows import FORMAT, SHAPES, Row, kind_of, make_row
from mcred.domain.ids import CommitId
from mcred.store.batch import read_small
from mcred.store.diffs import list_changes
from mcred.store.git import Repo, resolve
from mcred.store.log import Change
from mcred.store.snapshot import REGULAR

Tell = Callable[[str, int, int | None], None]
"""A progress function: phase, done, total."""
Working = Callable[[str], AbstractContextManager[Tell | None]]
"""Announces a long operation, as `Notices.working`."""
_COLUMNS = Row.__struct_fields__
_OPEN = ("person", "credential", "seen", "fingerprint", "value")
_SCHEMA = f"""
CREATE TABLE file ({", ".join(_COLUMNS)}, PRIMARY KEY (path)) WITHOUT ROWID;
CREATE INDEX by_kind ON file (kind, credential, person, attempt, number);
CREATE INDEX by_person ON file (person, kind);
CREATE INDEX by_definition ON file (definition) WHERE definition != '';
CREATE TABLE main (commit_id);
CREATE TABLE open ({", ".join(_OPEN)}, PRIMARY KEY (person, credential)) WITHOUT ROWID;
CREATE TABLE open_whole (fingerprint);
CREATE TABLE made (version);
"""
_PUT = f"INSERT OR REPLACE INTO file VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 (no values)
_WAIT = 20.0
"""Seconds to wait for another process that is bringing the file up to date."""
_TRIES = 3
_BATCH = 2_000
"""How many files are read at a time; more than that are announced."""


def open_database(
    cache: Path | None, repo: Repo, main: CommitId, working: Working | None
) -> sqlite3.Connection:
    """A connection that sees the rows of one commit of main.

    `cache`: the user's cache folder; None to build in memory. Raises McredError where the repository cannot
    be read.
    """
    place = place_of(cache, repo) if cache is not None else None
    for _ in range(_TRIES):
        if place is None:
            break
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if (found := _open_file(place, repo, main, working)) is not None:
                return found
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                break  # locked, full, or not ours to write
            remove_database(place)
        except OSError:
            break
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _create(memory)
    _bring(memory, repo, main, working)
    return memory


def place_of(cache: Path, repo: Repo) -> Path:
    """The index file of a repository, each computer's own.

    In a home on a network drive several use the cache folder at once, and what SQLite shares between
    processes is the memory of one computer. Windows has the cache on the computer itself.
    """
    computer = os.uname().nodename.partition(".")[0] if hasattr(os, "uname") else ""
    named = hashlib.sha256(bytes(repo.common_dir) + b"\0" + os.fsencode(computer))
    return cache / "index" / f"{named.hexdigest()[:32]}.sqlite"


def _open_file(place: Path, repo: Repo, main: CommitId, working: Working | None) -> sqlite3.Connection | None:
    """The file at one commit of main; None where another process took it to a different one just now."""
    # Nothing is written through it after this; another thread may ask it.
    there = sqlite3.connect(place, isolation_level=None, timeout=_WAIT, check_same_thread=False)
    try:
        there.execute("PRAGMA journal_mode = WAL")
        there.execute("PRAGMA synchronous = NORMAL")
        if not _is_made(there) or _indexed(there) != main:
            there.execute("BEGIN IMMEDIATE")
            if not _is_made(there):
                _create(there)
            if _indexed(there) != main:
                _bring(there, repo, main, working)
            there.execute("COMMIT")
            # Else each process that opens it first reads through all that was just written. Another one may
            # be reading; none waits for it.
            there.execute("PRAGMA busy_timeout = 0")
            there.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            there.execute(f"PRAGMA busy_timeout = {_WAIT * 1000:.0f}")
        there.execute("BEGIN")
        if _indexed(there) == main:
            return there
    except BaseException:
        there.close()
        raise
    there.close()
    return None


def write_open(
    place: Path,
    rows: Sequence[tuple[str, str, str, str, bytes | None]],
    ended: Sequence[tuple[str, str]],
    whole: str,
) -> None:
    """Write what was read of open submissions in a transaction of its own.

    `rows`: of each that is open, as `KeptWork`; where the value is None, the kept one stays. `ended`: person
    and credential of those that are not open; `whole`: the fingerprint of all that is kept then, if that is
    `rows`. Another process may have written meanwhile: then nothing is said of the whole.
    Raises sqlite3.Error where that fails.
    """
    with closing(sqlite3.connect(place, isolation_level=None, timeout=1)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT OR REPLACE INTO open VALUES (?, ?, ?, ?, ?)", [r for r in rows if r[4]])
        again = "UPDATE open SET seen = ? WHERE person = ? AND credential = ? AND fingerprint = ?"
        db.executemany(again, [(seen, p, c, mark) for p, c, seen, mark, value in rows if not value])
        db.executemany("DELETE FROM open WHERE person = ? AND credential = ?", ended)
        kept = db.execute("SELECT person, credential, fingerprint FROM open").fetchall()
        is_all = set(kept) == {(person, credential, mark) for person, credential, _, mark, _ in rows}
        db.execute("DELETE FROM open_whole")
        db.execute("INSERT INTO open_whole VALUES (?)", (whole if is_all else "",))
        db.execute("COMMIT")


def remove_database(place: Path) -> None:
    """Remove an index file, so that the next command builds it."""
    for end in ("", "-wal", "-shm"):
        with suppress(OSError):
            place.with_name(place.name + end).unlink()


def _is_made(db: sqlite3.Connection) -> bool:
    """Whether the tables are there, made by this version of mcred: another one may read files differently."""
    if db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
        return False
    return bool(db.execute("SELECT version FROM made").fetchone()[0] == __version__)


def _create(db: sqlite3.Connection) -> None:
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        db.execute(f"DROP TABLE {name}")
    for statement in _SCHEMA.split(";"):
        db.execute(statement)
    db.execute("INSERT INTO made VALUES (?)", (__version__,))
    db.execute(f"PRAGMA user_version = {FORMAT}")


def _indexed(db: sqlite3.Connection) -> CommitId | None:
    """The commit of main whose files the rows are."""
    found = db.execute("SELECT commit_id FROM main").fetchone()
    return CommitId(found[0]) if found else None


def _bring(db: sqlite3.Connection, repo: Repo, main: CommitId, working: Working | None) -> None:
    """Take the rows from the commit that they are of to another one."""
    old = _indexed(db)
    if old is not None and resolve(repo, old) is None:
        db.execute("DELETE FROM file")
        old = None
    changes = [c for c in list_changes(repo, old, main) if kind_of(c.path) is not None]
    gone = ((c.path,) for c in changes if c.new is None or c.new.mode not in REGULAR)
    db.executemany("DELETE FROM file WHERE path = ?", gone)
    shown = working if len(changes) > _BATCH else None
    with shown("reading the record") if shown is not None else nullcontext() as tell:
        for done in range(0, len(changes), _BATCH):
            if tell is not None:
                tell("reading the record", done, len(changes))
            db.executemany(_PUT, map(astuple, _rows(repo, changes[done : done + _BATCH])))
    db.execute("DELETE FROM main")
    db.execute("INSERT INTO main VALUES (?)", (main,))


def _rows(repo: Repo, changes: Sequence[Change]) -> Iterator[Row]:
    """The rows of files that are new or changed."""
    new = {c.path: c.new.blob for c in changes if c.new is not None and c.new.mode in REGULAR}
    data = read_small(repo, [blob for path, blob in new.items() if kind_of(path) in SHAPES])
    for path, blob in new.items():
        if (row := make_row(path, blob, data.get(blob))) is not None:
            yield row
