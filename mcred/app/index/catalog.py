"""The catalog of main, answered from the index and from the files that are asked for.

The index says who and what there is; a submission's record, a definition's pictures and a stack badge are
read from git where someone asks for them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager, nullcontext, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from mcred.app.catalogs import catalog_at
from mcred.app.index.database import Working, open_database, place_of, remove_database, write_open
from mcred.app.index.lazy import LazyMapping, LazySet
from mcred.app.index.rows import SHAPES, read_value
from mcred.app.pending import read_edition
from mcred.domain.award import PICTURE_PNG, PICTURE_SVG
from mcred.domain.catalog import Catalog, Definition, Outline, Record
from mcred.domain.credential import EVIDENCE_TYPES, Credential, Stack
from mcred.domain.definition_checks import check_definition, check_stack
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, StackId, SubmissionId, Version
from mcred.domain.layout import (
    DEFINITIONS,
    PROGRAMME,
    definition_path,
    folder_of,
    folder_of_stack,
    parse_path,
    picture_path,
    profile_path,
)
from mcred.domain.people import Person
from mcred.domain.stack_badge import StackRecord
from mcred.domain.submission import StoredFile
from mcred.formats.catalog import read_programme
from mcred.formats.stack_badge import read_stacked
from mcred.problems import McredError, next_step
from mcred.store.batch import read_small
from mcred.store.git import Repo
from mcred.store.snapshot import list_tree, take_snapshot

_BLOBS = """
SELECT path, blob FROM file WHERE path IN ({paths})
UNION SELECT path, blob FROM file WHERE credential = ? AND person IN ({people}) ORDER BY path
"""
_OUTLINES = """
SELECT person, credential, kind, attempt, value FROM file
WHERE kind IN ('decision', 'reissue', 'revocation', 'assignment') AND {where}
ORDER BY person, credential, kind, attempt, number
"""
_HOLDS = """
SELECT DISTINCT credential, person FROM file AS award WHERE kind = 'award' AND {where} AND NOT EXISTS (
  SELECT 1 FROM file WHERE kind = 'revocation' AND credential = award.credential
    AND person = award.person AND attempt = award.attempt)
"""
_STACKED = "kind IN ('stack award', 'stack reissue', 'stack revocation')"
_MANY = 100
"""The profiles of more people than these are read together."""
_BATCH = 500
"""How many submissions are read at a time; more than that are announced."""
_UNREADABLE = f"""
value IS NULL AND (version = '' OR kind = 'decision')
AND kind IN ({", ".join(f"'{kind}'" for kind in SHAPES)})
"""


class IndexedCatalog(Catalog, frozen=True, kw_only=True):
    """A catalog whose mappings read what is asked of them."""

    index: Index

    def assessed(self, credential: CredentialId) -> int:
        """As in `Catalog`."""
        return self.index.count("kind = 'decision' AND credential = ?", credential)

    def held_by(self, person: PersonId) -> frozenset[CredentialId]:
        """As in `Catalog`."""
        rows = self.index.ask(_HOLDS.format(where="person = ?"), person)
        return frozenset(CredentialId(credential) for credential, _ in rows)

    def in_use(self) -> frozenset[tuple[CredentialId, Version]]:
        """As in `Catalog`."""
        rows = self.index.ask("SELECT DISTINCT credential, version FROM file WHERE version != ''")
        return frozenset((CredentialId(credential), Version(version)) for credential, version in rows)

    def outline(self, submission: SubmissionId) -> Outline | None:
        """As in `Catalog`."""
        where = "person = ? AND credential = ?"
        return next(self.index.outlines(where, submission.earner, submission.credential), None)

    def outlines(self) -> Iterable[Outline]:
        """As in `Catalog`."""
        return self.index.outlines("TRUE")

    def attempts(self, submission: SubmissionId) -> frozenset[int]:
        """As in `Catalog`."""
        asked = "SELECT attempt FROM file WHERE kind = 'decision' AND person = ? AND credential = ?"
        rows = self.index.ask(asked, submission.earner, submission.credential)
        return frozenset(attempt for (attempt,) in rows)

    def with_erasures(self) -> tuple[SubmissionId, ...]:
        """As in `Catalog`."""
        asked = "SELECT DISTINCT person, credential FROM file WHERE kind = 'erasure' ORDER BY 1, 2"
        return tuple(map(_submission, self.index.ask(asked)))

    def records_of(self, person: PersonId) -> tuple[Record, ...]:
        """As in `Catalog`."""
        asked = (
            "SELECT DISTINCT person, credential FROM file WHERE person = ? AND credential != '' ORDER BY 2"
        )
        found = (self.records.get(_submission(row)) for row in self.index.ask(asked, person))
        return tuple(record for record in found if record is not None)

    def stacked_of(self, person: PersonId) -> tuple[StackRecord, ...]:
        """As in `Catalog`."""
        asked = f"SELECT DISTINCT stack FROM file WHERE {_STACKED} AND person = ? ORDER BY 1"  # noqa: S608
        return tuple(self.stacked[(person, StackId(stack))] for (stack,) in self.index.ask(asked, person))

    def find_close(self, earner: PersonId, people: Collection[PersonId]) -> Set[PersonId]:
        """As in `Catalog`; the profiles of many people are read together."""
        if len(people) > _MANY:
            self.people.values()
        return frozenset(people)

    @property
    def unreadable(self) -> int:
        """How many rules, profiles, definitions and records are left out, as they cannot be read."""
        return self.index.count(_UNREADABLE)


class KeptWork(Struct, frozen=True, kw_only=True):
    """What is kept of a submission that is open."""

    seen: str
    """The fingerprint of the day, of main and of its refs: with the same, nothing else is looked at."""
    fingerprint: str
    """That of all it depends on."""
    value: bytes
    """What was accepted of it."""


class Index:
    """The rows of one commit of main, and its files."""

    def __init__(self, cache: Path | None, repo: Repo, main: CommitId, db: sqlite3.Connection) -> None:
        self.cache, self.repo, self.main, self.db = cache, repo, main, db

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of an SQL question. Raises McredError for a damaged index, which the next command builds
        again."""
        with self.mending():
            return self.db.execute(question, values).fetchall()

    def count(self, where: str, *values: object) -> int:
        """How many rows meet a condition."""
        return int(self.ask(f"SELECT COUNT(*) FROM file WHERE {where}", *values)[0][0])  # noqa: S608

    def value(self, kind: Any, path: str) -> Any:
        """The content of a file of a kind, None where there is none or it cannot be read."""
        rows = self.ask("SELECT value FROM file WHERE path = ? AND kind = ?", path, kind)
        return self._decoded(kind, rows[0][0]) if rows else None

    def values(self, kind: Any) -> Iterator[tuple[Any, ...]]:
        """(blob, content) of each readable file of a kind, by path."""
        asked = "SELECT blob, value FROM file WHERE kind = ? AND value NOT NULL ORDER BY path"
        return ((blob, self._decoded(kind, value)) for blob, value in self.ask(asked, kind))

    def outlines(self, where: str, *values: object) -> Iterator[Outline]:
        """What was decided on each submission that meets a condition, by submission."""
        for submission, group in groupby(self.ask(_OUTLINES.format(where=where), *values), _submission):
            found: dict[str, list[tuple[int, Any]]] = {}
            for _, _, kind, attempt, value in group:
                found.setdefault(kind, []).append((attempt, self._decoded(kind, value)))
            renewed = {a: r.issued for a, r in found.get("reissue", ()) if r and r.kind == "renew"}
            yield Outline(
                id=submission,
                decisions={a: d for a, d in found.get("decision", ()) if d},
                renewed=renewed,
                revocations=dict(found.get("revocation", ())),
                assigned=tuple(a for _, a in found.get("assignment", ()) if a),
            )

    def blobs(
        self, paths: Collection[str], credential: CredentialId, people: Collection[PersonId]
    ) -> list[tuple[str, BlobId]]:
        """(path, blob) of files at some paths, and of some people's submissions for a micro-credential."""
        asked = _BLOBS.format(paths=_signs(paths), people=_signs(people))
        return [(path, blob) for path, blob in self.ask(asked, *paths, credential, *people)]

    def kept(self) -> Mapping[SubmissionId, KeptWork]:
        """All open work that was kept."""
        rows = self.ask("SELECT person, credential, seen, fingerprint, value FROM open")
        return {_submission(row): KeptWork(seen=row[2], fingerprint=row[3], value=row[4]) for row in rows}

    def is_whole(self, fingerprint: str) -> bool:
        """Whether what was kept is all open work, as this fingerprint of everything says."""
        return bool(self.ask("SELECT 1 FROM open_whole WHERE fingerprint = ?", fingerprint))

    def keep(
        self,
        now: Mapping[SubmissionId, tuple[str, str, bytes | None]],
        ended: Collection[SubmissionId],
        whole: str,
    ) -> None:
        """Keep what was read of submissions; no error where that fails. See `write_open`."""
        if self.cache is None:
            return
        rows = [(s.earner, s.credential, *kept) for s, kept in now.items()]
        over = [(s.earner, s.credential) for s in ended]
        with suppress(sqlite3.Error):
            write_open(place_of(self.cache, self.repo), rows, over, whole)

    def _decoded(self, kind: Any, value: bytes | None) -> Any:
        with self.mending():
            return read_value(kind, value) if value is not None else None

    @contextmanager
    def mending(self) -> Iterator[None]:
        """Context manager: a damaged file is removed, and what was typed has to be typed again."""
        try:
            yield
        except (sqlite3.DatabaseError, msgspec.MsgspecError) as error:
            if self.cache is not None:
                remove_database(place_of(self.cache, self.repo))
            what = "the copy of the record in your cache folder was damaged, so it was removed"
            raise McredError(what, hint=next_step("sync", note="then try again")) from error


def open_index(
    cache: Path | None, repo: Repo, main: CommitId, working: Working | None = None
) -> IndexedCatalog:
    """The catalog of a commit of main. Raises McredError where its rules cannot be read."""
    index = Index(cache, repo, main, open_database(cache, repo, main, working))
    programme = index.value("programme", PROGRAMME)
    if programme is None:
        programme = read_programme(take_snapshot(repo, main, lambda *_: True, PROGRAMME))
    reader = _Reader(index, frozenset((*EVIDENCE_TYPES, *programme.evidence_types)), working)
    return IndexedCatalog(
        index=index,
        commit=main,
        programme=programme,
        people=LazyMapping(reader.person, reader.people),
        definitions=reader.definitions,
        editions=LazyMapping(reader.edition, reader.editions),
        stacks=LazyMapping(lambda stack: reader.stacks().get(stack), reader.stacks),
        records=LazyMapping(reader.record, reader.records, reader.submissions),
        decided=LazySet(reader.decided),
        awarded=index.count("kind = 'award' AND number = 1"),
        holders=LazyMapping(reader.holders, reader.all_holders),
        stacked=LazyMapping(reader.stacked, reader.all_stacked),
        lists=LazyMapping(reader.status_list, reader.status_lists),
    )


def _signs(values: Collection[object]) -> str:
    """A placeholder for each of some values."""
    return ", ".join("?" * len(values))


def _submission(row: tuple[Any, ...]) -> SubmissionId:
    return SubmissionId(PersonId(row[0]), CredentialId(row[1]))


class _Reader:
    """Reads one value of a catalog's mapping, or all of them."""

    def __init__(self, index: Index, types: frozenset[Slug], working: Working | None) -> None:
        self.index, self.types, self.working = index, types, working
        self.repo, self.main = index.repo, index.main
        self.definitions = LazyMapping(self._definition_of, self._all_definitions)
        self._stacks: Mapping[StackId, Stack] | None = None

    def person(self, person: PersonId) -> Person | None:
        found: Person | None = self.index.value("profile", profile_path(person))
        return found

    def people(self) -> Mapping[PersonId, Person]:
        return {found.id: found for _, found in self.index.values("profile")}

    def _definition_of(self, credential: CredentialId) -> Definition | None:
        path = definition_path(credential)
        rows = self.index.ask("SELECT blob FROM file WHERE path = ? AND value NOT NULL", path)
        return self._definition(rows[0][0], self.index.value("definition", path)) if rows else None

    def _all_definitions(self) -> Mapping[CredentialId, Definition]:
        found = (self._definition(blob, value) for blob, value in self.index.values("definition"))
        return {d.credential.id: d for d in found if d is not None}

    def _definition(self, blob: BlobId, credential: Credential) -> Definition | None:
        if any(fault.severity == "error" for fault in check_definition(credential, self.types)):
            return None
        names = (PICTURE_SVG, PICTURE_PNG)
        pictures = LazyMapping(
            lambda name: self._picture(credential.id, name),
            lambda: {n: p for n in names if (p := self._picture(credential.id, n)) is not None},
        )
        return Definition(credential=credential, blob=blob, pictures=pictures)

    def _picture(self, credential: CredentialId, name: str) -> StoredFile | None:
        path = picture_path(credential, name)
        entry = list_tree(self.repo, self.main, path).get(path)
        return StoredFile(blob=entry.blob, size=entry.size) if entry is not None else None

    def edition(self, blob: BlobId) -> Credential | None:
        asked = "SELECT credential FROM file WHERE {} = ? AND kind {} LIMIT 1"
        for where in (("definition", "!= 'definition'"), ("blob", "= 'definition'")):
            if rows := self.index.ask(asked.format(*where), blob):
                return self._edition(blob, rows[0][0])
        return None

    def editions(self) -> Mapping[BlobId, Credential]:
        rows = self.index.ask("SELECT DISTINCT definition, credential FROM file WHERE definition != ''")
        rows += self.index.ask("SELECT blob, credential FROM file WHERE kind = 'definition'")
        found = {blob: self._edition(blob, credential) for blob, credential in rows}
        return {blob: edition for blob, edition in found.items() if edition is not None}

    def _edition(self, blob: BlobId, credential: CredentialId) -> Credential | None:
        today = self.definitions.get(credential)
        if today is not None and today.blob == blob:
            return today.credential
        with suppress(McredError):
            return read_edition(self.repo, blob, credential)
        return None

    def stacks(self) -> Mapping[StackId, Stack]:
        if self._stacks is None:
            known = frozenset(self.definitions)
            found = (stack for _, stack in self.index.values("stack"))
            self._stacks = {
                s.id: s for s in found if not any(f.severity == "error" for f in check_stack(s, known))
            }
        return self._stacks

    def record(self, submission: SubmissionId) -> Record | None:
        if not self.index.count("person = ? AND credential = ?", submission.earner, submission.credential):
            return None
        under = (PROGRAMME, definition_path(submission.credential), folder_of(submission))
        only = frozenset({submission})
        return catalog_at(self.repo, self.main, only, *under).records.get(submission)

    def records(self) -> Mapping[SubmissionId, Record]:
        submissions = sorted(self.submissions())
        shown = self.working if len(submissions) > _BATCH else None
        found: dict[SubmissionId, Record] = {}
        with shown("reading what was decided") if shown is not None else nullcontext() as tell:
            for done in range(0, len(submissions), _BATCH):
                if tell is not None:
                    tell("reading what was decided", done, len(submissions))
                some = submissions[done : done + _BATCH]
                found |= catalog_at(
                    self.repo, self.main, frozenset(some), PROGRAMME, DEFINITIONS, *map(folder_of, some)
                ).records
        return found

    def submissions(self) -> Iterable[SubmissionId]:
        asked = "SELECT DISTINCT person, credential FROM file WHERE person != '' AND credential != ''"
        return map(_submission, self.index.ask(asked))

    def decided(self) -> frozenset[tuple[SubmissionId, int]]:
        rows = self.index.ask("SELECT person, credential, attempt FROM file WHERE kind = 'decision'")
        return frozenset((_submission(row), row[2]) for row in rows)

    def holders(self, credential: CredentialId) -> frozenset[PersonId] | None:
        rows = self.index.ask(_HOLDS.format(where="credential = ?"), credential)
        return frozenset(PersonId(person) for _, person in rows) or None

    def all_holders(self) -> Mapping[CredentialId, frozenset[PersonId]]:
        rows = self.index.ask(f"{_HOLDS.format(where='TRUE')} ORDER BY credential")
        groups = groupby(rows, lambda row: CredentialId(row[0]))
        return {credential: frozenset(PersonId(p) for _, p in group) for credential, group in groups}

    def stacked(self, key: tuple[PersonId, StackId]) -> StackRecord | None:
        if not self.index.count(f"{_STACKED} AND person = ? AND stack = ?", *key):
            return None
        found = take_snapshot(self.repo, self.main, lambda *_: True, folder_of_stack(*key))
        paths = {path: what for path in found.entries if (what := parse_path(path)) is not None}
        return read_stacked(found, paths)[0].get(key)

    def all_stacked(self) -> Mapping[tuple[PersonId, StackId], StackRecord]:
        asked = f"SELECT DISTINCT person, stack FROM file WHERE {_STACKED} ORDER BY 1, 2"  # noqa: S608
        keys = ((PersonId(person), StackId(stack)) for person, stack in self.index.ask(asked))
        return {key: record for key in keys if (record := self.stacked(key)) is not None}

    def status_list(self, number: int) -> bytes | None:
        return self.status_lists().get(number)

    def status_lists(self) -> Mapping[int, bytes]:
        asked = "SELECT number, blob FROM file WHERE kind = 'status list' ORDER BY number"
        blobs = dict(self.index.ask(asked))
        read = read_small(self.repo, blobs.values())
        return {number: read[blob] for number, blob in blobs.items() if blob in read}
