"""`mcred assess`: score a submission, guided on a terminal or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.reviews import BlankScoresAnswer, assess_answer
from mcred.app.assessment.assess import Assess, AssessPlan, AssessResult, StoredPlan, open_task
from mcred.app.assessment.scores import Task, blank_scores, kept_scores, read_scoring
from mcred.app.use_case import Plan
from mcred.app.workspace import Workspace
from mcred.cli.runner import run_command
from mcred.cli.scoring import ask_scores, edit_scores
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Terminal, Yes, terminal_of
from mcred.domain.assessment import Scoring
from mcred.domain.text import as_stored
from mcred.formats.decode import decode
from mcred.problems import McredError, next_step
from mcred.store.folder_index import find_typed

EXAMPLES = (
    "mcred assess ana/fractions-number-line",
    "mcred assess ana/fractions-number-line --blank scores.yaml",
    "mcred assess ana/fractions-number-line --from scores.yaml",
    "mcred assess ana/fractions-number-line --edit",
)


def run(
    ctx: typer.Context,
    submission: Annotated[str, typer.Argument(help="The submission, such as ana/true-cost.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="Read the scores from this file.", metavar="FILE")
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Fill in the scores in your editor.")] = False,
    blank: Annotated[
        Path | None, typer.Option(help="Only write a blank score sheet, for --from.", metavar="FILE")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Score a submission against its rubric. What you type is kept until it is submitted."""
    edge = terminal_of(ctx)
    place = find_typed(edge.at, source) if source is not None else None
    given = (
        decode(as_stored(place.read_bytes()), Scoring, str(source))[0] if place and place.is_file() else None
    )
    command = Assess(submission=submission, scoring=given)
    if blank is not None:
        _write_blank(edge, blank, open_task(command.begin(edge), submission))
        return

    def fill_in(ws: Workspace, plan: Plan[AssessResult]) -> AssessPlan | None:
        if isinstance(plan, StoredPlan):
            if given is not None or (source is None and not edit):
                return None
            plan = plan.anew(ws)
        if not isinstance(plan, AssessPlan):
            return None
        if source is None and not edit and not edge.interactive:
            return plan
        scoring = _scoring(edge, ws, plan.task, source, edit)
        _show_scores(edge.show, plan.task, scoring)
        return plan.scored(scoring)

    run_command(edge, command, _show_result, assess_answer, yes=yes, show_plan=fill_in)


def _scoring(edge: Terminal, ws: Workspace, task: Task, source: Path | None, edit: bool) -> Scoring:
    if source is not None:
        place = find_typed(edge.at, source)
        if not place.is_file():
            hint = next_step("assess", task.submission, "--blank", source)
            raise McredError(f"{source} was not found", hint=hint)
        note = "once these are fixed"
        hint = next_step("assess", task.submission, "--from", source, note=note)
        return read_scoring(as_stored(place.read_bytes()), str(source), task, hint)
    if edit:
        # A file of its own: neither the guided way nor an editor may overwrite the other's unfinished scores.
        return edit_scores(edge, task, kept_scores(ws, task.submission, task.judged, "-edit"))
    return ask_scores(edge, task, kept_scores(ws, task.submission, task.judged))


def _write_blank(edge: Terminal, blank: Path, task: Task) -> None:
    place, fill_in = edge.at / blank, next_step("assess", task.submission, "--from", blank)
    if place.exists():
        raise McredError(f"{blank} already exists", hint=fill_in)
    place.write_bytes(blank_scores(task))
    if edge.show.as_json:
        edge.show.answer(BlankScoresAnswer(submission=task.submission, file=str(place)))
        return
    edge.show.say(f"Fill in {blank}: a level for each criterion, and feedback.")
    edge.show.next(fill_in)


def _show_scores(show: Show, task: Task, scoring: Scoring) -> None:
    titles = {c.id: c.title for c in task.definition.criteria}
    rows = [(titles[s.criterion], s.level, " ".join(s.feedback.split())[:70]) for s in scoring.scores]
    show.table(("criterion", "level", "feedback"), rows)


def _show_result(show: Show, found: AssessResult) -> None:
    which = f"attempt {found.assessment.attempt} of {found.assessment.submission}"
    show.say(f"Your assessment of {which} is submitted.", style="bold green")
    show.next("mcred queue")
