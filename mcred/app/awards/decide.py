"""What a decision rests on, and what it commits to main: submitted work, assessments, decision, award.

No user-facing text and no questions: `mcred reconcile` shows the case and asks the issuer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from mcred.app.awards.duties import assign_step
from mcred.app.awards.overrides import Proposal, open_proposals
from mcred.app.awards.stacks import completed_by
from mcred.app.awards.status_lists import read_ledger, store_lists, take_place
from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet
from mcred.app.events import Decided
from mcred.app.keys.issuer import write_award
from mcred.app.keys.reading import all_reading_keys
from mcred.app.lookup import need_open
from mcred.app.pending import list_sound, read_edition, read_submitted
from mcred.app.sealed.attempts import find_work
from mcred.app.sealed.decision import (
    Trail,
    list_opened,
    open_earlier,
    open_reviews,
    seal_decision,
    trace_kept,
)
from mcred.app.sealed.match import file_digests
from mcred.app.sealed.opening import OpenDecision, OpenReview
from mcred.app.work.page_wishes import refuse_against_wish
from mcred.app.work.review_request import doubts_about
from mcred.app.workspace import Workspace
from mcred.badges.keys import IssuerKey
from mcred.badges.open_badge import WORDING, AwardFacts
from mcred.domain.assessment import Assessment
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Basis, Checkpoint, Decision, Outcome, OverrideRef, Settled
from mcred.domain.ids import BlobId, CommitId, PersonId, Slug, SubmissionId
from mcred.domain.layout import (
    assessment_path,
    award_path,
    decision_path,
    declined_path,
    folder_of,
    is_earners,
    is_sent_with,
    override_path,
)
from mcred.domain.rules.attestation import attested_flag
from mcred.domain.rules.decide import Ground, find_bars, find_grounds, own_assessment_flag, without_reason
from mcred.domain.rules.outcome import Matrix, combine, find_set_by_issuer
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.snapshot import list_tree
from mcred.store.write import put_blob


class Case(Struct, frozen=True, kw_only=True):
    """Everything a decision rests on."""

    submission: SubmissionId
    standing: Standing
    judged: CommitId
    request: ReviewRequest
    definition: Credential
    reviews: tuple[OpenReview, ...]
    """The panel's reviews with their levels and remarks."""
    earlier: Mapping[int, OpenDecision]
    """The earlier decisions that can be opened here, by attempt."""
    kept: Mapping[Slug, tuple[Slug, tuple[Trail, ...]]]
    """The levels that stay from the attempt before, and where each comes from."""
    carried: Mapping[Slug, Slug]
    matrix: Matrix
    settled: Mapping[Slug, Slug]
    reasons: Mapping[Slug, str]
    """Why, for the levels that the issuer typed a reason with."""
    doubts: tuple[str, ...]
    """Where the request differs from what the rules of its day determine."""
    proposals: tuple[Proposal, ...] = ()
    """What issuers proposed otherwise than the levels recommend, the oldest first."""
    altered: tuple[str, ...] = ()
    """Stored reviews that were since edited or deleted on the review host."""

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """The panel's reviews, opened."""
        return tuple(one.assessment for one in self.reviews)

    @property
    def panel(self) -> tuple[PersonId, ...]:
        """The panel after all replacements."""
        return self.standing.panel


class Verdict(Struct, frozen=True, kw_only=True):
    """The issuer's decision."""

    outcome: Outcome
    reason: str
    feedback: str
    reasons: Mapping[Slug, str]
    """Why, for each level that the issuer sets."""
    agreed: Proposal | None = None
    """Another issuer's proposal of the same, where one is needed."""


def open_case(ws: Workspace, submission: SubmissionId, levels: list[str]) -> Case:
    """Everything there is to decide on. Raises McredError while assessments are missing."""
    standing = need_open(ws.standing(submission))
    request, judged = standing.request, standing.judged
    if request is None or judged is None:
        raise McredError(f"{submission} is not in review", hint=next_step("queue"))
    for person, reasons in ws.record.rejected(standing).items():
        if person in standing.missing:
            raise McredError(
                f"{person}'s answer does not count: {'; '.join(reasons)}",
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
            f"no one has replaced {', '.join(standing.seats.vacant)}, and no one else is eligible",
            hint=assign_step(ws, standing),
        )
    definition = read_edition(ws.repo, request.definition.blob, submission.credential)
    settled, typed = settle_levels(submission, definition, levels)
    record = ws.catalog.records.get(submission)
    earlier = open_earlier(ws, record)
    kept = trace_kept(record, earlier, request.carried)
    carried = {criterion: level for criterion, (level, _) in kept.items()}
    _refuse_unknown_levels(request, definition, {*carried, *settled}, record)
    at = find_work(ws, submission, judged)
    work, _ = read_submitted(ws.repo, at, submission, definition)
    digests = file_digests(ws.repo, at, submission)
    reviews = open_reviews(ws, standing, definition, request.carried)
    assessments = tuple(one.assessment for one in reviews)
    return Case(
        submission=submission,
        standing=standing,
        judged=judged,
        request=request,
        definition=definition,
        reviews=reviews,
        earlier=earlier,
        kept=kept,
        carried=carried,
        matrix=combine(assessments, definition, carried, settled),
        settled=settled,
        reasons=typed,
        proposals=open_proposals(ws.record.overrides.get(submission, ()), all_reading_keys(ws.repo)),
        doubts=tuple(
            doubt.what for doubt in doubts_about(ws, standing, request, (at, definition, work, digests))
        ),
    )


def _refuse_unknown_levels(
    request: ReviewRequest, definition: Credential, known: Collection[Slug], record: Record | None
) -> None:
    """Raises McredError for a criterion that was not open, and whose level no one can tell here."""
    for criterion in (c.id for c in definition.criteria if c.id in request.carried):
        if criterion in known:
            continue
        wanted, before = request.submission, record.decision if record is not None else None
        step = next_step("reconcile", wanted, "--revise", "--level", f"{criterion}=LEVEL", "--reason", "…")
        if before is None or before.outcome == "award":
            what = (
                f"{wanted} says '{criterion}' keeps its level, but it never had one, "
                "and no one could assess it now"
            )
            raise McredError(what, hint=step)
        raise McredError(
            f"'{criterion}' keeps its level, and that is sealed: no reading key in this folder opens the "
            f"decision on attempt {before.attempt}",
            hint=next_step(
                "reconcile", wanted, note=f"by {before.issuer} or another issuer of that day; or: {step}"
            ),
        )


def settle_levels(
    submission: SubmissionId, definition: Credential, levels: list[str]
) -> tuple[Mapping[Slug, Slug], Mapping[Slug, str]]:
    """The levels an issuer sets, and their reasons where typed, by criterion: `talk=basic: See part 2`.

    Raises McredError for a criterion or level not in the rubric.
    """
    found: dict[Slug, Slug] = {}
    reasons: dict[Slug, str] = {}
    for text in levels:
        typed, _, reason = text.partition(":")
        name, _, level = typed.strip().partition("=")
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
        if reason.strip():
            reasons[criterion.id] = reason.strip()
    return found, reasons


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
            "no one decides on their own work", hint=next_step("queue", "--all"), code=Exit.NOT_ALLOWED
        )
    return me


def reasons_for(
    case: Case, outcome: Outcome, reason: str
) -> tuple[str, Mapping[Slug, str], tuple[Ground, ...]]:
    """The reason of a decision, the reason of each level that the issuer sets, and what still needs one.

    A reason typed for a single act is the reason of that act, also where it is a level.
    """
    grounds = tuple(find_grounds(outcome, case.matrix, set_by_issuer(case), is_doubted=bool(case.doubts)))
    reasons = {g.criterion: case.reasons.get(g.criterion, "") for g in grounds if g.criterion is not None}
    if len(grounds) == len(reasons) == 1 and not any(reasons.values()):
        return "", dict.fromkeys(reasons, reason), without_reason(grounds, "", dict.fromkeys(reasons, reason))
    return reason, reasons, without_reason(grounds, reason, reasons)


def set_by_issuer(case: Case) -> Mapping[Slug, Slug]:
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
    if verdict.agreed is not None:
        answered.append((override_path(case.submission, case.standing.attempt), verdict.agreed.commit))
    for path, step in answered:
        changes[path] = list_tree(ws.repo, step, folder_of(case.submission))[path].blob
    attempt = case.standing.attempt
    opened = list_opened(attempt, case.reviews, case.earlier, case.kept)
    decision = seal_decision(ws, make_decision(ws, case, verdict, me), case.reviews, opened)
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
    attempt = case.standing.attempt

    def is_sent(path: str) -> bool:
        return is_sent_with(path[len(folder) + 1 :], attempt)

    changes: dict[str, BlobId | None] = {path: None for path in here if is_sent(path) and path not in sent}
    own = (path for path in sent if is_earners(path[len(folder) + 1 :]))
    changes.update({path: sent[path].blob for path in own if is_sent(path) or path not in here})
    return changes


def make_decision(ws: Workspace, case: Case, verdict: Verdict, me: PersonId) -> Decision:
    """The decision, nothing of it sealed yet."""
    reviews = {e.person: e.commit for e in case.standing.reviews}
    flags = [f"against the rules: {doubt}" for doubt in case.doubts]
    flags += [attested_flag(a, a.attested) for a in case.assessments if a.attested is not None]
    flags += [*case.altered]
    own, agreed = set_by_issuer(case), verdict.agreed
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
        basis=tuple(
            Basis(
                assessor=a.assessor,
                commit=reviews[a.assessor],
                attested=a.attested.by if a.attested is not None else None,
            )
            for a in case.assessments
        ),
        levels=tuple(
            Settled(
                criterion=r.criterion.id,
                level=r.level,
                carried=r.carried,
                by_issuer=r.criterion.id in own,
                reason=verdict.reasons.get(r.criterion.id, ""),
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
        override=_refer_to(agreed, verdict.outcome) if agreed is not None else None,
    )


def _refer_to(agreed: Proposal, outcome: Outcome) -> OverrideRef:
    """The proposal that a decision agrees with; an award opens it to everyone."""
    opened = agreed.disclosure if outcome == "award" else ""
    return OverrideRef(issuer=agreed.said.issuer, commit=agreed.commit, opened=opened)


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
        decision=decision,
        submitted=case.judged,
        pieces=case.request.pieces,
    )
