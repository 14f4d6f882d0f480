"""The record by content, for `domain.audit`: commits, trees and blobs, read in bulk and decoded once.

Steps are read in windows, so that memory stays bounded however long the history is. A commit's signer depends
on its bytes alone and is cached in the user's own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from mcred.app.audit.cache import Signers
from mcred.app.audit.classify import Window, is_text
from mcred.app.audit.contents import ContentCache
from mcred.app.audit.proofs import MANY, Proofs
from mcred.badges.json_reader import read_json
from mcred.badges.keys import did_document, issuer_did
from mcred.badges.open_badge import AwardFacts, Replaced
from mcred.badges.proof import LIST_CONTEXTS, check, issuer_of
from mcred.badges.replacements import badge_id
from mcred.badges.reproduce import find_differences, find_stack_differences
from mcred.badges.stack_badge import StackFacts, read_held
from mcred.badges.status_list import read_bits
from mcred.domain.assessment import Assessment
from mcred.domain.audit.archive import Bits, Issue, StackIssue
from mcred.domain.audit.replay import FINAL
from mcred.domain.audit.values import AssessorCommit, Brought, Move, Sent
from mcred.domain.credential import Credential
from mcred.domain.decision import Override
from mcred.domain.ids import BlobId, CommitId, SubmissionId
from mcred.domain.layout import disclosures_path, folder_of, is_earners, is_work, parse_path, request_path
from mcred.domain.people import Word
from mcred.domain.pieces import Disclosures, FileDigest, digest_of
from mcred.domain.programme import Programme
from mcred.domain.seats import DeclinedReview
from mcred.domain.stack_badge import StackAward
from mcred.domain.submission import ReviewRequest, Work
from mcred.formats.portfolio import read_work
from mcred.formats.stack_badge import read_stack_award
from mcred.formats.trailers import read_attempt, read_word, submission_of
from mcred.problems import McredError
from mcred.store.batch import stream_blobs
from mcred.store.diffs import list_many_changes
from mcred.store.git import Repo, ask_objects, resolve
from mcred.store.history.check import unpack_changes
from mcred.store.log import Change, Commit, parse_commit
from mcred.store.main_history import MainLine
from mcred.store.oversized_trees import read_folders
from mcred.store.snapshot import UNASKABLE, Entry, Snapshot, find_faults, list_tree, read_objects
from mcred.store.walk import list_commits, parse_parents

BUILT_ON = frozenset(
    {"programme", "profile", "invitation", "definition", "decision", "recognition policy", "recognized"}
)
"""Kinds of files that determine what later steps are checked against."""
WINDOW = 200
"""Steps read at a time."""


def _records(changes: Iterable[Change]) -> set[tuple[str, BlobId]]:
    """The path and blob of each record that a commit adds or changes."""
    kinds = FINAL | {"status list"}
    return {
        (c.path, c.new.blob)
        for c in changes
        if c.new is not None and (found := parse_path(c.path)) is not None and found.kind in kinds
    }


class History(ContentCache):
    """A programme's history: its commits as moves, and every object they refer to."""

    def __init__(self, repo: Repo, line: MainLine, cache: Path | None = None) -> None:
        """`cache`: the folder of earlier results; nothing is cached when None."""
        super().__init__(repo)
        self.line = line
        self.cache = cache
        self.signers = Signers(cache)
        self.proofs = Proofs(cache)
        self._commits: dict[CommitId, bytes] = {}
        self._folders: dict[tuple[CommitId, SubmissionId], Mapping[str, Entry]] = {}
        self._changes: dict[CommitId, tuple[Change, ...]] = {}
        self.beside: set[tuple[str, BlobId]] = set()
        """The path and blob of each record that a commit beside main has, and main did not get with it."""
        self.large: dict[BlobId, FileDigest] = {}
        """The size and SHA-256 of large files that were read already."""
        self._digests: dict[BlobId, FileDigest] = {}

    def close(self) -> None:
        """End other processes and store what was verified."""
        self.proofs.close()
        self.signers.close()

    def moves(self, windows: Iterable[Window]) -> Iterator[Move]:
        """Every step of some windows, with what later ones are checked against."""
        for window in windows:
            yield from self.open(window)

    def open(self, window: Window) -> tuple[Move, ...]:
        """Read what some steps need, in few git processes; returns them with their signers."""
        self.forget()
        self._commits, self._folders, self._changes, self._digests = {}, {}, {}, {}
        moves = window.moves
        self._fetch(
            [
                touch.new
                for move in moves
                for touch in move.touches
                if touch.new is not None and not touch.fault and is_text(touch.path)
                if not window.is_known or (touch.kind in BUILT_ON and not self.is_known(touch.new))
            ],
            here=True,
        )
        if window.is_known:
            return moves
        awards = [t.new for move in moves for t in move.touches if t.new and t.kind == "award"]
        if len(awards) >= MANY:
            self.proofs.begin({b: self._blobs[b] for b in awards if b in self._blobs})
        self._open_decisions(window)
        return tuple(replace(move, signer=self.signer(move.commit)) for move in moves)

    def _open_decisions(self, window: Window) -> None:
        """Read what the decisions of a window rest on."""
        moves, beside = window.moves, self._list_beside(window)
        for name, kind, raw in read_objects(self.repo, dict.fromkeys([*(m.commit for m in moves), *beside])):
            if kind == "commit":
                self._commits[CommitId(name)] = raw
        decided = [
            (move, decision)
            for move in moves
            for touch in move.touches
            if touch.kind == "decision" and (decision := self.decision(touch)) is not None
        ]
        places = [(d.judged, d.submission) for _, d in decided if d.judged in self._commits]
        places += [(move.commit, d.submission) for move, d in decided]
        places = list(dict.fromkeys(places))
        listed_in = read_folders(self.repo, [(commit, folder_of(of)) for commit, of in places])
        self._folders.update(zip(places, listed_in, strict=True))
        files = [
            (path, entry.blob)
            for folder in self._folders.values()
            for path, entry in folder.items()
            if entry.mode != "160000"
        ]
        self._fetch({blob for path, blob in files if is_text(path)}, here=True)
        self._hash(dict.fromkeys(blob for _, blob in files))
        answers = dict.fromkeys(answer for _, d in decided for answer in d.answers)
        changed = dict.fromkeys([*answers, *(beside if self.line.position else ())])
        read = window.beside or {}
        found = {commit: unpack_changes(read[commit]) for commit in changed if commit in read}
        left = [c for c in changed if c not in read and (self.parents(c) or c in self._commits)]
        asked = [(commit, next(iter(self.parents(commit)), None)) for commit in left]
        found.update(zip(left, list_many_changes(self.repo, asked), strict=True))
        here = {(t.path, t.new) for move in moves for t in move.touches if t.new is not None}
        for commit, changes in found.items():
            if len(self.parents(commit)) == 1:
                self._changes[commit] = changes
            self.beside.update(_records(changes) - here)
        added = [c.new.blob for a in answers for c in self._changes.get(a, ()) if c.new and is_text(c.path)]
        self._fetch(added)

    def _list_beside(self, window: Window) -> Iterable[CommitId]:
        """What comes in with a window beside main."""
        if window.beside is not None:
            return window.beside
        since = [*window.since]
        if not self.line.position:
            return self._lines_of([p for move in window.moves for p in move.parents[1:]], since)
        return [c for c in self._lines_of([window.until], since) if c not in self.line.position]

    def _lines_of(self, tips: Sequence[CommitId], known: Sequence[CommitId]) -> list[CommitId]:
        """Every commit reachable from these tips, newest first, those of main left out."""
        return list_commits(self.repo, tips, known) if tips else []

    def _hash(self, blobs: Iterable[BlobId]) -> None:
        """Compute the SHA-256 of each blob, some megabytes of them at a time."""
        new = [b for b in blobs if b not in self._digests]
        self._digests.update((b, self.large[b]) for b in new if b in self.large)
        new = [b for b in new if b not in self.large]
        for blob, data in stream_blobs(self.repo, new):
            self._digests[blob] = digest_of(data)

    def _raw(self, commit: CommitId) -> bytes | None:
        if commit not in self._commits:
            if resolve(self.repo, commit) is None:
                return None
            for name, kind, raw in read_objects(self.repo, [commit]):
                if kind == "commit":
                    self._commits[CommitId(name)] = raw
        return self._commits.get(commit)

    def _commit(self, commit: CommitId) -> Commit | None:
        found = self._raw(commit)
        return None if found is None else parse_commit(commit, found, verify=False)

    def parents(self, commit: CommitId) -> tuple[CommitId, ...]:
        """The parents of a commit, none when it does not exist."""
        found = self._raw(commit)
        return parse_parents(found) if found else ()

    def signer(self, commit: CommitId) -> str | None:
        """The key that made a commit's valid signature."""
        found = self._raw(commit)
        return None if found is None else self.signers.find(commit, found)

    def word(self, commit: CommitId) -> Word | None:
        """The voucher for a person's new keys that a commit holds, None when it holds none."""
        found = self._commit(commit)
        return read_word(found) if found else None

    def blob_at(self, commit: CommitId, path: str) -> BlobId | None:
        """The blob at a path of a commit."""
        found = parse_path(path)
        if found is not None and found.person and found.credential:
            entry = self._folder(commit, found.submission).get(path)
            return entry.blob if entry else None
        if not UNASKABLE.search(path):
            ((words, _),) = ask_objects(self.repo, [f"{commit}:{path}"], sizes=True)
            if words[1:2] == ["blob"]:
                return BlobId(words[0])
        entry = list_tree(self.repo, commit, path).get(path)
        return entry.blob if entry else None

    def brought_in(self, move: Move) -> Mapping[str, Sequence[Brought]]:
        """What a merge adds from its second parent."""
        sides = [p for p in move.parents if p != move.before]
        pairs = [
            (name, parents[0])
            for name in reversed(self._lines_of(sides, [move.before] if move.before else []))
            if len(parents := self.parents(name)) == 1
        ]
        found: dict[str, list[Brought]] = {}
        for (name, _), changes in zip(pairs, list_many_changes(self.repo, pairs), strict=True):
            for change in changes:
                old, new = (entry.blob if entry else None for entry in (change.old, change.new))
                found.setdefault(change.path, []).append(Brought(signer=self.signer(name), old=old, new=new))
        return found

    def _folder(self, commit: CommitId, submission: SubmissionId) -> Mapping[str, Entry]:
        key = (commit, submission)
        if key not in self._folders:
            (self._folders[key],) = read_folders(self.repo, [(commit, folder_of(submission))])
            self._hash(e.blob for e in self._folders[key].values() if e.mode != "160000")
        return self._folders[key]

    def sent(self, commit: CommitId, submission: SubmissionId) -> Sent | None:
        """The state an earner submitted."""
        found = self._commit(commit)
        if found is None:
            return None
        prefix = folder_of(submission) + "/"
        folder = self._folder(commit, submission)
        own = {p: e for p, e in folder.items() if is_earners(p.removeprefix(prefix))}
        attempt = read_attempt(found)
        request = own.get(request_path(submission, attempt))
        opened = own.get(disclosures_path(submission, attempt))
        return Sent(
            commit=commit,
            signer=self.signer(commit),
            event=found.trailers.get("Mcred-Event", ""),
            submission=submission_of(found),
            attempt=attempt,
            files={p.removeprefix(prefix): e.blob for p, e in own.items()},
            faults=tuple(f"{path}: {what}" for path, what, _ in find_faults(own)),
            request=self._value(request.blob if request else None, ReviewRequest),
            disclosures=self._value(opened.blob if opened else None, Disclosures),
        )

    def earlier(self, commit: CommitId, submission: SubmissionId, main: CommitId) -> tuple[Sent, ...]:
        """States the earner submitted earlier, on their own ref, that are missing from a state of main."""
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

    def knew_newer(self, commit: CommitId, main: CommitId) -> bool:
        """Whether a commit beside main builds on a later step of main than a commit of main."""
        return self.line.builds_on_later(commit, main, self.parents)

    def judged(self, commit: CommitId, path: str) -> AssessorCommit | None:
        """An assessor's commit: scores, or a declined review; or an issuer's proposal."""
        found = self._commit(commit)
        if found is None:
            return None
        if commit not in self._changes and len(found.parents) == 1:
            (self._changes[commit],) = list_many_changes(self.repo, [(commit, found.parents[0])])
        changes = self._changes.get(commit, ())
        changed = {c.path: c.new.blob if c.new else None for c in changes}
        blob = changed[path] if path in changed else self.blob_at(commit, path)
        found_path = parse_path(path)
        kind = found_path.kind if found_path is not None else ""
        return AssessorCommit(
            commit=commit,
            signer=self.signer(commit),
            parent=found.parents[0] if len(found.parents) == 1 else None,
            touched=tuple((c.path, c.new.mode if c.new else "") for c in changes),
            blob=blob,
            assessment=self._value(blob, Assessment) if kind == "assessment" else None,
            declined=self._value(blob, DeclinedReview) if kind == "declined" else None,
            override=self._value(blob, Override) if kind == "override" else None,
        )

    def work(self, commit: CommitId, submission: SubmissionId, definition: Credential) -> Work | None:
        """A submission as it was submitted, without its request: `sent` has that."""
        entries = {p: e for p, e in self._folder(commit, submission).items() if e.mode != "160000"}
        wanted = {
            p: e.blob
            for p, e in entries.items()
            if is_work(p.removeprefix(folder_of(submission) + "/"))
            and is_text(p)
            and p.endswith((".yaml", ".md"))
        }
        data = self._bytes(wanted.values())
        tree = Snapshot(
            commit=commit, entries=entries, contents={p: data[b] for p, b in wanted.items() if b in data}
        )
        return read_work(submission, tree, definition)[0]

    def digests(self, commit: CommitId, submission: SubmissionId) -> Mapping[str, FileDigest]:
        """The size and SHA-256 of each of the earner's files in a state, without requests."""
        prefix = folder_of(submission) + "/"
        empty = digest_of(b"")
        return {
            path.removeprefix(prefix): self._digests.get(entry.blob, empty)
            for path, entry in self._folder(commit, submission).items()
            if is_work(path.removeprefix(prefix))
        }

    def badge_doubts(self, issue: Issue) -> tuple[str, ...]:
        """Where a badge differs from what the record requires, or its signature is invalid."""
        decision = issue.decision
        data = self._bytes([issue.document]).get(issue.document)
        if data is None:
            return ("it cannot be read",)
        sent = self.sent(decision.judged, decision.submission)
        facts = AwardFacts(
            programme=issue.programme,
            definition=issue.definition,
            earner=issue.earner,
            decision=decision,
            submitted=decision.judged,
            pieces=sent.request.pieces if sent is not None and sent.request is not None else (),
            number=issue.number,
            begins=issue.begins,
            replaces=self._replaced(issue.replaced),
        )

        def holds(document: Mapping[str, object], multibase: str) -> bool:
            return self.proofs.hold(issue.document, document, multibase)

        return find_differences(data, facts, issue.decided, holds)

    def _replaced(self, document: BlobId | None) -> Replaced | None:
        data = self._bytes([document]).get(document) if document else None
        return Replaced(id=badge_id(data), document=data) if data is not None else None

    def stack_doubts(self, issue: StackIssue) -> tuple[str, ...]:
        """Where a stack badge differs from what the record requires, or its signature is invalid."""
        data = self._bytes([issue.document, *issue.held.values()])
        stack, document = self.stack(issue.stored, issue.stack), data.get(issue.document)
        said = read_stack_award(document) if document is not None else None
        if stack is None or document is None or said is None:
            return ("it is not a stack badge",)
        held = {c: read_held(c, data[blob]) for c, blob in issue.held.items() if blob in data}
        named = {one.digest for one in said.contained}
        counted = [h for c in stack.credentials if (h := held.get(c)) is not None and h.digest in named]
        if len(counted) < stack.needed or len(counted) != len(named):
            return ("it names badges that its earner does not hold, or too few",)
        if any(badge.ends is not None and badge.ends < said.awarded for badge in counted):
            return ("it relies on a badge that had expired",)
        if issue.replaced is not None and not self._is_awarded_with(issue.replaced, said):
            return ("it was not awarded when the one before it was",)
        definitions = {c: self.definition(blob, c) for c, blob in issue.definitions.items()}
        facts = StackFacts(
            programme=issue.programme,
            stack=stack,
            blob=issue.stored,
            titles={c: found.title for c, found in definitions.items() if found is not None},
            earner=issue.earner,
            contained=tuple(counted),
            awarded=said.awarded,
            number=issue.number,
        )
        return find_stack_differences(document, facts)

    def _is_awarded_with(self, document: BlobId, said: StackAward) -> bool:
        before = read_stack_award(self._bytes([document]).get(document, b""))
        return before is not None and before.awarded == said.awarded

    def bits(self, blob: BlobId, programme: Programme) -> Bits | None:
        """A status list, its signature checked against the issuer's keys."""
        keys, key = programme.issuer.keys, programme.issuer.current_key
        try:
            document = read_json(self._bytes([blob]).get(blob, b""))
            revoked = read_bits(document)
            owner = did_document(issuer_of(document), keys) if keys else None
            now = issuer_did(programme.site.url, key.multibase) if key else ""
        except McredError:
            return None
        doubts = tuple(problem.what for problem in check(document, owner, LIST_CONTEXTS))
        return Bits(
            address=str(document.get("id")),
            revoked=revoked,
            doubts=doubts,
            is_todays=issuer_of(document) == now,
        )
