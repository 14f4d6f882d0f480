"""Holds what is answered from the index to what reading everything gives."""

from __future__ import annotations

import sqlite3

from mcred.app.catalogs import catalog_of
from mcred.app.index.database import open_database
from mcred.app.pending import newest_refs, read_pending
from mcred.app.workspace import Workspace
from mcred.domain.catalog import Catalog
from mcred.formats.catalog import is_wanted
from mcred.store.snapshot import take_snapshot

MAPPINGS = ("people", "definitions", "stacks", "holders", "stacked", "lists", "records")


def rows_of(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Everything that an index says of main."""
    return db.execute("SELECT * FROM file ORDER BY path").fetchall()


def read_whole(ws: Workspace) -> Catalog:
    """The catalog of the same commit, from all of its files."""
    return catalog_of(ws.repo, take_snapshot(ws.repo, ws.main, lambda path, _: is_wanted(path, None)))[0]


def check_against_whole(ws: Workspace) -> None:
    """Fails where the index says anything that is not so."""
    indexed = ws.catalog
    assert rows_of(indexed.index.db) == rows_of(open_database(None, ws.repo, ws.main, None))
    whole = read_whole(ws)
    for name in MAPPINGS:
        one_by_one = {key: getattr(indexed, name)[key] for key in getattr(whole, name)}
        assert one_by_one == dict(getattr(whole, name)), name
        assert set(getattr(indexed, name)) >= set(getattr(whole, name)), name
    assert indexed.programme == whole.programme
    assert (set(indexed.decided), indexed.awarded) == (whole.decided, whole.awarded)
    assert {blob: indexed.editions.get(blob) for blob in whole.editions} == whole.editions
    for credential in whole.definitions:
        assert indexed.assessed(credential) == whole.assessed(credential)
    for person in whole.people:
        assert indexed.held_by(person) == whole.held_by(person)
        assert indexed.records_of(person) == whole.records_of(person)
        assert indexed.stacked_of(person) == whole.stacked_of(person)
    for submission in whole.records:
        assert indexed.attempts(submission) == whole.attempts(submission)
        assert indexed.outline(submission) == whole.outline(submission)
    assert sorted(indexed.outlines(), key=lambda o: o.id) == sorted(whole.outlines(), key=lambda o: o.id)
    assert indexed.with_erasures() == whole.with_erasures()
    refs = newest_refs(ws.repo, lambda _: ws.url is None)
    read = read_pending(ws.repo, whole, refs, ws.ctx.now().date())
    sent = {s: one for s, one in ws.record.current.items() if one.word != "draft"}
    assert sent == {s: one for s, one in read.current.items() if one.word != "draft"}
    assert {s: ws.standing(s) for s in read.standings} == dict(read.standings)
    for name in ("sent", "assessments", "overrides", "people", "vouches"):
        assert dict(getattr(ws.record, name)) == dict(getattr(read, name)), name
    assert set(ws.record.turned_away) == set(read.turned_away)
