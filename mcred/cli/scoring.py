"""Reads scores: from a file, in an editor, or criterion by criterion on a terminal.

What was typed is stored at once, in a separate file for each submitted state, so that an interruption loses
nothing and scores for older evidence never mix in. Pushing them is up to `assess`.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from mcred.app.work.resubmission import Resubmission
from mcred.app.workspace import Workspace
from mcred.cli.terminal import Terminal
from mcred.domain.assessment import Score, Scoring, check_scores
from mcred.domain.credential import Credential, Criterion
from mcred.domain.ids import CommitId, Slug, SubmissionId
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest, Work
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.problems import Fault, McredError
from mcred.store.atomic import write_whole
from mcred.store.git import start_editor


class Task(Struct, frozen=True, kw_only=True):
    """What there is to assess: the submission, its definition, which criteria are open."""

    submission: SubmissionId
    standing: Standing
    judged: CommitId
    request: ReviewRequest
    definition: Credential
    work: Work
    open_criteria: tuple[Slug, ...]
    again: Resubmission | None = None
    """What changed since the attempt before, for a further one."""

    @property
    def brought(self) -> Mapping[Slug, Score]:
        """My earlier scores of open criteria that have nothing new to judge."""
        found = self.again.fits if self.again else {}
        return {c: s for c, s in found.items() if c in self.open_criteria}


def read_scoring(data: bytes, name: str, task: Task, hint: str) -> Scoring:
    """Scores from a file's bytes, checked against the rubric. Raises McredError with every problem."""

    def check(scoring: Scoring) -> Iterator[Fault]:
        if scoring.judged not in (None, task.judged):
            yield Fault(
                path=("judged",),
                what="these scores are for an older state: the evidence changed since",
                hint=f"look again: mcred view {task.submission}; then take the line 'judged:' out",
            )
        yield from check_scores(scoring.scores, task.definition, task.open_criteria)

    decoded = decode(data, Scoring, name, check)
    if decoded[0] is None:
        raise McredError(f"{name} cannot be taken as it is", hint=hint, problems=decoded[1])
    return decoded[0]


def blank_scores(task: Task) -> bytes:
    """A file to fill in: every open criterion with its levels as comments."""
    lines = [
        f"# {task.definition.title}: {task.submission}, attempt {task.standing.attempt}",
        "format: 1",
        *(f"# {line}" for line in told_again(task)),
        f"judged: {task.judged}",
        "scores:",
    ]
    for criterion in _criteria(task):
        lines.append(f"  # {criterion.title}")
        for name in task.definition.scale_of(criterion):
            text = " ".join(criterion.levels.get(name, "").split())
            needed = " (needed)" if name == task.definition.required_level(criterion) else ""
            lines.append(f"  #   {name}{needed}: {text}")
        if before := task.brought.get(criterion.id):
            lines.append("  # as you scored it; nothing it judges has changed since")
        level, said = (before.level, before.feedback) if before else ("", "")
        lines += [
            f"  - criterion: {criterion.id}",
            f"    level: {level}",
            f"    feedback: {_quoted(said)}",
            "",
        ]
    return "\n".join([*lines, 'summary: ""', ""]).encode()


def _quoted(text: str) -> str:
    """A text as YAML reads it back, on one line."""
    return json.dumps(text, ensure_ascii=False)


def told_again(task: Task) -> Iterator[str]:
    """What an assessor should know of a further attempt, as a line or two."""
    if task.again is None:
        return
    since, changed = task.again.since, " ".join(", ".join(task.again.changed).split())
    yield f"Since {since} this changed: {changed}" if changed else f"Since {since} nothing judged has changed"
    yield f"To see it word by word: {task.again.command}"


def kept_scores(ws: Workspace, submission: SubmissionId, judged: CommitId, kind: str = "") -> Path:
    """The path of unfinished scores; one per submitted state, so that old ones never mix in."""
    folder = ws.repo.state_dir / "scores"
    folder.mkdir(exist_ok=True)
    return folder / f"{submission.earner}-{submission.credential}-{judged[:12]}{kind}.yaml"


def _criteria(task: Task) -> tuple[Criterion, ...]:
    return tuple(c for c in task.definition.criteria if c.id in task.open_criteria)


def edit_scores(edge: Terminal, task: Task, kept: Path) -> Scoring:
    """The scores from a person's own editor. Raises McredError when they do not fit the rubric."""
    if not kept.exists():
        write_whole(kept, blank_scores(task))
    if not edge.interactive:
        raise McredError(
            "there is no terminal to edit on", hint=f"mcred assess {task.submission} --blank FILE"
        )
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano")
    if not start_editor(command, kept):
        raise McredError(
            f"the editor '{command[0]}' did not work", hint=f"mcred assess {task.submission} --blank FILE"
        )
    hint = f"mcred assess {task.submission} --edit   (what you typed is kept)"
    return read_scoring(kept.read_bytes(), str(kept), task, hint)


def ask_scores(edge: Terminal, task: Task, kept: Path) -> Scoring:
    """Ask criterion by criterion; each answer is stored at once, and an earlier one can be changed."""
    kept_now, show = _read_kept(kept, task), edge.show
    known = {**task.brought, **kept_now}
    show.note(f"{task.definition.title}: {task.submission}, attempt {task.standing.attempt}", style="bold")
    show.note(f"To look at the work in another window: mcred view {task.submission}")
    for line in told_again(task):
        show.note(line)
    scores: dict[Slug, Score] = dict(known)
    for number, criterion in enumerate(_criteria(task), start=1):
        show.note("")
        show.note(f"{number}/{len(task.open_criteria)}  {criterion.title}", style="bold")
        before = known.get(criterion.id)
        if before is not None and edge.confirm(_keep(task, before, criterion.id in kept_now), default=True):
            continue
        _show_work(edge, task, criterion)
        _show_levels(edge, task, criterion)
        scores[criterion.id] = _ask_score(edge, task, criterion)
        write_whole(kept, encode(Scoring(format=1, judged=task.judged, scores=tuple(scores.values()))))
    summary = edge.ask("A sentence or two on the whole (may stay empty)", "--from FILE", "")
    return Scoring(format=1, judged=task.judged, scores=tuple(scores.values()), summary=summary)


def _keep(task: Task, before: Score, typed_now: bool) -> str:
    """Ask whether a score stays: one typed just now, or one of the attempt before."""
    if typed_now or task.again is None:
        return f"You gave {before.level}. Keep it?"
    said = f" and said “{' '.join(before.feedback.split())}”" if before.feedback else ""
    return f"Nothing changed here. In {task.again.since} you gave {before.level}{said}. Keep it?"


def _show_levels(edge: Terminal, task: Task, criterion: Criterion) -> None:
    needed = task.definition.required_level(criterion)
    for level in task.definition.scale_of(criterion):
        mark = " (needed)" if level == needed else ""
        edge.show.note(f"{level}{mark}: {criterion.levels.get(level, '')}", style="", indent=2)
    if criterion.guidance:
        edge.show.note(f"For assessors: {criterion.guidance}", indent=2)


def _ask_score(edge: Terminal, task: Task, criterion: Criterion) -> Score:
    level = Slug(edge.choose("Level", task.definition.scale_of(criterion), "--from FILE"))
    needs = not task.definition.meets(criterion, level)
    while True:
        question = "What would bring it to the required level" if needs else "Feedback (may stay empty)"
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


def _read_kept(kept: Path, task: Task) -> Mapping[Slug, Score]:
    """The scores of an earlier run, as far as they match the rubric."""
    if not kept.exists():
        return {}
    scoring, _ = decode(kept.read_bytes(), Scoring, str(kept))
    scores = scoring.scores if scoring else ()
    return {
        s.criterion: s
        for s in scores
        if s.criterion in task.open_criteria and not check_scores((s,), task.definition, (s.criterion,))
    }
