"""What a submission in review needs from its issuers: a decision, agreement, or another assessor."""

from __future__ import annotations

from collections.abc import Mapping

from mcred.app.awards.overrides import Proposal, open_proposals
from mcred.app.keys.reading import all_reading_keys
from mcred.app.pending import read_edition
from mcred.app.workspace import Workspace
from mcred.domain.ids import PersonId, SubmissionId
from mcred.domain.programme import Policy
from mcred.domain.rules.decide import find_bars, list_deciders
from mcred.domain.rules.eligibility import conflicts, reasons_against_asked
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest
from mcred.problems import NextStep, next_step


def is_mine_to_decide(ws: Workspace, standing: Standing) -> bool:
    """Whether a submission waits for the current user, as an issuer."""
    if standing.word != "being reconciled" or ws.me is None:
        return False
    return not any(find_bars(ws.me, ws.catalog.programme.roles, standing.submission, standing.panel))


def issuer_duty(ws: Workspace, standing: Standing) -> tuple[str, str] | None:
    """What a submission needs from an issuer, as text and as a command; None for nothing."""
    wanted = standing.submission
    if is_mine_to_decide(ws, standing):
        if say_waiting(ws, standing):
            return None
        said = f"{wanted} is waiting for your decision."
        for one in _proposals(ws, wanted):
            what = f"to {one.said.outcome} it" if one.said.is_open else "a decision"
            said += f" {one.said.issuer} proposes {what}, against the recommendation."
        return said, str(next_step("reconcile", wanted))
    late = standing.due is not None and standing.due < ws.ctx.now().date()
    is_issuer = ws.me in ws.catalog.programme.roles.issuers and ws.me != wanted.earner
    if standing.word != "in review" or not is_issuer:
        return None
    if standing.seats.vacant:
        said = f"needs another assessor in place of {', '.join(standing.seats.vacant)}."
    elif barred := _barred(ws, standing):
        person, why = barred
        said = f"is waiting for {person}, who may not assess it now: {'; '.join(why)}."
        return f"{wanted} {said}", str(assign_step(ws, standing, instead_of=person))
    elif late and ws.me not in standing.missing:
        said = f"has been waiting for {', '.join(standing.missing)} since {standing.due}."
    else:
        return None
    step = next_step("assign", wanted) if _can_be_asked(ws, standing) else assign_step(ws, standing)
    return f"{wanted} {said}", str(step)


def say_waiting(ws: Workspace, standing: Standing) -> str:
    """Whom a proposal of the current user waits for, as a sentence; empty where there is none."""
    wanted = standing.submission
    mine = next((p.said for p in _proposals(ws, wanted) if p.said.issuer == ws.me), None)
    able = list_deciders(ws.catalog.programme.roles, wanted, standing.panel)
    others = " or ".join(p for p in able if p != ws.me)
    if mine is None or not others:
        return ""
    what = f"to {mine.outcome} it" if mine.is_open else "a decision"
    return f"{wanted} is waiting for {others} to agree with you: you proposed {what}."


def _proposals(ws: Workspace, wanted: SubmissionId) -> tuple[Proposal, ...]:
    made = ws.record.overrides.get(wanted, ())
    return open_proposals(made, all_reading_keys(ws.repo)) if made else ()


def _barred(ws: Workspace, standing: Standing) -> tuple[PersonId, tuple[str, ...]] | None:
    """The first assessor who has not answered and may no longer assess it, with the reasons."""
    request = standing.request
    if request is None:
        return None
    policy = _policy_of(ws, request)
    for person in standing.missing:
        by_issuer = person in standing.seats.stand_ins
        against = reasons_against_asked(
            person, standing.submission, ws.catalog, request.rule, policy, by_issuer=by_issuer
        )
        if against:
            return person, against
    return None


def who_may(ws: Workspace, standing: Standing, instead_of: str = "") -> Mapping[PersonId, tuple[str, ...]]:
    """Everyone in the programme, with the reasons why they cannot be assigned; none where they can."""
    unasked = standing.seats.unasked
    submission, request = standing.submission, standing.request
    if request is None:
        return {}
    policy = _policy_of(ws, request)
    found: dict[PersonId, tuple[str, ...]] = {}
    for person in sorted(ws.catalog.people):
        has_one = person in standing.seats.everybody or (person in unasked and instead_of not in ("", person))
        was = (f"{person} has a place, or gave one back",) if has_one else ()
        against = reasons_against_asked(person, submission, ws.catalog, request.rule, policy, by_issuer=True)
        found[person] = (*was, *against)
    return found


def _policy_of(ws: Workspace, request: ReviewRequest) -> Policy:
    definition = read_edition(ws.repo, request.definition.blob, request.submission.credential)
    return ws.catalog.programme.assessment.for_credential(definition)


def _can_be_asked(ws: Workspace, standing: Standing) -> tuple[PersonId, ...]:
    return tuple(person for person, why in who_may(ws, standing).items() if not why)


def assign_step(ws: Workspace, standing: Standing, *, wanted: str = "", instead_of: str = "") -> NextStep:
    """The command that fills a place: assign an eligible person, or first add the role of expert.

    `wanted`: whom the issuer named, so that they come first where the role is all that they lack.
    """
    submission, request, able = standing.submission, standing.request, _can_be_asked(ws, standing)
    if able:
        place = ("--instead-of", instead_of) if instead_of else ()
        return next_step("assign", submission, "--to", able[0], *place, "--because", "WHY")
    free = [
        person
        for person in sorted(ws.catalog.people, key=lambda person: (person != wanted, person))
        if request is not None
        and person not in standing.seats.everybody
        and not conflicts(person, submission, ws.catalog, _policy_of(ws, request))
    ]
    return next_step("person", "add", free[0], "--role", "expert") if free else next_step("person", "list")
