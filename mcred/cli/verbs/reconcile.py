"""`mcred reconcile`: from the assessors' levels to a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from mcred.badge.openbadge import AwardFacts, make_award
from mcred.cli.desk import Desk, open_desk
from mcred.cli.edge import DryRun, Edge, Json, Yes, edge_of
from mcred.cli.main_line import Addition, add_to_main
from mcred.cli.naming import need_open, parse_submission
from mcred.cli.record import read_edition, read_submitted
from mcred.cli.requesting import find_doubts
from mcred.files.encode import encode
from mcred.files.events import message
from mcred.files.layout import (
    assessment_path,
    award_path,
    decision_path,
    folder_of,
    is_earners,
)
from mcred.model.assessment import Assessment
from mcred.model.credential import Credential
from mcred.model.decision import Basis, Decision, Outcome, Settled
from mcred.model.history import Standing
from mcred.model.ids import BlobId, CommitId, PersonId, Slug, SubmissionId
from mcred.model.submission import ReviewRequest, Work
from mcred.policy.outcome import Matrix, combine
from mcred.problems import Exit, McredError
from mcred.store.snapshot import gate, list_tree
from mcred.store.write import put_blob

EXAMPLES = (
    "mcred reconcile ana/fractions-number-line",
    "mcred reconcile ana/fractions-number-line --award --yes",
    'mcred reconcile ana/fractions-number-line --revise --feedback "Show the second lesson."',
    'mcred reconcile ana/fractions-number-line --level equity-look=basic --award --reason "Part 2 shows it."',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
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
    doubts: tuple[str, ...]
    """Where the request is not what the rules of its day give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the issuer says."""

    outcome: Outcome
    reason: str
    feedback: str


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/wait-time.")],
    award: Annotated[bool, typer.Option("--award", help="Award it.")] = False,
    revise: Annotated[bool, typer.Option("--revise", help="Send it back with feedback.")] = False,
    decline: Annotated[bool, typer.Option("--decline", help="Decline it for good.")] = False,
    level: Annotated[
        list[str] | None, typer.Option(help="Settle a criterion yourself.", metavar="CRITERION=LEVEL")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, where you differ or settle.")] = "",
    feedback: Annotated[str, typer.Option(help="A word to the earner.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Show the assessors' levels side by side, and decide: award, revise or decline."""
    edge = edge_of(ctx)
    edge.show.as_json = json
    wanted_outcome = _choice(award, revise, decline)
    desk = open_desk(edge, fetching="must")
    wanted = parse_submission(desk, submission)
    if _is_decided(edge, desk, wanted, wanted_outcome):
        return
    me = _issuer(desk, wanted)
    case = open_case(desk, wanted, level or [])
    if json:
        edge.show.json("mcred/matrix/1", _as_json(case))
    show_matrix(edge, case, with_feedback=wanted_outcome is None)
    outcome = wanted_outcome or _ask_outcome(edge, case)
    if outcome is None:
        edge.show.next(f"mcred reconcile {wanted} --{case.matrix.recommended}")
        return
    verdict = _verdict(edge, case, outcome, reason, feedback)
    if dry_run:
        edge.show.say(f"Would {outcome} attempt {case.standing.attempt} of {wanted}. Nothing was changed.")
        return
    if not yes and edge.interactive and not edge.confirm(f"Decide '{outcome}' for {wanted}?"):
        edge.show.say("Nothing was decided.")
        return
    _decide(desk, case, verdict, me, level or [])


def _choice(award: bool, revise: bool, decline: bool) -> Outcome | None:
    options: tuple[tuple[Outcome, bool], ...] = (("award", award), ("revise", revise), ("decline", decline))
    chosen = [outcome for outcome, is_on in options if is_on]
    if len(chosen) > 1:
        raise McredError(
            "choose one of --award, --revise, --decline", hint="mcred reconcile --help", code=Exit.USAGE
        )
    return chosen[0] if chosen else None


def _issuer(desk: Desk, submission: SubmissionId) -> PersonId:
    me, issuers = desk.confirmed(), desk.catalog.programme.roles.issuers
    if me not in issuers:
        raise McredError(
            f"only issuers decide ({', '.join(issuers)})", hint="mcred queue", code=Exit.NOT_ALLOWED
        )
    if me == submission.earner:
        raise McredError("nobody decides on their own work", hint="mcred queue --all", code=Exit.NOT_ALLOWED)
    return me


def _is_decided(edge: Edge, desk: Desk, submission: SubmissionId, outcome: Outcome | None) -> bool:
    """Whether the newest attempt has been decided already; then that is said."""
    standing = desk.standing(submission)
    decision = standing.decision
    if standing.is_open or decision is None or standing.word == "withdrawn":
        return False
    said = f"{submission}, attempt {decision.attempt}: {decision.outcome}, decided by {decision.issuer}"
    if outcome is not None and outcome != decision.outcome:
        raise McredError(f"{said} already", hint="mcred queue", code=Exit.CHANGED)
    edge.show.say(f"{said} on {decision.decided.date()}.")
    edge.show.next("mcred build" if decision.outcome == "award" else "mcred queue")
    return True


def open_case(desk: Desk, submission: SubmissionId, levels: list[str]) -> Case:
    """Everything there is to decide on. Raises McredError while assessments are missing."""
    standing = need_open(desk.standing(submission))
    request, judged = standing.request, standing.judged
    if request is None or judged is None:
        raise McredError(f"{submission} is not in review", hint="mcred queue")
    if standing.missing:
        raise McredError(
            f"{', '.join(standing.missing)} still has to assess {submission} (due {standing.due})",
            hint="mcred queue --all",
        )
    definition = read_edition(desk.repo, request.definition.blob, submission.credential)
    work, _ = read_submitted(desk.repo, judged, submission, definition)
    assessments = tuple(
        desk.record.assessments[(submission, standing.attempt, person)] for person in request.panel
    )
    record = desk.catalog.records.get(submission)
    before = record.decision if record else None
    carried: dict[Slug, Slug] = {}
    for criterion in request.carried if before else ():
        kept = before.level_of(criterion) if before else None
        if kept is not None:
            carried[criterion] = kept
    settled = _settled(definition, levels)
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
        doubts=tuple(find_doubts(desk.repo, request, work, definition, desk.record.sent.get(submission, ()))),
    )


def _settled(definition: Credential, levels: list[str]) -> Mapping[Slug, Slug]:
    found: dict[Slug, Slug] = {}
    for text in levels:
        name, _, level = text.partition("=")
        criterion = next((c for c in definition.criteria if c.id == name), None)
        if criterion is None:
            names = ", ".join(c.id for c in definition.criteria)
            raise McredError(f"there is no criterion '{name}'", hint=f"--level with one of {names}")
        scale = definition.scale_of(criterion)
        if level not in scale:
            raise McredError(
                f"'{name}' has no level '{level}'", hint=f"--level {name}= one of {', '.join(scale)}"
            )
        found[criterion.id] = Slug(level)
    return found


def show_matrix(edge: Edge, case: Case, *, with_feedback: bool) -> None:
    """Criterion by criterion: who gave what, what it comes to."""
    people = [a.assessor for a in case.assessments]
    edge.show.title(f"{case.definition.title}: {case.submission}, attempt {case.standing.attempt}")
    rows = []
    for row in case.matrix.rows:
        mark = "kept" if row.carried else "far apart" if row.escalated else "" if row.met else "below"
        given = [row.given.get(p, "-") for p in people]
        rows.append((row.criterion.title, *given, row.level, row.required, mark))
    edge.show.table(("criterion", *people, "comes to", "needed", ""), rows)
    for assessment in case.assessments if with_feedback else ():
        for score in assessment.scores:
            if score.feedback:
                edge.show.say(f"{assessment.assessor} on {score.criterion}: {score.feedback}", indent=2)
    edge.show.say(f"Recommended: {case.matrix.recommended} ({'; '.join(case.matrix.reasons)})", style="bold")
    for doubt in case.doubts:
        edge.show.say(f"This was not asked by the rules: {doubt}.", style="bold red")
    if case.matrix.escalated:
        edge.show.say("Where assessors are far apart, settle the level yourself and say why.", style="yellow")


def _ask_outcome(edge: Edge, case: Case) -> Outcome | None:
    if not edge.interactive or edge.show.as_json:
        return None
    outcomes: tuple[Outcome, ...] = ("award", "revise", "decline")
    text = edge.choose("Your decision", (*outcomes, "later"), "--award", case.matrix.recommended)
    return next((o for o in outcomes if o == text), None)


def _verdict(edge: Edge, case: Case, outcome: Outcome, reason: str, feedback: str) -> Verdict:
    """The issuer's word, with the reason where one is due."""
    grounds = tuple(_grounds(case, outcome))
    if grounds and not reason.strip():
        edge.show.note(f"A reason is needed: {'; '.join(grounds)}.", style="yellow")
        reason = edge.ask("Your reason", '--reason "…"')
    if grounds and not reason.strip():
        hint = f'mcred reconcile {case.submission} --{outcome} --reason "…"'
        raise McredError(f"a reason is needed: {'; '.join(grounds)}", hint=hint)
    if outcome == "revise" and not feedback and edge.interactive:
        feedback = edge.ask("A word to the earner (may stay empty)", "--feedback", "")
    return Verdict(outcome=outcome, reason=reason, feedback=feedback)


def _grounds(case: Case, outcome: Outcome) -> Iterator[str]:
    """Why the issuer has to say more than the outcome."""
    if outcome != case.matrix.recommended:
        yield "you differ from the recommendation"
    far = [r.criterion.id for r in case.matrix.rows if r.escalated and r.criterion.id not in case.settled]
    if far:
        yield f"assessors are far apart on {', '.join(far)}"
    if case.settled:
        yield "you set a level"
    if case.doubts and outcome == "award":
        yield "it was not asked by the rules"


def _decide(desk: Desk, case: Case, verdict: Verdict, me: PersonId, levels: list[str]) -> None:
    again = f"mcred reconcile {case.submission} --{verdict.outcome}"
    first = case.judged

    def decide(now: Desk) -> Addition:
        standing = now.standing(case.submission)
        if not standing.is_open or standing.judged != first:
            raise McredError(
                f"{case.submission} changed meanwhile: it is {standing.word}", hint=again, code=Exit.CHANGED
            )
        _issuer(now, case.submission)
        return _addition(now, open_case(now, case.submission, levels), verdict, me)

    after = add_to_main(desk, decide, again)
    show = after.edge.show
    show.say(f"{case.submission}, attempt {case.standing.attempt}: {verdict.outcome}.", style="bold green")
    if verdict.outcome == "award":
        show.next("mcred build")
    else:
        show.next("mcred queue")


def _addition(desk: Desk, case: Case, verdict: Verdict, me: PersonId) -> Addition:
    """The sent work, its assessments, the decision and the award, as one step of the main line."""
    changes = _sent_files(desk, case)
    reviews = {e.person: e.commit for e in case.standing.reviews}
    for person in case.request.panel:
        path = assessment_path(case.submission, case.standing.attempt, person)
        changes[path] = list_tree(desk.repo, reviews[person], folder_of(case.submission))[path].blob
    decision = make_decision(desk, case, verdict, me)
    attempt = case.standing.attempt
    changes[decision_path(case.submission, attempt)] = put_blob(desk.repo, encode(decision))
    if verdict.outcome == "award":
        changes[award_path(case.submission, attempt)] = put_blob(desk.repo, _award(desk, case, decision))
    title = f"{verdict.outcome.title()} attempt {attempt} of {case.submission}"
    merged = [case.judged, *(reviews[p] for p in case.request.panel)]
    return Addition(changes=changes, merged=merged, text=message(title, "decide", case.submission, attempt))


def _sent_files(desk: Desk, case: Case) -> dict[str, BlobId | None]:
    """The earner's files as they were judged; files of an earlier attempt that are gone now go."""
    folder = folder_of(case.submission)
    sent = list_tree(desk.repo, case.judged, folder)
    problems = gate(sent)
    if problems:
        raise McredError(
            f"{case.submission} holds files that cannot be taken over",
            hint=f'mcred reconcile {case.submission} --revise --feedback "…"',
            problems=problems,
        )
    here = list_tree(desk.repo, desk.main, folder)
    changes: dict[str, BlobId | None] = {
        path: None for path in here if is_earners(path[len(folder) + 1 :]) and path not in sent
    }
    changes.update({path: e.blob for path, e in sent.items() if is_earners(path[len(folder) + 1 :])})
    return changes


def make_decision(desk: Desk, case: Case, verdict: Verdict, me: PersonId) -> Decision:
    """The decision as it will stand in the record."""
    reviews = {e.person: e.commit for e in case.standing.reviews}
    flags = [f"not asked by the rules: {doubt}" for doubt in case.doubts]
    if me in case.request.panel:
        flags.append(f"{me} decided and also assessed")
    return Decision(
        format=1,
        submission=case.submission,
        attempt=case.standing.attempt,
        outcome=verdict.outcome,
        issuer=me,
        decided=desk.edge.now(),
        judged=case.judged,
        definition=case.request.definition,
        rule=case.request.rule,
        basis=tuple(Basis(assessor=p, commit=reviews[p]) for p in case.request.panel),
        levels=tuple(
            Settled(criterion=r.criterion.id, level=r.level, carried=r.carried) for r in case.matrix.rows
        ),
        recommended=case.matrix.recommended,
        reason=verdict.reason,
        feedback=verdict.feedback,
        flags=tuple(flags),
    )


def _award(desk: Desk, case: Case, decision: Decision) -> bytes:
    earner = desk.catalog.people.get(case.submission.earner)
    if earner is None:
        raise McredError(f"{case.submission.earner} is not confirmed", hint="mcred person list")
    return make_award(
        AwardFacts(
            programme=desk.catalog.programme,
            definition=case.definition,
            earner=earner,
            work=case.work,
            decision=decision,
            submitted=case.judged,
            digests={f.path: f.sha256 for f in case.request.files},
        )
    )


def _as_json(case: Case) -> dict[str, object]:
    return {
        "submission": str(case.submission),
        "attempt": case.standing.attempt,
        "recommended": case.matrix.recommended,
        "reasons": list(case.matrix.reasons),
        "criteria": [
            {
                "criterion": row.criterion.id,
                "given": dict(row.given),
                "level": row.level,
                "required": row.required,
                "spread": row.spread,
                "carried": row.carried,
                "met": row.met,
            }
            for row in case.matrix.rows
        ],
    }
