"""Answers about micro-credentials, and what one has of them: stacks, growth, badges to share and to keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct

from mcred.app.answers.answer import DoneWord, VerbAnswer, done_word
from mcred.app.awards.issued_badges import Became
from mcred.domain.decision import Outcome
from mcred.domain.ids import CredentialId, CreditHours, PersonId, StackId, SubmissionId, Version
from mcred.domain.people import Shown, Visibility
from mcred.formats.encode import to_plain

if TYPE_CHECKING:
    from mcred.app.awards.award_stacks import AwardStacksResult, StackOverview
    from mcred.app.awards.export import Export
    from mcred.app.awards.share import SharedBadge, SharedBadges
    from mcred.app.awards.stacks import StackProgress
    from mcred.app.work.browse import BrowsedCredential
    from mcred.app.work.growth import VisibleGrowth
    from mcred.domain.credential import Credential


class CatalogueRow(Struct, frozen=True, kw_only=True):
    """One micro-credential."""

    id: CredentialId
    version: Version
    title: str
    topics: tuple[str, ...]
    competency: str
    hours: int | None
    credits: CreditHours | None
    """Its credit hours, exact."""
    needs_students: bool
    standing: str
    """Where the user stands; `-` where they have not begun."""


class CatalogueAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/catalogue/1"):
    """`mcred browse`."""

    credentials: tuple[CatalogueRow, ...]


def catalogue_answer(found: Sequence[BrowsedCredential]) -> CatalogueAnswer:
    """The micro-credentials that were found."""
    return CatalogueAnswer(
        credentials=tuple(
            CatalogueRow(
                id=one.id,
                version=one.version,
                title=one.title,
                topics=one.topics,
                competency=one.competency,
                hours=one.hours,
                credits=one.credits,
                needs_students=one.needs_students,
                standing=row.word,
            )
            for row in found
            for one in (row.credential,)
        )
    )


class CredentialAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/credential/1"):
    """`mcred show`."""

    credential: Annotated[dict[str, Any], Meta(extra_json_schema={"file": "credential"})]
    """As its `credential.yaml` says it."""


def credential_answer(found: Credential) -> CredentialAnswer:
    """One micro-credential."""
    return CredentialAnswer(credential=to_plain(found))


class StackRow(Struct, frozen=True, kw_only=True):
    """One person's progress in one stack."""

    person: PersonId
    stack: StackId
    title: str
    held: tuple[CredentialId, ...]
    needed: int
    missing: tuple[CredentialId, ...]
    complete: bool
    badge: int | None
    """The number of the valid badge; null without one."""
    next: str
    """The command that is due; empty for none."""


class StacksAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/stacks/1"):
    """`mcred stacks`."""

    stacks: tuple[StackRow, ...]
    due: tuple[StackRow, ...]
    """Complete, and without a badge yet."""
    no_longer_met: tuple[StackRow, ...]


def stacks_answer(found: StackOverview, revoke: Sequence[str]) -> StacksAnswer:
    """The stacks as one person sees them; `revoke`: the command for each that is no longer met."""
    return StacksAnswer(
        stacks=tuple(map(_stack, found.mine)),
        due=tuple(map(_stack, found.due)),
        no_longer_met=tuple(_stack(line, said) for line, said in zip(found.hollow, revoke, strict=True)),
    )


def _stack(line: StackProgress, next: str = "") -> StackRow:
    return StackRow(
        person=line.earner,
        stack=line.stack.id,
        title=line.stack.title,
        held=tuple(badge.credential for badge in line.counted),
        needed=line.stack.needed,
        missing=tuple(line.missing),
        complete=line.is_complete,
        badge=line.number,
        next=next,
    )


class NewStackBadge(Struct, frozen=True, kw_only=True):
    """A stack's badge that a person has from now on."""

    person: PersonId
    stack: StackId


class AwardStacksAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/stacks-awarded/1"):
    """`mcred stacks --award`."""

    status: DoneWord
    stacks: tuple[NewStackBadge, ...]


def award_stacks_answer(found: AwardStacksResult) -> AwardStacksAnswer:
    """The new badges."""
    return AwardStacksAnswer(status=done_word(found), stacks=list_new(found.stacks))


def list_new(stacks: Sequence[tuple[PersonId, StackId]]) -> tuple[NewStackBadge, ...]:
    """New badges as rows."""
    return tuple(NewStackBadge(person=person, stack=stack) for person, stack in stacks)


class MomentRow(Struct, frozen=True, kw_only=True):
    """One event."""

    part: Shown
    """What it is a part of."""
    kind: str
    when: datetime
    attempt: int
    outcome: Outcome | None
    met: int | None
    """How many criteria were met, where that may be shown."""
    of: int | None


class GrowthAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/growth/1"):
    """`mcred growth`."""

    submission: SubmissionId
    title: str
    shown: tuple[Shown, ...]
    """What pages show of it."""
    moments: tuple[MomentRow, ...]
    """The oldest first."""


def growth_answer(found: VisibleGrowth) -> GrowthAnswer:
    """How a portfolio grew."""
    return GrowthAnswer(
        submission=found.timeline.submission,
        title=found.timeline.title,
        shown=found.shown,
        moments=tuple(
            MomentRow(
                part=m.shown,
                kind=m.kind,
                when=m.when,
                attempt=m.attempt,
                outcome=m.outcome,
                met=m.met,
                of=m.of,
            )
            for m in found.timeline.moments
        ),
    )


class GrowthShownAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/growth-shown/1"):
    """`mcred growth --show`."""

    submission: SubmissionId
    shown: tuple[Shown, ...]
    """What pages show of it from now on."""
    written: bool
    """False in a dry run."""


class SharedRow(Struct, frozen=True, kw_only=True):
    """One badge, and how to share it."""

    credential: str
    """The micro-credential's id, or `stacks/` and the stack's."""
    attempt: int
    number: int
    title: str
    id: str | None
    state: Became
    why: str
    page: str | None
    linkedin: str | None
    """Null, like the next two, without a page, and for a badge that no longer counts."""
    embed: str | None
    text: str | None


class ShareAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/share/1"):
    """`mcred share`."""

    publish: Visibility
    site: str
    badges: tuple[SharedRow, ...]
    """In the order in which they were issued."""


def share_answer(found: SharedBadges) -> ShareAnswer:
    """An earner's badges."""
    return ShareAnswer(publish=found.publish, site=found.site, badges=tuple(map(_shared, found.badges)))


def _shared(shared: SharedBadge) -> SharedRow:
    from mcred.website.share_links import embed_snippet, linkedin_address, mail_text

    badge, links = shared.badge, shared.links
    return SharedRow(
        credential=badge.name,
        attempt=badge.attempt,
        number=badge.number,
        title=badge.title,
        id=badge.document.get("id"),
        state=badge.became,
        why=badge.why,
        page=shared.page or None,
        linkedin=linkedin_address(links) if links else None,
        embed=embed_snippet(links) if links else None,
        text=mail_text(links) if links else None,
    )


class ExportedRow(Struct, frozen=True, kw_only=True):
    """One badge in the file."""

    credential: str
    title: str
    state: Became
    signed: bool


class ExportAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/export/1"):
    """`mcred export`."""

    person: PersonId
    file: str
    written: bool
    """False in a dry run."""
    files: int
    """How many files are in it."""
    bytes: int
    badges: tuple[ExportedRow, ...]
    clr: str
    """Whether the record of all of them is `signed` or `unsigned`; empty where there is none."""


def export_answer(person: PersonId, export: Export, file: str, size: int, *, written: bool) -> ExportAnswer:
    """What is in an export of `size` bytes."""
    return ExportAnswer(
        person=person,
        file=file,
        written=written,
        files=len(export.files),
        bytes=size,
        badges=tuple(
            ExportedRow(credential=b.name, title=b.title, state=b.became, signed=b.is_signed)
            for b in export.badges
        ),
        clr=export.clr,
    )
