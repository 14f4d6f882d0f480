"""Asks for scores: in an editor, or criterion by criterion on a terminal; each answer is stored at once."""

from __future__ import annotations

from pathlib import Path

from mcred.app.assessment.scores import Task, blank_scores, keep_scores, read_kept, read_scoring
from mcred.cli.opening import named_editor, split_editor
from mcred.cli.terminal import Terminal
from mcred.domain.assessment import Score, Scoring
from mcred.domain.credential import Criterion
from mcred.domain.ids import Slug
from mcred.domain.text import as_stored
from mcred.problems import McredError
from mcred.store.atomic import write_whole
from mcred.store.git import start_editor


def edit_scores(edge: Terminal, task: Task, kept: Path) -> Scoring:
    """The scores from a person's own editor. Raises McredError when they do not fit the rubric."""
    if not kept.exists():
        write_whole(kept, blank_scores(task))
    if not edge.interactive:
        raise McredError("the editor needs a terminal", hint=f"mcred assess {task.submission} --blank FILE")
    command = split_editor(named_editor(edge.environment))
    if not start_editor(command, kept):
        raise McredError(
            f"the editor '{command[0]}' did not work", hint=f"mcred assess {task.submission} --blank FILE"
        )
    hint = f"mcred assess {task.submission} --edit   (what you typed is kept)"
    return read_scoring(as_stored(kept.read_bytes()), str(kept), task, hint)


def ask_scores(edge: Terminal, task: Task, kept: Path) -> Scoring:
    """Ask criterion by criterion; each answer is stored at once, and an earlier one can be changed."""
    kept_now, show = read_kept(kept, task), edge.show
    known = {**task.brought, **kept_now}
    show.note(f"{task.definition.title}: {task.submission}, attempt {task.standing.attempt}", style="bold")
    show.note(f"To look at the work in another window: mcred view {task.submission}")
    for line in task.remarks():
        show.note(line)
    scores: dict[Slug, Score] = dict(known)
    for number, criterion in enumerate(task.criteria, start=1):
        show.note("")
        show.note(f"{number}/{len(task.criteria)}  {criterion.title}", style="bold")
        before = known.get(criterion.id)
        if before is not None and edge.confirm(_keep(task, before, criterion.id in kept_now), default=True):
            continue
        _show_work(edge, task, criterion)
        _show_levels(edge, task, criterion)
        scores[criterion.id] = _ask_score(edge, task, criterion)
        keep_scores(kept, task, scores)
    summary = edge.ask("Overall comment (optional)", "--from FILE", "")
    return Scoring(format=2, judged=task.judged, scores=tuple(scores.values()), summary=summary)


def _keep(task: Task, before: Score, typed_now: bool) -> str:
    """Ask whether a score stays: one typed just now, or one of the attempt before."""
    if typed_now or task.again is None:
        return f"You gave {before.level}. Keep it?"
    said = f" and said “{' '.join(before.feedback.split())}”" if before.feedback else ""
    return f"Nothing changed here. In {task.again.since} you gave {before.level}{said}. Keep it?"


def _show_levels(edge: Terminal, task: Task, criterion: Criterion) -> None:
    needed = task.definition.required_level(criterion)
    for level in task.definition.scale_of(criterion):
        mark = " (required)" if level == needed else ""
        edge.show.note(f"{level}{mark}: {criterion.levels.get(level, '')}", style="", indent=2)
    if criterion.guidance:
        edge.show.note(f"For assessors: {criterion.guidance}", indent=2)


def _ask_score(edge: Terminal, task: Task, criterion: Criterion) -> Score:
    level = Slug(edge.choose("Level", task.definition.scale_of(criterion), "--from FILE"))
    needs = not task.definition.meets(criterion, level)
    while True:
        question = "What would bring it to the required level" if needs else "Feedback (optional)"
        said = edge.ask(question, "--from FILE", None if needs else "")
        if said.strip() or not needs:
            return Score(criterion=criterion.id, level=level, feedback=said)


def _show_work(edge: Terminal, task: Task, criterion: Criterion) -> None:
    """Print the evidence for a criterion: answers, and the list of artifacts."""
    for item in task.definition.part_of(criterion).items_of(criterion):
        answer = task.work.answers.get(item.id)
        edge.show.note(item.title, style="cyan", indent=2)
        if answer is not None and answer.text:
            edge.show.note(answer.text, style="", indent=4)
        for piece in task.work.evidence_of(item):
            edge.show.note(f"{piece.type}: {piece.title} ({piece.file or piece.url})", style="", indent=4)
