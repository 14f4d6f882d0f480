"""What a replay asks for by content: the same id always has the same answer, None where it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from mcred.domain.audit.values import AssessorCommit, Brought, Move, Sent, Touch
from mcred.domain.award import Reissue, Revocation
from mcred.domain.credential import Credential, Stack
from mcred.domain.decision import Decision
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.people import Person, Word
from mcred.domain.programme import Programme
from mcred.domain.seats import Assignment
from mcred.domain.stack_badge import StackReissue, StackRevocation
from mcred.domain.submission import Work


class Issue(Struct, frozen=True, kw_only=True):
    """One badge with everything it has to follow from."""

    document: BlobId
    programme: Programme
    definition: Credential
    earner: Person
    decision: Decision
    decided: BlobId
    number: int = 1
    begins: datetime | None = None
    """From when it holds, where it was renewed."""
    replaced: BlobId | None = None
    """The document that it takes the place of."""


class StackIssue(Struct, frozen=True, kw_only=True):
    """A stack's badge with everything it has to follow from."""

    document: BlobId
    programme: Programme
    stack: StackId
    stored: BlobId
    """The stack's definition."""
    earner: Person
    held: Mapping[CredentialId, BlobId]
    """The earner's badges that hold, by micro-credential."""
    definitions: Mapping[CredentialId, BlobId]
    number: int
    replaced: BlobId | None = None
    """The document that it takes the place of; it was awarded when that one was."""


class Bits(Struct, frozen=True, kw_only=True):
    """A status list: its address, the places it revokes, and why it is not the issuer's own."""

    address: str
    revoked: frozenset[int]
    doubts: tuple[str, ...]
    is_todays: bool
    """Whether it is of the issuer's address of today; one of an earlier address may be out of reach."""


class Archive(Protocol):
    """Everything a replay reads beside the steps themselves."""

    def programme(self, blob: BlobId | None) -> Programme | None:
        """The rules in a stored file."""
        ...

    def person(self, blob: BlobId | None, person: PersonId | None) -> Person | None:
        """The profile in a stored file, if it is that person's."""
        ...

    def definition(self, blob: BlobId | None, credential: CredentialId | None) -> Credential | None:
        """The definition in a stored file, if it is of that micro-credential."""
        ...

    def stack(self, blob: BlobId | None, stack: StackId | None) -> Stack | None:
        """The stack in a stored file, if it is that one."""
        ...

    def decision(self, touch: Touch) -> Decision | None:
        """The decision in a stored file, if it is of that attempt."""
        ...

    def revocation(self, touch: Touch) -> Revocation | None:
        """The revocation in a stored file, if it is of that attempt."""
        ...

    def reissue(self, touch: Touch) -> Reissue | None:
        """The record of a badge issued again, if it is of that attempt and number."""
        ...

    def assignment(self, touch: Touch) -> Assignment | None:
        """Whom an issuer asked in a stored file, if it is of that attempt and number."""
        ...

    def signer(self, commit: CommitId) -> str | None:
        """The key that a commit is well signed with."""
        ...

    def word(self, commit: CommitId) -> Word | None:
        """For whose new keys a commit speaks."""
        ...

    def blob_at(self, commit: CommitId, path: str) -> BlobId | None:
        """What stands at a path of a commit."""
        ...

    def brought_in(self, move: Move) -> Mapping[str, Sequence[Brought]]:
        """What a merge brings in beside the state before it: each file's changes, oldest first."""
        ...

    def sent(self, commit: CommitId, submission: SubmissionId) -> Sent | None:
        """The state an earner sent; None when there is no such commit."""
        ...

    def earlier(self, commit: CommitId, submission: SubmissionId, main: CommitId) -> tuple[Sent, ...]:
        """States the earner had sent before one, on their own line, that a state of the main line lacks."""
        ...

    def judged(self, commit: CommitId, path: str) -> AssessorCommit | None:
        """An assessor's commit; None when there is none."""
        ...

    def work(self, commit: CommitId, submission: SubmissionId, definition: Credential) -> Work | None:
        """A submission as it was sent."""
        ...

    def digests(self, commit: CommitId, submission: SubmissionId) -> Mapping[str, str]:
        """The SHA-256 of each of the earner's files in a state, the request left out."""
        ...

    def badge_doubts(self, issue: Issue) -> tuple[str, ...]:
        """Where a badge says anything else than it must, or its signature does not hold."""
        ...

    def stack_doubts(self, issue: StackIssue) -> tuple[str, ...]:
        """Where a stack's badge says anything else than it must, or its signature does not hold."""
        ...

    def stack_revocation(self, touch: Touch) -> StackRevocation | None:
        """The revocation of a stack's badge in a stored file, if it is of that one."""
        ...

    def stack_reissue(self, touch: Touch) -> StackReissue | None:
        """The record of a stack's badge issued again, if it is of that one."""
        ...

    def stack_definition(self, document: BlobId) -> BlobId | None:
        """The stored definition of the stack that a badge names."""
        ...

    def badge_id(self, document: BlobId) -> str:
        """A badge's own id, '' when it cannot be read."""
        ...

    def place(self, document: BlobId) -> tuple[str, int] | None:
        """Where a badge's revocation is looked up: the list's address and the badge's place in it."""
        ...

    def bits(self, blob: BlobId, programme: Programme) -> Bits | None:
        """A status list, checked against the issuer's keys."""
        ...
