"""The badges of a programme's record, as a recognition policy sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time

from mcred.domain.catalog import Catalog, Record
from mcred.domain.decision import Decision
from mcred.domain.ids import PersonId
from mcred.domain.recognition.evidence import PresentedBadge, ReachedLevel
from mcred.domain.recognition.policy import RecognitionPolicy
from mcred.domain.stack_badge import StackRecord


def read_record(catalog: Catalog, person: PersonId, policy: RecognitionPolicy) -> Iterator[PresentedBadge]:
    """Everything that a person was awarded, also what no longer counts; with the policy's days."""
    for record in catalog.records_of(person):
        yield from _read_awards(catalog, record, policy)
    for stacked in catalog.stacked_of(person):
        yield from _read_stacked(stacked, policy)


def read_everyone(catalog: Catalog, policy: RecognitionPolicy) -> Mapping[PersonId, Sequence[PresentedBadge]]:
    """Everything that each person was awarded, in the order of their ids; read in one pass."""
    found: dict[PersonId, list[PresentedBadge]] = {}
    for record in catalog.records.values():
        found.setdefault(record.id.earner, []).extend(_read_awards(catalog, record, policy))
    for (earner, _), stacked in catalog.stacked.items():
        found.setdefault(earner, []).extend(_read_stacked(stacked, policy))
    return {person: badges for person, badges in sorted(found.items()) if badges}


def _read_awards(catalog: Catalog, record: Record, policy: RecognitionPolicy) -> Iterator[PresentedBadge]:
    for decision in record.decisions:
        if decision.outcome == "award" and record.documents(decision.attempt):
            yield _read_award(catalog, record, decision, policy)


def _read_award(
    catalog: Catalog, record: Record, decision: Decision, policy: RecognitionPolicy
) -> PresentedBadge:
    attempt = decision.attempt
    edition = catalog.editions.get(decision.definition.blob)
    begins, ends = record.begins(attempt), catalog.ends(record, attempt)
    revoked = attempt in record.revocations
    revocation = record.revocations.get(attempt)
    return PresentedBadge(
        name=f"{record.id} attempt {attempt}",
        title=edition.title if edition else record.id.credential,
        of_program=True,
        credential=record.id.credential,
        version=decision.definition.version,
        earned=policy.day_of(decision.decided),
        renewed=policy.day_of(begins) if begins is not None and begins != decision.decided else None,
        ends=policy.day_of(datetime.combine(ends, time.max, UTC)) if ends is not None else None,
        standing="revoked" if revoked else "valid",
        why=f"it was revoked on {policy.day_of(revocation.revoked)}" if revocation else "",
        override=decision.is_override,
        levels={
            criterion.id: ReachedLevel(level=level, scale=edition.scale_of(criterion))
            for criterion in (edition.criteria if edition and edition.is_scalable else ())
            if edition is not None and (level := decision.level_of(criterion.id)) is not None
        },
        digests=tuple(hashlib.sha256(d).hexdigest() for d in record.documents(attempt).values()),
    )


def _read_stacked(record: StackRecord, policy: RecognitionPolicy) -> Iterator[PresentedBadge]:
    for number, award in sorted(record.awards.items()):
        if award is None or number in record.replaced:
            continue
        revocation = record.revocations.get(number)
        yield PresentedBadge(
            name=f"{record.name} {number}",
            title=award.title,
            of_program=True,
            stack=record.stack,
            version=award.version,
            earned=policy.day_of(award.awarded),
            ends=policy.day_of(award.ends) if award.ends else None,
            standing="revoked" if number in record.revocations else "valid",
            why=f"it was revoked on {policy.day_of(revocation.revoked)}" if revocation else "",
            digests=(hashlib.sha256(award.document).hexdigest(),),
            contains=tuple(badge.digest for badge in award.contained),
            contained_titles=tuple(badge.name for badge in award.contained),
        )
