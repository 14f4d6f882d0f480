"""What people earned, as a transcript: each award with its date, hours, credits and levels, and the totals.

Counts what is valid on the day of the transcript. A stack adds no hours of its own: its micro-credentials
are counted already. Credit hours that a stack says itself are those of all of it: they count instead of
those of the micro-credentials that its badge was given for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from mcred.domain.catalog import Catalog, Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import CreditHours, PersonId, Slug, Version, plain_credits
from mcred.domain.network.elsewhere import ElsewhereBadge
from mcred.domain.stack_badge import StackRecord

EarnedState = Literal["valid", "expired", "revoked"]


class EarnedAward(Struct, frozen=True, kw_only=True):
    """One award of a micro-credential or of a stack."""

    person: PersonId
    credential: str
    """The micro-credential's id, or `stacks/` and the stack's."""
    attempt: int
    """The attempt that earned it; of a stack, the number of its badge."""
    title: str
    version: Version
    earned: date
    until: date | None
    """The last day that it is valid; None without an end."""
    hours: int | None
    """The estimate of the version that was earned; None where it has none, and for a stack."""
    credits: CreditHours | None
    """The credit hours of the version that was earned, or those that a stack says itself; None without."""
    contains: frozenset[str] = frozenset()
    """The micro-credentials that a stack's badge was given for."""
    levels: Mapping[Slug, int]
    """Level → how many criteria were settled at it, the best first; empty for a stack."""
    state: EarnedState
    why: str = ""
    """The reason of a revocation."""

    @property
    def is_stack(self) -> bool:
        """Whether it is a stack's badge, and not a micro-credential's."""
        return self.credential.startswith("stacks/")


class PersonTranscript(Struct, frozen=True, kw_only=True):
    """What one person earned, the oldest first."""

    person: PersonId
    name: str
    school: str
    awards: tuple[EarnedAward, ...]
    elsewhere: tuple[ElsewhereBadge, ...] = ()
    """Badges of other issuers, which add no hours."""

    @property
    def valid(self) -> tuple[EarnedAward, ...]:
        """What is valid, each once: a micro-credential that was earned again counts by its newest award."""
        return tuple({a.credential: a for a in self.awards if a.state == "valid"}.values())

    @property
    def hours(self) -> int:
        """The hours of what is valid."""
        return sum(a.hours or 0 for a in self.valid)

    @property
    def counted_credits(self) -> Mapping[str, Decimal]:
        """What each valid award adds to the credit hours, as `count_credits` has it."""
        return count_credits(
            {a.credential: a.credits for a in self.valid},
            {a.credential: a.contains for a in self.valid if a.is_stack},
        )

    def credits_of(self, award: EarnedAward) -> CreditHours:
        """How many credit hours of an award are in the total."""
        counts = award in self.valid
        return plain_credits(self.counted_credits[award.credential] if counts else Decimal(0))

    @property
    def credits(self) -> Decimal:
        """The credit hours of what is valid, each once."""
        return plain_credits(sum(self.counted_credits.values(), Decimal(0)))

    @property
    def has_credits_of_stacks(self) -> bool:
        """Whether a stack on it has credit hours of its own."""
        return any(a.is_stack and a.credits for a in self.awards)

    @property
    def credentials(self) -> int:
        """How many micro-credentials are valid."""
        return sum(1 for a in self.valid if not a.is_stack)


class SchoolTotal(Struct, frozen=True, kw_only=True):
    """What the people of one school earned together."""

    school: str
    people: int
    """Those with a valid micro-credential."""
    credentials: int
    hours: int
    credits: Decimal


class Transcript(Struct, frozen=True, kw_only=True):
    """The transcripts of some people, and the totals of their schools."""

    issuer: str
    day: date
    since: date | None
    to: date | None
    people: tuple[PersonTranscript, ...]

    @property
    def has_credits(self) -> bool:
        """Whether anything on it is worth credit hours."""
        return any(a.credits for one in self.people for a in one.awards)

    @property
    def schools(self) -> tuple[SchoolTotal, ...]:
        """The totals by school, in alphabetical order."""
        found: dict[str, list[PersonTranscript]] = {}
        for one in self.people:
            found.setdefault(one.school.casefold(), []).append(one)
        return tuple(
            SchoolTotal(
                school=people[0].school,
                people=sum(1 for one in people if one.credentials),
                credentials=sum(one.credentials for one in people),
                hours=sum(one.hours for one in people),
                credits=plain_credits(sum((one.credits for one in people), Decimal(0))),
            )
            for _, people in sorted(found.items())
        )


def list_awards(
    catalog: Catalog, records: Iterable[Record], stacked: Iterable[StackRecord], today: date
) -> tuple[EarnedAward, ...]:
    """The awards in some records, by the day they were earned."""
    records, stacked = tuple(records), tuple(stacked)
    known = {
        hashlib.sha256(document).hexdigest(): record.id.credential
        for record in (records if stacked else ())
        for attempt in record.awards
        for document in record.documents(attempt).values()
    }
    found = [a for record in records for a in _of_record(catalog, record, today)]
    found += [a for record in stacked for a in _of_stack(record, known, today)]
    return tuple(sorted(found, key=lambda a: (a.earned, a.credential, a.attempt)))


def count_credits(
    worth: Mapping[str, Decimal | None], stacks: Mapping[str, Set[str]]
) -> Mapping[str, Decimal]:
    """What each of a person's valid badges adds to their credit hours, so that nothing is counted twice.

    `worth`: badge → its own credit hours; `stacks`: stack's badge → the micro-credentials it was given for.
    Where a stack has credit hours, those of its micro-credentials are within them. What an earlier stack has
    already is taken off a later one's.
    """
    own = {name: amount or Decimal(0) for name, amount in worth.items()}
    counted, within_stacks = dict(own), set[str]()
    for stack, parts in stacks.items():
        if own[stack]:
            again = sum((own[part] for part in within_stacks & parts), Decimal(0))
            counted[stack] = max(own[stack] - again, Decimal(0))
            within_stacks |= parts & own.keys()
    return {**counted, **dict.fromkeys(within_stacks, Decimal(0))}


def within(awards: Sequence[EarnedAward], since: date | None, to: date | None) -> tuple[EarnedAward, ...]:
    """The awards earned from `since` to `to`, both days included."""
    return tuple(a for a in awards if (since is None or since <= a.earned) and (to is None or a.earned <= to))


def _of_record(catalog: Catalog, record: Record, today: date) -> Iterable[EarnedAward]:
    for decision in record.decisions:
        if not record.documents(decision.attempt):
            continue
        edition = catalog.editions.get(decision.definition.blob)
        until = catalog.ends(record, decision.attempt)
        revocation = record.revocations.get(decision.attempt)
        yield EarnedAward(
            person=record.id.earner,
            credential=record.id.credential,
            attempt=decision.attempt,
            title=edition.title if edition else record.id.credential,
            version=decision.definition.version,
            earned=decision.decided.date(),
            until=until,
            hours=edition.hours if edition else None,
            credits=edition.credits if edition else None,
            levels=_count_levels(edition, decision),
            state=_state(decision.attempt in record.revocations, until, today),
            why=revocation.reason if revocation else "",
        )


def _of_stack(record: StackRecord, known: Mapping[str, str], today: date) -> Iterable[EarnedAward]:
    """`known`: digest of a document → its micro-credential."""
    for number, award in record.awards.items():
        if award is None or number in record.replaced:
            continue
        until = award.ends.date() if award.ends else None
        revocation = record.revocations.get(number)
        yield EarnedAward(
            person=record.earner,
            credential=f"stacks/{record.stack}",
            attempt=number,
            title=award.title,
            version=award.version,
            earned=award.awarded.date(),
            until=until,
            hours=None,
            credits=award.credits,
            contains=frozenset(known[badge.digest] for badge in award.contained if badge.digest in known),
            levels={},
            state=_state(number in record.revocations, until, today),
            why=revocation.reason if revocation else "",
        )


def _state(is_revoked: bool, until: date | None, today: date) -> EarnedState:
    if is_revoked:
        return "revoked"
    return "expired" if until is not None and until < today else "valid"


def _count_levels(edition: Credential | None, decision: Decision) -> Mapping[Slug, int]:
    """How many criteria were settled at each level, in the order of the scales."""
    counts = Counter(settled.level for settled in decision.levels)
    scales = edition.scales.values() if edition else ()
    order = list(dict.fromkeys(level for scale in scales for level in scale))
    return {level: counts[level] for level in (*order, *sorted(set(counts) - set(order))) if counts[level]}
