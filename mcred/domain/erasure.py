"""Pieces of a submission that were erased: their commitments still prove what was judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Annotated, Literal

from msgspec.structs import replace

from mcred.domain.disclosure import commitment_of
from mcred.domain.ids import Doc, PersonId, Prose, SubmissionId
from mcred.domain.pieces import FileDigest, evidence_pieces, read_disclosure
from mcred.domain.programme import Roles
from mcred.domain.record_file import RecordFile
from mcred.domain.submission import Work


class Erasure(RecordFile, frozen=True, kw_only=True, tag="erasure"):
    """`attempts/<n>/erased/<k>.json`: pieces that the earner or an issuer took out of the record."""

    format: Literal[2]
    submission: SubmissionId
    attempt: Annotated[int, Doc("The attempt that was decided last.")]
    number: int
    by: PersonId
    erased: datetime
    reason: Prose
    pieces: Annotated[tuple[str, ...], Doc("Their commitments.")]


def may_erase(person: PersonId | None, earner: PersonId | None, roles: Roles) -> bool:
    """Whether a person may take pieces of an earner's judged work out of the record (FORMATS: Who may change
    what)."""
    return person is not None and person in (earner, *roles.issuers)


def erased_pieces(erasures: Iterable[Erasure]) -> frozenset[str]:
    """The commitments of all erased pieces."""
    return frozenset(piece for erasure in erasures for piece in erasure.pieces)


def describe_erased(erasures: Iterable[Erasure], attempt: int) -> tuple[str, ...]:
    """A sentence for each erasure of an attempt's pieces."""
    return tuple(
        f"{len(e.pieces)} {'pieces of this work were' if len(e.pieces) != 1 else 'piece of this work was'} "
        f"erased on {e.erased.date()}."
        for e in erasures
        if e.attempt == attempt
    )


def erased_contents(disclosures: Iterable[str], pieces: Collection[str]) -> frozenset[FileDigest]:
    """The contents of files that erased pieces commit to, by what opened them."""
    opened = (read_disclosure(d) for d in disclosures if commitment_of(d) in pieces)
    return frozenset(said.digest for said in opened if said is not None and said.digest is not None)


def without_disclosures(disclosures: Iterable[str], pieces: Collection[str]) -> tuple[str, ...]:
    """What still opens pieces once some were erased."""
    return tuple(d for d in disclosures if commitment_of(d) not in pieces)


def without_erased(work: Work, pieces: Collection[str]) -> Work:
    """Work as it may be shown: the list of evidence has no entry of an erased piece."""
    if not pieces or work.request is None:
        return work
    committed = evidence_pieces(work.request.pieces, work)
    listed = work.submission.evidence
    kept = tuple(e for e, p in zip(listed, committed, strict=False) if p.commitment not in pieces)
    return replace(work, submission=replace(work.submission, evidence=kept))
