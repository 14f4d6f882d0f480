"""A further attempt, as its assessor sees it: what changed since they scored, and which scores still apply.

Only an assessor's own scores are reused, and only for criteria whose evidence and rubric are unchanged;
everything else must be judged again. What the rules carry over is not open at all.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mcred.app.keys.reading import all_reading_keys
from mcred.app.pending import read_edition, read_request
from mcred.app.sealed.attempts import find_work
from mcred.app.sealed.coached import my_record
from mcred.app.sealed.opening import open_own
from mcred.app.work.compare import ComparedSides, tell
from mcred.app.work.versions import attempts_of, side_at
from mcred.app.workspace import Workspace
from mcred.domain.assessment import Assessment, Score, check_scores
from mcred.domain.credential import Credential
from mcred.domain.definition_delta import judged_anew
from mcred.domain.ids import CommitId, PersonId, Slug, SubmissionId
from mcred.domain.layout import assessment_path, remote_ref, review_ref
from mcred.domain.pieces import unchanged_criteria
from mcred.formats.decode import decode
from mcred.problems import McredError, NextStep, next_step
from mcred.store.batch import read_files
from mcred.store.git import resolve


class Resubmission(Struct, frozen=True, kw_only=True):
    """An attempt and the one before it."""

    told: ComparedSides
    mine: Assessment | None
    """This person's assessment of that attempt; None when others judged it."""
    fits: Mapping[Slug, Score]
    """Their scores for criteria with nothing new to judge."""

    @property
    def since(self) -> str:
        """The attempt before, as text."""
        return f"attempt {self.told.before.attempt}"

    @property
    def changed(self) -> tuple[str, ...]:
        """The titles of everything with new content."""
        return tuple(i.title for i in self.told.comparison.items.values() if i.is_substantial)

    @property
    def command(self) -> NextStep:
        """The command that shows all changes."""
        after = self.told.after
        return next_step("diff", after.submission, "--from", self.told.before.attempt, "--to", after.attempt)


def look_again(
    ws: Workspace, submission: SubmissionId, attempt: int, commit: CommitId, definition: Credential
) -> Resubmission | None:
    """What changed since the attempt I scored, or the one decided last; None for a first attempt."""
    earlier = [n for n in attempts_of(ws, submission) if n < attempt]
    if not earlier:
        return None
    scored = ((n, _my_assessment(ws, submission, n)) for n in sorted(earlier, reverse=True))
    mine = next((a for _, a in scored if a is not None), None)
    record = ws.catalog.records.get(submission)
    decided = [d.attempt for d in record.decisions if d.attempt < attempt] if record else []
    number = mine.attempt if mine else max(decided or earlier)
    then = mine.judged if mine else attempts_of(ws, submission)[number].commit
    try:
        old, new = (find_work(ws, submission, at) for at in (then, commit))
        before = side_at(ws, submission, old, f"attempt {number}", number)
        after = side_at(ws, submission, new, f"attempt {attempt}", attempt)
    except McredError:
        # An unreadable earlier attempt keeps no one from judging the current one.
        return None
    fits = _still_fit(ws, mine, commit, definition) if mine else {}
    return Resubmission(told=tell(ws, before, after), mine=mine, fits=fits)


def _my_assessment(ws: Workspace, submission: SubmissionId, attempt: int) -> Assessment | None:
    """My assessment of an attempt: on main for decided ones, on my own ref for a replaced one."""
    me = ws.me
    if me is None:
        return None
    record = my_record(ws, submission)
    for assessment in record.assessments if record else ():
        if (assessment.attempt, assessment.assessor) == (attempt, me):
            return assessment
    return _on_my_line(ws, submission, attempt, me)


def _on_my_line(ws: Workspace, submission: SubmissionId, attempt: int, me: PersonId) -> Assessment | None:
    ref = review_ref(submission, attempt, me)
    tip = resolve(ws.repo, remote_ref(ref)) or resolve(ws.repo, ref)
    if tip is None:
        return None
    path = assessment_path(submission, attempt, me)
    (data,) = read_files(ws.repo, [(tip, path)])
    found = decode(data or b"", Assessment, path)[0]
    same = found is not None and (found.submission, found.attempt, found.assessor) == (
        submission,
        attempt,
        me,
    )
    known = attempts_of(ws, submission).get(attempt)
    fits = same and found and known and found.judged == known.commit
    return open_own(found, all_reading_keys(ws.repo)) if found and fits else None


def _still_fit(
    ws: Workspace, mine: Assessment, commit: CommitId, definition: Credential
) -> Mapping[Slug, Score]:
    """My scores for criteria with the same requirements and the same evidence."""
    edition = read_edition(ws.repo, mine.definition.blob, definition.id)
    anew = judged_anew(edition, definition)
    old, new = (read_request(ws.repo, at, mine.submission) for at in (mine.judged, commit))
    if old is None or new is None:
        return {}
    same = unchanged_criteria(old.pieces, new.pieces, definition)
    return {
        s.criterion: s
        for s in mine.scores
        if s.criterion in same
        and s.criterion not in anew
        and not check_scores((s,), definition, (s.criterion,))
    }
