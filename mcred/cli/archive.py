"""The record by content, for `policy.audit`: commits, folders and files, read in bulk and decoded once.

A window of steps is read at a time, so that memory stays bounded however long the history is. Who signed a
commit follows from its bytes alone and is remembered on this computer.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from mcred.badge.keys import did_document
from mcred.badge.openbadge import AwardFacts
from mcred.badge.proof import LIST_CONTEXTS, check, issuer_of
from mcred.badge.reading import read_json
from mcred.badge.rederive import find_differences, status_place
from mcred.badge.status import read_bits
from mcred.badge.succession import badge_id
from mcred.files.decode import decode
from mcred.files.events import submission_of
from mcred.files.folders import read_work
from mcred.files.layout import PROGRAMME, folder_of, is_earners, parse_path, request_path
from mcred.model.assessment import Assessment
from mcred.model.award import Reissue, Revocation
from mcred.model.credential import Credential, Stack
from mcred.model.decision import Decision
from mcred.model.ids import BlobId, CommitId, CredentialId, PersonId, StackId, SubmissionId
from mcred.model.people import Person
from mcred.model.replay import Judged, Move, Sent, Touch
from mcred.model.rules import Programme
from mcred.model.submission import ReviewRequest, Work
from mcred.policy.archive import Bits, Issue
from mcred.problems import McredError
from mcred.store.git import Repo, resolve, run
from mcred.store.line import Line, Step, list_many_changes, walk_line
from mcred.store.log import Change, Commit, parse_commit
from mcred.store.signatures import signer_of
from mcred.store.snapshot import (
    DOUBLED,
    Entry,
    Snapshot,
    find_faults,
    list_tree,
    missing,
    parse_tree,
    read_blobs,
    read_objects,
)

GOVERNED = (PROGRAMME, "credentials", "portfolios")
WINDOW = 250
"""Steps read at a time."""
MAX_JSON = 256 * 1024
T = TypeVar("T")


def read_line(repo: Repo, tip: CommitId) -> Line:
    """The main line of a programme, from the commit that first adds its rules."""
    return walk_line(repo, tip, GOVERNED, lambda commit: "Mcred-Event" in commit.trailers)


class History:
    """A programme's history: its steps as moves, and everything they point at."""

    def __init__(self, repo: Repo, line: Line, signers: dict[CommitId, str]) -> None:
        self.repo = repo
        self.line = line
        self.signers = signers
        """Commit → the key of its good signature, '' for none."""
        self.checked = 0
        """Signatures that were really checked in this run."""
        self.signing_seconds = 0.0
        self._commits: dict[CommitId, bytes] = {}
        self._blobs: dict[BlobId, bytes] = {}
        self._folders: dict[tuple[CommitId, SubmissionId], Mapping[str, Entry]] = {}
        self._changes: dict[CommitId, tuple[tuple[str, str], ...]] = {}
        self._sha256: dict[BlobId, str] = {}
        self._kept: dict[tuple[BlobId, type], object] = {}

    def moves(self) -> Iterator[Move]:
        """Every step, oldest first."""
        for at in range(0, len(self.line.steps), WINDOW):
            window = self.line.steps[at : at + WINDOW]
            self._open(window)
            yield from (self._move(step) for step in window)

    def _move(self, step: Step) -> Move:
        faults = {
            path: what
            for path, what, _ in find_faults({c.path: c.new for c in step.changes if c.new is not None})
        }
        return Move(
            commit=step.commit.id,
            before=step.before,
            signer=self.signer(step.commit.id),
            event=step.commit.trailers.get("Mcred-Event", ""),
            parents=step.commit.parents,
            touches=tuple(_touch(change, faults.get(change.path, "")) for change in step.changes),
        )

    def _open(self, window: Sequence[Step]) -> None:
        """Read what a window of steps needs, in a few processes for all of them."""
        self._commits, self._blobs, self._folders, self._changes = {}, {}, {}, {}
        brought = [p for step in window for p in step.commit.parents[1:]]
        known = [step.before for step in window[:1] if step.before is not None]
        names = [*(step.commit.id for step in window), *self._lines_of(brought, known)]
        for name, kind, raw in read_objects(self.repo, dict.fromkeys(names)):
            if kind == "commit":
                self._commits[CommitId(name)] = raw
        texts = [
            c.new.blob
            for step in window
            for c in step.changes
            if c.new is not None and c.new.mode in ("100644", "100755") and _is_text(c.path)
        ]
        self._blobs.update(_small(self.repo, texts, here=True))
        decided = [
            (step, decision)
            for step in window
            for c in step.changes
            if (touch := _touch(c)).kind == "decision" and (decision := self.decision(touch)) is not None
        ]
        places = [(d.judged, d.submission) for _, d in decided if d.judged in self._commits]
        places += [(step.commit.id, d.submission) for step, d in decided]
        self._folders.update(_read_folders(self.repo, list(dict.fromkeys(places))))
        listed = [
            e.blob for entries in self._folders.values() for e in entries.values() if e.mode != "160000"
        ]
        inside = {
            e.blob
            for folder in self._folders.values()
            for p, e in folder.items()
            if _is_text(p) and e.mode != "160000"
        }
        self._blobs.update(_small(self.repo, inside - set(self._blobs), here=True))
        self._hash(dict.fromkeys(listed))
        pairs = [
            (basis.commit, parents[0])
            for _, d in decided
            for basis in d.basis
            if len(parents := self.parents(basis.commit)) == 1
        ]
        for (commit, _), changes in zip(pairs, list_many_changes(self.repo, pairs), strict=True):
            self._changes[commit] = tuple((c.path, c.new.mode if c.new else "") for c in changes)

    def _lines_of(self, tips: Sequence[CommitId], known: Sequence[CommitId]) -> list[CommitId]:
        """Every commit that tips bring in, those of the main line left out."""
        if not tips:
            return []
        asked = [*sorted(set(tips)), *(f"^{name}" for name in known)]
        listing = run(self.repo, "rev-list", "--stdin", stdin="\n".join(asked).encode("ascii"))
        return [CommitId(name) for name in listing.decode("ascii").split()]

    def _hash(self, blobs: Iterable[BlobId]) -> None:
        """The SHA-256 of each blob, some megabytes of them at a time."""
        new = [blob for blob in blobs if blob not in self._sha256]
        for blob, data in _stream(self.repo, new):
            self._sha256[blob] = hashlib.sha256(data).hexdigest()

    def _commit(self, commit: CommitId) -> Commit | None:
        if commit not in self._commits:
            if resolve(self.repo, commit) is None:
                return None
            for name, kind, raw in read_objects(self.repo, [commit]):
                if kind == "commit":
                    self._commits[CommitId(name)] = raw
        found = self._commits.get(commit)
        return None if found is None else parse_commit(commit, found, verify=False)

    def parents(self, commit: CommitId) -> tuple[CommitId, ...]:
        """The parents of a commit, none when it is not there."""
        found = self._commit(commit)
        return found.parents if found else ()

    def signer(self, commit: CommitId) -> str | None:
        """The key that a commit is well signed with."""
        if commit not in self.signers:
            if self._commit(commit) is None:
                return None
            begun = time.perf_counter()
            self.signers[commit] = signer_of(self._commits[commit]) or ""
            self.signing_seconds += time.perf_counter() - begun
            self.checked += 1
        return self.signers[commit] or None

    def blob_at(self, commit: CommitId, path: str) -> BlobId | None:
        """What stands at a path of a commit."""
        found = parse_path(path)
        if found is not None and found.person and found.credential:
            entry = self._folder(commit, found.submission).get(path)
        else:
            entry = list_tree(self.repo, commit, path).get(path)
        return entry.blob if entry else None

    def _folder(self, commit: CommitId, submission: SubmissionId) -> Mapping[str, Entry]:
        key = (commit, submission)
        if key not in self._folders:
            self._folders[key] = list_tree(self.repo, commit, folder_of(submission))
            self._hash(e.blob for e in self._folders[key].values() if e.mode != "160000")
        return self._folders[key]

    def sent(self, commit: CommitId, submission: SubmissionId) -> Sent | None:
        """The state an earner sent."""
        found = self._commit(commit)
        if found is None:
            return None
        prefix = folder_of(submission) + "/"
        folder = self._folder(commit, submission)
        own = {p: e for p, e in folder.items() if is_earners(p.removeprefix(prefix))}
        request = own.get(request_path(submission))
        number = found.trailers.get("Mcred-Attempt", "")
        return Sent(
            commit=commit,
            signer=self.signer(commit),
            event=found.trailers.get("Mcred-Event", ""),
            submission=submission_of(found),
            attempt=int(number) if re.fullmatch(r"[1-9][0-9]{0,3}", number) else 0,
            files={p.removeprefix(prefix): e.blob for p, e in own.items()},
            faults=tuple(f"{path}: {what}" for path, what, _ in find_faults(own)),
            request=self._value(request.blob if request else None, ReviewRequest),
        )

    def earlier(self, commit: CommitId, submission: SubmissionId, main: CommitId) -> tuple[Sent, ...]:
        """States the earner had sent before one, on their own line, that a state of the main line lacks."""
        found: list[Sent] = []
        known = set(self._lines_of([main], [])) if self.line.position.get(main) is None else None
        todo, done = list(self.parents(commit)), set()
        while todo:
            name = todo.pop()
            if name in done or name in self.line.position or (known is not None and name in known):
                continue
            done.add(name)
            read = self._commit(name)
            if read is None:
                continue
            todo.extend(read.parents)
            if read.trailers.get("Mcred-Event") == "submit" and submission_of(read) == submission:
                sent = self.sent(name, submission)
                found.extend([sent] if sent else [])
        return tuple(found)

    def judged(self, commit: CommitId, path: str) -> Judged | None:
        """An assessor's commit."""
        found = self._commit(commit)
        if found is None:
            return None
        place = parse_path(path)
        blob = self.blob_at(commit, path) if place and place.person else None
        if commit not in self._changes and len(found.parents) == 1:
            (changes,) = list_many_changes(self.repo, [(commit, found.parents[0])])
            self._changes[commit] = tuple((c.path, c.new.mode if c.new else "") for c in changes)
        return Judged(
            commit=commit,
            signer=self.signer(commit),
            parent=found.parents[0] if len(found.parents) == 1 else None,
            touched=self._changes.get(commit, ()),
            blob=blob,
            assessment=self._value(blob, Assessment),
        )

    def programme(self, blob: BlobId | None) -> Programme | None:
        """The rules in a stored file."""
        return self._keep(blob, Programme)

    def person(self, blob: BlobId | None, person: PersonId | None) -> Person | None:
        """The profile in a stored file, if it is that person's."""
        found = self._keep(blob, Person)
        return found if found is not None and found.id == person else None

    def definition(self, blob: BlobId | None, credential: CredentialId | None) -> Credential | None:
        """The definition in a stored file, if it is of that micro-credential."""
        found = self._keep(blob, Credential)
        return found if found is not None and found.id == credential else None

    def stack(self, blob: BlobId | None, stack: StackId | None) -> Stack | None:
        """The stack in a stored file, if it is that one."""
        found = self._keep(blob, Stack)
        return found if found is not None and found.id == stack else None

    def decision(self, touch: Touch) -> Decision | None:
        """The decision in a stored file, if it is of that attempt."""
        found = self._value(touch.new, Decision)
        same = found is not None and (found.submission, found.attempt) == (touch.submission, touch.attempt)
        return found if same else None

    def revocation(self, touch: Touch) -> Revocation | None:
        """The revocation in a stored file, if it is of that attempt."""
        found = self._value(touch.new, Revocation)
        same = found is not None and (found.submission, found.attempt) == (touch.submission, touch.attempt)
        return found if same else None

    def reissue(self, touch: Touch) -> Reissue | None:
        """The record of a badge issued again, if it is of that attempt and number."""
        found = self._value(touch.new, Reissue)
        place = (touch.submission, touch.attempt, touch.number)
        same = found is not None and (found.submission, found.attempt, found.number) == place
        return found if same else None

    def work(self, commit: CommitId, submission: SubmissionId, definition: Credential) -> Work | None:
        """A submission as it was sent."""
        entries = {p: e for p, e in self._folder(commit, submission).items() if e.mode != "160000"}
        wanted = {p: e.blob for p, e in entries.items() if _is_text(p) and "/evidence/" not in p}
        data = self._bytes(wanted.values())
        tree = Snapshot(
            commit=commit, entries=entries, contents={p: data[b] for p, b in wanted.items() if b in data}
        )
        return read_work(submission, tree, definition)[0]

    def digests(self, commit: CommitId, submission: SubmissionId) -> Mapping[str, str]:
        """The SHA-256 of each of the earner's files in a state, the request left out."""
        prefix = folder_of(submission) + "/"
        empty = hashlib.sha256(b"").hexdigest()
        return {
            path.removeprefix(prefix): self._sha256.get(entry.blob, empty)
            for path, entry in self._folder(commit, submission).items()
            if is_earners(path.removeprefix(prefix)) and path != request_path(submission)
        }

    def badge_doubts(self, issue: Issue) -> tuple[str, ...]:
        """Where a badge says anything else than it must, or its signature does not hold."""
        decision = issue.decision
        work = self.work(decision.judged, decision.submission, issue.definition)
        data = self._bytes([issue.document]).get(issue.document)
        if work is None or data is None:
            return ("the work it was given for cannot be read",)
        facts = AwardFacts(
            programme=issue.programme,
            definition=issue.definition,
            earner=issue.earner,
            work=work,
            decision=decision,
            submitted=decision.judged,
            digests=self.digests(decision.judged, decision.submission),
        )
        return find_differences(data, facts, issue.decided)

    def badge_id(self, document: BlobId) -> str:
        """A badge's own id."""
        return badge_id(self._bytes([document]).get(document, b""))

    def place(self, document: BlobId) -> tuple[str, int] | None:
        """Where a badge's revocation is looked up."""
        try:
            found = status_place(read_json(self._bytes([document]).get(document, b"")))
        except McredError:
            return None
        return (found.list, found.index) if found else None

    def bits(self, blob: BlobId, programme: Programme) -> Bits | None:
        """A status list, checked against the issuer's keys."""
        try:
            document = read_json(self._bytes([blob]).get(blob, b""))
            revoked = read_bits(document)
        except McredError:
            return None
        keys = programme.issuer.keys
        owner = did_document(issuer_of(document), keys) if keys else None
        doubts = tuple(problem.what for problem in check(document, owner, LIST_CONTEXTS))
        return Bits(address=str(document.get("id")), revoked=revoked, doubts=doubts)

    def _bytes(self, blobs: Iterable[BlobId]) -> Mapping[BlobId, bytes]:
        wanted = list(blobs)
        missing = [b for b in wanted if b not in self._blobs]
        if missing:
            self._blobs.update(_small(self.repo, missing))
        return {b: self._blobs[b] for b in wanted if b in self._blobs}

    def _value(self, blob: BlobId | None, shape: type[T]) -> T | None:
        """A value decoded anew."""
        if blob is None:
            return None
        data = self._bytes([blob]).get(blob)
        return None if data is None else decode(data, shape, "")[0]

    def _keep(self, blob: BlobId | None, shape: type[T]) -> T | None:
        """A value that many steps ask for, decoded once."""
        if blob is None:
            return None
        if (blob, shape) not in self._kept:
            self._kept[(blob, shape)] = self._value(blob, shape)
        return self._kept[(blob, shape)]  # type: ignore[return-value]


def _touch(change: Change, fault: str = "") -> Touch:
    """A changed file with what it is; one that no rule knows is `loose`."""
    found = parse_path(change.path)
    old = change.old.blob if change.old else None
    new = change.new.blob if change.new else None
    if found is None:
        return Touch(path=change.path, kind="loose", old=old, new=new, fault=fault)
    return Touch(
        path=change.path,
        kind=found.kind,
        old=old,
        new=new,
        person=found.person,
        credential=found.credential,
        stack=found.stack,
        attempt=found.attempt,
        number=found.number,
        assessor=found.assessor,
        fault=fault,
    )


def _is_text(path: str) -> bool:
    return path.endswith((".yaml", ".json", ".md")) and "/evidence/" not in path


def _small(repo: Repo, blobs: Iterable[BlobId], *, here: bool = False) -> Mapping[BlobId, bytes]:
    """The bytes of blobs that are not too large to be a file of ours; sizes are asked first.

    `here`: a folder has them, so that one which is not there is a part of the history that is missing.
    """
    wanted = sorted(set(blobs))
    small = [blob for blob, size in _sizes(repo, wanted, here=here) if size <= MAX_JSON]
    return read_blobs(repo, small)


def _sizes(repo: Repo, blobs: Sequence[BlobId], *, here: bool) -> Iterator[tuple[BlobId, int]]:
    if not blobs:
        return
    asked = "".join(f"{blob}\n" for blob in blobs)
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    listing = run(repo, "cat-file", form, stdin=asked.encode())
    for line in listing.decode("ascii", "replace").splitlines():
        name, kind, *size = line.split(" ")
        if here and kind == "missing":
            raise missing(name)
        if kind == "blob" and size:
            yield BlobId(name), int(size[0])


def _stream(
    repo: Repo, blobs: Sequence[BlobId], most: int = 32 * 1024 * 1024
) -> Iterator[tuple[BlobId, bytes]]:
    """Blobs with their bytes, so many bytes in memory at a time."""
    batch: list[BlobId] = []
    held = 0
    for blob, size in _sizes(repo, blobs, here=True):
        batch.append(blob)
        held += size
        if held >= most:
            yield from read_blobs(repo, batch).items()
            batch, held = [], 0
    yield from read_blobs(repo, batch).items()


def _read_folders(
    repo: Repo, places: Sequence[tuple[CommitId, SubmissionId]]
) -> Mapping[tuple[CommitId, SubmissionId], Mapping[str, Entry]]:
    """What lies in many folders, with a few processes for all: tree objects, one depth after another."""
    asked = "".join(f"{commit}:{folder_of(submission)}\n" for commit, submission in places)
    form = "--batch-check=%(objectname) %(objecttype)"
    listing = run(repo, "cat-file", form, stdin=asked.encode()) if places else b""
    roots = [line.split(" ") for line in listing.decode("utf-8", "replace").splitlines()]
    trees: dict[str, tuple[tuple[str, str, str], ...]] = {}
    todo = {root[0] for root in roots if root[1:] == ["tree"]}
    while todo:
        for name, _, raw in read_objects(repo, sorted(todo)):
            trees[name] = tuple(parse_tree(raw, len(name) // 2))
        todo = {o for name in todo for mode, _, o in trees[name] if mode == "40000"} - set(trees)
    found: dict[tuple[CommitId, SubmissionId], dict[str, Entry]] = {}
    for place, root in zip(places, roots, strict=True):
        entries = _flatten(trees, root[0], folder_of(place[1])) if root[1:] == ["tree"] else ()
        found[place] = {}
        for path, entry in entries:
            # Two readers would see two things.
            twice = path in found[place]
            found[place][path] = replace(entry, mode=DOUBLED) if twice else entry
    return found


def _flatten(
    trees: Mapping[str, Sequence[tuple[str, str, str]]], tree: str, under: str
) -> Iterator[tuple[str, Entry]]:
    for mode, name, object_id in trees[tree]:
        if mode == "40000":
            yield from _flatten(trees, object_id, f"{under}/{name}")
        else:
            yield f"{under}/{name}", Entry(mode=mode, blob=BlobId(object_id), size=0)
