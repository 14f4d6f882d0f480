"""What a changed definition touches: examples that come out differently, work in the making, past awards.

Nothing here is refused. A golden example whose outcome flips has to be acknowledged by the version that does
it, so that nobody lowers or raises the bar without having seen it.
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
"""An example was never assessed at any time."""
_NOWHERE = BlobId("0" * 40)


class Flip(Struct, frozen=True, kw_only=True):
    """A golden example whose levels come to another outcome; `after` None: they fit no longer."""

    example: Slug
    before: Outcome
    after: Outcome | None
    acknowledged: bool


TouchedAs = Literal["draft", "in review", "held"]


class TouchedWork(Struct, frozen=True, kw_only=True):
    """Somebody's work, by which version, and what the new one would ask of it."""

    submission: SubmissionId
    kind: TouchedAs
    version: Version
    delta: Delta | None
    """None where the work cannot be read by the new version."""


class Impact(Struct, frozen=True, kw_only=True):
    """All that a changed definition touches."""

    old: Credential
    new: Credential
    asked: tuple[DefinitionChange, ...]
    flips: tuple[Flip, ...]
    touched: tuple[TouchedWork, ...]

    def of(self, kind: TouchedAs) -> tuple[TouchedWork, ...]:
        """Those of one kind."""
        return tuple(t for t in self.touched if t.kind == kind)


class Begun(Struct, frozen=True, kw_only=True):
    """Work that a change may touch: how it stands, by which definition, and as the new one reads it."""

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
    """What the step from one definition to another touches."""
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
    """What agreed levels come to by a definition; None where they do not fit its rubric."""
    if check_scores(agreed.scores, definition, tuple(c.id for c in definition.criteria)):
        return None
    scored = Assessment(
        format=1,
        submission=SubmissionId(PersonId("agreed"), definition.id),
        attempt=1,
        assessor=PersonId("agreed"),
        judged=CommitId("0" * 40),
        definition=DefinitionRef(version=definition.version, blob=_NOWHERE),
        assessed=_NEVER,
        scores=agreed.scores,
    )
    return combine((scored,), definition, {}).recommended
