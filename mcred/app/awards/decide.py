"""What a decision rests on, and what it commits to main: submitted work, assessments, decision, award.

No user-facing text and no questions: `mcred reconcile` shows the case and asks the issuer.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mcred.app.awards.stacks import completed_by
from mcred.app.awards.status_lists import read_ledger, store_lists, take_place
from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet
from mcred.app.events import Decided
from mcred.app.keys.issuer import write_award
from mcred.app.lookup import need_open
from mcred.app.pending import list_sound, read_edition, read_submitted
from mcred.app.work.page_wishes import refuse_against_wish
from mcred.app.work.review_request import doubts_about, file_digests
from mcred.app.workspace import Workspace
from mcred.badges.keys import IssuerKey
from mcred.badges.open_badge import WORDING, AwardFacts
from mcred.domain.assessment import Assessment
from mcred.domain.credential import Credential
from mcred.domain.decision import Basis, Checkpoint, Decision, Outcome, Settled
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug, SubmissionId
from mcred.domain.layout import (
    assessment_path,
    award_path,
    decision_path,
    declined_path,
    folder_of,
    is_earners,
)
from mcred.domain.programme import Policy
from mcred.domain.rules.attestation import attested_flag
from mcred.domain.rules.carry import carried_levels
from mcred.domain.rules.decide import find_bars, find_grounds, own_assessment_flag
from mcred.domain.rules.eligibility import conflicts, reasons_against_asked
from mcred.domain.rules.outcome import Matrix, combine, find_set_by_issuer
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest, Work
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.snapshot import list_tree
from mcred.store.write import put_blob


class Case(Struct, frozen=True, kw_only=True):
    """Everything a decision rests on."""

    submission: SubmissionId
    standing: Standing
    judged: CommitId
    request: ReviewRequest
    definition: Credential
    work: Work
    assessments: tuple[Assessment, ...]
    carried: Mapping[Slug, Slug]
    matrix: Matrix
    settled: Mapping[Slug, Slug]
    digests: Mapping[str, str]
    """Path of a submitted file → its SHA-256, computed here and not taken from the request."""
    doubts: tuple[str, ...]
    """Where the request differs from what the rules of its day determine."""
    altered: tuple[str, ...] = ()
    """Stored reviews that were since edited or deleted on the review host."""

    @property
    def panel(self) -> tuple[PersonId, ...]:
        """The panel after all replacements."""
        return self.standing.panel


class Verdict(Struct, frozen=True, kw_only=True):
    """The issuer's decision."""

    outcome: Outcome
    reason: str
    feedback: str


def open_case(ws: Workspace, submission: SubmissionId, levels: list[str]) -> Case:
    """Everything there is to decide on. Raises McredError while assessments are missing."""
    standing = need_open(ws.standing(submission))
    request, judged = standing.request, standing.judged
    if request is None or judged is None:
        raise McredError(f"{submission} is not in review", hint=next_step("queue"))
    for person, reasons in ws.record.rejected(standing).items():
        if person in standing.missing:
            raise McredError(
                f"{person}'s answer is not counted: {'; '.join(reasons)}",
                hint=next_step(
                    "submit",
                    submission.credential,
                    "--replace",
                    note=f"by {submission.earner}; then {person} assesses it again",
                ),
                code=Exit.CHANGED,
            )
    if standing.missing:
        raise McredError(
            f"{', '.join(standing.missing)} still has to assess {submission} (due {standing.due})",
            hint=next_step("queue", "--all"),
        )
    if standing.seats.vacant:
        raise McredError(
            f"nobody has the place of {', '.join(standing.seats.vacant)}, and nobody is left by the rules",
            hint=assign_step(ws, standing),
        )
    definition = read_edition(ws.repo, request.definition.blob, submission.credential)
    settled = settle_levels(submission, definition, levels)
    carried = _carried_levels(ws, request, definition, settled)
    work, _ = read_submitted(ws.repo, judged, submission, definition)
    digests = file_digests(ws.repo, judged, submission)
    assessments = tuple(
        ws.record.assessments[(submission, standing.attempt, person)] for person in standing.panel
    )
    return Case(
        submission=submission,
        standing=standing,
        judged=judged,
        request=request,
        definition=definition,
        work=work,
        assessments=assessments,
        carried=carried,
        matrix=combine(assessments, definition, carried, settled),
        settled=settled,
        digests=digests,
        doubts=tuple(
            doubt.what for doubt in doubts_about(ws, standing, request, (judged, definition, work, digests))
        ),
    )


def _carried_levels(
    ws: Workspace, request: ReviewRequest, definition: Credential, settled: Mapping[Slug, Slug]
) -> Mapping[Slug, Slug]:
    """The levels of criteria that were not open. Raises McredError for one that never had a level."""
    record = ws.catalog.records.get(request.submission)
    carried = carried_levels(request.carried, record.decision if record else None)
    for criterion in (c.id for c in definition.criteria if c.id in request.carried):
        if criterion not in carried and criterion not in settled:
            raise McredError(
                f"{request.submission} says '{criterion}' keeps its level, but it never was given one, "
                "and nobody could assess it now",
                hint=next_step(
                    "reconcile",
                    request.submission,
                    "--revise",
                    "--level",
                    f"{criterion}=LEVEL",
                    "--reason",
                    "…",
                ),
            )
    return carried


def settle_levels(submission: SubmissionId, definition: Credential, levels: list[str]) -> Mapping[Slug, Slug]:
    """The levels an issuer sets, by criterion. Raises McredError for a criterion or level not in the
    rubric."""
    found: dict[Slug, Slug] = {}
    for text in levels:
        name, _, level = text.partition("=")
        criterion = next((c for c in definition.criteria if c.id == name), None)
        if criterion is None:
            names = ", ".join(c.id for c in definition.criteria)
            raise McredError(
                f"there is no criterion '{name}'; there are {names}",
                hint=next_step("reconcile", submission, "--level", f"{definition.criteria[0].id}=LEVEL"),
            )
        scale = definition.scale_of(criterion)
        if level not in scale:
            raise McredError(
                f"'{name}' has no level '{level}'; it has {', '.join(scale)}",
                hint=next_step("reconcile", submission, "--level", f"{name}={scale[0]}"),
            )
        found[criterion.id] = Slug(level)
    return found


def require_issuer(ws: Workspace, submission: SubmissionId | None) -> PersonId:
    """The current user, as an issuer, and not of their own work (None: no check). Raises McredError."""
    me, roles = ws.confirmed(), ws.catalog.programme.roles
    against = {bar.code for bar in find_bars(me, roles, submission)}
    if "decision-not-issuers" in against:
        raise McredError(
            f"only issuers decide ({', '.join(roles.issuers)})",
            hint=next_step("queue"),
            code=Exit.NOT_ALLOWED,
        )
    if "decision-own" in against:
        raise McredError(
            "nobody decides on their own work", hint=next_step("queue", "--all"), code=Exit.NOT_ALLOWED
        )
    return me


def is_mine_to_decide(ws: Workspace, standing: Standing) -> bool:
    """Whether a submission waits for the current user, as an issuer."""
    if standing.word != "being reconciled" or ws.me is None:
        return False
    return not any(find_bars(ws.me, ws.catalog.programme.roles, standing.submission, standing.panel))


def issuer_duty(ws: Workspace, standing: Standing) -> tuple[str, str] | None:
    """What a submission needs from an issuer, as text and as a command; None for nothing."""
    wanted = standing.submission
    if is_mine_to_decide(ws, standing):
        return f"{wanted} waits for your decision.", str(next_step("reconcile", wanted))
    late = standing.due is not None and standing.due < ws.ctx.now().date()
    is_issuer = ws.me in ws.catalog.programme.roles.issuers and ws.me != wanted.earner
    if standing.word != "in review" or not is_issuer:
        return None
    if standing.seats.vacant:
        said = f"needs another assessor in the place of {', '.join(standing.seats.vacant)}."
    elif barred := _barred(ws, standing):
        person, why = barred
        said = f"waits for {person}, who may not assess it now: {'; '.join(why)}."
        return f"{wanted} {said}", str(assign_step(ws, standing, instead_of=person))
    elif late and ws.me not in standing.missing:
        said = f"waits for {', '.join(standing.missing)} since {standing.due}."
    else:
        return None
    step = next_step("assign", wanted) if _can_be_asked(ws, standing) else assign_step(ws, standing)
    return f"{wanted} {said}", str(step)


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
    """Everybody in the programme, with the reasons why they cannot be assigned; none where they can."""
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


def grounds_of(case: Case, outcome: Outcome) -> tuple[str, ...]:
    """Why the issuer must give a reason, as text for them."""
    found = find_grounds(outcome, case.matrix, _set_by_issuer(case), is_doubted=bool(case.doubts))
    return tuple(ground.to_issuer for ground in found)


def _set_by_issuer(case: Case) -> Mapping[Slug, Slug]:
    """The levels the issuer set themselves: not those that the assessors' levels result in anyway."""
    levels = {r.criterion.id: r.level for r in case.matrix.rows}
    return find_set_by_issuer(case.assessments, case.definition, case.carried, levels)


def build_change_set(
    ws: Workspace, case: Case, verdict: Verdict, me: PersonId, key: IssuerKey | None = None
) -> ChangeSet:
    """The submitted work, its assessments, the decision and the award, as one commit of main."""
    changes = _sent_files(ws, case)
    reviews = {e.person: e.commit for e in case.standing.reviews}
    given_back = given_back_in(case)
    answered = [
        *((assessment_path(case.submission, case.standing.attempt, p), reviews[p]) for p in case.panel),
        *((declined_path(case.submission, case.standing.attempt, b.assessor), b.commit) for b in given_back),
    ]
    for path, step in answered:
        changes[path] = list_tree(ws.repo, step, folder_of(case.submission))[path].blob
    decision = make_decision(ws, case, verdict, me)
    attempt = case.standing.attempt
    decided = put_blob(ws.repo, encode(decision))
    changes[decision_path(case.submission, attempt)] = decided
    if verdict.outcome == "award":
        ledger = read_ledger(ws, key)
        place = take_place(ledger, ws.catalog.programme, key)
        award = write_award(_facts(ws, case, decision), decided, key, place)
        changes[award_path(case.submission, attempt)] = put_blob(ws.repo, award)
        changes.update(
            completed_by(
                ws, case.submission, award, key, lambda: take_place(ledger, ws.catalog.programme, key)
            )
        )
        changes.update(store_lists(ws, ledger, key)[0])
    title = f"{verdict.outcome.title()} attempt {attempt} of {case.submission}"
    merged = [case.judged, *(step for _, step in answered)]
    return ChangeSet(
        changes=changes,
        merged=merged,
        text=message(title, "decide", case.submission, attempt),
        events=(Decided(submission=case.submission, attempt=attempt, outcome=verdict.outcome),),
    )


def _sent_files(ws: Workspace, case: Case) -> dict[str, BlobId | None]:
    """The earner's files as they were judged; files that only an earlier attempt had are deleted."""
    folder = folder_of(case.submission)
    sent = list_sound(ws.repo, case.judged, case.submission)
    here = list_tree(ws.repo, ws.main, folder)
    changes: dict[str, BlobId | None] = {
        path: None for path in here if is_earners(path[len(folder) + 1 :]) and path not in sent
    }
    changes.update({path: e.blob for path, e in sent.items() if is_earners(path[len(folder) + 1 :])})
    return changes


def make_decision(ws: Workspace, case: Case, verdict: Verdict, me: PersonId) -> Decision:
    """The decision as it will be recorded."""
    reviews = {e.person: e.commit for e in case.standing.reviews}
    flags = [f"not asked by the rules: {doubt}" for doubt in case.doubts]
    flags += [attested_flag(a, a.attested) for a in case.assessments if a.attested is not None]
    flags += [*case.altered]
    own = _set_by_issuer(case)
    if me in case.panel:
        flags.append(own_assessment_flag(me))
    return Decision(
        format=2,
        submission=case.submission,
        attempt=case.standing.attempt,
        outcome=verdict.outcome,
        issuer=me,
        decided=stamp(ws, case.request.requested),
        judged=case.judged,
        definition=case.request.definition,
        rule=case.request.rule,
        basis=tuple(Basis(assessor=p, commit=reviews[p]) for p in case.panel),
        levels=tuple(
            Settled(
                criterion=r.criterion.id, level=r.level, carried=r.carried, by_issuer=r.criterion.id in own
            )
            for r in case.matrix.rows
        ),
        recommended=case.matrix.recommended,
        reason=verdict.reason,
        feedback=verdict.feedback,
        flags=tuple(flags),
        badge=WORDING,
        checkpoint=Checkpoint(commit=ws.main, awards=ws.catalog.awarded),
        declined=given_back_in(case),
    )


def given_back_in(case: Case) -> tuple[Basis, ...]:
    """The declined places, each with the commit of their former holder."""
    steps = {e.person: e.commit for e in case.standing.changes if e.kind == "decline-review"}
    return tuple(Basis(assessor=p, commit=steps[p]) for p in sorted(steps))


def _facts(ws: Workspace, case: Case, decision: Decision) -> AwardFacts:
    earner = ws.catalog.people.get(case.submission.earner)
    if earner is None:
        raise McredError(f"{case.submission.earner} is not confirmed", hint=next_step("person", "list"))
    refuse_against_wish(ws, earner.id)
    return AwardFacts(
        programme=ws.catalog.programme,
        definition=case.definition,
        earner=earner,
        work=case.work,
        decision=decision,
        submitted=case.judged,
        digests=case.digests,
    )
