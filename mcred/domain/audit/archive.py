"""The interface through which a replay reads stored content; by id, so that results can be cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.audit.values import AssessorCommit, Brought, Move, Sent, Touch
from mcred.domain.award import Reissue, Revocation
from mcred.domain.credential import Credential, Stack
from mcred.domain.decision import Decision, DecisionGist
from mcred.domain.erasure import Erasure
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.invitation import Invitation
from mcred.domain.people import Person, Word
from mcred.domain.pieces import Disclosures, FileDigest
from mcred.domain.programme import Programme
from mcred.domain.recognition.decided import RecognitionDecision
from mcred.domain.recognition.evidence import PresentedBadge
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.seats import Assignment
from mcred.domain.stack_badge import StackReissue, StackRevocation
from mcred.domain.submission import ReviewRequest, Work


class Issue(Struct, frozen=True, kw_only=True):
    """A badge and everything it has to follow from."""

    document: BlobId
    programme: Programme
    definition: Credential
    earner: Person
    decision: Decision
    decided: BlobId
    number: int = 1
    begins: datetime | None = None
    """The start of its validity, if it was renewed."""
    replaced: BlobId | None = None
    """The document it replaces."""


class StackIssue(Struct, frozen=True, kw_only=True):
    """A stack badge and everything it has to follow from."""

    document: BlobId
    programme: Programme
    stack: StackId
    stored: BlobId
    """The blob of the stack's definition."""
    earner: Person
    held: Mapping[CredentialId, BlobId]
    """The earner's valid badges, by micro-credential."""
    definitions: Mapping[CredentialId, BlobId]
    number: int
    replaced: BlobId | None = None
    """The document it replaces; its award date is the same."""


class Bits(Struct, frozen=True, kw_only=True):
    """A status list: its URL, the revoked indexes, and why it is not the issuer's own."""

    address: str
    revoked: frozenset[int]
    doubts: tuple[str, ...]
    is_todays: bool
    """Whether its URL is of the issuer's current site; one of an earlier site may be unreachable."""


class Archive(Protocol):
    """Everything a replay reads besides the commits of main; None for what cannot be read."""

    def programme(self, blob: BlobId | None) -> Programme | None:
        """The programme's rules in a blob."""
        ...

    def person(self, blob: BlobId | None, person: PersonId | None) -> Person | None:
        """The profile in a blob, if it is that person's."""
        ...

    def invitation(self, blob: BlobId | None, person: PersonId | None) -> Invitation | None:
        """The invitation in a blob, if it is that person's."""
        ...

    def policy(self, blob: BlobId | None, policy: str) -> RecognitionPolicy | None:
        """The recognition policy in a blob, if it has that id and can be counted with."""
        ...

    def recognized(self, touch: Touch) -> RecognitionDecision | None:
        """The recorded decision in a touched file, if it is of that person, policy and number."""
        ...

    def presented(
        self, commit: CommitId, person: PersonId, policy: RecognitionPolicy
    ) -> tuple[PresentedBadge, ...]:
        """What the files of a commit say a person was awarded, with the policy's days."""
        ...

    def definition(self, blob: BlobId | None, credential: CredentialId | None) -> Credential | None:
        """The definition in a blob, if it is of that micro-credential."""
        ...

    def stack(self, blob: BlobId | None, stack: StackId | None) -> Stack | None:
        """The stack's definition in a blob, if it is of that stack."""
        ...

    def decision(self, touch: Touch) -> Decision | None:
        """The decision in a touched file, if it is of that attempt."""
        ...

    def gist(self, touch: Touch) -> DecisionGist | None:
        """The gist of what `decision` gives."""
        ...

    def revocation(self, touch: Touch) -> Revocation | None:
        """The revocation in a touched file, if it is of that attempt."""
        ...

    def reissue(self, touch: Touch) -> Reissue | None:
        """The reissue in a touched file, if it is of that attempt and number."""
        ...

    def assignment(self, touch: Touch) -> Assignment | None:
        """The assignment in a touched file, if it is of that attempt and number."""
        ...

    def assessment(self, touch: Touch) -> Assessment | None:
        """The assessment in a touched file, if it is of that attempt and assessor."""
        ...

    def request(self, touch: Touch) -> ReviewRequest | None:
        """The review request in a touched file."""
        ...

    def signer(self, commit: CommitId) -> str | None:
        """The public key of a commit's valid signature."""
        ...

    def word(self, commit: CommitId) -> Word | None:
        """The person and keys that a commit vouches for."""
        ...

    def blob_at(self, commit: CommitId, path: str) -> BlobId | None:
        """The blob at a path of a commit."""
        ...

    def brought_in(self, move: Move) -> Mapping[str, Sequence[Brought]]:
        """Path → changes that a merge brings in from its other parents, oldest first."""
        ...

    def sent(self, commit: CommitId, submission: SubmissionId) -> Sent | None:
        """An earner's sent commit; None when there is no such commit."""
        ...

    def earlier(self, commit: CommitId, submission: SubmissionId, main: CommitId) -> tuple[Sent, ...]:
        """The earner's earlier sent commits on their own branch that a commit of main lacks."""
        ...

    def knew_newer(self, commit: CommitId, main: CommitId) -> bool:
        """Whether a commit beside main builds on a later step of main than a commit of main."""
        ...

    def judged(self, commit: CommitId, path: str) -> AssessorCommit | None:
        """An assessor's commit; None when there is none."""
        ...

    def work(self, commit: CommitId, submission: SubmissionId, definition: Credential) -> Work | None:
        """A submission as sent in a commit."""
        ...

    def digests(self, commit: CommitId, submission: SubmissionId) -> Mapping[str, FileDigest]:
        """Path → digest of the earner's files in a commit, except requests."""
        ...

    def disclosures(self, blob: BlobId | None) -> Disclosures | None:
        """What opens pieces, in a stored file."""
        ...

    def erasure(self, touch: Touch) -> Erasure | None:
        """The erasure in a touched file, if it is of that attempt and number."""
        ...

    def badge_doubts(self, issue: Issue) -> tuple[str, ...]:
        """Every difference between a badge and its facts, or that its signature does not verify."""
        ...

    def stack_doubts(self, issue: StackIssue) -> tuple[str, ...]:
        """Every difference between a stack badge and its facts, or that its signature does not verify."""
        ...

    def stack_revocation(self, touch: Touch) -> StackRevocation | None:
        """The stack revocation in a touched file, if it is of that badge."""
        ...

    def stack_reissue(self, touch: Touch) -> StackReissue | None:
        """The stack reissue in a touched file, if it is of that badge."""
        ...

    def stack_definition(self, document: BlobId) -> BlobId | None:
        """The blob of the stack's definition that a badge names."""
        ...

    def badge_id(self, document: BlobId) -> str:
        """A badge's own id, '' when unreadable."""
        ...

    def place(self, document: BlobId) -> tuple[str, int] | None:
        """A badge's status list entry: the list's URL and the index in it."""
        ...

    def bits(self, blob: BlobId, programme: Programme) -> Bits | None:
        """A status list, checked against the issuer's keys."""
        ...
