"""What an audit goes through: the steps of the main line as values, and what it says of them.

A `Move` is one step with every file it touched; `Sent` and `AssessorCommit` are the commits it brings
in, as an earner sent them and as an assessor judged. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.seats import DeclinedReview
from mcred.domain.submission import ReviewRequest

EARNERS = frozenset({"submission", "answers", "evidence", "request"})
"""Kinds of files that the earner writes."""


class Touch(Struct, frozen=True, kw_only=True):
    """One file that a step added, changed or removed."""

    path: str
    kind: str
    """As `domain.layout` calls it."""
    old: BlobId | None
    new: BlobId | None
    person: PersonId | None = None
    credential: CredentialId | None = None
    stack: StackId | None = None
    attempt: int = 0
    number: int = 1
    assessor: PersonId | None = None
    fault: str = ""
    """Why nobody can take a file of this name or mode over, '' when all can."""

    @property
    def submission(self) -> SubmissionId | None:
        """Whose submission it belongs to, None for everything else."""
        if self.person is None or self.credential is None:
            return None
        return SubmissionId(self.person, self.credential)


class Move(Struct, frozen=True, kw_only=True):
    """One step of the main line. `before` is None for the first."""

    commit: CommitId
    before: CommitId | None
    signer: str | None
    event: str
    parents: tuple[CommitId, ...]
    touches: tuple[Touch, ...]
    when: datetime | None = None
    """When it says it was made."""


class Brought(Struct, frozen=True, kw_only=True):
    """A change of one file on the way into a merge, and the key that its commit is well signed with."""

    signer: str | None
    old: BlobId | None
    new: BlobId | None


class Sent(Struct, frozen=True, kw_only=True):
    """A state that an earner sent to be assessed, as its commit has it."""

    commit: CommitId
    signer: str | None
    event: str
    submission: SubmissionId | None
    attempt: int
    files: Mapping[str, BlobId]
    """The earner's own files by their path below the submission's folder."""
    faults: tuple[str, ...]
    request: ReviewRequest | None


class AssessorCommit(Struct, frozen=True, kw_only=True):
    """An assessor's commit: who signed it, on what it stands, which files it touches, what it says."""

    commit: CommitId
    signer: str | None
    parent: CommitId | None
    touched: tuple[tuple[str, str], ...]
    """Path and mode of each file added or changed; a removed file has mode ''."""
    blob: BlobId | None
    assessment: Assessment | None
    declined: DeclinedReview | None = None
    """What it says instead, where it gives a place back."""


class Finding(Struct, frozen=True, kw_only=True):
    """Something that does not follow from the rules. Codes are stable; `docs/findings.md` explains each."""

    code: str
    commit: CommitId
    path: str
    what: str
    person: PersonId | None = None
    submission: SubmissionId | None = None
    attempt: int = 0


class Proof(Struct, frozen=True, kw_only=True):
    """What an audit says of one award: proved, or with findings."""

    submission: SubmissionId
    attempt: int
    commit: CommitId
    findings: tuple[Finding, ...]
    attested: tuple[str, ...] = ()
    """Who assessed on a review host: an issuer's word stands for their signature."""
    departures: tuple[str, ...] = ()
    """Where it does not follow from the assessors' levels alone, a sentence each."""
    is_override: bool = False
    """Whether it was awarded although its final levels do not suffice."""

    @property
    def holds(self) -> bool:
        """Whether everything about it follows from the rules of its day."""
        return not self.findings


class StackProof(Struct, frozen=True, kw_only=True):
    """What an audit says of one badge of a stack."""

    person: PersonId
    stack: StackId
    number: int
    commit: CommitId
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return f"{self.person}/stacks/{self.stack}"

    @property
    def holds(self) -> bool:
        """Whether everything about it follows from the rules of its day."""
        return not self.findings
