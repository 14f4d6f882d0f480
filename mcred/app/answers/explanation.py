"""Answers of `explain`: how an award, or a stack's badge, came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from mcred.app.answers.answer import VerbAnswer
from mcred.domain.assessment import Assessment, DefinitionRef
from mcred.domain.decision import Decision, Outcome, Override
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId, Version
from mcred.domain.programme import Rule
from mcred.domain.rules.derivation import Hindrance
from mcred.domain.seats import Assignment, DeclinedReview
from mcred.domain.status import StateWord
from mcred.domain.submission import Load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcred.app.awards.explain_attempt import Happening, Story
    from mcred.app.awards.explain_stack import StackStory
    from mcred.domain.audit.values import Finding
    from mcred.domain.rules.derivation import Asking, CriterionLine, Derivation

Meaning = Callable[["Finding"], str]
"""What a finding means for a reader of the award."""


class FindingMeaning(Struct, frozen=True, kw_only=True):
    """What does not follow from the rules."""

    code: str
    what: str
    means: str
    path: str
    record: CommitId


class LaterChange(Struct, frozen=True, kw_only=True):
    """What became of an award afterwards."""

    kind: str
    when: datetime | None
    person: PersonId | None
    reason: str
    record: CommitId
    number: int


class BadgeFileRow(Struct, frozen=True, kw_only=True):
    """The badge file that was named."""

    file: str
    as_recorded: bool
    """Whether it is the one on record."""


class SentRow(Struct, frozen=True, kw_only=True):
    """What was submitted."""

    record: CommitId
    when: datetime
    definition: DefinitionRef
    made_from: CommitId
    """The program's state that the rules were read from."""
    pieces: int
    carried: tuple[Slug, ...]


class AskedRow(Struct, frozen=True, kw_only=True):
    """Who was asked to assess it, and why; what is null cannot be computed, since main lacks that state."""

    panel: tuple[PersonId, ...]
    at_limit: tuple[PersonId, ...]
    in_the_end: tuple[PersonId, ...]
    declined: tuple[DeclinedReview, ...]
    assigned: tuple[Assignment, ...]
    missing: tuple[PersonId, ...]
    due: date
    rule: Rule | None
    assessed_before: int | None
    experts_first: int | None
    needed: int | None
    peers_free: int | None
    """How many peers were eligible, where peers were due but too few."""
    by_the_rules: tuple[PersonId, ...] | None
    reasons: tuple[str, ...] | None
    could_judge: int | None
    could: tuple[Load, ...] | None
    could_not: tuple[Hindrance, ...] | None


class RecordedAssessment(Assessment, frozen=True, kw_only=True, tag="review"):
    """An assessment, and where it is on record."""

    record: CommitId


class CriterionStory(Struct, frozen=True, kw_only=True):
    """One criterion, from the assessors' levels to the decided one."""

    criterion: Slug
    given: Mapping[PersonId, Slug]
    comes_to: Slug
    level: Slug
    required: Slug
    spread: int
    carried: bool
    settled: bool
    """Whether the issuer set another level."""


class ExplainAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/explain/1"):
    """`mcred explain` of a submission."""

    submission: SubmissionId
    attempt: int
    attempts: Mapping[str, str]
    """Every attempt with its outcome, or its state."""
    word: StateWord
    proved: bool | None
    """Null while it is not decided."""
    findings: tuple[FindingMeaning, ...]
    doubts: tuple[str, ...]
    elsewhere: int
    """Findings about other parts of the record."""
    decided_in: CommitId | None
    sent: SentRow | None
    """Null, like the next one, while nothing was submitted, and where it cannot be read."""
    asked: AskedRow | None
    assessments: tuple[RecordedAssessment, ...]
    criteria: tuple[CriterionStory, ...]
    recommended: Outcome | None
    reasons: tuple[str, ...]
    decision: Decision | None
    proposed: Override | None
    since: tuple[LaterChange, ...]
    badge: BadgeFileRow | None


class NamedAward(Struct, frozen=True, kw_only=True):
    """A badge that a stack's badge was issued for."""

    name: str
    award: str
    """Empty where none is known."""


class ExplainStackAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/explain-stack/1"):
    """`mcred explain` of a stack's badge."""

    stack: str
    number: int
    given_in: CommitId
    given: datetime | None
    version: Version | None
    needed: int | None
    contained: tuple[NamedAward, ...]
    proved: bool
    findings: tuple[FindingMeaning, ...]
    elsewhere: int
    since: tuple[LaterChange, ...]
    badge: BadgeFileRow | None


def explain_answer(story: Story, badge: BadgeFileRow | None, meaning: Meaning) -> ExplainAnswer:
    """An attempt, names and remarks included."""
    told = story.derivation
    case, matrix = (told.case, told.matrix) if told else (None, None)
    return ExplainAnswer(
        submission=story.submission,
        attempt=story.attempt,
        attempts={str(n): word for n, word in story.attempts.items()},
        word=story.standing.word,
        proved=not story.findings if story.decided_in else None,
        findings=_findings(story.findings, meaning),
        doubts=story.doubts,
        elsewhere=story.elsewhere,
        decided_in=story.decided_in,
        sent=_sent(told) if told else None,
        asked=_asked(told, told.asking) if told else None,
        assessments=tuple(
            RecordedAssessment(**asdict(j.assessment), record=j.record)
            for j in (case.judgements if case else ())
        ),
        criteria=tuple(map(_criterion, told.lines)) if told else (),
        recommended=matrix.recommended if matrix else None,
        reasons=tuple(matrix.reasons) if matrix else (),
        decision=case.decision if case else None,
        proposed=case.proposed if case else None,
        since=_later(story.happened),
        badge=badge,
    )


def explain_stack_answer(
    story: StackStory, badge: BadgeFileRow | None, meaning: Meaning
) -> ExplainStackAnswer:
    """A stack's badge."""
    return ExplainStackAnswer(
        stack=str(story),
        number=story.number,
        given_in=story.given_in,
        given=story.given,
        version=story.definition.version if story.definition else None,
        needed=story.definition.needed if story.definition else None,
        contained=tuple(NamedAward(name=name, award=of) for name, of in story.contained),
        proved=not story.findings,
        findings=_findings(story.findings, meaning),
        elsewhere=story.elsewhere,
        since=_later(story.happened),
        badge=badge,
    )


def _findings(findings: Iterable[Finding], meaning: Meaning) -> tuple[FindingMeaning, ...]:
    return tuple(
        FindingMeaning(code=f.code, what=f.what, means=meaning(f), path=f.path, record=f.commit)
        for f in findings
    )


def _later(happened: Iterable[Happening]) -> tuple[LaterChange, ...]:
    return tuple(
        LaterChange(
            kind=h.kind, when=h.when, person=h.person, reason=h.reason, record=h.record, number=h.number
        )
        for h in happened
    )


def _sent(told: Derivation) -> SentRow:
    case = told.case
    return SentRow(
        record=case.sent,
        when=case.request.requested,
        definition=case.request.definition,
        made_from=case.request.main,
        pieces=len(case.request.pieces),
        carried=case.request.carried,
    )


def _asked(told: Derivation, asking: Asking | None) -> AskedRow:
    case = told.case
    return AskedRow(
        panel=case.request.panel,
        at_limit=case.request.at_limit,
        in_the_end=tuple(case.seats.panel),
        declined=case.declined,
        assigned=case.assigned,
        missing=told.missing,
        due=case.request.due,
        rule=asking.rule if asking else None,
        assessed_before=asking.assessed_before if asking else None,
        experts_first=asking.policy.expert_submissions if asking else None,
        needed=asking.needed if asking else None,
        peers_free=asking.peers_free if asking else None,
        by_the_rules=asking.due if asking else None,
        reasons=asking.reasons if asking else None,
        could_judge=asking.count if asking else None,
        could=asking.candidates if asking else None,
        could_not=asking.hindered if asking else None,
    )


def _criterion(line: CriterionLine) -> CriterionStory:
    return CriterionStory(
        criterion=line.row.criterion.id,
        given=dict(line.row.given),
        comes_to=line.row.level,
        level=line.level,
        required=line.row.required,
        spread=line.row.spread,
        carried=line.row.carried,
        settled=line.settled,
    )
