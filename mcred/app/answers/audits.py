"""Answers of those who check records: an audit, a witness, a push, a network of programmes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import ProblemRow, VerbAnswer, list_problems
from mcred.domain.audit.witness import WitnessAnswer
from mcred.domain.ids import CommitId, PersonId, StackId, SubmissionId

if TYPE_CHECKING:
    from mcred.app.audit.push_guard import PushRefusal
    from mcred.app.audit.run import AuditResult, CheckedWitness
    from mcred.app.audit.told import ToldFinding
    from mcred.app.audit.witness import NewWitness
    from mcred.app.network.build import NetworkBuilt


class SignatureCount(Struct, frozen=True, kw_only=True):
    """The signatures that were verified by this audit, and not by an earlier one."""

    checked: int
    seconds: float


class AwardProof(Struct, frozen=True, kw_only=True):
    """One award."""

    submission: SubmissionId
    attempt: int
    commit: CommitId
    proved: bool
    attested: tuple[str, ...]
    """Assessors on a review host, for whose reviews an issuer vouches."""
    override: bool
    departures: tuple[str, ...]
    erased: tuple[str, ...]
    findings: tuple[str, ...]
    """Their codes."""


class StackBadgeProof(Struct, frozen=True, kw_only=True):
    """One stack badge."""

    earner: PersonId
    stack: StackId
    number: int
    commit: CommitId
    proved: bool
    findings: tuple[str, ...]


class RecognitionProofRow(Struct, frozen=True, kw_only=True):
    """One recorded decision on what is recognized, and whether it follows from policy and record."""

    person: PersonId
    policy: str
    number: int
    commit: CommitId
    proved: bool
    findings: tuple[str, ...]
    """The codes of what speaks against it."""


class FindingRow(Struct, frozen=True, kw_only=True):
    """What was found, with who, when and what to do. `docs/findings.md` explains each code."""

    code: str
    commit: CommitId
    path: str
    what: str
    person: PersonId | None
    submission: SubmissionId | None
    attempt: int | None
    signer: str
    signer_id: PersonId | None
    when: datetime | None
    changes: tuple[str, ...]
    advice: str


class WitnessRow(Struct, frozen=True, kw_only=True):
    """The witness that the history was held against."""

    answer: WitnessAnswer
    signer: str
    key: str
    when: datetime
    founding: CommitId
    main: CommitId
    steps: int
    awards: int


class AuditAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/audit/1"):
    """`mcred audit`."""

    clean: bool
    tip: CommitId | None
    founding: CommitId
    """The programme's first commit."""
    newest: datetime
    """When the newest step of this copy was made, as it says itself."""
    steps: int
    signatures: SignatureCount
    awards: tuple[AwardProof, ...]
    stacks: tuple[StackBadgeProof, ...]
    recognized: tuple[RecognitionProofRow, ...]
    findings: tuple[FindingRow, ...]
    warnings: tuple[FindingRow, ...]
    """What is worth a look; no rule is broken."""
    witness: WitnessRow | None


def audit_answer(
    result: AuditResult, told: Sequence[ToldFinding], warnings: Sequence[ToldFinding]
) -> AuditAnswer:
    """The result of an audit."""
    audited = result.audited
    return AuditAnswer(
        clean=audited.clean,
        tip=audited.tip,
        founding=result.founding,
        newest=result.newest,
        steps=audited.steps,
        signatures=SignatureCount(checked=result.checked, seconds=round(result.signing_seconds, 3)),
        awards=tuple(
            AwardProof(
                submission=p.submission,
                attempt=p.attempt,
                commit=p.commit,
                proved=p.holds,
                attested=p.attested,
                override=p.is_override,
                departures=p.departures,
                erased=p.erased,
                findings=tuple(f.code for f in p.findings),
            )
            for p in audited.proofs
        ),
        stacks=tuple(
            StackBadgeProof(
                earner=p.person,
                stack=p.stack,
                number=p.number,
                commit=p.commit,
                proved=p.holds,
                findings=tuple(f.code for f in p.findings),
            )
            for p in audited.stacks
        ),
        recognized=tuple(
            RecognitionProofRow(
                person=p.person,
                policy=p.policy,
                number=p.number,
                commit=p.commit,
                proved=p.holds,
                findings=tuple(f.code for f in p.findings),
            )
            for p in audited.recognized
        ),
        findings=tuple(map(_finding, told)),
        warnings=tuple(map(_finding, warnings)),
        witness=_witness(result.witness) if result.witness else None,
    )


def _witness(found: CheckedWitness) -> WitnessRow:
    witness = found.witness
    return WitnessRow(
        answer=found.answer,
        signer=found.signer,
        key=witness.key,
        when=witness.when,
        founding=witness.founding,
        main=witness.main,
        steps=witness.steps,
        awards=witness.awards,
    )


def _finding(told: ToldFinding) -> FindingRow:
    finding = told.finding
    return FindingRow(
        code=finding.code,
        commit=finding.commit,
        path=finding.path,
        what=finding.what,
        person=finding.person,
        submission=finding.submission,
        attempt=finding.attempt or None,
        signer=told.signer,
        signer_id=told.signer_id,
        when=told.when,
        changes=told.changes,
        advice=told.advice,
    )


class WitnessedAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/witness/1"):
    """`mcred witness`."""

    file: str
    written: bool
    """False in a dry run."""
    founding: CommitId
    main: CommitId
    steps: int
    awards: int
    when: datetime
    key: str
    """The signer's public key."""


def witness_answer(made: NewWitness, file: str, *, written: bool) -> WitnessedAnswer:
    """What was signed."""
    said = made.witness
    return WitnessedAnswer(
        file=file,
        written=written,
        founding=said.founding,
        main=said.main,
        steps=said.steps,
        awards=said.awards,
        when=said.when,
        key=said.key,
    )


class RefusalRow(Struct, frozen=True, kw_only=True):
    """Why a ref may not be moved like that."""

    ref: str
    code: str
    what: str
    next: str


class GuardAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/guard/1"):
    """`mcred guard`."""

    taken: bool
    refusals: tuple[RefusalRow, ...]


def guard_answer(refusals: Sequence[PushRefusal]) -> GuardAnswer:
    """Whether a push may be accepted."""
    return GuardAnswer(
        taken=not refusals,
        refusals=tuple(RefusalRow(ref=r.ref, code=r.code, what=r.what, next=str(r.hint)) for r in refusals),
    )


class NetworkRow(Struct, frozen=True, kw_only=True):
    """What came of one programme."""

    id: str
    status: str
    """`read`, `unchanged` or `failed`."""
    what: str
    """Why it failed."""
    help: str
    credentials: int
    badges: int
    """How many badges are listed."""
    findings: dict[str, int]
    """What its audit found, how often each code."""
    unread: int
    """How many of its files could not be read."""


class NetworkAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/network/2"):
    """`mcred network build`."""

    programmes: tuple[NetworkRow, ...]
    """In the order of the network's file."""
    problems: tuple[ProblemRow, ...]
    """Equivalents that no programme publishes."""
    files: int
    changed: int


def network_answer(built: NetworkBuilt) -> NetworkAnswer:
    """What came of each programme."""
    return NetworkAnswer(
        programmes=tuple(
            NetworkRow(
                id=p.id,
                status=p.status,
                what=p.what,
                help=p.help,
                credentials=p.credentials,
                badges=p.badges,
                findings=dict(p.findings),
                unread=p.unread,
            )
            for p in built.programmes
        ),
        problems=list_problems(built.problems),
        files=built.files,
        changed=built.changed,
    )
