"""Assessments: a level and a remark per criterion, bound to the exact commit that was judged.

The file of one that its assessor signed holds commitments to them and a sealed part that has them
(`domain/sealed/review`); its `scores` and `summary` are filled in from what a reader can open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mcred.domain.credential import Credential
from mcred.domain.disclosure import Digest
from mcred.domain.ids import BlobId, CommitId, Doc, Line, PersonId, Prose, Slug, SubmissionId, Version
from mcred.domain.programme import HostKind
from mcred.domain.record_file import RecordFile, RecordPart
from mcred.problems import Fault


class Score(RecordPart, frozen=True, kw_only=True):
    """One criterion's level, with feedback."""

    criterion: Slug
    level: Slug
    feedback: Prose = ""


class DefinitionRef(RecordPart, frozen=True, kw_only=True):
    """A reference to an exact definition: its version and blob."""

    version: Version
    blob: BlobId


class Attested(RecordPart, frozen=True, kw_only=True):
    """Where an assessment was written, as attested by the issuer who read it there and signed this."""

    kind: HostKind
    host: Line
    account: Line
    review: Annotated[Line, Doc("The host's own number of the review.")]
    text: Annotated[str, Meta(max_length=64), Doc("The SHA-256 of the review as it was read.")]
    by: Annotated[PersonId, Doc("The issuer who attests it.")]


class Assessment(RecordFile, frozen=True, kw_only=True, tag="review"):
    """`attempts/<n>/reviews/<assessor>.json`: what one assessor scored."""

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    assessor: PersonId
    judged: Annotated[CommitId, Doc("The submitted state these scores are for.")]
    main: Annotated[CommitId, Doc("The program's state that the rules were read from.")]
    definition: DefinitionRef
    assessed: datetime
    conflict: Annotated[
        Literal["none"], Doc("The assessor's statement that there is no conflict of interest.")
    ]
    scores: Annotated[tuple[Score, ...], Doc("Only in what was written on a review host.")] = ()
    summary: Prose = ""
    commitments: Annotated[
        tuple[Digest, ...],
        Doc("To each open criterion's level and remark, in the rubric's order; the summary."),
    ] = ()
    sealed: Annotated[str, Doc("An age file in base64: the levels, the remarks and their salts.")] = ""
    key: Annotated[
        str, Doc("An age file in base64, for the issuers and the assessor: what opens `sealed`.")
    ] = ""
    attested: Annotated[Attested | None, Doc("Written on a review host and not signed by its assessor.")] = (
        None
    )

    @property
    def is_sealed(self) -> bool:
        """Whether its remarks are not opened here; the levels of an award stand in `scores` all the same."""
        return self.attested is None and bool(self.sealed)

    @property
    def has_levels(self) -> bool:
        """Whether its levels can be read here."""
        return bool(self.scores) or not self.is_sealed

    def level_of(self, criterion: Slug) -> Slug | None:
        """The level given to a criterion, None when it was not scored, or is not opened here."""
        return next((s.level for s in self.scores if s.criterion == criterion), None)


class Scoring(Struct, frozen=True, kw_only=True):
    """What an assessor fills in: an assessment without the computed fields."""

    format: Literal[2]
    judged: Annotated[CommitId | None, Doc("The submitted state these scores are for.")] = None
    scores: tuple[Score, ...]
    summary: Prose = ""


class Agreed(Struct, frozen=True, kw_only=True):
    """A golden example's levels, as agreed by trained assessors."""

    format: Literal[2]
    outcome: Literal["award", "revise"]
    scores: tuple[Score, ...]
    acknowledged: Annotated[
        Version | None, Doc("The definition's version that knowingly turned the outcome into this one.")
    ] = None


def check_scores(
    scores: tuple[Score, ...], definition: Credential, open_criteria: tuple[Slug, ...]
) -> tuple[Fault, ...]:
    """Every reason why scores do not fit the rubric's open criteria: unknown, twice, missing, no remark."""
    criteria = {c.id: c for c in definition.criteria}
    found: list[Fault] = []
    seen: set[Slug] = set()
    for n, score in enumerate(scores):
        if score.criterion in seen:
            what = f"criterion '{score.criterion}' is scored twice"
            found.append(Fault(path=("scores", n), what=what, hint="keep only one of them"))
        seen.add(score.criterion)
        found.extend(_check_score(score, n, definition, open_criteria))
    for missing in (c for c in open_criteria if c not in seen):
        levels = ", ".join(definition.scale_of(criteria[missing]))
        what = f"criterion '{missing}' has no score"
        found.append(Fault(path=("scores",), what=what, hint=f"give it one of {levels}"))
    return tuple(found)


def _check_score(
    score: Score, n: int, definition: Credential, open_criteria: tuple[Slug, ...]
) -> Iterator[Fault]:
    criterion = next((c for c in definition.criteria if c.id == score.criterion), None)
    if criterion is None:
        what = f"unknown criterion '{score.criterion}'"
        hint = f"the criteria are {', '.join(open_criteria)}"
        yield Fault(path=("scores", n, "criterion"), what=what, hint=hint)
    elif criterion.id not in open_criteria:
        what = f"criterion '{criterion.id}' is not open in this attempt"
        hint = "its evidence did not change, so its level is kept; leave it out"
        yield Fault(path=("scores", n, "criterion"), what=what, hint=hint)
    elif score.level not in (scale := definition.scale_of(criterion)):
        what = f"criterion '{criterion.id}' has no level '{score.level}'"
        yield Fault(path=("scores", n, "level"), what=what, hint=f"its levels are {', '.join(scale)}")
    elif not definition.meets(criterion, score.level) and not score.feedback.strip():
        what = f"criterion '{criterion.id}' is below the required level and has no feedback"
        hint = "add feedback: what would bring it to the required level"
        yield Fault(path=("scores", n), what=what, hint=hint)
