"""Scores of a submission: what there is to score, a file to fill in, and where unfinished scores are kept.

Each submitted state has a file of its own, so that scores for older evidence never mix in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from mcred.app.work.resubmission import Resubmission
from mcred.app.workspace import Workspace
from mcred.domain.assessment import Score, Scoring, check_scores
from mcred.domain.credential import Credential, Criterion
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId
from mcred.domain.status import Standing
from mcred.domain.submission import ReviewRequest, Work
from mcred.formats.decode import decode
from mcred.formats.encode import encode
from mcred.problems import Fault, Hint, McredError, next_step
from mcred.store.atomic import write_whole


class Task(Struct, frozen=True, kw_only=True):
    """What `me` is asked to assess: the submission, its definition, and the open criteria."""

    me: PersonId
    submission: SubmissionId
    earner: str
    """Their name, as on a badge."""
    standing: Standing
    judged: CommitId
    request: ReviewRequest
    definition: Credential
    work: Work
    criteria: tuple[Criterion, ...]
    """The open ones; the others keep their level from the attempt before."""
    again: Resubmission | None = None
    """What changed since the attempt before, for a further one."""

    @property
    def brought(self) -> Mapping[Slug, Score]:
        """My earlier scores of open criteria that have nothing new to judge."""
        fits = self.again.fits if self.again else {}
        return {c.id: fits[c.id] for c in self.criteria if c.id in fits}

    def remarks(self) -> Iterator[str]:
        """What an assessor should know of a further attempt, as a line or two."""
        if self.again is None:
            return
        since, changed = self.again.since, " ".join(", ".join(self.again.changed).split())
        yield (
            f"Changed since {since}: {changed}"
            if changed
            else f"Nothing that is assessed has changed since {since}"
        )
        yield f"To compare word by word: {self.again.command}"

    def find_faults(self, scoring: Scoring) -> Iterator[Fault]:
        """Every reason why scores are not accepted."""
        if scoring.judged not in (None, self.judged):
            look = next_step("view", self.submission)
            yield Fault(
                path=("judged",),
                what="these scores are for an earlier version: the evidence has changed since",
                hint=f"look again: {look}; then remove the line 'judged:'",
            )
        yield from check_scores(scoring.scores, self.definition, tuple(c.id for c in self.criteria))


def read_scoring(data: bytes, name: str, task: Task, hint: Hint) -> Scoring:
    """Scores from a file's bytes, checked against the rubric. Raises McredError with every problem."""
    decoded = decode(data, Scoring, name, task.find_faults)
    if decoded[0] is None:
        raise McredError(f"{name} has errors", hint=hint, problems=decoded[1])
    return decoded[0]


def blank_scores(task: Task) -> bytes:
    """A file to fill in: every open criterion with its levels as comments."""
    lines = [
        f"# {task.definition.title}: {task.submission}, attempt {task.standing.attempt}",
        "format: 2",
        *(f"# {line}" for line in task.remarks()),
        f"judged: {task.judged}",
        "scores:",
    ]
    for criterion in task.criteria:
        lines.append(f"  # {criterion.title}")
        for name in task.definition.scale_of(criterion):
            text = " ".join(criterion.levels.get(name, "").split())
            needed = " (needed)" if name == task.definition.required_level(criterion) else ""
            lines.append(f"  #   {name}{needed}: {text}")
        if before := task.brought.get(criterion.id):
            lines.append("  # as you scored it; nothing it assesses has changed since")
        level, said = (before.level, before.feedback) if before else ("", "")
        # JSON is YAML on one line.
        quoted = json.dumps(said, ensure_ascii=False)
        lines += [f"  - criterion: {criterion.id}", f"    level: {level}", f"    feedback: {quoted}", ""]
    return "\n".join([*lines, 'summary: ""', ""]).encode()


def kept_scores(ws: Workspace, submission: SubmissionId, judged: CommitId, kind: str = "") -> Path:
    """The path of unfinished scores for one submitted state."""
    folder = ws.repo.state_dir / "scores"
    folder.mkdir(exist_ok=True)
    return folder / f"{submission.earner}-{submission.credential}-{judged[:12]}{kind}.yaml"


def keep_scores(kept: Path, task: Task, scores: Mapping[Slug, Score], summary: str) -> None:
    """Store unfinished scores."""
    found = Scoring(format=2, judged=task.judged, scores=tuple(scores.values()), summary=summary)
    write_whole(kept, encode(found))


class Kept(Struct, frozen=True, kw_only=True):
    """What an assessor typed earlier."""

    scores: Mapping[Slug, Score]
    summary: str


def read_kept(kept: Path, task: Task) -> Kept:
    """The stored unfinished scores, as far as their levels match the rubric."""
    scoring = decode(kept.read_bytes(), Scoring, str(kept))[0] if kept.exists() else None
    if scoring is None:
        return Kept(scores={}, summary="")
    scales = {c.id: task.definition.scale_of(c) for c in task.criteria}
    fits = {s.criterion: s for s in scoring.scores if s.level in scales.get(s.criterion, ())}
    return Kept(scores=fits, summary=scoring.summary)
