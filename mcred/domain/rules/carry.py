"""Criteria that keep their level from the previous attempt, and those levels (audit: 6 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from mcred.domain.assessment import DefinitionRef
from mcred.domain.catalog import RecordState
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.ids import CommitId, Slug, SubmissionId
from mcred.domain.pieces import unchanged_criteria
from mcred.domain.submission import CommittedPiece


def may_carry(
    submission: SubmissionId,
    pieces: Sequence[CommittedPiece],
    definition: Credential,
    edition: DefinitionRef,
    then: RecordState,
    read_pieces: Callable[[CommitId], Sequence[CommittedPiece] | None],
) -> tuple[Slug, ...]:
    """The criteria that may keep their level, because their evidence is unchanged since the last *revise*.

    Compares commitments and reads no work; an erased piece carries nothing. Empty after any other outcome,
    for another version of the rubric, or where the programme keeps none (FORMATS: Policy). `pieces`: those of
    the request now. `then`: the programme the request is read from. `read_pieces`: reads the pieces of the
    request sent in a commit (None: unreadable); called only if needed.
    """
    before = then.decision(submission)
    if before is None or before.outcome != "revise" or before.definition != edition:
        return ()
    if then.programme.attempts.carry_over != "unchanged":
        return ()
    old = read_pieces(before.judged)
    erased = then.erased(submission)
    here = [piece for piece in pieces if piece.commitment not in erased]
    return unchanged_criteria(old, here, definition) if old is not None else ()


def carried_levels(carried: Iterable[Slug], before: Decision | None) -> Mapping[Slug, Slug]:
    """Criterion → level kept from the previous decision; a criterion without one is left out."""
    if before is None:
        return {}
    return {c: level for c in carried if (level := before.level_of(c)) is not None}
