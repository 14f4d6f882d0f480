"""An issuer's decision on an attempt, with its basis."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from mcred.domain.assessment import DefinitionRef
from mcred.domain.credential import Credential, Criterion
from mcred.domain.disclosure import Digest
from mcred.domain.ids import CommitId, CredentialId, Doc, PersonId, Prose, Slug, SubmissionId
from mcred.domain.programme import Rule
from mcred.domain.record_file import RecordFile, RecordPart

Outcome = Literal["award", "revise", "decline"]


class Basis(RecordPart, frozen=True, kw_only=True):
    """One answer that a decision is based on: an assessment or a declined review."""

    assessor: PersonId
    commit: CommitId
    attested: Annotated[
        PersonId | None, Doc("The issuer whose word it is, where its assessor did not sign it.")
    ] = None


class Settled(RecordPart, frozen=True, kw_only=True):
    """A criterion's final level."""

    criterion: Slug
    level: Slug
    carried: Annotated[bool, Doc("Kept from the attempt before: its evidence did not change.")] = False
    by_issuer: Annotated[
        bool, Doc("Set by the issuer: the assessors' levels come to another one, or to none.")
    ] = False
    feedback: Prose = ""
    reason: Annotated[Prose, Doc("Why it stands, where the issuer set it or assessors were far apart.")] = ""


class Override(RecordFile, frozen=True, kw_only=True, tag="override"):
    """`attempts/<n>/override.json`: an issuer proposes an outcome that the levels do not recommend.

    Signed by that issuer; it counts once another issuer decides the same. What it proposes is sealed for
    those who decide, since it tells of the levels.
    """

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    issuer: PersonId
    judged: Annotated[CommitId, Doc("The submitted state that it is about.")]
    main: Annotated[CommitId, Doc("The state of main whose rules the issuer read.")]
    proposed: datetime
    commitment: Annotated[Digest, Doc("To the outcome, its reason, and the levels that the issuer set.")] = ""
    sealed: Annotated[str, Doc("An age file in base64, for those who decide: what it commits to.")] = ""
    outcome: Annotated[Outcome | None, Doc("Never in the file: filled in where it is opened.")] = None
    reason: Prose = ""
    levels: tuple[Settled, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether what it proposes is opened here."""
        return self.outcome is not None


class OverrideRef(RecordPart, frozen=True, kw_only=True):
    """The other issuer who proposed the outcome first, and the commit that they signed."""

    issuer: PersonId
    commit: CommitId
    opened: Annotated[str, Doc("Of an award: the disclosure that opens what was proposed.")] = ""


class Checkpoint(RecordPart, frozen=True, kw_only=True):
    """The commit of main that a decision was built on (TRUST: "history rewritten, forked, stale")."""

    commit: CommitId
    awards: Annotated[int, Doc("How many awards there were.")]


class Disclosed(RecordPart, frozen=True, kw_only=True):
    """Levels that an award opens, so that everyone can derive it: of a review, or of an earlier decision."""

    attempt: int
    assessor: Annotated[PersonId | None, Doc("Whose review it is; without one, that attempt's decision.")] = (
        None
    )
    levels: Annotated[tuple[str, ...], Doc("The disclosures that open them.")]


class DecisionBrief(Struct, frozen=True, kw_only=True):
    """What a decision says of an attempt, without what it rests on."""

    outcome: Outcome
    issuer: PersonId
    decided: datetime
    judged: CommitId
    definition: DefinitionRef
    rule: Rule


class DecisionGist(Struct, frozen=True, kw_only=True):
    """What many later steps of a history rest on of a decision; the rest is read where it is asked for."""

    place: tuple[PersonId, CredentialId, int]
    """The submission, and the attempt."""
    definition: DefinitionRef
    badge: int
    has_checkpoint: bool
    is_plain: bool
    """Whether its levels are the assessors', who signed all of them."""


class Decision(RecordFile, frozen=True, kw_only=True, tag="decision"):
    """`attempts/<n>/decision.json`."""

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    outcome: Outcome
    issuer: PersonId
    decided: datetime
    judged: Annotated[CommitId, Doc("The submitted state that was decided on.")]
    definition: DefinitionRef
    rule: Rule
    basis: tuple[Basis, ...]
    levels: Annotated[tuple[Settled, ...], Doc("Of an award; of any other outcome they are sealed.")] = ()
    recommended: Annotated[
        Outcome | None, Doc("What the levels come to. Of an award; else it is sealed.")
    ] = None
    reason: Annotated[
        Prose, Doc("Why, where the outcome is not the recommended one or it was not asked by the rules.")
    ] = ""
    feedback: Annotated[Prose, Doc("Always sealed: a word to the earner.")] = ""
    opened: Annotated[tuple[Disclosed, ...], Doc("Of an award: the levels that it follows from.")] = ()
    commitments: Annotated[
        tuple[Digest, ...], Doc("Of any other outcome: to each criterion's level, in the rubric's order.")
    ] = ()
    sealed: Annotated[
        str, Doc("An age file in base64, for the earner, the panel and the issuers: all that only they read.")
    ] = ""
    flags: Annotated[
        tuple[Prose, ...], Doc("What a reader should know, such as an issuer who also assessed.")
    ] = ()
    badge: Annotated[int, Doc("Which wording the badge has; 0 is older than signed badges.")] = 0
    checkpoint: Checkpoint | None = None
    declined: Annotated[
        tuple[Basis, ...], Doc("Who was asked, gave their place back, and in which step.")
    ] = ()
    override: Annotated[
        OverrideRef | None, Doc("Where the outcome is not the recommended one: who proposed it first.")
    ] = None

    def level_of(self, criterion: Slug) -> Slug | None:
        """A criterion's final level."""
        return next((s.level for s in self.levels if s.criterion == criterion), None)

    @property
    def answers(self) -> tuple[CommitId, ...]:
        """The commits it rests on beside the submitted state: assessors' answers, an issuer's proposal."""
        proposed = (self.override.commit,) if self.override is not None else ()
        return (*(b.commit for b in (*self.basis, *self.declined)), *proposed)

    @property
    def is_sealed(self) -> bool:
        """Whether what only the earner, the panel and the issuers may read is not opened here."""
        return bool(self.sealed)

    @property
    def is_override(self) -> bool:
        """Whether it awards although the final levels do not meet the award rule."""
        return self.outcome == "award" and self.recommended != "award"

    def below_required(self, definition: Credential) -> tuple[Criterion, ...]:
        """The criteria whose final level is below the one that the rubric requires."""
        return tuple(
            c
            for c in definition.criteria
            if (level := self.level_of(c.id)) not in definition.scale_of(c) or not definition.meets(c, level)
        )

    def set_by_issuer(self, definition: Credential) -> tuple[Criterion, ...]:
        """The criteria whose final level is the issuer's own and not the assessors' combined one."""
        chosen = {s.criterion for s in self.levels if s.by_issuer}
        return tuple(c for c in definition.criteria if c.id in chosen)


def describe_departures(decision: Decision, definition: Credential) -> tuple[str, ...]:
    """An award's departures from its assessors' levels, a sentence each; () for none.

    The badge, `mcred audit` and `mcred explain` use the same sentences.
    """
    if decision.outcome != "award":
        return ()
    count = len(definition.criteria)
    said = []
    if decision.is_override:
        below = decision.below_required(definition)
        short = f"below the required level in {len(below)} of {count}: {_titles(below)}" if below else ""
        why = short or f"the levels do not reach what its rule asks for ({definition.award_rule})"
        whose = "the decision of two issuers" if decision.override else "the issuer's decision"
        said.append(f"Awarded by {whose} against the levels; {why}.")
    if own := decision.set_by_issuer(definition):
        said.append(f"The issuer, not the assessors, set the level of {len(own)} of {count}: {_titles(own)}.")
    return tuple(said)


def describe_attested(decision: Decision) -> str:
    """How many reviews rest on an issuer's word, as a sentence; empty where their assessors signed them all.

    The badge, `mcred audit` and `mcred explain` use the same sentence.
    """
    count, of = sum(1 for b in decision.basis if b.attested), len(decision.basis)
    if not count:
        return ""
    whose = "their assessors" if count > 1 else "its assessor"
    reviews = "review" if of == 1 else "reviews"
    return f"Rests on {count} of {of} {reviews} by the issuer's word: {whose} did not sign."


def read_gist(decision: Decision, definition: Credential | None) -> DecisionGist:
    """The gist of a decision; `definition`: the one that it names."""
    departs = definition is not None and describe_departures(decision, definition)
    return DecisionGist(
        place=(decision.submission.earner, decision.submission.credential, decision.attempt),
        definition=decision.definition,
        badge=decision.badge,
        has_checkpoint=decision.checkpoint is not None,
        is_plain=not (departs or decision.is_override or describe_attested(decision)),
    )


def _titles(criteria: tuple[Criterion, ...]) -> str:
    return "; ".join(c.title for c in criteria)


def brief(decision: Decision) -> DecisionBrief:
    """A decision without what it rests on."""
    return DecisionBrief(
        outcome=decision.outcome,
        issuer=decision.issuer,
        decided=decision.decided,
        judged=decision.judged,
        definition=decision.definition,
        rule=decision.rule,
    )
