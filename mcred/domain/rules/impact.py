"""The impact of a changed definition: flipped golden examples, work in progress, past awards.

Nothing here is rejected. A golden example whose outcome flips has to be acknowledged by the version that
flips it, so that the bar is not lowered or raised unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from mcred.domain.assessment import Agreed, Assessment, DefinitionRef, check_scores
from mcred.domain.catalog import Example
from mcred.domain.credential import Credential
from mcred.domain.decision import Outcome
from mcred.domain.definition_delta import DefinitionChange, Delta, compare_definitions, find_delta
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug, SubmissionId, Version
from mcred.domain.rules.outcome import combine
from mcred.domain.submission import Work

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of an example's assessment, which has none."""
_NOWHERE = BlobId("0" * 40)


class Flip(Struct, frozen=True, kw_only=True):
    """A golden example whose outcome changes; `after` None: its levels no longer fit the rubric."""

    example: Slug
    before: Outcome
    after: Outcome | None
    acknowledged: bool


class ExampleOutcome(Struct, frozen=True, kw_only=True):
    """What a golden example comes to; None where its levels do not fit the rubric."""

    example: Slug
    outcome: Outcome | None


TouchedAs = Literal["draft", "in review", "held"]


class TouchedWork(Struct, frozen=True, kw_only=True):
    """A person's work, its version of the definition, and what the new one would require of it."""

    submission: SubmissionId
    kind: TouchedAs
    version: Version
    delta: Delta | None
    """None when the work cannot be read by the new version."""


class Impact(Struct, frozen=True, kw_only=True):
    """Everything that a changed definition affects."""

    old: Credential
    new: Credential
    asked: tuple[DefinitionChange, ...]
    flips: tuple[Flip, ...]
    touched: tuple[TouchedWork, ...]

    def of(self, kind: TouchedAs) -> tuple[TouchedWork, ...]:
        """The affected work of one kind."""
        return tuple(t for t in self.touched if t.kind == kind)


class Begun(Struct, frozen=True, kw_only=True):
    """Work that a change may affect: its standing, its definition, and as read by the new one."""

    submission: SubmissionId
    kind: TouchedAs
    edition: Credential
    work: Work | None


def find_impact(
    old: Credential,
    new: Credential,
    examples: tuple[Iterable[Example], Iterable[Example]],
    begun: Iterable[Begun],
) -> Impact:
    """Everything that a change from one definition to another affects."""
    return Impact(
        old=old,
        new=new,
        asked=compare_definitions(old, new),
        flips=find_flips(old, new, *examples),
        touched=tuple(
            TouchedWork(
                submission=s.submission,
                kind=s.kind,
                version=s.edition.version,
                delta=find_delta(s.work, s.edition, new) if s.work else None,
            )
            for s in begun
        ),
    )


def find_flips(
    old: Credential, new: Credential, before: Iterable[Example], after: Iterable[Example]
) -> tuple[Flip, ...]:
    """Examples that came to one outcome by the old definition and come to another by the new one."""
    return tuple(_flips(old, new, {e.name: e for e in before}, after))


def _flips(
    old: Credential, new: Credential, before: dict[Slug, Example], after: Iterable[Example]
) -> Iterator[Flip]:
    for example in after:
        was = before.get(example.name)
        came = outcome_of(was.agreed, old) if was else None
        comes = outcome_of(example.agreed, new)
        if came is not None and came != comes:
            yield Flip(
                example=example.name,
                before=came,
                after=comes,
                acknowledged=example.agreed.acknowledged == new.version,
            )


def outcome_of(agreed: Agreed, definition: Credential) -> Outcome | None:
    """The outcome of agreed levels by a definition; None when they do not fit its rubric."""
    if check_scores(agreed.scores, definition, tuple(c.id for c in definition.criteria)):
        return None
    scored = Assessment(
        format=2,
        submission=SubmissionId(PersonId("agreed"), definition.id),
        attempt=1,
        assessor=PersonId("agreed"),
        judged=CommitId("0" * 40),
        main=CommitId("0" * 40),
        definition=DefinitionRef(version=definition.version, blob=_NOWHERE),
        conflict="none",
        assessed=_NEVER,
        scores=agreed.scores,
    )
    return combine((scored,), definition, {}).recommended
