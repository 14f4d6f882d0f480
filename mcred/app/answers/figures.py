"""Answers with figures: where everyone stands, and how assessing goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from mcred.app.answers.answer import VerbAnswer
from mcred.app.answers.elsewhere import ElsewhereRow, elsewhere_row
from mcred.domain.ids import CredentialId, CreditHours, PersonId, Slug, StackId, Version
from mcred.domain.programme import Rule
from mcred.domain.stats.transcript import EarnedState
from mcred.domain.status import StateWord

if TYPE_CHECKING:
    from mcred.domain.stats.progress import Overview, ProgressRow, Shelf
    from mcred.domain.stats.report import Report
    from mcred.domain.stats.transcript import PersonTranscript, Transcript


class PersonProgress(Struct, frozen=True, kw_only=True):
    """One person and one micro-credential."""

    person: PersonId
    name: str
    credential: CredentialId | None
    """Null for a person without submissions."""
    state: StateWord
    attempt: int
    days: int | None
    """Days in this state."""
    waiting_for: tuple[PersonId, ...]
    due: date | None
    overdue: bool
    coach_due: bool
    next: str


class CredentialProgress(Struct, frozen=True, kw_only=True):
    """One micro-credential: what waits, who can judge it, how long that took so far."""

    credential: CredentialId
    title: str
    drafts: int
    in_review: int
    to_decide: int
    rule: Rule
    able: int
    needed: int
    decided: int
    median_days: int | None
    most_days: int | None
    """Eight of ten were decided within so many days."""
    months: tuple[int, ...]
    """Decisions in each of the last months, this one last."""
    forecast: str
    warning: str


class StackClimb(Struct, frozen=True, kw_only=True):
    """A person's progress towards the stack."""

    person: PersonId
    have: int
    needed: int
    missing: tuple[CredentialId, ...]


class ProgressAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/progress/1"):
    """`mcred progress`."""

    day: date
    programme: str
    everybody: bool
    """Whether all people are in it, or only the user."""
    people: tuple[PersonProgress, ...]
    credentials: tuple[CredentialProgress, ...]
    stack: StackId | None
    climbs: tuple[StackClimb, ...]
    unknown: tuple[str, ...]
    """Names of the cohort that are no person's id."""


def progress_answer(overview: Overview) -> ProgressAnswer:
    """Where everyone stands."""
    return ProgressAnswer(
        day=overview.day,
        programme=overview.issuer,
        everybody=overview.whole,
        people=tuple(map(_person, overview.lines)),
        credentials=tuple(map(_shelf, overview.shelves)),
        stack=overview.stack,
        climbs=tuple(
            StackClimb(person=c.person, have=c.have, needed=c.needed, missing=c.missing)
            for c in overview.climbs
        ),
        unknown=overview.unknown,
    )


def _person(line: ProgressRow) -> PersonProgress:
    return PersonProgress(
        person=line.person,
        name=line.name,
        credential=line.credential,
        state=line.word,
        attempt=line.attempt,
        days=line.days,
        waiting_for=line.waiting_for,
        due=line.due,
        overdue=line.overdue,
        coach_due=line.coach_due,
        next=line.next,
    )


def _shelf(shelf: Shelf) -> CredentialProgress:
    return CredentialProgress(
        credential=shelf.credential,
        title=shelf.title,
        drafts=shelf.drafts,
        in_review=shelf.in_review,
        to_decide=shelf.to_decide,
        rule=shelf.rule,
        able=shelf.able,
        needed=shelf.needed,
        decided=shelf.forecast.turns,
        median_days=shelf.forecast.median,
        most_days=shelf.forecast.most,
        months=shelf.months,
        forecast=shelf.said,
        warning=shelf.warning,
    )


class DaysRow(Struct, frozen=True, kw_only=True):
    """How many attempts were decided within so many days."""

    days: str
    attempts: int


class AgreementRow(Struct, frozen=True, kw_only=True):
    """How far assessors agree on one criterion; shares are of all pairs of assessors of an attempt."""

    credential: CredentialId
    criterion: Slug
    attempts: int
    pairs: int
    exact: float
    adjacent: float
    """The same level or the next one."""
    alpha: float | None
    """Krippendorff's alpha; null where it is not computed."""


class StrictnessRow(Struct, frozen=True, kw_only=True):
    """One assessor beside the others of the same panels."""

    person: PersonId
    scores: int
    difference: float
    """In levels; positive is stricter."""


class OtherRuleRow(Struct, frozen=True, kw_only=True):
    """How many recommendations another rule would have turned."""

    rule: str
    flips: int
    of: int
    to_award: int


class ReportAnswer(VerbAnswer, frozen=True, kw_only=True, tag="mcred/report/1"):
    """`mcred report`."""

    day: date
    programme: str
    decided: int
    awarded: int
    revised: int
    declined: int
    overrides: int
    """Decisions of another outcome than the levels recommend."""
    sealed: int
    """Decisions whose levels the user cannot open."""
    revise_rate: float
    median_days: int | None
    most_days: int | None
    """Eight of ten were decided within so many days."""
    days: tuple[DaysRow, ...]
    months: dict[str, int]
    """Decisions by month."""
    agreement: tuple[AgreementRow, ...]
    alpha_computed: bool
    assessors: tuple[StrictnessRow, ...]
    what_if: tuple[OtherRuleRow, ...]
    unread: int
    """Decisions whose definitions cannot be read."""


def report_answer(report: Report) -> ReportAnswer:
    """How assessing goes."""
    return ReportAnswer(
        day=report.day,
        programme=report.issuer,
        decided=report.decided,
        awarded=report.awarded,
        revised=report.revised,
        declined=report.declined,
        overrides=report.overrides,
        sealed=report.sealed,
        revise_rate=round(report.revise_rate, 4),
        median_days=report.forecast.median,
        most_days=report.forecast.most,
        days=tuple(DaysRow(days=label, attempts=count) for label, count in report.histogram),
        months=dict(zip(report.month_names, report.months, strict=True)),
        agreement=tuple(
            AgreementRow(
                credential=c.credential,
                criterion=c.criterion,
                attempts=c.units,
                pairs=c.pairs,
                exact=round(c.exact, 4),
                adjacent=round(c.adjacent, 4),
                alpha=None if c.alpha is None else round(c.alpha, 4),
            )
            for c in report.criteria
        ),
        alpha_computed=report.has_alpha,
        assessors=tuple(
            StrictnessRow(person=a.person, scores=a.scores, difference=round(a.difference, 4))
            for a in report.assessors
        ),
        what_if=tuple(
            OtherRuleRow(rule=w.rule, flips=w.flips, of=w.of, to_award=w.to_award) for w in report.what_ifs
        ),
        unread=report.unread,
    )


class TranscriptAward(Struct, frozen=True, kw_only=True):
    """One award."""

    credential: str
    """The micro-credential's id, or `stacks/` and the stack's."""
    attempt: int
    title: str
    version: Version
    earned: date
    valid_until: date | None
    state: EarnedState
    why: str
    """The reason of a revocation, else empty."""
    counts: bool
    """Whether it is in the person's totals: it is valid, and the newest of this micro-credential."""
    hours: int | None
    credits: CreditHours | None
    """Its credit hours, exact."""
    credits_counted: Decimal
    """How many of them are in the person's total: none of a micro-credential's that a stack's own include."""
    levels: Mapping[Slug, int]
    """Level → how many criteria were settled at it."""


class PersonAwards(Struct, frozen=True, kw_only=True):
    """What one person earned, and what is valid of it."""

    person: PersonId
    name: str
    school: str
    credentials: int
    hours: int
    credits: Decimal
    awards: tuple[TranscriptAward, ...]
    elsewhere: tuple[ElsewhereRow, ...]
    """Badges of other issuers, which add no hours: all of the user's own, of others those that they show."""


class SchoolAwards(Struct, frozen=True, kw_only=True):
    """What the people of one school have together."""

    school: str
    people: int
    credentials: int
    hours: int
    credits: Decimal


class TranscriptAnswer(
    VerbAnswer, frozen=True, kw_only=True, tag="mcred/transcript/1", rename={"since": "from"}
):
    """`mcred transcript`."""

    day: date
    programme: str
    since: date | None
    to: date | None
    people: tuple[PersonAwards, ...]
    schools: tuple[SchoolAwards, ...]


def transcript_answer(found: Transcript) -> TranscriptAnswer:
    """The awards of the people whom a transcript is about."""
    return TranscriptAnswer(
        day=found.day,
        programme=found.issuer,
        since=found.since,
        to=found.to,
        people=tuple(
            PersonAwards(
                person=one.person,
                name=one.name,
                school=one.school,
                credentials=one.credentials,
                hours=one.hours,
                credits=one.credits,
                awards=_award_rows(one),
                elsewhere=tuple(map(elsewhere_row, one.elsewhere)),
            )
            for one in found.people
        ),
        schools=tuple(
            SchoolAwards(
                school=s.school, people=s.people, credentials=s.credentials, hours=s.hours, credits=s.credits
            )
            for s in found.schools
        ),
    )


def _award_rows(one: PersonTranscript) -> tuple[TranscriptAward, ...]:
    return tuple(
        TranscriptAward(
            credential=award.credential,
            attempt=award.attempt,
            title=award.title,
            version=award.version,
            earned=award.earned,
            valid_until=award.until,
            state=award.state,
            why=award.why,
            counts=award in one.valid,
            hours=award.hours,
            credits=award.credits,
            credits_counted=one.credits_of(award),
            levels=award.levels,
        )
        for award in one.awards
    )
