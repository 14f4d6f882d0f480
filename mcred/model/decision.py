"""What the issuer decided on an attempt, on what basis."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from mcred.model.assessment import DefinitionRef
from mcred.model.ids import CommitId, Doc, PersonId, Prose, Slug, SubmissionId
from mcred.model.rules import Rule

Outcome = Literal["award", "revise", "decline"]


class Basis(Struct, frozen=True, kw_only=True):
    """One answer that a decision rests on: an assessment, or a place given back."""

    assessor: PersonId
    commit: CommitId


class Settled(Struct, frozen=True, kw_only=True):
    """A criterion's final level."""

    criterion: Slug
    level: Slug
    carried: Annotated[bool, Doc("Kept from the attempt before: its evidence did not change.")] = False
    feedback: Prose = ""


class Checkpoint(Struct, frozen=True, kw_only=True):
    """The state of the main line that a decision was built on (TRUST: "history rewritten, forked, stale")."""

    ref: Literal["refs/heads/main"] = "refs/heads/main"
    commit: CommitId
    awards: Annotated[int, Doc("How many awards there were.")]


class Decision(Struct, frozen=True, kw_only=True):
    """`decisions/<attempt>.yaml`."""

    made_by: Literal["mcred"] = "mcred"
    format: Literal[1]
    submission: SubmissionId
    attempt: int
    outcome: Outcome
    issuer: PersonId
    decided: datetime
    judged: Annotated[CommitId, Doc("The submitted state that was decided on.")]
    definition: DefinitionRef
    rule: Rule
    basis: tuple[Basis, ...]
    levels: tuple[Settled, ...]
    recommended: Outcome
    reason: Annotated[
        Prose, Doc("Why, where the issuer differs from the recommendation or settles a spread.")
    ] = ""
    feedback: Prose = ""
    flags: Annotated[
        tuple[Prose, ...], Doc("What a reader should know, such as an issuer who also assessed.")
    ] = ()
    badge: Annotated[int, Doc("Which wording the badge has; 0 is older than signed badges.")] = 0
    checkpoint: Checkpoint | None = None
    declined: Annotated[
        tuple[Basis, ...], Doc("Who was asked, gave their place back, and in which step.")
    ] = ()

    def level_of(self, criterion: Slug) -> Slug | None:
        """A criterion's final level."""
        return next((s.level for s in self.levels if s.criterion == criterion), None)
