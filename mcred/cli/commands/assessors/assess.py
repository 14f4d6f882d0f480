"""`mcred assess`: score a submission, guided on a terminal or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.clock import check_clock, stamp
from mcred.app.context import Context
from mcred.app.events import Assessed
from mcred.app.lookup import need_open, parse_submission
from mcred.app.pending import list_sound, read_edition, read_submitted
from mcred.app.push import publish_sent
from mcred.app.work.resubmission import look_again
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.cli.scoring import Task, ask_scores, blank_scores, edit_scores, kept_scores, read_scoring
from mcred.cli.show import show_of
from mcred.cli.terminal import DryRun, Terminal, Yes, terminal_of
from mcred.domain.assessment import Assessment, Scoring
from mcred.domain.ids import CommitId, PersonId, SubmissionId
from mcred.domain.layout import assessment_path, review_ref
from mcred.domain.rules.eligibility import conflicts, reasons_against
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError
from mcred.store.atomic import write_whole
from mcred.store.batch import read_files
from mcred.store.git import resolve
from mcred.store.log import read_commit
from mcred.store.write import commit_files, move_refs, put_blob

EXAMPLES = (
    "mcred assess ana/fractions-number-line",
    "mcred assess ana/fractions-number-line --blank scores.yaml",
    "mcred assess ana/fractions-number-line --from scores.yaml",
    "mcred assess ana/fractions-number-line --edit",
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="Whose and which, such as ana/true-cost.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="Take the scores from this file.", metavar="FILE")
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Fill in the scores in your editor.")] = False,
    blank: Annotated[
        Path | None, typer.Option(help="Only write a file to fill in, for --from.", metavar="FILE")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Score a submission against its rubric. What you typed is kept until it has arrived."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="must")
    me = ws.confirmed()
    ws.need_shared_place()
    wanted = parse_submission(ws, submission)
    _refuse_turned_away(ws, wanted, me)
    if blank is None and not edit and not dry_run and _finish_cut(ws, wanted, me, source):
        return
    task = find_task(ws, wanted, me)
    if not dry_run:
        check_clock(ws, task.request.requested)
    if blank is not None:
        _write_blank(edge, blank, task)
        return
    scoring = _scoring(edge, ws, task, source, edit)
    _show_scores(edge, task, scoring)
    if dry_run:
        edge.show.say("Nothing was sent.")
        return
    if (
        not yes
        and edge.interactive
        and not edge.confirm(
            f"Send it? With that you say that nothing stands between you and {wanted.earner}"
        )
    ):
        edge.show.say("Nothing was sent; your scores are kept.")
        edge.show.next(f"mcred assess {wanted}")
        return
    _send(ws, task, scoring, me)


def _refuse_turned_away(ws: Workspace, submission: SubmissionId, me: PersonId) -> None:
    """Raises McredError where my earlier answer was rejected: no second one is accepted (receipt, A5)."""
    standing = ws.standing(submission)
    ref = review_ref(submission, standing.attempt, me)
    reasons = next((a.reasons for a in ws.record.turned_away if a.ref == ref), ())
    if standing.is_open and reasons:
        again = f"mcred submit {submission.credential} --replace"
        raise McredError(
            f"what stands there as your assessment of attempt {standing.attempt} is not accepted: "
            f"{'; '.join(reasons)}",
            hint=f"{again}   (by {submission.earner}; then assess it again)",
            code=Exit.CHANGED,
        )


def find_task(ws: Workspace, submission: SubmissionId, me: PersonId) -> Task:
    """The submission I am to assess. Raises McredError with every reason why I may not."""
    policy = ws.catalog.programme.assessment
    against = conflicts(me, submission, ws.catalog, policy)
    if against:
        asked = me in ws.standing(submission).missing
        raise McredError(
            f"you cannot assess {submission}: {'; '.join(against)}",
            hint=f"mcred decline-review {submission}" if asked else "mcred queue",
            code=Exit.NOT_ALLOWED,
        )
    standing = need_open(ws.standing(submission))
    request, judged = standing.request, standing.judged
    if request is None or judged is None:
        raise McredError(f"{submission} is not in review", hint="mcred queue")
    if me in {e.person for e in standing.reviews}:
        raise McredError(
            f"you have assessed attempt {standing.attempt} of {submission} already", hint="mcred queue"
        )
    if me in standing.seats.relieved:
        now = ", ".join(standing.panel) or "nobody yet"
        raise McredError(
            f"you are not asked about {submission} any more; asked now: {now}",
            hint=f"mcred queue --why {submission}",
            code=Exit.CHANGED,
        )
    if me not in standing.panel:
        why = reasons_against(me, submission, ws.catalog, request.rule, policy)
        said = "; ".join(why) or f"asked were {', '.join(standing.panel)}"
        raise McredError(
            f"you were not asked to assess {submission}: {said}",
            hint=f"mcred queue --why {submission}",
            code=Exit.NOT_ALLOWED,
        )
    definition = read_edition(ws.repo, request.definition.blob, submission.credential)
    list_sound(ws.repo, judged, submission)
    work, _ = read_submitted(ws.repo, judged, submission, definition)
    open_criteria = tuple(c.id for c in definition.criteria if c.id not in request.carried)
    return Task(
        submission=submission,
        standing=standing,
        judged=judged,
        request=request,
        definition=definition,
        work=work,
        open_criteria=open_criteria,
        again=look_again(ws, submission, standing.attempt, judged, definition),
    )


def _finish_cut(ws: Workspace, submission: SubmissionId, me: PersonId, source: Path | None) -> bool:
    """Push what an earlier run committed and could not push, unless new scores are given now."""
    standing, judged = ws.standing(submission), ws.standing(submission).judged
    if not standing.is_open or judged is None:
        return False
    arrived = ws.record.assessments.get((submission, standing.attempt, me))
    ref = review_ref(submission, standing.attempt, me)
    stored = None if arrived else resolve(ws.repo, ref)
    found = arrived or (_read_stored(ws, stored, submission, standing.attempt, me) if stored else None)
    if found is None or found.judged != judged:
        return False
    if stored is not None and read_commit(ws.repo, stored).signer != ws.key().public:
        # Committed with a key that was replaced before it was pushed.
        return False
    # Repeated without scores after it arrived, it would be a second assessment: `find_task` rejects that.
    if not _has_scores(ws.ctx, source, found) if source else arrived is not None:
        return False
    if stored is not None:
        send(ws, {ref: stored}, f"mcred assess {submission}")
    kept_scores(ws, submission, judged).unlink(missing_ok=True)
    publish_sent(ws, Assessed(submission=submission, attempt=standing.attempt, assessor=me))
    _say_sent(ws, submission, standing.attempt)
    return True


def _read_stored(
    ws: Workspace, stored: CommitId, submission: SubmissionId, attempt: int, me: PersonId
) -> Assessment | None:
    path = assessment_path(submission, attempt, me)
    (data,) = read_files(ws.repo, [(stored, path)])
    return decode(data or b"", Assessment, path)[0]


def _has_scores(edge: Context, source: Path, assessment: Assessment) -> bool:
    """Whether a stored file holds exactly an assessment's scores."""
    place = edge.at / source
    scoring = decode(place.read_bytes(), Scoring, str(source))[0] if place.is_file() else None
    return scoring is not None and (scoring.scores, scoring.summary) == (
        assessment.scores,
        assessment.summary,
    )


def _scoring(edge: Terminal, ws: Workspace, task: Task, source: Path | None, edit: bool) -> Scoring:
    if source is not None:
        place = edge.at / source
        if not place.is_file():
            raise McredError(
                f"{source} is not there", hint=f"mcred assess {task.submission} --blank {source}"
            )
        hint = f"mcred assess {task.submission} --from {source}   (when these places are mended)"
        return read_scoring(place.read_bytes(), str(source), task, hint)
    if edit:
        # A file of its own: neither the guided way nor an editor may overwrite the other's unfinished scores.
        return edit_scores(edge, task, kept_scores(ws, task.submission, task.judged, "-edit"))
    if not edge.interactive:
        raise McredError(
            "nobody is here to answer",
            hint=f"mcred assess {task.submission} --blank scores.yaml   (then --from scores.yaml)",
            code=Exit.USAGE,
        )
    return ask_scores(edge, task, kept_scores(ws, task.submission, task.judged))


def _write_blank(edge: Terminal, blank: Path, task: Task) -> None:
    place = edge.at / blank
    if place.exists():
        raise McredError(f"{blank} is there already", hint=f"mcred assess {task.submission} --from {blank}")
    place.write_bytes(blank_scores(task))
    edge.show.say(f"Fill in {blank}: a level for each criterion, and feedback.")
    edge.show.next(f"mcred assess {task.submission} --from {blank}")


def _show_scores(edge: Terminal, task: Task, scoring: Scoring) -> None:
    by_id = {c.id: c for c in task.definition.criteria}
    edge.show.table(
        ("criterion", "level", "feedback"),
        [(by_id[s.criterion].title, s.level, " ".join(s.feedback.split())[:70]) for s in scoring.scores],
    )


def _send(ws: Workspace, task: Task, scoring: Scoring, me: PersonId) -> None:
    kept, attempt = kept_scores(ws, task.submission, task.judged), task.standing.attempt
    write_whole(kept, encode(scoring))
    assessment = Assessment(
        format=1,
        submission=task.submission,
        attempt=attempt,
        assessor=me,
        judged=task.judged,
        definition=task.request.definition,
        assessed=stamp(ws, task.request.requested),
        scores=scoring.scores,
        summary=scoring.summary,
    )
    ref = review_ref(task.submission, attempt, me)
    path = assessment_path(task.submission, attempt, me)
    commit = commit_files(
        ws.repo,
        base=task.judged,
        changes={path: put_blob(ws.repo, encode(assessment))},
        parents=[task.judged],
        message=message(f"Assess attempt {attempt} of {task.submission}", "assess", task.submission, attempt),
        author=ws.author(),
        key=ws.key(),
    )
    move_refs(ws.repo, [(ref, commit, resolve(ws.repo, ref))])
    send(ws, {ref: commit}, f"mcred assess {task.submission}")
    kept.unlink(missing_ok=True)
    kept_scores(ws, task.submission, task.judged, "-edit").unlink(missing_ok=True)
    publish_sent(ws, Assessed(submission=task.submission, attempt=attempt, assessor=me))
    _say_sent(ws, task.submission, attempt)


def _say_sent(ws: Workspace, submission: SubmissionId, attempt: int) -> None:
    show = show_of(ws)
    show.say(f"Your assessment of attempt {attempt} of {submission} has arrived.", style="bold green")
    show.next("mcred queue")
