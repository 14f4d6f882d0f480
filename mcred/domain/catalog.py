"""A whole programme at one commit: rules, people, definitions, stacks, and each portfolio's record.

Built by `formats.catalog`; all other code uses it instead of the files. `decided` and `holders` come from
file names alone, so that counting needs no decoding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct, field

from mcred.domain.assessment import Agreed, Assessment
from mcred.domain.award import Reissue, Revocation, valid_until
from mcred.domain.credential import Credential, Stack
from mcred.domain.decision import Decision, DecisionBrief, brief
from mcred.domain.erasure import Erasure, erased_pieces
from mcred.domain.ids import BlobId, CommitId, CredentialId, PersonId, Slug, StackId, SubmissionId, Version
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.seats import Assignment, DeclinedReview
from mcred.domain.stack_badge import StackRecord
from mcred.domain.submission import ReviewRequest, StoredFile, Work


class Definition(Struct, frozen=True, kw_only=True):
    """A micro-credential's definition with its blob id."""

    credential: Credential
    blob: BlobId
    pictures: Mapping[str, StoredFile] = field(default_factory=dict)
    """File name → custom badge image, where the programme has one."""


class Example(Struct, frozen=True, kw_only=True):
    """A golden example: a submission whose levels trained assessors agreed on."""

    name: Slug
    work: Work
    agreed: Agreed


class Record(Struct, frozen=True, kw_only=True):
    """A portfolio's record for one micro-credential."""

    id: SubmissionId
    work: Work | None
    assessments: tuple[Assessment, ...] = ()
    declined: tuple[DeclinedReview, ...] = ()
    assigned: tuple[Assignment, ...] = ()
    decisions: tuple[Decision, ...] = ()
    requests: Mapping[int, ReviewRequest] = field(default_factory=dict)
    """The request of each awarded attempt, as far as it can be read."""
    awards: Mapping[int, bytes] = field(default_factory=dict)
    """The award document of each awarded attempt as first issued (number 1), byte for byte."""
    issued_again: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    """The reissued documents, by attempt and number (2, 3, …)."""
    reissues: tuple[Reissue, ...] = ()
    """The reissue records of those, by attempt and number."""
    revocations: Mapping[int, Revocation | None] = field(default_factory=dict)
    """Attempt → revocation of its award; None where the file is unreadable: revoked nevertheless."""
    erasures: tuple[Erasure, ...] = ()
    """What was erased of the work, by attempt and number."""

    def documents(self, attempt: int) -> Mapping[int, bytes]:
        """An attempt's award documents by number, in the order they were issued."""
        first = {1: self.awards[attempt]} if attempt in self.awards else {}
        again = {n: data for (a, n), data in sorted(self.issued_again.items()) if a == attempt}
        return {**first, **again}

    def current(self, attempt: int) -> bytes | None:
        """The newest award document of an attempt, which replaces the others; None without one."""
        found = self.documents(attempt)
        return found[max(found)] if found else None

    def begins(self, attempt: int, number: int = 0) -> datetime | None:
        """The start of an award's validity: its decision, or its last renewal.

        `number`: for that document; 0 for the newest one.
        """
        decided = next((d.decided for d in self.decisions if d.attempt == attempt), None)
        renewed = [
            r.issued
            for r in self.reissues
            if r.attempt == attempt and r.kind == "renew" and (not number or r.number <= number)
        ]
        return renewed[-1] if renewed else decided

    @property
    def live(self) -> tuple[int, ...]:
        """The attempts with an award that is not revoked, in order; expiry is not considered."""
        awarded = {*self.awards, *(attempt for attempt, _ in self.issued_again)}
        return tuple(sorted(awarded - set(self.revocations)))

    @property
    def decision(self) -> Decision | None:
        """The newest decision."""
        return max(self.decisions, key=lambda d: d.attempt, default=None)

    @property
    def versions(self) -> frozenset[Version]:
        """Every version of the definition that any attempt refers to."""
        found = {a.definition.version for a in self.assessments}
        found |= {d.definition.version for d in self.decisions}
        if self.work is not None:
            found.add(self.work.submission.version)
            if self.work.request is not None:
                found.add(self.work.request.definition.version)
        return frozenset(found)


class Outline(Struct, frozen=True, kw_only=True):
    """What was decided on a submission, without what it rests on."""

    id: SubmissionId
    decisions: Mapping[int, DecisionBrief] = field(default_factory=dict)
    """By attempt, as far as they can be read."""
    renewed: Mapping[int, datetime] = field(default_factory=dict)
    """Attempt → when its award was renewed last."""
    revocations: Mapping[int, Revocation | None] = field(default_factory=dict)
    """As in `Record`."""
    assigned: tuple[Assignment, ...] = ()


class ProgrammeState(Protocol):
    """The part of a programme at one commit that determines eligibility and panels."""

    @property
    def commit(self) -> CommitId: ...
    @property
    def programme(self) -> Programme: ...
    @property
    def people(self) -> Mapping[PersonId, Person]: ...
    @property
    def holders(self) -> Mapping[CredentialId, frozenset[PersonId]]: ...

    def assessed(self, credential: CredentialId) -> int:
        """How many submissions of a micro-credential were assessed (FORMATS: "the first 50")."""
        ...

    def find_close(self, earner: PersonId, people: Collection[PersonId]) -> Set[PersonId]:
        """Those of some people who may be unconfirmed, the earner, at the earner's school, or in a declared
        conflict with the earner. All others surely are not; of these it still has to be asked."""
        ...


class RecordState(ProgrammeState, Protocol):
    """The same with decisions and assessors, which determine the content of a request."""

    def decision(self, submission: SubmissionId) -> Decision | None:
        """The newest decision on a submission."""
        ...

    def assessors(self, submission: SubmissionId) -> tuple[PersonId, ...]:
        """Everyone whose assessment of a submission is on main."""
        ...

    def erased(self, submission: SubmissionId) -> frozenset[str]:
        """The commitments of a submission's erased pieces."""
        ...


class Catalog(Struct, frozen=True, kw_only=True):
    """All of a programme at one commit."""

    commit: CommitId
    programme: Programme
    people: Mapping[PersonId, Person]
    definitions: Mapping[CredentialId, Definition]
    editions: Mapping[BlobId, Credential]
    """Blob → definition, for every definition that a record refers to, past versions included."""
    stacks: Mapping[StackId, Stack]
    records: Mapping[SubmissionId, Record]
    decided: Set[tuple[SubmissionId, int]]
    """Attempts with a decision on main."""
    awarded: int
    """The number of awards, revoked ones included."""
    holders: Mapping[CredentialId, frozenset[PersonId]]
    """Micro-credential → holders: those with an award that is not revoked."""
    stacked: Mapping[tuple[PersonId, StackId], StackRecord] = field(default_factory=dict)
    """Stack badges by person and stack."""
    lists: Mapping[int, bytes] = field(default_factory=dict)
    """The signed status lists by number, byte for byte."""

    def assessed(self, credential: CredentialId) -> int:
        """How many submissions of a micro-credential were assessed (FORMATS: "the first 50")."""
        return sum(1 for submission, _ in self.decided if submission.credential == credential)

    def find_close(self, earner: PersonId, people: Collection[PersonId]) -> Set[PersonId]:
        """All of them: they are asked one by one."""
        return frozenset(people)

    def decision(self, submission: SubmissionId) -> Decision | None:
        """The newest decision on a submission, None where its record was not read."""
        record = self.records.get(submission)
        return record.decision if record is not None else None

    def assessors(self, submission: SubmissionId) -> tuple[PersonId, ...]:
        """Everyone whose assessment of a submission is on main; empty where its record was not read."""
        record = self.records.get(submission)
        return tuple(dict.fromkeys(a.assessor for a in record.assessments)) if record is not None else ()

    def erased(self, submission: SubmissionId) -> frozenset[str]:
        """The commitments of a submission's erased pieces; empty where its record was not read."""
        record = self.records.get(submission)
        return erased_pieces(record.erasures) if record is not None else frozenset()

    def held_by(self, person: PersonId) -> frozenset[CredentialId]:
        """The micro-credentials a person holds."""
        return frozenset(c for c, people in self.holders.items() if person in people)

    def outline(self, submission: SubmissionId) -> Outline | None:
        """What was decided on a submission; None where nothing was, or its record was not read."""
        record = self.records.get(submission)
        return outline_of(record) if record is not None and (record.decisions or record.assigned) else None

    def outlines(self) -> Iterable[Outline]:
        """The same of each submission."""
        return (found for submission in self.records if (found := self.outline(submission)) is not None)

    def attempts(self, submission: SubmissionId) -> frozenset[int]:
        """The attempts of a submission that main has decided on."""
        return frozenset(attempt for s, attempt in self.decided if s == submission)

    def with_erasures(self) -> tuple[SubmissionId, ...]:
        """The submissions of which pieces were erased."""
        return tuple(sorted(r.id for r in self.records.values() if r.erasures))

    def records_of(self, person: PersonId) -> tuple[Record, ...]:
        """The records of a person's submissions, by micro-credential."""
        return tuple(sorted((r for r in self.records.values() if r.id.earner == person), key=lambda r: r.id))

    def stacked_of(self, person: PersonId) -> tuple[StackRecord, ...]:
        """The stack badges of a person."""
        return tuple(record for (earner, _), record in self.stacked.items() if earner == person)

    def ends(self, record: Record, attempt: int, number: int = 0) -> date | None:
        """The last day an award is valid, by the definition it was decided by; None for no end.

        `number`: for that document; 0 for the newest one.
        """
        decision = next((d for d in record.decisions if d.attempt == attempt), None)
        edition = self.editions.get(decision.definition.blob) if decision else None
        begins = record.begins(attempt, number)
        return valid_until(begins.date(), edition.validity) if begins and edition else None

    def in_use(self) -> frozenset[tuple[CredentialId, Version]]:
        """Versions with submissions, in any attempt: those may no longer change."""
        return frozenset((r.id.credential, version) for r in self.records.values() for version in r.versions)


def outline_of(record: Record) -> Outline:
    """What a record says was decided, without what it rests on."""
    return Outline(
        id=record.id,
        decisions={d.attempt: brief(d) for d in record.decisions},
        renewed={r.attempt: r.issued for r in record.reissues if r.kind == "renew"},
        revocations=record.revocations,
        assigned=record.assigned,
    )
