"""Audit checks of what an award opens: levels of its own reviews, and the way of each level that it keeps.

Everything is held to commitments that were made before anyone could know the outcome, so that a decision
cannot choose what it opens. No reading key is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from mcred.domain.assessment import Assessment
from mcred.domain.audit.check_request import AuditCase
from mcred.domain.audit.values import AssessorCommit, Touch
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision, Settled
from mcred.domain.ids import PersonId, Slug
from mcred.domain.layout import assessment_path
from mcred.domain.rules.decide import find_grounds, without_reason
from mcred.domain.rules.outcome import combine, find_set_by_issuer
from mcred.domain.rules.sealing import explain_open_decision
from mcred.domain.sealed.review import read_levels, read_settled
from mcred.domain.submission import ReviewRequest

NamedAnswer = tuple[PersonId, AssessorCommit | None]
_Place = tuple[int, PersonId | None]


class OpenedLevels(Struct, kw_only=True):
    """The levels that an award opens, and what is wrong with them."""

    assessments: tuple[Assessment, ...] = ()
    """Its readable reviews, with their levels."""
    kept: Mapping[Slug, Slug] = field(default_factory=dict)
    """The levels that stay from the attempt before."""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """(code, reason)."""


def open_levels(
    case: AuditCase, request: ReviewRequest, definition: Credential, judged: Sequence[NamedAnswer]
) -> OpenedLevels:
    """What an award opens, held to what was committed to."""
    found, used = OpenedLevels(), set[_Place]()
    attempt, criteria = case.touch.attempt, _open_criteria(request, definition)
    read = []
    for person, answer in judged:
        review = answer.assessment if answer is not None else None
        if review is None:
            continue
        if review.attested is None:
            used.add((attempt, person))
            review = _with_levels(case, found, review, criteria, definition)
        read.append(review)
    found.assessments = tuple(read)
    if request.carried:
        found.kept = _open_kept(case, found, request, definition, used)
    for one in case.decision.opened:
        if (one.attempt, one.assessor) not in used:
            whose = f"{one.assessor}'s review" if one.assessor else "the decision"
            found.wrong.append(
                ("levels-other", f"it opens {whose} of attempt {one.attempt}, on which it does not rest")
            )
    return found


def check_open_decision(case: AuditCase, definition: Credential) -> Iterator[tuple[str, str]]:
    """(code, reason) for what a decision shows that is not for everyone."""
    for what in explain_open_decision(case.decision, len(definition.criteria)):
        yield "decision-not-sealed", what


def _open_criteria(request: ReviewRequest, definition: Credential) -> tuple[Slug, ...]:
    return tuple(c.id for c in definition.criteria if c.id not in request.carried)


def _texts(decision: Decision, attempt: int, person: PersonId | None) -> tuple[str, ...]:
    return tuple(
        text
        for one in decision.opened
        if (one.attempt, one.assessor) == (attempt, person)
        for text in one.levels
    )


def _with_levels(
    case: AuditCase,
    found: OpenedLevels,
    review: Assessment,
    criteria: Sequence[Slug],
    definition: Credential,
    wanted: Sequence[Slug] | None = None,
) -> Assessment:
    """A review with the levels that the award opens of it. `wanted`: the ones it has to; None for all."""
    texts = _texts(case.decision, review.attempt, review.assessor)
    scores, wrong = read_levels(review, texts, criteria)
    found.wrong.extend(("levels-other", what) for what in wrong)
    named = [s.criterion for s in scores]
    due = criteria if wanted is None else wanted
    if set(due) - set(named):
        missing = ", ".join(c for c in due if c not in named)
        found.wrong.append(("levels-not-opened", f"{review.assessor}'s level of {missing} is not opened"))
    if len(set(named)) != len(named) or set(named) - set(due):
        what = f"it opens more levels of {review.assessor}'s review of attempt {review.attempt} than it needs"
        found.wrong.append(("levels-other", what))
    scales = {c.id: definition.scale_of(c) for c in definition.criteria}
    odd = [s for s in scores if s.level not in scales.get(s.criterion, ())]
    for score in odd:
        found.wrong.append(("scores-unfit", f"criterion '{score.criterion}' has no level '{score.level}'"))
    kept = {s.criterion: s for s in scores if s not in odd and s.criterion in due}
    return replace(review, scores=tuple(kept.values()))


def _open_kept(
    case: AuditCase,
    found: OpenedLevels,
    request: ReviewRequest,
    definition: Credential,
    used: set[_Place],
) -> Mapping[Slug, Slug]:
    """The kept levels that the award opens, each followed back to the reviews or the issuer it came from."""
    earlier = reversed(case.books.decisions_on(case.submission))
    kept: dict[Slug, Slug] = {}
    wanted = dict.fromkeys(request.carried)
    levels: dict[Slug, Slug] = {}
    for number, decision in enumerate(earlier):
        if not wanted or not _texts(case.decision, decision.attempt, None):
            break
        used.add((decision.attempt, None))
        settled = _settled(case, found, decision, definition, tuple(wanted))
        if number and (lacking := [c for c in wanted if c not in {s.criterion for s in settled}]):
            found.wrong.append(("levels-not-opened", _unopened(lacking)))
        for one in settled:
            if number == 0:
                kept[one.criterion] = one.level
            elif levels.get(one.criterion) != one.level:
                found.wrong.append(("decision-levels", f"'{one.criterion}' did not keep its level"))
        levels = {one.criterion: one.level for one in settled if one.carried}
        _check_origin(case, found, decision, definition, settled, used)
        wanted = dict.fromkeys(levels)
    if levels and wanted:
        found.wrong.append(("levels-not-opened", _unopened(wanted)))
    return kept


def _unopened(criteria: Iterable[Slug]) -> str:
    return f"where the kept level of {', '.join(criteria)} comes from is not opened"


def _settled(
    case: AuditCase, found: OpenedLevels, decision: Decision, definition: Credential, wanted: Sequence[Slug]
) -> tuple[Settled, ...]:
    """The levels of an earlier decision that the award opens, of the wanted criteria."""
    criteria = tuple(c.id for c in definition.criteria)
    settled, wrong = read_settled(decision, _texts(case.decision, decision.attempt, None), criteria)
    found.wrong.extend(("levels-other", what) for what in wrong)
    named = [s.criterion for s in settled]
    if len(set(named)) != len(named) or set(named) - set(wanted):
        what = f"it opens more levels of the decision on attempt {decision.attempt} than it needs"
        found.wrong.append(("levels-other", what))
    scales = {c.id: definition.scale_of(c) for c in definition.criteria}
    for one in settled:
        if one.level not in scales[one.criterion]:
            what = f"criterion '{one.criterion}' has no level '{one.level}' to keep"
            found.wrong.append(("decision-levels", what))
    unique = {s.criterion: s for s in settled if s.level in scales[s.criterion]}
    return tuple(s for s in unique.values() if s.criterion in wanted)


def _check_origin(
    case: AuditCase,
    found: OpenedLevels,
    decision: Decision,
    definition: Credential,
    settled: Sequence[Settled],
    used: set[_Place],
) -> None:
    """Whether levels that an earlier decision did not keep itself follow from its reviews."""
    sent = case.books.archive.sent(decision.judged, case.submission)
    request = sent.request if sent is not None else None
    if request is None:
        found.wrong.append(
            (
                "levels-other",
                f"the request of attempt {decision.attempt}, whose levels it keeps, is unreadable",
            )
        )
        return
    criteria = _open_criteria(request, definition)
    judged = tuple(s for s in settled if not s.carried)
    own = tuple(s.criterion for s in judged if not s.by_issuer)
    reviews = []
    for basis in decision.basis if own else ():
        path = assessment_path(case.submission, decision.attempt, basis.assessor)
        review = case.books.archive.assessment(_stands(case, path, decision.attempt, basis.assessor))
        if review is None:
            what = (
                f"{basis.assessor}'s review of attempt {decision.attempt}, whose levels stay, is unreadable"
            )
            found.wrong.append(("levels-not-opened", what))
            continue
        if review.attested is None:
            used.add((decision.attempt, basis.assessor))
            review = _with_levels(case, found, review, criteria, definition, own)
        reviews.append(review)
    for one in settled:
        if one.carried != (one.criterion in request.carried) and not one.by_issuer:
            found.wrong.append(("decision-levels", f"it is wrong about whether '{one.criterion}' was kept"))
    for one in judged:
        if why := _explain_level(one, reviews, definition):
            found.wrong.append(("decision-levels", f"'{one.criterion}' of attempt {decision.attempt}: {why}"))


def _stands(case: AuditCase, path: str, attempt: int, assessor: PersonId) -> Touch:
    """A review as it stands in the record before this step."""
    before = case.move.before
    return Touch(
        path=path,
        kind="assessment",
        old=None,
        new=case.books.archive.blob_at(before, path) if before is not None else None,
        person=case.submission.earner,
        credential=case.submission.credential,
        attempt=attempt,
        assessor=assessor,
    )


def _explain_level(one: Settled, reviews: Sequence[Assessment], definition: Credential) -> str:
    """Why a level does not follow from the reviews of its attempt, '' where it does."""
    if one.by_issuer:
        return "" if one.reason.strip() else "the issuer set its level, but no reason is given"
    scale = next(definition.scale_of(c) for c in definition.criteria if c.id == one.criterion)
    given = tuple(
        replace(r, scores=tuple(s for s in r.scores if s.criterion == one.criterion and s.level in scale))
        for r in reviews
    )
    if not any(r.scores for r in given):
        return "no review gives it a level"
    others = {c.id: definition.scale_of(c)[0] for c in definition.criteria if c.id != one.criterion}
    if one.criterion in find_set_by_issuer(given, definition, others, {one.criterion: one.level}):
        return "the reviews result in a different level"
    grounds = tuple(
        g
        for g in find_grounds("revise", combine(given, definition, others), (), is_doubted=False)
        if g.criterion == one.criterion
    )
    if without_reason(grounds, "", {one.criterion: one.reason}):
        return f"{grounds[0].on_record}, but no reason is given"
    return ""
