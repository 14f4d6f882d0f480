"""Criteria that keep their level from the previous attempt, and those levels (audit: 6 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mcred.domain.assessment import DefinitionRef
from mcred.domain.catalog import RecordState
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId, Slug
from mcred.domain.submission import Work, unchanged_criteria


def may_carry(
    work: Work,
    definition: Credential,
    edition: DefinitionRef,
    then: RecordState,
    read_judged: Callable[[CommitId], Work | None],
) -> tuple[Slug, ...]:
    """The criteria that may keep their level, because their evidence is unchanged since the last *revise*.

    Empty after any other outcome, for another version of the rubric, or where the programme keeps none
    (FORMATS: Policy). `work`: as sent now. `then`: the programme the request is read from. `read_judged`:
    reads the work sent in a commit (None: unreadable); called only if needed.
    """
    before = then.decision(work.id)
    if before is None or before.outcome != "revise" or before.definition != edition:
        return ()
    if then.programme.attempts.carry_over != "unchanged":
        return ()
    old = read_judged(before.judged)
    return unchanged_criteria(old, work, definition) if old is not None else ()


def carried_levels(carried: Iterable[Slug], before: Decision | None) -> Mapping[Slug, Slug]:
    """Criterion → level kept from the previous decision; a criterion without one is left out."""
    if before is None:
        return {}
    return {c: level for c in carried if (level := before.level_of(c)) is not None}
