"""Asks for scores: in an editor, or criterion by criterion on a terminal; each answer is stored at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from mcred.app.assessment.scores import Task, blank_scores, keep_scores, read_kept, read_scoring
from mcred.cli.opening import named_editor, split_editor
from mcred.cli.terminal import Terminal
from mcred.domain.assessment import Score, Scoring, check_scores
from mcred.domain.credential import Criterion
from mcred.domain.ids import Slug
from mcred.domain.text import as_stored, flow
from mcred.problems import McredError
from mcred.store.atomic import write_whole
from mcred.store.git import start_editor

BACK = "back"
"""What an assessor types to return to the question before."""
NONE = "-"
"""What an assessor types in place of an earlier comment that is to go."""


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
    """Ask criterion by criterion. Each answer is stored at once, `back` returns to the one before, and what
    was typed earlier is offered again."""
    kept_now, show = read_kept(kept, task), edge.show
    known = {**task.brought, **kept_now.scores}
    show.note(f"{task.definition.title}: {task.submission}, attempt {task.standing.attempt}", style="bold")
    show.note(f"To look at the work in another window: mcred view {task.submission}")
    show.note(f"To return to the question before, type {BACK}.")
    for line in task.remarks():
        show.note(line)
    scores, summary, number, is_return = dict(known), kept_now.summary, 0, False
    seen: set[Slug] = set()
    while True:
        if number == len(task.criteria):
            said = _ask_comment(edge, "Overall comment", summary)
            if said != BACK:
                keep_scores(kept, task, scores, said)
                return Scoring(format=2, judged=task.judged, scores=tuple(scores.values()), summary=said)
            number, is_return = number - 1, True
            continue
        criterion = task.criteria[number]
        show.note("")
        show.note(f"{number + 1}/{len(task.criteria)}  {criterion.title}", style="bold")
        before = scores.get(criterion.id)
        is_offered = before is not None and _is_whole(task, before) and not is_return
        if before is not None and is_offered:
            said = _keep(task, before, criterion.id in kept_now.scores)
            if edge.confirm(said, default=True):
                number += 1
                continue
        _show_work(edge, task, criterion, seen)
        _show_levels(edge, task, criterion)

        def keep(score: Score) -> None:
            scores[score.criterion] = score
            keep_scores(kept, task, scores, summary)

        is_return = not _ask_score(edge, task, criterion, before, keep)
        number = max(number - 1, 0) if is_return else number + 1


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


def _ask_score(
    edge: Terminal, task: Task, criterion: Criterion, before: Score | None, keep: Callable[[Score], None]
) -> bool:
    """Ask for level and feedback, and keep each; whether both were given, rather than `back`."""
    while True:
        default = before.level if before is not None else None
        scale = task.definition.scale_of(criterion)
        typed = edge.choose("Level", scale, "--from FILE", default, also=(BACK,))
        if typed == BACK:
            return False
        said = before.feedback if before is not None else ""
        before = Score(criterion=criterion.id, level=Slug(typed), feedback=said)
        keep(before)
        is_needed = not _is_whole(task, replace(before, feedback=""))
        if is_needed:
            question = "What would bring it to the required level"
            while (said := edge.ask(question, "--from FILE", before.feedback or None)) in ("", NONE):
                continue
        else:
            said = _ask_comment(edge, "Feedback", said)
        if said == BACK:
            continue
        keep(replace(before, feedback=said))
        return True


def _ask_comment(edge: Terminal, question: str, before: str) -> str:
    """Ask for a comment that may be empty; Enter keeps the one from before, if any."""
    how = f"optional; {NONE} for none" if before else "optional"
    said = edge.ask(f"{question} ({how})", "--from FILE", before)
    return "" if said == NONE else said


def _is_whole(task: Task, score: Score) -> bool:
    """Whether a score needs no more feedback."""
    return not check_scores((score,), task.definition, (score.criterion,))


def _show_work(edge: Terminal, task: Task, criterion: Criterion, seen: set[Slug]) -> None:
    """Print the evidence for a criterion: answers that are not among those `seen`, and the artifacts."""
    for item in task.definition.part_of(criterion).items_of(criterion):
        answer = task.work.answers.get(item.id)
        is_above = answer is not None and answer.text and item.id in seen
        edge.show.note(f"{item.title} (shown above)" if is_above else item.title, style="cyan", indent=2)
        if answer is not None and answer.text and not is_above:
            edge.show.note(flow(answer.text), style="", indent=4)
        seen.add(item.id)
        for piece in task.work.evidence_of(item):
            edge.show.note(f"{piece.type}: {piece.title} ({piece.file or piece.url})", style="", indent=4)
