"""The values of an audit: its input (commits of main and what they bring in), findings and proofs.

A `Move` is one changing commit of main with every file it touched; `Sent` and `AssessorCommit` are the
commits it brings in, by an earner and by an assessor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from mcred.domain.assessment import Assessment
from mcred.domain.decision import Override
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.pieces import Disclosures
from mcred.domain.seats import DeclinedReview
from mcred.domain.submission import ReviewRequest

EARNERS = frozenset({"submission", "answers", "evidence", "request", "disclosure list"})
"""Kinds of files that earners write."""


class Touch(Struct, frozen=True, kw_only=True):
    """One file that a commit of main added, changed or removed."""

    path: str
    kind: str
    """The kind of file (`domain.layout`)."""
    old: BlobId | None
    new: BlobId | None
    person: PersonId | None = None
    credential: CredentialId | None = None
    stack: StackId | None = None
    attempt: int = 0
    number: int = 1
    assessor: PersonId | None = None
    policy: str = ""
    """Of what is recognized: the policy's id."""
    fault: str = ""
    """Why a file's name or mode is not portable, '' when it is."""

    @property
    def submission(self) -> SubmissionId | None:
        """The submission the file belongs to, or None."""
        if self.person is None or self.credential is None:
            return None
        return SubmissionId(self.person, self.credential)


class Move(Struct, frozen=True, kw_only=True):
    """One changing commit of main. `before`: its predecessor, None for the first."""

    commit: CommitId
    before: CommitId | None
    signer: str | None
    event: str
    parents: tuple[CommitId, ...]
    touches: tuple[Touch, ...]
    when: datetime | None = None
    """Its stated date."""


class Brought(Struct, frozen=True, kw_only=True):
    """A change of one file by a commit that a merge brings in, and the key of its valid signature."""

    signer: str | None
    old: BlobId | None
    new: BlobId | None


class Sent(Struct, frozen=True, kw_only=True):
    """A commit that an earner sent for assessment."""

    commit: CommitId
    signer: str | None
    event: str
    submission: SubmissionId | None
    attempt: int
    files: Mapping[str, BlobId]
    """Path below the submission's folder → blob, for the earner's own files."""
    faults: tuple[str, ...]
    request: ReviewRequest | None
    disclosures: Disclosures | None
    """What opens the pieces of the request."""


class AssessorCommit(Struct, frozen=True, kw_only=True):
    """An assessor's commit: its signer, parent, touched files, and assessment; or an issuer's proposal."""

    commit: CommitId
    signer: str | None
    parent: CommitId | None
    touched: tuple[tuple[str, str], ...]
    """(path, mode) of each file added or changed; a removed file has mode ''."""
    blob: BlobId | None
    assessment: Assessment | None
    declined: DeclinedReview | None = None
    """Its content instead, when the assessor declined."""
    override: Override | None = None
    """Its content instead, when an issuer proposed an outcome that the levels do not recommend."""


class Finding(Struct, frozen=True, kw_only=True):
    """A violation of a rule. Codes are stable; `docs/findings.md` explains each."""

    code: str
    commit: CommitId
    path: str
    what: str
    person: PersonId | None = None
    submission: SubmissionId | None = None
    attempt: int = 0


class Proof(Struct, frozen=True, kw_only=True):
    """The audit's result for one award: proved, or with findings."""

    submission: SubmissionId
    attempt: int
    commit: CommitId
    findings: tuple[Finding, ...]
    attested: tuple[str, ...] = ()
    """Assessors on a review host, whose signature is replaced by an issuer's attestation."""
    said_attested: str = ""
    """How many of its reviews rest on an issuer's word, as a sentence."""
    departures: tuple[str, ...] = ()
    """Departures from the assessors' levels, a sentence each."""
    erased: tuple[str, ...] = ()
    """What was erased of its work, a sentence each."""
    is_override: bool = False
    """Whether it was awarded although its final levels do not meet the rule."""

    @property
    def holds(self) -> bool:
        """Whether everything about it follows from the rules of its day."""
        return not self.findings


class StackProof(Struct, frozen=True, kw_only=True):
    """The audit's result for one stack badge."""

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


class RecognitionProof(Struct, frozen=True, kw_only=True):
    """The audit's result for one recorded decision on what is recognized."""

    person: PersonId
    policy: str
    number: int
    commit: CommitId
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return f"{self.person}/recognized/{self.policy}"

    @property
    def holds(self) -> bool:
        """Whether it follows from the policy and the record of the state that it names."""
        return not self.findings
