"""Opens a programme without reading people's texts: for commands that show very many submissions.

Like `workspace.open_workspace`, but of main only what was decided is read, so the catalog has no records,
and a standing has a state and no decision. Open work is read and checked in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from mcred.app.catalogs import NOBODY, catalog_of
from mcred.app.context import Context
from mcred.app.fetch import open_programme
from mcred.app.gc_pause import gc_disabled
from mcred.app.pending import assigned_event
from mcred.app.workspace import Workspace, assemble
from mcred.domain.award import Reissue, Revocation, valid_until
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Credential, Validity
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CredentialId, SubmissionId
from mcred.domain.layout import UNTOLD, Found, definition_path, parse_path
from mcred.domain.seats import Assignment
from mcred.domain.stats.progress import Turn, list_turns
from mcred.domain.status import Event
from mcred.formats.catalog import is_wanted
from mcred.formats.decode import decode
from mcred.store.batch import read_small
from mcred.store.git import Repo
from mcred.store.log import read_dates
from mcred.store.snapshot import Snapshot, take_snapshot

_READ = ("decision", "reissue", "revocation", "assignment")
AttemptKey = tuple[SubmissionId, int]


class Glance(Struct, frozen=True, kw_only=True):
    """The opened programme, and every decided attempt."""

    ws: Workspace
    turns: tuple[Turn, ...]


def open_glance(ctx: Context) -> Glance:
    """Open the programme around `ctx.at`, as last fetched where the remote cannot be reached."""
    with gc_disabled():
        return _open(ctx)


def _open(ctx: Context) -> Glance:
    opened = open_programme(ctx)
    repo = opened.repo
    snapshot = take_snapshot(repo, opened.main, lambda path, _: _is_read(path), without=UNTOLD)
    read = catalog_of(repo, snapshot, NOBODY)
    told = _Told(repo, snapshot, read[0])
    ws = assemble(ctx, opened, snapshot, read, told.events())
    return Glance(ws=ws, turns=told.turns())


def _is_read(path: str) -> bool:
    found = parse_path(path)
    return is_wanted(path, NOBODY) if found is None or found.kind not in _READ else True


class _Told:
    """What was decided on main, and what became of it."""

    def __init__(self, repo: Repo, snapshot: Snapshot, catalog: Catalog) -> None:
        self.repo = repo
        self.today = {d.blob: d.credential.validity for d in catalog.definitions.values()}
        self.decided: dict[AttemptKey, Decision] = {}
        self.renewed: dict[AttemptKey, list[tuple[int, str]]] = {}
        self.revoked: dict[AttemptKey, str] = {}
        self.assigned: list[Assignment] = []
        self.contents = snapshot.contents
        for path in snapshot.entries:
            found = parse_path(path)
            if found is not None and found.kind in _READ:
                self._take(path, found)

    def _take(self, path: str, found: Found) -> None:
        key, data = (found.submission, found.attempt), self.contents.get(path)
        if found.kind == "revocation":
            self.revoked[key] = path
        elif found.kind == "reissue":
            self.renewed.setdefault(key, []).append((found.number, path))
        elif found.kind == "assignment":
            said = decode(data or b"", Assignment, path)[0]
            self.assigned.extend([said] if said and (said.submission, said.attempt) == key else [])
        elif (decision := decode(data or b"", Decision, path)[0]) is not None:
            self.decided[key] = decision

    def turns(self) -> tuple[Turn, ...]:
        """Every decided attempt, by submission."""
        return list_turns(self.decided, read_dates(self.repo, [g.judged for g in self.decided.values()]))

    def events(self) -> Iterator[Event]:
        """Decisions, revocations and assignments."""
        validity = self._validities()
        for (submission, attempt), decision in self.decided.items():
            begins = self._renewal((submission, attempt)) or decision.decided
            yield Event(
                kind="decide",
                submission=submission,
                attempt=attempt,
                person=decision.issuer,
                commit=decision.judged,
                when=decision.decided,
                outcome=decision.outcome,
                ends=valid_until(begins.date(), validity[decision.definition.blob]),
            )
            if (submission, attempt) in self.revoked:
                yield self._revocation((submission, attempt), decision)
        for said in self.assigned:
            yield assigned_event(said)

    def _renewal(self, key: AttemptKey) -> datetime | None:
        """When an award was renewed last."""
        reissues = (
            decode(self.contents.get(path, b""), Reissue, path)[0]
            for _, path in sorted(self.renewed.get(key, ()), reverse=True)
        )
        return next((r.issued for r in reissues if r is not None and r.kind == "renew"), None)

    def _revocation(self, key: AttemptKey, decision: Decision) -> Event:
        """Revoked even where the reason cannot be read."""
        path = self.revoked[key]
        found = decode(self.contents.get(path, b""), Revocation, path)[0]
        return Event(
            kind="revoke",
            submission=key[0],
            attempt=key[1],
            person=found.issuer if found else decision.issuer,
            commit=decision.judged,
            when=found.revoked if found else decision.decided,
            revocation=found,
        )

    def _validities(self) -> Mapping[BlobId, Validity | None]:
        """How long awards are valid, by the definition they were decided by."""
        of = {decision.definition.blob: key[0].credential for key, decision in self.decided.items()}
        old = {blob: name for blob, name in of.items() if blob not in self.today}
        data = read_small(self.repo, old)
        return {**self.today, **{blob: _validity(data.get(blob, b""), name) for blob, name in old.items()}}


def _validity(data: bytes, name: CredentialId) -> Validity | None:
    if b"validity" not in data:
        return None
    found = decode(data, Credential, definition_path(name))[0]
    return found.validity if found is not None else None
