"""Stack badges: who has earned one, issuing it, and which no longer meet the rule they were issued by.

Issued by rule, so no one applies for one: the decision that completes a stack issues the badge in the same
commit, and `mcred stacks --award` issues what is still due. A revoked one is issued again only for something
earned since.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from mcred.app.clock import stamp
from mcred.app.keys.issuer import issuer_method
from mcred.app.workspace import Workspace
from mcred.badges.keys import IssuerKey, issuer_did
from mcred.badges.open_badge import Issuing, StatusPlace, site_of
from mcred.badges.stack_badge import HeldBadge, StackFacts, make_stack_badge, read_held, sign_stack_badge
from mcred.domain.award import PICTURE_PNG, stack_folder
from mcred.domain.catalog import Catalog
from mcred.domain.credential import Stack
from mcred.domain.ids import BlobId, CredentialId, PersonId, StackId, SubmissionId
from mcred.domain.layout import stack_award_path, stack_path
from mcred.domain.stack_badge import StackRecord
from mcred.problems import McredError, next_step
from mcred.store.write import put_blob

HeldBadges = Mapping[CredentialId, HeldBadge]
TakePlace = Callable[[], StatusPlace | None]


class StackProgress(Struct, frozen=True, kw_only=True):
    """One person's progress in one stack."""

    earner: PersonId
    stack: Stack
    counted: tuple[HeldBadge, ...]
    """The badges that count, in the stack's order."""
    record: StackRecord
    """The badges of this stack that were issued before."""

    @property
    def number(self) -> int | None:
        """The number of the valid stack badge, None when there is none."""
        return self.record.live

    @property
    def is_complete(self) -> bool:
        """Whether enough is held."""
        return len(self.counted) >= self.stack.needed

    @property
    def is_due(self) -> bool:
        """Whether the badge has yet to be issued."""
        newest = max((badge.awarded for badge in self.counted), default=None)
        can = newest is not None and self.record.allows_another(newest)
        return can and self.is_complete and self.number is None

    @property
    def is_hollow(self) -> bool:
        """Whether there is a badge and the rule is no longer met."""
        return self.number is not None and not self.is_complete

    @property
    def missing(self) -> tuple[CredentialId, ...]:
        """The micro-credentials that are not held."""
        held = {badge.credential for badge in self.counted}
        return tuple(c for c in self.stack.credentials if c not in held)


def held_badges(catalog: Catalog, person: PersonId, now: datetime) -> HeldBadges:
    """A person's valid badges: the newest of each micro-credential, not revoked, not expired."""
    found: dict[CredentialId, HeldBadge] = {}
    for credential in catalog.held_by(person):
        record = catalog.records.get(SubmissionId(person, credential))
        attempt = max(record.live, default=0) if record else 0
        document = record.current(attempt) if record else None
        badge = read_held(credential, document) if document is not None else None
        if badge is not None and not (badge.ends and badge.ends < now):
            found[credential] = badge
    return found


def progress_of(catalog: Catalog, person: PersonId, held: HeldBadges) -> Iterator[StackProgress]:
    """A person's progress in each stack."""
    for name, stack in sorted(catalog.stacks.items()):
        record = catalog.stacked.get((person, name)) or StackRecord(earner=person, stack=name)
        yield StackProgress(
            earner=person,
            stack=stack,
            counted=tuple(held[c] for c in stack.credentials if c in held),
            record=record,
        )


def everybody(catalog: Catalog, now: datetime) -> tuple[StackProgress, ...]:
    """Everyone's progress in every stack they have begun, or have a badge of."""
    people = {p for holders in catalog.holders.values() for p in holders} | {p for p, _ in catalog.stacked}
    return tuple(
        line
        for person in sorted(people)
        for line in progress_of(catalog, person, held_badges(catalog, person, now))
        if line.counted or line.number is not None
    )


def give_badge(
    ws: Workspace, line: StackProgress, key: IssuerKey | None, place: TakePlace
) -> dict[str, BlobId]:
    """A stack badge by its path, stored but not yet on main."""
    blob = ws.tree.entries[stack_path(line.stack.id)].blob
    facts = stack_facts(ws, line.stack, blob, line.record, line.counted)
    path = stack_award_path(line.earner, line.stack.id, line.record.free)
    return {path: put_blob(ws.repo, write_stack_badge(facts, key, place))}


def stack_facts(
    ws: Workspace, stack: Stack, blob: BlobId, record: StackRecord, counted: tuple[HeldBadge, ...]
) -> StackFacts:
    """What the next badge of a stack is made from. Raises McredError for a person who is not confirmed."""
    earner, definitions = ws.catalog.people.get(record.earner), ws.catalog.definitions
    if earner is None:
        raise McredError(f"{record.earner} is not confirmed", hint=next_step("person", "list"))
    return StackFacts(
        programme=ws.catalog.programme,
        stack=stack,
        blob=blob,
        titles={c: definitions[c].credential.title for c in stack.credentials if c in definitions},
        earner=earner,
        contained=counted,
        awarded=stamp(ws),
        number=record.free,
    )


def write_stack_badge(
    facts: StackFacts, key: IssuerKey | None, place: TakePlace, created: datetime | None = None
) -> bytes:
    """The badge's document: signed where the programme has a key, dated at the award or later."""
    if key is None:
        return make_stack_badge(facts)
    did = issuer_did(facts.programme.site.url, key.multibase)
    issuing = Issuing(
        did=did,
        method=issuer_method(facts.programme, key),
        salt=secrets.token_hex(16),
        status=place(),
        image=_picture(facts),
    )
    return sign_stack_badge(facts, issuing, key, created)


def _picture(facts: StackFacts) -> str:
    site = site_of(facts.programme) if facts.programme.site.url else ""
    return f"{site}/{stack_folder(facts.stack.id)}{PICTURE_PNG}" if site else ""


def completed_by(
    ws: Workspace, submission: SubmissionId, document: bytes, key: IssuerKey | None, place: TakePlace
) -> dict[str, BlobId]:
    """The stack badges that an award completes, which is not on main yet."""
    held = dict(held_badges(ws.catalog, submission.earner, ws.ctx.now()))
    badge = read_held(submission.credential, document)
    if badge is not None:
        held[submission.credential] = badge
    given: dict[str, BlobId] = {}
    for line in progress_of(ws.catalog, submission.earner, held):
        if line.is_due and submission.credential in line.stack.credentials:
            given.update(give_badge(ws, line, key, place))
    return given


def new_badges(before: Catalog, after: Catalog) -> tuple[tuple[PersonId, StackId], ...]:
    """The new stack badges in a change of main, with their earners."""
    return tuple(
        key
        for key, record in after.stacked.items()
        if record.live is not None and (key not in before.stacked or before.stacked[key].live != record.live)
    )


def stack_title(catalog: Catalog, stack: StackId) -> str:
    """A stack's title; its id when the stack no longer exists."""
    return catalog.stacks[stack].title if stack in catalog.stacks else stack
