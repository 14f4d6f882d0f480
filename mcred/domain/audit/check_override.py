"""Audit checks of a decision that the levels do not recommend: what the policy of that day asks for.

The numbers are those of `audit.replay` (8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcred.domain.audit.check_request import AuditCase
from mcred.domain.audit.values import AssessorCommit, Finding
from mcred.domain.decision import Outcome, Override, OverrideRef
from mcred.domain.ids import PersonId, Slug
from mcred.domain.layout import override_path
from mcred.domain.rules.acceptance import Arrived
from mcred.domain.rules.override import check_override, check_proposed, find_seconds, is_forbidden, is_same
from mcred.domain.rules.rights import why_not_under
from mcred.domain.sealed.review import read_proposal
from mcred.domain.submission import ReviewRequest


def check_second_issuer(
    case: AuditCase, request: ReviewRequest, recommended: Outcome | None, set_by_issuer: Mapping[Slug, Slug]
) -> Iterator[Finding]:
    """(8) Findings: a forbidden departure, no second issuer where one is due, a proposal that does not count.

    `recommended` and `set_by_issuer` are computed from the assessments; None where the levels are sealed.
    """
    decision, outcome = case.decision, case.decision.outcome
    # Levels never recommend to decline, whatever they are.
    recommended = "revise" if outcome == "decline" else recommended
    seconds: tuple[PersonId, ...] = ()
    if recommended is not None:
        programme, assessors = case.books.now.programme, tuple(b.assessor for b in decision.basis)
        if is_forbidden(outcome, recommended, programme.assessment):
            what = f"the levels do not recommend to {outcome}, and the rules at the time allowed nothing else"
            yield case.find("override-never", what)
        seconds = find_seconds(outcome, recommended, decision.issuer, programme, case.submission, assessors)
    proposed = decision.override
    path = override_path(case.submission, case.touch.attempt)
    if proposed is None:
        if seconds:
            what = f"the levels do not recommend it, and none of {', '.join(seconds)} agreed to {outcome}"
            yield case.find("override-alone", what)
        if any(touch.path == path for touch in case.move.touches):
            what = "a proposal comes with the decision, which does not name it"
            yield case.find("override-wrong", what, path=path)
        return
    if outcome == recommended:
        what = "it names a proposal, but the levels recommend what was decided"
        yield case.find("override-wrong", what, path=path)
    if proposed.issuer == decision.issuer:
        yield case.find("override-alone", f"{proposed.issuer} proposed it and decided it", path=path)
    found = case.books.archive.judged(proposed.commit, path)
    for what in _against(case, request, proposed, found, path):
        yield case.find("override-wrong", what, path=path, person=proposed.issuer)
    said = found.override if found is not None else None
    if said is not None and outcome == "award":
        for what in _against_opened(said, proposed.opened, set_by_issuer):
            yield case.find("override-wrong", what, path=path, person=proposed.issuer)


def _against_opened(said: Override, disclosure: str, set_by_issuer: Mapping[Slug, Slug]) -> tuple[str, ...]:
    """Why what an award opens of a proposal is not a proposal of that award."""
    opened = read_proposal(said, disclosure)
    if opened is None:
        return (f"what {said.issuer} proposed is not opened, or is not what was signed",)
    if not is_same(opened, "award", set_by_issuer):
        what = (
            f"{said.issuer} proposed {opened.outcome}; this has a different outcome, or other levels were set"
        )
        return (*check_proposed(opened), what)
    return check_proposed(opened)


def _against(
    case: AuditCase,
    request: ReviewRequest,
    proposed: OverrideRef,
    found: AssessorCommit | None,
    path: str,
) -> tuple[str, ...]:
    """Why the proposal that a decision names does not count, whatever it proposes."""
    touch = next((t for t in case.move.touches if t.path == path), None)
    if found is None or touch is None or found.commit not in case.move.parents[1:]:
        return (f"it says that {proposed.issuer} proposed it, but no such step comes with it",)
    said = found.override
    if said is None or found.blob != touch.new:
        return ("what is here is not what was signed, or cannot be read",)
    if why := why_not_under(said.main, request.main, case.books.place):
        return (why,)
    place = (case.submission, case.touch.attempt, proposed.issuer, path)
    arrived = Arrived(signer=found.signer, parent=found.parent, touched=found.touched)
    assessors: tuple[PersonId, ...] = tuple(b.assessor for b in case.decision.basis)
    there = case.books.rights(said.main)
    return check_override(said, arrived, place, case.decision.judged, there, assessors)
