"""Answers about what differs: two states of a portfolio, two versions of a definition, what a stack asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import VerbAnswer
from mcred.domain.compare.report import OtherKind, Piece, PieceKind
from mcred.domain.compare.text_diff import SpanKind
from mcred.domain.decision import Outcome
from mcred.domain.definition_delta import DefinitionChange, StackStep
from mcred.domain.ids import CredentialId, PersonId, Slug, StackId, SubmissionId, Version
from mcred.domain.rules.impact import ExampleOutcome, TouchedAs

if TYPE_CHECKING:
    from mcred.app.programme.impact import NewImpact
    from mcred.app.work.compare import ComparedSides
    from mcred.app.work.requirements import StackNeeds, Upgrade
    from mcred.app.work.versions import Side
    from mcred.domain.compare.answered import Remark
    from mcred.domain.compare.report import ItemChange
    from mcred.domain.compare.text_diff import Span
    from mcred.domain.rules.impact import Impact


class SideRow(Struct, frozen=True, kw_only=True):
    """One side of a comparison."""

    submission: SubmissionId
    state: str


class SpanRow(Struct, frozen=True, kw_only=True):
    """A range of a text."""

    kind: SpanKind
    text: str
    other: str
    """Where it was moved from, or to; empty for other kinds."""


class EvidenceChangeRow(Struct, frozen=True, kw_only=True):
    """A change of a piece of evidence."""

    change: PieceKind
    before: Piece | None
    after: Piece | None
    text: tuple[SpanRow, ...]
    """What its text says differently, where both can be read."""


class ItemChangeRow(Struct, frozen=True, kw_only=True):
    """An item that differs."""

    item: Slug
    title: str
    new: bool
    """Whether there is something new to assess."""
    text: tuple[SpanRow, ...]
    evidence: tuple[EvidenceChangeRow, ...]


class PartChangeRow(Struct, frozen=True, kw_only=True):
    """A part with the items that differ."""

    part: Slug
    title: str
    items: tuple[ItemChangeRow, ...]


class RemarkRow(Struct, frozen=True, kw_only=True):
    """A remark on the older attempt."""

    by: PersonId
    level: Slug | None
    text: str
    addressed: bool
    answers: tuple[str, ...]
    """The titles of the changes that address it."""


class CriterionChangeRow(Struct, frozen=True, kw_only=True):
    """A criterion between two attempts."""

    criterion: Slug
    title: str
    before: Slug | None
    after: Slug | None
    changed: tuple[str, ...]
    """The titles of the items that differ."""
    remarks: tuple[RemarkRow, ...]


class OtherChangeRow(Struct, frozen=True, kw_only=True):
    """A change outside of the items."""

    change: OtherKind
    name: str
    before: str
    after: str
    text: tuple[SpanRow, ...]


class DiffAnswer(
    VerbAnswer, frozen=True, kw_only=True, tag="mcred/diff/1", rename={"before": "from", "after": "to"}
):
    """`mcred diff`."""

    credential: CredentialId
    before: SideRow
    after: SideRow
    same: bool
    parts: tuple[PartChangeRow, ...]
    criteria: tuple[CriterionChangeRow, ...]
    remarks: tuple[RemarkRow, ...]
    """Feedback on the older attempt as a whole."""
    other: tuple[OtherChangeRow, ...]


def diff_answer(told: ComparedSides) -> DiffAnswer:
    """Two sides, compared."""
    return DiffAnswer(
        credential=told.definition.id,
        before=_side(told.before),
        after=_side(told.after),
        same=told.comparison.is_empty,
        parts=tuple(
            PartChangeRow(part=p.part, title=p.title, items=tuple(map(_item, p.items)))
            for p in told.comparison.parts
        ),
        criteria=tuple(
            CriterionChangeRow(
                criterion=c.criterion,
                title=c.title,
                before=c.before,
                after=c.after,
                changed=c.changed,
                remarks=tuple(map(_remark, c.remarks)),
            )
            for c in told.criteria
        ),
        remarks=tuple(map(_remark, told.remarks)),
        other=tuple(
            OtherChangeRow(change=o.kind, name=o.name, before=o.before, after=o.after, text=_spans(o.spans))
            for o in told.comparison.other
        ),
    )


def _side(side: Side) -> SideRow:
    return SideRow(submission=side.submission, state=side.label)


def _item(item: ItemChange) -> ItemChangeRow:
    return ItemChangeRow(
        item=item.item,
        title=item.title,
        new=item.is_substantial,
        text=_spans(item.spans),
        evidence=tuple(
            EvidenceChangeRow(change=e.kind, before=e.before, after=e.after, text=_spans(e.spans))
            for e in item.evidence
        ),
    )


def _spans(spans: Iterable[Span]) -> tuple[SpanRow, ...]:
    return tuple(SpanRow(kind=s.kind, text=s.text, other=s.other) for s in spans)


def _remark(remark: Remark) -> RemarkRow:
    said = remark.said
    return RemarkRow(
        by=said.by,
        level=said.level,
        text=said.text,
        addressed=bool(remark.answers),
        answers=remark.answers,
    )


class GapRow(Struct, frozen=True, kw_only=True):
    """Something that is missing."""

    what: str
    help: str


class UpgradeAnswer(
    VerbAnswer, frozen=True, kw_only=True, tag="mcred/diff-version/1", rename={"old": "from", "new": "to"}
):
    """`mcred diff --newer`."""

    submission: SubmissionId
    old: Version
    new: Version
    same: bool
    """Whether both versions ask the same."""
    asked: tuple[DefinitionChange, ...]
    gaps: tuple[GapRow, ...]
    judged_anew: tuple[Slug, ...]
    kept: tuple[Slug, ...]
    """The criteria that ask the same."""


def upgrade_answer(upgrade: Upgrade) -> UpgradeAnswer:
    """What a newer version requires."""
    delta = upgrade.delta
    return UpgradeAnswer(
        submission=upgrade.submission,
        old=upgrade.old.version,
        new=upgrade.new.version,
        same=not delta.asked,
        asked=delta.asked,
        gaps=tuple(GapRow(what=g.what, help=str(g.hint)) for g in delta.gaps),
        judged_anew=delta.anew,
        kept=delta.kept,
    )


class StackNeedsAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/diff-stack/1"):
    """`mcred diff --stack`."""

    person: PersonId
    stack: StackId
    needed: int
    still_needed: int
    steps: tuple[StackStep, ...]


def stack_needs_answer(climb: StackNeeds) -> StackNeedsAnswer:
    """What a stack still requires."""
    return StackNeedsAnswer(
        person=climb.submission.earner,
        stack=climb.stack.id,
        needed=climb.stack.needed,
        still_needed=climb.still_needed,
        steps=climb.steps,
    )


class ExampleRow(Struct, frozen=True, kw_only=True):
    """A golden example whose outcome changes."""

    example: Slug
    before: Outcome
    after: Outcome | None
    """Null where its levels no longer fit the rubric."""
    acknowledged: bool


class TouchedRow(Struct, frozen=True, kw_only=True, rename={"kind": "as"}):
    """A person's work that the new version would affect."""

    submission: SubmissionId
    kind: TouchedAs
    version: Version
    lacks: tuple[str, ...] | None
    """Null, like the next two, where the work cannot be read by the new version."""
    judged_anew: tuple[Slug, ...] | None
    kept: tuple[Slug, ...] | None


class ImpactAnswer(
    VerbAnswer, frozen=True, kw_only=True, tag="mcred/impact/1", rename={"old": "from", "new": "to"}
):
    """`mcred impact`."""

    credential: CredentialId
    old: Version
    new: Version
    asked: tuple[DefinitionChange, ...]
    examples: tuple[ExampleRow, ...]
    touched: tuple[TouchedRow, ...]


class NewImpactAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/impact-new/1"):
    """`mcred impact` of a definition that the programme does not have yet."""

    credential: CredentialId
    version: Version
    status: str
    experts: tuple[PersonId, ...]
    examples: tuple[ExampleOutcome, ...]


def new_impact_answer(found: NewImpact) -> NewImpactAnswer:
    """What a new definition brings."""
    return NewImpactAnswer(
        credential=found.new.id,
        version=found.new.version,
        status=found.new.status,
        experts=found.experts,
        examples=found.examples,
    )


def impact_answer(impact: Impact) -> ImpactAnswer:
    """What a changed definition affects."""
    return ImpactAnswer(
        credential=impact.new.id,
        old=impact.old.version,
        new=impact.new.version,
        asked=impact.asked,
        examples=tuple(
            ExampleRow(example=f.example, before=f.before, after=f.after, acknowledged=f.acknowledged)
            for f in impact.flips
        ),
        touched=tuple(
            TouchedRow(
                submission=t.submission,
                kind=t.kind,
                version=t.version,
                lacks=tuple(g.what for g in t.delta.gaps) if t.delta else None,
                judged_anew=t.delta.anew if t.delta else None,
                kept=t.delta.kept if t.delta else None,
            )
            for t in impact.touched
        ),
    )
